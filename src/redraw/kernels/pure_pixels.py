"""Which pixels of a drawing show one colour, and which of those belong together.

A pixel is pure where its neighbourhood is flat, or where its colour is no mixture of two others
nearby. Pure pixels of like colours that touch are components.

Values are in [0, 1]; `gain` makes squared differences of grey pictures as large as those of the
same picture in three equal channels.

Shapes: H rows, W columns, C channels, N components.
"""

import math

import numpy as np

from redraw.kernels.compiling import entry, inner

# Half the side of the window in which two colours are looked for that could mix to a pixel's.
WINDOW = 2
# A pixel's own share of a mixture: less or more than this is no mixture.
PARTS = 0.04
# Side of the squares that are skipped where there is a single component all around.
SQUARE = 4


@entry
def flat_pixels(values, tolerance, slope, out, first, last):
    """Where a plane explains 3 x 3 pixels, and is not steep.

    Args:
        values: (H, W, C)
        tolerance: Largest difference from the plane.
        slope: Largest slope, per pixel.
        out: Filled from row `first` to `last`. (H, W) bool
    """
    height, width, channels = values.shape
    for y in range(first, last):
        for x in range(width):
            sound = True
            for c in range(channels):
                total = np.float32(0.0)
                right = np.float32(0.0)
                down = np.float32(0.0)
                for dy in range(-1, 2):
                    for dx in range(-1, 2):
                        v = values[
                            min(max(y + dy, 0), height - 1), min(max(x + dx, 0), width - 1), c
                        ]
                        total += v
                        right += dx * v
                        down += dy * v
                total /= np.float32(9.0)
                right /= np.float32(6.0)
                down /= np.float32(6.0)
                if abs(right) > slope or abs(down) > slope:
                    sound = False
                    break
                for dy in range(-1, 2):
                    for dx in range(-1, 2):
                        v = values[
                            min(max(y + dy, 0), height - 1), min(max(x + dx, 0), width - 1), c
                        ]
                        if abs(v - total - dy * down - dx * right) >= tolerance:
                            sound = False
                if not sound:
                    break
            out[y, x] = sound


@entry
def end_members(values, gain, flat, tolerance, far, apart, out, first, last):
    """Where a pixel is flat, or its colour lies on no segment between two others nearby.

    Args:
        values: (H, W, C)
        gain: On squared differences.
        flat: Pixels that need not be looked at. (H, W) bool
        tolerance: Largest distance from a segment that still counts as on it.
        far: Length of the shortest segment.
        apart: Least distance of the pixel's colour from both ends.
        out: Filled from row `first` to `last`. (H, W) bool
    """
    height, width, channels = values.shape
    differences = np.empty(((2 * WINDOW + 1) ** 2, channels), np.float32)
    for y in range(first, last):
        for x in range(width):
            if flat[y, x]:
                out[y, x] = True
                continue
            count = 0
            for a in range(max(0, y - WINDOW), min(height, y + WINDOW + 1)):
                for b in range(max(0, x - WINDOW), min(width, x + WINDOW + 1)):
                    square = np.float32(0.0)
                    for c in range(channels):
                        d = values[a, b, c] - values[y, x, c]
                        differences[count, c] = d
                        square += d * d
                    if gain * square > apart * apart:
                        count += 1
            out[y, x] = not _mixed(differences, count, gain, tolerance, far)


@inner
def _mixed(differences, count, gain, tolerance, far):
    """Whether zero lies on a segment between two of `differences` (count, C)."""
    channels = differences.shape[1]
    for p in range(count):
        for q in range(p):
            length = np.float32(0.0)
            along = np.float32(0.0)
            for c in range(channels):
                e = differences[q, c] - differences[p, c]
                length += e * e
                along -= differences[p, c] * e
            if gain * length < far * far:
                continue
            share = along / length
            if share <= PARTS or share >= 1.0 - PARTS:
                continue
            off = np.float32(0.0)
            for c in range(channels):
                d = differences[p, c] + share * (differences[q, c] - differences[p, c])
                off += d * d
            near = 0.15 * min(share, 1.0 - share) * math.sqrt(gain * length)
            limit = min(tolerance, max(0.3 * tolerance, near))
            if gain * off < limit * limit:
                return True
    return False


@inner
def _root(parent, i):
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


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
    parent = np.arange(height * width).astype(np.int32)
    for y in range(height):
        for x in range(width):
            if not pure[y, x]:
                continue
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
                    if largest_difference(values, y, x, b, a) < limit:
                        p, q = _root(parent, y * width + x), _root(parent, b * width + a)
                        if p < q:
                            parent[q] = p
                        elif q < p:
                            parent[p] = q
    out = np.full((height, width), -1, np.int32)
    count = 0
    for i in range(height * width):
        y, x = i // width, i % width
        if pure[y, x]:
            r = _root(parent, i)
            if r == i:
                out[y, x] = count
                count += 1
            else:
                out[y, x] = out[r // width, r % width]  # its first pixel came before
    return out, count


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


@entry
def neighbours(values, component, count, near, differ, around, stride):
    """Which components lie near each other.

    Args:
        values: (H, W, C)
        component: (H, W) int32, -1 for none.
        count: How many there are.
        near: Pixels within which unlike components conflict.
        differ: From this difference on they are unlike.
        around: Pixels within which like components attract each other.
        stride: Of the pixels looked at for that.

    Returns:
        Pairs first * count + second, first < second, negative (-1 - pair) for unlike ones; a pair
        comes as often as it was seen, except directly one after the other. (M,) int64
    """
    height, width, _ = values.shape
    alone = _alone(component, around)
    capacity = 1 << 16
    out = np.empty(capacity, np.int64)
    used = 0
    for y in range(height):
        for x in range(width):
            own = component[y, x]
            if own < 0 or alone[y // SQUARE, x // SQUARE]:
                continue
            previous = np.int64(0)
            for dy in range(around + 1):
                b = y + dy
                if b >= height:
                    break
                close = dy <= near
                for dx in range(-around, around + 1):
                    inside = close and abs(dx) <= near
                    if not inside and (dy % stride or dx % stride):
                        continue
                    a = x + dx
                    if a < 0 or a >= width:
                        continue
                    other = component[b, a]
                    if other < 0 or other == own:
                        continue
                    unlike = largest_difference(values, y, x, b, a) > differ
                    if unlike and not inside:
                        continue
                    pair = np.int64(min(own, other)) * count + max(own, other)
                    if unlike:
                        pair = -1 - pair
                        if pair == previous:
                            continue
                    elif dy % stride or dx % stride:
                        continue
                    previous = pair
                    if used == capacity:
                        capacity *= 2
                        more = np.empty(capacity, np.int64)
                        more[:used] = out
                        out = more
                    out[used] = pair
                    used += 1
    return out[:used].copy()
