"""A fitted field whose network is in whole numbers: its file is small."""

import copy
import hashlib
import os

from redraw.coding.networks import WholeNetwork
from redraw.fields import Field
from redraw.fitting.result.fitted import FittedField
from redraw.fitting.result.quantising import file_of, quantise
from redraw.storage.about import About
from redraw.storage.codecs.network import save_network
from redraw.storage.codecs.network_fields import field_of
from redraw.storage.container import chunks_of
from redraw.storage.network_file import network_of

# Bytes by which the told quality may take more room when it has been measured.
DIGITS = 8


class WholeField(FittedField):
    """What whole numbers stand for, as floats; saved it is the whole numbers.

    Trained on since, it is saved as what it is, in floats.

    Args:
        field: By `redraw.storage.codecs.network_fields.field_of`.
        about: What it shows.
        network: The whole numbers.
    """

    def __init__(self, field: Field, about: About, network: WholeNetwork) -> None:
        super().__init__(field, about)
        self._whole = network
        self._before = self._hash()

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """As of other fields."""
        if self._hash() != self._before:
            super().save(path, force=force)
            return
        save_network(path, file_of(self, self._whole), force=force)

    def _hash(self) -> bytes:
        digest = hashlib.blake2b()
        for tensor in self.state_dict().values():
            digest.update(tensor.detach().cpu().numpy().tobytes())
        return digest.digest()


def whole_network(field: FittedField, most_bytes: int) -> tuple[Field, WholeNetwork]:
    """A field's network in whole numbers, whose file has so many bytes at most; and these numbers
    as a field.

    Raises:
        UsageError: it can't be made so small.
    """
    own = copy.deepcopy(field).cpu().float()
    assert own.config is not None
    data = quantise(own, most_bytes=most_bytes - DIGITS).data
    network = network_of(chunks_of(data, "the file")[0], "the file")[0]  # its biases are rounded
    return field_of(network, own.config.to_json()), network
