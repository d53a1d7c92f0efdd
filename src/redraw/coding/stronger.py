"""A coded picture made smaller at the same quality, or better in the same bytes: with time.

Shapes: C planes, H rows, W columns.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from redraw.coding import filtered_choice
from redraw.coding.aiming import places_of
from redraw.coding.analysis import Analysis
from redraw.coding.description import Description
from redraw.coding.filter_weights import packed_weights
from redraw.coding.lookahead import PRICE, Each, Work
from redraw.coding.picture import Quantised, Written, each, psnr, restored, within
from redraw.coding.pyramid import steps_of
from redraw.coding.search import whole_step
from redraw.kernels.quantising import PARTS, SIZES

# How often the step is set anew before what was found counts, and how near is near enough: dB, and
# the logarithm of the size.
TRIES = 6
NEAR_PSNR, NEAR_SIZE = 0.02, 0.002
# By how much the step's logarithm moves for a decibel, and for the logarithm of a size, that it has
# to spare; and the price's, that it lacks.
PER_DECIBEL, PER_SIZE = 0.2, 1.2
DEARER_DECIBEL, DEARER_SIZE = 1.0, -2.0
MOST_MOVE = 0.5
# Of passes that draw each change: how many are made at once, at which price of a bit they begin,
# and by how much its logarithm moves for a decibel to spare and one that is lacking, and for the
# logarithm of a size.
FINER_PASSES, FINER_PRICE = 8, 0.1
FINER_DECIBEL, FINER_SIZE = (0.5, 1.0), -3.0
# Chooses a tile's coefficients: of its description, number, coefficients, and the price of a bit.
Chooser = Callable[[Description, int, NDArray[np.int32], float, Each], NDArray[np.int32]]


def stronger(
    analysis: Analysis,
    found: Quantised,
    *,
    quality: float = 0.0,
    size: int = 0,
    threads: int = 2,
    between: Callable[[], None] = lambda: None,
) -> Written | None:
    """What is smaller and still so good, or better and still as small; None if that fails.

    Asked again for what it gave it gains less each time. The same for any number of threads.

    Args:
        analysis: Of the picture.
        found: What there is.
        quality: That it must have, in dB.
        size: Instead: bytes that its parts and filter may have.
        threads: How many work.
        between: Called now and then; what it raises ends all, and nothing comes of it.
    """
    wanted = analysis.wanted(threads)
    now, best, worth = found, None, _worth(analysis, found, size, threads)
    first = _excess(analysis, found, quality, size, threads)
    near, coarser, dearer = (
        (NEAR_SIZE, PER_SIZE, DEARER_SIZE) if size else (NEAR_PSNR, PER_DECIBEL, DEARER_DECIBEL)
    )
    price = PRICE
    for _ in range(TRIES):
        between()
        # What it has to spare goes into a coarser step; what it lacks is a matter of the price.
        step = now.about.step
        if first >= 0.0:
            step = whole_step(math.log(step) + min(coarser * first, MOST_MOVE))
        else:
            price *= math.exp(dearer * max(first - near, -MOST_MOVE))
        now = _passed(analysis, _moved(now, step), price, _aiming(analysis, wanted), threads)
        first = _excess(analysis, now, quality, size, threads)
        if first < 0.0:
            continue
        value = _worth(analysis, now, size, threads)
        if value > worth:
            best, worth = now, value
        if first <= near:
            break
    return None if best is None else Written(best.coded(threads=threads), best)


def finer(
    analysis: Analysis,
    found: Quantised,
    *,
    quality: float = 0.0,
    size: int = 0,
    threads: int = 2,
    between: Callable[[], None] = lambda: None,
) -> Written | None:
    """The same by passes that draw each change, where `stronger` has done what it can.

    The step stays; the price of a bit begins low and rises as long as there is quality to spare, so
    that coefficients are let go of late. As `stronger` it is the same for any number of threads.

    Args:
        analysis: Of the picture.
        found: What there is.
        quality: That it must have, in dB.
        size: Instead: bytes that its parts and filter may have.
        threads: How many work.
        between: The same.
    """
    now, best, worth = found, None, _worth(analysis, found, size, threads)
    price, near = FINER_PRICE, NEAR_SIZE if size else NEAR_PSNR
    spare, lacking = (FINER_SIZE, FINER_SIZE) if size else FINER_DECIBEL
    for _ in range(FINER_PASSES):
        between()
        now = _passed(analysis, now, price, _drawing(analysis, between), threads)
        first = _excess(analysis, now, quality, size, threads)
        value = _worth(analysis, now, size, threads)
        if first >= 0.0 and value > worth:
            best, worth = now, value
        first -= 0.5 * near
        price *= math.exp(min((spare if first > 0.0 else lacking) * first, MOST_MOVE))
    return None if best is None else Written(best.coded(threads=threads), best)


def _excess(analysis: Analysis, made: Quantised, quality: float, size: int, threads: int) -> float:
    """By how many dB it is better than wanted, or by which logarithm smaller."""
    if size:
        return math.log(size / max(1, _bytes_of(made, threads)))
    return psnr(analysis.pixels, made.pixels(threads=threads), made.about.depth) - quality


def _worth(analysis: Analysis, made: Quantised, size: int, threads: int) -> float:
    """What should grow: its quality where its size is given, else how small it is."""
    if size:
        return psnr(analysis.pixels, made.pixels(threads=threads), made.about.depth)
    return -_bytes_of(made, threads)


def _bytes_of(made: Quantised, threads: int) -> int:
    coded = made.coded(threads=threads)
    return coded.size + len(packed_weights(made.about.filter_weights))


def _moved(made: Quantised, step: int) -> Quantised:
    """About the same picture in other steps."""
    about = replace(made.about, step=step)
    if step == made.about.step:
        return made
    whole = np.empty_like(made.coefficients)
    places = np.array(about.places).reshape(2, SIZES) / (1 << PARTS)
    for index in range(about.tiles):
        tile, old = about.tile_at(index), made.about.tile_at(index).about
        steps = steps_of(step, tile.about.levels) / 256.0
        pyramid, coefficients = tile.about.pyramid, within(made.about, index, made.coefficients)
        for plane in range(about.channels):
            values = restored(old, coefficients[plane], plane)
            out = np.rint(values / steps[-1, 3]).astype(np.int32)
            for level in range(pyramid.levels):
                for third in range(3):
                    rectangle = pyramid.rectangle(level, third)
                    real = np.abs(values[rectangle]) / steps[level, third]
                    own = np.rint(real - places[min(plane, 1), 0] * (real >= 0.5))
                    out[rectangle] = own * np.sign(values[rectangle])
            whole[plane, tile.rows, tile.columns] = out
    return Quantised(about, whole)


def _passed(
    analysis: Analysis, made: Quantised, price: float, choose: Chooser, threads: int
) -> Quantised:
    """One pass over all tiles, and places and a filter that suit what came out."""
    about = made.about
    whole = np.empty_like(made.coefficients)
    own_threads = threads if about.tiles == 1 else 1

    def work(index: int) -> None:
        tile = about.tile_at(index)
        whole[:, tile.rows, tile.columns] = choose(
            tile.about, index, within(about, index, made.coefficients), price,
            lambda job, items: each(job, items, own_threads),
        )  # fmt: skip

    each(work, range(about.tiles), threads)
    placed = Quantised(replace(about, places=_places(analysis, made, whole)), whole)
    if not analysis.filtered:
        return placed
    return analysis.with_filter(placed, price=price, threads=threads)


def _aiming(analysis: Analysis, wanted: NDArray[np.int32]) -> Chooser:
    """Passes of `redraw.coding.lookahead`, towards these planes. (C, H, W)"""

    def choose(
        about: Description, index: int, whole: NDArray[np.int32], price: float, each: Each
    ) -> NDArray[np.int32]:
        exact, goal = (
            within(analysis.about, index, planes) for planes in (analysis.coefficients, wanted)
        )
        return Work(about, exact, goal).pass_over(whole, price, each)

    return choose


def _drawing(analysis: Analysis, between: Callable[[], None]) -> Chooser:
    """Passes of `redraw.coding.filtered_choice`; `between` is called before each level."""

    def choose(
        about: Description, index: int, whole: NDArray[np.int32], price: float, each: Each
    ) -> NDArray[np.int32]:
        tile = analysis.about.tile_at(index)
        pixels = np.ascontiguousarray(analysis.pixels[tile.rows, tile.columns])
        return filtered_choice.pass_over(about, pixels, whole, price, each, between)

    return choose


def _places(analysis: Analysis, made: Quantised, whole: NDArray[np.int32]) -> tuple[int, ...]:
    """Where in their steps sizes of 1, 2 and more are, of all tiles. (C, H, W)"""
    about, sums = made.about, np.zeros((2, SIZES, 2))
    for index in range(about.tiles):
        tile = about.tile_at(index)
        pyramid, steps = tile.about.pyramid, steps_of(about.step, tile.about.levels) / 256.0
        exact = within(about, index, analysis.coefficients)
        coefficients = whole[:, tile.rows, tile.columns]
        for plane, level, third in pyramid.bands:
            rectangle = (plane, *pyramid.rectangle(level, third))
            own = coefficients[rectangle]
            size = np.abs(own)
            more = np.sign(own) * exact[rectangle] / steps[level, third] - size
            for kind in range(SIZES):
                here = size == kind + 1 if kind + 1 < SIZES else size >= SIZES
                sums[min(plane, 1), kind] += more[here].sum(), np.count_nonzero(here)
    return tuple(np.clip(places_of(sums), -63, 63).astype(int).ravel().tolist())
