"""A picture as whole numbers: wavelet coefficients in steps, the bytes they take, and pixels again.

`Quantised` are the coefficients, which `redraw.coding.analysis` finds; `Coded` is what was written
of
them: its description and the bytes of its parts. Both directions are the same everywhere.

A picture may be cut into tiles (`Description.tile`): each is a picture of its own to the coder,
with a pyramid of its own, so that it is read alone. To all that draws they are one picture.

Shapes: C channels or planes, H rows, W columns.
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from redraw import memory
from redraw.coding import streams
from redraw.coding.description import Coded, Description, ExactBytes, Part
from redraw.coding.exact import Exact, read_exact, write_exact
from redraw.coding.pyramid import Pyramid, steps_of
from redraw.kernels import filtering, lifting, quantising

# Bytes for each value of a picture while it is unpacked and drawn: its coefficients, its planes and
# a copy of one, averages, and pixels.
PER_VALUE = 20
T = TypeVar("T")
R = TypeVar("R")
# A part with fewer bytes than this is joined with the next.
LEAST_PART = 1536


def within(about: Description, index: int, planes: NDArray) -> NDArray:
    """A tile of planes, as kernels take it. (C, H, W) -> (C, h, w)"""
    tile = about.tile_at(index)
    return np.ascontiguousarray(planes[:, tile.rows, tile.columns])


def each(work: Callable[[T], R], items: Sequence[T], threads: int = 2) -> list[R]:
    """Do something with each item, so many at a time."""
    if len(items) < 2 or threads < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))


def parts_of(data: list[bytes], cuts: list[list[int]], tile: int) -> list[Part]:
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
            result.append(Part(tile, levels - place, pieces))
            starts = ends
    return result


@dataclass(frozen=True)
class Quantised:
    """A picture's wavelet coefficients as whole steps: what a coded one holds, unpacked.

    Attributes:
        about: What they mean.
        coefficients: Of each tile where it lies, as bands lie in it. (C, H, W) int32
        exact: The picture's own pixels, where they are held beside.
    """

    about: Description
    coefficients: NDArray[np.int32]
    exact: Exact | None = None

    @classmethod
    def of(cls, coded: Coded, *, threads: int = 2) -> "Quantised":
        """Unpack; coefficients of levels and of tiles that are missing are zeros."""
        about = coded.about
        memory.ask(
            PER_VALUE * about.width * about.height * about.channels,
            f"unpacking a picture of {about.width}x{about.height}",
            "open it where there is more",
        )
        coefficients = np.zeros((about.channels, about.height, about.width), np.int32)
        own_threads = threads if about.tiles == 1 else 1

        def read(index: int) -> None:
            tile = about.tile_at(index)
            _read(coded.of_tile(index), coefficients[:, tile.rows, tile.columns], own_threads)

        each(read, range(about.tiles), threads)
        found = cls(about, coefficients)
        if coded.exact is None:
            return found
        planes = found.planes(threads=threads)
        own = read_exact(about, planes, coded.exact, threads=threads)
        return replace(found, exact=own)

    def coded(self, *, threads: int = 2) -> Coded:
        """Pack it: the same bytes again, if it came from all parts of a coded one."""
        about = self.about
        for digest, coded in _packed:
            if coded.about == about and digest == self._digest():
                return coded

        def write(index: int) -> list[Part]:
            coefficients = within(about, index, self.coefficients)
            pyramid = about.tile_at(index).about.pyramid
            h, w = int(pyramid.downs[-1]), int(pyramid.acrosses[-1])
            corners, exact = (
                np.ascontiguousarray(coefficients[:, :h, :w]),
                coefficients.astype(np.float32),
            )
            own_threads = threads if about.tiles == 1 else 1
            _, data, cuts = streams.write(
                pyramid, corners, exact, 0.0, model=about.model, threads=own_threads
            )
            return parts_of(data, cuts, index)

        found = each(write, range(about.tiles), threads)
        return Coded(about, tuple(part for parts in found for part in parts), self._exact(threads))

    def _exact(self, threads: int) -> ExactBytes | None:
        """The picture's own pixels packed again, to the same bytes."""
        own = self.exact
        if own is None:
            return None
        return write_exact(
            self.about, self.planes(threads=threads), own.pixels, off=own.off,
            straight=own.straight, weights=own.weights, threads=threads,
        )[1]  # fmt: skip

    def pixels(self, *, threads: int = 2) -> NDArray[np.uint16]:
        """The picture: its own pixels where they are held, else what it decodes to. (H, W, C)"""
        if self.exact is not None:
            return self.exact.pixels
        return pixels_of(self.about, self.planes(threads=threads))

    def _digest(self) -> bytes:
        digest = hashlib.blake2b(np.ascontiguousarray(self.coefficients).data)
        if self.exact is not None:
            digest.update(f"{self.exact.off} {self.exact.straight}".encode())
            digest.update(np.ascontiguousarray(self.exact.pixels).data)
            digest.update(np.ascontiguousarray(self.exact.weights).data)
        return digest.digest()

    def planes(self, *, threads: int = 2) -> NDArray[np.int32]:
        """The planes, with `fraction` binary places. (C, H, W)"""
        planes = np.empty(self.coefficients.shape, np.int32)
        works = [(i, p) for i in range(self.about.tiles) for p in range(self.about.channels)]

        def make(which: tuple[int, int]) -> None:
            index, plane = which
            tile = self.about.tile_at(index)
            coefficients = np.ascontiguousarray(self.coefficients[plane, tile.rows, tile.columns])
            planes[plane, tile.rows, tile.columns] = _plane(tile.about, coefficients, plane)

        each(make, works, threads)
        return planes


@dataclass(frozen=True)
class Written:
    """What was written, and what it would be read as.

    Attributes:
        coded: The bytes.
        quantised: The coefficients in them.
    """

    coded: Coded
    quantised: Quantised

    def with_exact(
        self, pixels: NDArray[np.uint16], off: int, straight: bool, threads: int
    ) -> "Written":
        """The same with a picture's own pixels; as `redraw.coding.exact.write_exact`. (H, W, C)"""
        found = self.quantised
        own, coded = write_exact(
            found.about, found.planes(threads=threads), pixels, off=off, straight=straight,
            threads=threads,
        )  # fmt: skip
        return Written(replace(self.coded, exact=coded), replace(found, exact=own))

    def keep(self) -> None:
        """Remember the bytes, so that the same coefficients are not packed once more."""
        _packed[:] = [(self.quantised._digest(), self.coded)]


# What was written last and kept: a digest of its coefficients, and the bytes.
_packed: list[tuple[bytes, Coded]] = []


def _read(coded: Coded, coefficients: NDArray[np.int32], threads: int) -> None:
    """Unpack a picture without tiles into zeros. (C, H, W)"""
    if not coded.parts:
        return
    pyramid, level = coded.about.pyramid, coded.parts[-1].level
    data = [b"".join(pieces) for pieces in zip(*(p.pieces for p in coded.parts), strict=True)]
    packed, corners = streams.read(
        pyramid, data, stop=level, model=coded.about.model, threads=threads
    )
    put_in_place(pyramid, packed, corners, level, coefficients)


def put_in_place(
    pyramid: Pyramid, packed: NDArray[np.int32], corners: NDArray[np.int32], level: int,
    coefficients: NDArray[np.int32],
) -> None:  # fmt: skip
    """Those of all bands from `level` on (n,) and corners as bands lie in a plane. (C, H, W)"""
    coefficients[:, : corners.shape[1], : corners.shape[2]] = corners
    for plane, at, third in pyramid.bands:
        if at >= level:
            coefficients[(plane, *pyramid.rectangle(at, third))] = pyramid.view(
                packed, plane, at, third
            )


def restored(about: Description, coefficients: NDArray[np.int32], plane: int) -> NDArray[np.int32]:
    """The coefficients of a plane from those in steps, of a picture without tiles. (H, W) each"""
    pyramid, steps, own = (
        about.pyramid,
        steps_of(about.step, about.levels),
        np.empty_like(coefficients),
    )
    places = np.array(about.places, np.int64).reshape(2, -1)[min(plane, 1)]
    for level in range(pyramid.levels):
        for third in range(3):
            part = pyramid.part(level, third)
            quantising.restore(coefficients, part, steps[level, third], places, own)
    corner = np.array([0, pyramid.downs[-1], 0, pyramid.acrosses[-1]], np.int64)
    none = np.zeros(quantising.SIZES, np.int64)
    quantising.restore(coefficients, corner, steps[-1, 3], none, own)
    return own


def _plane(about: Description, coefficients: NDArray[np.int32], plane: int) -> NDArray[np.int32]:
    """A plane from its coefficients in steps, of a picture without tiles. (H, W) each"""
    own, pyramid = restored(about, coefficients, plane), about.pyramid
    lifting.synthesise(own, pyramid.downs, pyramid.acrosses, 0)
    weights = about.filter_of(plane)
    if weights:
        filtering.filtered(own, about.step, np.array(weights, np.int64))
    return own


def planes_of(coded: Coded, *, threads: int = 2) -> NDArray[np.int32]:
    """The planes that `coded` describes, with `fraction` binary places. (C, H, W)"""
    decoded = replace(coded, exact=None)
    return Quantised.of(decoded, threads=threads).planes(threads=threads)


def pixels_of(about: Description, planes: NDArray[np.int32]) -> NDArray[np.uint16]:
    """The pixels of planes, or of a region of them. (C, H, W) -> (H, W, C)"""
    height, width = planes.shape[1:]
    out = np.empty((height, width, about.channels), np.uint16)
    matrix = np.array(about.mix, np.int64).reshape(about.channels, about.channels)
    middle = height // 2
    each(
        lambda part: quantising.mixed(planes, matrix, about.fraction, about.depth, *part, out),
        [(0, middle), (middle, height)],
    )
    return out


def psnr(pixels: NDArray[np.uint16], others: NDArray[np.uint16], depth: int) -> float:
    """In dB, peak 2 ** depth - 1. (H, W, C) each"""
    error = quantising.squared_error(pixels, others) / pixels.size
    return 10.0 * math.log10((2**depth - 1) ** 2 / error) if error else math.inf
