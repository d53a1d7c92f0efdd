"""Mixed pixels of a drawing unmixed into the labels beside them.

Of mixed pixels alone something is kept; thin ones have a label and are not flat.

Shapes: H rows, W columns, C channels, K labels, T thin pixels, X mixed ones.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.label_averages import colour_at

# Pixels within which labels are looked for; and in turns ever farther ones, up to `FARTHEST`, while
# a pixel is so far from all that those mix to. (Half of each of two rows, a stroke shows its colour
# nowhere for as long as they cross.) Squares of distances from `FAR` on are not seen, so nothing is
# found farther away than 9.9 pixels.
REACH, FARTHEST, UNEXPLAINED = 4, 16, np.float32(0.01)
FAR = np.float32(99.0)
# Labels that a pixel is unmixed into, at most.
PARTS = 3


@inner
def distances(label, y, x, reach, out):
    """The distance to the nearest pixel of each label, `FAR` beyond `reach`. (K,)"""
    height, width = label.shape
    for k in range(len(out)):
        out[k] = FAR
    for b in range(max(0, y - reach), min(height, y + reach + 1)):
        for a in range(max(0, x - reach), min(width, x + reach + 1)):
            k = label[b, a]
            if k >= 0:
                square = np.float32((b - y) * (b - y) + (a - x) * (a - x))
                if square <= reach * reach:
                    out[k] = min(out[k], square)
    for k in range(len(out)):
        if out[k] < FAR:
            out[k] = np.sqrt(out[k])


@inner
def squared(first, second, gain):
    """The squared difference of two colours."""
    total = np.float32(0.0)
    for c in range(len(first)):
        total += (first[c] - second[c]) * (first[c] - second[c])
    return gain * total


@entry
def thin_weights(
    values, gain, label, flat, begins, field, within, power, most, least, out, first, last
):  # fmt: skip
    """What thin pixels say about their label's colour: less, the paler they are than others nearby.

    Their contrast is how far they are from the colours of the other labels nearby, up to `most`.
    What they weigh is `least` times a power of its share of the largest of their label nearby.

    Args:
        values: (H, W, C)
        gain: On squared differences.
        label: (H, W) int, -1 for none.
        flat: The pixels with a label that are not thin. (H, W) bool
        begins: The first thin pixel of each row. (H + 1,)
        field: Colours: see `redraw.kernels.label_averages`.
        within: Pixels along each axis that are nearby.
        power: Whole.
        most: The largest contrast told apart.
        least: What the purest weigh.
        out: Filled for the pixels of row `first` to `last`. (T,)
    """
    height, width, channels = values.shape
    top, bottom = max(0, first - within), min(height, last + within)
    contrast = np.empty((bottom - top, width), np.float32)
    near = np.empty(field[0].shape[0], np.float32)
    colour = np.empty(channels, np.float32)
    down, across = np.empty(4, np.float32), np.empty(4, np.float32)
    for y in range(top, bottom):
        for x in range(width):
            if label[y, x] < 0 or flat[y, x]:
                continue
            distances(label, y, x, 3, near)
            square = most * most
            for k in range(len(near)):
                if near[k] < FAR and k != label[y, x]:
                    colour_at(field, k, y, x, down, across, colour)
                    square = min(square, squared(colour, values[y, x], gain))
            contrast[y - top, x] = np.sqrt(square)
    for y in range(first, last):
        i = begins[y]
        for x in range(width):
            own = label[y, x]
            if own < 0 or flat[y, x]:
                continue
            largest = contrast[y - top, x]
            for b in range(max(0, y - within), min(height, y + within + 1)):
                for a in range(max(0, x - within), min(width, x + within + 1)):
                    if label[b, a] == own and not flat[b, a]:
                        largest = max(largest, contrast[b - top, a])
            share = contrast[y - top, x] / max(largest, np.float32(1e-6))
            result = np.float32(1.0)
            for _ in range(power):
                result *= share
            out[i] = np.float32(least) * result
            i += 1


@entry
def unmix(values, gain, label, pure, begins, field, far_cost, third, who, share, first, last):
    """What each mixed pixel consists of: the best single label, pair or triple nearby.

    Args:
        values: (H, W, C)
        gain: On squared differences.
        label: Of the pixels that show one, -1 for the others. (H, W)
        pure: Those of them that need not be unmixed. (H, W) bool
        begins: The first of each row's other pixels. (H + 1,)
        field: Colours: see `redraw.kernels.label_averages`.
        far_cost: Of a pixel's distance to its labels, in squared differences per pixel.
        third: A third label is tried above this error, and costs half of it.
        who: Filled for mixed pixels of row `first` to `last`: up to three labels, -1 for none.
            (X, 3) int8
        share: Filled: their shares. (X, 3)
    """
    width, channels = values.shape[1:]
    labels = field[0].shape[0]
    near = np.empty(labels, np.float32)
    close = np.empty(labels, np.int64)
    colours = np.empty((labels, channels), np.float32)
    found, part = np.empty(PARTS, np.int64), np.empty(PARTS, np.float32)
    down, across = np.empty(4, np.float32), np.empty(4, np.float32)
    for y in range(first, last):
        at = begins[y] - 1
        for x in range(width):
            if pure[y, x]:
                continue
            at += 1
            for i in range(PARTS):
                who[at, i] = -1
                share[at, i] = 0
            reach, best, count = REACH, FAR, 0
            while True:
                distances(label, y, x, reach, near)
                count = 0
                for k in range(labels):
                    if near[k] < FAR:
                        colour_at(field, k, y, x, down, across, colours[count])
                        close[count] = k
                        near[count] = near[k]
                        count += 1
                if count > 0:
                    best = _pairs(values[y, x], gain, colours, near, count, far_cost, found, part)
                if count > 0 and best > third:
                    best = _triples(
                        values[y, x], gain, colours, near, count, far_cost, third, best, found, part
                    )
                if best <= UNEXPLAINED or reach >= FARTHEST:
                    break
                reach *= 2
            if count == 0:
                continue
            for i in range(PARTS):
                if found[i] >= 0 and part[i] > 0:
                    who[at, i] = close[found[i]]
                    share[at, i] = part[i]


@inner
def parts_of_rows(label, pure, begins, who, share, top, names, parts):
    """What all pixels of some rows consist of.

    Args:
        label: And the four after it: as of `unmix`.
        top: The first row.
        names: Filled: labels, -1 for none. (rows, W, 3)
        parts: Filled: their shares. (rows, W, 3)
    """
    for y in range(top, top + names.shape[0]):
        at = begins[y]
        for x in range(label.shape[1]):
            for i in range(PARTS):
                if pure[y, x]:
                    names[y - top, x, i] = label[y, x] if i == 0 else -1
                    parts[y - top, x, i] = 1 if i == 0 else 0
                else:
                    names[y - top, x, i] = who[at, i]
                    parts[y - top, x, i] = share[at, i]
            if not pure[y, x]:
                at += 1


@inner
def _pairs(value, gain, colours, near, count, far_cost, found, part):
    """The best of one or two of `count` labels; to `found` and `part`. Returns its cost."""
    best = np.float32(1e9)
    for a in range(count):
        cost = squared(colours[a], value, gain) + 0.1 * far_cost * near[a]
        if cost < best:
            best = cost
            found[0], found[1], found[2] = a, -1, -1
            part[0], part[1], part[2] = 1, 0, 0
        for b in range(a):
            length = np.float32(0.0)
            along = np.float32(0.0)
            for c in range(len(value)):
                e = colours[b, c] - colours[a, c]
                length += e * e
                along += e * (value[c] - colours[a, c])
            if gain * length < 1e-5:
                continue
            t = min(max(along / length, np.float32(0.0)), np.float32(1.0))
            off = np.float32(0.0)
            for c in range(len(value)):
                d = colours[a, c] + t * (colours[b, c] - colours[a, c]) - value[c]
                off += d * d
            cost = gain * off + far_cost * ((1 - t) * near[a] + t * near[b])
            if cost < best:
                best = cost
                found[0], found[1], found[2] = a, b, -1
                part[0], part[1], part[2] = 1 - t, t, 0
    return best


@inner
def _triples(value, gain, colours, near, count, far_cost, third, best, found, part):
    """Better than `best` by three labels; to `found` and `part`. Returns the cost of the best."""
    for a in range(count):
        for b in range(a):
            for c in range(b):
                p11 = np.float32(0.0)
                p12 = np.float32(0.0)
                p22 = np.float32(0.0)
                r1 = np.float32(0.0)
                r2 = np.float32(0.0)
                for i in range(len(value)):
                    u = colours[b, i] - colours[a, i]
                    v = colours[c, i] - colours[a, i]
                    z = value[i] - colours[a, i]
                    p11 += u * u
                    p12 += u * v
                    p22 += v * v
                    r1 += u * z
                    r2 += v * z
                determinant = p11 * p22 - p12 * p12
                if gain * gain * determinant < 1e-5:
                    continue
                s = (r1 * p22 - r2 * p12) / determinant
                t = (r2 * p11 - r1 * p12) / determinant
                if s < 0 or t < 0 or s + t > 1:
                    continue
                off = np.float32(0.0)
                for i in range(len(value)):
                    d = colours[a, i] - value[i]
                    d += s * (colours[b, i] - colours[a, i]) + t * (colours[c, i] - colours[a, i])
                    off += d * d
                cost = gain * off + 0.5 * third
                cost += far_cost * ((1 - s - t) * near[a] + s * near[b] + t * near[c])
                if cost < best:
                    best = cost
                    found[0], found[1], found[2] = a, b, c
                    part[0], part[1], part[2] = 1 - s - t, s, t
    return best
