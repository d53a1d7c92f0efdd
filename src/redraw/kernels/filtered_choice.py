"""Coefficients chosen by what the filter makes of them: each change is drawn before it is made.

A decoded plane is filtered (`redraw.kernels.filtering`), and what the filter does to a change of a
fine coefficient is not what it does to nothing: of kodim05 at 30 dB the errors that changes of the
finest level make before and after the filter correlate by .73. So every size that comes into
question is drawn around its coefficient, filtered, and compared with what is wanted; the planes are
kept true, so that each choice knows all those before it. Classes of pixels stay as they were when a
level began.

Bits are those of `redraw.kernels.lookahead`, whose terms hold here, too.

Shapes: C planes, H rows, W columns, n coefficients of all bands with borders; K classes of a plane,
    T weights each; S samples of a synthesis function along an axis, at most.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.filter_layout import LIMITS, PAIRS
from redraw.kernels.filtering import EDGE
from redraw.kernels.lookahead import (
    COLUMNS,
    LEFT,
    LEVEL,
    MOST_LISTENERS,
    ORIGIN,
    PLACE,
    PLANE,
    ROWS,
    SHARE,
    SIZES,
    STRIDE,
    TOP,
    TRIED,
    heard,
    level_of,
    listeners,
)

# A coefficient that is zero is looked at where it aims at so many steps when its level begins, and
# may become one from half a step on.
LOOKED_AT, LEAST = 0.35, 0.5
# What is missed but for the filter may be so much dearer, in squared steps, and is drawn.
DRAWN = 1.0
# A patch is so much larger than a function on each side: pixels that a filter changes, and theirs.
AROUND = 2 * EDGE
# Where a pair's first neighbour is: as it is, turned, mirrored. (3, pairs, 2)
OFFSETS = np.array([PAIRS, [(b, a) for a, b in PAIRS], [(a, -b) for a, b in PAIRS]], np.int64)


@entry
def missed(planes, pixels, matrix, fraction, depth, out):
    """What planes lack to be the picture once more, as far as pixels don't end at black or white.

    Args:
        planes: As they are drawn. (C, H, W) float32
        pixels: Wanted. (H, W, C) uint16
        matrix: What each plane adds to a channel. (C, C) float64
        fraction: Binary places of the planes.
        depth: Bits of a pixel's value.
        out: Filled, in units of the planes. (C, H, W) float32
    """
    count, unit = len(planes), np.float64(np.int64(1) << fraction)
    middle = np.float64(np.int64(1) << (depth - 1))
    norms = np.zeros(count)
    for plane in range(count):
        for channel in range(count):
            norms[plane] += matrix[channel, plane] ** 2
    for y in range(planes.shape[1]):
        for x in range(planes.shape[2]):
            for plane in range(count):
                out[plane, y, x] = 0.0
            for channel in range(count):
                value = 0.0
                for plane in range(count):
                    value += matrix[channel, plane] * planes[plane, y, x]
                value = min(max(value, -middle * unit), (middle - 1.0) * unit)
                error = (pixels[y, x, channel] - middle) * unit - value
                for plane in range(count):
                    out[plane, y, x] += np.float32(matrix[channel, plane] * error / norms[plane])


@inner
def _along(lines, at):
    """A synthesis function along an axis: where it begins, and its samples. -> (S,)"""
    starts, lengths, values = lines
    return starts[at], values[at, : lengths[at]]


@inner
def _drawn_around(plane, top, left, down, across, change, patch):
    """A plane around a function that is added to it; beyond its edges the nearest pixels."""
    height, width = plane.shape
    for j in range(len(down) + 2 * AROUND):
        y = min(max(top - AROUND + j, 0), height - 1)
        inside = 0 <= y - top < len(down)
        factor = change * down[y - top] if inside else np.float32(0.0)
        for i in range(len(across) + 2 * AROUND):
            x = min(max(left - AROUND + i, 0), width - 1)
            patch[j, i] = plane[y, x]
            if inside and 0 <= x - left < len(across):
                patch[j, i] += factor * across[x - left]


@inner
def _filtered_at(patch, j, i, weights, turn, limit, offsets):
    """A pixel of a patch, filtered. weights (T,), offsets (3, pairs, 2)"""
    here = patch[j, i]
    total = here
    for k in range(len(PAIRS)):
        whole, held = weights[LIMITS * k], weights[LIMITS * k + 1]
        if whole == 0.0 and held == 0.0:
            continue
        down, right = offsets[turn, k, 0], offsets[turn, k, 1]
        one, other = patch[j + down, i + right] - here, patch[j - down, i - right] - here
        total += whole * (one + other)
        total += held * (min(max(one, -limit), limit) + min(max(other, -limit), limit))
    return total


@inner
def dearer(drawn, plane, filters, top, left, down, across, change, patch, offsets, keep):
    """By how much a plane's squared error grows if a multiple of a function is added to it.

    Args:
        drawn: Planes before the filter, after it, and what they miss then. (C, H, W) float32 each
        plane: Which.
        filters: Weights (C, K, T) float32 and whether all are zero (C, K); classes and turns of
            pixels (C, H, W) uint8; and the limit of what is held.
        top: The function's first row.
        left: Its first column.
        down: It along rows. (S,)
        across: And along columns. (S,)
        change: How much of it is added.
        patch: Work. (S + 2 AROUND, S + 2 AROUND) float32
        offsets: `OFFSETS`.
        keep: Whether to add it.
    """
    before, after, lacks = drawn
    weights, silent, classes, turns, limit = filters
    height, width = before.shape[1:]
    _drawn_around(before[plane], top, left, down, across, change, patch)
    total = np.float32(0.0)
    for y in range(max(0, top - EDGE), min(height, top + len(down) + EDGE)):
        j = y - top + AROUND
        for x in range(max(0, left - EDGE), min(width, left + len(across) + EDGE)):
            i, kind = x - left + AROUND, classes[plane, y, x]
            value = patch[j, i]
            if not silent[plane, kind]:
                value = _filtered_at(
                    patch, j, i, weights[plane, kind], turns[plane, y, x], limit, offsets
                )
            moved, lack = value - after[plane, y, x], lacks[plane, y, x]
            total += moved * (moved - np.float32(2.0) * lack)
            if keep:
                after[plane, y, x] = value
                lacks[plane, y, x] = lack - moved
    if keep:
        for j in range(len(down)):
            for i in range(len(across)):
                before[plane, top + j, left + i] += change * down[j] * across[i]
    return total


@inner
def _value(size, places):
    """Of a size that isn't negative, in steps."""
    return np.float32(0.0) if size == 0 else np.float32(size) + places[min(size, 3) - 1]


@inner
def _lacking(lacks, top, left, down, across):
    """The product of what a plane lacks with a function. (H, W), (S,), (S,)"""
    total = np.float32(0.0)
    for j in range(len(down)):
        line = np.float32(0.0)
        for i in range(len(across)):
            line += lacks[top + j, left + i] * across[i]
        total += down[j] * line
    return total


@entry
def choose(
    coefficients, bands, after, sums, costs, thirds, level, drawn, filters, downs, acrosses, norms,
    sides, places, price, step, aims,
):  # fmt: skip
    """Choose all coefficients of a level anew, one after another.

    Args:
        coefficients: Of all bands. (n,) int32
        bands: (B, FACTS) int64
        after: (B, LISTENING) int64
        sums: Of what stands around each coefficient; kept true. (n,) int64
        costs: Bits of a size, its sign included. (P, SUMS, SIZES) float32
        thirds: Thirds of octaves of the coefficients below 1024. (1024,) int64
        level: Whose bands are chosen.
        drawn: As of `dearer`; kept true.
        filters: The same.
        downs: Synthesis functions along columns, of the coefficients of the level as they lie in a
            plane: first rows (N,), how many (N,), samples (N, S) float32.
        acrosses: The same along rows.
        norms: Squares of the norms of the functions. (H, W) float32
        sides: Of coefficients a step, in units of the planes. (H, W) float32
        places: By how much sizes of 1, 2 and more are larger than their steps, of the first plane
            and of the others. (2, 3) float32
        price: Of a bit, in squared steps.
        step: Of the picture, in units of the planes.
        aims: Where coefficients aim as the level begins, in steps. (C, H, W) float32
    """
    at, loud = np.empty(MOST_LISTENERS, np.int64), np.empty(MOST_LISTENERS, np.int64)
    of = np.empty(MOST_LISTENERS, np.int64)
    patch = np.empty(
        (downs[2].shape[1] + 2 * AROUND, acrosses[2].shape[1] + 2 * AROUND), np.float32
    )
    offsets, unit = OFFSETS, np.float32(1.0) / (step * step)
    for b in range(len(bands)):
        if bands[b, LEVEL] != level:
            continue
        plane, own_costs = bands[b, PLANE], costs[bands[b, PLACE]]
        own, plain = places[min(plane, 1)], True
        for k in range(filters[1].shape[1]):
            plain = plain and filters[1][plane, k]
        for y in range(bands[b, ROWS]):
            row = bands[b, ORIGIN] + y * bands[b, STRIDE]
            top, down = _along(downs, bands[b, TOP] + y)
            for x in range(bands[b, COLUMNS]):
                was = np.int64(coefficients[row + x])
                where = bands[b, TOP] + y, bands[b, LEFT] + x
                if was == 0 and abs(aims[plane, where[0], where[1]]) < LOOKED_AT:
                    continue
                left, across = _along(acrosses, where[1])
                size, side, norm = abs(was), sides[where], norms[where]
                stood = _value(size, own) * (np.float32(-1.0) if was < 0 else np.float32(1.0))
                aim = stood + _lacking(drawn[2][plane], top, left, down, across) / (norm * side)
                real, sign = abs(aim), -1 if aim < 0 else 1
                if was == 0 and real < LEAST:
                    continue
                nearest = min(np.int64(real + np.float32(0.5)), np.int64(1) << 20)
                best, least = was, np.float32(0.0)
                count = listeners(bands, after, b, y, x, at, loud, of)
                if max(nearest, size) > TRIED:
                    best = sign * nearest
                else:
                    here = own_costs[level_of(sums[row + x], bands[b, SHARE], thirds)]
                    for tried in range(min(nearest, 2) + 1):
                        m = 0 if tried == 0 else nearest - min(nearest, 2) + tried
                        if sign * m == was:
                            continue
                        bits = here[min(m, SIZES - 1)] - here[min(size, SIZES - 1)]
                        if m != size:
                            bits += heard(
                                coefficients, bands, sums, costs, thirds, count, at, loud, of,
                                m - size,
                            )  # fmt: skip
                        change = _value(m, own) * sign - stood
                        error = change * (change - np.float32(2.0) * (aim - stood))
                        cost = unit * norm * side * side * error + price * bits
                        if not plain and cost < least + DRAWN:
                            cost = price * bits + unit * dearer(
                                drawn, plane, filters, top, left, down, across, change * side,
                                patch, offsets, False,
                            )  # fmt: skip
                        if cost < least:
                            least, best = cost, sign * m
                if best == was:
                    continue
                for k in range(count):
                    sums[at[k]] += loud[k] * (abs(best) - size)
                coefficients[row + x] = best
                sized = _value(abs(best), own) * (np.float32(-1.0) if best < 0 else np.float32(1.0))
                dearer(
                    drawn, plane, filters, top, left, down, across, (sized - stood) * side, patch,
                    offsets, True,
                )  # fmt: skip
