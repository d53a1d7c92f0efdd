"""Features of a hash grid in whole numbers: the same on every machine.

A position is a whole number of 1/65536; of a level's cell the four corners have rows of whole
numbers, weighed by how near they are in 1/1024 along each axis. All are in 64-bit floats, which
hold them: positions in 1/2^29 of a cell are below 2^50, sums below 2^36, and products with a factor
have 52 bits. docs/format.md says it again, in integers.

Two features of a row are a word, so that one look-up finds both.

Drawings ask for points in lines, one below the other. Corners are then joined along x first, once
for all lines of points between two of vertices: whole numbers, so that the order changes nothing.

Shapes: N points, two dimensions, L levels, F features per level, R rows, W = (F + 1) // 2 words.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from redraw.kernels.compiling import entry, inner
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
LANES = lanes(8)
BLOCK = VECTORS * LANES
# Points of a line: fewer are taken alone, more are cut.
FEWEST, COLUMNS = 16, 256

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


@kernel(arrays=3, integers=1, scalars=2, element=types.float64)
def level_columns(e, xs, cells, weights, vectors, scale, last):
    """Where points lie along x.

    Args:
        xs: (COLUMNS,) float64
        cells: Filled. (COLUMNS,) int32
        weights: Filled: of the second corner. (COLUMNS,) float64
        vectors: Of points.
        scale: Cells along the axis, in 1/4096.
        last: The last cell.
    """

    def of_vector(i):
        at = e.times(i, e.lanes)
        cell, right = _cell(e, xs.at(at).load(), scale, last)
        cells.at(at).put(cell)
        weights.at(at).put(right.value)

    e.repeat(vectors, of_vector)


@kernel(arrays=4, integers=6, element=types.float64)
def level_line(e, cells, weights, table, out, vectors, shared, line, first, mask, words):
    """A line of vertices, between those that are left and right of points: in 1/1024.

    Args:
        cells: As `level_columns` has them.
        weights: The same.
        table: (R * W,) int32
        out: Filled. (2 W, COLUMNS) float64
        vectors: Of points.
        shared: Whether rows are found by a hash: 1, or 0.
        line: Its number times rows to the next, or times PRIME.
        first: The level's first row.
        mask: Of hashed rows.
        words: W.
    """
    b, whole = e.builder, _Integers(e)
    hashed = b.trunc(shared, ir.IntType(1))
    line, first, mask, wide = (whole.every(own) for own in (line, first, mask, words))

    def of_vector(i):
        at = e.times(i, e.lanes)
        x, right = cells.at(at).words(), weights.at(at).load()
        left = float(1 << PART) - right
        corners = []
        for column in (x, b.add(x, whole.every(1))):
            mixed = b.and_(b.xor(column, line), mask)
            row = b.add(b.select(hashed, mixed, b.add(column, line)), first)
            corners.append(b.mul(row, wide))

        def of_word(word):
            more, sixteen = whole.every(word), whole.every(16)
            found = [whole.gathered(table, b.add(own, more)) for own in corners]
            for half in (0, 1):
                high = [own if half else b.shl(own, sixteen) for own in found]
                near, far = (Value(e, b.sitofp(b.ashr(own, sixteen), e.type)) for own in high)
                row = e.plus(e.times(word, 2), half)
                total = e.fma(left, near, right * far)
                out.at(e.plus(e.times(row, COLUMNS), at)).put(total.value)

        e.repeat(words, of_word)

    e.repeat(vectors, of_vector)


@kernel(arrays=3, integers=3, scalars=3, element=types.float64)
def level_between(e, above, below, out, vectors, features, apart, up, down, factor):
    """Features of a line of points between two lines of vertices.

    Args:
        above: As `level_line` has it.
        below: The same.
        out: Filled: a row for each feature. float64
        vectors: Of points.
        features: F.
        apart: From one row of `out` to the next.
        up: Weight of the line above, in 1/1024.
        down: Of the one below.
        factor: What sums are multiplied by.
    """

    def of_feature(f):
        row, to = e.times(f, COLUMNS), e.times(f, apart)

        def of_vector(i):
            at = e.times(i, e.lanes)
            here = e.plus(row, at)
            total = e.fma(e(up), above.at(here).load(), e(down) * below.at(here).load())
            feature = e.floor(e.fma(total, e(factor), 0.5))
            out.at(e.plus(to, at)).put(feature.value)

        e.repeat(vectors, of_vector)

    e.repeat(features, of_feature)


@inner
def _first_line(points, start, last):
    """Where a line of points begins, one of at least FEWEST with the same y; `last` if none."""
    begin = start
    for n in range(start + 1, last):
        if points[1, n] != points[1, n - 1]:
            begin = n
        elif n - begin == FEWEST - 1:
            return begin
    return last


@inner
def _is_line(points, start, other, columns):
    """Whether points lie below others, on a line of their own."""
    y = points[1, start]
    for n in range(columns):
        if points[0, start + n] != points[0, other + n] or points[1, start + n] != y:
            return False
    return True


@inner
def _place(position, scale, last):
    """The cell of a position along an axis, and the second corner's weight there: as `_cell`."""
    place = (position + ONE) * (scale * 2.0**-PLACE) + 0.5
    cell = min(np.floor(place), last)
    return np.int64(cell), min(np.floor((place - cell) * (1 << PART)), float(1 << PART))


@inner
def _anywhere(points, grid, start, count, out, at):
    """Features of points that may lie anywhere, up to BLOCK: to columns of `out` from `at` on."""
    scales, vertices, firsts, shared, table, wide, factors = grid
    words = (wide + 1) // 2
    line, found = np.zeros((2, BLOCK)), np.empty((2 * words, BLOCK))
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
                out[level * wide + f, at + n] = found[f, n]


@inner
def _in_lines(points, grid, start, columns, lines, out, at):
    """Features of lines of points, one below the other: to columns of `out` from `at` on."""
    scales, vertices, firsts, shared, table, wide, factors = grid
    words, vectors = (wide + 1) // 2, -(-columns // LANES)
    xs, right = np.zeros(COLUMNS), np.empty(COLUMNS)
    cells = np.empty(COLUMNS, np.int32)
    # Of two lines of vertices, whose numbers have different parities.
    joined = np.empty((2, 2 * words * COLUMNS))
    known = np.empty(2, np.int64)
    found = np.empty(wide * COLUMNS)
    for n in range(columns):
        xs[n] = points[0, start + n]
    flat, apart = out.reshape(-1), out.shape[1]
    for level in range(len(scales)):
        across = PRIME if shared[level] else vertices[level, 0]
        mask, scale = firsts[level + 1] - firsts[level] - 1, float(scales[level, 1])
        last, own, first = float(vertices[level, 1] - 2), int(shared[level]), firsts[level]
        level_columns(
            xs, 0, cells, 0, right, 0, vectors, float(scales[level, 0]),
            float(vertices[level, 0] - 2),
        )  # fmt: skip
        known[:] = -1
        for line in range(lines):
            y, down = _place(points[1, start + line * columns], scale, last)
            for vertex in range(y, y + 2):
                if known[vertex & 1] != vertex:
                    known[vertex & 1] = vertex
                    level_line(
                        cells, 0, right, 0, table, 0, joined, (vertex & 1) * joined.shape[1],
                        vectors, own, vertex * across, first, mask, words,
                    )  # fmt: skip
            above, below = (y & 1) * joined.shape[1], (1 - (y & 1)) * joined.shape[1]
            up, to = float(1 << PART) - down, level * wide * apart + at + line * columns
            if columns % LANES == 0:
                level_between(
                    joined, above, joined, below, flat, to, vectors, wide, apart,
                    up, down, factors[level],
                )  # fmt: skip
                continue
            level_between(
                joined, above, joined, below, found, 0, vectors, wide, COLUMNS,
                up, down, factors[level],
            )  # fmt: skip
            for f in range(wide):
                for n in range(columns):
                    flat[to + f * apart + n] = found[f * COLUMNS + n]


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
    grid = (scales, vertices, firsts, shared, table, wide, factors)
    start = first
    while start < last:
        begin = _first_line(points, start, min(start + BLOCK, last))
        if begin > start:
            _anywhere(points, grid, start, begin - start, out, start - first)
            start = begin
            continue
        columns = FEWEST
        while columns < min(COLUMNS, last - start):
            if points[1, start + columns] != points[1, start]:
                break
            columns += 1
        lines = 1
        while start + (lines + 1) * columns <= last:
            if not _is_line(points, start + lines * columns, start, columns):
                break
            lines += 1
        _in_lines(points, grid, start, columns, lines, out, start - first)
        start += lines * columns
