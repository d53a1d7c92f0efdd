"""A stained-glass window: pieces of saturated, slightly graded glass between leads of even width."""

import math

import numpy as np

from benchmarks.drawn.vector import Canvas, painter, polygon, smooth

LEAD = "#17151a"
BLUES = ("#12356b", "#1c4f9c", "#2a6fc0", "#0e2a55")
WARM = ("#b01e28", "#d84a1b", "#f0a31c", "#f6cf4a", "#8a1538")
GREENS = ("#1c6b3c", "#3f9a4a", "#7fbf4d", "#0f4a30")


def page() -> Canvas:
    """The page."""
    c = Canvas("#3a3742")
    window = "M22 194V92A78 86 0 0 1 178 92V194Z"
    with c.clipped(window):
        c.rect(0, 0, 200, 200, "#0e2a55")
        rays(c)
        hills(c)
        flower(c, 100, 84)
    c.path(window, stroke=LEAD, width=4.5)
    c.path("M16 197V90A84 92 0 0 1 184 90V197Z", stroke="#8d8791", width=3)
    return c


def piece(c: Canvas, d: str, colour: str, at: tuple[float, float], reach: float) -> None:
    """One piece of glass: lighter where the light comes through, and its lead."""
    c.path(d, colour)
    c.path(d, c.radial(*at, reach, "#ffffff/0.34", "#ffffff/0"))
    c.path(d, stroke=LEAD, width=1.7)


def rays(c: Canvas) -> None:
    """The sky: rings cut by rays, each piece another blue."""
    generator = np.random.default_rng(11)
    radii = (34, 54, 76, 104, 140)
    for ring, (inner, outer) in enumerate(zip(radii[:-1], radii[1:], strict=True)):
        count = 10 + 3 * ring
        for k in range(count):
            a, b = (2 * math.pi * (k + shift + 0.35 * ring) / count for shift in (0, 1))
            corners = [(r, t) for r, t in ((inner, a), (outer, a), (outer, b), (inner, b))]
            points = [(100 + r * math.cos(t), 84 + r * math.sin(t)) for r, t in corners]
            colour = (*BLUES, "#5a3a8c")[generator.integers(5)]
            middle = np.mean(points, axis=0) + generator.normal(0, 3, 2)
            piece(c, polygon(points), colour, tuple(middle), 0.6 * (outer - inner) + 6)


def hills(c: Canvas) -> None:
    """Green hills in strips below, and a stream."""
    tops = ((150, 138, 146), (166, 154, 160), (180, 172, 178), (192, 190, 193))
    for k, (left, middle, right) in enumerate(tops):
        for j in range(4):
            x0, x1 = 20 + 40 * j + 6 * (k % 2), 60 + 40 * j + 6 * (k % 2)
            at = np.interp([x0, x1], [20, 100, 190], [left, middle, right])
            d = polygon([(x0, at[0]), (x1, at[1]), (x1 - 3, 206), (x0 - 3, 206)])
            piece(c, d, GREENS[(k + 2 * j) % 4], ((x0 + x1) / 2, at.mean() + 6), 22)
    stream = smooth([(112, 140), (96, 156), (118, 172), (92, 206), (70, 206), (90, 174), (78, 158)])
    piece(c, stream, "#63b5d6", (96, 170), 26)


def flower(c: Canvas, x: float, y: float) -> None:
    """A rose of twelve petals in two rings."""
    for ring, (reach, wide, count) in enumerate(((38, 11.5, 12), (25, 8.5, 8))):
        for k in range(count):
            t = 2 * math.pi * (k + 0.5 * ring) / count
            u, v = np.array([math.cos(t), math.sin(t)]), np.array([-math.sin(t), math.cos(t)])
            shape = (
                0.28 * reach * u,
                0.7 * reach * u + wide * v,
                reach * u,
                0.7 * reach * u - wide * v,
            )
            points = [(x + p[0], y + p[1]) for p in shape]
            colour = WARM[(k + 2 * ring) % 5]
            piece(c, smooth(points), colour, (x + 0.7 * reach * u[0], y + 0.7 * reach * u[1]), 10)
    piece(c, f"M{x - 8} {y}a8 8 0 1 0 16 0a8 8 0 1 0 -16 0", "#f6cf4a", (x - 2, y - 2), 9)


draw = painter(page)
