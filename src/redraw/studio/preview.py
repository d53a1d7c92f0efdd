"""Pictures of a fit in progress, many a second, for little of the fit's time.

Drawing every pixel ten times a second would take a quarter of the time of a small network's fit.
So a frame evaluates one pixel of each square of k x k, with k as small as a share of the time
allows, and there are two kinds of frames:

- **whole**, while the picture changes fast: the centres of the squares, a smaller picture that the
  page enlarges smoothly;
- **part**, once it has calmed down: one position of each square in turn, put into its place among
  those drawn before. After k * k frames all pixels have been renewed, at full detail.

`canvas` is all of it as it stands, which is what somebody sees who comes later.
"""

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from redraw.engines import Drawer
from redraw.fitting.subject.quality import FRAME_SIDE, refined
from redraw.fitting.subject.subject import Subject
from redraw.signals.picture.alpha import straight
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.picture import Picture
from redraw.studio.messages import pack

# The share of the time that frames may take. Sending and showing them costs twice as much again
# (`python -m benchmarks.studio`).
SHARE = 0.03
# With fewer than one pixel of 5 x 5, lines of a drawing fall apart. So a slow field gets fewer
# frames instead, in at most so many times the share.
COARSEST, MOST_SHARES = 5, 3.0
# Mean difference from what was drawn before, above which parts no longer fit together, and below
# which they do: 10 and 5 of 255 levels. What minibatches alone change is less.
FAST, CALM = 10 / 255, 5 / 255
# Positions per pixel and axis where the last frame has edges.
FINE = 3
# Before anything was measured: seconds per point of a small network on a slow machine, and per
# frame whatever its points.
FIRST_GUESS, FIRST_FIXED = 4e-7, 1e-3

# What a frame is, for its header; and its pixels. (H, W, C)
Frame = tuple[dict[str, Any], NDArray[np.uint8]]


class Preview:
    """Draws the frames of one fit.

    Args:
        fit: Its name, for the messages.
        size: Of the picture, (width, height). Frames of a small one are a whole factor larger, for
            a field has more to show than pixels; no side is longer than `FRAME_SIDE`.
        colour: What the field's values mean.

    Attributes:
        number: Of the newest frame.
        rest: Seconds until the next one should be drawn.
    """

    def __init__(self, fit: str, size: tuple[int, int], colour: Colour) -> None:
        self.fit = fit
        scale = FRAME_SIDE / max(size)
        scale = math.floor(scale) if scale > 1.0 else scale
        self.width, self.height = (max(1, round(side * scale)) for side in size)
        self.colour = Colour(colour.model, alpha=colour.alpha, depth=8)
        shape = (self.height, self.width, self.colour.channels)
        self._canvas: NDArray[np.uint8] = np.full(shape, 255, np.uint8)
        self._small: NDArray[np.uint8] | None = None  # newer than the canvas
        self.number = 0
        self.rest = 0.0
        self._cost, self._fixed = FIRST_GUESS, FIRST_FIXED
        self._k = 1
        self._whole = True
        self._turn = 0
        self._before: NDArray[np.uint8] | None = None
        self._places: dict[tuple[int, int], NDArray[np.float32]] = {}

    @property
    def canvas(self) -> NDArray[np.uint8]:
        """All of the picture as it stands. (H, W, C)"""
        if self._small is not None:
            self._canvas = _enlarged(self._small, self.width, self.height)
            self._small = None
        return self._canvas

    def draw(
        self, make_drawer: Callable[[], Drawer], step: int, period: float, *, key: bool = False
    ) -> bytes:
        """The next frame as a message.

        Args:
            make_drawer: Makes what evaluates the field as it is now.
            step: Which step that is.
            period: Seconds until the next frame.
            key: Whether all of the canvas is wanted, by somebody who has missed frames.
        """
        k = self._coarseness(period)
        began = time.perf_counter()
        self._evaluating, self._points = 0.0, 0
        drawer = make_drawer()
        frame = self._draw_whole(drawer, k) if self._whole else self._draw_part(drawer, k)
        took = time.perf_counter() - began
        fixed = took - self._evaluating
        self.rest = took * (1.0 / (MOST_SHARES * SHARE) - 1.0)
        self._cost += 0.3 * (self._evaluating / self._points - self._cost)
        self._fixed += 0.3 * (fixed - self._fixed)
        if key:
            frame = {"kind": "key", "k": 1}, self.canvas
        return self._packed(step, *frame)

    def finish(self, drawer: Drawer, step: int) -> bytes:
        """The last frame: all of it, with several positions in each pixel of an edge."""
        self._canvas = self._levels(refined(drawer, (self.width, self.height), FINE))
        self._small, self._whole, self._before = None, False, None
        return self._packed(step, {"kind": "key", "k": 1}, self.canvas)

    def _coarseness(self, period: float) -> int:
        """k: what the share of the time allows, kept as long as it is about right."""
        area = self.width * self.height
        allowed = max(1.0, (SHARE * period - self._fixed) / self._cost)
        if not 0.6 * area <= allowed * self._k**2 <= 2.0 * area:
            self._k = min(COARSEST, max(1, math.ceil(math.sqrt(area / allowed))))
        return self._k

    def _draw_whole(self, drawer: Drawer, k: int) -> Frame:
        columns, rows = math.ceil(self.width / k), math.ceil(self.height / k)
        small = self._levels(
            self._evaluate(drawer, _grid(columns, rows)).reshape(rows, columns, -1)
        )
        before, self._before = self._before, small
        if before is not None and before.shape == small.shape:
            self._whole = _difference(before, small) > CALM
        self._small = small
        return {"kind": "whole", "k": k}, small

    def _draw_part(self, drawer: Drawer, k: int) -> Frame:
        # Steps of a number without a common factor scatter the turns over the square.
        place = self._turn * _stride(k) % (k * k)
        self._turn += 1
        x, y = place % k, place // k
        x, y = min(x, self.width - 1), min(y, self.height - 1)
        target = self.canvas[y::k, x::k]
        if (k, place) not in self._places:
            if any(other != k for other, _ in self._places):
                self._places.clear()
            xy = _grid(self.width, self.height).reshape(self.height, self.width, 2)
            self._places[k, place] = np.ascontiguousarray(xy[y::k, x::k]).reshape(-1, 2)
        values = self._evaluate(drawer, self._places[k, place])
        drawn = self._levels(values.reshape(*target.shape[:2], -1))
        if _difference(target, drawn) > FAST:
            self._whole, self._before = True, None
        target[:] = drawn
        return {"kind": "part", "k": k, "x": x, "y": y}, drawn

    def _evaluate(self, drawer: Drawer, xy: NDArray[np.float32]) -> NDArray[np.float32]:
        began = time.perf_counter()
        values = drawer.values(xy)
        self._evaluating += time.perf_counter() - began
        self._points += len(xy)
        return values

    def _levels(self, values: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Fitted values as 8-bit numbers with straight alpha; what is no number is black."""
        values = np.nan_to_num(values, nan=0.0, posinf=1.0, neginf=0.0)
        if self.colour.alpha:
            values = straight(values, self.colour)
        return (values.clip(0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)

    def _packed(self, step: int, header: dict[str, Any], pixels: NDArray[np.uint8]) -> bytes:
        self.number += 1
        about = {
            "event": "picture",
            "fit": self.fit,
            "number": self.number,
            "step": step,
            "width": self.width,
            "height": self.height,
            "shape": list(pixels.shape),
            **header,
        }
        return pack(about, np.ascontiguousarray(pixels).tobytes())


def preview_of(fit: str, subject: Subject) -> Preview:
    """The preview of a picture that is learned."""
    picture = subject.signal
    assert isinstance(picture, Picture)
    return Preview(fit, picture.size, picture.colour)


def _grid(columns: int, rows: int) -> NDArray[np.float32]:
    """Centres of the cells of a grid over the picture, row after row. (rows * columns, 2)"""
    xy = np.empty((rows, columns, 2), np.float32)
    xy[:, :, 0] = (np.arange(columns) + 0.5) * (2.0 / columns) - 1.0
    xy[:, :, 1] = ((np.arange(rows) + 0.5) * (2.0 / rows) - 1.0)[:, None]
    return xy.reshape(-1, 2)


def _stride(k: int) -> int:
    """About .62 of k * k, without a common factor."""
    square = k * k
    return next(n for n in range(max(1, round(0.62 * square)), square + 2) if math.gcd(n, k) == 1)


def _difference(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """How different they look side by side, pixel by pixel; 1.0 = white against black.

    The mean absolute difference; but where all became brighter or darker, four times that, for
    parts of a flat area that differ are seen as a pattern, and grain in grain is not.
    """
    change = a.astype(np.int16) - b
    return float(max(np.abs(change).mean(), 4.0 * abs(change.mean()))) / 255.0


def _enlarged(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Bilinear, all channels."""
    planes = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(pixels[..., channel])).resize(
                (width, height), Image.Resampling.BILINEAR
            )
        )
        for channel in range(pixels.shape[2])
    ]
    return np.stack(planes, axis=-1)
