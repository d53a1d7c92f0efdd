"""The guard: no fit ends below what plain interpolation gives without saying so.

Two questions, asked when a fit of a picture has ended:

- *Its own pixels.* The best linear answer of equal size, the largest wavelet coefficients that as
  many numbers hold, has a PSNR. A fit below it is told, but only below `FINE`: beyond that a field
  that is made to be drawn larger need not hold every pixel.
- *Between the pixels.* Nobody knows the truth there, but at half the size one does: tiles of the
  picture are averaged by twos, fitted in the same way, drawn at twice their size, and compared
  with the pixels that were averaged, beside the cubic spline that has the same averages. It is
  asked of presets that nobody named, unless their solver judges itself so already.

Shapes: H rows, W columns, C channels.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redraw.engines import Drawer
from redraw.engines.linear import linear_psnr
from redraw.engines.solvers import SOLVERS
from redraw.engines.threads import usable_threads
from redraw.fields.sizes import LEAST_SHARE
from redraw.fitting.plan.auto_size import made_for
from redraw.fitting.plan.budget import sized
from redraw.fitting.plan.chosen_presets import LINEAR
from redraw.fitting.plan.config import RunConfig, Stops
from redraw.fitting.plan.halves import enlarged, halved
from redraw.fitting.plan.presets import configured, preset
from redraw.metrics import psnr_of
from redraw.render import Canvas, draw
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.picture import Picture

# Own pixels of this quality are good enough, whatever else could have been had: errors of 3 of 255
# on average. What is closer than this to the rival is no worse, in dB.
FINE, SAME = 38.0, 0.5
# Tiles that are fitted at half their size: their sides in pixels, and how many.
TILE, TILES = 128, 2
# Where steps go by batches, one of such a side: so its steps are an eighth of the fit's.
TILE_OF_BATCHES = 64
# A smaller picture says nothing at half its size.
SMALLEST = 32

# Fits a picture as a run did: what draws it, and its positions per pixel and axis.
FitsAgain = Callable[[Picture, RunConfig], tuple[Drawer, int]]


@dataclasses.dataclass(frozen=True)
class Verdict:
    """A fit beside what plain interpolation gives.

    Attributes:
        psnr: Of the fit's own pixels, in dB.
        linear: The same of the best linear answer that takes as many numbers.
        numbers: How many those are, of 32 bits.
        between: The fit's PSNR on averages held out, in dB; None if that was not asked.
        interpolation: The cubic spline's, on the same.
        better: The preset that gives the linear answer.
    """

    psnr: float
    linear: float
    numbers: int
    between: float | None
    interpolation: float | None
    better: str

    @property
    def worse_own(self) -> bool:
        """Whether own pixels are visibly below the linear answer."""
        return self.psnr < min(self.linear, FINE) - SAME

    @property
    def worse_between(self) -> bool:
        """Whether it would be drawn larger with more error than by interpolation."""
        if self.between is None or self.interpolation is None:
            return False
        return self.between < min(self.interpolation, FINE) - SAME

    def to_json(self) -> dict[str, Any]:
        """One flat object."""
        worse = {"worse_own": self.worse_own, "worse_between": self.worse_between}
        return {**dataclasses.asdict(self), **worse}


def judged(
    picture: Picture,
    config: RunConfig,
    psnr: float,
    numbers: int,
    again: FitsAgain | None = None,
) -> Verdict:
    """A fit beside what plain interpolation gives.

    Args:
        picture: What was learned.
        config: How.
        psnr: Of its own pixels, in dB.
        numbers: That the field takes, of 32 bits.
        again: Fits tiles in the same way; None to ask about its own pixels alone.
    """
    values, threads = picture.learned(), config.threads or usable_threads()
    linear = linear_psnr(values, picture.known, numbers, threads)
    found = None
    if again and config.because and not SOLVERS[config.train.optimizer].judges_itself:
        found = between(picture, values, config, again)
    own, plain = found or (None, None)
    return Verdict(psnr, linear, numbers, own, plain, LINEAR)


def numbers_of(parameters: int, file: Path | None) -> int:
    """How many numbers of 32 bits a field takes: of its file, if that is smaller."""
    try:
        return min(parameters, file.stat().st_size // 4) if file else parameters
    except OSError:
        return parameters


def between(
    picture: Picture, values: NDArray[np.float32], config: RunConfig, again: FitsAgain
) -> tuple[float, float] | None:
    """PSNR on averages held out, in dB: the fit's, and the cubic spline's. None where none are.

    Args:
        picture: What was learned.
        values: The same, as it is learned. (H, W, C)
        config: How.
        again: Fits a tile.
    """
    errors = np.zeros(2)
    count = 0
    whole = SOLVERS[config.train.optimizer].whole
    side, most = (TILE, TILES) if whole else (TILE_OF_BATCHES, 1)
    for top, left in tiles(values, picture.known, side, most):
        finer = values[top : top + side, left : left + side]
        finer = finer[: len(finer) // 2 * 2, : finer.shape[1] // 2 * 2]
        coarse = halved(finer)
        tile = Picture.from_fitted(coarse, plain_colour(picture.colour), name="tile")
        drawer, detail = again(tile, for_tile(tile, config))
        height, width = finer.shape[:2]
        drawn = draw(drawer, Canvas.of(tile.size, detail, width=width, height=height))
        errors += np.sum((drawn - finer) ** 2), np.sum((enlarged(coarse) - finer) ** 2)
        count += finer.size
    if not count:
        return None
    own, plain = (psnr_of(float(error) / count) for error in errors)
    return own, plain


def tiles(
    values: NDArray[np.float32], known: NDArray[np.bool_] | None, side: int, most: int
) -> list[tuple[int, int]]:
    """Top left corners of tiles: that with the most contrast, and one in the middle.

    Args:
        values: (H, W, C)
        known: Where there are values; tiles with holes are left out. (H, W)
        side: Of a tile.
        most: How many there may be.
    """
    height, width = values.shape[:2]
    if min(height, width) < SMALLEST:
        return []
    found = []
    for top in range(0, max(1, height - side + 1), side):
        for left in range(0, max(1, width - side + 1), side):
            part = slice(top, top + side), slice(left, left + side)
            if known is None or known[part].all():
                found.append((float(np.var(values[part], axis=(0, 1)).sum()), top, left))
    found = sorted((item for item in found if item[0] > 0.0), reverse=True)
    chosen = sorted({0, len(found) // 2})[:most] if found else []
    return [found[n][1:] for n in chosen]


def for_tile(tile: Picture, config: RunConfig) -> RunConfig:
    """The same fit of a tile: its field as large as that takes, its steps the same."""
    base = preset(config.model).suited(tile, None, frozenset())
    field, _ = configured(base, tile)
    most = max(int(base.share * tile.numbers), LEAST_SHARE) if base.share else None
    seconds = config.stops.seconds
    field = sized(field, tile.extents, most, frozenset(), base.cells, tile.bits, seconds=seconds)
    field = made_for(field, tile, None, config.threads)
    return dataclasses.replace(
        config,
        field=field,
        stops=Stops(),
        frames=0,
        output=None,
        because="",
        keep="last",
    )


def plain_colour(colour: Colour) -> Colour:
    """Of a tile: as many channels, values as they are learned."""
    return Colour(colour.model, alpha=colour.alpha, premultiplied=colour.alpha)
