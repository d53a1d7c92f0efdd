"""A picture made less where its seconds are few: a part, or all of it in fewer pixels."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from redraw.signals.picture.picture import Picture
from redraw.signals.scaling import Scaling

# Along each side so many parts are looked at, one of which stands for all.
LOOKS = 8
# Of a part so many rows and columns are looked at, if it has more.
SEEN = 96


class PictureScaling(Scaling[Picture]):
    """As `Scaling`."""

    def takes(self, signal: Picture) -> bool:
        """Not one with holes: what is known need not lie in its middle."""
        return signal.known is None

    def part(self, signal: Picture, most: int) -> Picture:
        """As `Scaling.part`; holes are taken for pixels."""
        left, top = typical(signal.values, most)
        values = signal.values[top : top + most, left : left + most].copy()
        return Picture(values, signal.colour, name=signal.name)

    def smaller(self, signal: Picture, width: int, height: int, note: str) -> Picture:
        """As `Scaling.smaller`."""
        notes = (*signal.notes, note) if note else signal.notes
        return replace(signal.resized(width, height), notes=notes)


def typical(values: NDArray[np.floating], most: int) -> tuple[int, int]:
    """Left and top of the square whose contrast is nearest to the mean of those looked at.

    The middle of a page may be blank, or all there is on it. Of equal ones it is the middle.

    Args:
        values: (H, W, C)
        most: Its side; what does not reach so far is taken whole.
    """
    height, width = values.shape[:2]
    lefts, tops = (
        np.unique(np.linspace(0, side - most, min(LOOKS, -(-side // most))).astype(int))
        if side > most
        else np.zeros(1, int)
        for side in (width, height)
    )
    middle = max(0, (width - most) // 2), max(0, (height - most) // 2)
    found = [middle, *((int(left), int(top)) for top in tops for left in lefts)]
    contrasts = np.array(
        [_contrast(values[top : top + most, left : left + most]) for left, top in found]
    )
    return found[int(np.argmin(np.abs(contrasts - contrasts[1:].mean())))]


def _contrast(values: NDArray[np.floating]) -> float:
    """Mean difference from a pixel to the next along both sides, of about `SEEN` lines of each."""
    every = max(1, max(values.shape[:2]) // SEEN)
    lines = (np.diff(values[::every], axis=1), np.diff(values[:, ::every], axis=0))
    return sum(float(np.abs(own).mean()) for own in lines if own.size)


SCALING = PictureScaling()
