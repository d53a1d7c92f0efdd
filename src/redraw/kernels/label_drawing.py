"""Drawing a field of labels: means over the cells of a grid, and values at points.

Twin of `redraw.fields.labels`. A cell is cut into pieces, one for each pixel of the fitted picture
that it meets. The labels' shares of a piece are means over a few places in it. A place stands for
a small square: the softmax is softened to what an edge there is on average over it, so that few
places tell a coverage well. Colours and detail are exact means.

An edge that is steep, much narrower than a pixel of the fitted picture, is one of the page: its
pixels are as they are wherever it is sharpened, and it is drawn as sharp as the cells are small.
What lies amid two labels over a pixel's width (a shade between the two, a stroke that never is
purely of its own label) would come out as one of them instead, and stays as soft as it was fitted.

Shapes: h x w cells of a drawing, C channels, H rows and W columns of the fitted picture, M
candidates at most, B listed pixels, N candidates of them all; along an axis: E pieces, F places.
"""

import math

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.label_tables import NONE, cubic_weights, slot_of
from redraw.kernels.labels import AROUND, five_weights

# How steep an edge is, in widths of its logistic curve to a pixel of the fitted picture: below the
# first it is soft, from the second on steep. (Cartoon, anime, logo, glass, chart, cub drawn 4x
# larger +.04 dB in the mean and -.03 at the worst, nine flags +2.3, four emoji +.07; from 12 to 24
# anime -.14, chart -.09, all edges alike glass -3.8.)
SOFT, STEEP = np.float32(28.0), np.float32(40.0)
# From this magnification on soft edges are drawn sharper than at the picture's own size, in
# proportion; steep ones from that size on up to this, until the others have caught up.
SHARP_FROM = np.float32(4.0)
# In widths of an edge: a stretch and a distance from the edge are at least the first, which changes
# nothing that is seen; half a stretch is at most the second, which keeps powers within floats; so
# far beyond the stretch as the third an edge is not seen.
BARELY, MOST, FAR = np.float32(0.05), np.float32(60.0), np.float32(12.0)


@inner
def five_slopes(inside, out):
    """The derivatives of `five_weights`. (5,)"""
    for i in range(AROUND):
        out[i] = 0
    first = 0 if inside < np.float32(0.5) else 1
    t = inside + np.float32(0.5) if first == 0 else inside - np.float32(0.5)
    left = 1 - t
    out[first] = -left * left / 2
    out[first + 1] = (3 * t * t - 4 * t) / 2
    out[first + 2] = -(3 * left * left - 4 * left) / 2
    out[first + 3] = t * t / 2


@inner
def softened(sharpness, apart, half):
    """How sharp a softmax is that says of a place what its square has on average.

    The mean of a logistic curve over a stretch whose variance along the edge's slope is that of the
    square, which is exact where the edge runs along rows or columns.

    Args:
        sharpness: On potentials.
        apart: By how much the highest potential is above the second, at the place.
        half: By how much that changes over half of the stretch.

    Returns:
        By which a logistic curve at the place is that mean.
    """
    if half == 0:
        return sharpness
    reach = min(max(sharpness * half, BARELY), MOST)
    off = min(max(sharpness * apart, BARELY), reach + FAR)
    rest = np.float32(math.log((1 + math.exp(reach - off)) / (1 + math.exp(-reach - off))))
    return sharpness / off * np.float32(math.log(2 * reach / rest - 1))


@inner
def shares_at(
    potentials, first, count, down, down_slopes, across, across_slopes, side, sharpness, larger,
    phi, steep, out,
):  # fmt: skip
    """Add the softmax of `count` candidates at one place to `out`.

    Args:
        potentials: (P,)
        first: Numbers of the first nodes. (M, 5)
        down: And the others: weights and derivatives of the rows and columns. (5,)
        side: Of the square that the place stands for, along each axis.
        sharpness: On potentials, at the picture's own size.
        larger: How many times the picture is drawn larger, at least 1.
        phi: Overwritten. (M,)
        steep: Overwritten. (M, 2)
        out: (M,)
    """
    for k in range(count):
        value = np.float32(0.0)
        right = np.float32(0.0)
        below = np.float32(0.0)
        for b in range(AROUND):
            start = first[k, b]
            line = np.float32(0.0)
            slope = np.float32(0.0)
            for a in range(AROUND):
                node = potentials[start + a]
                line += across[a] * node
                slope += across_slopes[a] * node
            value += down[b] * line
            below += down_slopes[b] * line
            right += down[b] * slope
        phi[k] = value
        steep[k, 0] = below
        steep[k, 1] = right
    one, two = 0, 1
    if phi[1] > phi[0]:
        one, two = 1, 0
    for k in range(2, count):
        if phi[k] > phi[one]:
            one, two = k, one
        elif phi[k] > phi[two]:
            two = k
    rise, run = steep[one, 0] - steep[two, 0], steep[one, 1] - steep[two, 1]
    share = (sharpness * math.sqrt(rise * rise + run * run) - SOFT) / (STEEP - SOFT)
    share = min(max(share, np.float32(0.0)), np.float32(1.0))
    sharp = sharpness * max(
        larger / SHARP_FROM, 1 + share * (min(larger, SHARP_FROM) - np.float32(1.0))
    )
    by, bx = rise * side[0], run * side[1]
    top = phi[one]
    half = np.float32(0.5) * math.sqrt(by * by + bx * bx)
    sharp = softened(sharp, top - phi[two], half)
    total = np.float32(0.0)
    for k in range(count):
        phi[k] = math.exp(sharp * (phi[k] - top))
        total += phi[k]
    for k in range(count):
        out[k] += phi[k] / total


@inner
def add_colour(colours, rank, label, row, column, down, across, share, out):
    """Add a share of the colour of a label. `down`, `across` (4,), `out` (C,)"""
    for b in range(4):
        start = rank[label, row + b, column]
        for a in range(4):
            weight = share * down[b] * across[a]
            for c in range(len(out)):
                out[c] += weight * colours[start + a, c]


@inner
def three_weights(inside, out):
    """Of the three pixels between whose centres lies a position inside of the middle one. (3,)"""
    out[0] = max(np.float32(0.5) - inside, np.float32(0.0))
    out[2] = max(inside - np.float32(0.5), np.float32(0.0))
    out[1] = 1 - out[0] - out[2]


@inner
def add_detail(detail, owner, before, row, column, down, across, share, out):
    """Add a share of the detail around a pixel. `down`, `across` (3,), `out` (C,)"""
    height, width = owner.shape
    for b in range(3):
        y = row - 1 + b
        if y < 0 or y >= height:
            continue
        for a in range(3):
            x = column - 1 + a
            if x < 0 or x >= width or owner[y, x] != NONE:
                continue
            at = slot_of(owner, before, y, x)
            weight = share * down[b] * across[a]
            for c in range(len(out)):
                out[c] += weight * detail[at, c]


@entry
def cell_means(field, y_axis, x_axis, sharpness, larger, detailed, out, part, parts):
    """Means over the cells of a grid, of every `parts`-th row.

    Args:
        field: potentials (P,), colours (Q, C), detail (B, C), owner (H, W), candidates (B, M),
            starts (B + 1,), first (N, 5), rank (K, R, S), and how many pixels are listed before
            each `CHUNK` of a row (see `redraw.kernels.label_tables`).
        y_axis: Of the rows: see `redraw.engines.labels.axes.Axis`.
        x_axis: Of the columns.
        sharpness: On potentials, at the picture's own size.
        larger: As of `shares_at`.
        detailed: Whether there is any detail.
        out: Filled. (h, w, C)
    """
    potentials, colours, detail, owner, candidates, starts, first, rank, before = field
    y_cells, y_pixel, y_share, y_colour, y_colours, y_detail, y_places, y_side, y_w, y_s = y_axis
    x_cells, x_pixel, x_share, x_colour, x_colours, x_detail, x_places, x_side, x_w, x_s = x_axis
    high, wide, channels = out.shape
    most = candidates.shape[1]
    phi, steep = np.empty(most, np.float32), np.empty((most, 2), np.float32)
    shares, side = np.empty(most, np.float32), np.empty(2, np.float32)
    for y in range(part, high, parts):
        for x in range(wide):
            value = out[y, x]
            for c in range(channels):
                value[c] = 0
            for p in range(y_cells[y], y_cells[y + 1]):
                i = y_pixel[p]
                for q in range(x_cells[x], x_cells[x + 1]):
                    j = x_pixel[q]
                    area = y_share[p] * x_share[q]
                    label = owner[i, j]
                    if label != NONE:
                        add_colour(
                            colours, rank, label, y_colour[p], x_colour[q], y_colours[p],
                            x_colours[q], area, value,
                        )  # fmt: skip
                    else:
                        at = slot_of(owner, before, i, j)
                        count = 0
                        for k in range(most):
                            shares[k] = 0
                            count += candidates[at, k] != NONE
                        if count == 1:
                            shares[0] = 1
                        else:
                            side[0], side[1] = y_side[p], x_side[q]
                            nodes = first[starts[at] :]
                            for s in range(y_places[p], y_places[p + 1]):
                                for t in range(x_places[q], x_places[q + 1]):
                                    shares_at(
                                        potentials, nodes, count, y_w[s], y_s[s], x_w[t],
                                        x_s[t], side, sharpness, larger, phi, steep, shares,
                                    )  # fmt: skip
                            places = (y_places[p + 1] - y_places[p]) * (
                                x_places[q + 1] - x_places[q]
                            )
                            for k in range(count):
                                shares[k] /= places
                        for k in range(count):
                            add_colour(
                                colours, rank, candidates[at, k], y_colour[p], x_colour[q],
                                y_colours[p], x_colours[q], area * shares[k], value,
                            )  # fmt: skip
                    if detailed:
                        add_detail(
                            detail, owner, before, i, j, y_detail[p], x_detail[q], area, value
                        )


@entry
def point_values(field, sharpness, cell, detailed, xy, out, part, parts):
    """Values at points.

    Args:
        field: As of `cell_means`.
        sharpness: On potentials.
        cell: Of the lattice of colours, in pixels.
        detailed: Whether there is any detail.
        xy: In [-1, 1]. (N, 2)
        out: Filled, a `parts`-th of it. (N, C)
    """
    potentials, colours, detail, owner, candidates, starts, first, rank, before = field
    height, width = owner.shape
    most = candidates.shape[1]
    phi, steep = np.empty(most, np.float32), np.empty((most, 2), np.float32)
    shares, side = np.empty(most, np.float32), np.zeros(2, np.float32)
    down, across = np.empty(AROUND, np.float32), np.empty(AROUND, np.float32)
    down_three, across_three = np.empty(3, np.float32), np.empty(3, np.float32)
    down_slopes, across_slopes = np.empty(AROUND, np.float32), np.empty(AROUND, np.float32)
    down_colour, across_colour = np.empty(4, np.float32), np.empty(4, np.float32)
    for n in range(len(xy) * part // parts, len(xy) * (part + 1) // parts):
        x = min(max((xy[n, 0] + 1.0) * (0.5 * width), 0.0), float(width))
        y = min(max((xy[n, 1] + 1.0) * (0.5 * height), 0.0), float(height))
        j, i = min(int(x), width - 1), min(int(y), height - 1)
        value = out[n]
        value[:] = 0
        row, column = (2 * i + 1 + cell) // (2 * cell), (2 * j + 1 + cell) // (2 * cell)
        cubic_weights(np.float32(y / cell + 0.5 - row), down_colour)
        cubic_weights(np.float32(x / cell + 0.5 - column), across_colour)
        five_weights(np.float32(y - i), down)
        five_weights(np.float32(x - j), across)
        label = owner[i, j]
        if label != NONE:
            add_colour(
                colours, rank, label, row, column, down_colour, across_colour, np.float32(1.0),
                value,
            )  # fmt: skip
        else:
            at = slot_of(owner, before, i, j)
            count = 0
            for k in range(most):
                shares[k] = 0
                count += candidates[at, k] != NONE
            if count == 1:
                shares[0] = 1
            else:
                five_slopes(np.float32(y - i), down_slopes)
                five_slopes(np.float32(x - j), across_slopes)
                nodes = first[starts[at] :]
                shares_at(
                    potentials, nodes, count, down, down_slopes, across, across_slopes, side,
                    sharpness, np.float32(1.0), phi, steep, shares,
                )  # fmt: skip
            for k in range(count):
                add_colour(
                    colours, rank, candidates[at, k], row, column, down_colour, across_colour,
                    shares[k], value,
                )  # fmt: skip
        if detailed:
            three_weights(np.float32(y - i), down_three)
            three_weights(np.float32(x - j), across_three)
            add_detail(
                detail, owner, before, i, j, down_three, across_three, np.float32(1.0), value
            )
