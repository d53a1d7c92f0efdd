"""Coefficients chosen with an eye to those that are coded later: what each costs them in bits.

A coefficient's size tells those around it, in finer bands and in the other planes how large they
will be (`redraw.kernels.coefficients`). So a single 1 in a smooth place costs more than its own
bits, and a 1 among others less. Here all coefficients stand in the list already, and each in turn
is chosen
anew: its error, its own bits, and what the bits of its listeners change, by tables of costs.

Shapes: n coefficients in all, borders included; B bands, in the order of coding; P places: kinds of
bands; T levels of the sum around a coefficient; S sizes. Only writers need any of this.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner

# Columns of a band: where its first coefficient is, from row to row, height, width; in 1/65536 what
# a sum around is multiplied by; its place, level and plane; and where it begins in a plane.
ORIGIN, STRIDE, ROWS, COLUMNS, SHARE, PLACE, LEVEL, PLANE, TOP, LEFT = range(10)
FACTS = 10
# Which bands listen to one, -1 for none: the next finer one, the level's later ones, and the same
# of later planes; and how loud a coefficient at the same place is to the last four.
FINER, LATER, PLANES = 0, 1, 3
LISTENING = 5
LOUD = (0, 2, 2, 2, 2)
LOUD_CHROMA = 3
# At most so many numbers listen to one. Sums have so many levels, sizes this many.
MOST_LISTENERS, SUMS, SIZES = 64, 41, 16
TRIED, FEW = 12, 1024


@inner
def level_of(total, share, thirds):
    """The level of a sum, as `redraw.kernels.coefficients` has it."""
    value = (total * share) >> 16
    step = (
        np.int64(thirds[value]) if value < FEW else np.int64(thirds[min(value >> 6, FEW - 1)]) + 18
    )
    return min(step, SUMS - 1)


@inner
def _put(bands, band, y, x, loud, count, at, weights, of):
    """One more listener, if there is a coefficient; how many there are then."""
    if y < 0 or x < 0 or y >= bands[band, ROWS] or x >= bands[band, COLUMNS]:
        return count
    at[count] = bands[band, ORIGIN] + y * bands[band, STRIDE] + x
    weights[count], of[count] = loud, band
    return count + 1


@inner
def listeners(bands, after, band, y, x, at, weights, of):
    """Who looks at it: where they stand, how much its size adds to their sums, their bands.

    (MOST_LISTENERS,) each; returns how many.
    """
    n = _put(bands, band, y, x + 1, 6, 0, at, weights, of)
    n = _put(bands, band, y, x + 2, 2, n, at, weights, of)
    n = _put(bands, band, y + 1, x - 1, 3, n, at, weights, of)
    n = _put(bands, band, y + 1, x, 6, n, at, weights, of)
    n = _put(bands, band, y + 1, x + 1, 3, n, at, weights, of)
    n = _put(bands, band, y + 2, x - 1, 1, n, at, weights, of)
    n = _put(bands, band, y + 2, x, 2, n, at, weights, of)
    n = _put(bands, band, y + 2, x + 1, 1, n, at, weights, of)
    finer = after[band, FINER]
    if finer >= 0:
        for dy in range(-2, 4):
            for dx in range(-2, 4):
                # The four below it, and those that it stands beside or across from.
                outside = (dy < 0 or dy > 1) + (dx < 0 or dx > 1)
                if outside == 2:
                    continue
                close = dy in (-1, 2) or dx in (-1, 2)
                loud = 4 if outside == 0 else (2 if close else 1)
                n = _put(bands, finer, 2 * y + dy, 2 * x + dx, loud, n, at, weights, of)
    for which in range(LATER, LISTENING):
        other = after[band, which]
        if other >= 0:
            own = LOUD_CHROMA if which >= PLANES and bands[band, PLANE] else LOUD[which]
            n = _put(bands, other, y, x, own, n, at, weights, of)
            n = _put(bands, other, y, x - 1, 1, n, at, weights, of)
            n = _put(bands, other, y, x + 1, 1, n, at, weights, of)
            n = _put(bands, other, y - 1, x, 1, n, at, weights, of)
            n = _put(bands, other, y + 1, x, 1, n, at, weights, of)
    return n


@entry
def sums_around(coefficients, bands, after, sums):
    """Sums of what stands around each. (n,) int32, (B, FACTS), (B, LISTENING), (n,) int64"""
    at, weights = np.empty(MOST_LISTENERS, np.int64), np.empty(MOST_LISTENERS, np.int64)
    of = np.empty(MOST_LISTENERS, np.int64)
    sums[:] = 0
    for b in range(len(bands)):
        for y in range(bands[b, ROWS]):
            row = bands[b, ORIGIN] + y * bands[b, STRIDE]
            for x in range(bands[b, COLUMNS]):
                size = abs(np.int64(coefficients[row + x]))
                if size:
                    for k in range(listeners(bands, after, b, y, x, at, weights, of)):
                        sums[at[k]] += weights[k] * size


@entry
def counted(coefficients, bands, sums, thirds, counts):
    """How often each size occurs by place and level of the sum around. (P, SUMS, SIZES) float64"""
    for b in range(len(bands)):
        for y in range(bands[b, ROWS]):
            row = bands[b, ORIGIN] + y * bands[b, STRIDE]
            for x in range(bands[b, COLUMNS]):
                level = level_of(sums[row + x], bands[b, SHARE], thirds)
                size = min(abs(np.int64(coefficients[row + x])), SIZES - 1)
                counts[bands[b, PLACE], level, size] += 1.0


@inner
def heard(coefficients, bands, sums, costs, thirds, count, at, weights, of, change):
    """By how many bits a change of a coefficient's size makes its listeners dearer."""
    total = np.float32(0.0)
    for k in range(count):
        share, place = bands[of[k], SHARE], bands[of[k], PLACE]
        before = sums[at[k]]
        old = level_of(before, share, thirds)
        new = level_of(before + weights[k] * change, share, thirds)
        if old != new:
            size = min(abs(np.int64(coefficients[at[k]])), SIZES - 1)
            total += costs[place, new, size] - costs[place, old, size]
    return total


@entry
def choose(coefficients, bands, after, sums, costs, thirds, level, aims, loud, places, price):
    """Choose all coefficients of a level anew, one after another.

    Args:
        coefficients: Of all bands. (n,) int32
        bands: (B, FACTS) int64
        after: (B, LISTENING) int64
        sums: Of what stands around each coefficient; kept true. (n,) int64
        costs: Bits of a size, its sign included. (P, SUMS, SIZES) float32
        thirds: Thirds of octaves of the coefficients below 1024. (1024,) int64
        level: Whose bands are chosen.
        aims: Where coefficients aim, in steps, as bands lie in planes. (C, H, W) float32
        loud: What a squared error there counts. (H, W) float32
        places: By how much sizes of 1, 2 and more are larger than their steps, of the first plane
            and of the others. (2, 3) float32
        price: Of a bit, in squared steps.
    """
    at, weights = np.empty(MOST_LISTENERS, np.int64), np.empty(MOST_LISTENERS, np.int64)
    of = np.empty(MOST_LISTENERS, np.int64)
    for b in range(len(bands)):
        if bands[b, LEVEL] != level:
            continue
        plane, own_costs = bands[b, PLANE], costs[bands[b, PLACE]]
        own = places[min(plane, 1)]
        for y in range(bands[b, ROWS]):
            row = bands[b, ORIGIN] + y * bands[b, STRIDE]
            for x in range(bands[b, COLUMNS]):
                aim = aims[plane, bands[b, TOP] + y, bands[b, LEFT] + x]
                real = abs(aim)
                was = np.int64(coefficients[row + x])
                if was == 0 and real < np.float32(0.5):
                    continue
                size = abs(was)
                best = min(np.int64(real + np.float32(0.5)), np.int64(1) << 20)
                count = listeners(bands, after, b, y, x, at, weights, of)
                if best <= TRIED:
                    here = own_costs[level_of(sums[row + x], bands[b, SHARE], thirds)]
                    counts = loud[bands[b, TOP] + y, bands[b, LEFT] + x]
                    nearest, least = best, np.float32(np.inf)
                    for tried in range(min(nearest, 2) + 1):
                        m = 0 if tried == 0 else nearest - min(nearest, 2) + tried
                        error = real
                        if m:
                            error = real - (np.float32(m) + own[min(m, 3) - 1])
                        bits = here[min(m, SIZES - 1)]
                        if m != size:
                            bits += heard(
                                coefficients, bands, sums, costs, thirds, count, at, weights, of,
                                m - size,
                            )  # fmt: skip
                        cost = counts * error * error + price * bits
                        if cost < least:
                            least, best = cost, m
                if best != size:
                    for k in range(count):
                        sums[at[k]] += weights[k] * (best - size)
                coefficients[row + x] = -best if aim < 0 else best
