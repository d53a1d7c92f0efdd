"""What a pixel is of the page that it was made from, told by the picture's own edges.

Most pixels are averages over their squares. Others were blurred before (scans, defocused
photographs of pages), weighed by a filter that overshoots (bicubic, Lanczos), or are samples.

Across an edge between two sides, the largest difference from one pixel to the next is a share of
the edge's height. Of samples it is all of it; of averages the edges that happen to lie between two
pixels come near that; after a blur none does, and how far the steepest stay below it is the blur's
width. JPEG and noise leave the steepest edges nearly as they are. (Variances of edges tell blur
from boxes too, but noise and JPEG look like blur then.)

Shapes: H rows, W columns, C channels, N edges.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from redraw.errors import UsageError
from redraw.signals.picture.jpeg_steps import JpegSteps
from redraw.signals.picture.jpeg_traces import steps_of
from redraw.signals.picture.noise import noise_of

Floats = NDArray[np.floating]

ACCEPTED = (
    "auto, box, point, gauss:S (S in pixels, from 0.1 to 4), bicubic, lanczos or jpeg:Q (Q from 1"
    " to 100; jpeg:Q/444 where colours are not halved); with noise box+noise:S (S from 0.002 to"
    " 0.2, of values up to 1), gauss:S+noise:S and so on"
)
BLUR = "gauss"
NARROWEST, WIDEST = 0.1, 4.0
NOISE, FAINTEST, STRONGEST = "+noise:", 0.002, 0.2
LUMA = (0.299, 0.587, 0.114)  # chroma of JPEG is blurred by its own
BENT = 0.1  # what noise adds to second differences of neighbours
REACH = 4  # pixels on either side of an edge
LEAST = 0.25  # height of an edge that is looked at
ROUGH, CLEAN = 0.2, 0.035  # of an edge's height: how flat its sides have to be, and of samples
FEWEST = 24  # edges, for an answer
MOST_ROWS, MOST_EDGES = 1200, 20_000  # that are looked at
STRIP = 64  # rows that are looked at together
# An edge overshoots by so much at most, beside its noise: else a stroke stands beside it.
ALONE = 0.05
# The quantile of the steepest differences that tells whether there is a blur: above .7 for averages
# (JPEG 50 and noise of .03 included), below .65 from blurs of .6 pixels on. How wide it is says the
# median: the share of a blurred edge that lies between the pixels beside it.
STEEP = 0.8
BLURRED = 0.68
# Edges that move from row to row: how far, how many are needed, and the share of single steps among
# them from which on they are samples. (Straight up and down, averages have single steps as well.)
MOVED, FEWEST_MOVED, SAMPLED = 0.5, 12, 0.45


@dataclass(frozen=True)
class Footprint:
    """What a pixel is of the page.

    Attributes:
        kind: "box", "point", "gauss", "bicubic", "lanczos" or "jpeg".
        sigma: Of the Gaussian that blurred the page before its averages, in pixels; 0 for others.
        steps: Of the JPEG that averages were coded as; None for others.
        noise: The deviation of what was added then; 0 for nothing.

    Raises:
        UsageError: the Gaussian's width is outside of what is accepted.
    """

    kind: str = "box"
    sigma: float = 0.0
    steps: JpegSteps | None = None
    noise: float = 0.0

    def __str__(self) -> str:
        if self.steps is not None:
            return f"jpeg:{self.steps}"
        name = f"gauss:{self.sigma:.3g}" if self.kind == BLUR else self.kind
        return f"{name}{NOISE}{self.noise:.3g}" if self.noise else name

    def describe(self) -> str:
        """For people, of pixels: "averages of their squares"."""
        said = self._filtered()
        return f"{said}, with noise of {self.noise:.2g}" if self.noise else said

    def _filtered(self) -> str:
        return {
            "box": "averages of their squares",
            "point": "samples at their centres",
            "jpeg": f"averages coded as a JPEG of quality {self.steps and self.steps.quality}",
            "gauss": f"averages of a page blurred by {self.sigma:.2g} pixels",
        }.get(self.kind, f"of a page made smaller by a {self.kind} filter")

    @property
    def brief(self) -> "Footprint":
        """The same in a short name, of what drawings need: tables of a JPEG's own are named by what
        comes nearest, and noise, which is none of the drawing, is not.
        """
        if self.steps is None:
            return Footprint(self.kind, self.sigma)
        return Footprint("jpeg", steps=self.steps.brief)

    def taps(self) -> NDArray[np.float32] | None:
        """Weights, along an axis, of the averages over a pixel and its neighbours; None: it alone.

        They are as long on either side of the middle. (2 R + 1,)
        """
        if self.kind == BLUR:
            if self.sigma < 0.55:  # too narrow to be sampled: its variance tells
                side = 0.5 * self.sigma**2
                return np.array([side, 1.0 - 2.0 * side, side], np.float32)
            at = np.arange(-math.ceil(4.0 * self.sigma), math.ceil(4.0 * self.sigma) + 1)
            weights = np.exp(-0.5 * (at / self.sigma) ** 2)
        elif self.kind in ("bicubic", "lanczos"):
            kernel, reach = (_bicubic, 2) if self.kind == "bicubic" else (_lanczos, 3)
            fine = (np.arange((2 * reach + 1) * 64) + 0.5) / 64 - reach - 0.5
            weights = kernel(np.abs(fine)).reshape(-1, 64).mean(axis=1)
        else:
            return None
        return (weights / weights.sum()).astype(np.float32)


def named(text: str) -> Footprint:
    """A footprint by its name: "gauss:0.6".

    Raises:
        UsageError: there is none of that name.
    """
    filtered, noisy, strength = text.strip().lower().partition(NOISE)
    if noisy:
        own, noise = named(filtered), _number(strength)
        if own.kind in ("jpeg", "point") or not FAINTEST <= noise <= STRONGEST:
            raise UsageError(
                f"footprint is {text!r}; noise of {FAINTEST} to {STRONGEST} goes with box, gauss:S,"
                " bicubic or lanczos: box+noise:0.03",
                setting="footprint",
            )
        return replace(own, noise=noise)
    kind, colon, width = filtered.partition(":")
    if kind in ("box", "point", "bicubic", "lanczos") and not colon:
        return Footprint(kind)
    steps = JpegSteps.named(width) if kind == "jpeg" else None
    if steps is not None:
        return Footprint("jpeg", steps=steps)
    sigma = _number(width)
    if kind != BLUR or not NARROWEST <= sigma <= WIDEST:
        raise UsageError(
            f"footprint is {text!r}; accepted: {ACCEPTED}, such as gauss:0.6", setting="footprint"
        )
    return Footprint("gauss", sigma)


def _number(text: str) -> float:
    """The number that a text is; 0 for others."""
    try:
        return float(text)
    except ValueError:
        return 0.0


def _bicubic(t: Floats) -> Floats:
    """Keys' cubic of a = -1/2, at distances in pixels. Source: Keys 1981, equation 15."""
    near, far = 1.5 * t**3 - 2.5 * t**2 + 1, -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
    return np.where(t < 1, near, np.where(t < 2, far, 0.0))


def _lanczos(t: Floats) -> Floats:
    """Of three lobes. Source: Duchon 1979."""
    return np.where(t < 3, np.sinc(t) * np.sinc(t / 3), 0.0)


def estimated(values: Floats, said: str = "") -> Footprint:
    """The footprint that a picture tells of: by traces of JPEG, else by its edges and even places.

    Too few edges are taken for those of averages. Filters that overshoot are never told: thin
    strokes beside an edge look the same, and taking those for overshoot costs 8 dB.

    Args:
        values: Within [0, 1]. (H, W, C)
        said: What the file said that it was read from, of a JPEG; "" for nothing. Pixels that were
            changed since do not bear it out.
    """
    steps = steps_of(values, named(said).steps if said else None)
    if steps is not None:
        return Footprint("jpeg", steps=steps)
    own = _by_edges(values)
    return own if own.kind == "point" else replace(own, noise=noise_of(values))


def _by_edges(values: Floats) -> Footprint:
    """Averages, blurred averages or samples. (H, W, C)"""
    if values.shape[2] >= 3:
        grey = values[..., :3] @ np.array(LUMA, np.float32)
    else:
        grey = values[..., 0]
    found = [_edges(grey), _edges(grey.T)]
    steep, noise, moved, single, fresh = (np.concatenate(each) for each in zip(*found, strict=True))
    moved &= noise < CLEAN
    if moved.sum() >= FEWEST_MOVED and float(single[moved].mean()) > SAMPLED:
        return Footprint("point")
    steep = steep[fresh]
    if len(steep) < FEWEST:
        return Footprint()
    top = float(np.quantile(steep, STEEP))
    if top >= BLURRED:
        return Footprint()
    widths = np.linspace(NARROWEST, WIDEST, 391)
    middle = float(np.median(steep))
    width = round(float(np.interp(-middle, -_middle(widths), widths)), 2)
    range_ = float(grey.max() - grey.min())
    bent = sum(_bent(each, range_ * (_most_bent(width) + BENT)) for each in (grey, grey.T))
    return Footprint() if bent >= FEWEST else Footprint(BLUR, width)


def _most_bent(sigma: float) -> float:
    """The largest second difference of neighbours of what was blurred, of values in [0, 1].

    That of what is 1 where the second differences of the filter are positive, else 0.
    """
    parts = 16  # of a pixel
    x = np.arange(-8 * WIDEST * parts, 8 * WIDEST * parts + 1) / parts
    below = np.array([0.5 * math.erf(each / (sigma * math.sqrt(2.0))) for each in x])
    seen = below[parts:] - below[:-parts]  # by a pixel, of what lies there
    second = seen[2 * parts :] - 2.0 * seen[parts:-parts] + seen[: -2 * parts]
    return float(np.abs(second).sum() / parts / 2.0)


def _bent(grey: Floats, most: float) -> int:
    """Pixels, of the rows that are looked at, that differ by more from the line between others."""
    rows = grey[np.arange(0, len(grey), max(1, len(grey) // MOST_ROWS))]
    return int((np.abs(rows[:, :-2] - 2.0 * rows[:, 1:-1] + rows[:, 2:]) > most).sum())


def _middle(sigma: Floats) -> Floats:
    """The difference between the pixels on both sides of a blurred edge that lies between them.

    The mean of max(0, 1 - |x|) over a Gaussian.
    """
    above = np.array([math.erf(1.0 / (s * math.sqrt(2.0))) for s in sigma])
    mean = sigma * math.sqrt(2.0 / math.pi) * (1.0 - np.exp(-0.5 / sigma**2))
    return above - mean


def _edges(grey: Floats) -> tuple[NDArray, ...]:
    """Of edges across rows, in shares of their heights: the largest difference, noise;
    whether they move to the next row, whether one difference is all of them, and whether no other
    edge before had the same pixels.

    Args:
        grey: (H, W)
    """
    height, width = grey.shape
    across = 2 * REACH
    if width <= across:
        return np.zeros(0), np.zeros(0), *[np.zeros(0, bool)] * 3
    at = np.arange(0, max(1, height - 1), max(1, height // MOST_ROWS))
    rows, below = np.asarray(grey[at]), np.asarray(grey[np.minimum(at + 1, height - 1)])
    every = max(1, sum(len(found[0]) for found in _steps(rows, 1)) // MOST_EDGES)
    row, column = (np.concatenate(each) for each in zip(*_steps(rows, every), strict=True))
    place = row[:, None], column[:, None] + np.arange(across + 1)
    windows, next_ones = rows[place], below[place]
    left, right = windows[:, :2].mean(axis=1), windows[:, -2:].mean(axis=1)
    # The same edge all along a stripe says the same again.
    fresh = np.zeros(len(windows), bool)
    levels = np.rint(windows * 255.0).astype(np.int16)
    fresh[np.unique(levels, axis=0, return_index=True)[1]] = True
    height_of = (right - left)[:, None]
    share, following = (
        (windows - left[:, None]) / height_of,
        (next_ones - left[:, None]) / height_of,
    )
    noise = (np.ptp(share[:, :2], axis=1) + np.ptp(share[:, -2:], axis=1)) / 2
    differences, places = np.diff(share, axis=1), np.arange(-REACH, REACH) + 0.5
    centre = differences @ places
    slant = np.diff(following, axis=1) @ places - centre
    overshoot = np.maximum(share.max(axis=1) - 1, -share.min(axis=1))
    kept = (noise < ROUGH) & (np.abs(centre) <= 0.5) & (np.abs(slant) < 1.01)
    kept &= overshoot < ALONE + noise
    # A slanted edge is as much wider along the row as the row is longer than across the edge.
    largest = np.abs(differences).max(axis=1)
    steep = largest * np.sqrt(1.0 + slant**2)
    told = (steep, noise, np.abs(slant) > MOVED, largest > 0.97, fresh)
    return tuple(each[kept] for each in told)


def _steps(rows: Floats, every: int) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Where values change enough within a window along a row: every so many-th, in strips.

    (H, W) -> row and first column of the windows
    """
    across, seen = 2 * REACH, 0
    for top in range(0, len(rows), STRIP):
        strip = rows[top : top + STRIP]
        row, column = np.nonzero(np.abs(strip[:, across:] - strip[:, :-across]) > LEAST)
        windows = strip[row[:, None], column[:, None] + np.arange(across + 1)]
        left, right = windows[:, :2].mean(axis=1), windows[:, -2:].mean(axis=1)
        kept = np.flatnonzero(np.abs(right - left) > LEAST)
        chosen = kept[-seen % every :: every]
        seen += len(kept)
        yield row[chosen] + top, column[chosen]


def weighed(
    strips: Iterable[NDArray[np.float32]], taps: NDArray[np.float32]
) -> Iterator[NDArray[np.float32]]:
    """A picture seen through a footprint, mirrored at its ends; it comes and goes in strips.

    Args:
        strips: From top to bottom. (h, W, C) each
        taps: (2 R + 1,)

    Yields:
        Strips that add up to the same height, not cut at the same rows.
    """
    reach = len(taps) // 2
    held: NDArray[np.float32] | None = None
    top = reach
    for strip in strips:
        across = _along(np.pad(strip, ((0, 0), (reach, reach), (0, 0)), "symmetric"), taps, 1)
        held = across if held is None else np.concatenate([held, across])
        if len(held) > 4 * reach:
            yield _along(np.pad(held, ((top, 0), (0, 0), (0, 0)), "symmetric"), taps, 0)
            held, top = held[-2 * reach :], 0
    if held is not None:
        yield _along(np.pad(held, ((top, reach), (0, 0), (0, 0)), "symmetric"), taps, 0)


def _along(
    padded: NDArray[np.float32], taps: NDArray[np.float32], axis: int
) -> NDArray[np.float32]:
    """Weighed along an axis that is longer by the weights' reach on either side."""
    count = padded.shape[axis] - len(taps) + 1
    total = np.zeros_like(padded[:count] if axis == 0 else padded[:, :count])
    for i, weight in enumerate(taps):
        total += weight * (padded[i : i + count] if axis == 0 else padded[:, i : i + count])
    return total
