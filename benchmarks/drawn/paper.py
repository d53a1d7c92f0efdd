"""A4 pages at any resolution: line art, text, and both with coloured figures.

Units are millimetres, 210 x 297. Strips of the page are drawn one after another, so that 600 dpi times
the oversampling never lies in memory at once.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.drawn.vector import Canvas, averaged, polygon, rasterised, smooth

A4 = (210.0, 297.0)  # millimetres
INCH = 25.4
STRIP = 256  # rows of pixels drawn at once
INK = "#111111"
WORDS = (
    "the mill stands where the river bends and the road leaves it water turned the great wheel until"
    " the year the dam broke since then a turbine of brass and iron does the work in the cellar its"
    " shaft runs up through three floors to the stones above which lie the bins for wheat rye and"
    " spelt every autumn farmers bring their carts in a line that reaches the chapel"
).split()


def size_at(dpi: int) -> tuple[int, int]:
    """(width, height) of an A4 page in pixels."""
    return round(A4[0] / INCH * dpi), round(A4[1] / INCH * dpi)


def strips(name: str, dpi: int, across: int = 4) -> Iterator[NDArray[np.float32]]:
    """The page from top to bottom, each pixel the mean of `across` x `across` antialiased cells."""
    width, height = size_at(dpi)
    canvas = PAGES[name]()
    body = canvas.svg()
    inside = body[body.index(">") + 1 : -len("</svg>")]
    unit = A4[0] / width  # millimetres a pixel
    for top in range(0, height, STRIP):
        rows = min(STRIP, height - top)
        part = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * across}"'
            f' height="{rows * across}" viewBox="0 {top * unit:.9g} {A4[0]:g} {rows * unit:.9g}">'
            f"{inside}</svg>"
        )
        yield averaged(rasterised(part, width * across), across)


def draw(name: str, dpi: int, across: int = 4) -> NDArray[np.float32]:
    """The whole page. (H, W, 3), or (H, W, 1) where it has no colour"""
    values = np.concatenate(list(strips(name, dpi, across)))
    return values if name in COLOURED else values[..., :1]


def line_art() -> Canvas:
    """A technical drawing: a gear train with hatched sections, dimensions, a parts list."""
    c = Canvas("#ffffff", A4)
    c.rect(10, 10, 190, 277, stroke=INK, width=0.7)
    for x, y, teeth, r in ((75, 80, 28, 42.0), (143, 106, 18, 27.0), (140, 52, 14, 21.0)):
        gear(c, x, y, teeth, r)
    section(c, 30, 160)
    botanical(c, 150, 205)
    c.rect(110, 262, 90, 25, stroke=INK, width=0.5)
    for k in range(4):
        c.line((110, 262 + 6.25 * k), (200, 262 + 6.25 * k), stroke=INK, width=0.25)
        c.text(("Gear train, 3 wheels", "Scale 1:1, mm", "Sheet 4 of 12", "Steel C45, hardened")[k],
               112, 266.6 + 6.25 * k, 3.4, INK)  # fmt: skip
    return c


def gear(c: Canvas, x: float, y: float, teeth: int, r: float) -> None:
    """A gear with spokes, a hub and centre lines."""
    outline = []
    for k in range(teeth):
        for shift, reach in ((-0.28, 0.93), (-0.14, 1.0), (0.14, 1.0), (0.28, 0.93)):
            t = 2 * math.pi * (k + shift) / teeth
            outline.append((x + reach * r * math.cos(t), y + reach * r * math.sin(t)))
    c.path(polygon(outline), stroke=INK, width=0.5)
    for share, width in ((0.82, 0.35), (0.3, 0.5), (0.12, 0.5)):
        c.circle(x, y, share * r, stroke=INK, width=width)
    for k in range(6):
        t = math.pi * k / 3
        for side in (-0.05, 0.05):
            c.line((x + 0.3 * r * math.cos(t + 3 * side), y + 0.3 * r * math.sin(t + 3 * side)),
                   (x + 0.82 * r * math.cos(t + side), y + 0.82 * r * math.sin(t + side)),
                   stroke=INK, width=0.35)  # fmt: skip
    c.line((x - 1.1 * r, y), (x + 1.1 * r, y), stroke=INK, width=0.18, dash="4 1 0.6 1", cap="butt")
    c.line((x, y - 1.1 * r), (x, y + 1.1 * r), stroke=INK, width=0.18, dash="4 1 0.6 1", cap="butt")
    c.text(f"⌀{2 * r:.0f} H7", x + 0.5 * r, y - 0.55 * r, 3.2, INK)


def section(c: Canvas, x: float, y: float) -> None:
    """A section through a shaft, hatched, with dimensions."""
    half = [
        (0, 0),
        (18, 0),
        (18, 8),
        (34, 8),
        (34, 14),
        (52, 14),
        (52, 5),
        (70, 5),
        (70, 22),
        (0, 22),
    ]
    for side in (-1, 1):
        d = polygon([(x + a, y + 40 + side * (40 - b)) for a, b in half])
        with c.clipped(d):
            for k in range(-70, 60):
                c.line((x + 1.6 * k, y - 10), (x + 1.6 * k + 90, y + 90), stroke=INK, width=0.15)
        c.path(d, stroke=INK, width=0.55)
    c.line((x - 6, y + 40), (x + 78, y + 40), stroke=INK, width=0.18, dash="4 1 0.6 1", cap="butt")
    for k, (a, b, word) in enumerate(
        ((0, 18, "18"), (18, 34, "16"), (34, 52, "18"), (0, 70, "70 ±0.1"))
    ):
        level = y + 86 + (7 if k == 3 else 0)
        for at in (a, b):
            c.line((x + at, y + 82), (x + at, level + 2), stroke=INK, width=0.15)
        c.line((x + a, level), (x + b, level), stroke=INK, width=0.18)
        for at, way in ((a, 1), (b, -1)):
            c.path(polygon([(x + at, level), (x + at + 2.4 * way, level - 0.5),
                            (x + at + 2.4 * way, level + 0.5)]), INK)  # fmt: skip
        c.text(word, x + (a + b) / 2, level - 0.8, 2.8, INK, anchor="middle")


def botanical(c: Canvas, x: float, y: float) -> None:
    """A fern in pen strokes of varying width."""
    for k in range(15):
        t = k / 15
        px, py = x + 10 * math.sin(2 * t), y + 45 - 90 * t
        for side in (-1, 1):
            long = 30 * (1 - t) ** 0.8 + 3
            tip = (px + side * long, py - 0.45 * long)
            c.path(smooth([(px, py), (px + side * 0.5 * long, py - 0.35 * long), tip], closed=False),
                   stroke=INK, width=0.5 - 0.3 * t)  # fmt: skip
            for j in range(1, 7):
                s = j / 7
                qx, qy = px + side * long * s, py - (0.62 * s - 0.17 * s * s) * long
                leaf = 3.4 * (1 - s) + 0.8
                c.path(smooth([(qx, qy), (qx + side * leaf, qy - 0.2 * leaf), (qx + side * leaf * 0.6, qy + leaf)],
                              closed=False), stroke=INK, width=0.2)  # fmt: skip
    c.path(smooth([(x, y + 52), (x + 2, y), (x + 9, y - 45)], closed=False), stroke=INK, width=0.7)


def text() -> Canvas:
    """A page of type: a heading, two columns, a footnote."""
    c = Canvas("#ffffff", A4)
    c.text("Of water and stone", 20, 32, 11, INK, bold=True, family="DejaVu Serif")
    c.text("Chapter seven", 20, 41, 5, INK, family="DejaVu Serif")
    columns(c, 20, 54, 82, 47, 3.55, "DejaVu Serif")
    columns(c, 108, 54, 82, 47, 3.55, "DejaVu Serif")
    c.line((20, 276), (70, 276), stroke=INK, width=0.25)
    c.text("¹ Parish register, vol. 3, fol. 118; see also the map of 1787.", 20, 280, 2.6, INK)
    return c


def columns(
    c: Canvas, x: float, y: float, across: float, lines: int, em: float, family: str,
    ink: str = INK,
) -> None:  # fmt: skip
    """Lines of words, ragged on the right."""
    word = 0
    for line in range(lines):
        top = y + line * em * 1.32
        at, parts = 0.0, []
        while True:
            nxt = WORDS[(word * 7 + word // len(WORDS)) % len(WORDS)]
            width = 0.56 * em * (len(nxt) + 1)
            if at + width > across:
                break
            parts.append(nxt)
            at += width
            word += 1
        sentence = " ".join(parts)
        c.text(sentence[:1].upper() + sentence[1:], x, top, em, ink, family=family)


def mixed() -> Canvas:
    """A magazine's page: a coloured head, a figure, a diagram, columns, a box."""
    c = Canvas("#fffdf6", A4)
    c.rect(0, 0, 210, 48, c.linear(0, 0, 210, 0, "#0f4c5c", "#5f0f40"))
    c.text("Rivers at work", 14, 27, 17, "#ffffff", bold=True)
    c.text("how a valley learned to grind, saw and spin", 14, 38, 6, "#f2cc8f")
    columns(c, 14, 62, 84, 25, 3.5, "DejaVu Serif", "#222222")
    columns(c, 112, 176, 84, 22, 3.5, "DejaVu Serif", "#222222")
    c.rect(112, 58, 84, 108, "#e0f0ea", "#2a6f62", 0.5, 2)
    wheel(c, 154, 104, 34)
    c.text("Fig. 1: the breast wheel", 154, 160, 4, "#2a6f62", bold=True, anchor="middle")
    c.rect(14, 182, 84, 96, "#fff3d6", "#c77d0a", 0.5, 2)
    for k, (share, colour) in enumerate(((0.9, "#0f4c5c"), (0.62, "#e36414"), (0.45, "#9a031e"),
                                         (0.3, "#5f0f40"), (0.72, "#2a9d8f"))):  # fmt: skip
        c.rect(38, 200 + 13 * k, 54 * share, 8, colour)
        c.text(
            ("Mill", "Saw", "Forge", "Loom", "Press")[k],
            35,
            206 + 13 * k,
            4.4,
            "#333333",
            anchor="end",
        )
        c.text(f"{round(100 * share)} kW", 40, 205.6 + 13 * k, 3.6, "#ffffff")
    c.text("Power by trade", 18, 192, 5.6, "#7a4a00", bold=True)
    c.text("41", 196, 290, 4, "#555555", anchor="end")
    return c


def wheel(c: Canvas, x: float, y: float, r: float) -> None:
    """A water wheel with graded wood, and the race."""
    c.path(smooth([(112.3, y - 30), (130, y - 32), (150, y - 36), (172, y + 6), (150, y + 40),
                   (112.3, y + 44)], closed=False), stroke="#4aa3c7", width=4)  # fmt: skip
    for k in range(24):
        t = math.pi * k / 12
        u, v = math.cos(t), math.sin(t)
        blade = [
            (x + 0.82 * r * u, y + 0.82 * r * v),
            (x + 1.06 * r * u - 2 * v, y + 1.06 * r * v + 2 * u),
        ]
        c.line(*blade, stroke="#5a3a1c", width=1.1)
    c.circle(x, y, r, stroke="#3f2812", width=1.4)
    c.circle(x, y, 0.84 * r, stroke="#3f2812", width=1.0)
    for k in range(8):
        t = math.pi * k / 4 + 0.2
        c.line((x, y), (x + r * math.cos(t), y + r * math.sin(t)), stroke="#8a5a2b", width=1.8)
    c.circle(x, y, 0.2 * r, c.radial(x - 2, y - 2, 0.2 * r, "#d8a15a", "#6b4420"), "#3f2812", 0.8)


PAGES: dict[str, Callable[[], Canvas]] = {"line_art": line_art, "text": text, "mixed": mixed}
COLOURED = ("mixed",)
