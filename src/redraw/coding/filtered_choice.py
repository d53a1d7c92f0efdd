"""A tile's coefficients chosen by what the filter makes of each, with an eye to later bits.

A pass goes through the levels from the coarsest on, as one of `redraw.coding.lookahead` does; but
coefficients of the finest levels are chosen by the error that there is after the filter, and all of
them by that of pixels, which end at black and white. It takes several times as long.

Shapes: C planes, H rows, W columns of a tile; N coefficients along a line, S samples of a function.
"""

import functools
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from redraw.coding.description import FILTER_SHIFT, Description
from redraw.coding.lookahead import Begun, Each, line_functions, norms_of, steps_in
from redraw.coding.picture import restored
from redraw.kernels import aiming, filtered_choice, filtering, lifting
from redraw.kernels.filter_layout import CLASSES, TAPS

# From this level on a function is far wider than the filter: the error before it is as good. All
# three finest instead gained as much, the finest alone a fifth less (docs/log.md).
WIDE = 2
# Samples of a function below this part of its largest are left out.
LEAST = 1e-3
Lines = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]


def pass_over(
    about: Description, pixels: NDArray[np.uint16], whole: NDArray[np.int32], price: float,
    each: Each, between: Callable[[], None],
) -> NDArray[np.int32]:  # fmt: skip
    """All coefficients once more. (C, H, W) -> (C, H, W)

    Args:
        about: Of the tile, as a picture without tiles.
        pixels: Its own. (H, W, C)
        whole: Coefficients in steps, as bands lie in planes.
        price: Of a bit, in squared steps.
        each: Runs works, planes side by side.
        between: Called before each level; what it raises ends the pass.
    """
    pyramid, begun, made = about.pyramid, Begun.of(about, whole), whole.copy()
    norms, (_, sides) = norms_of(pyramid), steps_in(pyramid, about.step)
    matrix = np.array(about.mix, np.float64).reshape(about.channels, -1) / 16384.0
    weights = _weights(about)
    for level in range(pyramid.levels - 1, -1, -1):
        between()
        drawn, classes, turns = _drawn(about, made, each)
        filtered_choice.missed(drawn[1], pixels, matrix, about.fraction, about.depth, drawn[2])
        aims = _aims(about, made, drawn[2], norms, sides, each)
        silent = np.ones((about.channels, CLASSES), np.bool_)
        if level < WIDE:
            silent = ~weights.any(axis=2)
        else:  # what is added is added to the filtered planes
            drawn[0][:] = drawn[1]
        limit = np.float32((about.step * filtering.LIMIT) >> 16)
        filtered_choice.choose(
            *begun.told, level, tuple(drawn), (weights, silent, classes, turns, limit),
            _lines(pyramid.height, pyramid.levels)[level],
            _lines(pyramid.width, pyramid.levels)[level], norms, sides, begun.places,
            np.float32(price), np.float32(about.step / 256.0), aims,
        )  # fmt: skip
        begun.put_in(made)
    return made


def _weights(about: Description) -> NDArray[np.float32]:
    """Of the filter, of all planes and classes; zeros where there are none. (C, CLASSES, TAPS)"""
    result = np.zeros((about.channels, CLASSES, TAPS), np.float32)
    for plane in range(about.channels):
        own = np.array(about.filter_of(plane), np.float32).reshape(-1, TAPS)
        result[plane, : len(own)] = own / (1 << FILTER_SHIFT)
    return result


def _drawn(
    about: Description, whole: NDArray[np.int32], each: Each
) -> tuple[list[NDArray[np.float32]], NDArray[np.uint8], NDArray[np.uint8]]:
    """Planes before the filter, after it, and room for a third; classes and turns. (C, H, W)"""
    drawn = [np.empty(whole.shape, np.float32) for _ in range(3)]
    classes, turns = np.zeros(whole.shape, np.uint8), np.zeros(whole.shape, np.uint8)

    def draw(plane: int) -> None:
        own = restored(about, whole[plane], plane)
        lifting.synthesise(own, about.pyramid.downs, about.pyramid.acrosses, 0)
        drawn[0][plane] = own
        weights = np.array(about.filter_of(plane), np.int64)
        if len(weights) > 1:
            filtering.classes_of(own, about.step, classes[plane], turns[plane])
        if len(weights):
            filtering.filtered(own, about.step, weights)
        drawn[1][plane] = own

    each(draw, range(about.channels))
    return drawn, classes, turns


def _aims(
    about: Description, whole: NDArray[np.int32], lacks: NDArray[np.float32],
    norms: NDArray[np.float32], sides: NDArray[np.float32], each: Each,
) -> NDArray[np.float32]:  # fmt: skip
    """Where coefficients aim, in steps. (C, H, W), (C, H, W), (H, W), (H, W) -> (C, H, W)"""
    aims = np.empty(whole.shape, np.float32)

    def of_plane(plane: int) -> None:
        shares = lacks[plane].copy()
        aiming.gather(shares, about.pyramid.downs, about.pyramid.acrosses)
        aims[plane] = (restored(about, whole[plane], plane) + shares / norms) / sides

    each(of_plane, range(about.channels))
    return aims


@functools.lru_cache(maxsize=8)
def _lines(side: int, levels: int) -> list[Lines]:
    """Synthesis functions along a line by level: where they begin, how long they are, samples."""
    result: list[Lines] = []
    for functions in line_functions(side, levels):
        seen = np.abs(functions) > LEAST * np.abs(functions).max(axis=1, keepdims=True)
        starts = seen.argmax(axis=1)
        lengths = side - seen[:, ::-1].argmax(axis=1) - starts
        samples = np.zeros((len(functions), int(lengths.max())), np.float32)
        for own, line, start, length in zip(samples, functions, starts, lengths, strict=True):
            own[:length] = line[start : start + length]
        result.append((starts, lengths, samples))
    return result
