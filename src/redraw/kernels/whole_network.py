"""A network in whole numbers: products and sums that no rounding touches, functions from tables.

Weights and what goes between layers are whole numbers so small that every sum, bias included, is
below 2^24 (of the first layer 2^46, in 64-bit floats): such sums are exact in any order, fused or
not, in integers or in floats, and the result is the same on every machine. Where processors add up
products of 16 bits two by two, layers are multiplied so: weights are below 2^15 and inputs at most
2^14, so two products are below 2^30. Elsewhere by the floats that draw other networks. The arrays'
type says which. A sum becomes a place in a table, or a number of the next layer's units, as
floor(sum * factor + 1/2), the factor a whole number over a power of two: 53 bits hold that exactly.

A grid's features have 21 bits: they are cut into what is above 2^11 and the 11 bits below, each
multiplied in pairs, where no sum of either passes 2^31; half the time of 64-bit floats.

Shapes: N points, D inputs of the first layer, O outputs of a layer, P points of a panel.
"""

import numpy as np

from redraw.kernels.compiling import borrower, entry
from redraw.kernels.tiles import ROWS, product4, product8
from redraw.kernels.vectors import lanes
from redraw.kernels.vectors import panel as panel_of
from redraw.kernels.whole_functions import bent, bent_far, ending, periodic, periodic_far, rising

# Columns of `plan`, a row for each layer: its inputs (pairs of them, if they are multiplied so),
# outputs, where its packed weights and its outputs' factors begin, what is done with sums, where
# its table begins, what it is held at, whether places may be 2^30 and more, and whether inputs are
# cut in two (the first layer).
INPUTS, OUTPUTS, PACK, FACTORS, FUNCTION, TABLE, LARGEST, FAR, CUT = range(9)
COLUMNS = 9
# What is done with a sum: a table that repeats; the same for sines that bend twice; a table that
# ends; up from zero; and nothing, for the last layer.
PERIODIC, BENT, ENDING, RISING, LINEAR = range(5)
# Results are in 1/65536, within this.
MOST = float(1 << 26)
# Bits of the lower part of inputs that are cut.
LOW = 11
# Points of a panel; of one of float64; and in a vector of these, as functions take sums.
PANEL, NARROW, LANES = panel_of(4), panel_of(8), lanes(8)


@borrower
def _place(total, factor, most):
    """floor(total * factor + 1/2), within +- most. float64"""
    t = np.floor(total * factor + 0.5)
    t = t if t < most else most
    return t if t > -most else -most


@borrower
def _multiply(plan, layer, packs, inputs, sums, width):
    """Sums of a layer: (rows, width), from inputs (terms, width)."""
    terms, outputs = plan[layer, INPUTS], plan[layer, OUTPUTS]
    for r in range(0, outputs, ROWS):
        at = plan[layer, PACK] + r * (terms + 1)
        if outputs - r > 4:
            product8(packs, at, inputs, 0, sums, r * width, terms)
        else:
            product4(packs, at, inputs, 0, sums, r * width, terms)


@borrower
def _cut(points, start, count, high, low):
    """Inputs of a panel as pairs of their upper parts and of their lower ones: (terms, P) each."""
    below = np.int32((1 << LOW) - 1)
    for k in range(len(high)):
        odd = min(2 * k + 1, len(points) - 1)  # the last one's other weight may be none
        for n in range(count):
            a, b = np.int32(points[2 * k, start + n]), np.int32(points[odd, start + n])
            high[k, n] = ((a >> LOW) & np.int32(0xFFFF)) | ((b >> LOW) << 16)
            low[k, n] = (a & below) | ((b & below) << 16)


@borrower
def _joined(plan, layer, high, low, biases, sums):
    """Sums of both parts as one, biases added: (rows, P)."""
    for o in range(plan[layer, OUTPUTS]):
        for n in range(o * PANEL, (o + 1) * PANEL):
            upper = np.float64(high[n]) * float(1 << LOW)
            sums[n] = upper + np.float64(low[n]) + biases[o]


@borrower
def _function(plan, layer, sums, width, factors, bend, tables, now, point):
    """What a layer's function gives of sums (rows, width): to points of a panel from one on."""
    kind, far, rows = plan[layer, FUNCTION], plan[layer, FAR], plan[layer, OUTPUTS]
    first, table, most = (
        2 * plan[layer, FACTORS],
        plan[layer, TABLE],
        np.float64(plan[layer, LARGEST]),
    )
    a, b = bend
    # Halves of words, or whole ones.
    at, vectors = point * (4 // now.itemsize), width // LANES
    if kind == RISING:
        rising(sums, 0, factors, first, now, at, rows, vectors, PANEL, most)
    elif kind == ENDING:
        ending(sums, 0, factors, first, tables, table, now, at, rows, vectors, PANEL, a, b)
    elif kind == BENT and far:
        bent_far(sums, 0, factors, first, tables, table, now, at, rows, vectors, PANEL, a, b)
    elif kind == BENT:
        bent(sums, 0, factors, first, tables, table, now, at, rows, vectors, PANEL, a, b)
    elif far:
        periodic_far(sums, 0, factors, first, tables, table, now, at, rows, vectors, PANEL, a, b)
    else:
        periodic(sums, 0, factors, first, tables, table, now, at, rows, vectors, PANEL, a, b)


@borrower
def _results(plan, layer, sums, width, factors, out, first, count):
    """The last layer's sums in 1/65536: to columns of `out` from `first` on."""
    for o in range(len(out)):
        factor = factors[2 * (plan[layer, FACTORS] + o)]
        for n in range(count):
            total = np.float64(sums[o * width + n])
            out[o, first + n] = np.float32(_place(total, factor, MOST))


@entry
def run(points, plan, firsts, packs, factors, bends, tables, work, now, first, last, out):
    """The network at points.

    Args:
        points: In 1/65536, or a grid's features. (D, N) float64
        plan: (layers, COLUMNS) int64
        firsts: Weights and biases of the first layer as `redraw.kernels.tiles` takes them; its
            biases alone, where it is CUT. float64
        packs: Those of the others, and of one that is CUT: int32, weights in pairs, or float32.
        factors: What each output's sums are multiplied by, and what keeps ties from being ties
            (`redraw.kernels.whole_functions`). (outputs * 2,)
        bends: The same for bent places, of each layer. (layers, 2)
        tables: What functions give. int16 with pairs, or float32
        work: Sums of the widest layer, then what goes into the next one, for a panel: of the type
            of `packs`. (2, rows * P)
        now: The same memory as the second, of the type of `tables`.
        first: The first point.
        last: The one after the last.
        out: In 1/65536. (C, N) float64
    """
    depth, dimensions = len(plan), len(points)
    sums, inputs = work[0], work[1]
    line, wide = np.zeros((dimensions, NARROW)), np.zeros(len(sums))
    terms = plan[0, INPUTS] if plan[0, CUT] else 0
    high, low = np.zeros((terms, PANEL), packs.dtype), np.zeros((terms, PANEL), packs.dtype)
    for start in range(first, last, PANEL):
        if plan[0, CUT]:
            count = min(PANEL, last - start)
            _cut(points, start, count, high, low)
            _multiply(plan, 0, packs, high, sums, PANEL)
            _multiply(plan, 0, packs, low, inputs, PANEL)
            _joined(plan, 0, sums, inputs, firsts, wide)
            if depth == 1:
                _results(plan, 0, wide, PANEL, factors, out, start, count)
            else:
                _function(plan, 0, wide, PANEL, factors, bends[0], tables, now, 0)
        for point in range(PANEL if plan[0, CUT] else 0, PANEL, NARROW):
            count = min(NARROW, last - start - point)
            for i in range(dimensions):
                for n in range(count):
                    line[i, n] = points[i, start + point + n]
            _multiply(plan, 0, firsts, line, wide, NARROW)
            if depth == 1:
                _results(plan, 0, wide, NARROW, factors, out, start + point, count)
            else:
                _function(plan, 0, wide, NARROW, factors, bends[0], tables, now, point)
        for layer in range(1, depth):
            _multiply(plan, layer, packs, inputs, sums, PANEL)
            if layer < depth - 1:
                _function(plan, layer, sums, PANEL, factors, bends[layer], tables, now, 0)
            else:
                _results(plan, layer, sums, PANEL, factors, out, start, min(PANEL, last - start))


@entry
def steep(raw, slope, table, first, last, out):
    """Values of sigmoids: (C, N) in 1/65536 each; slope of 1/1024; table (2 M + 1,) float64"""
    most = len(table) // 2
    for c in range(len(raw)):
        for n in range(first, last):
            t = _place(raw[c, n], slope, float(most))
            out[c, n] = table[np.int64(t) + most]
