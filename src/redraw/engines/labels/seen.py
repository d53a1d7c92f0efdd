"""The picture as its pixels see the page: through their footprint, and undone again.

Means over a field's pixels are seen as the picture was made of the page: weighed once more by a
blur or a filter, or coded by JPEG. For the analysis, which looks for pure pixels, that is undone as
far as the picture tells.

Shapes: H rows, W columns, C channels.
"""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from redraw.engines.labels.analysis import Rows
from redraw.kernels import block_cosines, footprints
from redraw.signals.picture.footprints import named
from redraw.signals.picture.jpeg_steps import SIDE, JpegSteps
from redraw.signals.picture.jpeg_traces import cosines

# Rounds of undoing, and pixels around one that bound what it can have been.
ROUNDS, AROUND = 60, 2
# Of the steps of a JPEG, to either side: how far a cosine may be from the picture's for nothing.
# Half a step is what rounding does. Colours count as much as they change the three values.
FREE = 0.5
# Rounds in which the doubling of colours is undone: what is left is .6 of the round before.
UNSPREAD = 8
TO_YCC = (
    (0.299, 0.587, 0.114),
    (-0.168736, -0.331264, 0.5),
    (0.5, -0.418688, -0.081312),
)
WEIGHTS = (3.0, 12.0, 12.0)
# A bilateral filter: its reach and deviation in pixels, and of values.
NEAR, WIDTH, ALIKE = 2, 1.5, 0.06
SMOOTHINGS = 4
# The quality for which limits of the analysis were found.
USUAL = 75

Floats = NDArray[np.float32]
Known = NDArray[np.bool_] | None


class Seen(ABC):
    """How a picture was made of means over its pixels.

    Attributes:
        rough: How far flat areas are from being flat in it, 1 for a JPEG of quality 75: the
            analysis takes wider limits.
    """

    rough: float = 0.0

    @abstractmethod
    def pull(self, means: Floats, pixels: Floats, known: Known) -> tuple[float, Floats]:
        """How far the picture that means would give is from the one that is there.

        Args:
            means: Over the pixels. (H, W, C)
            pixels: The picture. (H, W, C)
            known: Which of them say something; None for all. (H, W)

        Returns:
            The squared error, and half of its gradient by the means. (H, W, C)
        """

    @abstractmethod
    def left(self, means: Floats, pixels: Floats, known: Known) -> Floats:
        """What of the picture means do not explain, to be added to them. (H, W, C)"""

    @abstractmethod
    def undone(self, pixels: Floats, known: Known) -> Floats:
        """Means over pixels that may have given the picture. (H, W, C)"""


class Weighed(Seen):
    """Means weighed with those of their neighbours.

    Args:
        taps: Along an axis; they add up to 1. (2 R + 1,)
        rows: Shared out among threads.
    """

    def __init__(self, taps: Floats, rows: Rows) -> None:
        self._taps, self._rows = taps, rows

    def through(self, means: Floats) -> Floats:
        """Pixels from means over pixels; its own transpose. (H, W, C) -> (H, W, C)"""
        half, out = np.empty_like(means), np.empty_like(means)
        self._rows.share(footprints.weigh_down, means, self._taps, half)
        self._rows.share(footprints.weigh_across, half, self._taps, out)
        return out

    def pull(self, means: Floats, pixels: Floats, known: Known) -> tuple[float, Floats]:
        off = self.through(means) - pixels
        if known is not None:
            off[~known] = 0.0
        return float((off.astype(np.float64) ** 2).sum()), self.through(off)

    def left(self, means: Floats, pixels: Floats, known: Known) -> Floats:
        return pixels - self.through(means)

    def undone(self, pixels: Floats, known: Known) -> Floats:
        """Each within what surrounds it.

        Source: Beck & Teboulle 2009, "A fast iterative shrinkage-thresholding algorithm", with
        bounds for the proximal step.
        """
        low, high = np.empty_like(pixels), np.empty_like(pixels)
        self._rows.share(footprints.bounds, pixels, AROUND, low, high)
        guess, ahead = pixels.copy(), pixels.copy()
        rate = np.float32(1.0 / np.abs(self._taps).sum() ** 4)
        turn = 1.0
        for _ in range(ROUNDS):
            after = 0.5 * (1.0 + np.sqrt(1.0 + 4.0 * turn * turn))
            self._rows.share(
                footprints.descend, guess, ahead, self.pull(ahead, pixels, known)[1], low, high,
                rate, np.float32((turn - 1.0) / after),
            )  # fmt: skip
            turn = after
        return guess


class Coded(Seen):
    """Means rounded by JPEG: brightness, and colours of half the size, in cosines of blocks.

    Nothing tells where inside of a step a cosine was, so that costs nothing. A decoder puts colours
    that were halved between each other; that is undone. Values beyond the colours (alpha) are
    compared as they are.

    Args:
        steps: Of brightness and colours.
        rows: Shared out among threads.
    """

    def __init__(self, steps: JpegSteps, rows: Rows) -> None:
        self._rows, self._halved = rows, steps.halved
        self.rough = _low(steps) / _low(JpegSteps(USUAL))
        self._free = [np.float32(FREE / 255.0) * table for table in steps.tables]
        self._waves = cosines().astype(np.float32)
        self._spread: tuple[Floats, list[Floats]] | None = None

    def pull(self, means: Floats, pixels: Floats, known: Known) -> tuple[float, Floats]:
        planes, squared, others = self._unexplained(means, pixels, known)
        back = others
        if len(planes) == 1:
            back[..., 0] = planes[0]
            return squared, back
        for plane, weight, row in zip(planes, WEIGHTS, np.array(TO_YCC, np.float32), strict=True):
            half = weight if weight == WEIGHTS[0] else weight / (2 ** sum(self._halved))
            back[..., :3] += np.float32(half) * plane[..., None] * row
        return squared, back

    def left(self, means: Floats, pixels: Floats, known: Known) -> Floats:
        planes, _, others = self._unexplained(means, pixels, known)
        if len(planes) == 1:
            others[..., 0] = planes[0]
        else:
            back = np.linalg.inv(np.array(TO_YCC)).astype(np.float32)
            others[..., :3] = np.stack(planes, axis=2) @ back.T
        return -others

    def _unexplained(
        self, means: Floats, pixels: Floats, known: Known
    ) -> tuple[list[Floats], float, Floats]:
        """What no rounding explains of brightness and colours, each (H, W); the squared error; and
        the differences of all other values, 0 for colours. (H, W, C)
        """
        off = means - pixels
        if known is not None:
            off[~known] = 0.0
        colours = 3 if off.shape[2] >= 3 else 1
        matrix = np.array(TO_YCC if colours == 3 else ((1.0,),), np.float32)
        spread = self.spread(pixels) if colours == 3 and known is None else None
        planes, squared = [], 0.0
        for c, weight in enumerate(WEIGHTS[:colours]):
            plane = off[..., :colours] @ matrix[c]
            if c:
                plane = halved(plane, *self._halved)
                plane, found = self._beyond(
                    plane if spread is None else plane + spread[c - 1], self._free[1]
                )
                plane = _doubled(plane, *self._halved)[: off.shape[0], : off.shape[1]]
            else:
                plane, found = self._beyond(plane, self._free[0])
            squared += found * (weight if colours == 3 else 1.0)
            planes.append(plane)
        off[..., :colours] = 0.0
        return planes, squared + float((off.astype(np.float64) ** 2).sum()), off

    def spread(self, pixels: Floats) -> list[Floats]:
        """Of both colours: as of `spread_by_doubling`; of the same pixels it is made once."""
        if self._spread is None or self._spread[0] is not pixels:
            planes = [pixels[..., :3] @ np.array(row, np.float32) for row in TO_YCC[1:]]
            found = [spread_by_doubling(plane, *self._halved) for plane in planes]
            self._spread = pixels, [each.astype(np.float32) for each in found]
        return self._spread[1]

    def _beyond(self, plane: Floats, free: Floats) -> tuple[Floats, float]:
        """What of a plane no rounding explains; and the sum of its squares."""
        height, width = plane.shape
        padded = np.pad(plane, ((0, -height % SIDE), (0, -width % SIDE)))
        squared = np.zeros(len(padded) // SIDE)
        rows = Rows(len(squared), self._rows.threads)
        rows.share(block_cosines.beyond_steps, padded, self._waves, free, squared)
        return padded[:height, :width], float(squared.sum())

    def undone(self, pixels: Floats, known: Known) -> Floats:
        """Averages of like pixels nearby, brought back to what gives the picture, in rounds.

        Sources: Tomasi & Manduchi 1998, bilateral filtering; Zakhor 1992, "Iterative procedures for
        reduction of blocking effects in transform image coding", of the projections.
        """
        guess, out = pixels, np.empty_like(pixels)
        for turn in range(SMOOTHINGS):
            self._rows.share(footprints.alike, guess, NEAR, WIDTH, ALIKE, out)
            if turn < SMOOTHINGS - 1:
                guess = out + self.left(out, pixels, known)
        return out


def _low(steps: JpegSteps) -> float:
    """The mean step of low cosines of brightness."""
    luma = steps.tables[0]
    return float(np.mean([luma[i, k] for i in range(4) for k in range(4 - i)]))


def halved(plane: Floats, across: bool = True, down: bool = True) -> Floats:
    """Averages of two along the axes named; there is nothing outside of the picture."""
    if down:
        even = np.pad(plane, ((0, plane.shape[0] % 2), (0, 0)))
        plane = 0.5 * (even[::2] + even[1::2])
    if across:
        even = np.pad(plane, ((0, 0), (0, plane.shape[1] % 2)))
        plane = 0.5 * (even[:, ::2] + even[:, 1::2])
    return plane


def _doubled(plane: Floats, across: bool, down: bool) -> Floats:
    plane = np.repeat(plane, 2, axis=0) if down else plane
    return np.repeat(plane, 2, axis=1) if across else plane


def spread_by_doubling(plane: Floats, across: bool, down: bool) -> Floats:
    """What averages of two take from their neighbours when a decoder doubles them.

    It puts each pixel at a quarter of the way to the next. What is told by averages of its pixels
    is undone in rounds.

    Args:
        plane: Pixels. (H, W)
        across: Whether they were halved along rows.
        down: And along columns.

    Returns:
        Averages of the pixels less what they were doubled from. (H / 2, W / 2)

    Source: `h2v2_fancy_upsample` of the Independent JPEG Group's library.
    """
    odd = (0, down * (plane.shape[0] % 2)), (0, across * (plane.shape[1] % 2))
    even = np.pad(plane, odd, "edge")
    told = halved(even, across, down)
    found = told.copy()
    for _ in range(UNSPREAD if across or down else 0):
        seen = found
        for axis, wanted in ((0, down), (1, across)):
            if wanted:
                ends = [(1, 1) if own == axis else (0, 0) for own in (0, 1)]
                wide = np.pad(seen, ends, "edge")
                before, after = (
                    np.take(wide, np.arange(at, at + seen.shape[axis]), axis) for at in (0, 2)
                )
                seen = 0.75 * seen + 0.125 * (before + after)
        found = found + np.float32(1.6) * (told - seen)
    return told - found


def seen_as(footprint: str, rows: Rows) -> Seen | None:
    """What a footprint does beyond averaging over squares; None for nothing."""
    own = named(footprint)
    if own.steps is not None:
        return Coded(own.steps, rows)
    taps = own.taps()
    return None if taps is None else Weighed(taps, rows)
