"""Which components share a label, and which thin strokes are a purer colour than their pixels show.

Shapes: N components, K labels, H rows, W columns, C channels, E neighbours.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.extremes import place_of_least
from redraw.kernels.label_averages import colour_at
from redraw.kernels.label_components import AREA
from redraw.kernels.unmixing import FAR, distances, squared

# Colours that a label remembers of its components.
REMEMBERED = 48


@entry
def choose_labels(order, begins, others, weights, size, colour, alike, most):
    """Colour a graph greedily, in a given order.

    Args:
        order: Components, the first to choose first. (N,)
        begins: Where the neighbours of each begin, and their end. (N + 1,)
        others: The neighbours. (E,)
        weights: How strongly they attract; -1 for those that must not share a label, -1/2 for those
            that should not while there is another. (E,)
        size: Pixels of each. (N,)
        colour: Mean of each. (N, C)
        alike: Colours that differ by less than this attract, wherever they are.
        most: K at most.

    Returns:
        The label of each, (N,) int32; and how many there are.
    """
    channels = colour.shape[1]
    label = np.full(len(order), -1, np.int32)
    seen = np.zeros((most, REMEMBERED, channels), np.float32)
    seen_size = np.zeros((most, REMEMBERED), np.float32)
    seen_count = np.zeros(most, np.int64)
    members = np.zeros(most, np.int64)
    against, attraction = np.zeros(most, np.int64), np.zeros(most)
    beside = np.zeros(most, np.int64)
    used = 0
    for own in order:
        against[:] = 0
        beside[:] = 0
        attraction[:] = 0
        for e in range(begins[own], begins[own + 1]):
            k = label[others[e]]
            if k >= 0:
                if weights[e] <= -1:
                    against[k] += 1
                elif weights[e] < 0:
                    beside[k] += 1
                else:
                    attraction[k] += weights[e]
        best, score, fewest = -1, -1e30, 0 if used < most else 1 << 30
        for k in range(used):
            if against[k] or beside[k] > fewest:
                continue
            if beside[k] < fewest:
                fewest, score = beside[k], -1e30
            near = 0.0
            for i in range(seen_count[k]):
                worst = np.float32(0.0)
                for c in range(channels):
                    worst = max(worst, abs(seen[k, i, c] - colour[own, c]))
                if worst < alike:
                    near += seen_size[k, i]
            found = 10 * attraction[k] + 0.1 * np.sqrt(near) - 0.001 * members[k]
            if found > score:
                best, score = k, found
        if best < 0:
            if used < most:
                best = used
                used += 1
            else:
                best = place_of_least(against)
        label[own] = best
        members[best] += 1
        place = -1
        for i in range(seen_count[best]):
            worst = np.float32(0.0)
            for c in range(channels):
                worst = max(worst, abs(seen[best, i, c] - colour[own, c]))
            if worst < 0.25 * alike:
                place = i
                break
        if place >= 0:
            seen_size[best, place] += size[own]
        elif seen_count[best] < REMEMBERED:
            seen[best, seen_count[best]] = colour[own]
            seen_size[best, seen_count[best]] = size[own]
            seen_count[best] += 1
    return label, used


@inner
def _median(numbers, count):
    """Of the first `count` numbers, which are sorted."""
    numbers[:count].sort()
    half = count // 2
    if count % 2:
        return numbers[half]
    return np.float32(0.5) * (numbers[half - 1] + numbers[half])


@entry
def stroke_colours(
    values, gain, label, size, plain, pixels, begins, field, kind, ground, tip, first, last
):  # fmt: skip
    """What components show: flat ones their colour, thin ones their purest, and what lies behind.

    Args:
        values: (H, W, C)
        gain: On squared differences.
        label: (H, W), -1 for none.
        size: Pixels of each component. (N,)
        plain: Flat ones among them. (N,)
        pixels: Places y * W + x, component after component; of large areas some of them.
        begins: Where each begins, and their end. (N + 1,)
        field: Colours: see `redraw.kernels.label_averages`.
        kind: Filled from component `first` to `last`: 2 for flat ones, 1 for thin ones, 0 for those
            that are too small to tell. (N,)
        ground: Filled for thin ones: the colour of the nearest other label. (N, C)
        tip: Filled: the colour. (N, C)
    """
    width, channels = values.shape[1], values.shape[2]
    labels = field[0].shape[0]
    near, sums = np.empty(labels, np.float32), np.empty(labels)
    down, across = np.empty(4, np.float32), np.empty(4, np.float32)
    largest = 1
    for own in range(first, last):
        largest = max(largest, begins[own + 1] - begins[own])
    numbers, apart = np.empty(largest, np.float32), np.empty(largest, np.float32)
    colour = np.empty(channels, np.float32)
    for own in range(first, last):
        begin, count = begins[own], begins[own + 1] - begins[own]
        if plain[own] > AREA * size[own]:
            kind[own] = 2 if plain[own] >= 9 else 0
            for c in range(channels):
                for i in range(count):
                    place = pixels[begin + i]
                    numbers[i] = values[place // width, place % width, c]
                tip[own, c] = _median(numbers, count)
            continue
        kind[own] = 1
        sums[:] = 0
        for i in range(count):
            place = pixels[begin + i]
            y, x = place // width, place % width
            distances(label, y, x, 4, near)
            for k in range(labels):
                if k == label[y, x]:
                    near[k] = FAR
                sums[k] += min(near[k], np.float32(9.0))
        behind = place_of_least(sums)
        for c in range(channels):
            ground[own, c] = 0
        for i in range(count):
            place = pixels[begin + i]
            colour_at(field, behind, place // width, place % width, down, across, colour)
            for c in range(channels):
                ground[own, c] += colour[c] / count
        for i in range(count):
            place = pixels[begin + i]
            numbers[i] = squared(values[place // width, place % width], ground[own], gain)
            apart[i] = numbers[i]
        top = max(1, count // 5)
        numbers[:count].sort()
        limit = numbers[count - top]
        for c in range(channels):
            chosen = 0
            for i in range(count):
                if apart[i] >= limit:
                    place = pixels[begin + i]
                    numbers[chosen] = values[place // width, place % width, c]
                    chosen += 1
            tip[own, c] = _median(numbers, chosen)


@entry
def purer_colours(
    values, gain, pixels, begins, kind, ground, tip, palette, widest, ratio, chosen, first, last
):
    """Thin components that are a paler shade of a colour seen purer elsewhere.

    A component of coverage below one everywhere has a colour between its own and the ground's: on a
    line through the ground. It takes the purest colour on that line with which the stroke is still
    at least `widest` pixels wide.

    Args:
        values: And the others: as of `stroke_colours`.
        palette: Colours seen. (A, C)
        widest: The least width, in pixels.
        ratio: By how much it must be farther from the ground.
        chosen: Filled from component `first` to `last`: a row of the palette, or -1. (N,)
    """
    height, width, channels = values.shape
    widths = np.empty(64, np.float32)
    line = np.empty(channels, np.float32)
    for own in range(first, last):
        chosen[own] = -1
        if kind[own] != 1:
            continue
        size = np.sqrt(squared(tip[own], ground[own], gain))
        if size < 0.06:
            continue
        begin, count = begins[own], begins[own + 1] - begins[own]
        stride = max(1, count // 20)
        farthest = np.float32(0.0)
        for row in range(len(palette)):
            reach = np.sqrt(squared(palette[row], ground[own], gain))
            if reach <= ratio * size or reach <= farthest:
                continue
            dot = np.float32(0.0)
            for c in range(channels):
                line[c] = palette[row, c] - ground[own, c]
                dot += gain * line[c] * (tip[own, c] - ground[own, c])
            if dot <= 0.985 * reach * size:
                continue
            off = np.float32(0.0)
            for c in range(channels):
                d = tip[own, c] - ground[own, c] - dot / (reach * reach) * line[c]
                off += gain * d * d
            if off >= 0.025 * 0.025:
                continue
            used = 0
            for i in range(0, count, stride):
                if used == len(widths):
                    break
                y, x = pixels[begin + i] // width, pixels[begin + i] % width
                total = np.float32(0.0)
                for b in range(max(0, y - 2), min(height, y + 3)):
                    for a in range(max(0, x - 2), min(width, x + 3)):
                        share = np.float32(0.0)
                        for c in range(channels):
                            share += gain * (values[b, a, c] - ground[own, c]) * line[c]
                        total += min(max(share / (reach * reach), np.float32(0.0)), np.float32(1.0))
                widths[used] = total / 5
                used += 1
            if _median(widths, used) >= widest:
                chosen[own] = row
                farthest = reach
