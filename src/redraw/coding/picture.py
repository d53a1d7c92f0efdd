"""A picture as whole numbers: decorrelated planes, wavelet numbers in steps, and pixels again.

`Analysis` holds the numbers of a picture, from which it is written at any step; `Coded` is what was
written: its description and the bytes of its parts. Both directions are the same everywhere.

Shapes: C channels or planes, H rows, W columns.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from redraw.coding import streams
from redraw.coding.description import Description, Part
from redraw.coding.pyramid import Pyramid, levels_of, steps_of
from redraw.kernels import lifting, quantising

# Of a bit, in squared steps.
PRICE = 0.09
# A part with fewer bytes than this is joined with the next.
LEAST_PART = 1536


@dataclass(frozen=True)
class Coded:
    """A picture in few bytes.

    Attributes:
        about: What the bytes mean.
        parts: The bytes: of each tile its levels, from the coarsest on.
    """

    about: Description
    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts)


@dataclass(frozen=True)
class Analysis:
    """The wavelet numbers of a picture.

    Attributes:
        about: What they mean; the step is not chosen yet.
        pixels: (H, W, C) uint16
        numbers: (C, H, W) int32
    """

    about: Description
    pixels: NDArray[np.uint16]
    numbers: NDArray[np.int32]

    @classmethod
    def of(cls, pixels: NDArray[np.uint16], depth: int) -> "Analysis":
        """Take a picture apart. (H, W, C), values below 2 ** depth"""
        height, width, channels = pixels.shape
        about = Description(width, height, channels, depth, levels=levels_of(width, height))
        numbers = np.empty((channels, height, width), np.int32)
        rows = np.array(about.rows, np.float64).reshape(channels, channels)
        quantising.unmixed(pixels, rows, about.fraction, depth, numbers)
        pyramid = about.pyramid
        _each(lambda plane: lifting.analyse(plane, pyramid.downs, pyramid.acrosses), numbers)
        return cls(about, pixels, numbers)

    def coded(self, step: int, *, price: float = PRICE, threads: int = 2) -> Coded:
        """Write it.

        Args:
            step: In 1/256 units of the planes, for a band of norm 1.
            price: Of a bit, in squared steps.
            threads: How many work.
        """
        about, pyramid = replace(self.about, step=step), self.about.pyramid
        steps = steps_of(step, about.levels)
        exact = np.empty(self.numbers.shape, np.float32)
        for plane in range(pyramid.planes):
            for level in range(pyramid.levels):
                for third in range(3):
                    rows, columns = pyramid.rectangle(level, third)
                    quantising.in_steps(
                        self.numbers[plane], rows.start, columns.start, steps[level, third],
                        exact[plane, rows, columns],
                    )  # fmt: skip
        h, w = int(pyramid.downs[-1]), int(pyramid.acrosses[-1])
        corners = np.rint(self.numbers[:, :h, :w] * (256.0 / steps[-1, 3])).astype(np.int32)
        numbers, data, cuts = streams.write(pyramid, corners, exact, price, threads=threads)
        places = _places(pyramid, exact, numbers)
        return Coded(replace(about, places=places), _parts(data, cuts))


def _each(work, items) -> None:
    """Do something with each item, two at a time."""
    if len(items) < 2:
        for item in items:
            work(item)
        return
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, items))


def _places(
    pyramid: Pyramid, exact: NDArray[np.float32], numbers: NDArray[np.int32]
) -> tuple[int, ...]:
    """Where in their steps the sizes of 1, 2 and more are on average, of the first plane and of
    the others, in 1/64.
    """
    result = []
    for planes in (range(1), range(1, pyramid.planes)):
        sums = np.zeros((quantising.SIZES, 2))
        for plane in planes:
            for level in range(pyramid.levels):
                for third in range(3):
                    rows, columns = pyramid.rectangle(level, third)
                    band = pyramid.neighbours(plane, level, third)[0]
                    quantising.place_sums(
                        exact[plane], rows.start, columns.start, numbers, band, sums
                    )
        mean = np.rint(64.0 * sums[:, 0] / np.maximum(sums[:, 1], 1.0))
        result += np.clip(mean, -63, 63).astype(int).tolist()
    return tuple(result)


def _parts(data: list[bytes], cuts: list[list[int]]) -> tuple[Part, ...]:
    """Cut streams into parts, each of which ends with a level of all planes."""
    levels = len(cuts[0]) - 1
    result: list[Part] = []
    starts = [0] * len(data)
    for place in range(len(cuts[0])):
        ends = [own[place] for own in cuts]
        last = place == levels
        waiting = sum(ends) - sum(starts)
        rest = sum(map(len, data)) - sum(ends)
        if last or (waiting >= LEAST_PART and rest >= LEAST_PART):
            pieces = tuple(d[a:b] for d, a, b in zip(data, starts, ends, strict=True))
            result.append(Part(0, levels - place, pieces))
            starts = ends
    return tuple(result)


def planes_of(coded: Coded, *, threads: int = 2) -> NDArray[np.int32]:
    """The planes that `coded` describes, with `fraction` binary places; missing parts are zeros.

    (C, H, W)
    """
    about, pyramid = coded.about, coded.about.pyramid
    steps = steps_of(about.step, about.levels)
    planes = np.zeros((about.channels, about.height, about.width), np.int32)
    level = min((part.level for part in coded.parts), default=None)
    if level is None:
        return planes
    data = [
        b"".join(part.pieces[k] for part in coded.parts) for k in range(len(coded.parts[0].pieces))
    ]
    numbers, corners = streams.read(pyramid, data, stop=level, threads=threads)
    places = np.array(about.places, np.int64).reshape(2, -1)

    def make(plane: int) -> None:
        own = planes[plane]
        for at in range(level, pyramid.levels):
            for third in range(3):
                rows, columns = pyramid.rectangle(at, third)
                band = pyramid.neighbours(plane, at, third)[0]
                quantising.restore(
                    numbers, band, steps[at, third], places[min(plane, 1)], own, rows.start,
                    columns.start,
                )  # fmt: skip
        quantising.restore_corner(corners[plane], steps[-1, 3], own)
        lifting.synthesise(own, pyramid.downs, pyramid.acrosses, 0)

    _each(make, range(about.channels))
    return planes


def pixels_of(about: Description, planes: NDArray[np.int32]) -> NDArray[np.uint16]:
    """The pixels of planes. (C, H, W) -> (H, W, C)"""
    out = np.empty((about.height, about.width, about.channels), np.uint16)
    matrix = np.array(about.mix, np.int64).reshape(about.channels, about.channels)
    middle = about.height // 2
    _each(
        lambda part: quantising.mixed(planes, matrix, about.fraction, about.depth, *part, out),
        [(0, middle), (middle, about.height)],
    )
    return out


def psnr(pixels: NDArray[np.uint16], others: NDArray[np.uint16], depth: int) -> float:
    """In dB, peak 2 ** depth - 1. (H, W, C) each"""
    error = quantising.squared_error(pixels, others) / pixels.size
    return 10.0 * math.log10((2**depth - 1) ** 2 / error) if error else math.inf
