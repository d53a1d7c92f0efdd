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
from redraw.coding.description import Coded, Description, Part
from redraw.coding.pyramid import Pyramid, levels_of, steps_of
from redraw.kernels import lifting, quantising

# Of a bit, in squared steps.
PRICE = 0.09
# A part with fewer bytes than this is joined with the next.
LEAST_PART = 1536


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
        for plane, level, third in pyramid.bands:
            quantising.in_steps(
                self.numbers[plane], pyramid.part(level, third), steps[level, third], exact[plane]
            )
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


@dataclass(frozen=True)
class Quantised:
    """A picture's wavelet numbers as whole steps: what a coded one holds, unpacked.

    Attributes:
        about: What they mean.
        numbers: As bands lie in a plane. (C, H, W) int32
    """

    about: Description
    numbers: NDArray[np.int32]

    @classmethod
    def of(cls, coded: Coded, *, threads: int = 2) -> "Quantised":
        """Unpack; numbers of levels that are missing are zeros."""
        about, pyramid = coded.about, coded.about.pyramid
        numbers = np.zeros((about.channels, about.height, about.width), np.int32)
        if not coded.parts:
            return cls(about, numbers)
        level = coded.parts[-1].level
        data = [b"".join(pieces) for pieces in zip(*(p.pieces for p in coded.parts), strict=True)]
        packed, corners = streams.read(pyramid, data, stop=level, threads=threads)
        numbers[:, : corners.shape[1], : corners.shape[2]] = corners
        for plane, at, third in pyramid.bands:
            if at >= level:
                numbers[(plane, *pyramid.rectangle(at, third))] = pyramid.view(
                    packed, plane, at, third
                )
        return cls(about, numbers)

    def coded(self, *, threads: int = 2) -> Coded:
        """Pack it: the same bytes again, if it came from all parts of a coded one."""
        pyramid = self.about.pyramid
        h, w = int(pyramid.downs[-1]), int(pyramid.acrosses[-1])
        corners = np.ascontiguousarray(self.numbers[:, :h, :w])
        exact = self.numbers.astype(np.float32)
        _, data, cuts = streams.write(pyramid, corners, exact, 0.0, threads=threads)
        return Coded(self.about, _parts(data, cuts))

    def planes(self) -> NDArray[np.int32]:
        """The planes, with `fraction` binary places. (C, H, W)"""
        about, pyramid = self.about, self.about.pyramid
        steps = steps_of(about.step, about.levels)
        places = np.array(about.places, np.int64).reshape(2, -1)
        planes = np.empty(self.numbers.shape, np.int32)
        h, w = int(pyramid.downs[-1]), int(pyramid.acrosses[-1])

        def make(plane: int) -> None:
            own, numbers = planes[plane], self.numbers[plane]
            for level in range(pyramid.levels):
                for third in range(3):
                    part = pyramid.part(level, third)
                    step = steps[level, third]
                    quantising.restore(numbers, part, step, places[min(plane, 1)], own)
            corner = np.array([0, h, 0, w], np.int64)
            none = np.zeros(quantising.SIZES, np.int64)
            quantising.restore(numbers, corner, steps[-1, 3], none, own)
            lifting.synthesise(own, pyramid.downs, pyramid.acrosses, 0)

        _each(make, range(about.channels))
        return planes


def planes_of(coded: Coded, *, threads: int = 2) -> NDArray[np.int32]:
    """The planes that `coded` describes, with `fraction` binary places. (C, H, W)"""
    return Quantised.of(coded, threads=threads).planes()


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
