"""Draw the lion cub: an original line drawing, made of curves, at any size.

    python examples/draw_cub.py [--size 200] [--folder src/redraw/data]

writes `cub.png` (grey, antialiased) and `cub-two-tone.png`. The drawing lives on a square page of
200 x 200 units with strokes 1.25 units wide. It is inked on a fine grid of `GRID` cells a side,
and a pixel is the average of the cells in its square: so the page drawn at 800 x 800, averaged
over 4 x 4 pixels, is exactly the page drawn at 200 x 200.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

PAGE = 200.0  # units a side
GRID = 6400  # cells a side, at least: 32 x 32 in a pixel of the page at 200 x 200
PEN = 1.25  # stroke width in units
FIGURE, CORNER = (
    0.79,
    (12.0, 21.5),
)  # the cub's own units on the page: scale, and where its (0, 0) is

Points = NDArray[np.float64]  # (N, 2): x right, y down, in units


def curve(*points: tuple[float, float]) -> Points:
    """A smooth open curve through `points`: a natural cubic spline over the chord lengths.

    Source: de Boor, "A Practical Guide to Splines", chapter IV.
    """
    p = np.array(points, np.float64)
    n = len(p)
    h = np.hypot(*np.diff(p, axis=0).T)
    slopes = np.diff(p, axis=0) / h[:, None]
    system, right = np.eye(n), np.zeros((n, 2))
    for i in range(1, n - 1):  # the bend at each point; none at the ends
        system[i, i - 1 : i + 2] = h[i - 1], 2 * (h[i - 1] + h[i]), h[i]
        right[i] = 6 * (slopes[i] - slopes[i - 1])
    bend = np.linalg.solve(system, right)
    pieces = []
    for i in range(n - 1):
        t = np.linspace(0, h[i], 17)[:, None]
        start = slopes[i] - h[i] * (2 * bend[i] + bend[i + 1]) / 6
        pieces.append(
            p[i] + t * (start + t * (bend[i] / 2 + t * (bend[i + 1] - bend[i]) / (6 * h[i])))
        )
    return np.concatenate(pieces)


def ellipse(x: float, y: float, across: float, down: float, turn: float = 0.0) -> Points:
    """A closed ellipse with the half axes `across` and `down`, turned by `turn` degrees."""
    angle = np.linspace(0, 2 * np.pi, 97)
    ring = np.stack([across * np.cos(angle), down * np.sin(angle)], axis=1)
    return turned(ring, turn) + np.array([x, y])


def turned(points: Points, degrees: float) -> Points:
    """Turned clockwise (y is down) about the origin."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return points @ np.array([[cosine, sine], [-sine, cosine]])


def mirrored(points: Points) -> Points:
    """Mirrored left to right about x = 0, and drawn the other way round."""
    return (points * (-1, 1))[::-1]


class Page:
    """White paper and a pen. Later strokes and shapes cover earlier ones.

    Args:
        cells: Cells a side.
    """

    def __init__(self, cells: int) -> None:
        self.ink = np.zeros((cells, cells), np.bool_)  # where there is ink
        self._scale = cells / PAGE
        self._place = (0.0, 0.0, 0.0)

    def move(self, x: float, y: float, turn: float = 0.0) -> None:
        """What follows is drawn around (x, y), turned by `turn` degrees."""
        self._place = (x, y, turn)

    def stroke(self, points: Points, width: float | tuple[float, float] = PEN) -> None:
        """Draw along `points` with round ends; two widths taper from the first to the second."""
        widths = width if isinstance(width, tuple) else (width, width)
        self._brush(self._cells(points), np.array(widths) * self._scale / 2, ink=True)

    def fill(self, points: Points, *, ink: bool = False) -> None:
        """Cover the inside of a closed outline with paper, or with ink."""
        cells = self._cells(points)
        window, corner = self._window(cells, 1)
        inside = Image.new("1", window.shape[::-1])
        outline = [tuple(point) for point in cells - corner - 0.5]
        ImageDraw.Draw(inside).polygon(outline, fill=1)
        window[np.asarray(inside)] = ink

    def shape(self, *pieces: Points) -> None:
        """Cover the inside of an outline made of pieces, with corners between, and draw it."""
        self.fill(np.concatenate(pieces))
        for piece in pieces:
            self.stroke(piece)

    def tube(self, points: Points, width: float) -> None:
        """Two strokes along `points`, `width` apart from outside to outside, and paper between."""
        for across, ink in ((width, True), (width - 2 * PEN, False)):
            self._brush(self._cells(points), np.full(2, across * self._scale / 2), ink=ink)

    def _cells(self, points: Points) -> Points:
        x, y, turn = self._place
        return ((turned(points, turn) + np.array([x, y])) * FIGURE + CORNER) * self._scale

    def _window(self, points: Points, reach: float) -> tuple[NDArray[np.bool_], Points]:
        """The part of the page within `reach` cells of the points' box, and its corner (x, y)."""
        x0, y0 = np.maximum(np.floor(points.min(axis=0) - reach), 0).astype(int)
        x1, y1 = np.minimum(np.ceil(points.max(axis=0) + reach), len(self.ink)).astype(int)
        return self.ink[y0:y1, x0:x1], np.array([x0, y0])

    def _brush(self, points: Points, radii: NDArray[np.float64], *, ink: bool) -> None:
        """Cover all cells whose centre is nearer to the line than its radius there."""
        lengths = np.hypot(*np.diff(points, axis=0).T)
        along = np.concatenate([[0], np.cumsum(lengths)]) / lengths.sum()
        radius = radii[0] + (radii[1] - radii[0]) * along
        for i in range(len(points) - 1):
            a, b = points[i], points[i + 1]
            window, corner = self._window(points[i : i + 2], radius[i : i + 2].max() + 1)
            y, x = np.ogrid[: window.shape[0], : window.shape[1]]
            x, y = x + (corner[0] + 0.5 - a[0]), y + (corner[1] + 0.5 - a[1])
            step = b - a
            t = np.clip((x * step[0] + y * step[1]) / max(step @ step, 1e-12), 0, 1)
            distance = (x - t * step[0]) ** 2 + (y - t * step[1]) ** 2
            window[distance <= (radius[i] + (radius[i + 1] - radius[i]) * t) ** 2] = ink


def draw_tail(page: Page) -> None:
    """A tail that swings up behind the cub, and its tuft."""
    page.move(0, 0)
    page.tube(
        curve((128, 166), (146, 169), (161, 160), (165, 145), (158, 130), (157, 116), (165, 105)),
        6.4,
    )
    page.move(164.5, 106.5, 38)
    page.shape(
        curve((-3.2, 0), (-8.5, -8), (-7, -19)),
        curve((-7, -19), (-4.5, -17), (-3, -14.5)),
        curve((-3, -14.5), (-1.5, -20.5), (2.5, -26)),
        curve((2.5, -26), (3.6, -20), (3.4, -15)),
        curve((3.4, -15), (5.6, -16.4), (8, -19)),
        curve((8, -19), (8.6, -8), (3.2, 0)),
        curve((3.2, 0), (0, 1.6), (-3.2, 0)),
    )


def draw_body(page: Page) -> None:
    """Haunches, chest, legs and paws, from back to front."""
    page.move(0, 0)
    for side in (-1, 1):  # hind leg: haunch and foot
        page.move(92, 0, 0)
        haunch = curve((16, 108), (33, 124), (42, 146), (39, 166), (28, 176), (8, 176))
        foot = curve(
            (20, 182), (17, 176), (22, 170.5), (34, 169.5), (45, 171), (49, 177), (45, 182)
        )
        sole = curve((45, 182), (32, 183), (20, 182))
        pieces = [haunch, curve((8, 176), (10, 130), (16, 108))]
        if side < 0:
            pieces, foot, sole = [mirrored(p) for p in pieces], mirrored(foot), mirrored(sole)
        page.fill(np.concatenate(pieces if side > 0 else pieces[::-1]))
        page.stroke(pieces[0])
        page.shape(foot, sole) if side > 0 else page.shape(sole, foot)
        for x in (37.5, 43):
            page.stroke(curve((side * x, 182), (side * (x - 0.8), 179), (side * (x - 0.2), 176.5)))
    for side in (-1, 1):  # front leg and paw
        page.move(92 + side * 11.5, 0)
        leg = curve((9, 116), (9.5, 140), (8, 160), (10.5, 172))
        paw = curve((10.5, 172), (12.5, 178.5), (9, 183), (0, 184), (-9, 183), (-11.5, 177))
        if side < 0:
            leg, paw = mirrored(leg), mirrored(paw)
        page.fill(np.concatenate([leg, paw] if side > 0 else [paw, leg]))
        page.stroke(leg)
        page.stroke(paw)
        for x in (-4, 3.5):
            page.stroke(curve((x, 183.8), (x - 0.5, 180), (x, 177.5)))
    page.move(92, 0)
    page.stroke(curve((0, 177), (-0.6, 160), (0, 142)))
    page.stroke(curve((-10, 115), (-6, 121), (-3.5, 124)))
    page.stroke(curve((-3.5, 124), (-1.5, 121.5), (-0.5, 120)))
    page.stroke(curve((-0.5, 120), (1, 125), (2.5, 128)))
    page.stroke(curve((2.5, 128), (4, 124.5), (4.5, 122)))
    page.stroke(curve((4.5, 122), (7.5, 120), (10, 115)))


def draw_head(page: Page) -> None:
    """Ears, the fluffy face, and a tuft where the mane will be."""
    for side in (-1, 1):
        page.shape(ellipse(side * 30, -34, 14.5, 14.5))
        page.stroke(
            curve((side * 21, -38.5), (side * 30, -42.5), (side * 38, -36), (side * 38, -27))
        )
    half = [
        curve((40.5, 5), (44, 10.5), (49, 13.5)),
        curve((49, 13.5), (45, 15.5), (41, 16.2)),
        curve((41, 16.2), (43, 21), (46, 24.5)),
        curve((46, 24.5), (41, 25.5), (35.5, 24.8)),
        curve((35.5, 24.8), (36, 28.5), (37.5, 32)),
        curve((37.5, 32), (32, 32), (27, 30.5)),
    ]
    brow = [(40.5, 5), (39.5, -9), (32, -27), (18, -38.5)]
    skull = curve(*[(-x, y) for x, y in brow], (0, -41), *brow[::-1])
    chin = curve((27, 30.5), (15, 36.5), (0, 38), (-15, 36.5), (-27, 30.5))
    page.shape(skull, *half, chin, *[mirrored(piece) for piece in half[::-1]])
    tuft = [
        curve((-9, -40), (-12, -46), (-11, -52)),
        curve((-11, -52), (-7, -50), (-4.5, -47)),
        curve((-4.5, -47), (-3.5, -53), (2, -58)),
        curve((2, -58), (3.8, -53), (3.5, -47.5)),
        curve((3.5, -47.5), (7.5, -51), (13, -51.5)),
        curve((13, -51.5), (10.5, -46), (10, -40)),
    ]
    page.fill(np.concatenate([*tuft, curve((10, -40), (0, -37), (-9, -40))]))
    for piece in tuft:
        page.stroke(piece)


def draw_face(page: Page) -> None:
    """Eyes, brows, nose, mouth and whiskers."""
    for side in (-1, 1):
        page.fill(ellipse(side * 16, -2.5, 5.4, 7), ink=True)
        page.fill(ellipse(side * 16 + 1.7, -5.4, 2.1, 2.4))
        page.fill(ellipse(side * 16 - 1.9, 0.8, 1.0, 1.2))
        page.stroke(curve((side * 20.5, -16), (side * 16, -18.4), (side * 11.5, -17)))
        page.stroke(curve((0, 17.5), (side * 2.6, 21), (side * 7.5, 21.6), (side * 12, 18.4)))
        for x, y in ((9.5, 13), (13.2, 11), (13.6, 15.2)):
            page.fill(ellipse(side * x, y, 0.75, 0.75), ink=True)
        for start, middle, end in (
            ((23, 9.5), (37, 6), (52, 5)),
            ((24, 13.8), (38, 13.6), (54, 16.5)),
            ((23, 18), (36, 21.5), (50, 28.5)),
        ):
            bent = curve(*((side * x, y) for x, y in (start, middle, end)))
            page.stroke(bent, (PEN, 0.5 * PEN))
    page.fill(
        curve(
            (0, 7.2),
            (4.6, 7),
            (6.2, 9),
            (3.4, 12.2),
            (0, 14),
            (-3.4, 12.2),
            (-6.2, 9),
            (-4.6, 7),
            (0, 7.2),
        ),
        ink=True,
    )
    page.stroke(curve((0, 13), (0, 17.5)))
    page.stroke(curve((-4.2, 21.4), (-3, 26), (0, 27.4), (3, 26), (4.2, 21.4)))
    for x in (-6, 0, 6):
        page.stroke(curve((x, -33 + abs(x) / 6), (0.9 * x, -27)))


def draw_butterfly(page: Page) -> None:
    """What the cub is looking at."""
    page.move(166, 44, 24)
    for side in (-1, 1):
        page.shape(
            curve(
                (0, -1),
                (side * 4, -9),
                (side * 10, -10.5),
                (side * 11.5, -5),
                (side * 7, 0),
                (0, 1),
            )
        )
        page.shape(curve((0, 1), (side * 6, 1.5), (side * 8, 5.5), (side * 4.5, 8.5), (0, 3)))
        page.stroke(curve((0, -4), (side * 1.5, -9), (side * 4, -12.5)), (PEN, 0.5 * PEN))
    page.stroke(curve((0, -4), (0, 5)), 2 * PEN)


def draw_page(cells: int) -> NDArray[np.bool_]:
    """The whole page: where there is ink. (cells, cells)"""
    page = Page(cells)
    draw_tail(page)
    draw_body(page)
    page.move(92, 72, -5)
    draw_head(page)
    draw_face(page)
    draw_butterfly(page)
    return page.ink


def draw(size: int) -> NDArray[np.float32]:
    """The drawing at `size` x `size` pixels: 1.0 is paper, 0.0 ink, between them the edges.

    Args:
        size: Pixels a side.

    Returns:
        (size, size)
    """
    across = max(4, -(-GRID // size))  # cells across a pixel
    ink = draw_page(size * across)
    shares = ink.reshape(size, across, size, across).mean(axis=(1, 3), dtype=np.float64)
    return (1 - shares).astype(np.float32)


def write(size: int, folder: Path) -> list[Path]:
    """Write both drawings into `folder`; returns their paths."""
    values = draw(size)
    grey, two_tone = folder / "cub.png", folder / "cub-two-tone.png"
    Image.fromarray(np.rint(values * 255).astype(np.uint8)).save(grey, optimize=True)
    Image.fromarray(values >= 0.5).save(two_tone, optimize=True)
    return [grey, two_tone]


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", type=int, default=200, help="pixels a side")
    parser.add_argument("--folder", type=Path, default=Path("."), help="where the pictures go")
    options = parser.parse_args(arguments)
    for path in write(options.size, options.folder):
        print(path)


if __name__ == "__main__":
    main()
