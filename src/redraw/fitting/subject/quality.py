"""How good a field is while it learns: drawn, compared with its picture, and shown."""

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from redraw.engines import Drawer, ExactDrawer
from redraw.fitting.plan.config import TrainConfig
from redraw.metrics import Comparison
from redraw.render import Canvas, draw, strips
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.flats import Flat, kept, missed_by, narrowed
from redraw.signals.picture.footprints import weighed
from redraw.signals.picture.picture import Picture
from redraw.signals.samples import busy_pixels, strata

# The longest side of a saved frame: enough to watch, and quick to draw however large the picture.
FRAME_SIDE = 512
# Positions per pixel and axis of a frame that is smaller than its picture: fine enough to watch.
# All of them would take as long as drawing the whole picture.
FRAME_SAMPLES = 3
# Surroundings whose values differ by at most this are flat in a frame.
FRAME_FLAT = 0.02


class Judge:
    """Draws a field at its picture's size and compares.

    Args:
        picture: The truth.
        train: Decides how finely a pixel is sampled.
        fitted: What `Picture.learned` says, where that is known already.
        weights: Of neighbours, through which the picture's pixels see the drawing; None for none.
        flats: Colours that the picture has exactly over areas.

    Attributes:
        flats: Those that the drawing missed when it was last compared, and has to keep.
    """

    def __init__(
        self,
        picture: Picture,
        train: TrainConfig,
        fitted: NDArray[np.float32] | None = None,
        weights: NDArray[np.float32] | None = None,
        flats: tuple[Flat, ...] = (),
    ) -> None:
        self.truth = picture.learned() if fitted is None else fitted
        self.known, self._weights = picture.known, weights
        self.two_tone, self._flats = picture.two_tone, flats
        self._missed, self._levels = [0.0] * len(flats), 2**picture.colour.depth - 1
        self.flats: tuple[Flat, ...] = ()
        self.size = picture.size
        self.colour = Colour(picture.colour.model, alpha=picture.colour.alpha, depth=8)
        self.detail = train.detail or (
            1 if train.footprint == "point" else strata(train.samples)[0]
        )

    def measure(self, drawer: Drawer) -> tuple[float, float | None]:
        """PSNR in dB over all known pixels, and the IoU of what is drawn if it is two-tone."""
        canvas = Canvas.of(self.size, self.detail)
        raw = self._compare(strips(drawer, canvas), ())
        return raw if not self._narrowed() else self._compare(strips(drawer, canvas), self.flats)

    def frame(self, drawer: Drawer) -> tuple[Picture, float | None, float | None]:
        """The drawing as a picture of at most `FRAME_SIDE`, with PSNR and IoU if it is whole."""
        scale = min(1.0, FRAME_SIDE / max(self.size))
        if scale == 1.0:
            values = refined(drawer, self.size, self.detail)
            error, iou = self._compare([values], ())
            if self._narrowed():
                error, iou = self._compare([values], self.flats)
        else:
            width, height = (max(1, round(side * scale)) for side in self.size)
            canvas = Canvas.of(self.size, self.detail, width=width, height=height)
            across, down = canvas.samples
            fewer = min(across, FRAME_SAMPLES), min(down, FRAME_SAMPLES)
            values = draw(drawer, dataclasses.replace(canvas, samples=fewer))
            error = iou = None
        return Picture.from_fitted(_numbers(values), self.colour, name="frame"), error, iou

    def _narrowed(self) -> bool:
        """Take of the flat colours those that were missed, as far as they were; if any was."""
        self.flats = narrowed(self._flats, self._missed, self._levels)
        return bool(self.flats)

    def _compare(
        self, drawn: Iterable[NDArray[np.float32]], flats: Sequence[Flat]
    ) -> tuple[float, float | None]:
        """PSNR and IoU of a drawing that comes in strips, from top to bottom.

        Args:
            drawn: The strips.
            flats: Colours that are kept as the drawing will keep them; with none of them, how far
                it is from those that the picture has is found out.
        """
        comparison = Comparison(two_tone=self.two_tone)
        if self._weights is not None:
            drawn = weighed((_numbers(strip) for strip in drawn), self._weights)
        top = 0
        if not flats:
            self._missed = [0.0] * len(self._flats)
        for strip in drawn:
            rows = slice(top, top + len(strip))
            known = None if self.known is None else self.known[rows]
            found = _numbers(strip)
            if flats:
                found = kept(found, flats)
            elif self._flats and self._weights is None:
                missed = missed_by(self._flats, self.truth[rows], found)
                self._missed = [max(pair) for pair in zip(self._missed, missed, strict=True)]
            comparison.add(self.truth[rows], found, known=known)
            top = rows.stop
        return comparison.psnr, comparison.iou_of_ink if self.two_tone else None


def refined(drawer: Drawer, size: tuple[int, int], detail: int) -> NDArray[np.float32]:
    """A field at its picture's size, quickly: one position in flat pixels, many in the others.

    What is flat is told by the drawing with one position in every pixel. Four times as quick as
    `draw` on a drawing of lines, and 0.01 dB from it.

    Args:
        drawer: Evaluates the field.
        size: Width and height.
        detail: Positions per pixel and axis where the drawing is busy.

    Returns:
        Clipped to [0, 1]. (H, W, C)
    """
    values = draw(drawer, Canvas.of(size))
    if isinstance(drawer, ExactDrawer):
        return values
    busy = np.flatnonzero(busy_pixels(values, FRAME_FLAT))
    if detail == 1 or not len(busy):
        return values
    width, height = size
    inside = (np.arange(detail) + 0.5) / detail
    xy = np.empty((len(busy), detail, detail, 2), np.float32)
    xy[..., 0] = ((busy % width)[:, None, None] + inside[:, None]) * (2.0 / width) - 1.0
    xy[..., 1] = ((busy // width)[:, None, None] + inside) * (2.0 / height) - 1.0
    fine = drawer.values(xy.reshape(-1, 2)).clip(0.0, 1.0)
    channels = values.shape[2]
    values.reshape(-1, channels)[busy] = fine.reshape(len(busy), -1, channels).mean(axis=1)
    return values


def _numbers(drawn: NDArray[np.float32]) -> NDArray[np.float32]:
    """The drawing; where a diverging field gives no number, it is black."""
    return np.nan_to_num(drawn, copy=False, nan=0.0)
