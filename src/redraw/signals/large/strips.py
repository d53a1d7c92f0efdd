"""What every source of a large picture answers: whole rows, from top to bottom."""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from redraw.signals.picture.colour import Colour

# Rows that are read at once and kept until the next are asked for.
BAND = 64


class Strips(ABC):
    """A picture that is read in strips.

    Shapes: H rows, W columns, C channels.

    Attributes:
        width: W.
        height: H.
        colour: What its values mean: grey or RGB, 8 or 16 bits, alpha or none.
        name: For people.
        notes: What was found that changes how it looks.
        place: What opens it again elsewhere: its path and its page; None for arrays in memory.
    """

    width: int
    height: int
    colour: Colour
    name: str
    notes: tuple[str, ...] = ()
    place: tuple[str, int | None] | None = None

    @property
    def channels(self) -> int:
        """C."""
        return self.colour.channels

    @property
    def depth(self) -> int:
        """Bits of a value."""
        return self.colour.depth

    @abstractmethod
    def read(self, top: int, bottom: int) -> NDArray:
        """Rows as they are stored. (bottom - top, W, C), uint8 or uint16

        Raises:
            PictureError: they can't be read; the message says which.
        """

    @abstractmethod
    def stamp(self) -> tuple[int, int] | None:
        """Size and time of change of what is read; None where nothing can change."""

    def rows(self, top: int, bottom: int) -> NDArray[np.uint16]:
        """Rows as they are learned: colours multiplied by alpha. (bottom - top, W, C)"""
        found = self.read(top, bottom).astype(np.uint16)
        if self.colour.alpha:
            most = 2**self.depth - 1
            alpha = found[..., -1:].astype(np.uint32)
            colours = found[..., :-1].astype(np.uint32) * alpha + most // 2
            found[..., :-1] = colours // most
        return found

    def close(self) -> None:  # noqa: B027 (most hold nothing)
        """Give back what it holds."""
