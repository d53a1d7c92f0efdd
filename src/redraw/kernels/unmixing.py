"""Mixed pixels of a drawing taken apart into the labels beside them.

Colours of labels are cubic splines on lattices of cells of `CELL` pixels, whose nodes begin two
cells outside of the picture.

Shapes: H rows, W columns, C channels, K labels, P pixels, R x S nodes of a lattice.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.label_tables import cubic_weights

# Pixels within which labels are looked for.
REACH = 4
FAR = np.float32(99.0)
# Labels that a pixel is taken apart into, at most.
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
def colour_at(lattice, k, y, x, cell, down, across, out):
    """The colour of label k at a pixel's centre; `down` and `across` are overwritten. (C,)"""
    v = (y + np.float32(0.5)) / cell - np.float32(0.5)
    u = (x + np.float32(0.5)) / cell - np.float32(0.5)
    row, column = int(np.floor(v)), int(np.floor(u))
    cubic_weights(np.float32(v - row), down)
    cubic_weights(np.float32(u - column), across)
    for c in range(len(out)):
        out[c] = 0
    for a in range(4):
        for b in range(4):
            share = down[a] * across[b]
            for c in range(len(out)):
                out[c] += share * lattice[k, row + 1 + a, column + 1 + b, c]


@inner
def squared(first, second, gain):
    """The squared difference of two colours."""
    total = np.float32(0.0)
    for c in range(len(first)):
        total += (first[c] - second[c]) * (first[c] - second[c])
    return gain * total


@entry
def contrasts(values, gain, label, thin, lattice, cell, most, out, first, last):
    """How far thin pixels are from the colours of the other labels nearby, up to `most`.

    Args:
        values: (H, W, C)
        gain: On squared differences.
        label: (H, W) int, -1 for none.
        thin: Which are asked. (H, W) bool
        lattice: Colours. (K, R, S, C)
        cell: Of the lattice, in pixels.
        most: The largest contrast told apart.
        out: Filled from row `first` to `last`, 0 where not asked. (H, W)
    """
    _height, width, channels = values.shape
    near = np.empty(lattice.shape[0], np.float32)
    colour = np.empty(channels, np.float32)
    down, across = np.empty(4, np.float32), np.empty(4, np.float32)
    for y in range(first, last):
        for x in range(width):
            out[y, x] = 0
            if not thin[y, x]:
                continue
            distances(label, y, x, 3, near)
            least = most * most
            for k in range(len(near)):
                if near[k] < FAR and k != label[y, x]:
                    colour_at(lattice, k, y, x, cell, down, across, colour)
                    least = min(least, squared(colour, values[y, x], gain))
            out[y, x] = np.sqrt(least)


@entry
def unmix(values, gain, label, pure, lattice, cell, far_cost, third, who, share, first, last):
    """What each pixel consists of: the best single label, pair or triple nearby.

    Args:
        values: (H, W, C)
        gain: On squared differences.
        label: Of the pixels that show one, -1 for the others. (H, W)
        pure: Those of them that need not be taken apart. (H, W) bool
        lattice: Colours. (K, R, S, C)
        cell: Of the lattice, in pixels.
        far_cost: Of a pixel's distance to its labels, in squared differences per pixel.
        third: A third label is tried above this error, and costs half of it.
        who: Filled from row `first` to `last`: up to three labels, -1 for none. (H, W, 3)
        share: Filled: their shares. (H, W, 3)
    """
    _height, width, channels = values.shape
    labels = lattice.shape[0]
    near = np.empty(labels, np.float32)
    close = np.empty(labels, np.int64)
    colours = np.empty((labels, channels), np.float32)
    found, part = np.empty(PARTS, np.int64), np.empty(PARTS, np.float32)
    down, across = np.empty(4, np.float32), np.empty(4, np.float32)
    for y in range(first, last):
        for x in range(width):
            for i in range(PARTS):
                who[y, x, i] = -1
                share[y, x, i] = 0
            if pure[y, x]:
                who[y, x, 0] = label[y, x]
                share[y, x, 0] = 1
                continue
            distances(label, y, x, REACH, near)
            count = 0
            for k in range(labels):
                if near[k] < FAR:
                    colour_at(lattice, k, y, x, cell, down, across, colours[count])
                    close[count] = k
                    near[count] = near[k]
                    count += 1
            if count == 0:
                continue
            best = _pairs(values[y, x], gain, colours, near, count, far_cost, found, part)
            if best > third:
                _triples(
                    values[y, x], gain, colours, near, count, far_cost, third, best, found, part
                )
            for i in range(PARTS):
                if found[i] >= 0 and part[i] > 0:
                    who[y, x, i] = close[found[i]]
                    share[y, x, i] = part[i]


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
    """Better than `best` by three labels; to `found` and `part`."""
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


@entry
def purity(contrast, label, thin, within, power, out, first, last):
    """Contrasts over the largest of their label nearby, raised to a power.

    Args:
        contrast: By `contrasts`. (H, W)
        label: (H, W)
        thin: (H, W) bool
        within: Pixels, along each axis.
        power: Whole.
        out: Filled where thin, from row `first` to `last`. (H, W)
    """
    height, width = label.shape
    for y in range(first, last):
        for x in range(width):
            if not thin[y, x]:
                continue
            most = contrast[y, x]
            for b in range(max(0, y - within), min(height, y + within + 1)):
                for a in range(max(0, x - within), min(width, x + within + 1)):
                    if thin[b, a] and label[b, a] == label[y, x]:
                        most = max(most, contrast[b, a])
            share = contrast[y, x] / max(most, np.float32(1e-6))
            result = np.float32(1.0)
            for _ in range(power):
                result *= share
            out[y, x] = result
