"""The wavelet coefficients of a picture, from which it is written at any step.

Shapes: C channels or planes, H rows, W columns.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from redraw.coding import streams
from redraw.coding.aiming import aim, corner_of, guessed, guessed_error, places_of
from redraw.coding.colour_rows import WORTH_ROWS, WORTH_ROWS_SHARE, likely_bits, principal
from redraw.coding.description import Coded, Description, Part, Tile
from redraw.coding.filter_fit import fitted
from redraw.coding.picture import Quantised, Written, each, parts_of, put_in_place, within
from redraw.coding.pyramid import Pyramid, steps_of
from redraw.kernels import lifting, quantising

# Of a bit, in squared steps.
PRICE = 0.09
# The step for which colour rows are chosen where none is named, in 1/255 of the range.
USUAL_STEP = 12.0


@dataclass(frozen=True)
class Analysis:
    """The wavelet coefficients of a picture.

    Attributes:
        about: What they mean; the step is not chosen yet.
        pixels: (H, W, C) uint16
        coefficients: Of each tile where it lies, as bands lie in it. (C, H, W) int32
        filtered: Whether decoded planes may be filtered, where that saves more than it takes.
    """

    about: Description
    pixels: NDArray[np.uint16]
    coefficients: NDArray[np.int32]
    filtered: bool = False

    @classmethod
    def of(
        cls,
        pixels: NDArray[np.uint16],
        depth: int,
        *,
        tile: int = 0,
        step: float = USUAL_STEP,
    ) -> "Analysis":
        """Decorrelate a picture, by the colour rows that suit it better at about that step.

        Args:
            pixels: Values below 2 ** depth. (H, W, C)
            depth: Bits of a value.
            tile: Tiles of 2 ** tile pixels a side; 0 for one.
            step: About that which will be asked for, in 1/255 of the range.
        """
        usual = cls.by(pixels, depth, tile=tile)
        if pixels.shape[2] < 3 or pixels.shape[0] * pixels.shape[1] < WORTH_ROWS:
            return usual
        own = cls.by(pixels, depth, tile=tile, colours=principal(pixels[..., :3]))
        unit = step * (2**depth - 1) / 255.0 * 2**usual.about.fraction
        costs = [likely_bits(analysis.coefficients[:3], unit) for analysis in (usual, own)]
        return own if costs[1] < (1.0 - WORTH_ROWS_SHARE) * costs[0] else usual

    @classmethod
    def by(
        cls,
        pixels: NDArray[np.uint16],
        depth: int,
        *,
        tile: int = 0,
        colours: tuple[int, ...] = (),
    ) -> "Analysis":
        """Decorrelate a picture by these colour rows (`Description.colours`). (H, W, C)"""
        height, width, channels = pixels.shape
        fresh = Description.fresh(width, height, channels, depth, tile)
        about = replace(fresh, colours=colours)
        coefficients = np.empty((channels, height, width), np.int32)
        rows = np.array(about.rows, np.float64).reshape(channels, channels)
        quantising.unmixed(pixels, rows, about.fraction, depth, coefficients)

        def analyse(which: tuple[int, int]) -> None:
            index, plane = which
            tile = about.tile_at(index)
            own = np.ascontiguousarray(coefficients[plane, tile.rows, tile.columns])
            lifting.analyse(own, tile.about.pyramid.downs, tile.about.pyramid.acrosses)
            coefficients[plane, tile.rows, tile.columns] = own

        each(analyse, [(i, p) for i in range(about.tiles) for p in range(channels)])
        return cls(about, pixels, coefficients)

    def guessed_psnr(self, step: int, *, price: float = PRICE, threads: int = 2) -> float:
        """About the PSNR that it would have if it were written; a fifth of the work. In dB."""
        about = replace(self.about, step=step)

        def of_plane(which: tuple[int, int]) -> float:
            tile = about.tile_at(which[0])
            own = np.ascontiguousarray(self.coefficients[which[1], tile.rows, tile.columns])
            return guessed_error(tile.about.pyramid, own, steps_of(step, tile.about.levels), price)

        works = [(i, p) for i in range(about.tiles) for p in range(about.channels)]
        error = sum(each(of_plane, works, threads)) / self.coefficients.size
        error = error / 4**about.fraction + 1 / 12  # pixels are rounded
        return 10.0 * math.log10((2**about.depth - 1) ** 2 / error)

    def guessed(self, step: int, *, price: float = PRICE, threads: int = 2) -> Quantised:
        """About what `written` would write, and nothing coded: a fraction of the work.

        The arguments are those of `written`.
        """
        about = replace(self.about, step=step)
        whole = np.empty_like(self.coefficients)

        def guess(which: tuple[int, int]) -> NDArray[np.float64]:
            index, plane = which
            tile = about.tile_at(index)
            own = np.ascontiguousarray(self.coefficients[plane, tile.rows, tile.columns])
            pyramid, steps = tile.about.pyramid, steps_of(step, tile.about.levels)
            found, sums = guessed(pyramid, own, corner_of(pyramid, own, steps), steps, price)
            whole[plane, tile.rows, tile.columns] = found
            return sums

        works = [(i, p) for i in range(about.tiles) for p in range(about.channels)]
        sums = np.zeros((2, quantising.SIZES, 2))
        for (_, plane), own in zip(works, each(guess, works, threads), strict=True):
            sums[min(plane, 1)] += own
        return Quantised(_placed(about, sums), whole)

    def coded(self, step: int, *, price: float = PRICE, threads: int = 2) -> Coded:
        """Write it; as `written`, without the coefficients."""
        return self.written(step, price=price, threads=threads).coded

    def written(self, step: int, *, price: float = PRICE, threads: int = 2) -> "Written":
        """Write it.

        Args:
            step: In 1/256 units of the planes, for a band of norm 1.
            price: Of a bit, in squared steps.
            threads: How many work.
        """
        about = replace(self.about, step=step)
        whole = np.empty_like(self.coefficients)
        # Threads work on tiles, or where there is one on its streams.
        own_threads = threads if about.tiles == 1 else 1

        def write(index: int) -> tuple[list[Part], NDArray[np.float64]]:
            tile = about.tile_at(index)
            own = whole[:, tile.rows, tile.columns]
            return _written(
                tile, within(about, index, self.coefficients), index, price, own_threads, own
            )

        found = each(write, range(about.tiles), threads)
        sums = sum((own for _, own in found), np.zeros((2, quantising.SIZES, 2)))
        made = Quantised(_placed(about, sums), whole)
        if self.filtered:
            made = self.with_filter(made, price=price, threads=threads)
        coded = Coded(made.about, tuple(p for parts, _ in found for p in parts))
        return Written(coded, made)

    def with_filter(self, made: Quantised, *, price: float = PRICE, threads: int = 2) -> Quantised:
        """With the filter that suits it, if one pays; see `redraw.coding.filter_fit`."""
        bare = replace(made, about=replace(made.about, filter_weights=()))
        planes, wanted = bare.planes(threads=threads), self.wanted(threads)
        weights = fitted(
            bare.about, planes, wanted, price, lambda work, items: each(work, items, threads)
        )
        return replace(made, about=replace(made.about, filter_weights=weights))

    def wanted(self, threads: int) -> NDArray[np.int32]:
        """The planes that were analysed. (C, H, W)"""
        planes = np.empty_like(self.coefficients)

        def make(which: tuple[int, int]) -> None:
            tile = self.about.tile_at(which[0])
            own = self.coefficients[which[1], tile.rows, tile.columns].copy()
            lifting.synthesise(own, tile.about.pyramid.downs, tile.about.pyramid.acrosses, 0)
            planes[which[1], tile.rows, tile.columns] = own

        works = [(i, p) for i in range(self.about.tiles) for p in range(self.about.channels)]
        each(make, works, threads)
        return planes


def _placed(about: Description, sums: NDArray[np.float64]) -> Description:
    """With the places of coefficients, by how much sizes were rounded down (2, SIZES, 2)."""
    places = np.clip(places_of(sums), -63, 63).astype(int).ravel().tolist()
    return replace(about, places=tuple(places))


def _written(
    tile: Tile, coefficients: NDArray[np.int32], index: int, price: float, threads: int,
    whole: NDArray[np.int32],
) -> tuple[list[Part], NDArray[np.float64]]:  # fmt: skip
    """The parts of a tile, and by how much sizes were rounded down.

    Args:
        tile: Which.
        coefficients: Of the tile. (C, h, w)
        index: Of the tile.
        price: Of a bit, in squared steps.
        threads: How many work.
        whole: Filled with what was written, as bands lie in a plane. (C, h, w)

    Returns:
        Them, and of the first plane and of the others, for sizes of 1, 2 and more: the sum and how
        many. (2, SIZES, 2)
    """
    about, pyramid = tile.about, tile.about.pyramid
    steps = steps_of(about.step, about.levels)
    exact = np.empty(coefficients.shape, np.float32)
    for plane, level, third in pyramid.bands:
        quantising.in_steps(
            coefficients[plane], pyramid.part(level, third), steps[level, third], exact[plane]
        )
    corners = corner_of(pyramid, coefficients, steps)

    if price > 0:
        aim(pyramid, coefficients, corners, steps, price, exact, threads=threads)
    made, data, cuts = streams.write(
        pyramid, corners, exact, price, model=about.model, threads=threads
    )
    put_in_place(pyramid, made, corners, 0, whole)
    return parts_of(data, cuts, index), _place_sums(pyramid, exact, made)


def _place_sums(
    pyramid: Pyramid, exact: NDArray[np.float32], coefficients: NDArray[np.int32]
) -> NDArray[np.float64]:
    """By how much the sizes of 1, 2 and more were rounded down in all, of the first plane and of
    the others, and how many there are. (2, SIZES, 2)
    """
    result = np.zeros((2, quantising.SIZES, 2))
    for plane, level, third in pyramid.bands:
        rows, columns = pyramid.rectangle(level, third)
        band = pyramid.neighbours(plane, level, third)[0]
        quantising.place_sums(
            exact[plane], rows.start, columns.start, coefficients, band, result[min(plane, 1)]
        )
    return result
