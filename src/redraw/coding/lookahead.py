"""A tile's coefficients chosen anew, for the pixels that a reader will show and for later bits.

One pass goes through the levels from the coarsest on. Before each, what the pixels still miss, as
they are drawn by the coefficients so far and filtered, says where its coefficients aim; then each
takes the size that is cheapest with all that its choice does to the bits of others.

Shapes: C planes, H rows, W columns of a tile, L levels; B bands, n coefficients with borders.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.coding.description import Description
from redraw.coding.picture import put_in_place, restored
from redraw.coding.pyramid import Pyramid, halvings, steps_of
from redraw.coding.tables import tables
from redraw.kernels import aiming, filtering, lifting, lookahead
from redraw.kernels.lookahead import FACTS, LISTENING, SIZES, SUMS
from redraw.kernels.quantising import PARTS

# Of a bit, in squared steps: more than where later bits are not looked at. Which part of what the
# others miss a coefficient makes up for: of one level's at once (docs/log.md).
PRICE, TAKEN = 0.15, 0.8
# Kinds of bands: five levels, three planes, three bands.
PLACES = 45
# How much tables of all places together count in that of each, in coefficients seen; least chance.
SHARED, LEAST = 8.0, 1e-4
Each = Callable[[Callable, Sequence], list]


@dataclass(frozen=True)
class Work:
    """A tile as it is worked on.

    Attributes:
        about: Of the tile, as a picture without tiles.
        exact: Its coefficients. (C, H, W) int32
        wanted: Its planes. (C, H, W) int32
    """

    about: Description
    exact: NDArray[np.int32]
    wanted: NDArray[np.int32]

    def pass_over(self, whole: NDArray[np.int32], price: float, each: Each) -> NDArray[np.int32]:
        """All coefficients once more. (C, H, W) -> (C, H, W)

        Args:
            whole: Coefficients in steps, as bands lie in planes.
            price: Of a bit, in squared steps.
            each: Runs works, planes side by side.
        """
        pyramid, begun = self.about.pyramid, Begun.of(self.about, whole)
        norms = norms_of(pyramid)
        nominal, sides = steps_in(pyramid, self.about.step)
        made = whole.copy()
        for level in range(pyramid.levels - 1, -1, -1):
            aims = self._aims(made, norms, sides, each)
            lookahead.choose(
                *begun.told, level, aims, norms * nominal, begun.places, np.float32(price)
            )
            begun.put_in(made)
        return made

    def _aims(
        self,
        whole: NDArray[np.int32],
        norms: NDArray[np.float32],
        sides: NDArray[np.float32],
        each: Each,
    ) -> NDArray[np.float32]:
        """Where coefficients aim, in steps. (C, H, W), (H, W), (H, W) -> (C, H, W)"""
        pyramid, aims = self.about.pyramid, np.empty(whole.shape, np.float32)

        def of_plane(plane: int) -> None:
            own = restored(self.about, whole[plane], plane)
            errors = (self.exact[plane] - own).astype(np.float32)
            lifting.synthesise(own, pyramid.downs, pyramid.acrosses, 0)
            weights = self.about.filter_of(plane)
            if weights:
                filtering.filtered(own, self.about.step, np.array(weights, np.int64))
            shares = (self.wanted[plane] - own).astype(np.float32)
            aiming.gather(shares, pyramid.downs, pyramid.acrosses)
            aim = self.exact[plane] + np.float32(TAKEN) * (shares / norms - errors)
            aims[plane] = aim / sides

        each(of_plane, range(len(whole)))
        return aims


@dataclass(frozen=True)
class Begun:
    """What all choices of a pass over a tile look at, and change.

    Attributes:
        pyramid: Of the tile.
        coefficients: Of all bands. (n,) int32
        bands: In the order of coding. (B, FACTS)
        after: Which listen to each. (B, LISTENING)
        sums: Of what stands around each coefficient. (n,)
        costs: Bits of a size, by place and level of the sum. (P, SUMS, SIZES) float32
        places: By how much sizes are larger than their steps. (2, 3) float32
    """

    pyramid: Pyramid
    coefficients: NDArray[np.int32]
    bands: NDArray[np.int64]
    after: NDArray[np.int64]
    sums: NDArray[np.int64]
    costs: NDArray[np.float32]
    places: NDArray[np.float32]

    @classmethod
    def of(cls, about: Description, whole: NDArray[np.int32]) -> "Begun":
        """Of coefficients in steps, as bands lie in planes. (C, H, W)"""
        pyramid = about.pyramid
        coefficients = np.zeros(pyramid.count, np.int32)
        for plane, level, third in pyramid.bands:
            rectangle = (plane, *pyramid.rectangle(level, third))
            pyramid.view(coefficients, plane, level, third)[:] = whole[rectangle]
        bands, after = bands_of(pyramid)
        sums, counts = np.zeros(pyramid.count, np.int64), np.zeros((PLACES, SUMS, SIZES))
        lookahead.sums_around(coefficients, bands, after, sums)
        lookahead.counted(coefficients, bands, sums, tables().thirds.astype(np.int64), counts)
        places = np.array(about.places, np.float32).reshape(2, 3) / np.float32(1 << PARTS)
        return cls(pyramid, coefficients, bands, after, sums, costs_of(counts), places)

    @property
    def told(self) -> tuple[NDArray, ...]:
        """What the kernels that choose are told first."""
        thirds = tables().thirds.astype(np.int64)
        return self.coefficients, self.bands, self.after, self.sums, self.costs, thirds

    def put_in(self, whole: NDArray[np.int32]) -> None:
        """Them as they are now, as bands lie in planes. (C, H, W)"""
        pyramid = self.pyramid
        low = (slice(None), slice(int(pyramid.downs[-1])), slice(int(pyramid.acrosses[-1])))
        put_in_place(pyramid, self.coefficients, whole[low].copy(), 0, whole)


def costs_of(counts: NDArray[np.float64]) -> NDArray[np.float32]:
    """Bits of each size, its sign included, by how often sizes occurred. (P, SUMS, SIZES)"""
    least = np.cumsum(counts[..., ::-1], axis=-1)[..., ::-1]  # of this size or larger
    near = least.copy()
    near[:, 1:] += 0.5 * least[:, :-1]
    near[:, :-1] += 0.5 * least[:, 1:]
    together = near.sum(axis=0, keepdims=True)
    usual = (together[..., 1:] + 0.4) / (together[..., :-1] + 0.8)
    larger = (near[..., 1:] + SHARED * usual) / (near[..., :-1] + SHARED)
    larger = np.clip(larger, LEAST, 1.0 - LEAST)
    result = np.zeros(counts.shape)
    result[..., 1:] = 1.0 - np.cumsum(np.log2(larger), axis=-1)
    result[..., :-1] -= np.log2(1.0 - larger)
    return result.astype(np.float32)


def bands_of(pyramid: Pyramid) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Bands in the order of coding, and which listen to each. (B, FACTS), (B, LISTENING)"""
    levels, planes = range(pyramid.levels - 1, -1, -1), range(pyramid.planes)
    order = [(p, level, t) for level in levels for t in range(3) for p in planes]
    index = {which: i for i, which in enumerate(order)}
    bands = np.zeros((len(order), FACTS), np.int64)
    after = np.full((len(order), LISTENING), -1, np.int64)
    for i, (plane, level, third) in enumerate(order):
        told = 24 + 10 * (level + 1 < pyramid.levels) + 6 * third
        told += 6 * (plane > 0) + 7 * (plane > 1)
        place = (min(level, 4) * 3 + min(plane, 2)) * 3 + third
        rows, columns = pyramid.rectangle(level, third)
        bands[i, :4] = pyramid.neighbours(plane, level, third)[0]
        bands[i, 4:] = (64 * 65536 // told, place, level, plane, rows.start, columns.start)
        others = [(plane, level - 1, third), (plane, level, third + 1), (plane, level, third + 2)]
        others += [(plane + k, level, third) for k in (1, 2) if plane < 2]
        after[i, : len(others)] = [index.get(other, -1) for other in others]
    return bands, after


def steps_in(pyramid: Pyramid, step: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Of each coefficient in a plane what makes an error in its steps one of the picture's.

    Squared; and its step, in units of the planes. (H, W) each; of low coefficients the step is 1.
    """
    steps = steps_of(step, pyramid.levels) / 256.0
    sides = np.ones((pyramid.height, pyramid.width), np.float32)
    for level in range(pyramid.levels):
        for third in range(3):
            sides[pyramid.rectangle(level, third)] = steps[level, third]
    return ((sides * 256.0 / step) ** 2).astype(np.float32), sides


def norms_of(pyramid: Pyramid) -> NDArray[np.float32]:
    """Squares of the norms of all synthesis functions; at edges they are others than inside."""
    down, across = (
        _line_norms(side, pyramid.levels) for side in (pyramid.height, pyramid.width)
    )  # fmt: skip
    result = np.ones((pyramid.height, pyramid.width), np.float32)
    for level in range(pyramid.levels):
        products = np.outer(down[level], across[level])
        for third in range(3):
            rectangle = pyramid.rectangle(level, third)
            result[rectangle] = products[rectangle]
    return result


def _line_norms(side: int, levels: int) -> list[NDArray[np.float64]]:
    """Squares of the norms along a line, of the coefficients of each level, low ones first."""
    return [(functions**2).sum(axis=1) for functions in line_functions(side, levels)]


def line_functions(side: int, levels: int) -> list[NDArray[np.float64]]:
    """Synthesis functions along a line, of the coefficients of each level, low ones first.

    Returns:
        Of each level, the finest first. (N, side)
    """
    sides, result = halvings(side, levels), []
    for level in range(levels):
        functions = np.eye(sides[level])
        for at in range(level, -1, -1):
            padded = np.zeros((len(functions), sides[at]))
            padded[:, : functions.shape[1]] = functions
            functions = _joined(padded)
        result.append(functions)
    return result


def _joined(coefficients: NDArray[np.float64]) -> NDArray[np.float64]:
    """Undo the lifting of rows, low coefficients first. (N, side)"""
    n = -(-coefficients.shape[1] // 2)
    even, odd = coefficients[:, :n].copy(), coefficients[:, n:].copy()
    m = odd.shape[1]
    if not m:
        return even
    for step in (3, 2, 1, 0):
        factor = lifting.STEPS[step] / (1 << lifting.SHIFT)
        if step % 2:
            around = np.concatenate([odd[:, :1], odd, odd[:, -1:]], axis=1)
            even -= factor * (around[:, :n] + around[:, 1 : n + 1])
        else:
            around = np.concatenate([even, even[:, -1:]], axis=1)
            odd -= factor * (around[:, :m] + around[:, 1 : m + 1])
    result = np.empty_like(coefficients)
    result[:, 0::2], result[:, 1::2] = even, odd
    return result
