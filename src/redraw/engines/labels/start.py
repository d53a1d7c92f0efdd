"""Where the fit of a drawing begins, in closed form: candidates, potentials, colours.

Shapes: H rows, W columns, C channels, K labels, B listed pixels, M candidates at most, P
potentials, Q colours.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.engines.cpu.pool import share
from redraw.engines.labels.analysis import CLEAR, ROUGH, Analysis, Limits, Rows, analyse
from redraw.engines.labels.drawer import LabelsDrawer
from redraw.engines.labels.seen import seen_as
from redraw.engines.labels.tables import Tables
from redraw.errors import UsageError
from redraw.fields.label_cells import CELL, MOST_CANDIDATES
from redraw.fields.labels_config import MOST_LABELS, POINT, LabelsConfig
from redraw.kernels import label_colours, label_start
from redraw.kernels.label_tables import NONE
from redraw.signals.samples import PixelSamples

# Of the blur of shares that potentials begin with, in pixels; cut off at four of them.
BLUR = 0.5
# Of samples, which say less about where an edge is: steps are rounded off.
SAMPLED_BLUR = 0.8
# Rounds in which colours come nearer to the pixels, and what a node without pixels weighs.
ROUNDS, FIRM = 8, 0.05
# A pixel that differs by more from the colour of its one label is listed: detail mends it.
FAINT = 3.0 / 255.0
# Thin pixels of more than this weight have a say about a colour; how far they may be from it.
SURE, UNLIKE = 0.1, 0.05


@dataclass(frozen=True)
class Start:
    """A field of labels as the analysis has it.

    Attributes:
        labels: K.
        tables: Of its nodes, those of potentials with their places.
        potentials: (P,)
        colours: (Q, C)
        mass: How firmly each colour is held by pixels that it alone explains; negative where these
            are all of exactly that colour. (Q,)
    """

    labels: int
    tables: Tables
    potentials: NDArray[np.float32]
    colours: NDArray[np.float32]
    mass: NDArray[np.float32]


_last: dict[str, Start] = {}


def start_of(
    values: NDArray[np.float32],
    known: NDArray[np.bool_] | None,
    threads: int,
    footprint: str = "box",
    *,
    kept: bool = False,
) -> Start:
    """The start for a picture; asked twice in a row for the same one, it is made once.

    Args:
        values: (H, W, C)
        known: Pixels that say something; None for all. (H, W)
        threads: How many work on it; the result does not depend on it.
        footprint: What a pixel is of the page; it is undone before the analysis.
        kept: Whether pixels stay squares of their colours.

    Raises:
        UsageError: squares are to be kept, of too many colours.
    """
    values = np.ascontiguousarray(values)
    if known is not None:
        values = np.where(known[..., None], values, np.float32(0.0))
    key = f"{footprint} {kept} {values.shape} {hashlib.blake2b(values.data).hexdigest()} "
    key += "" if known is None else hashlib.blake2b(np.ascontiguousarray(known).data).hexdigest()
    if key not in _last:
        _last.clear()
        if kept:
            _last[key] = squares(values)
            return _last[key]
        seen = seen_as(footprint, Rows(len(values), threads))
        if seen is not None:
            values = seen.undone(values, known)
        limits = ROUGH if seen is not None and seen.rough else CLEAR
        blur = SAMPLED_BLUR if footprint == POINT else BLUR
        _last[key] = _made(values, known, threads, limits, blur)
    return _last[key]


def starting_drawer(samples: PixelSamples, config: LabelsConfig, threads: int) -> LabelsDrawer:
    """What draws the start, without PyTorch."""
    values, known = picture_of(samples)
    found = start_of(values, known, threads, config.footprint, kept=config.keeps)
    channels = values.shape[2]
    detail = np.zeros((len(found.tables.candidates), channels), np.float32)
    mixing = np.eye(channels), np.zeros(channels)
    return LabelsDrawer(
        config, found.tables, found.potentials, found.colours, detail, mixing, threads
    )


def picture_of(samples: PixelSamples) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None]:
    """The pixels in their places, and which are known. (H, W, C), (H, W)"""
    shape = (samples.height, samples.width)
    if samples.index is None:
        return samples.all_values().reshape(*shape, samples.channels), None
    values = np.zeros((*shape, samples.channels), np.float32)
    known = np.zeros(shape, bool)
    values.reshape(-1, samples.channels)[samples.index] = samples.all_values()
    known.reshape(-1)[samples.index] = True
    return values, known


def _made(
    values: NDArray[np.float32],
    known: NDArray[np.bool_] | None,
    threads: int,
    limits: Limits,
    blur: float,
) -> Start:
    analysis = analyse(values, known, threads, limits)
    rows = Rows(len(values), threads)
    owner = np.empty(values.shape[:2], np.uint8)
    found = np.empty((*owner.shape, MOST_CANDIDATES), np.uint8)
    rows.share(
        label_start.candidates_of, analysis.who, analysis.share, analysis.labels, owner, found
    )
    tables = Tables.of(owner, found[owner == NONE], analysis.labels)
    colours, mass = start_colours(analysis, tables, rows)
    faint = np.empty(owner.shape, bool)
    rows.share(label_colours.unexplained, values, owner, colours, tables.rank, CELL, FAINT, faint)
    owner[faint] = NONE
    tables = Tables.of(owner, found[owner == NONE], analysis.labels, placed=True)
    potentials = np.empty(len(tables.links), np.float32)
    work = (analysis.who, analysis.share, tables.nodes, blur_weights(blur), potentials)
    share(label_start.start_potentials, [(*work, part, threads) for part in range(threads)])
    return Start(analysis.labels, tables, potentials, colours, mass)


def squares(values: NDArray[np.float32]) -> Start:
    """A label for each colour, certain everywhere: pixels stay squares. (H, W, C)

    Raises:
        UsageError: there are more colours than labels.
    """
    shape = values.shape
    palette, number = np.unique(values.reshape(-1, shape[2]), axis=0, return_inverse=True)
    if len(palette) > MOST_LABELS:
        raise UsageError(
            f"the picture has {len(palette):,} colours; --pixel-art keep draws up to {MOST_LABELS}"
            " as squares; make them fewer first, or leave it out",
            setting="pixel_art",
        )
    owner = number.reshape(shape[:2]).astype(np.uint8)
    tables = Tables.of(owner, np.empty((0, MOST_CANDIDATES), np.uint8), len(palette), placed=True)
    label = np.nonzero(tables.rank >= 0)[0]
    colours = np.ascontiguousarray(palette[label])
    mass = np.full(len(colours), -1.0, np.float32)
    return Start(len(palette), tables, np.zeros(0, np.float32), colours, mass)


def blur_weights(sigma: float) -> NDArray[np.float32]:
    """A Gaussian from its middle to four deviations, its sum over both sides 1."""
    reach = int(4.0 * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(reach + 1) / sigma) ** 2)
    return (weights / (2.0 * weights.sum() - weights[0])).astype(np.float32)


def start_colours(
    analysis: Analysis, tables: Tables, rows: Rows
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Colours fitted to the pure pixels, and how firmly each is held. (Q, C), (Q,)"""
    _labels, high, wide = tables.rank.shape
    analysis.values.shape[2]
    used = tables.rank >= 0
    fine = analysis.colours
    # A node of a cell of 4 x 4 pixels lies amid four of the 2 x 2 of the analysis.
    down = [np.clip(2 * np.arange(high) - 2 + i, 0, fine.shape[1] - 1) for i in range(2)]
    across = [np.clip(2 * np.arange(wide) - 2 + i, 0, fine.shape[2] - 1) for i in range(2)]
    four = np.stack([fine[:, r][:, :, c] for r in down for c in across])
    colours = np.ascontiguousarray(four.mean(axis=0)[used])
    slopes, mass = np.empty_like(colours), np.empty(len(colours), np.float32)
    exact = exact_nodes(analysis, tables, colours)
    asked = np.empty(analysis.label.shape, bool)
    rows.share(label_colours.open_pixels, analysis.label, exact, tables.rank, CELL, asked)
    weight = np.where(asked, analysis.weight, np.float32(0.0))
    for _ in range(ROUNDS):
        label_colours.fit_residuals(
            analysis.values, analysis.label, weight, colours, tables.rank, CELL, slopes, mass
        )
        slopes[exact] = 0.0
        colours += slopes / (mass + np.float32(FIRM))[:, None]
    weight[tables.owner == NONE] = 0.0
    label_colours.fit_residuals(
        analysis.values, analysis.label, weight, colours, tables.rank, CELL, slopes, mass
    )
    mass[exact] = -1.0
    return colours, mass


def exact_nodes(
    analysis: Analysis, tables: Tables, colours: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Nodes that reach flat pixels of one colour only, and nothing unlike it: they take it. (Q,)"""

    def ranges(counts: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        low, high = np.full_like(colours, np.inf), np.full_like(colours, -np.inf)
        label_colours.ranges_of_nodes(
            analysis.values, analysis.label, counts, tables.rank, CELL, low, high
        )
        return low, high

    low, high = ranges(analysis.flat)
    thin_low, thin_high = ranges(~analysis.flat & (analysis.weight > SURE))
    exact = low == high
    exact &= (thin_low > low - UNLIKE) & (thin_high < low + UNLIKE)
    exact = exact.all(axis=1)
    colours[exact] = low[exact]
    return exact
