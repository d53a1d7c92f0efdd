"""A filter that takes from planes what their wavelets' rounding left: whole numbers alone.

A pixel moves towards its neighbours by weights that the file names; differences count once as they
are and once held within a limit, so that edges stay. How much happens around a pixel, and in
which direction, chooses its weights and turns them. Beyond the edges the nearest pixels repeat.

Shapes: H rows, W columns, K sets of weights, T weights each (`redraw.kernels.filter_layout`).

Source: Karczewicz et al. 2021, "VVC in-loop filters", section IV, whose adaptive loop filter this
follows: pairs of opposite neighbours, classes, turns and limits.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.filter_layout import LIMITS, PAIRS, TAPS, WEIGHT_SHIFT
from redraw.kernels.lifting import LARGEST

# Most differences that a pixel can be from its neighbours; rows and columns on either side.
AROUND, EDGE = 2, 3
KINDS = 4
# A difference is held within this part of the step, in 1/65536 of a plane's units.
LIMIT = 90
DOWN = tuple(pair[0] for pair in PAIRS)
RIGHT = tuple(pair[1] for pair in PAIRS)


@inner
def _padded(plane):
    """With the nearest pixels repeated around. (H, W) -> (H + 6, W + 6) int64"""
    height, width = plane.shape
    result = np.empty((height + 2 * EDGE, width + 2 * EDGE), np.int64)
    for y in range(height + 2 * EDGE):
        row = plane[min(max(y - EDGE, 0), height - 1)]
        for x in range(width + 2 * EDGE):
            result[y, x] = row[min(max(x - EDGE, 0), width - 1)]
    return result


@inner
def _bends(around, kind, y, out):
    """How far pixels of a row are from the middle between opposite neighbours, twice. (W,)"""
    down = 0 if kind == 1 else 1
    right = 0 if kind == 0 else (-1 if kind == 3 else 1)
    row = around[y + EDGE]
    before, after = around[y + EDGE - down], around[y + EDGE + down]
    for x in range(len(out)):
        at = x + EDGE
        out[x] = abs(2 * row[at] - before[at - right] - after[at + right])


@inner
def _sums(around, kind, height, width):
    """Sums of bends over 5 x 5, the nearest of them repeated at edges. (H, W) int64"""
    across = np.empty((height, width), np.int64)
    line = np.empty(width, np.int64)
    for y in range(height):
        _bends(around, kind, y, line)
        for x in range(width):
            total = np.int64(0)
            for near in range(x - AROUND, x + AROUND + 1):
                total += line[min(max(near, 0), width - 1)]
            across[y, x] = total
    result = np.zeros((height, width), np.int64)
    for y in range(height):
        for near in range(y - AROUND, y + AROUND + 1):
            result[y] += across[min(max(near, 0), height - 1)]
    return result


@inner
def _chosen(around, height, width, step):
    """The class of each pixel, and how its weights are turned: 0, 1 (transposed), 2 (mirrored).

    Returns:
        Both. (H, W) uint8
    """
    classes, turns = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
    upright, level = _sums(around, 0, height, width), _sums(around, 1, height, width)
    falling, rising = _sums(around, 2, height, width), _sums(around, 3, height, width)
    for y in range(height):
        for x in range(width):
            v, h, f, r = upright[y, x], level[y, x], falling[y, x], rising[y, x]
            busy = (v + h) << 10
            kind = 3 * (np.int64(busy >= 5 * step) + np.int64(busy >= 25 * step))
            if abs(v - h) >= abs(f - r):
                if max(v, h) > 2 * min(v, h):
                    kind += 1
                    turns[y, x] = h > v
            elif max(f, r) > 2 * min(f, r):
                kind += 2
                turns[y, x] = 2 if r > f else 0
            classes[y, x] = kind
    return classes, turns


@inner
def _differences(around, y, x, turn, limit, out):
    """What neighbours in opposite places are more than a pixel, together. (T,) int64"""
    here = around[y + EDGE, x + EDGE]
    for i in range(len(DOWN)):
        down, right = DOWN[i], RIGHT[i]
        if turn == 1:
            down, right = right, down
        elif turn == 2:
            right = -right
        one = around[y + EDGE + down, x + EDGE + right] - here
        other = around[y + EDGE - down, x + EDGE - right] - here
        out[LIMITS * i] = one + other
        out[LIMITS * i + 1] = min(max(one, -limit), limit) + min(max(other, -limit), limit)


@inner
def _kinds(around, height, width, step, several):
    """The class of each pixel and its turn, where there are several classes. (H, W) each"""
    if several:
        return _chosen(around, height, width, step)
    return np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.uint8)


@entry
def classes_of(plane, step, classes, turns):
    """The class of each pixel where there are several, and how its weights are turned.

    Args:
        plane: (H, W) int32
        step: Of the picture, in 1/256 units of the planes.
        classes: Filled. (H, W) uint8
        turns: Filled: 0, 1 (transposed), 2 (mirrored). (H, W) uint8
    """
    height, width = plane.shape
    classes[:], turns[:] = _chosen(_padded(plane), height, width, step)


@entry
def filtered(plane, step, weights):
    """Filter a plane in place.

    Args:
        plane: (H, W) int32
        step: Of the picture, in 1/256 units of the planes.
        weights: In 1/128; one set for all pixels, or one for each class. (K, T) int64
    """
    height, width = plane.shape
    around = _padded(plane)
    limit = (step * LIMIT) >> 16
    several = len(weights) > 1
    classes, turns = _kinds(around, height, width, step, several)
    differences = np.empty(TAPS, np.int64)
    silent = np.ones(len(weights), np.bool_)
    for kind in range(len(weights)):
        for weight in weights[kind]:
            if weight != 0:
                silent[kind] = False
    for y in range(height):
        for x in range(width):
            kind = classes[y, x] if several else 0
            if silent[kind]:
                continue
            _differences(around, y, x, turns[y, x] if several else 0, limit, differences)
            total = np.int64(1) << (WEIGHT_SHIFT - 1)
            for i in range(TAPS):
                total += weights[kind, i] * differences[i]
            value = plane[y, x] + (total >> WEIGHT_SHIFT)
            plane[y, x] = min(max(value, -LARGEST), LARGEST)


@entry
def normal_equations(plane, wanted, step, grams, rights):
    """What the best weights follow from: sums of products of differences, and with what is missed.

    Args:
        plane: As it is filtered. (H, W) int32
        wanted: What it should be. (H, W) int32
        step: Of the picture, in 1/256 units of the planes.
        grams: Added to, the lower triangles. (K, T, T) float64
        rights: Added to. (K, T) float64
    """
    height, width = plane.shape
    around = _padded(plane)
    limit = (step * LIMIT) >> 16
    several = len(grams) > 1
    classes, turns = _kinds(around, height, width, step, several)
    differences, own = np.empty(TAPS, np.int64), np.empty(TAPS)
    for y in range(height):
        for x in range(width):
            kind = classes[y, x] if several else 0
            _differences(around, y, x, turns[y, x] if several else 0, limit, differences)
            missed = np.float64(wanted[y, x] - plane[y, x])
            for i in range(TAPS):
                own[i] = differences[i]
            gram, right = grams[kind], rights[kind]
            for i in range(TAPS):
                factor = own[i]
                right[i] += factor * missed
                row = gram[i]
                for j in range(i + 1):
                    row[j] += factor * own[j]
