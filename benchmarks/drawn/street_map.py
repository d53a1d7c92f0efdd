"""A street map: cased roads of three classes, blocks, water, a railway, contours, names along streets."""

import numpy as np

from benchmarks.drawn.vector import Canvas, painter, polygon, smooth

INK = "#2a2a2a"
ROADS = (
    ([(-5, 44), (50, 52), (96, 40), (150, 58), (205, 50)], 3.4, "#f7c45c", "#b9842a"),
    ([(70, -5), (76, 50), (66, 100), (84, 150), (80, 205)], 3.4, "#f7c45c", "#b9842a"),
    ([(-5, 140), (40, 128), (84, 150), (140, 142), (205, 160)], 2.4, "#fdf3b0", "#a59a5a"),
    ([(132, -5), (126, 52), (140, 100), (140, 142), (156, 205)], 2.4, "#fdf3b0", "#a59a5a"),
    ([(-5, 92), (66, 100), (140, 100), (205, 88)], 1.8, "#ffffff", "#a3a3a3"),
    ([(28, -5), (34, 48), (24, 96), (40, 128), (34, 205)], 1.8, "#ffffff", "#a3a3a3"),
    ([(176, -5), (178, 54), (170, 96), (182, 152), (180, 205)], 1.8, "#ffffff", "#a3a3a3"),
)  # fmt: skip


def page() -> Canvas:
    """The page."""
    c = Canvas("#f2eee4")
    c.path(smooth([(140, 104), (168, 100), (182, 120), (176, 140), (150, 140), (140, 124)]),
           "#c5e0a5", "#7fae5c", 0.5)  # fmt: skip
    c.path(smooth([(-8, 160), (26, 152), (40, 170), (62, 176), (66, 206), (-8, 206)]),
           "#a9d1ea", "#4b8dbb", 0.7)  # fmt: skip
    c.path(
        smooth([(152, 112), (164, 110), (170, 120), (160, 128), (150, 122)]),
        "#a9d1ea",
        "#4b8dbb",
        0.5,
    )
    blocks(c)
    for k in range(5):
        line = [(84, 196 - 7 * k), (104, 172 - 4 * k), (128, 176 - 6 * k), (150, 190 - 7 * k)]
        c.path(smooth(line, closed=False), stroke="#c08a55", width=0.45)
    c.path(smooth([(205, 70), (176, 76), (150, 84), (110, 112), (84, 132), (52, 156), (36, 170)],
                  closed=False), stroke="#62a8d6", width=1.9)  # fmt: skip
    for points, width, _, casing in ROADS:
        c.path(smooth(points, closed=False), stroke=casing, width=width + 1.1)
    for points, width, colour, _ in ROADS:
        c.path(smooth(points, closed=False), stroke=colour, width=width)
    rail = smooth([(-5, 20), (46, 26), (100, 70), (150, 82), (205, 118)], closed=False)
    c.path(rail, stroke="#4a4a4a", width=1.5)
    c.path(rail, stroke="#ffffff", width=0.8, dash="4 4", cap="butt")
    c.path(smooth([(204, 10), (188, 40), (194, 96), (170, 150), (176, 204)], closed=False),
           stroke="#b03a8c", width=0.9, dash="5 2 1 2", cap="butt", opacity=0.85)  # fmt: skip
    names(c)
    return c


def blocks(c: Canvas) -> None:
    """Buildings between the streets, three tints with thin outlines."""
    generator = np.random.default_rng(17)
    for i in range(11):
        for j in range(9):
            x, y = 6 + 17.4 * i, 6 + 17 * j
            if generator.random() < 0.35 or (x > 134 and y > 96) or (x < 60 and y > 140):
                continue
            across, down = 5 + 7 * generator.random(), 5 + 6 * generator.random()
            lean = 1.6 * generator.random()
            corners = [
                (x, y),
                (x + across, y - lean),
                (x + across + lean, y + down),
                (x + lean, y + down + lean),
            ]
            tint = ("#ddd0bf", "#e9d5bd", "#d6d6d8")[generator.integers(3)]
            c.path(polygon(corners), tint, "#b3a390", 0.45)


def names(c: Canvas) -> None:
    """Towns, streets, water, symbols."""
    casing = ("#f2eee4", 1.4)
    c.text("Lindenau", 84, 92, 9.5, INK, bold=True, halo=casing)
    c.text("Am Wehr", 6, 118, 6.6, INK, halo=casing)
    c.text("Kolberger Straße", 8, 43, 5.4, "#6b4a10", turned=5, halo=casing)
    c.text("Ostring", 146, 54, 5.4, "#6b4a10", turned=-2, halo=casing)
    c.text("Mühlgasse", 152, 158, 5, "#555555", turned=10, halo=casing)
    c.text("Ilsesee", 6, 190, 8, "#2f6f9f", family="DejaVu Serif")
    c.text("Stadtpark", 146, 137, 5.6, "#3f7030", halo=("#c5e0a5", 1.0))
    c.text("412", 118, 168, 4.8, "#9a6a35", halo=casing)
    for x, y in ((76, 50), (140, 100), (34, 48)):
        c.circle(x, y, 2.5, "#ffffff", "#c62828", 1.0)
    for x, y, sign in ((104, 60, "P"), (178, 22, "H"), (54, 116, "i")):
        c.rect(x - 3.4, y - 3.4, 6.8, 6.8, "#1565c0", round_by=1.2)
        c.text(sign, x, y + 2, 5.6, "#ffffff", bold=True, anchor="middle")


draw = painter(page)
