"""What every encoding is: the base of the modules."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

from torch import Generator, Tensor, nn

from redraw.errors import UsageError
from redraw.fields.program import Builder


class Work(NamedTuple):
    """Operations and bytes.

    Attributes:
        operations: Multiplications and additions of real numbers.
        bytes: Read and written.
    """

    operations: int
    bytes: int


class Encoding(nn.Module):
    """Base: maps (N, D) to (N, `features`); `initialise` draws what is random about it."""

    features: int
    # The solver made for it, as its configuration has it (`redraw.fields.encoding_config`).
    solver: str = ""

    # Whether a step holds the gradient of all its points, to add it to a table in order.
    scatters: ClassVar[bool] = False
    # What states and checkpoints of older versions call its tensors, and what they are called now.
    renamed: ClassVar[Mapping[str, str]] = MappingProxyType({})

    def work(self, size: int) -> tuple[Work, Work]:
        """What a point costs: from its position to its features, and from their gradient back.

        Args:
            size: Bytes of a number.

        Returns:
            Multiplications and additions, and bytes read and written, of both.
        """
        return Work(0, self.features * size), Work(0, 0)

    @property
    def parameter_count(self) -> int:
        """What counts as a parameter of it: what is learned, a complex number as two."""
        return sum(p.numel() * (2 if p.is_complex() else 1) for p in self.parameters())

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *rest: Any, **more: Any
    ) -> None:
        """Of PyTorch's modules: tensors by their old names are taken by their new ones."""
        for old, new in self.renamed.items():
            if prefix + old in state_dict:
                state_dict.setdefault(prefix + new, state_dict.pop(prefix + old))
        super()._load_from_state_dict(state_dict, prefix, *rest, **more)

    def initialise(self, generator: Generator) -> None:
        """Draw parameters and buffers anew, in place. Encodings without any need nothing."""

    def check_stored(self, path: str) -> None:
        """Refuse what was read from a file, of the right shapes, and can't be.

        Args:
            path: Of the file, for the message.

        Raises:
            FileFormatError: its numbers contradict each other.
        """

    def take_layer(self, weight: Tensor) -> None:
        """Take the weights (O, D) of the layer that `lower` makes of this encoding.

        Raises:
            UsageError: it makes none.
        """
        raise UsageError(f"the encoding {type(self).__name__} is no layer")

    def take_grid(self, cells: Tensor, table: Tensor) -> None:
        """Take the rows (R, F) of the hash grid that this encoding is, of such cells (L, D).

        Raises:
            UsageError: it is no such grid.
        """
        raise UsageError(f"the encoding {type(self).__name__} is no hash grid")

    def lower(self, builder: Builder, xy: int) -> int:
        """Add the operations that make the features of the coordinates, value `xy` of a program.

        Returns:
            The value that holds the features.

        Raises:
            UsageError: this encoding doesn't say how: then nothing of it can be exported.
        """
        raise UsageError(
            f"the encoding {type(self).__name__} can't be exported: it has no method `lower` that"
            " gives its array operations; export tiles, which are drawn (.dzi), or use redraw"
        )


def asked_before(known: tuple[object, ...]) -> Any:
    """What a field found out when it was asked last: exporters follow tensors without numbers.

    Args:
        known: What it was found for, and what was found; () where it was never asked.

    Raises:
        UsageError: it was never asked.
    """
    if len(known) != 2:
        raise UsageError(
            "torch.export follows a field of this kind once it has been asked for a value, for"
            " where its numbers belong depends on them: call field(xy) first"
        )
    return known[1]
