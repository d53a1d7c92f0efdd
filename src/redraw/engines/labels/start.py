"""Where the fit of a drawing begins, in closed form: candidates, potentials, colours.

Shapes: H rows, W columns, C channels, K labels, B listed pixels, M candidates at most, P
potentials, Q colours.
"""

import dataclasses
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.engines.cpu.sharing import share
from redraw.engines.labels.analysis import (
    MANY_ROWS,
    Analysis,
    Limits,
    Rows,
    analyse,
    limits_for,
)
from redraw.engines.labels.colours import amid
from redraw.engines.labels.noisy import noiseless
from redraw.engines.labels.seen import seen_as
from redraw.engines.labels.tables import colour_ranks, potential_places
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
        owner: The one label of each pixel, or `NONE`. (H, W) uint8
        candidates: Of the others, row by row. (B, M) uint8
        potentials: (P,)
        colours: (Q, C)
        mass: How firmly each colour is held by pixels that it alone explains; negative where these
            are all of exactly that colour. (Q,)
    """

    labels: int
    owner: NDArray[np.uint8]
    candidates: NDArray[np.uint8]
    potentials: NDArray[np.float32]
    colours: NDArray[np.float32]
    mass: NDArray[np.float32]

    def sized(self, config: LabelsConfig) -> LabelsConfig:
        """A configuration, with the sizes of this start."""
        return dataclasses.replace(
            config,
            labels=self.labels,
            listed=len(self.candidates),
            potentials=len(self.potentials),
            colours=len(self.colours),
        )


_last: dict[str, Start] = {}


def start_of(
    values: NDArray[np.float32],
    known: NDArray[np.bool_] | None,
    threads: int,
    footprint: str = "box",
    *,
    kept: bool = False,
    rounds: int = 0,
    learned: Callable[[int], NDArray[np.float32]] | None = None,
) -> Start:
    """The start for a picture; asked twice in a row for the same one, it is made once.

    Args:
        values: (H, W, C)
        known: Pixels that say something; None for all. (H, W)
        threads: How many work on it; the result does not depend on it.
        footprint: What a pixel is of the page; it is undone before the analysis.
        kept: Whether pixels stay squares of their colours.
        rounds: Fits before, one from the other, whose own pixels are what is analysed.
        learned: Own pixels of a fit that began after so many rounds. (H, W, C)

    Raises:
        UsageError: squares are to be kept, of too many colours.
    """
    values = np.ascontiguousarray(values)
    if known is not None:
        values = np.where(known[..., None], values, np.float32(0.0))
    key = f"{footprint} {kept} {rounds} {values.shape} {hashlib.blake2b(values.data).hexdigest()} "
    key += "" if known is None else hashlib.blake2b(np.ascontiguousarray(known).data).hexdigest()
    if key not in _last:
        _last.clear()
        if kept:
            _last[key] = squares(values)
            return _last[key]
        rows = Rows(len(values), threads)
        seen = seen_as(footprint, rows)
        if rounds and learned is not None and seen is not None:
            values = learned(rounds - 1)
        else:
            values = noiseless(values, known, footprint, rows)
            values = values if seen is None else seen.undone(values, known)
        limits = limits_for(0.0 if seen is None else seen.rough)
        blur = SAMPLED_BLUR if footprint == POINT else BLUR
        _last[key] = _made(values, known, threads, limits, blur)
    return _last[key]


def forget() -> None:
    """Let go of the last start: it has been copied to where it is needed."""
    _last.clear()


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


def without_noise(
    samples: PixelSamples, footprint: str, threads: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None]:
    """As `picture_of`, without the noise that the footprint names."""
    values, known = picture_of(samples)
    return noiseless(values, known, footprint, Rows(len(values), threads)), known


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
    candidates = listed_candidates(analysis, owner, threads)
    rank, count = colour_ranks(owner, candidates, analysis.labels)
    colours, mass = start_colours(analysis, owner, rank, count, rows)
    faint = np.empty(owner.shape, bool)
    rows.share(label_colours.unexplained, values, owner, colours, rank, CELL, FAINT, faint)
    every = np.empty((len(candidates) + int(faint.sum()), MOST_CANDIDATES), np.uint8)
    label_start.with_faint(owner, faint, candidates, every)
    del rank, candidates, faint
    first, columns = potential_places(owner, every, analysis.labels)
    potentials = np.empty(len(columns), np.float32)
    Rows(len(values) + 4, threads).share(
        label_start.start_potentials, analysis.mixture, first, columns, blur_weights(blur),
        potentials, many=True,
    )  # fmt: skip
    return Start(analysis.labels, owner, every, potentials, colours, mass)


def listed_candidates(
    analysis: Analysis, owner: NDArray[np.uint8], threads: int
) -> NDArray[np.uint8]:
    """Candidates of the pixels that have several, row by row. (B, M)

    Args:
        analysis: Of the drawing.
        owner: Filled: the only candidate of each pixel, or `NONE`. (H, W)
        threads: How many work on it.
    """
    height, width = owner.shape
    strips = range(0, height, MANY_ROWS)
    listed: list[NDArray[np.uint8]] = [np.empty((0, MOST_CANDIDATES), np.uint8)] * len(strips)

    def some(worker: int) -> None:
        for strip in range(worker, len(strips), threads):
            first, last = strips[strip], min(strips[strip] + MANY_ROWS, height)
            found = np.empty((last - first, width, MOST_CANDIDATES), np.uint8)
            label_start.candidates_of(analysis.mixture, analysis.labels, owner, found, first, last)
            listed[strip] = found[owner[first:last] == NONE]

    share(some, [(worker,) for worker in range(min(threads, len(strips)))])
    return np.concatenate(listed)


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
    none = np.empty((0, MOST_CANDIDATES), np.uint8)
    label = np.nonzero(colour_ranks(owner, none, len(palette))[0] >= 0)[0]
    colours = np.ascontiguousarray(palette[label])
    mass = np.full(len(colours), -1.0, np.float32)
    return Start(len(palette), owner, none, np.zeros(0, np.float32), colours, mass)


def blur_weights(sigma: float) -> NDArray[np.float32]:
    """A Gaussian from its middle to four deviations, its sum over both sides 1."""
    reach = int(4.0 * sigma + 0.5)
    weights = np.exp(-0.5 * (np.arange(reach + 1) / sigma) ** 2)
    return (weights / (2.0 * weights.sum() - weights[0])).astype(np.float32)


def start_colours(
    analysis: Analysis,
    owner: NDArray[np.uint8],
    rank: NDArray[np.int32],
    count: int,
    rows: Rows,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Colours fitted to the pure pixels, and how firmly each is held.

    Args:
        analysis: Of the drawing.
        owner: The only candidate of each pixel, or `NONE`. (H, W)
        rank: Numbers of the nodes. (K, R, S)
        count: How many there are (Q).
        rows: Shared out among threads.

    Returns:
        (Q, C), (Q,)
    """
    # A node of a cell of 4 x 4 pixels lies amid four of the 2 x 2 of the analysis.
    colours = amid(analysis.colours, owner.shape, rank, count)
    slopes, mass = np.empty_like(colours), np.empty(len(colours), np.float32)
    exact = exact_nodes(analysis, rank, colours)
    asked = np.empty(owner.shape, bool)
    rows.share(label_colours.open_pixels, analysis.label, exact, rank, CELL, asked)
    thin = analysis.thin
    pixels = analysis.values, analysis.label, analysis.flat, thin.begins, thin.weight, asked
    for _ in range(ROUNDS):
        label_colours.fit_residuals(*pixels, colours, rank, CELL, slopes, mass)
        slopes[exact] = 0.0
        colours += slopes / (mass + np.float32(FIRM))[:, None]
    asked &= owner != NONE
    label_colours.fit_residuals(*pixels, colours, rank, CELL, slopes, mass)
    mass[exact] = -1.0
    return colours, mass


def exact_nodes(
    analysis: Analysis, rank: NDArray[np.int32], colours: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Nodes that reach flat pixels of one colour only, and nothing unlike it: they take it. (Q,)"""

    def ranges(counts: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        low, high = np.full_like(colours, np.inf), np.full_like(colours, -np.inf)
        label_colours.ranges_of_nodes(
            analysis.values, analysis.label, counts, rank, CELL, low, high
        )
        return low, high

    low, high = ranges(analysis.flat)
    sure = (analysis.label >= 0) & ~analysis.flat
    sure[sure] = analysis.thin.weight > SURE
    thin_low, thin_high = ranges(sure)
    exact = low == high
    exact &= (thin_low > low - UNLIKE) & (thin_high < low + UNLIKE)
    exact = exact.all(axis=1)
    colours[exact] = low[exact]
    return exact
