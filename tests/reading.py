"""What files hold, for tests: header and tensors, and what a field file says of itself."""

from redraw.storage.field_file import load_field
from redraw.storage.tensor_file import open_tensors


def read_tensors(path):
    """Header and tensors; raises as `open_tensors` and `TensorFile.tensors`."""
    with open_tensors(path) as file:
        return file.header, file.tensors()


def read_header(path):
    """The JSON header alone; raises as `open_tensors`."""
    with open_tensors(path) as file:
        return file.header


def read_about(path):
    """What a field file says beside its parameters; raises as `load_field`."""
    return load_field(path)[1]
