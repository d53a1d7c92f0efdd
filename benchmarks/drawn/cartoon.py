"""A landscape in colour: flat and graded areas with outlines, and soft light.

Colours are the picture's own values (sRGB-encoded, 0 to 1), averaged as such.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from examples.draw_cub import PAGE, Points, curve, ellipse, mirrored
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from benchmarks.drawn.sheet import Sheet, arc

CELLS = 3200  # a side, at least: 16 x 16 in a pixel of the page at 200 x 200
PEN = 1.5

Floats = NDArray[np.floating]
Colour = tuple[float, float, float]
Paint = Callable[[Floats, Floats], Floats]  # x, y in units -> (..., 3), or (...) for a share

OUTLINE = (0.23, 0.16, 0.20)
SUN = (146.0, 50.0)


def draw(size: int) -> NDArray[np.float32]:
    """At `size` pixels a side. (size, size, 3)"""
    across = max(4, -(-CELLS // size))
    cells = _painting(size * across)
    blocks = cells.reshape(size, across, size, across, 3)
    return blocks.mean(axis=(1, 3), dtype=np.float64).astype(np.float32)


@lru_cache(maxsize=1)
def _painting(cells: int) -> Floats:
    painting = Painting(cells)
    sky(painting)
    balloon(painting)
    hills(painting)
    tree(painting)
    chick(painting)
    flowers(painting)
    return painting.values


class Painting:
    """A page of 200 x 200 units in colour. Later paint covers earlier paint.

    Args:
        cells: Cells a side.
    """

    def __init__(self, cells: int) -> None:
        self.values = np.ones((cells, cells, 3), np.float32)
        self._scale = cells / PAGE
        self._pen = Sheet(cells)

    def fill(self, outline: Points, paint: Paint | Colour, share: Paint | float = 1.0) -> None:
        """Paint the inside of a closed outline.

        Args:
            outline: (N, 2)
            paint: A colour, or the colour of each place.
            share: How much of it covers what was there.
        """
        corner, window = self._window(outline, 0.0)
        inside = Image.new("1", window.shape[1::-1])
        cells = outline * self._scale - corner - 0.5
        ImageDraw.Draw(inside).polygon([tuple(p) for p in cells], fill=1)
        self._cover(window, corner, np.asarray(inside), paint, share)

    def stroke(
        self,
        points: Points,
        width: float | tuple[float, float] = PEN,
        paint: Paint | Colour = OUTLINE,
    ) -> None:
        """Paint a line with round ends."""
        reach = float(np.max(width))
        corner, window = self._window(points, reach)
        (x, y), (down, across) = corner, window.shape[:2]
        ink = self._pen.ink[y : y + down, x : x + across]
        self._pen.stroke(points, width)
        self._cover(window, corner, ink.copy(), paint, 1.0)
        ink[:] = False

    def shape(self, outline: Points, paint: Paint | Colour) -> None:
        """Fill, then draw the outline."""
        self.fill(outline, paint)
        self.stroke(outline)

    def _window(self, points: Points, reach: float) -> tuple[NDArray[np.int64], Floats]:
        low = np.floor((points.min(axis=0) - reach) * self._scale - 1)
        high = np.ceil((points.max(axis=0) + reach) * self._scale + 1)
        x0, y0 = np.clip(low, 0, len(self.values)).astype(int)
        x1, y1 = np.clip(high, 0, len(self.values)).astype(int)
        return np.array([x0, y0]), self.values[y0:y1, x0:x1]

    def _cover(
        self,
        window: Floats,
        corner: NDArray[np.int64],
        mask: NDArray[np.bool_],
        paint: Paint | Colour,
        share: Paint | float,
    ) -> None:
        rows, columns = np.nonzero(mask)
        x = ((columns + corner[0] + 0.5) / self._scale).astype(np.float32)
        y = ((rows + corner[1] + 0.5) / self._scale).astype(np.float32)
        colour = paint(x, y) if callable(paint) else np.array(paint, np.float32)
        if callable(share):
            part = share(x, y)[:, None]
        else:
            part = np.float32(share)
        window[mask] += part * (colour - window[mask])


def graded(top: Colour, bottom: Colour, y0: float, y1: float) -> Paint:
    """From one colour at `y0` to another at `y1`."""
    a, b = np.array(top, np.float32), np.array(bottom, np.float32)

    def paint(x: Floats, y: Floats) -> Floats:
        t = np.clip((y - y0) / (y1 - y0), 0, 1)[:, None]
        return a + t * (b - a)

    return paint


def round_shading(light: Colour, dark: Colour, x0: float, y0: float, radius: float) -> Paint:
    """From one colour at a point to another at a distance, smoothly."""
    a, b = np.array(light, np.float32), np.array(dark, np.float32)

    def paint(x: Floats, y: Floats) -> Floats:
        t = np.clip(np.hypot(x - x0, y - y0) / radius, 0, 1)[:, None]
        return a + t * t * (3 - 2 * t) * (b - a)

    return paint


def glow(x0: float, y0: float, radius: float, most: float) -> Paint:
    """A share that fades from a point."""
    return lambda x, y: most * np.exp(-((x - x0) ** 2 + (y - y0) ** 2) / radius**2)


def fading(x0: float, y0: float, across: float, down: float, most: float) -> Paint:
    """A share that fades to the rim of an ellipse."""
    return lambda x, y: most * np.clip(1 - ((x - x0) / across) ** 2 - ((y - y0) / down) ** 2, 0, 1)


def everything() -> Points:
    """The outline of the whole page."""
    return np.array([(-1, -1), (201, -1), (201, 201), (-1, 201)], np.float64)


def sky(painting: Painting) -> None:
    """From deep blue to a warm horizon; the sun and its glow; clouds."""
    painting.fill(everything(), graded((0.36, 0.62, 0.90), (1.0, 0.88, 0.70), 0, 125))
    painting.fill(everything(), (1.0, 0.95, 0.70), glow(*SUN, 46, 0.85))
    painting.fill(
        ellipse(*SUN, 17, 17), round_shading((1, 0.98, 0.80), (1, 0.84, 0.36), 142, 45, 24)
    )
    painting.stroke(ellipse(*SUN, 17, 17), paint=(0.93, 0.62, 0.20))
    for x, y, scale in ((118.0, 24.0, 0.8), (170.0, 84.0, 0.62), (30.0, 92.0, 0.55)):
        cloud(painting, x, y, scale)


def cloud(painting: Painting, x: float, y: float, scale: float) -> None:
    """White above, a little grey below, without an outline."""
    parts = ((-17, 2, 10, 7), (-5, -4, 12, 10), (9, -1, 12, 8.5), (19, 3, 8, 6))
    for dx, dy, across, down in parts:
        painting.fill(
            ellipse(x + scale * dx, y + scale * dy, scale * across, scale * down),
            graded((1, 1, 1), (0.84, 0.88, 0.95), y - 8 * scale, y + 10 * scale),
        )


def balloon(painting: Painting) -> None:
    """A hot-air balloon with stripes; one side lies in shade."""
    x0, y0, radius = 52.0, 42.0, 27.0
    bag = curve(
        (x0, y0 - radius),
        (x0 + 19, y0 - 19),
        (x0 + radius, y0),
        (x0 + 20, y0 + 21),
        (x0 + 7, y0 + 36),
    )
    left = (bag * (-1, 1) + (2 * x0, 0))[::-1]
    outline = np.concatenate([bag, left])
    painting.fill(outline, (0.93, 0.30, 0.27))
    for inner, outer, colour in ((0.0, 0.30, (1.0, 0.80, 0.32)), (0.68, 1.0, (0.97, 0.93, 0.85))):
        for side in (-1, 1):
            a = (bag - (x0, 0)) * (side * inner, 1) + (x0, 0)
            b = (bag - (x0, 0)) * (side * outer, 1) + (x0, 0)
            painting.fill(np.concatenate([a, b[::-1]]), colour)
    painting.fill(
        outline, (0.36, 0.10, 0.26), lambda x, y: 0.55 * np.clip((x0 + 6 - x) / 34, 0, 1) ** 1.5
    )
    painting.fill(outline, (1.0, 1.0, 0.95), glow(x0 + 11, y0 - 11, 10, 0.7))
    for across in (0.30, 0.68):
        for side in (-1, 1):
            painting.stroke((bag - (x0, 0)) * (side * across, 1) + (x0, 0), 1.1)
    painting.stroke(bag)
    painting.stroke(left)
    painting.stroke(np.array([(x0 - 7, y0 + 36), (x0 + 7, y0 + 36)]))
    for side in (-1, 1):
        painting.stroke(np.array([(x0 + side * 6.5, y0 + 36), (x0 + side * 4.5, y0 + 45)]), 1.1)
    basket = np.array([(-5.5, 45), (5.5, 45), (4.5, 53), (-4.5, 53), (-5.5, 45)])
    painting.shape(
        basket + np.array([x0, y0]),
        graded((0.80, 0.55, 0.30), (0.55, 0.33, 0.18), y0 + 45, y0 + 53),
    )


def hills(painting: Painting) -> None:
    """Three ranges, paler with distance, each lit from above."""
    ranges = (
        (((-4, 112), (30, 99), (62, 113), (96, 97), (132, 112), (166, 100), (204, 114)),
         (0.62, 0.76, 0.84), (0.76, 0.85, 0.84), 95, 135),
        (((-4, 132), (36, 119), (84, 131), (128, 117), (168, 128), (204, 121)),
         (0.50, 0.74, 0.50), (0.66, 0.83, 0.54), 115, 158),
        (((-4, 146), (44, 153), (104, 143), (150, 150), (204, 140)),
         (0.44, 0.72, 0.34), (0.20, 0.50, 0.27), 140, 201),
    )  # fmt: skip
    for crest, top, bottom, y0, y1 in ranges:
        line = curve(*crest)
        painting.fill(np.concatenate([line, [(204, 204), (-4, 204)]]), graded(top, bottom, y0, y1))
        painting.stroke(line, paint=(0.62 * top[0], 0.62 * top[1], 0.62 * top[2]))
    left = curve((150, 149), (139, 160), (158, 176), (150, 203))
    right = curve((190, 203), (178, 176), (150, 160), (156, 149))
    path = np.concatenate([left, right])
    painting.fill(path, graded((0.95, 0.86, 0.66), (0.80, 0.64, 0.42), 150, 203))


def tree(painting: Painting) -> None:
    """A round crown, lit from the sun's side, and its soft shadow on the grass."""
    shadow = ellipse(24, 172, 26, 7)
    painting.fill(shadow, (0.08, 0.26, 0.20), fading(24, 172, 26, 7, 0.6))
    trunk = np.concatenate(
        [curve((22, 140), (22.5, 158), (18, 172)), curve((33, 172), (28.5, 158), (29, 140))]
    )
    painting.shape(np.concatenate([trunk, trunk[:1]]), (0.52, 0.34, 0.22))
    crown = crown_outline(25.5, 126, 21)
    painting.shape(crown, round_shading((0.62, 0.84, 0.36), (0.13, 0.42, 0.28), 33, 116, 36))
    for x, y in ((20, 118), (32, 124), (24, 133)):
        painting.stroke(arc(x, y, 5.5, 20, 130), 1.1, (0.12, 0.36, 0.24))


def crown_outline(x: float, y: float, radius: float) -> Points:
    """A cloud-like closed line."""
    angle = np.linspace(0, 2 * np.pi, 241)
    ripple = radius * (1 + 0.07 * np.abs(np.sin(4 * angle)))
    return np.stack([x + ripple * np.cos(angle), y + ripple * np.sin(angle)], axis=1)


def chick(painting: Painting) -> None:
    """A chick in the meadow."""
    x, y = 88.0, 150.0
    place = np.array([x, y])
    painting.fill(ellipse(x, 184, 38, 8), (0.06, 0.22, 0.18), fading(x, 184, 38, 8, 0.65))
    for side in (-1, 1):
        foot = curve((x + side * 9, 180), (x + side * 10, 185))
        painting.stroke(foot, 3.4, (0.93, 0.52, 0.15))
        for toe in (-6, 0, 6):
            end = curve((x + side * 10, 185), (x + side * 10 + toe, 189 - abs(toe) / 4))
            painting.stroke(end, 2.6, (0.93, 0.52, 0.15))
    for a, b, c in (((-2, -31), (-8, -38), (-5, -43)), ((0, -31), (-1, -40), (3, -45))):
        painting.stroke(curve(a, b, c) + place, (2.2, 1.2))
    half = curve((0, -32), (19, -27), (26, -10), (30, 8), (22, 26), (0, 31))
    body = np.concatenate([half, mirrored(half)]) + place
    painting.fill(body, round_shading((1.0, 0.94, 0.50), (0.96, 0.66, 0.14), x + 9, y - 12, 46))
    belly = ellipse(x + 2, y + 14, 17, 14)
    painting.fill(belly, (1.0, 0.97, 0.78), glow(x + 2, y + 13, 11, 0.85))
    painting.stroke(body)
    for side in (-1, 1):
        painting.fill(
            ellipse(x + side * 17, y - 4, 6, 4.2),
            (0.98, 0.50, 0.38),
            glow(x + side * 17, y - 4, 3.6, 0.8),
        )
        eye = ellipse(x + side * 10, y - 13, 3.9, 5.0)
        painting.fill(eye, OUTLINE)
        painting.fill(ellipse(x + side * 10 + 1.3, y - 15, 1.6, 1.9), (1, 1, 1))
        painting.stroke(arc(x + side * 10, y - 16, 6.5, 235, 305), 1.2)
        wing = np.concatenate([
            curve((27, -2), (36, 6), (40, 18)), curve((40, 18), (30, 18), (24, 14)),
        ]) * (side, 1) + place  # fmt: skip
        painting.fill(wing, graded((1.0, 0.84, 0.34), (0.90, 0.56, 0.12), y - 2, y + 20))
        painting.stroke(wing)
    beak = np.array([(-6, -6), (0, -8.6), (6, -6), (0, 1.5), (-6, -6)]) + place
    painting.shape(beak, graded((1.0, 0.66, 0.22), (0.88, 0.38, 0.10), y - 8, y + 2))
    painting.stroke(curve((x - 6, y - 6), (x, y - 4.4), (x + 6, y - 6)), 1.1)


def flowers(painting: Painting) -> None:
    """Here and there in the grass."""
    for x, y, colour in (
        (46.0, 184.0, (0.96, 0.46, 0.60)), (26.0, 190.0, (1.0, 0.95, 0.98)),
        (132.0, 186.0, (0.70, 0.50, 0.92)), (188.0, 168.0, (0.96, 0.46, 0.60)),
        (124.0, 152.0, (1.0, 0.95, 0.98)), (12.0, 156.0, (0.70, 0.50, 0.92)),
    ):  # fmt: skip
        painting.stroke(curve((x, y), (x + 1, y + 4), (x, y + 9)), 1.3, (0.10, 0.36, 0.18))
        for turn in range(0, 360, 72):
            petal = arc(x, y, 3.1, turn - 90, turn - 90)[0]
            painting.fill(ellipse(petal[0], petal[1], 2.3, 2.3), colour)
        painting.fill(ellipse(x, y, 1.8, 1.8), (1.0, 0.80, 0.22))
