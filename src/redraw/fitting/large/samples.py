"""Parts of the picture that are fitted in memory first.

Each is analysed as a picture of its own. Two things are learned from them: how much the error of
the pixels is of what the spread of the coefficients says, and the chances that blocks begin with.

Shapes: H rows, W columns, C channels.
"""

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from redraw.coding.blocks import block
from redraw.coding.blocks.block import BORDER, CLASSES, Chances
from redraw.coding.blocks.layout import SIDE, Layout
from redraw.coding.pyramid import Pyramid, levels_of
from redraw.fitting.large.spread import Spread
from redraw.kernels import block_coefficients, lifting, quantising

# Of a part: rows divide those of every tile.
ROWS, COLUMNS = 256, 1024
# Parts of a picture.
PARTS = 8
# How far the error of the pixels is from what the spread says, at most.
MOST = 3.0


def places_of(width: int, height: int) -> list[tuple[int, int]]:
    """Top left corners of the parts: spread evenly, the same for every size of tiles."""
    down, across = max(1, height // ROWS), max(1, width // COLUMNS)
    count = min(PARTS, down * across)
    result: list[tuple[int, int]] = []
    for part in range(count):
        # Rows evenly, columns by the golden ratio.
        row = int((part + 0.5) * down / count)
        column = int(((part + 1) * 0.6180339887498949) % 1.0 * across)
        place = row * ROWS, column * COLUMNS
        while place in result:
            column = (column + 1) % across
            place = row * ROWS, column * COLUMNS
        result.append(place)
    return sorted(result)


class Sample:
    """One part, analysed.

    Args:
        pixels: (H, W, C) uint16
        depth: Bits of a value.
    """

    def __init__(self, pixels: NDArray[np.uint16], depth: int) -> None:
        height, width, channels = pixels.shape
        levels = levels_of(width, height)
        self.pixels = pixels
        self.layout = Layout(width, height, channels, depth, levels)
        self._pyramid = Pyramid(height, width, levels, channels)
        self._coefficients = np.empty((channels, height, width), np.int32)
        layout = self.layout
        quantising.unmixed(pixels, layout.rows, layout.fraction, depth, self._coefficients)
        for plane in self._coefficients:
            lifting.analyse(plane, self._pyramid.downs, self._pyramid.acrosses)

    @functools.cached_property
    def spread(self) -> Spread:
        """How its coefficients spread."""
        result = Spread.none(self.layout.levels, self.layout.channels)
        for plane, level, third in self._pyramid.bands:
            part = self._coefficients[(plane, *self._pyramid.rectangle(level, third))]
            counted = result.counts[level, third, plane], result.sums[level, third, plane]
            block_coefficients.spread(part, *counted)
        return result

    def steps(self, step: int, places: tuple[int, ...]) -> tuple[Layout, NDArray[np.int32]]:
        """Its coefficients in steps. (C, H, W)"""
        own = self.layout
        layout = Layout(own.width, own.height, own.channels, own.depth, own.levels, step, places)
        found = np.empty_like(self._coefficients)
        for plane, level, third in self._pyramid.bands:
            at = (plane, *self._pyramid.rectangle(level, third))
            wide, place = int(layout.steps[level, third]), layout.places_of(plane)
            block_coefficients.quantise(self._coefficients[at], wide, place, found[at])
        h, w = layout.sides[-1]
        scale = 256.0 / layout.steps[-1, 3]
        found[:, :h, :w] = np.rint(self._coefficients[:, :h, :w] * scale).astype(np.int32)
        return layout, found

    def error(self, step: int, places: tuple[int, ...]) -> float:
        """The squared error of its pixels, in their units."""
        layout, found = self.steps(step, places)
        planes = np.empty_like(found)
        for plane, level, third in self._pyramid.bands:
            at = (plane, *self._pyramid.rectangle(level, third))
            wide, place = int(layout.steps[level, third]), layout.places_of(plane)
            block_coefficients.restore(found[at], wide, place, planes[at])
        h, w = layout.sides[-1]
        none = np.zeros(3, np.int64)
        for plane in range(layout.channels):
            wide = int(layout.steps[-1, 3])
            block_coefficients.restore(found[plane, :h, :w], wide, none, planes[plane, :h, :w])
            lifting.synthesise(planes[plane], self._pyramid.downs, self._pyramid.acrosses, 0)
        made = np.empty_like(self.pixels)
        quantising.mixed(planes, layout.mix, layout.fraction, layout.depth, 0, layout.height, made)
        return float(quantising.squared_error(self.pixels, made))

    def teach(self, step: int, places: tuple[int, ...], chances: Chances) -> None:
        """Let chances learn from its blocks."""
        layout, found = self.steps(step, places)
        parents: dict[tuple[int, int], NDArray] = {}
        for level in range(layout.levels - 1, -1, -1):
            at, mine = min(level, CLASSES - 1), {}
            down, across = layout.blocks(level)
            for row in range(down):
                for column in range(across):
                    coefficients, shapes = self._block(found, layout, level, row, column)
                    over = parents.get((row // 2, column // 2))
                    parent = (
                        block.without_parent(layout.channels)
                        if over is None
                        else block.parent_part(over, row, column)
                    )
                    block.write(
                        coefficients, shapes, parent, chances.chances[at], chances.counts[at]
                    )
                    mine[row, column] = coefficients[:, :, BORDER:-BORDER, BORDER:-BORDER]
            parents = mine

    def _block(
        self, found: NDArray[np.int32], layout: Layout, level: int, row: int, column: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        shapes = layout.shapes(level, row, column)
        coefficients = block.empty(layout.channels)
        for third, (h, w) in enumerate(shapes):
            rows, columns = self._pyramid.rectangle(level, third)
            top, left = rows.start + row * SIDE, columns.start + column * SIDE
            coefficients[:, third, BORDER : BORDER + h, BORDER : BORDER + w] = found[
                :, top : top + h, left : left + w
            ]
        return coefficients, shapes


def ratio(samples: Sequence[Sample], step: int, places: tuple[int, ...]) -> float:
    """How much the error of the pixels is of what the spread says, over all samples."""
    true = said = 0.0
    for sample in samples:
        true += sample.error(step, places) * 4.0**sample.layout.fraction
        said += sample.spread.judged(step)[0]
    # Flat samples tell nothing: theirs are errors of rounding.
    return min(max(true / said, 1 / MOST), MOST) if said > 0 and true > 0 else 1.0


def taught(samples: Sequence[Sample], step: int, places: tuple[int, ...]) -> Chances:
    """What blocks begin with."""
    chances = Chances.even()
    for sample in samples:
        sample.teach(step, places, chances)
    return chances.settled()
