"""Features of a hash grid in whole numbers: the same on every machine.

A position is a whole number of 1/65536; of a level's cell the four corners have rows of whole
numbers, weighed by how near they are in 1/1024 along each axis. Sums stay below 2^53, in 64-bit
integers. docs/format.md says it again.

Shapes: N points, two dimensions, L levels, F features per level, R rows.
"""

import numpy as np

from redraw.kernels.compiling import entry

# Coordinates run from -ONE to ONE; scales are in 1/4096, so places are in 1/2^29.
ONE, SCALED, PLACE = 1 << 16, 12, 29
# Of a place within its cell, as a weight: in 1/1024.
PART = 10
# What a row of a shared table is found by, along the second axis (`redraw.fields.hash_grid`).
PRIME = 2_654_435_761


@entry
def features(points, scales, vertices, firsts, shared, table, factors, first, last, out):
    """Features at points.

    Args:
        points: In 1/65536. (2, N) float64
        scales: Cells along each axis, in 1/4096. (L, 2) int64
        vertices: (L, 2) int64
        firsts: Of each level the first row, and their end. (L + 1,) int64
        shared: Whether rows are found by a hash. (L,) bool
        table: (R, F) int16
        factors: What sums are multiplied by. (L,) float64
        first: The first point.
        last: The one after the last.
        out: Filled. (L F, last - first) float64
    """
    half = np.int64(1) << (PLACE - 1)
    whole = np.int64(1) << PART
    wide = table.shape[1]
    for level in range(len(scales)):
        begin, rows = firsts[level], firsts[level + 1] - firsts[level]
        factor = factors[level]
        for n in range(first, last):
            px = (np.int64(points[0, n]) + ONE) * scales[level, 0] + half
            py = (np.int64(points[1, n]) + ONE) * scales[level, 1] + half
            x = min(px >> PLACE, vertices[level, 0] - 2)
            y = min(py >> PLACE, vertices[level, 1] - 2)
            right = min((px - (x << PLACE)) >> (PLACE - PART), whole)
            down = min((py - (y << PLACE)) >> (PLACE - PART), whole)
            if shared[level]:
                near, far = y * PRIME, (y + 1) * PRIME
                a, b = begin + ((x ^ near) & (rows - 1)), begin + (((x + 1) ^ near) & (rows - 1))
                c, d = begin + ((x ^ far) & (rows - 1)), begin + (((x + 1) ^ far) & (rows - 1))
            else:
                a = begin + y * vertices[level, 0] + x
                b, c = a + 1, a + vertices[level, 0]
                d = c + 1
            left, up = whole - right, whole - down
            for f in range(wide):
                total = (
                    left * up * table[a, f] + right * up * table[b, f]
                    + left * down * table[c, f] + right * down * table[d, f]
                )  # fmt: skip
                out[level * wide + f, n - first] = np.floor(np.float64(total) * factor + 0.5)
