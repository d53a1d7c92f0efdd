"""A network in whole numbers: products and sums that no rounding touches, functions from tables.

Weights and what goes between layers are whole numbers so small that every sum, bias included, is
below 2^24 (of the first layer 2^46, in 64-bit floats): such sums are exact in floats, in any order,
fused or not, so the vectors of floats that draw other networks draw these, and the result is the
same on every machine. A sum becomes a place in a table, or a number of the next layer's units, as
floor(sum * factor + 1/2), the factor a whole number over a power of two: 53 bits hold that exactly.

Shapes: N points, D dimensions, I inputs and O outputs of a layer, P points of a panel.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.tiles import ROWS, product4, product8

# Columns of `plan`, a row for each layer: where its packed weights and its outputs' factors begin.
INPUTS, OUTPUTS, PACK, FACTORS, FUNCTION, TABLE, LARGEST = range(7)
COLUMNS = 7
# What is done with a sum: a table that repeats; the same for sines that bend twice; a table that
# ends; up from zero; and nothing, for the last layer.
PERIODIC, BENT, ENDING, RISING, LINEAR = range(5)
# Places of a table: of one turn, and on each side of zero.
TURN, HALF = 1 << 14, 1 << 13
# Places are held within this, and the arguments of bent sines, in 1/BEND.
FARTHEST, BEND, MOST_BENT = float(1 << 30), float(1 << 14), float(1 << 18)
# Results are in 1/65536, within this.
MOST = float(1 << 26)


@inner
def _place(total, factor, most):
    """floor(total * factor + 1/2), within +- most. float64"""
    t = np.floor(total * factor + 0.5)
    t = t if t < most else most
    return t if t > -most else -most


@inner
def _function(row, rows, sums, out, factors, bend, tables):
    """What a layer's function gives of sums. (rows, P) of floats to (rows, P) float32

    Sums and results are different arrays: so compilers see that vectors may be used.
    """
    kind, table, panel = row[FUNCTION], row[TABLE], sums.shape[1]
    for o in range(rows):
        factor = factors[row[FACTORS] + o]
        if kind == PERIODIC:
            for n in range(panel):
                t = np.int64(_place(np.float64(sums[o, n]), factor, FARTHEST)) & (TURN - 1)
                out[o, n] = tables[np.uint64(table + t)]
        elif kind == BENT:
            for n in range(panel):
                z = _place(np.float64(sums[o, n]), factor, MOST_BENT)
                t = np.int64(_place((abs(z) + BEND) * z, bend, FARTHEST)) & (TURN - 1)
                out[o, n] = tables[np.uint64(table + t)]
        elif kind == ENDING:
            for n in range(panel):
                t = np.int64(_place(np.float64(sums[o, n]), factor, float(HALF)))
                out[o, n] = tables[np.uint64(table + HALF + t)]
        elif kind == RISING:
            most = np.float64(row[LARGEST])
            for n in range(panel):
                t = _place(np.float64(sums[o, n]), factor, most)
                out[o, n] = np.float32(t if t > 0.0 else 0.0)
        else:
            for n in range(panel):
                out[o, n] = np.float32(_place(np.float64(sums[o, n]), factor, MOST))


@entry
def run(points, plan, firsts, packs, factors, bends, tables, sums, now, flat, first, last, out):
    """The network at points.

    Args:
        points: In 1/65536. (D, N) float64
        plan: (layers, COLUMNS) int64
        firsts: Weights of the first layer, and its biases. (O, D + 1) float64
        packs: Those of the others as `redraw.kernels.tiles` takes them. float32
        factors: What sums are multiplied by.
        bends: What bent places are multiplied by, of each layer.
        tables: What functions give. float32
        sums: For a panel of the widest layer. (rows, P) float32
        now: The same.
        flat: Both in one line, as products take them. (2, rows * P)
        first: The first point.
        last: The one after the last.
        out: In 1/65536. (C, N) float64
    """
    depth, dimensions, panel = len(plan), len(points), sums.shape[1]
    wide = np.zeros((len(firsts), panel), np.float64)
    flat_sums, flat_now = flat[0], flat[1]
    for start in range(first, last, panel):
        count = min(panel, last - start)
        for o in range(len(firsts)):
            for n in range(panel):
                wide[o, n] = firsts[o, dimensions]
        for i in range(dimensions):
            line = points[i, start : start + count]
            for o in range(len(firsts)):
                weight = firsts[o, i]
                for n in range(len(line)):
                    wide[o, n] += weight * line[n]
        _function(plan[0], len(firsts), wide, now, factors, bends[0], tables)
        for layer in range(1, depth):
            row = plan[layer]
            inputs, outputs = row[INPUTS], row[OUTPUTS]
            for r in range(0, outputs, ROWS):
                at = row[PACK] + r * (inputs + 1)
                if outputs - r > 4:
                    product8(packs, at, flat_now, 0, flat_sums, r * panel, inputs)
                else:
                    product4(packs, at, flat_now, 0, flat_sums, r * panel, inputs)
            _function(row, outputs, sums, now, factors, bends[layer], tables)
        for o in range(len(out)):
            for n in range(count):
                out[o, start + n] = now[o, n]


@entry
def steep(raw, slope, table, first, last, out):
    """Values of sigmoids: (C, N) in 1/65536 each; slope of 1/1024; table (2 M + 1,) float64"""
    most = len(table) // 2
    for c in range(len(raw)):
        for n in range(first, last):
            t = _place(raw[c, n], slope, float(most))
            out[c, n] = table[np.int64(t) + most]
