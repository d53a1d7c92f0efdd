"""Functions of whole sums, a vector at a time: a place in a table, and what stands there.

A place is floor(sum * factor + 1/2). The product is exact in the 53 bits of a float64, a multiple
of some u = 2^-k, and below 2^52 u. So with u / 2 added it is exact still, and no longer a tie:
rounding it to the nearest then rounds half up, in one addition. Limits are whole numbers, so what
is held within them before it is rounded is the same as after.

Results are int16, two rows' beside each other in a word, as products of pairs take them, or
float32, row by row.

Shapes: P points of a panel.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types

from redraw.kernels.functions import nearest
from redraw.kernels.vectors import Line, Value, Vectors, kernel

# Places of a table: of one turn, and on each side of zero.
TURN, HALF = 1 << 14, 1 << 13
# Places are held within this, and the arguments of bent sines, in 1/BEND.
FARTHEST, BEND, MOST_BENT = float(1 << 30), float(1 << 14), float(1 << 18)


def _held(e: Vectors, x: Value, most: Value | float) -> Value:
    """x within +- most."""
    x = e.where(x < most, x, most)
    return e.where(x > -e(most), x, -e(most))


def _in_turn(e: Vectors, x: Value) -> Any:
    """The nearest whole number, turns taken off."""
    _, bits = nearest(e, x)
    return e.builder.and_(bits, e.whole(TURN - 1))


def _periodic(e: Vectors, x: Value, bend: Value, half: Value) -> Any:
    return _in_turn(e, x)


def _periodic_far(e: Vectors, x: Value, bend: Value, half: Value) -> Any:
    return _in_turn(e, _held(e, x, FARTHEST))


def _argument(e: Vectors, x: Value) -> Value:
    """(|z| + 1) z of a bent sine, in 1/BEND^2."""
    z, _ = nearest(e, _held(e, x, MOST_BENT))
    return (e.absolute(z) + BEND) * z


def _bent(e: Vectors, x: Value, bend: Value, half: Value) -> Any:
    return _in_turn(e, e.fma(_argument(e, x), bend, half))


def _bent_far(e: Vectors, x: Value, bend: Value, half: Value) -> Any:
    return _in_turn(e, _held(e, e.floor(e.fma(_argument(e, x), bend, 0.5)), FARTHEST))


def _ending(e: Vectors, x: Value, bend: Value, half: Value) -> Any:
    _, bits = nearest(e, _held(e, x, float(HALF)))
    return e.builder.and_(e.builder.add(bits, e.whole(HALF)), e.whole(4 * HALF - 1))


def _per_row(
    e: Vectors, sums: Line, factors: Line, out: Line, rows: Any, vectors: Any, panel: Any,
    body: Callable[[Value, Line, Any], None],
) -> None:  # fmt: skip
    """Run `body(x, out, odd)` for each vector of each row.

    Its results belong at `out`; of words' halves, in those that `odd` (0 or 1) names.
    """

    def row(r):
        factor, half = (e(factors.at(e.plus(e.times(r, 2), i)).first()) for i in (0, 1))
        odd = e.builder.and_(r, ir.Constant(r.type, 1 if out.halves else 0))
        line = out.at(e.times(e.builder.sub(r, odd), panel))

        def vector(i):
            at = e.times(i, e.lanes)
            total = sums.at(e.plus(e.times(r, e.times(vectors, e.lanes)), at)).load()
            body(e.fma(total, factor, half), line.at(e.times(at, _step(out))), odd)

        e.repeat(vectors, vector)

    e.repeat(rows, row)


def _step(out: Line) -> int:
    """From one point to the next."""
    return 2 if out.halves else 1


def _looked_up(place: Callable[[Vectors, Value, Value, Value], Any]) -> Any:
    """What a table holds at the places of sums."""

    @kernel(arrays=4, integers=3, scalars=2, element=types.float64)
    def looked_up(e, sums, factors, table, out, rows, vectors, panel, bend, bend_half):
        def body(x, line, odd):
            places, line = place(e, x, e(bend), e(bend_half)), line.at(odd)
            # One by one: a gather of the processor's own is no quicker, and words put together
            # from two rows are slower than these narrow writes (.64 ns an element; .76, .74).
            for lane in range(e.lanes):
                at = e.builder.extract_element(places, ir.Constant(ir.IntType(32), lane))
                line.at(lane * _step(out)).put(table.at(at).first())

        _per_row(e, sums, factors, out, rows, vectors, panel, body)

    return looked_up


# Of (sums, factors, table, out, rows, vectors of a row, panel, bend, its u / 2), each array with an
# offset; factors are pairs: what a row's sums are multiplied by, and u / 2. Those whose name ends
# in "far" are for places of 2^30 and more; or for a bend whose products have more than 52 bits.
periodic = _looked_up(_periodic)
periodic_far = _looked_up(_periodic_far)
bent = _looked_up(_bent)
bent_far = _looked_up(_bent_far)
ending = _looked_up(_ending)


@kernel(arrays=3, integers=3, scalars=1, element=types.float64)
def rising(e, sums, factors, out, rows, vectors, panel, most):
    """The places themselves, within 0 and `most` < 2^15."""
    b = e.builder
    words = ir.VectorType(ir.IntType(32), e.lanes)

    def body(x, line, odd):
        x = e.where(x < e(most), x, e(most))
        t, bits = nearest(e, e.where(x > 0.0, x, 0.0))
        if not out.halves:
            line.put(b.fptrunc(t.value, ir.VectorType(out.kind, e.lanes)))
            return
        # Even rows clear the other half of each word, odd ones keep it.
        places = b.trunc(b.and_(bits, e.whole(0xFFFF)), words)
        high = b.trunc(odd, ir.IntType(1))
        both = b.or_(line.words(), b.shl(places, ir.Constant(words, [16] * e.lanes)))
        line.put(b.select(high, both, places))

    _per_row(e, sums, factors, out, rows, vectors, panel, body)
