"""What every signal is: values at coordinates, with a name and a meaning.

The rest of the house knows this alone. What differs between kinds is answered here as plain facts
(are values averages over cells? are they numbers, or classes?), or found by kind in
`redraw.signals.kinds`.

Shapes: P positions with a value, D coordinates, C channels.
"""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from redraw.signals.samples import Asking, Samples

Outcome = Literal["unit", "numbers", "classes"]


class Trait(NamedTuple):
    """What a signal is like, for the choice of a preset.

    Attributes:
        name: As presets name it (`Preset.suits`): "drawing", "picture", "table".
        because: The same in words: "it looks like a drawing".
    """

    name: str
    because: str


class Signal(ABC):
    """What is to be learned.

    A new kind is a subclass and one row of `redraw.signals.kinds.KINDS`.

    Attributes:
        kind: Its name in the table of kinds, in run folders and in field files.
        name: What to call it in messages: that of its file.
        notes: What the user should be told about how it was read.
        raster: Whether its positions are the cells of a grid and its values averages over them
            (footprints); else each value is that of a point.
        footprint: What its file says that its values are averages of; "" for nothing.
        outcome: What its values are: "unit" (within [0, 1]), "numbers" of any size, or "classes".
    """

    kind: ClassVar[str]
    name: str
    notes: tuple[str, ...]
    raster: bool = False
    footprint: str = ""

    @property
    def outcome(self) -> Outcome:
        """What its values are, which decides the output and the loss of a field for it."""
        return "numbers"

    @property
    @abstractmethod
    def count(self) -> int:
        """Positions, each with a value: pixels, rows (P)."""

    @property
    @abstractmethod
    def channels(self) -> int:
        """Values at each of them, as a field gives them (C)."""

    @property
    @abstractmethod
    def extents(self) -> tuple[int, ...]:
        """About how many different values each coordinate has: a picture's sides. (D)"""

    @property
    def dimensions(self) -> int:
        """Coordinates of a position (D)."""
        return len(self.extents)

    @property
    def size(self) -> tuple[int, int]:
        """Two numbers that say how large it is: width and height; or the positions, and 1."""
        return self.count, 1

    @property
    def bits(self) -> int:
        """Bits that hold each of its values in whole numbers, 8 or 16."""
        return 16

    @property
    def in_levels(self) -> bool:
        """Whether its values are whole numbers of 1, 8 or 16 bits."""
        return False

    @property
    def straight(self) -> bool:
        """Whether it is a picture with alpha by which its colours are not multiplied."""
        return False

    @property
    def kept_bytes(self) -> int:
        """Bytes that its field's file keeps of it beside the numbers: a profile of colours."""
        return 0

    @property
    def meaning(self) -> dict[str, Any]:
        """What its field's file says of it besides, for its painter and for people: plain JSON."""
        return {}

    @property
    def numbers(self) -> int:
        """Numbers that are learned, of which a budget may be a share."""
        return self.count * self.channels

    def on_paper(self) -> NDArray[np.float32] | None:
        """As it is seen on white paper, without alpha; None where it is no picture. (H, W, C)"""
        return None

    @property
    def traits(self) -> tuple[Trait, ...]:
        """What it is like, the most telling first."""
        return (Trait(self.kind, ""),)

    @abstractmethod
    def describe(self) -> str:
        """For people, in one line: "200 × 200, 8-bit grey"."""

    @abstractmethod
    def samples(self, asking: Asking | None = None) -> Samples:
        """What an engine trains on, and asks for by `read(indices)`: it need not be in memory.

        Args:
            asking: Where a raster is asked inside of its cells; points are asked where they are.
        """

    def edges(self, flat: float) -> tuple[int, int] | None:
        """How much of it lies beside an edge; None where neighbours mean nothing.

        Args:
            flat: Differences up to this are none.

        Returns:
            Cells beside an edge, and cells in all.
        """
        return None

    def in_rows(self) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None] | None:
        """What is learned of a raster, all at once, for sizes that follow from what it looks like.

        Returns:
            Values, not to be written to, and where they are known (None: everywhere). (H, W, C),
            (H, W). None of what is no raster.
        """
        return None

    def content(self) -> tuple[NDArray[Any] | None, ...]:
        """The arrays that tell it from other signals of its kind; None for one that is not there.

        By default all that is learned: a signal too large for memory says something shorter.
        """
        return (self.samples().all_values(),)

    def stored(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """What it consists of: plain JSON values, and arrays by name; `restored` is the inverse.

        A run folder keeps it, so that a resume needs nothing else. Kinds with a codec of their own
        (`Kind.codec`) need none of the two.
        """
        raise NotImplementedError(f"{type(self).__name__} has no `stored`, and its kind no codec")

    @classmethod
    def restored(cls, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> "Signal":
        """The signal that `stored` was of, by names as there. Any shape.

        Raises:
            FileFormatError: it can't have been one.
        """
        raise NotImplementedError(f"{cls.__name__} has no `restored`, and its kind no codec")


def side_of(count: int, dimensions: int) -> int:
    """About how many values each of several coordinates has, of so many points that lie anywhere.

    Example:
        >>> side_of(10_000, 2)
        100
    """
    return max(2, round(count ** (1.0 / dimensions)))
