"""Colours that a picture has exactly, over areas: paper, ink, grounds of a logo, nothing at all.

A field comes near to such a colour, and its rounding shows: a ghost in an empty pixel, a level that
wanders over a ground that was even. Where nothing else in the picture is like a colour, what is
drawn near it is meant to be it: a little on either side becomes the colour itself, and what is
twice as far away stays as it is, with a straight way between the two.

Shapes: H rows, W columns, C channels; N pixels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redraw.errors import FileFormatError

# Colours of a picture that are kept; and the part of its pixels that each must have.
MOST, LEAST_SHARE, LEAST = 8, 0.002, 9
# How far from a colour something may be drawn and still be meant to be it, at most.
WIDEST = 1 / 16
# Pixels that are nearly of a colour, of those that are: as many may come nearer to it.
OTHERS = 0.02
# Of the way to the next colour; not all of a half, so that what lies in the middle is left alone.
HALF = 0.49
# What rounding mends, in levels, and a little less; and how much more than was missed is reached.
MENDED, MARGIN = 0.4, 1.25
# Pixels that are looked at, about.
LOOKED_AT = 1 << 18


@dataclass(frozen=True)
class Flat:
    """One of them.

    Attributes:
        values: As a field learns them. (C,)
        reach: What is drawn so near is meant to be it.
    """

    values: tuple[float, ...]
    reach: float

    def __post_init__(self) -> None:
        """Nine digits, enough for 32 bits however small: a file holds the same."""
        object.__setattr__(self, "values", tuple(float(f"{value:.9g}") for value in self.values))
        object.__setattr__(self, "reach", round(self.reach, 8))

    def to_json(self) -> list[float]:
        """Its values and, last, its reach."""
        return [*self.values, self.reach]


def flats_from_json(data: Any) -> tuple[Flat, ...]:
    """Read back what `Flat.to_json` gave of each, trusting nothing.

    Raises:
        FileFormatError: it isn't that.
    """
    fine = isinstance(data, list) and 1 <= len(data) <= MOST
    for flat in data if fine else ():
        fine = fine and isinstance(flat, list) and 2 <= len(flat) <= 5
        fine = fine and all(
            type(value) in (int, float) and math.isfinite(value) and 0 <= value <= 1
            for value in flat
        )
        fine = fine and 0 < flat[-1] <= WIDEST
    if not fine:
        raise FileFormatError(
            f"colour: flats are up to {MOST} lists of values and a reach, up to {WIDEST}"
        )
    return tuple(Flat(tuple(map(float, flat[:-1])), float(flat[-1])) for flat in data)


def flats_of(learned: NDArray[np.float32], known: NDArray[np.bool_] | None) -> tuple[Flat, ...]:
    """The colours of a picture that are kept when it is drawn; none of a photograph.

    Args:
        learned: Its values as a field learns them. (H, W, C)
        known: Pixels with a value; None for all. (H, W)

    Example:
        >>> page = np.ones((12, 12, 1), np.float32)
        >>> page[:6] = 0
        >>> flats_of(page, None)
        (Flat(values=(0.0,), reach=0.0625), Flat(values=(1.0,), reach=0.0625))
    """
    pixels, inside = _looked_at(learned, known)
    if not len(inside):
        return ()
    codes = _codes(inside)
    _, first, counts = np.unique(codes, return_index=True, return_counts=True)
    least = max(LEAST, LEAST_SHARE * len(pixels))
    order = np.argsort(-counts, kind="stable")[: 2 * MOST]
    found = []
    for own in order[counts[order] >= least]:
        colour = inside[first[own]]
        away = np.abs(pixels - colour).max(axis=1)
        same = int((away == 0).sum())
        others = np.sort(away[(away > 0) & (away < 2 * WIDEST)])
        spared = int(OTHERS * same)
        reach = WIDEST if len(others) <= spared else HALF * float(others[spared])
        if reach > 1e-4:
            found.append(Flat(tuple(float(value) for value in colour), reach))
    return tuple(found[:MOST])


def _looked_at(
    learned: NDArray[np.float32], known: NDArray[np.bool_] | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Pixels of bands of rows, and those among them whose eight neighbours are the same. (N, C)"""
    height, width, channels = learned.shape
    bands = max(1, min(height // 3, LOOKED_AT // (3 * width)))
    pixels, inside = [], []
    for top in np.unique(np.linspace(0, max(height - 3, 0), bands).astype(int)):
        rows = learned[top : top + 3]
        there = np.ones(rows.shape[:2], bool) if known is None else known[top : top + 3]
        pixels.append(rows[there])
        if len(rows) < 3 or width < 3:
            continue
        middle = rows[1]
        same = (rows == middle).all(axis=(0, 2)) & there.all(axis=0)
        along = (middle[1:] == middle[:-1]).all(axis=1)
        even = same[1:-1] & same[:-2] & same[2:] & along[:-1] & along[1:]
        inside.append(middle[1:-1][even])
    empty = np.empty((0, channels), np.float32)
    return np.concatenate([empty, *pixels]), np.concatenate([empty, *inside])


def _codes(pixels: NDArray[np.float32]) -> NDArray[np.uint64]:
    """A number for each colour. (N, C) -> (N,)"""
    code = np.zeros(len(pixels), np.uint64)
    for channel in range(pixels.shape[1]):
        bits = np.ascontiguousarray(pixels[:, channel]).view(np.uint32).astype(np.uint64)
        code = code * np.uint64(0x9E3779B97F4A7C15) + bits
    return code


def missed_by(
    flats: Sequence[Flat], learned: NDArray[np.float32], drawn: NDArray[np.float32]
) -> list[float]:
    """How far a drawing is from each colour, where the picture has it on both sides too.

    (h, W, C), (h, W, C)
    """
    found = []
    for flat in flats:
        own = np.array(flat.values, np.float32)
        same = (learned == own).all(axis=-1)
        same[:, 1:-1] &= same[:, :-2] & same[:, 2:]
        found.append(float(np.abs(drawn[same] - own).max(initial=0.0)))
    return found


def narrowed(flats: Sequence[Flat], missed: Sequence[float], levels: int) -> tuple[Flat, ...]:
    """Those that a drawing missed by more than rounding mends, reaching little further than it did.

    Args:
        flats: The colours.
        missed: How far it was from each.
        levels: Of a value, such as 255.
    """
    return tuple(
        Flat(flat.values, min(flat.reach, MARGIN * off))
        for flat, off in zip(flats, missed, strict=True)
        if off * levels > MENDED
    )


def kept(drawn: NDArray[np.float32], flats: Sequence[Flat]) -> NDArray[np.float32]:
    """What was drawn, with what is meant to be one of these colours. (..., C)

    Returns:
        A new array where there are flats.
    """
    if not flats:
        return drawn
    out = np.array(drawn, np.float32)
    for flat in flats:
        away = drawn - np.array(flat.values, np.float32)
        far = np.abs(away).max(axis=-1)
        near = far < 2 * flat.reach
        if not near.any():
            continue
        own, off = far[near], away[near]
        share = np.maximum(own - flat.reach, 0) / np.maximum(own, np.float32(1e-12)) * 2
        out[near] = np.array(flat.values, np.float32) + off * np.minimum(share, 1)[:, None]
    return out
