"""Pale thin strokes of a drawing in the colour that they are a shade of.

Shapes: H rows, W columns, C channels, N components, S samples.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.engines.labels.colours import Field
from redraw.kernels import label_strokes
from redraw.kernels.label_strokes import LOOKS, MOST_LOOKS

# Pixels that a short stroke is wide, and a line at least, in the colour that they are given; and in
# their own, where they are thinner than a pixel, at most.
USUAL_WIDTH, LEAST_WIDTH, WIDEST = 1.2, 0.5, 2.15
# A purer colour is so many times farther from the ground; a stroke has so many pixels to tell one.
PURER, SMALLEST = 1.12, 4
# A stroke that has so many flat pixels covers them wholly: that is its colour, and no shade of
# another (twemoji 1f48f, a mouth five pixels wide: as black 45.2 dB, as brown as it is 49.8).
FULL = 2
# Side of the cells within which, and in those around, strokes are taken together. In pixels.
NEARBY = 8


@dataclass(frozen=True)
class Shown:
    """What components show; see `label_strokes.stroke_colours`.

    Attributes:
        kind: 2 for flat ones, 1 for thin ones, 0 for those that are too small to tell. (N,)
        ground: Of thin ones: what lies behind. (N, C)
        tip: Of flat ones their colour, of thin ones their purest. (N, C)
    """

    kind: NDArray[np.int64]
    ground: NDArray[np.float32]
    tip: NDArray[np.float32]


def shown_by(
    values: NDArray[np.float32],
    gain: float,
    label: NDArray[np.int8],
    size: NDArray[np.int64],
    plain: NDArray[np.int64],
    members: tuple[NDArray[np.int32], NDArray[np.int64]],
    colours: Field,
) -> Shown:
    """What components show, and what lies behind thin ones.

    Args:
        values: (H, W, C)
        gain: On squared differences.
        label: (H, W)
        size: Pixels of each component. (N,)
        plain: Flat ones among them. (N,)
        members: Their places and where those of each begin; see `label_components.members`.
        colours: Of the labels.
    """
    count, channels = len(size), values.shape[2]
    kind = np.zeros(count, np.int64)
    ground, tip = np.zeros((count, channels), np.float32), np.zeros((count, channels), np.float32)
    label_strokes.stroke_colours(
        values, gain, label, size, plain, *members, colours, kind, ground, tip, 0, count
    )
    return Shown(kind, ground, tip)


def snapped_strokes(
    values: NDArray[np.float32],
    gain: float,
    shown: Shown,
    size: NDArray[np.int64],
    plain: NDArray[np.int64],
    members: tuple[NDArray[np.int32], NDArray[np.int64]],
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Pixels of pale thin strokes in the colour that they are a shade of; and which these are.

    Args:
        values: (H, W, C)
        gain: On squared differences.
        shown: What components show.
        size: Pixels of each. (N,)
        plain: Flat ones among them. (N,)
        members: As of `shown_by`.

    Returns:
        The pixels, those given if none changed (H, W, C); places y * W + x of those that did.
    """
    count, channels = len(size), values.shape[2]
    kind, ground, tip = shown.kind, shown.ground, shown.tip
    chosen = np.zeros(count, bool)
    seen = tip[(kind == 2) | ((kind == 1) & (size >= SMALLEST))]
    if not len(seen):
        return values, np.zeros(0, np.int32)
    _, first = np.unique(np.rint(seen * 128.0).astype(np.int16), axis=0, return_index=True)
    palette = np.ascontiguousarray(seen[np.sort(first)])
    purest = np.empty(count, np.int32)
    wide, long = np.zeros((2, count), np.float32)
    order, begins = members
    label_strokes.stroke_widths(
        values, gain, *members, kind, ground, tip, palette, PURER, WIDEST, purest, wide, long, 0,
        count,
    )  # fmt: skip
    purest[plain >= FULL] = -1
    samples, cells, places, owners = in_cells(order, begins, purest >= 0, values.shape[:2])
    ink = np.zeros_like(tip)
    label_strokes.purer_colours(
        gain, places, cells, samples, owners, ground, tip, palette, purest, wide, long,
        USUAL_WIDTH, LEAST_WIDTH, PURER, chosen, ink, 0, count,
    )  # fmt: skip
    snapping = np.flatnonzero(chosen)
    if not len(snapping):
        return values, np.zeros(0, np.int32)
    changed = np.concatenate([order[begins[own] : begins[own + 1]] for own in snapping])
    snapped = values.copy()
    snapped.reshape(-1, channels)[changed] = np.repeat(ink[snapping], size[snapping], axis=0)
    return snapped, changed


def in_cells(
    order: NDArray[np.int32],
    begins: NDArray[np.int64],
    asked: NDArray[np.bool_],
    shape: tuple[int, int],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """Samples of components, sorted into cells.

    Args:
        order: Places y * W + x, component after component.
        begins: Where each begins, and their end. (N + 1,)
        asked: Which are looked at. (N,)
        shape: Of the picture: (H, W).

    Returns:
        As of `redraw.kernels.label_strokes.purer_colours`: samples, cells, places, owners.
    """
    size = np.diff(begins)
    stride = np.maximum(1, size // LOOKS)
    count = np.where(asked, np.minimum(-(-size // stride), MOST_LOOKS), 0)
    samples = np.concatenate([[0], np.cumsum(count)])
    owner = np.repeat(np.arange(len(size), dtype=np.int32), count)
    within = np.arange(len(owner)) - np.repeat(samples[:-1], count)
    place = order[np.repeat(begins[:-1], count) + within * np.repeat(stride, count)]
    cells = np.stack([place // shape[1], place % shape[1]], axis=1) // NEARBY + 1
    high, wide = (-(-side // NEARBY) + 2 for side in shape)
    number = cells[:, 0] * (wide + 1) + cells[:, 1]
    places = np.searchsorted(np.sort(number), np.arange(high * (wide + 1)))
    owners = owner[np.argsort(number, kind="stable")]
    return samples, cells.astype(np.int32), places.reshape(high, wide + 1), owners
