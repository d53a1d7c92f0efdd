"""Whether a picture is a drawing: what its edges are made of.

A drawing consists of areas, and a small window across an edge holds two colours and the few pixels
that mix them. In a photograph there is something between the two: blur, texture, shading. Six
measures tell how much, on some tiles, so that a page takes hardly longer than an icon:

    two sides   share of the pixels in windows with an edge that are near one of its two colours
    between     mean distance to the nearer of the two, in shares of the edge
    crisp       share of the edges of a quarter and more among all differences above 6 %
    few         share of the four most frequent colours
    faint       share of pixels among faint differences, of 2 to 8 %
    contrast    mean height of the edges

What is between the two may be noise, too: where there is any, tiles are looked at without it. Or it
is what a JPEG rounds, which lies off the line between both colours as well as along it, and is no
larger than its steps let it be: two measures more tell, and all are weighed anew.

    off         mean distance in any direction to the mean of the nearer side, in shares of the edge
    beyond      what of that is more than the steps explain

A logistic regression weighs the measures; `python -m benchmarks.kinds` fits both rules, and says
whom they confuse.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from redraw.signals.picture.footprints import named
from redraw.signals.picture.jpeg_steps import JpegSteps
from redraw.signals.picture.jpeg_traces import steps_of
from redraw.signals.picture.noise import calmed, noise_of
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.tiles import tiles_of
from redraw.signals.signal import Trait

Floats = NDArray[np.float32]
Look = Literal["drawn", "doubtful", "not drawn"]

WINDOW = 5
EDGE = 0.12  # of the range of values in a window with an edge
MOST_WINDOWS = 2048
FEWEST_WINDOWS = 8  # with fewer edges there is nothing to be crisp about
LEVELS = 31  # colours are counted in steps of 1 / 31

# Of `Evidence`'s measures in order, and what is added.
WEIGHTS = (6.57, -52.15, 4.33, 1.17, 0.45, -2.78)
OFFSET = 4.79
# A photograph taken for a drawing is worse than the reverse: at even odds (0), 3.5 % of photographs
# and their crops are taken for drawings, from here on 1 %, and of whole photographs none.
THRESHOLD = 2.0
# Those of a JPEG, fitted to qualities of 50, 75 and 90; and above which quality a JPEG's pixels are
# as good as any. Its photographs reach 2.0 as rarely as others do.
JPEG_WEIGHTS = (12.25, -145.68, 9.62, 2.58, -2.61, -4.85, 135.87, -29.41)
JPEG_OFFSET, COARSE = -0.96, 92
# From even odds on a JPEG is in doubt. (From -.6 to them, trials would find four more drawings, and
# take as many photographs for such.)
DOUBT = 0.0
# Whoever scores less is no drawing of any quality: it is not asked where its pixels came from.
HOPELESS = -4.0
# The steps that matter: of the lowest cosines, along each axis.
LOWEST = 4
# How many deviations of what a JPEG rounds are put down to it.
ROUNDED = 1.5
# What is near a side of an edge, along the line between both, and counts for its mean.
NEAR = 0.3
# Pixels along each axis, from the middle, by which a JPEG's steps are told.
TOLD_BY = 1024
# Where there is noise, faint texture goes with it: then crops of photographs reach 2.7.
NOISY = 2.8


@dataclass(frozen=True)
class Evidence:
    """What speaks for a drawing.

    Attributes:
        two_sides: Share of pixels in windows with an edge near one of its two colours.
        between: Their mean distance to the nearer one, in shares of the edge.
        crisp: Share of strong edges among differences.
        few: Share of the four most frequent colours.
        faint: Share of pixels among faint differences.
        contrast: Mean height of the edges.
        edges: Windows with an edge that were looked at.
        noise: Its deviation; what is measured is what is seen without it.
    """

    two_sides: float
    between: float
    crisp: float
    few: float
    faint: float
    contrast: float
    edges: int
    noise: float

    @property
    def measures(self) -> tuple[float, ...]:
        """What is weighed."""
        return (self.two_sides, self.between, self.crisp, self.few, self.faint, self.contrast)

    @property
    def score(self) -> float:
        """The logarithm of the odds of a drawing; minus infinity where there are no edges."""
        if self.edges < FEWEST_WINDOWS:
            return -np.inf
        return float(np.dot(WEIGHTS, self.measures)) + OFFSET

    @property
    def drawn(self) -> bool:
        """Whether it is enough."""
        return self.score > (NOISY if self.noise else THRESHOLD)


def traits_of(picture: Picture) -> tuple[Trait, ...]:
    """What a picture is like, for the choice of a preset; the most telling first."""
    if looks_like_drawing(picture):
        line, plain = (Trait("drawing", "it looks like a drawing"),), Trait("picture", "")
    else:
        line, plain = (), Trait("picture", "it is no line drawing")
    match look_of(picture):
        case "drawn":
            return *line, Trait("drawn", "it looks drawn, as its edges tell"), Trait("picture", "")
        case "doubtful":
            return *line, plain, Trait("perhaps drawn", "it may be a drawing")
        case "not drawn":
            return *line, plain


def looks_drawn(picture: Picture) -> bool:
    """Whether a picture is a drawing of some kind, in black or in colour; as `look_of`."""
    return look_of(picture) == "drawn"


def look_of(picture: Picture) -> Look:
    """Whether a picture is a drawing of some kind, in black or in colour.

    Transparent places count as white paper. HDR light and pictures with missing pixels never are.
    Doubtful are JPEGs only: what they round may be all that speaks against a drawing.
    """
    if picture.colour.depth == 32 or picture.known is not None:
        return "not drawn"
    seen = picture.on_paper()
    found = evidence(seen)
    if found.drawn:
        return "drawn"
    if found.score < HOPELESS:
        return "not drawn"
    steps = named(picture.footprint).steps if picture.footprint else None
    score = jpeg_score(seen, found, steps or _told(seen))
    if score > THRESHOLD:
        return "drawn"
    return "doubtful" if score > DOUBT else "not drawn"


def jpeg_score(values: Floats, found: Evidence, steps: JpegSteps | None) -> float:
    """The logarithm of the odds that a JPEG of these steps is a drawing; minus infinity for none.

    Args:
        values: As `evidence` takes them. (H, W, C)
        found: What that said.
        steps: What its file rounds, or what its pixels tell.
    """
    if steps is None or steps.quality > COARSE or found.edges < FEWEST_WINDOWS:
        return -np.inf
    measures = jpeg_measures(values, found, steps)
    return float(np.dot(JPEG_WEIGHTS, measures)) + JPEG_OFFSET


def jpeg_measures(values: Floats, found: Evidence, steps: JpegSteps) -> tuple[float, ...]:
    """What is weighed of a JPEG; as `jpeg_score`."""
    return (*found.measures, *_off(_windows_of(tiles_of(values)), rounding(steps)))


def rounding(steps: JpegSteps) -> float:
    """The deviation of pixels by what a JPEG rounds, in values: errors of cosines are uniform.

    As if all steps were like the lowest, which is where most of what an edge has is rounded.
    """
    return float(np.sqrt((steps.tables[0][:LOWEST, :LOWEST] ** 2).mean() / 12.0)) / 255.0


def _told(values: Floats) -> JpegSteps | None:
    """What a JPEG that pixels came from rounds, by its middle; blocks stay whole. (H, W, C)"""
    at = [max(0, (side - TOLD_BY) // 16 * 8) for side in values.shape[:2]]
    return steps_of(values[at[0] : at[0] + TOLD_BY, at[1] : at[1] + TOLD_BY])


def looks_like_drawing(picture: Picture) -> bool:
    """Whether the picture is a line drawing: few grey levels besides two dominant ones.

    The rule: seen on white paper it has no colour (channels differ by more than 1/16 in at most 1 %
    of the pixels), its lightest and darkest level are at least 1/4 apart, and at least 70 % of the
    pixels are within 1/16 of that distance from one or the other. (Photographs reach up to 50 %,
    line drawings down to 32 pixels a side 76 % and more.)
    """
    if picture.colour.depth == 32:
        return False
    seen = picture.on_paper()
    if picture.known is not None:
        seen = seen[picture.known]
    if np.mean(seen.max(axis=-1) - seen.min(axis=-1) > 1 / 16) > 0.01:
        return False
    levels = seen.mean(axis=-1)
    darkest, lightest = levels.min(), levels.max()
    margin = (lightest - darkest) / 16
    dominant = (levels <= darkest + margin) | (levels >= lightest - margin)
    return bool(lightest - darkest >= 1 / 4 and dominant.mean() >= 0.7)


def evidence(values: Floats, most: int = MOST_WINDOWS, *, noise: float | None = None) -> Evidence:
    """Measure a picture as it is seen.

    Args:
        values: Opaque, within [0, 1]; at least 1 x 1. (H, W, C)
        most: Windows that are looked at.
        noise: Its deviation; None to find it out.
    """
    tiles = tiles_of(values)
    deviation = noise_of(values) if noise is None else noise
    if deviation:
        tiles = [calmed(tile, deviation) for tile in tiles]
    near = [_range(tile, 3) for tile in tiles]
    windows = _windows_of(tiles, most)
    two_sides, between, contrast = _sides(windows)
    differences = np.concatenate([each.ravel() for each in near])
    strong, some = (int((differences > height).sum()) for height in (0.2, 0.06))
    colours = np.concatenate([tile.reshape(-1, tile.shape[2]) for tile in tiles])
    return Evidence(
        two_sides,
        between,
        strong / (some + 1),
        _few(colours),
        float(((differences > 0.02) & (differences < 0.08)).mean()),
        contrast,
        len(windows),
        deviation,
    )


def _range(values: Floats, side: int) -> Floats:
    """Largest difference within each square window, of the channel where it is largest."""
    low = high = values
    for axis in (0, 1):
        count = min(side, low.shape[axis])
        last = low.shape[axis] - count + 1
        low, high = (
            _extreme(array, axis, count, last, pick)
            for array, pick in ((low, np.minimum), (high, np.maximum))
        )
    return (high - low).max(axis=2)


def _extreme(array: Floats, axis: int, count: int, last: int, pick: np.ufunc) -> Floats:
    cut = [slice(None)] * array.ndim
    cut[axis] = slice(0, last)
    out = array[tuple(cut)].copy()
    for shift in range(1, count):
        cut[axis] = slice(shift, shift + last)
        pick(out, array[tuple(cut)], out=out)
    return out


def _windows_of(tiles: list[Floats], most: int = MOST_WINDOWS) -> Floats:
    """Windows that hold an edge, evenly chosen where there are many. (N, pixels, C)"""
    ranges = [_range(tile, WINDOW) for tile in tiles]
    places = [np.flatnonzero(each > EDGE) for each in ranges]
    total = sum(len(each) for each in places)
    step = max(1.0, total / most)
    found, passed = [], 0.0
    for tile, wide, place in zip(tiles, ranges, places, strict=True):
        # Steps run on from tile to tile; a golden-ratio shuffle keeps them off the rows' period.
        order = np.argsort((np.arange(len(place)) * 0.6180339887) % 1.0, kind="stable")
        chosen = np.arange(passed, len(place), step).astype(int)
        passed = passed + len(chosen) * step - len(place)
        chosen = np.minimum(chosen, len(place) - 1)  # steps of floats may end one further
        picked = place[order[chosen]]
        views = sliding_window_view(tile, [min(WINDOW, side) for side in tile.shape[:2]], (0, 1))
        rows, columns = np.divmod(picked, wide.shape[1])
        window = np.moveaxis(views[rows, columns], 1, -1)
        found.append(window.reshape(len(picked), window.shape[1] * window.shape[2], tile.shape[2]))
    return np.concatenate(found)  # tiles are of one size


def _sides(windows: Floats) -> tuple[float, float, float]:
    """How two-sided windows are, how much lies between, and how far apart the sides are."""
    if len(windows) == 0:
        return 0.0, 0.5, 0.0
    place, length = _placed(windows)
    away = np.minimum(np.abs(place), np.abs(1 - place))
    return (
        float((away < 0.15).mean()),
        float(np.minimum(away, 0.5).mean()),
        float(length.mean()),
    )


def _off(windows: Floats, deviation: float) -> tuple[float, float]:
    """How far off the means of both sides pixels are, and how much farther than a deviation of each
    value explains, in shares of the edge. (N, pixels, C)"""
    place, _ = _placed(windows)
    dark, light = (
        (windows * near[..., None]).sum(axis=1) / near.sum(axis=1)[:, None]  # its own end is near
        for near in (np.abs(place) < NEAR, np.abs(1 - place) < NEAR)
    )
    squared = [((windows - side[:, None]) ** 2).sum(axis=2) for side in (dark, light)]
    edge = np.sqrt(((light - dark) ** 2).sum(axis=1))[:, None]
    away = np.sqrt(np.minimum(*squared)) / edge
    beyond = away - ROUNDED * deviation * np.sqrt(windows.shape[2]) / edge
    return float(np.minimum(away, 0.5).mean()), float(np.clip(beyond, 0.0, 0.5).mean())


def _placed(windows: Floats) -> tuple[Floats, Floats]:
    """Where pixels are along the line from each window's darkest to its lightest, from 0 to 1, and
    how long that is. (N, pixels, C) -> (N, pixels), (N,)"""
    channel = np.argmax(windows.max(axis=1) - windows.min(axis=1), axis=1)
    values = np.take_along_axis(windows, channel[:, None, None], axis=2)[..., 0]
    each = np.arange(len(windows))
    dark, light = windows[each, values.argmin(axis=1)], windows[each, values.argmax(axis=1)]
    edge = light - dark
    length = (edge**2).sum(axis=1)
    place = np.einsum("npc,nc->np", windows - dark[:, None], edge) / length[:, None]
    return place, np.sqrt(length)


def _few(colours: Floats) -> float:
    """Share of the four most frequent colours, in coarse steps. colours: (N, C)"""
    steps = np.rint(colours * LEVELS).astype(np.int64).clip(0, LEVELS)
    key = steps @ (LEVELS + 1) ** np.arange(colours.shape[1])
    counts = np.sort(np.bincount(key))[::-1]
    return float(counts[:4].sum() / len(colours))
