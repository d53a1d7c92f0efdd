"""Thin strokes: how wide they are, and which purer colour they are a pale shade of.

A stroke thinner than a pixel shows its colour nowhere: what its pixels tell is how much of it there
is, the product of its width and of how far its colour is from the ground's. So the width is taken
to be a usual one, unless that colour would be purer than all that are seen.

Shapes: N components, K labels, H rows, W columns, C channels, A colours, S samples.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.extremes import place_of_least
from redraw.kernels.label_averages import colour_at
from redraw.kernels.label_components import AREA
from redraw.kernels.unmixing import FAR, distances, squared

# Pixels to each side in which a stroke's width is measured; and by how much its share grows again
# where the next one begins.
STROKE, RISE = 3, np.float32(0.02)
# Strokes that go on for so many pixels are lines; shorter ones than that none, but small type. A
# stroke ends where its share is less than half; it goes on in one of three of eight ways.
LINE, SHORT = 16, 8
HALF = np.float32(0.5)
WAYS = np.array([(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)], np.int64)
# A stroke is looked at in so many pixels, or a few more.
LOOKS, MOST_LOOKS = 20, 64
# Strokes share a colour whose widths differ by less than this factor, and their grounds and purest
# colours by less than that.
LIKE_WIDTH, LIKE = np.float32(1.8), np.float32(0.08)


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


@inner
def _share(values, gain, ground, line, y, x):
    """How much of a pixel a stroke covers; 0 outside of the picture. As of `_across`."""
    share = np.float32(0.0)
    if 0 <= y < values.shape[0] and 0 <= x < values.shape[1]:
        for c in range(values.shape[2]):
            share += gain * (values[y, x, c] - ground[c]) * line[c]
    return min(max(share, np.float32(0.0)), np.float32(1.0))


@inner
def _length(values, gain, ground, line, y, x):
    """How many pixels a stroke goes on, both ways, while it does not turn back. As of `_across`."""
    least = HALF * _share(values, gain, ground, line, y, x)
    longest = 0
    for axis in range(4):
        steps = 1
        for way in range(axis, 8, 4):
            b, a = y, x
            for _ in range(LINE // 2):
                best, turn = least, -1
                for t in range(way - 1, way + 2):
                    down, right = WAYS[t & 7]
                    share = _share(values, gain, ground, line, b + down, a + right)
                    if share > best:
                        best, turn = share, t & 7
                if turn < 0:
                    break
                b, a = b + WAYS[turn, 0], a + WAYS[turn, 1]
                steps += 1
        longest = max(longest, steps)
    return longest


@inner
def _across(values, gain, ground, line, y, x, down, right):
    """How much of the line through a pixel a stroke covers: up to where it grows again.

    Args:
        values: (H, W, C)
        gain: On squared differences.
        ground: Behind the stroke. (C,)
        line: From there to the stroke's colour, over its squared length. (C,)
        y: Of the pixel, and `x`.
        down: Along the line, and `right`.
    """
    total = _share(values, gain, ground, line, y, x)
    for way in range(-1, 2, 2):
        last = total
        for step in range(1, STROKE + 1):
            share = _share(
                values, gain, ground, line, y + way * step * down, x + way * step * right
            )
            if share > last + RISE and step > 1:
                break
            total += share
            last = share
    return total


@entry
def stroke_widths(
    values,
    gain,
    pixels,
    begins,
    kind,
    ground,
    tip,
    palette,
    ratio,
    widest,
    far,
    wide,
    long,
    first,
    last,
):
    """The purest colour that a thin component can be a shade of, and how wide it is in that colour.

    A component of coverage below one everywhere has a colour between its own and the ground's: on a
    line through the ground.

    Args:
        values: And the others: as of `stroke_colours`.
        palette: Colours seen. (A, C)
        ratio: By how much a colour must be farther from the ground.
        widest: A stroke thinner than a pixel is less than so many pixels wide in its own colour.
        far: Filled from component `first` to `last`: a row of the palette, or -1. (N,)
        wide: Filled: in pixels. (N,)
        long: Filled: how many pixels it goes on. (N,)
    """
    width, channels = values.shape[1], values.shape[2]
    widths, lengths = np.empty(MOST_LOOKS, np.float32), np.empty(MOST_LOOKS, np.float32)
    line = np.empty(channels, np.float32)
    for own in range(first, last):
        far[own] = -1
        if kind[own] != 1:
            continue
        far[own] = _farthest(gain, ground[own], tip[own], palette, ratio)
        if far[own] < 0:
            continue
        reach = squared(palette[far[own]], ground[own], gain)
        for c in range(channels):
            line[c] = (palette[far[own], c] - ground[own, c]) / reach
        begin, count = begins[own], begins[own + 1] - begins[own]
        used = 0
        for i in range(0, count, max(1, count // LOOKS)):
            if used == MOST_LOOKS:
                break
            y, x = pixels[begin + i] // width, pixels[begin + i] % width
            right = _across(values, gain, ground[own], line, y, x, 0, 1)
            down = _across(values, gain, ground[own], line, y, x, 1, 0)
            # Of a straight line both are its width, over the cosine and the sine of its slope.
            both = np.sqrt(right * right + down * down)
            widths[used] = right * down / max(both, np.float32(1e-6))
            lengths[used] = _length(values, gain, ground[own], line, y, x)
            used += 1
        wide[own], long[own] = _median(widths, used), _median(lengths, used)
        size = np.sqrt(squared(tip[own], ground[own], gain))
        if wide[own] < 1 and wide[own] * np.sqrt(reach) > widest * size:
            far[own] = -1


@inner
def _farthest(gain, ground, tip, palette, ratio):
    """The row of the palette farthest along the line from the ground to a stroke, or -1."""
    channels = len(ground)
    size = np.sqrt(squared(tip, ground, gain))
    far, best = -1, np.float32(0.0)
    if size < 0.06:
        return far
    for row in range(len(palette)):
        reach = np.sqrt(squared(palette[row], ground, gain))
        if reach <= ratio * size or reach <= best:
            continue
        dot = np.float32(0.0)
        for c in range(channels):
            dot += gain * (palette[row, c] - ground[c]) * (tip[c] - ground[c])
        if dot <= 0.985 * reach * size:
            continue
        off = np.float32(0.0)
        for c in range(channels):
            line = palette[row, c] - ground[c]
            d = tip[c] - ground[c] - dot / (reach * reach) * line
            off += gain * d * d
        if off < 0.025 * 0.025:
            far, best = row, reach
    return far


@entry
def purer_colours(
    gain, places, cells, samples, owners, ground, tip, palette, far, wide, long, usual,
    least, ratio, chosen, ink, first, last,
):  # fmt: skip
    """Colours of thin components: as far from the ground as is usual for how much there is of them.

    Strokes of like width on a like ground nearby are taken together: letters of a word.

    Args:
        gain: On squared differences.
        places: The first sample of each cell of a lattice, and one cell more all around. (A', B')
        cells: Row and column of each sample's, component after component. (S, 2)
        samples: The first of each component, and their end. (N + 1,)
        owners: Components of the samples, cell by cell. (S,)
        ground: And the next: as of `stroke_colours`.
        palette: And the next three: as of `stroke_widths`.
        usual: A short stroke that is wider in the purest colour takes that.
        least: And a line.
        ratio: By how much it must be farther from the ground.
        chosen: Filled from component `first` to `last`: whether there is a purer one. (N,) bool
        ink: Filled: which. (N, C)
    """
    for own in range(first, last):
        chosen[own] = False
        if far[own] < 0:
            continue
        total, length, count = np.float32(0.0), np.float32(0.0), 0
        purest = np.float32(0.0)
        for i in range(samples[own], samples[own + 1]):
            for row in range(cells[i, 0] - 1, cells[i, 0] + 2):
                # Three cells of a row lie one after another.
                for at in range(places[row, cells[i, 1] - 1], places[row, cells[i, 1] + 2]):
                    other = owners[at]
                    if (
                        squared(palette[far[other]], palette[far[own]], gain) > LIKE * LIKE
                        or squared(ground[other], ground[own], gain) > LIKE * LIKE
                        or wide[other] > LIKE_WIDTH * wide[own]
                        or wide[own] > LIKE_WIDTH * wide[other]
                    ):
                        continue
                    count += 1
                    total += wide[other]
                    length += long[other]
                    size = squared(tip[other], ground[other], gain)
                    size /= squared(palette[far[other]], ground[other], gain)
                    purest = max(purest, np.sqrt(size))
        line = min(max((length / count - SHORT) / (LINE - SHORT), np.float32(0.0)), np.float32(1.0))
        width = usual + line * (least - usual)
        share = min(max(total / count / width, purest), np.float32(1.0))
        size = squared(tip[own], ground[own], gain)
        reach = squared(palette[far[own]], ground[own], gain)
        if share * share * reach <= ratio * ratio * size:
            continue
        chosen[own] = True
        for c in range(len(ink[own])):
            ink[own, c] = ground[own, c] + share * (palette[far[own], c] - ground[own, c])
