"""A drawing analysed: which labels it has, where, in which colours.

1. Pure pixels: those of flat neighbourhoods, and those whose colour no two others nearby mix to.
2. Pure pixels of like colours that touch are components.
3. Components share a label, unless unlike ones are close: a graph coloured greedily.
4. Thin strokes that are never covered fully take the purest colour that they can be a shade of.
5. Colours of labels everywhere: averages of their pixels, coarse where there are few.
6. All other pixels are unmixed into up to three labels nearby.

Nothing is random, and nothing is learned from other pictures.

Shapes: H rows, W columns, C channels, K labels, N components, R x S nodes of a lattice.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.engines.cpu.pool import share
from redraw.kernels import label_choice, label_colours, pure_pixels, unmixing

# Pixels within which unlike components conflict, and within which others attract each other; of
# these every so many-th is looked at.
NEAR, AROUND, STRIDE = 4, 12, 3
ALIKE = 0.05
MOST_LABELS = 12
# A thin pixel counts so much beside a flat one; and less, the paler it is than its stroke.
THIN, PURITY, WITHIN, CONTRAST = 0.3, 8, 4, 1.5
LEAST_WIDTH, PURER, SMALLEST = 0.5, 1.12, 4
FAR_COST, THIRD = 1e-3, 4e-3
# Of the lattice of colours here, in pixels; and how much the next coarser one counts.
CELL, COARSER = 2, 0.002
# Rows that one thread is given at once.
ROWS = 16


@dataclass(frozen=True)
class Limits:
    """Differences, in units of values, that decide what belongs together.

    Attributes:
        flat: From a plane over 3 x 3 pixels; its slope is at most `slope`.
        slope: Per pixel.
        on_segment: Of a pixel from the line between two colours that it may be mixed of.
        segment: Between these two, at least.
        apart: Of the pixel from both, at least.
        both_flat: Between touching flat pixels of one component.
        one_flat: Between a flat pixel and another.
        none_flat: Between two others.
        unlike: From which on components must not share a label.
        least: Pixels of the smallest component without a flat pixel: smaller ones are specks.
    """

    flat: float = 0.01
    slope: float = 0.06
    on_segment: float = 0.03
    segment: float = 0.1
    apart: float = 0.035
    both_flat: float = 0.05
    one_flat: float = 0.02
    none_flat: float = 0.07
    unlike: float = 0.1
    least: int = 1


# Found by trials on five drawings (docs/decisions/013-labels.md); for noisy ones on three.
CLEAR = Limits()
ROUGH = Limits(
    flat=0.022, on_segment=0.045, segment=0.14, apart=0.06, both_flat=0.05, one_flat=0.045,
    none_flat=0.09, unlike=0.1, least=1,
)  # fmt: skip


@dataclass(frozen=True)
class Analysis:
    """What a drawing consists of.

    Attributes:
        values: The pixels, thin strokes in the colours that they are a shade of. (H, W, C)
        label: The label of each pure pixel, -1 for the others. (H, W) int32
        flat: Which are flat. (H, W) bool
        weight: How much a pixel says about its label's colour. (H, W)
        colours: Of the labels, on a lattice of cells of `CELL` pixels. (K, R, S, C)
        who: Labels of each pixel, -1 for none. (H, W, 3) int8
        share: How much of it they are. (H, W, 3)
    """

    values: NDArray[np.float32]
    label: NDArray[np.int32]
    flat: NDArray[np.bool_]
    weight: NDArray[np.float32]
    colours: NDArray[np.float32]
    who: NDArray[np.int8]
    share: NDArray[np.float32]

    @property
    def labels(self) -> int:
        """How many there are."""
        return len(self.colours)


def analyse(
    values: NDArray[np.float32],
    known: NDArray[np.bool_] | None,
    threads: int,
    limits: Limits = CLEAR,
) -> Analysis:
    """Analyse a drawing.

    Args:
        values: Pixels, in [0, 1]. (H, W, C)
        known: Pixels that say something; None for all. (H, W)
        threads: How many work on it; the result does not depend on it.
        limits: What belongs together.
    """
    rows = Rows(len(values), threads)
    gain = 3.0 if values.shape[2] <= 2 else 1.0
    flat, pure = pure_of(values, gain, known, rows, limits)
    component, count = pure_pixels.components(
        values, pure, flat, limits.both_flat, limits.one_flat, limits.none_flat
    )
    if count and limits.least > 1:
        component, count = without_specks(component, count, flat, limits.least)
    if not count:  # nothing is pure: then everything is
        component, count = np.zeros(pure.shape, np.int32), 1
    order = np.argsort(component, axis=None, kind="stable")
    begins = np.searchsorted(component.reshape(-1)[order], np.arange(count + 1))
    of_component, labels = labels_of(values, component, count, begins, order, limits.unlike)
    label = np.where(component >= 0, of_component[component], -1).astype(np.int32)
    weight = np.where(flat, 1.0, THIN).astype(np.float32)
    colours = colours_of(values, label, weight, labels)
    snapped, changed = snapped_strokes(values, gain, label, flat, order, begins, colours, rows)
    weight *= purity_of(snapped, gain, label, flat, colours, rows)
    colours = colours_of(snapped, label, weight, labels)
    who = np.empty((*label.shape, unmixing.PARTS), np.int8)
    part = np.empty(who.shape, np.float32)
    pure = (label >= 0) & ~changed
    rows.share(unmixing.unmix, values, gain, label, pure, colours, CELL, FAR_COST, THIRD, who, part)
    fill_unknown(who, part)
    return Analysis(snapped, label, flat, weight, colours, who, part)


def without_specks(
    component: NDArray[np.int32], count: int, flat: NDArray[np.bool_], least: int
) -> tuple[NDArray[np.int32], int]:
    """Components of fewer than `least` pixels, none of them flat, left out. (H, W), and how many"""
    inside = component >= 0
    size = np.bincount(component[inside], minlength=count)
    plain = np.bincount(component[inside & flat], minlength=count)
    kept = (size >= least) | (plain > 0)
    number = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
    return np.where(inside, number[component], np.int32(-1)), int(kept.sum())


class Rows:
    """Rows of a picture shared out among threads."""

    def __init__(self, height: int, threads: int) -> None:
        self._height, self.threads = height, threads

    def share(self, kernel, *arguments) -> None:
        """Call a kernel, whose last arguments are the first row and the end, for all rows."""

        def some(worker: int) -> None:
            for first in range(worker * ROWS, self._height, self.threads * ROWS):
                kernel(*arguments, first, min(first + ROWS, self._height))

        share(some, [(worker,) for worker in range(min(self.threads, -(-self._height // ROWS)))])


def pure_of(
    values: NDArray[np.float32],
    gain: float,
    known: NDArray[np.bool_] | None,
    rows: Rows,
    limits: Limits = CLEAR,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which pixels are flat, and which are pure. (H, W) each"""
    flat, pure = np.empty(values.shape[:2], bool), np.empty(values.shape[:2], bool)
    rows.share(pure_pixels.flat_pixels, values, limits.flat, limits.slope, flat)
    rows.share(
        pure_pixels.end_members, values, gain, flat, limits.on_segment, limits.segment,
        limits.apart, pure,
    )  # fmt: skip
    if known is not None:
        flat &= known
        pure &= known
    return flat, pure


def labels_of(
    values: NDArray[np.float32],
    component: NDArray[np.int32],
    count: int,
    begins: NDArray[np.int64],
    order: NDArray[np.int64],
    unlike_from: float,
) -> tuple[NDArray[np.int32], int]:
    """A label for each component, and how many labels there are. (N,)"""
    pairs, times = np.unique(
        pure_pixels.neighbours(values, component, count, NEAR, unlike_from, AROUND, STRIDE),
        return_counts=True,
    )
    unlike = pairs < 0
    pairs = np.where(unlike, -1 - pairs, pairs)
    one, two = pairs // count, pairs % count
    weights = np.where(unlike, -1.0, times * float(STRIDE * STRIDE))
    source, target = np.concatenate([one, two]), np.concatenate([two, one])
    sorting = np.argsort(source, kind="stable")
    links = np.searchsorted(source[sorting], np.arange(count + 1))
    size = np.diff(begins)
    mean = np.empty((count, values.shape[2]), np.float32)
    flat_values = values.reshape(-1, values.shape[2])
    member = component.reshape(-1)[order[begins[0] :]]
    for c in range(values.shape[2]):
        sums = np.bincount(member, flat_values[order[begins[0] :], c], count)
        mean[:, c] = sums / np.maximum(size, 1)
    return label_choice.choose_labels(
        np.argsort(-size, kind="stable"), links, target[sorting],
        np.concatenate([weights, weights])[sorting], size, mean, ALIKE, MOST_LABELS,
    )  # fmt: skip


def lattice_shape(height: int, width: int, cell: int) -> tuple[int, int]:
    """Rows and columns of a lattice that begins and ends two cells outside of the picture."""
    return (2 * height - 1 + cell) // (2 * cell) + 4, (2 * width - 1 + cell) // (2 * cell) + 4


def colours_of(
    values: NDArray[np.float32], label: NDArray[np.int32], weight: NDArray[np.float32], labels: int
) -> NDArray[np.float32]:
    """Colours of labels everywhere. (K, R, S, C)"""
    height, width, channels = values.shape
    rows, columns = lattice_shape(height, width, CELL)
    # Even sides at every level.
    levels = max(1, int(np.ceil(np.log2(max(rows, columns)))))
    sums = np.zeros((labels, rows, columns, channels + 1), np.float32)
    label_colours.sums_of_cells(values, label, weight, CELL, 2, sums)
    return filled(sums, CELL * CELL, levels)


def filled(sums: NDArray[np.float32], full: float, levels: int) -> NDArray[np.float32]:
    """Means from sums and weights (its last channel), coarser ones where there is little weight.

    Args:
        sums: (K, R, S, C + 1)
        full: The weight of a cell whose pixels all count.
        levels: How many coarser ones are left.
    """
    rows, columns = sums.shape[1:3]
    if levels == 0 or rows * columns == 1:
        total = sums.sum(axis=(1, 2), keepdims=True)
        mean = total[..., :-1] / np.maximum(total[..., -1:], np.float32(1e-9))
        return np.broadcast_to(mean, (*sums.shape[:3], sums.shape[3] - 1)).copy()
    even = np.pad(sums, ((0, 0), (0, rows % 2), (0, columns % 2), (0, 0)))
    halved = even[:, ::2, ::2] + even[:, 1::2, ::2] + even[:, ::2, 1::2] + even[:, 1::2, 1::2]
    coarse = filled(halved, 4.0 * full, levels - 1)
    coarse = doubled(doubled(coarse, 1), 2)[:, :rows, :columns]
    share = np.float32(1.0 / full)
    weight = share * sums[..., -1:]
    found = share * sums[..., :-1] + np.float32(COARSER) * coarse
    return (found / (weight + np.float32(COARSER))).astype(np.float32)


def doubled(cells: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    """Twice as many cells along an axis, interpolated. (H, W, C)"""
    before: NDArray[np.float32] = np.concatenate([cells.take([0], axis), cells], axis).take(
        range(cells.shape[axis]), axis
    )
    after: NDArray[np.float32] = np.concatenate([cells, cells.take([-1], axis)], axis).take(
        range(1, cells.shape[axis] + 1), axis
    )
    own = np.float32(0.75) * cells
    pair = np.stack([own + np.float32(0.25) * before, own + np.float32(0.25) * after], axis + 1)
    shape = list(cells.shape)
    shape[axis] *= 2
    return pair.reshape(shape).astype(np.float32, copy=False)


def purity_of(
    values: NDArray[np.float32],
    gain: float,
    label: NDArray[np.int32],
    flat: NDArray[np.bool_],
    colours: NDArray[np.float32],
    rows: Rows,
) -> NDArray[np.float32]:
    """How pure thin pixels are beside others of their label nearby, from 0 to 1. (H, W)"""
    contrast = np.empty(label.shape, np.float32)
    thin = (label >= 0) & ~flat
    rows.share(unmixing.contrasts, values, gain, label, thin, colours, CELL, CONTRAST, contrast)
    out = np.ones(label.shape, np.float32)
    rows.share(unmixing.purity, contrast, label, thin, WITHIN, PURITY, out)
    return out


def snapped_strokes(
    values: NDArray[np.float32],
    gain: float,
    label: NDArray[np.int32],
    flat: NDArray[np.bool_],
    order: NDArray[np.int64],
    begins: NDArray[np.int64],
    colours: NDArray[np.float32],
    rows: Rows,
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Pixels of pale thin strokes in the colour that they are a shade of; and which these are.

    (H, W, C), (H, W)
    """
    count, channels = len(begins) - 1, values.shape[2]
    kind, chosen = np.zeros(count, np.int64), np.full(count, -1, np.int64)
    ground, tip = np.zeros((count, channels), np.float32), np.zeros((count, channels), np.float32)
    label_choice.stroke_colours(
        values, gain, label, flat, order, begins, colours, CELL, kind, ground, tip, 0, count
    )
    size = np.diff(begins)
    seen = tip[(kind == 2) | ((kind == 1) & (size >= SMALLEST))]
    changed = np.zeros(label.shape, bool)
    if not len(seen):
        return values, changed
    _, first = np.unique(np.rint(seen * 128.0).astype(np.int16), axis=0, return_index=True)
    palette = np.ascontiguousarray(seen[np.sort(first)])
    label_choice.purer_colours(
        values, gain, order, begins, kind, ground, tip, palette, LEAST_WIDTH, PURER, chosen,
        0, count,
    )  # fmt: skip
    snapped = values.copy()
    for own in np.flatnonzero(chosen >= 0):
        places = order[begins[own] : begins[own + 1]]
        snapped.reshape(-1, channels)[places] = palette[chosen[own]]
        changed.reshape(-1)[places] = True
    return snapped, changed


def fill_unknown(who: NDArray[np.int8], share: NDArray[np.float32]) -> None:
    """Give pixels that consist of nothing the first label of their nearest neighbours, in place.

    (H, W, 2), (H, W, 2)
    """
    first = who[..., 0]
    empty = first < 0
    while empty.any() and not empty.all():
        padded = np.pad(first, 1, constant_values=-1)
        around = (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:])
        found = np.maximum.reduce(around)
        first[empty] = found[empty]
        share[..., 0][empty & (first >= 0)] = 1.0
        empty = first < 0
    if empty.any():
        first[:] = 0
        share[..., 0] = 1.0
