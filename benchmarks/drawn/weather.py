"""A weather map: graded sea, land with a coast, isobars with figures, fronts, temperature bands, symbols."""

import math

import numpy as np

from benchmarks.drawn.vector import Canvas, painter, polygon, smooth

LAND, COAST, ISOBAR, WARM, COLD = "#d9dfb4", "#55664a", "#4b5875", "#c8202f", "#1f4fbf"


def page() -> Canvas:
    """The page."""
    c = Canvas()
    c.rect(0, 0, 200, 200, c.linear(0, 0, 0, 200, "#bcdcf0", "#8fc1e3"))
    mainland = [(206, 30), (170, 34), (150, 24), (128, 40), (112, 36), (98, 54), (108, 70), (92, 84),
                (78, 82), (70, 100), (84, 112), (76, 132), (92, 146), (120, 142), (132, 160),
                (160, 158), (180, 176), (206, 170)]  # fmt: skip
    d = smooth(mainland)
    c.path(d, LAND)
    with c.clipped(d):
        for x, y, r, colour in ((176, 150, 46, "#f4c86a"), (168, 96, 30, "#f2e08c"),
                                (140, 64, 24, "#c4dca0"), (196, 166, 22, "#e88a4c")):  # fmt: skip
            c.circle(x, y, r, colour, down=0.8 * r)
    c.path(d, stroke=COAST, width=0.9)
    c.path(smooth([(34, 62), (46, 52), (58, 60), (54, 78), (60, 92), (46, 104), (36, 94), (42, 80)]),
           LAND, COAST, 0.9)  # fmt: skip
    c.path(smooth([(16, 84), (26, 78), (31, 88), (25, 100), (15, 96)]), LAND, COAST, 0.9)
    borders(c)
    isobars(c)
    fronts(c)
    symbols(c)
    c.rect(5, 5, 74, 17, "#ffffff", "#55606e", 0.6, 2.0, opacity=0.92)
    c.text("Forecast, Friday 12 h", 8, 12, 5.6, "#20242c", bold=True)
    c.text("pressure in hPa, °C", 8, 19, 5.2, "#4a5260")
    return c


def borders(c: Canvas) -> None:
    """Dashed borders on the land."""
    for line in ([(130, 40), (134, 66), (122, 88), (130, 110), (120, 142)],
                 [(134, 66), (160, 72), (178, 62), (204, 70)],
                 [(130, 110), (158, 118), (178, 108), (204, 116)]):  # fmt: skip
        c.path(smooth(line, closed=False), stroke="#8a7f66", width=0.7, dash="2.4 1.4", cap="butt")


def isobars(c: Canvas) -> None:
    """Closed lines around a low and a high, with the pressure written across them."""
    for k, r in enumerate((11, 20, 30, 41, 54)):
        ring = []
        for t in np.linspace(0, 2 * math.pi, 25)[:-1]:
            wave = 1 + 0.07 * math.sin(3 * t + 0.4 * k)
            ring.append((44 + 1.15 * r * wave * math.cos(t), 150 + 0.78 * r * wave * math.sin(t)))
        c.path(smooth(ring), stroke=ISOBAR, width=0.55)
        x, y = ring[18]
        c.text(str(985 + 5 * k), x, y + 1.7, 4.8, ISOBAR, anchor="middle", halo=("#a8d0e9", 1.6))
    for k in range(4):
        y = 30 + 15 * k
        line = [(-5, y + 8), (40, y - 10 + 2 * k), (90, y - 6), (140, y + 6 - 3 * k), (205, y - 14)]
        c.path(smooth(line, closed=False), stroke=ISOBAR, width=0.55)
    c.text("T", 40, 154, 13, WARM, bold=True)
    c.text("H", 150, 100, 13, COLD, bold=True)


def fronts(c: Canvas) -> None:
    """A cold front with teeth, a warm front with half discs."""
    cold = np.array([(44, 150), (66, 152), (84, 166), (92, 184), (90, 204)], float)
    warm = np.array([(44, 150), (66, 138), (92, 134), (116, 146), (128, 164)], float)
    for line, colour in ((cold, COLD), (warm, WARM)):
        c.path(smooth([tuple(p) for p in line], closed=False), stroke=colour, width=1.3)
        fine = np.concatenate([a + (b - a) * np.linspace(0, 1, 40)[:, None]
                               for a, b in zip(line[:-1], line[1:], strict=True)])  # fmt: skip
        for at in range(22, len(fine) - 6, 20):
            (x, y), along = fine[at], fine[at + 4] - fine[at - 4]
            u, v = along / np.hypot(*along)
            side = (v, -u)
            if colour == COLD:
                tip = (x + 4.4 * side[0], y + 4.4 * side[1])
                c.path(polygon([(x - 2.8 * u, y - 2.8 * v), tip, (x + 2.8 * u, y + 2.8 * v)]), COLD)
            else:
                c.path(
                    f"M{x - 2.7 * u:.2f} {y - 2.7 * v:.2f}A2.7 2.7 0 0 1"
                    f" {x + 2.7 * u:.2f} {y + 2.7 * v:.2f}Z",
                    WARM,
                )


def symbols(c: Canvas) -> None:
    """Sun, clouds with rain, and the towns' temperatures."""
    for x, y, town, degrees in ((112, 108, "Aven", 14), (170, 82, "Brem", 17), (150, 132, "Calla", 21),
                                (186, 150, "Dorn", 27), (48, 72, "Eil", 11)):  # fmt: skip
        c.circle(x, y, 1.5, "#20242c")
        c.text(town, x + 3, y + 2, 5.6, "#20242c")
        c.text(
            f"{degrees}°", x - 2, y - 3, 6.6, "#8c1d18" if degrees > 15 else "#174a8c", bold=True
        )
    for k in range(8):
        t = k * math.pi / 4
        c.line((184 + 7 * math.cos(t), 128 + 7 * math.sin(t)),
               (184 + 10.5 * math.cos(t), 128 + 10.5 * math.sin(t)), stroke="#e08a00", width=1.1)  # fmt: skip
    c.circle(184, 128, 5.4, "#ffc22e", "#e08a00", 0.8)
    for x, y in ((86, 62), (20, 118), (138, 48)):
        cloud = [(x - 8, y + 3), (x - 9, y - 1), (x - 4, y - 3), (x, y - 7), (x + 6, y - 4),
                 (x + 9, y), (x + 7, y + 3)]  # fmt: skip
        c.path(smooth(cloud), "#f4f7fa", "#6f7b88", 0.7)
        for k in range(4):
            c.line((x - 5 + 3.4 * k, y + 5), (x - 6.4 + 3.4 * k, y + 9), stroke=COLD, width=0.8)


draw = painter(page)
