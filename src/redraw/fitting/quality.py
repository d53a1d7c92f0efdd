"""How good a field is while it learns: drawn, compared with its picture, and shown."""

import numpy as np
from numpy.typing import NDArray

from redraw.engines import Drawer
from redraw.errors import PictureError
from redraw.fitting.config import TrainConfig
from redraw.metrics import iou_of_ink, psnr
from redraw.render import Canvas, draw
from redraw.signals.colour import Colour
from redraw.signals.picture import Picture
from redraw.signals.samples import PixelSamples, busy_pixels, strata

# The longest side of a saved frame: enough to watch, and quick to draw however large the picture.
FRAME_SIDE = 512


def training_samples(picture: Picture, train: TrainConfig, seed: int) -> PixelSamples:
    """What an engine trains on: the known pixels of `picture`, as they are fitted.

    Raises:
        PictureError: no pixel is known.
    """
    if picture.known is not None and not picture.known.any():
        raise PictureError(f"{picture.name} has no pixel with a value; there is nothing to learn")
    fitted = picture.fitted()
    index = busy = None
    if train.footprint == "box" and train.flat >= 0.0:
        busy = busy_pixels(fitted, train.flat, picture.known).reshape(-1)
    values = fitted.reshape(-1, picture.channels)
    if picture.known is not None:
        index = np.flatnonzero(picture.known)
        values = values[index]
        busy = busy[index] if busy is not None else None
    return PixelSamples(
        np.ascontiguousarray(values),
        picture.width,
        picture.height,
        index=index,
        footprint=train.footprint,
        samples=train.samples,
        busy=busy,
        seed=seed,
    )


class Judge:
    """Draws a field at its picture's size and compares.

    Args:
        picture: The truth.
        train: Decides how finely a pixel is sampled.
    """

    def __init__(self, picture: Picture, train: TrainConfig) -> None:
        self.truth = picture.fitted()
        self.known = picture.known
        self.two_tone = picture.two_tone
        self.size = picture.size
        self.colour = Colour(picture.colour.model, alpha=picture.colour.alpha, depth=8)
        self.detail = train.detail or (
            1 if train.footprint == "point" else strata(train.samples)[0]
        )

    def measure(self, drawer: Drawer) -> tuple[float, float | None]:
        """PSNR in dB over all known pixels, and the IoU of ink if the picture is two-tone."""
        return self._compare(self._drawn(drawer, Canvas.of(self.size, self.detail)))

    def frame(self, drawer: Drawer) -> tuple[Picture, float | None, float | None]:
        """The drawing as a picture of at most `FRAME_SIDE`, with PSNR and IoU if it is whole."""
        scale = min(1.0, FRAME_SIDE / max(self.size))
        width, height = (max(1, round(side * scale)) for side in self.size)
        canvas = Canvas.of(self.size, self.detail, width=width, height=height)
        values = self._drawn(drawer, canvas)
        error, iou = self._compare(values) if scale == 1.0 else (None, None)
        return Picture.from_fitted(values, self.colour, name="frame"), error, iou

    def _drawn(self, drawer: Drawer, canvas: Canvas) -> NDArray[np.float32]:
        """The drawing; where a diverging field gives no number, it is black."""
        return np.nan_to_num(draw(drawer, canvas), copy=False, nan=0.0)

    def _compare(self, drawn: np.ndarray) -> tuple[float, float | None]:
        error = psnr(self.truth, drawn, known=self.known)
        if not self.two_tone:
            return error, None
        return error, iou_of_ink(self.truth, drawn, known=self.known)
