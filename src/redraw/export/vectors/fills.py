"""What a region is filled with: one colour, a linear or a radial gradient, or a small picture.

The plainest that looks the same is taken. Colours are as the field has them, straight (not
multiplied by their alpha), from 0 to 1; lengths are in pixels.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# A fill may be off by so much on average (root mean square) and nowhere by more than `MOST`: what
# is less can't be seen beside a printed or a displayed colour's own steps.
NEAR, MOST = 1.2 / 255.0, 5.0 / 255.0
# What is off by no more on average is still plainer than a small picture.
PICTURE = 3.0 / 255.0
# Stops of a gradient, at most.
STOPS = 9
# Positions that a fill is fitted to.
SAMPLES = 4000


@dataclass(frozen=True)
class Flat:
    """One colour. (C,)"""

    colour: Floats


@dataclass(frozen=True)
class Gradient:
    """Colours along a line, or around a centre.

    Attributes:
        radial: Around `start`, to the distance of `end`; else from `start` to `end`.
        start: (2,)
        end: (2,)
        offsets: Places of the stops, from 0 to 1, rising. (S,)
        colours: (S, C)
    """

    radial: bool
    start: Floats
    end: Floats
    offsets: Floats
    colours: Floats


@dataclass(frozen=True)
class Image:
    """A small picture over a rectangle, to be cut to the region.

    Attributes:
        box: Left, top, right, bottom, in whole pixels.
        values: (H, W, C)
    """

    box: tuple[int, int, int, int]
    values: Floats


Fill = Flat | Gradient | Image


def fill_for(places: Floats, colours: Floats, *, flat: bool) -> Flat | Gradient | None:
    """The plainest fill that has these colours at these places.

    Args:
        places: Inside of the region. (N, 2)
        colours: Of the field there. (N, C)
        flat: Take the best gradient however far off it is.

    Returns:
        None where neither a colour nor a gradient is near enough.
    """
    if len(places) > SAMPLES:
        some = np.linspace(0, len(places) - 1, SAMPLES).astype(np.int64)
        places, colours = places[some], colours[some]
    middle = np.median(colours, axis=0)
    if _near(colours - middle):
        return Flat(middle)
    candidates = [_linear(places, colours), _radial(places, colours)]
    found = [(error, worst, gradient) for error, worst, gradient in candidates]
    unlike = float(np.sqrt(((colours - middle) ** 2).mean()))
    for error, worst, gradient in found:
        if error <= NEAR and worst <= MOST:
            # One colour with a few places aside is no gradient.
            return gradient if error <= 0.6 * unlike or unlike > 2.0 * NEAR else Flat(middle)
    error, _, gradient = min(found, key=lambda one: one[0])
    if min(error, unlike) <= PICTURE:
        return gradient if error <= 0.7 * unlike else Flat(middle)
    if flat:
        spread = float(np.sqrt(((colours - colours.mean(axis=0)) ** 2).mean()))
        error, _, gradient = min(found, key=lambda one: one[0])
        return gradient if error < spread else Flat(colours.mean(axis=0))
    return None


def mean_colour(fill: Fill) -> Floats:
    """What a fill looks like from afar. (C,)"""
    if isinstance(fill, Flat):
        return fill.colour
    if isinstance(fill, Gradient):
        return fill.colours.mean(axis=0)
    return fill.values.mean(axis=(0, 1))


def colours_of(fill: Fill, places: Floats) -> Floats:
    """The colours of a fill at places in pixels. (N, 2) -> (N, C)"""
    if isinstance(fill, Flat):
        return np.repeat(fill.colour[None], len(places), axis=0)
    if isinstance(fill, Gradient):
        ahead = fill.end - fill.start
        away = places - fill.start
        if fill.radial:
            t = np.hypot(*away.T) / max(float(np.hypot(*ahead)), 1e-12)
        else:
            t = away @ ahead / max(float(ahead @ ahead), 1e-12)
        channels = fill.colours.shape[1]
        return np.stack(
            [np.interp(t, fill.offsets, fill.colours[:, c]) for c in range(channels)], 1
        )
    left, top, right, bottom = fill.box
    column = np.clip(places[:, 0].astype(int) - left, 0, right - left - 1)
    row = np.clip(places[:, 1].astype(int) - top, 0, bottom - top - 1)
    return fill.values[row, column]


def _near(off: Floats) -> bool:
    """Whether errors are too small to be seen, few of them aside."""
    size = np.abs(off).max(axis=1)
    return bool(np.sqrt((off**2).mean()) <= NEAR and np.quantile(size, 0.99) <= MOST)


def _linear(places: Floats, colours: Floats) -> tuple[float, float, Gradient]:
    """The linear gradient of least squares, and how far it is off: on average, and at most."""
    centre = places.mean(axis=0)
    away = places - centre
    slopes = np.linalg.lstsq(away, colours - colours.mean(axis=0), rcond=None)[0]
    left, _, _ = np.linalg.svd(slopes)
    direction = left[:, 0]
    along = away @ direction
    error, worst, offsets, stops = _stops(along, colours)
    ends = centre + np.outer([along.min(), along.max()], direction)
    return error, worst, Gradient(False, ends[0], ends[1], offsets, stops)


def _radial(places: Floats, colours: Floats) -> tuple[float, float, Gradient]:
    """The radial gradient of least squares, its centre found by going downhill."""
    box = np.ptp(places, axis=0).max()

    def off(centre: Floats) -> float:
        return _stops(np.hypot(*(places - centre).T), colours)[0]

    # Iso-lines of a quadratic fit are circles around its extremum.
    x, y = (places - places.mean(axis=0)).T
    matrix = np.stack([x * x + y * y, x, y, np.ones_like(x)], axis=1)
    solved = np.linalg.lstsq(matrix, colours @ _contrast(colours), rcond=None)[0]
    starts = [places.mean(axis=0)]
    if abs(solved[0]) > 1e-12:
        guess = places.mean(axis=0) - solved[1:3] / (2.0 * solved[0])
        if np.hypot(*(guess - starts[0])) < 3.0 * box:
            starts.insert(0, guess)
    best = min(starts, key=off)
    step, least = box / 4.0, off(best)
    for _ in range(60):
        if step < box / 200.0:
            break
        tried = [best + step * np.array(way) for way in ((1, 0), (-1, 0), (0, 1), (0, -1))]
        errors = [off(one) for one in tried]
        if min(errors) < 0.999 * least:
            least, best = min(errors), tried[int(np.argmin(errors))]
        else:
            step /= 2.0
    radius = np.hypot(*(places - best).T)
    error, worst, offsets, stops = _stops(radius, colours, low=0.0)
    end = best + np.array([radius.max(), 0.0])
    return error, worst, Gradient(True, best, end, offsets, stops)


def _contrast(colours: Floats) -> Floats:
    """The direction in which colours differ most. (C,)"""
    _, _, rows = np.linalg.svd(colours - colours.mean(axis=0), full_matrices=False)
    return rows[0]


def _stops(
    along: Floats, colours: Floats, low: float | None = None
) -> tuple[float, float, Floats, Floats]:
    """Colours as a function of one number, linear between few stops.

    Returns:
        The error on average, and at most; the stops' offsets (S,) and colours (S, C).
    """
    start = along.min() if low is None else low
    length = max(float(along.max() - start), 1e-9)
    t = (along - start) / length
    best: tuple[float, float, Floats, Floats] | None = None
    for count in (2, 3, 5, STOPS):
        offsets = np.linspace(0.0, 1.0, count).astype(np.float64)
        at = np.clip((t * (count - 1)).astype(np.int64), 0, count - 2)
        part = t * (count - 1) - at
        matrix = np.zeros((len(t), count))
        rows = np.arange(len(t))
        matrix[rows, at], matrix[rows, at + 1] = 1.0 - part, part
        # A little smoothing, for stops that no place is near to.
        bend = 1e-3 * np.sqrt(len(t)) * np.diff(np.eye(count), n=min(2, count - 1), axis=0)
        solved = np.linalg.lstsq(
            np.vstack([matrix, bend]),
            np.vstack([colours, np.zeros((len(bend), colours.shape[1]))]),
            rcond=None,
        )[0]
        off = matrix @ solved - colours
        error = float(np.sqrt((off**2).mean()))
        worst = float(np.quantile(np.abs(off).max(axis=1), 0.99))
        if best is None or error < 0.8 * best[0]:
            best = error, worst, offsets, solved.astype(np.float64)
        if error <= NEAR / 2.0:
            break
    assert best is not None
    return best
