"""Features of a hash grid in whole numbers: the same on every machine.

A position is a whole number of 1/65536; of a level's cell the four corners have rows of whole
numbers, weighed by how near they are in 1/1024 along each axis. All are in 64-bit floats, which
hold them: positions in 1/2^29 of a cell are below 2^50, sums below 2^36, and products with a factor
have 52 bits. docs/format.md says it again, in integers.

Two features of a row are a word, so that one look-up finds both.

Shapes: N points, two dimensions, L levels, F features per level, R rows, W = (F + 1) // 2 words.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from redraw.kernels.compiling import entry
from redraw.kernels.functions import nearest
from redraw.kernels.vectors import Line, Value, Vectors, kernel, lanes

# Coordinates run from -ONE to ONE; scales are in 1/4096, so places are in 1/2^29.
ONE, SCALED, PLACE = 1 << 16, 12, 29
# Of a place within its cell, as a weight: in 1/1024.
PART = 10
# What a row of a shared table is found by, along the second axis (`redraw.fields.hash_grid`).
PRIME = 2_654_435_761
# Points at once.
VECTORS = 32
BLOCK = VECTORS * lanes(8)

_INT32 = ir.IntType(32)


def _cell(e: Vectors, position: Value, scale: Any, last: Any) -> tuple[Any, Value]:
    """The cell of positions along an axis as int32, and the second corner's weight there."""
    place = e.fma(position + float(ONE), e(scale) * 2.0**-PLACE, 0.5)
    cell = e.floor(place)
    cell = e.where(cell < e(last), cell, e(last))
    weight = e.floor((place - cell) * float(1 << PART))
    # Of numbers that are none, as of the cell: comparisons with them don't hold.
    weight = e.where(weight < float(1 << PART), weight, float(1 << PART))
    _, bits = nearest(e, cell)
    return e.builder.trunc(bits, ir.VectorType(_INT32, e.lanes)), weight


class _Integers:
    """Vectors of int32, as many as there are lanes."""

    def __init__(self, e: Vectors) -> None:
        self.e = e
        self.type = ir.VectorType(_INT32, e.lanes)

    def every(self, value: Any) -> Any:
        """One number in all lanes: of Python, or an int64 of the program."""
        if isinstance(value, int):
            return ir.Constant(self.type, [value] * self.e.lanes)
        b = self.e.builder
        undefined, first = ir.Constant(self.type, ir.Undefined), ir.Constant(_INT32, 0)
        one = b.insert_element(undefined, b.trunc(value, _INT32), first)
        return b.shuffle_vector(one, undefined, ir.Constant(self.type, [0] * self.e.lanes))

    def gathered(self, line: Line, places: Any) -> Any:
        """What stands at places of a line, one for each lane.

        The processor's own gather is slower: 78 ns a point of 15 levels, these loads 69 (Zen 4).
        """
        b, found = self.e.builder, ir.Constant(self.type, ir.Undefined)
        for lane in range(self.e.lanes):
            number = ir.Constant(_INT32, lane)
            place = b.zext(b.extract_element(places, number), ir.IntType(64))
            found = b.insert_element(found, line.at(place).first(), number)
        return found


@kernel(arrays=3, integers=6, scalars=5, element=types.float64)
def level_features(
    e, positions, table, out, vectors, shared, first, across, mask, words,
    scale_x, scale_y, last_x, last_y, factor,
):  # fmt: skip
    """Features of one level at points.

    Args:
        positions: (2, BLOCK) float64
        table: (R * W,) int32
        out: (2 W, BLOCK) float64
        vectors: Of points.
        shared: Whether rows are found by a hash: 1, or 0.
        first: The level's first row.
        across: Rows to the next vertex along the second axis, or PRIME.
        mask: Of hashed rows.
        words: W.
        scale_x, scale_y: Cells along each axis, in 1/4096.
        last_x, last_y: The last cell.
        factor: What sums are multiplied by.
    """
    b, whole = e.builder, _Integers(e)
    hashed = b.trunc(shared, ir.IntType(1))
    mask, across, first, wide = (whole.every(own) for own in (mask, across, first, words))

    def of_vector(i):
        at = e.times(i, e.lanes)
        x, right = _cell(e, positions.at(at).load(), scale_x, last_x)
        y, down = _cell(e, positions.at(e.plus(at, BLOCK)).load(), scale_y, last_y)
        left, up = (float(1 << PART) - own for own in (right, down))
        upper = b.mul(y, across)
        corners = []
        for line in (upper, b.add(upper, across)):
            for column in (x, b.add(x, whole.every(1))):
                mixed = b.and_(b.xor(column, line), mask)
                row = b.add(b.select(hashed, mixed, b.add(column, line)), first)
                corners.append(b.mul(row, wide))

        def of_word(word):
            more = whole.every(word)
            found = [whole.gathered(table, b.add(own, more)) for own in corners]
            sixteen = whole.every(16)
            for half in (0, 1):
                numbers = []
                for own in found:
                    high = own if half else b.shl(own, sixteen)
                    numbers.append(Value(e, b.sitofp(b.ashr(high, sixteen), e.type)))
                above = e.fma(left, numbers[0], right * numbers[1])
                below = e.fma(left, numbers[2], right * numbers[3])
                total = e.fma(up, above, down * below)
                feature = e.floor(e.fma(total, e(factor), 0.5))
                row = e.plus(e.times(word, 2), half)
                out.at(e.plus(e.times(row, BLOCK), at)).put(feature.value)

        e.repeat(words, of_word)

    e.repeat(vectors, of_vector)


@entry
def features(points, scales, vertices, firsts, shared, table, wide, factors, first, last, out):
    """Features at points.

    Args:
        points: In 1/65536. (2, N) float64
        scales: Cells along each axis, in 1/4096. (L, 2) int64
        vertices: (L, 2) int64
        firsts: Of each level the first row, and their end. (L + 1,) int64
        shared: Whether rows are found by a hash. (L,) bool
        table: Two features a word, the first one lowest. (R * W,) int32
        wide: F.
        factors: What sums are multiplied by. (L,) float64
        first: The first point.
        last: The one after the last.
        out: Filled. (L F, last - first) float64
    """
    words = (wide + 1) // 2
    line, found = np.zeros((2, BLOCK)), np.empty((2 * words, BLOCK))
    for start in range(first, last, BLOCK):
        count = min(BLOCK, last - start)
        for axis in range(2):
            for n in range(count):
                line[axis, n] = points[axis, start + n]
        for level in range(len(scales)):
            across = PRIME if shared[level] else vertices[level, 0]
            level_features(
                line, 0, table, 0, found, 0, VECTORS, int(shared[level]), firsts[level],
                across, firsts[level + 1] - firsts[level] - 1, words,
                float(scales[level, 0]), float(scales[level, 1]),
                float(vertices[level, 0] - 2), float(vertices[level, 1] - 2), factors[level],
            )  # fmt: skip
            for f in range(wide):
                for n in range(count):
                    out[level * wide + f, start - first + n] = found[f, n]
