"""The multiresolution hash grid, for blocks of points: features, and the gradients of its table.

`redraw.fields.hash_grid` is the definition; cells and weights are rounded exactly as there.

Layout. Points come in panels, as everywhere in these kernels: `panel` points side by side, their
coordinates in one row per axis, their features in one row per feature. The rows of a panel lie one
behind the other; the distance between panels is the caller's (`step`, in elements), so that one
kernel serves both orders:

    all levels of a block     (panels, L F, panel)      what the network reads
    one level of a batch      (L, panels, F, panel)     what `scatter` reads, level by level

Padding points need finite coordinates and gradients of zero.

A grid's levels are described by five values (`Grid`): for each axis an array of scales (L,) and of
multipliers (L,); an array of masks (L,), 0 for a row-major level; the first rows (L + 1,); and a
zero for each feature of a row. So the numbers of axes and of features are a part of the type, and
what is compiled is made for them: with a loop over features both kernels took half as long again.

Rows are read one point at a time: on Zen 5 as quick as gather instructions (65,536 points, 16
levels of 2 features: 2.0 ms on one core, 1.95 with 64-bit gathers, 3.5 with 32-bit ones), and no
other machine needs anything special.
"""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic as numba_intrinsic
from numpy.typing import NDArray

from redraw.kernels.compiling import inner
from redraw.kernels.vectors import WIDE, Value, Vectors

# For the type checker: an intrinsic is called without its first parameter.
intrinsic: Any = numba_intrinsic

_INT32 = ir.IntType(32)
_INT64 = ir.IntType(64)

# Scales per axis, multipliers per axis, masks, first rows, a zero per feature.
Grid = tuple[
    tuple[NDArray[Any], ...],
    tuple[NDArray[np.int64], ...],
    NDArray[np.int64],
    NDArray[np.int64],
    tuple[int, ...],
]


def _whole(v: int) -> Any:
    return ir.Constant(_INT64, v)


class _Level:
    """Emits what all kernels share: which rows a vector of points touches, and their weights."""

    def __init__(self, e: Vectors, context: Any, grid: Any, given: Any, level: Any) -> None:
        """Args: `grid` is the type and `given` the value of a Grid."""
        self.e = e
        b = e.builder
        self.axes = grid.types[0].count
        self.row = _Row(e, grid.types[4].count)

        def entry(kind: Any, array: Any) -> Any:
            data = context.make_array(kind)(context, b, array).data
            pointer = b.gep(data, [level], source_etype=context.get_value_type(kind.dtype))
            return b.load(pointer, typ=context.get_value_type(kind.dtype))

        scales, multipliers = b.extract_value(given, 0), b.extract_value(given, 1)
        self.scales = [
            e(entry(grid.types[0].dtype, b.extract_value(scales, a))) for a in range(self.axes)
        ]
        self.multipliers = [
            self._spread(
                b.trunc(entry(grid.types[1].dtype, b.extract_value(multipliers, a)), _INT32)
            )
            for a in range(self.axes)
        ]
        mask = b.trunc(entry(grid.types[2], b.extract_value(given, 2)), _INT32)
        self.mask = self._spread(mask)
        self.hashed = b.icmp_unsigned("!=", self.mask, self._constant(0))
        first = entry(grid.types[3], b.extract_value(given, 3))
        self.first = b.mul(first, _whole(self.row.width))
        self.corners = list(itertools.product((0, 1), repeat=self.axes))
        count = len(self.corners) * e.lanes
        self.rows = b.bitcast(
            cgutils.alloca_once(b, ir.ArrayType(_INT32, count)), _INT32.as_pointer()
        )
        self.weights = b.bitcast(
            cgutils.alloca_once(b, ir.ArrayType(e.scalar, count)), e.scalar.as_pointer()
        )

    def _constant(self, value: int) -> Any:
        return ir.Constant(ir.VectorType(_INT32, self.e.lanes), [value] * self.e.lanes)

    def _spread(self, value: Any) -> Any:
        b, lanes = self.e.builder, self.e.lanes
        undefined = ir.Constant(ir.VectorType(_INT32, lanes), ir.Undefined)
        first = b.insert_element(undefined, value, ir.Constant(_INT32, 0))
        return b.shuffle_vector(first, undefined, self._constant(0))

    def place(self, xy: Any) -> None:
        """Find the cells of a vector of points, whose first coordinates are at `xy`.

        Leaves the rows of the corners (times F) and their weights in memory, and in `inside`,
        `left` and `right` what the gradient of the positions needs.
        """
        e, b = self.e, self.e.builder
        near, far = [], []
        self.left: list[Value] = []
        self.right: list[Value] = []
        self.unit: list[Value] = []
        for axis in range(self.axes):
            unit = (e.load(xy, axis * WIDE * e.lanes) + 1.0) * 0.5
            self.unit.append(unit)
            # Neither comparison holds for a number that isn't one: it goes through to the weights,
            # while the row it touches is the first.
            unit = e.where(unit < 0.0, 0.0, unit)
            unit = e.where(unit > 1.0, 1.0, unit)
            position = unit * self.scales[axis] + 0.5
            real = e.where(position > 0.0, position, 0.0)
            cell = b.fptosi(real.value, ir.VectorType(_INT32, e.lanes))
            right = position - Value(e, b.sitofp(cell, e.type))
            self.right.append(right)
            self.left.append(e(1.0) - right)
            near.append(b.mul(cell, self.multipliers[axis]))
            far.append(b.add(near[-1], self.multipliers[axis]))
        for number, corner in enumerate(self.corners):
            terms = [(far if bit else near)[axis] for axis, bit in enumerate(corner)]
            added = mixed = terms[0]
            weight = (self.right if corner[0] else self.left)[0]
            for axis in range(1, self.axes):
                added, mixed = b.add(added, terms[axis]), b.xor(mixed, terms[axis])
                weight = weight * (self.right if corner[axis] else self.left)[axis]
            row = b.select(self.hashed, b.and_(mixed, self.mask), added)
            at = b.gep(self.rows, [_whole(number * e.lanes)], source_etype=_INT32)
            where = b.bitcast(at, ir.VectorType(_INT32, e.lanes).as_pointer())
            b.store(b.mul(row, self._constant(self.row.width)), where, align=4)
            e.store(weight, self.weights, number * e.lanes)

    def over_lanes(self, body: Callable[[Any], None]) -> None:
        """Run body(lane) for all lanes of the vector."""
        if self.axes <= 2:
            for lane in range(self.e.lanes):
                body(_whole(lane))
        else:  # unrolled it would take long to compile
            self.e.repeat(self.e.lanes, body)

    def corner(self, number: int, lane: Any) -> tuple[Any, Any]:
        """Offset of a corner's row in the level, and its weight, for one lane."""
        b = self.e.builder
        at = b.add(lane, _whole(number * self.e.lanes))
        row = b.load(b.gep(self.rows, [at], source_etype=_INT32), typ=_INT32)
        weight = b.load(b.gep(self.weights, [at], source_etype=self.e.scalar), typ=self.e.scalar)
        return b.zext(row, _INT64), weight


class _Row:
    """The features of a vertex, as a short vector."""

    def __init__(self, e: Vectors, width: int) -> None:
        self.e, self.width = e, width
        self.type = ir.VectorType(e.scalar, width)

    def load(self, pointer: Any, offset: Any) -> Any:
        b = self.e.builder
        where = b.bitcast(self.e.at(pointer, offset), self.type.as_pointer())
        return b.load(where, align=self.e.size, typ=self.type)

    def store(self, value: Any, pointer: Any, offset: Any) -> None:
        b = self.e.builder
        where = b.bitcast(self.e.at(pointer, offset), self.type.as_pointer())
        b.store(value, where, align=self.e.size)

    def spread(self, value: Any) -> Any:
        b = self.e.builder
        result = ir.Constant(self.type, ir.Undefined)
        for i in range(self.width):
            result = b.insert_element(result, value, ir.Constant(_INT32, i))
        return result

    def fma(self, a: Any, x: Any, c: Any) -> Any:
        kind = ir.FunctionType(self.type, [self.type] * 3)
        name = f"llvm.fmuladd.v{self.width}f{self.e.size * 8}"
        function = cgutils.get_or_insert_function(self.e.builder.module, kind, name)
        return self.e.builder.call(function, (a, x, c))

    def collect(self, pointer: Any, offset: Any) -> Any:
        """The features of one point, which lie a panel apart."""
        b, e = self.e.builder, self.e
        result = ir.Constant(self.type, ir.Undefined)
        for i in range(self.width):
            at = e.at(pointer, e.plus(offset, i * WIDE * e.lanes))
            number = b.load(at, align=e.size, typ=e.scalar)
            result = b.insert_element(result, number, ir.Constant(_INT32, i))
        return result

    def spill(self, value: Any, pointer: Any, offset: Any) -> None:
        """The reverse of `collect`."""
        b, e = self.e.builder, self.e
        for i in range(self.width):
            at = e.at(pointer, e.plus(offset, i * WIDE * e.lanes))
            b.store(b.extract_element(value, ir.Constant(_INT32, i)), at, align=e.size)


def _pointer(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    return context.make_array(kind)(context, builder, array).data


@intrinsic
def encode_level(
    context, grid, level, table, xy, xy_at, xy_step, out, out_at, out_step, panels
):  # fmt: skip
    """Write the features of one level.

    Args:
        grid: A Grid.
        level: Which of its levels.
        table: All levels' rows. (rows * F,)
        xy, xy_at, xy_step: Positions: panels of D rows.
        out, out_at, out_step: Features: panels of F rows.
        panels: How many.
    """

    def lower(context, builder, signature, v):
        e = Vectors(context, builder, table.dtype)
        b = builder
        shared = _Level(e, context, grid, v[0], v[1])
        row = shared.row
        rows = e.at(_pointer(context, b, table, v[2]), shared.first)
        points = e.at(_pointer(context, b, xy, v[3]), v[4])
        target = e.at(_pointer(context, b, out, v[6]), v[7])

        def over_panels(p):
            def over_part(start):
                shared.place(e.at(points, e.plus(e.times(p, v[5]), start)))
                to = e.at(target, e.plus(e.times(p, v[8]), start))

                def one(lane):
                    total = None
                    for number in range(len(shared.corners)):
                        offset, weight = shared.corner(number, lane)
                        value = row.load(rows, offset)
                        weight = row.spread(weight)
                        if total is None:
                            total = b.fmul(weight, value)
                        else:
                            total = row.fma(weight, value, total)
                    row.spill(total, to, lane)

                shared.over_lanes(one)

            for part in range(WIDE):
                over_part(part * e.lanes)

        e.repeat(v[9], over_panels)
        return context.get_dummy_value()

    number = types.int64
    return types.void(grid, number, table, xy, number, number, out, number, number, number), lower


@intrinsic
def scatter_level(
    context, grid, level, gradient, xy, xy_at, xy_step, slopes, slopes_at, slopes_step, panels
):  # fmt: skip
    """Add one level's gradient to `gradient` (rows of this level alone * F), point after point.

    Args:
        grid, level, xy, xy_at, xy_step, panels: As in `encode_level`.
        gradient: What is added to.
        slopes, slopes_at, slopes_step: Gradient of the features: panels of F rows.
    """

    def lower(context, builder, signature, v):
        e = Vectors(context, builder, gradient.dtype)
        b = builder
        shared = _Level(e, context, grid, v[0], v[1])
        row = shared.row
        sums = _pointer(context, b, gradient, v[2])
        points = e.at(_pointer(context, b, xy, v[3]), v[4])
        source = e.at(_pointer(context, b, slopes, v[6]), v[7])

        def over_panels(p):
            def over_part(start):
                shared.place(e.at(points, e.plus(e.times(p, v[5]), start)))
                given = e.at(source, e.plus(e.times(p, v[8]), start))

                def one(lane):
                    slope = row.collect(given, lane)
                    for number in range(len(shared.corners)):
                        offset, weight = shared.corner(number, lane)
                        total = row.fma(row.spread(weight), slope, row.load(sums, offset))
                        row.store(total, sums, offset)

                shared.over_lanes(one)

            for part in range(WIDE):
                over_part(part * e.lanes)

        e.repeat(v[9], over_panels)
        return context.get_dummy_value()

    number = types.int64
    return types.void(
        grid, number, gradient, xy, number, number, slopes, number, number, number
    ), lower


@intrinsic
def move_level(
    context, grid, level, table, xy, xy_at, xy_step, slopes, slopes_at, slopes_step,
    out, out_at, out_step, panels
):  # fmt: skip
    """Add one level's gradient with respect to the positions to `out`: panels of D rows.

    Args: as in `encode_level` and `scatter_level`.
    """

    def lower(context, builder, signature, v):
        e = Vectors(context, builder, table.dtype)
        b, width = builder, WIDE * e.lanes
        shared = _Level(e, context, grid, v[0], v[1])
        row = shared.row
        rows = e.at(_pointer(context, b, table, v[2]), shared.first)
        points = e.at(_pointer(context, b, xy, v[3]), v[4])
        source = e.at(_pointer(context, b, slopes, v[6]), v[7])
        target = e.at(_pointer(context, b, out, v[9]), v[10])
        corners = shared.corners
        products = b.bitcast(
            cgutils.alloca_once(b, ir.ArrayType(e.scalar, len(corners) * e.lanes)),
            e.scalar.as_pointer(),
        )

        def over_panels(p):
            def over_part(start):
                shared.place(e.at(points, e.plus(e.times(p, v[5]), start)))
                given = e.at(source, e.plus(e.times(p, v[8]), start))
                to = e.at(target, e.plus(e.times(p, v[11]), start))
                for number in range(len(corners)):
                    e.store(e(0.0), products, number * e.lanes)

                def one(lane):
                    slope = row.collect(given, lane)
                    for number in range(len(corners)):
                        offset, _ = shared.corner(number, lane)
                        both = b.fmul(slope, row.load(rows, offset))
                        at = e.at(products, e.plus(lane, number * e.lanes))
                        total = b.load(at, align=e.size, typ=e.scalar)
                        for i in range(row.width):
                            total = b.fadd(total, b.extract_element(both, ir.Constant(_INT32, i)))
                        b.store(total, at, align=e.size)

                shared.over_lanes(one)
                for axis in range(shared.axes):
                    total = e(0.0)
                    for number, corner in enumerate(corners):
                        term = e.load(products, number * e.lanes)
                        for other in range(shared.axes):
                            if other != axis:
                                side = shared.right if corner[other] else shared.left
                                term = term * side[other]
                        total = total + term if corner[axis] else total - term
                    total = total * (shared.scales[axis] * 0.5)
                    unit = shared.unit[axis]
                    total = e.where(unit < 0.0, 0.0, e.where(unit > 1.0, 0.0, total))
                    e.store(e.load(to, axis * width) + total, to, axis * width)

            for part in range(WIDE):
                over_part(part * e.lanes)

        e.repeat(v[12], over_panels)
        return context.get_dummy_value()

    number = types.int64
    places = (number, number)
    return types.void(
        grid, number, table, xy, *places, slopes, *places, out, *places, number
    ), lower


@inner
def encode(grid, table, xy, xy_at, xy_step, out, out_at, out_step, panels, panel):
    """All levels of some panels, one level after the other: (panels, L F, panel)."""
    for level in range(grid[2].shape[0]):
        at = out_at + level * len(grid[4]) * panel
        encode_level(grid, level, table, xy, xy_at, xy_step, out, at, out_step, panels)
