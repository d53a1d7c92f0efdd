"""A drawing analysed: which labels it has, where, in which colours.

1. Pure pixels: those of flat neighbourhoods, and those whose colour no two others nearby mix to.
2. Pure pixels of like colours that touch are components; what looks like a photograph is one.
3. Components share a label, unless unlike ones are close: a graph coloured greedily.
4. Thin strokes that are never covered fully take the purest colour that they can be a shade of; on
   a page of two tones, all components take one of these.
5. Colours of labels everywhere: averages of their pixels, coarse where there are few.
6. All other pixels are unmixed into up to three labels nearby.

Nothing is random, and nothing is learned from other pictures.

Memory is a few bytes a pixel; what is said of thin and mixed pixels is kept for these alone.

Shapes: H rows, W columns, C channels, K labels, N components, X mixed pixels.
"""

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.engines.cpu.sharing import share
from redraw.engines.labels.colours import Field, Thin, begins_of, colours_of
from redraw.engines.labels.photographs import photographs_in
from redraw.engines.labels.strokes import shown_by, snapped_strokes
from redraw.engines.labels.two_tones import two_tones
from redraw.kernels import label_choice, label_components, pure_pixels, unmixing

# Pixels within which unlike components never share a label, and within which they only do where no
# label is left (its colours would bend from the one to the other: a flag whose stripes lie 7 pixels
# apart 37.7 dB, and 46.3 so), while others attract each other; of these every so many-th is looked
# at.
NEAR, AROUND, STRIDE = 4, 12, 3
ALIKE = 0.05
MOST_LABELS = 12
# A thin pixel counts so much beside a flat one; and less, the paler it is than its stroke.
THIN, PURITY, WITHIN, CONTRAST = 0.3, 8, 4, 1.5
FAR_COST, THIRD = 1e-3, 4e-3
# Rows that one thread is given at once; and where what lies around them is made anew.
ROWS, MANY_ROWS = 16, 64
# Of a large area's pixels about so many tell its colour.
MOST_MEMBERS = 1 << 16


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
        pale: And between flat pixels, where no slope explains it.
        snapped: Below 1 thin strokes keep their colours: by those of a JPEG nothing is told.
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
    pale: float = 0.012
    snapped: float = 1.0


# Found by trials on five drawings (docs/decisions/013-labels.md); for noisy ones on three.
CLEAR = Limits()
ROUGH = Limits(
    flat=0.022, on_segment=0.045, segment=0.14, apart=0.06, both_flat=0.05, one_flat=0.045,
    none_flat=0.09, unlike=0.1, pale=0.1, snapped=0.0,
)  # fmt: skip


# Rougher than that nothing gets: strokes and areas would go.
ROUGHEST = 1.5


def limits_for(rough: float) -> Limits:
    """Between those of clear drawings (0) and of rough ones (1), and in proportion beyond."""
    share = min(rough, ROUGHEST)
    both = zip(astuple(CLEAR), astuple(ROUGH), strict=True)
    return Limits(*(clear + share * (own - clear) for clear, own in both))


@dataclass(frozen=True)
class Analysis:
    """What a drawing consists of.

    Attributes:
        values: The pixels, thin strokes in the colours that they are a shade of. (H, W, C)
        label: The label of each pixel that has one for certain, -1 for the others. (H, W) int8
        flat: Which are flat. (H, W) bool
        thin: How much those of them that are not flat say about their label's colour.
        colours: Of the labels: see `redraw.kernels.label_averages`.
        pure: Which pixels are of one label. (H, W) bool
        begins: The first of each row's other, mixed pixels, and their end. (H + 1,)
        who: Labels of each mixed pixel, -1 for none. (X, 3) int8
        share: How much of it they are. (X, 3)
    """

    values: NDArray[np.float32]
    label: NDArray[np.int8]
    flat: NDArray[np.bool_]
    thin: Thin
    colours: Field
    pure: NDArray[np.bool_]
    begins: NDArray[np.int64]
    who: NDArray[np.int8]
    share: NDArray[np.float32]

    @property
    def labels(self) -> int:
        """How many there are."""
        return len(self.colours[0])

    @property
    def mixture(self) -> tuple[NDArray, ...]:
        """What pixels consist of, as kernels take it."""
        return self.label, self.pure, self.begins, self.who, self.share


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
    component, count = label_components.components(
        values, pure, flat, limits.both_flat, limits.one_flat, limits.none_flat
    )
    if not count:  # nothing is pure: then everything is
        component, count = np.zeros(pure.shape, np.int32), 1
    photograph = photographs_in(values, component, flat, count)
    if photograph is not None:
        count = with_photograph(component, count, flat, pure, photograph)
    size, plain = np.empty((2, count), np.int64)
    mean = np.empty((count, values.shape[2]), np.float32)
    label_components.described(values, component, flat, size, plain, mean)
    of_component, labels = labels_of(values, component, flat, size, mean, limits)
    members = label_components.members(component, size, plain, MOST_MEMBERS)
    label = np.append(of_component, -1).astype(np.int8)[component]  # the last one for -1
    np.logical_and(flat, label >= 0, out=flat)
    begins = begins_of((label >= 0) & ~flat)
    thin = Thin(begins, np.full(begins[-1], THIN, np.float32))
    colours = colours_of(values, label, flat, thin, labels)
    snapped, changed = values, np.zeros(0, np.int32)
    if limits.snapped >= 1.0:
        shown = shown_by(values, gain, label, size, plain, members, colours)
        tones = None
        if photograph is None:
            tones = two_tones(shown, size, plain, gain, members, values.shape[1])
        if tones is None:
            snapped, changed = snapped_strokes(values, gain, shown, size, plain, members)
        else:
            label, labels = np.append(tones.tone, np.int8(-1))[component], len(tones.colours)
            snapped, changed = tones.painted(values, label)
            flat = label >= 0
            begins, thin = np.zeros_like(begins), Thin(np.zeros_like(begins), thin.weight[:0])
    del members, component
    rows.share(
        unmixing.thin_weights, snapped, gain, label, flat, begins, colours, WITHIN, PURITY,
        CONTRAST, THIN, thin.weight, many=True,
    )  # fmt: skip
    del colours
    colours = colours_of(snapped, label, flat, thin, labels)
    pure = label >= 0
    pure.reshape(-1)[changed] = False
    begins = begins_of(~pure)
    who = np.empty((begins[-1], unmixing.PARTS), np.int8)
    part = np.empty(who.shape, np.float32)
    rows.share(
        unmixing.unmix, values, gain, label, pure, begins, colours, FAR_COST, THIRD, who, part
    )
    fill_unknown(label, pure, who, part)
    return Analysis(snapped, label, flat, thin, colours, pure, begins, who, part)


def with_photograph(
    component: NDArray[np.int32],
    count: int,
    flat: NDArray[np.bool_],
    pure: NDArray[np.bool_],
    photograph: NDArray[np.bool_],
) -> int:
    """Make the pixels of photographs one flat component, the last; how many there are then.

    Args:
        component: Changed. (H, W)
        count: How many there are.
        flat: Changed. (H, W)
        pure: Changed. (H, W)
        photograph: Which pixels are of one. (H, W)
    """
    component[photograph] = count
    used = np.zeros(count + 1, bool)
    used[component[component >= 0]] = True
    number = np.append(np.cumsum(used) - 1, -1).astype(np.int32)  # the last one for -1
    component[:] = number[component]
    flat[photograph] = pure[photograph] = True
    return int(used.sum())


class Rows:
    """Rows of a picture shared out among threads."""

    def __init__(self, height: int, threads: int) -> None:
        self._height, self.threads = height, threads

    def share(self, kernel, *arguments, many: bool = False) -> None:
        """Call a kernel, whose last arguments are the first row and the end, for all rows.

        Args:
            kernel: Called for `ROWS` rows at once.
            arguments: All others.
            many: For `MANY_ROWS` rows at once: kernels that look at those around, too.
        """
        step = MANY_ROWS if many else ROWS

        def some(worker: int) -> None:
            for first in range(worker * step, self._height, self.threads * step):
                kernel(*arguments, first, min(first + step, self._height))

        share(some, [(worker,) for worker in range(min(self.threads, -(-self._height // step)))])


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
    flat: NDArray[np.bool_],
    size: NDArray[np.int64],
    mean: NDArray[np.float32],
    limits: Limits,
) -> tuple[NDArray[np.int32], int]:
    """A label for each component, and how many labels there are. (N,)"""
    count = len(size)
    pairs, times = label_components.neighbours(
        values, component, flat, count, NEAR, limits.unlike, limits.pale, AROUND, STRIDE
    )
    order = np.argsort(pairs)
    pairs, times = pairs[order], times[order]
    unlike, around = pairs < 0, pairs % 2 == 0
    pairs = np.where(unlike, (-1 - pairs) // 2, pairs)
    one, two = pairs // count, pairs % count
    weights = np.where(unlike, np.where(around, -0.5, -1.0), times * float(STRIDE * STRIDE))
    source, target = np.concatenate([one, two]), np.concatenate([two, one])
    sorting = np.argsort(source, kind="stable")
    links = np.searchsorted(source[sorting], np.arange(count + 1))
    return label_choice.choose_labels(
        np.argsort(-size, kind="stable"), links, target[sorting],
        np.concatenate([weights, weights])[sorting], size, mean, ALIKE, MOST_LABELS,
    )  # fmt: skip


def fill_unknown(
    label: NDArray[np.int8],
    pure: NDArray[np.bool_],
    who: NDArray[np.int8],
    share: NDArray[np.float32],
) -> None:
    """Give mixed pixels that consist of nothing the first label of their nearest neighbours.

    Args:
        label: (H, W)
        pure: Which pixels are not mixed. (H, W)
        who: Changed. (X, 3)
        share: Changed. (X, 3)
    """
    empty = who[:, 0] < 0
    if not empty.any():
        return
    if empty.all() and not pure.any():
        who[:, 0], share[:, 0] = 0, 1.0
        return
    first = label.copy()
    first[~pure] = who[:, 0]
    padded, missing = np.pad(first, 1, constant_values=-1).ravel(), np.pad(first < 0, 1).ravel()
    moves = (-1, 1, -label.shape[1] - 2, label.shape[1] + 2)
    asked = np.flatnonzero(missing)
    while len(asked):
        found = np.maximum.reduce([padded[asked + move] for move in moves])
        filled = asked[found >= 0]
        padded[filled], missing[filled] = found[found >= 0], False
        # Only beside these is something new: all of the picture in every turn takes minutes.
        around = np.unique(np.concatenate([filled + move for move in moves]))
        asked = around[missing[around]]
    first = padded.reshape(-1, label.shape[1] + 2)[1:-1, 1:-1]
    who[empty, 0] = first[~pure][empty]
    share[empty, 0] = 1.0
