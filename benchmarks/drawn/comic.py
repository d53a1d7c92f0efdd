"""A comic's panels: inked figures, hatching, halftone dots, speech in balloons, a burst."""

import math

from benchmarks.drawn.vector import Canvas, painter, polygon, smooth

INK = "#1c1620"


def page() -> Canvas:
    """The page."""
    c = Canvas("#ffffff")
    with c.clipped("M6 6H194V108H6Z"):
        roofs(c)
    c.rect(6, 6, 188, 102, stroke=INK, width=1.8)
    with c.clipped("M6 114H96V194H6Z"):
        face(c)
    c.rect(6, 114, 90, 80, stroke=INK, width=1.8)
    with c.clipped("M102 114H194V194H102Z"):
        burst(c)
    c.rect(102, 114, 92, 80, stroke=INK, width=1.8)
    balloon(c, 150, 25, 37, 14, (128, 52), ("WHO LEFT THE", "LANTERN ON?"))
    balloon(c, 32, 128, 22, 10, (44, 146), ("NOT ME...",))
    return c


def balloon(
    c: Canvas, x: float, y: float, across: float, down: float, tip: tuple[float, float],
    lines: tuple[str, ...],
) -> None:  # fmt: skip
    """An oval with a tail, and lettering inside."""
    angle = math.atan2(tip[1] - y, (tip[0] - x) * down / across)
    a, b = angle - 0.22, angle + 0.22
    p, q = ((x + across * math.cos(t), y + down * math.sin(t)) for t in (a, b))
    d = f"M{q[0]:.2f} {q[1]:.2f}A{across} {down} 0 1 1 {p[0]:.2f} {p[1]:.2f}L{tip[0]} {tip[1]}Z"
    c.path(d, "#fffef4", INK, 1.1)
    for k, line in enumerate(lines):
        top = y + 3 + 8.4 * (k - (len(lines) - 1) / 2)
        c.text(line, x, top, 7.2, INK, bold=True, anchor="middle")


def roofs(c: Canvas) -> None:
    """Night over roofs: a graded sky, a moon, walls hatched in ink, a cat in a window's light."""
    c.rect(6, 6, 188, 102, c.linear(0, 6, 0, 108, "#1d2a5c", "#6a4c93", "#f08a5d"))
    c.circle(40, 36, 17, "#f9e9b0", INK, 1.0)
    for x, y, r in ((34, 31, 3.2), (45, 39, 4.4), (36, 44, 2.2)):
        c.circle(x, y, r, "#e3cd87")
    for k in range(24):
        c.circle(70 + 47 * k % 121, 12 + 29 * k % 43, 0.45 + 0.15 * (k % 3), "#fdf6d8")
    for x, top, across, colour in (
        (6, 78, 46, "#3a2d52"), (46, 66, 44, "#54375f"), (84, 80, 50, "#2f3a66"),
        (126, 62, 40, "#713f5f"), (160, 74, 40, "#43305c"),
    ):  # fmt: skip
        roof = [(x - 3, top), (x + across / 2, top - 16), (x + across + 3, top)]
        c.rect(x, top, across, 60, colour, INK, 1.2)
        c.path(polygon(roof), "#a23b4a", INK, 1.2)
        for k in range(9):
            at = x + across * (0.62 + 0.042 * k)
            c.line((at, top + 3), (at - 1.5, 108), stroke=INK, width=0.5)
        for k in range(2):
            lit = (x + k) % 3 != 0
            c.rect(x + 5 + 13 * k, top + 8, 8, 11, "#ffd65c" if lit else "#2a2340", INK, 0.9)
            c.line((x + 9 + 13 * k, top + 8), (x + 9 + 13 * k, top + 19), stroke=INK, width=0.6)
    cat = [(112, 66), (113, 57), (116, 52), (116, 46), (119, 50), (123, 50), (126, 46), (126, 53),
           (125, 57), (130, 62), (132, 70), (131, 80), (113, 80)]  # fmt: skip
    c.path(smooth(cat), INK)
    c.path(smooth([(131, 76), (138, 74), (139, 64), (135, 60)], closed=False), stroke=INK, width=2)
    for x in (119, 123.4):
        c.circle(x, 54, 1.3, "#d7f25a")
        c.circle(x, 54, 0.45, INK, down=1.1)


def face(c: Canvas) -> None:
    """A face in thought: flat fills, a shadow of halftone dots, hatched hair."""
    c.rect(6, 114, 90, 80, "#8fd3c7")
    for i in range(24):
        for j in range(12):
            r = 0.28 + 0.075 * j
            c.circle(8 + 4 * i + 2 * (j % 2), 150 + 4 * j, r, "#4fa79b")
    c.path(smooth([(22, 198), (30, 184), (46, 180), (70, 180), (86, 186), (94, 198)]),
           "#d1495b", INK, 1.4)  # fmt: skip
    c.path(smooth([(50, 172), (50, 186), (60, 190), (68, 185), (68, 172)]), "#e5a97c", INK, 1.2)
    head = [(58, 134), (76, 142), (78, 160), (70, 176), (58, 181), (46, 175), (39, 160), (42, 141)]
    c.path(smooth(head), "#f6c89f", INK, 1.5)
    with c.clipped(smooth(head)):
        c.path(
            smooth([(68, 130), (84, 140), (82, 176), (64, 186), (72, 168), (70, 150)]), "#d79a6d"
        )
    hair = [(38, 158), (36, 138), (48, 126), (64, 124), (80, 132), (82, 152), (77, 150), (72, 142),
            (60, 146), (48, 143), (42, 150)]  # fmt: skip
    c.path(smooth(hair), "#3b2a4a", INK, 1.3)
    for k in range(10):
        x = 44 + 3.6 * k
        c.path(smooth([(x, 127 + abs(k - 5) * 0.8), (x + 1, 134), (x - 1, 142)], closed=False),
               stroke="#8a6ba8", width=0.55)  # fmt: skip
    for x in (51, 67):
        c.circle(x, 159, 3.7, "#ffffff", INK, 0.9, down=4.3)
        c.circle(x + 1, 160, 1.9, "#2f7f6f")
        c.circle(x + 1, 160, 0.9, INK)
        c.path(
            smooth([(x - 5, 153), (x, 150.6), (x + 4, 152)], closed=False), stroke=INK, width=1.5
        )
    c.path(smooth([(59, 161), (61.5, 167), (58.5, 168.5)], closed=False), stroke=INK, width=0.8)
    c.path(smooth([(53, 174), (58, 172.6), (63, 174.4)], closed=False), stroke="#8d2f38", width=1.2)


def burst(c: Canvas) -> None:
    """A loud word on a star, with lines of speed."""
    c.rect(102, 114, 92, 80, "#f4d35e")
    for k in range(56):
        t = k * math.pi / 28
        inner = 36 + 5 * (k % 3)
        c.line((148 + inner * math.cos(t), 154 + inner * math.sin(t)),
               (148 + 90 * math.cos(t), 154 + 90 * math.sin(t)),
               stroke="#ee964b", width=1.6 if k % 2 else 0.7)  # fmt: skip
    star = []
    for k in range(24):
        r = (40 if k % 4 == 0 else 34) if k % 2 == 0 else 22
        star.append(
            (148 + r * math.cos(k * math.pi / 12), 154 + 0.8 * r * math.sin(k * math.pi / 12))
        )
    c.path(polygon(star), "#e63946", INK, 1.6)
    inner = [(148 + 0.82 * (x - 148), 154 + 0.82 * (y - 154)) for x, y in star]
    c.path(polygon(inner), "#ffffff", INK, 0.9)
    c.text("KRAK!", 148, 161, 19, "#1d3557", bold=True, anchor="middle", turned=-6,
           halo=("#ffd60a", 2.6))  # fmt: skip


draw = painter(page)
