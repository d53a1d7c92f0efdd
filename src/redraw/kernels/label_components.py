"""Pure pixels that hang together: components, what they consist of, which lie near each other.

Memory is that of one number a pixel, and of what there is to say about components.

Shapes: H rows, W columns, C channels, N components, M pairs.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.pure_pixels import paleness

# Side of the squares that are skipped where there is a single component all around.
SQUARE = 4
# A component of which more than this share is flat is an area, no stroke.
AREA = 0.3
# A pixel whose colour so many of the eight around it have shows an area's: mixtures along an edge
# repeat with two. Areas that differ by more than this are two components, however softly mixtures
# lead from one to the other where their edge ends (twemoji 1f64c, the wrists: 42.4 to 48.8 dB as
# paths).
REPEATED, UNLIKE = 4, 0.03
# What slopes of values in 8 bits are off by, per pixel.
SLOPES = 0.002


@inner
def _root(parent, i):
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@inner
def _even(values, i):
    """Whether a pixel, by its place, has the colour of so many around it that an area has it."""
    height, width, channels = values.shape
    y, x = i // width, i % width
    like = 0
    for b in range(max(0, y - 1), min(height, y + 2)):
        for a in range(max(0, x - 1), min(width, x + 2)):
            same = True
            for c in range(channels):
                if values[b, a, c] != values[y, x, c]:
                    same = False
            like += same
    return like > REPEATED  # itself is one of them


@inner
def _join(parent, values, i, j, both_flat):
    """Let two pixels, by their places, be of one component, whose root is an even one if any is.

    Two whose roots are even in unlike colours stay two, unless it is flat pixels that lead from the
    one to the other: then the colour slopes.
    """
    p, q = _root(parent, i), _root(parent, j)
    if p == q:
        return
    first, second = min(p, q), max(p, q)
    even = _even(values, first)
    if not (even and both_flat) and _even(values, second):
        width = values.shape[1]
        if even:
            apart = largest_difference(
                values, first // width, first % width, second // width, second % width
            )
            if apart > UNLIKE:
                return
        else:
            first, second = second, first
    parent[second] = first


@inner
def largest_difference(values, y, x, b, a):
    """Over the channels of two pixels, (y, x) and (b, a)."""
    worst = np.float32(0.0)
    for c in range(values.shape[2]):
        worst = max(worst, abs(values[y, x, c] - values[b, a, c]))
    return worst


@entry
def components(values, pure, flat, both_flat, one_flat, none_flat):
    """Numbers for pure pixels, the same for those that hang together.

    Args:
        values: (H, W, C)
        pure: (H, W) bool
        flat: (H, W) bool
        both_flat: Flat neighbours along an axis belong together below this difference.
        one_flat: And a flat pixel and another that touch.
        none_flat: And two others at most two pixels apart.

    Returns:
        (H, W) int32, -1 where not pure; and how many there are, numbered in order of their first
        pixel.
    """
    height, width, _ = values.shape
    parent = np.empty(height * width, np.int32)
    for i in range(height * width):
        parent[i] = i
    for y in range(height):
        for x in range(width):
            if not pure[y, x]:
                continue
            pale = np.float32(0.0)  # not asked for yet
            for dy in range(3):
                for dx in range(-2, 3):
                    b, a = y + dy, x + dx
                    if (dy == 0 and dx <= 0) or b >= height or a < 0 or a >= width:
                        continue
                    if not pure[b, a]:
                        continue
                    limit = none_flat
                    if flat[y, x] and flat[b, a]:
                        if dy + abs(dx) > 1:
                            continue
                        limit = both_flat
                    elif flat[y, x] or flat[b, a]:
                        if max(dy, abs(dx)) > 1:
                            continue
                        limit = one_flat
                    both = flat[y, x] and flat[b, a]
                    if not both:
                        if pale == 0:
                            pale = paleness(values, flat, y, x)
                        limit *= pale
                    if largest_difference(values, y, x, b, a) < limit:
                        _join(parent, values, y * width + x, b * width + a, both)
    for i in range(height * width):
        parent[i] = _root(parent, i)
    # A number is written at the root, as -2 - number, when the first of its pixels has its turn.
    count = 0
    for i in range(height * width):
        root = parent[i] if parent[i] >= 0 else i
        if not pure[i // width, i % width]:
            parent[i] = -1
        elif parent[root] == root:
            parent[root] = -2 - count
            count += 1
    for i in range(height * width):
        if parent[i] >= 0:
            parent[i] = parent[parent[i]]
    for i in range(height * width):
        parent[i] = max(-1, -2 - parent[i])
    return parent.reshape((height, width)), count


@entry
def described(values, component, flat, size, plain, mean):
    """What components consist of.

    Args:
        values: (H, W, C)
        component: (H, W) int32, -1 for none.
        flat: (H, W) bool
        size: Filled: pixels of each. (N,) int64
        plain: Filled: flat pixels of each. (N,) int64
        mean: Filled. (N, C)
    """
    height, width, channels = values.shape
    sums = np.zeros(mean.shape)
    size[:] = 0
    plain[:] = 0
    for y in range(height):
        for x in range(width):
            own = component[y, x]
            if own >= 0:
                size[own] += 1
                plain[own] += flat[y, x]
                for c in range(channels):
                    sums[own, c] += values[y, x, c]
    for own in range(len(size)):
        for c in range(channels):
            mean[own, c] = sums[own, c] / max(size[own], 1)


@entry
def members(component, size, plain, most):
    """The pixels of components, each one's in order; of large areas about `most` of them.

    Args:
        component: (H, W) int32, -1 for none.
        size: Pixels of each. (N,)
        plain: Flat ones among them. (N,)
        most: Of an area that has more, every so many-th is told, at least half of `most`.

    Returns:
        Places y * W + x, component after component, int32; and where each begins, and their end.
        (N + 1,) int64
    """
    count = len(size)
    begins, stride = np.zeros(count + 1, np.int64), np.ones(count, np.int64)
    for own in range(count):
        if size[own] > most and plain[own] > AREA * size[own]:
            stride[own] = (size[own] + most - 1) // most
        begins[own + 1] = begins[own] + (size[own] + stride[own] - 1) // stride[own]
    out, seen = np.empty(begins[count], np.int32), np.zeros(count, np.int64)
    height, width = component.shape
    for y in range(height):
        for x in range(width):
            own = component[y, x]
            if own >= 0:
                if seen[own] % stride[own] == 0:
                    out[begins[own] + seen[own] // stride[own]] = y * width + x
                seen[own] += 1
    return out, begins


@inner
def _alone(component, around):
    """Squares of `SQUARE` pixels around which there is nothing but their own component."""
    height, width = component.shape
    down, across = -(-height // SQUARE), -(-width // SQUARE)
    single = np.empty((down, across), np.int32)
    for b in range(down):
        for a in range(across):
            own = component[b * SQUARE, a * SQUARE]
            for y in range(b * SQUARE, min(height, (b + 1) * SQUARE)):
                for x in range(a * SQUARE, min(width, (a + 1) * SQUARE)):
                    if component[y, x] != own:
                        own = -1
            single[b, a] = own
    out = np.zeros((down, across), np.bool_)
    reach = -(-around // SQUARE)
    for b in range(down):
        for a in range(across):
            same = single[b, a] >= 0
            for y in range(b, min(down, b + reach + 1)):
                for x in range(max(0, a - reach), min(across, a + reach + 1)):
                    if single[y, x] != single[b, a]:
                        same = False
            out[b, a] = same
    return out


@inner
def _place(keys, pair):
    """Where a pair is in a hash table, or where it would be. keys (power of two,), 0 for empty"""
    last = len(keys) - 1
    spread = np.uint64(pair) * np.uint64(0x9E3779B97F4A7C15)
    at = np.int64(spread >> np.uint64(20)) & last
    while keys[at] != 0 and keys[at] != pair:
        at = (at + 1) & last
    return at


@inner
def _twice(keys, times):
    """The same hash table with twice as much room."""
    more, again = np.zeros(2 * len(keys), np.int64), np.zeros(2 * len(keys), np.int64)
    for i in range(len(keys)):
        if keys[i] != 0:
            at = _place(more, keys[i])
            more[at] = keys[i]
            again[at] = times[i]
    return more, again


@inner
def _slope(values, y, x, down, across, c):
    """How much a value changes from a pixel by so many rows and columns, by those beside it."""
    height, width, _ = values.shape
    above, below = max(y - 1, 0), min(y + 1, height - 1)
    left, right = max(x - 1, 0), min(x + 1, width - 1)
    change = np.float32(0.0)
    if below > above:
        change += down * (values[below, x, c] - values[above, x, c]) / np.float32(below - above)
    if right > left:
        change += across * (values[y, right, c] - values[y, left, c]) / np.float32(right - left)
    return change


@inner
def _stepped(values, flat, y, x, b, a, pale, apart, differ):
    """Whether a pale step lies between two pixels that are less than `differ` apart.

    Of flat ones, that is so where the slope of neither side explains it.
    """
    if not (flat[y, x] and flat[b, a]):
        return apart > differ * paleness(values, flat, y, x)
    far = max(abs(b - y), abs(a - x))
    least = np.float32(pale) + np.float32(SLOPES) * far
    for c in range(values.shape[2]):
        step = values[b, a, c] - values[y, x, c]
        here = abs(step - _slope(values, y, x, b - y, a - x, c))
        there = abs(step - _slope(values, b, a, b - y, a - x, c))
        if min(abs(step), min(here, there)) > least:
            return True
    return False


@inner
def _looked_at(near, around, stride):
    """Where neighbours are looked for, row by row: dy, dx, whether near, whether like ones count.

    (K, 4) int32
    """
    out = np.empty(((around + 1) * (2 * around + 1), 4), np.int32)
    count = 0
    for dy in range(around + 1):
        for dx in range(-around, around + 1):
            inside, told = dy <= near and abs(dx) <= near, dy % stride == 0 and dx % stride == 0
            if inside or told:
                out[count, 0], out[count, 1], out[count, 2], out[count, 3] = dy, dx, inside, told
                count += 1
    return out[:count]


@entry
def neighbours(values, component, flat, count, near, differ, pale, around, stride):
    """Which components lie near each other.

    Args:
        values: (H, W, C)
        component: (H, W) int32, -1 for none.
        flat: (H, W) bool
        count: How many there are.
        near: Pixels within which unlike components conflict.
        differ: From this difference on they are unlike.
        pale: And from this one on where a pale step is between them.
        around: Pixels within which like components attract each other, and unlike ones are told.
        stride: Of the pixels looked at for that.

    Returns:
        Pairs first * count + second, first < second; of unlike ones -1 - 2 pair for those that are
        near, -2 - 2 pair for those around. Each once, in any order; and how often like ones were
        seen. (M,) int64 each
    """
    height, width, _ = values.shape
    alone = _alone(component, around)
    looked = _looked_at(near, around, stride)
    keys, times = np.zeros(1 << 12, np.int64), np.zeros(1 << 12, np.int64)
    used = 0
    for y in range(height):
        for x in range(width):
            own = component[y, x]
            if own < 0 or alone[y // SQUARE, x // SQUARE]:
                continue
            previous, at = np.int64(0), 0
            for i in range(len(looked)):
                b, a = y + looked[i, 0], x + looked[i, 1]
                if b >= height:
                    break
                if a < 0 or a >= width:
                    continue
                other = component[b, a]
                if other < 0 or other == own:
                    continue
                apart = largest_difference(values, y, x, b, a)
                unlike = apart > differ or (
                    apart > pale and _stepped(values, flat, y, x, b, a, pale, apart, differ)
                )
                if unlike or looked[i, 3]:
                    inside = looked[i, 2]
                    pair = np.int64(min(own, other)) * count + max(own, other)
                    if unlike:
                        pair = (-1 if inside else -2) - 2 * pair
                    if pair != previous:
                        previous, at = pair, _place(keys, pair)
                        if keys[at] == 0:
                            if 2 * used >= len(keys):
                                keys, times = _twice(keys, times)
                                at = _place(keys, pair)
                            keys[at] = pair
                            used += 1
                    times[at] += 1
    found, often = np.empty(used, np.int64), np.empty(used, np.int64)
    number = 0
    for i in range(len(keys)):
        if keys[i] != 0:
            found[number] = keys[i]
            often[number] = times[i]
            number += 1
    return found, often
