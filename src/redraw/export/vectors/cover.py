"""Which samples of a picture an area covers."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def filled(
    outlines: list[Floats], high: int, wide: int, samples: int
) -> tuple[NDArray[np.bool_], int, int]:
    """Which samples are inside, in a box; and the box' top and left.

    Args:
        outlines: Closed lines in pixels; inside is what an odd number of them goes around. (N, 2)
        high: Rows of samples in all.
        wide: Columns.
        samples: Per pixel and axis.
    """
    points = np.concatenate(outlines) * samples
    left, top = np.clip(np.floor(points.min(axis=0)).astype(int), 0, [wide, high])
    right, bottom = np.clip(np.ceil(points.max(axis=0)).astype(int), 0, [wide, high])
    turns = np.zeros((max(bottom - top, 0), max(right - left, 0) + 1), np.int32)
    if not turns.size:
        return turns[:, :-1].astype(bool), int(top), int(left)
    for outline in outlines:
        one = outline * samples
        other = np.roll(one, -1, axis=0)
        # Rows of samples that each side passes, each crossing a change from out to in or back.
        low = np.ceil(np.minimum(one[:, 1], other[:, 1]) - 0.5).astype(int)
        ends = np.ceil(np.maximum(one[:, 1], other[:, 1]) - 0.5).astype(int)
        low, ends = np.clip(low, top, bottom), np.clip(ends, top, bottom)
        count = ends - low
        side = np.repeat(np.arange(len(one)), count)
        row = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + low[side]
        rise = other[side, 1] - one[side, 1]
        t = (row + 0.5 - one[side, 1]) / np.where(rise == 0.0, 1.0, rise)
        x = one[side, 0] + t * (other[side, 0] - one[side, 0])
        column = np.clip(np.ceil(x - 0.5).astype(int), left, right)
        np.add.at(turns, (row - top, column - left), 1)
    return np.cumsum(turns, axis=1)[:, :-1] % 2 == 1, int(top), int(left)
