"""The field file `NAME.redraw`: a finished field, enough to draw it anywhere.

How it holds the field is its encoding's codec (`redraw.storage.codecs`): a tensor file or a
container of chunks.

Every version ever released stays readable: `tests/golden/` holds files of each.
"""

import os
from dataclasses import dataclass

from redraw.errors import FileFormatError, UsageError
from redraw.fields import Field, FieldConfig
from redraw.storage.about import About
from redraw.storage.codecs.containers import on_demand, reader_of
from redraw.storage.codecs.table import CODECS
from redraw.storage.codecs.tensors import Tensors, header_of
from redraw.storage.container import chunks_of, container_of
from redraw.storage.field_name import check_field_name
from redraw.storage.tensor_file import open_tensors

Path = str | os.PathLike[str]


def save_field(
    path: Path, field: Field, about: About, *, force: bool = False, alone: bool = False
) -> None:
    """Write a field file, atomically; equal fields make equal bytes.

    Args:
        path: The file to write.
        field: Built from a configuration, its parameters finite.
        about: What it shows.
        force: Replace what is there.
        alone: Whether the file has to be all that a reader needs, at the cost of bytes.

    Raises:
        OutputError: `path` exists, can't be written or has the ending of other files, or the field
            is not one that could be read.
        UsageError: `field` wasn't built from a configuration, or doesn't match it.
    """
    if field.config is None:
        raise UsageError(
            "a field built by hand has no configuration to store; build it with Field.build,"
            " or save its state_dict()"
        )
    check_field_name(path)
    CODECS[field.config.encoding.codec].save(path, field, about, force=force, alone=alone)


def load_field(path: Path, *, partial: bool = False) -> tuple[Field, About]:
    """Read a field file; the field is on the CPU, in the precision it was saved in.

    Args:
        path: The file.
        partial: Take what is there of a damaged or incomplete file, where its codec can.

    Raises:
        FileFormatError: `path` is missing, damaged, of another kind, has foreign keys or tensors,
            is of a newer version, or holds values that are not finite.
    """
    large = on_demand(path)
    if large is not None:
        return large.field_of([], os.fspath(path))
    data = container_of(path)
    if data is not None:
        chunks, whole = chunks_of(data, os.fspath(path), partial=partial)
        name = os.fspath(path)
        return reader_of(chunks, name).field_of(chunks, name, partial=not whole)
    with open_tensors(path) as file:
        config, sharpness, about = header_of(file)
        codec = CODECS[config.encoding.codec]
        if not isinstance(codec, Tensors):
            raise FileFormatError(f"{file.path} is damaged: such a field is no tensor file")
        return codec.read(file, config, sharpness), about


@dataclass(frozen=True)
class Told:
    """What a tensor file says of its field.

    Attributes:
        config: Of the field.
        sharpness: Of its output.
        about: What it shows.
        parameters: How many it has.
        precision: Of its numbers: "float32", "float64" or "bfloat16".
    """

    config: FieldConfig
    sharpness: float
    about: About
    parameters: int
    precision: str


def told_of(path: Path) -> Told:
    """What a tensor file says of its field, checked but not unpacked: a field of any size takes
    memory as the file's own size asks. Raises as `load_field`.
    """
    with open_tensors(path) as file:
        config, sharpness, about = header_of(file)
        codec = CODECS[config.encoding.codec]
        if not isinstance(codec, Tensors):
            raise FileFormatError(f"{file.path} is damaged: such a field is no tensor file")
        stored = codec.stored_tensors(file, config)
        real = next(t.dtype for t in stored.values() if t.is_floating_point())
        parameters = codec.parameters(config, file.specs)
        precision = str(real).removeprefix("torch.")
        return Told(config, sharpness, about, parameters, precision)
