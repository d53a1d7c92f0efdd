"""A portrait in the manner of animated films: thin dark outlines, flat shades, graded hair, soft light."""

from benchmarks.drawn.vector import Canvas, painter, smooth

INK, LINE = "#2b1a2f", 1.25


def page() -> Canvas:
    """The page."""
    c = Canvas()
    c.rect(0, 0, 200, 200, c.linear(0, 0, 0, 200, "#fbd3b0", "#f29fb2", "#8f7fd1"))
    for x, y, r in ((28, 34, 26), (172, 70, 18), (22, 150, 20), (184, 160, 24)):
        c.circle(x, y, r, "#ffffff", opacity=0.22)
    c.circle(150, 30, 40, c.radial(150, 30, 40, "#fff6c9/0.9", "#fff6c9/0"))
    behind(c)
    body(c)
    face(c)
    for side in (-1, 1):
        eye(c, 100 + 23 * side, side)
    c.path(smooth([(101, 118), (98.5, 125), (102, 126)], closed=False), stroke="#a5585f", width=0.9)
    c.path(smooth([(91, 136), (100, 139.5), (109, 135)], closed=False), stroke=INK, width=1.1)
    c.path(smooth([(96, 144), (100, 145), (104, 143.8)], closed=False), stroke="#c9838a", width=0.8)
    fringe(c)
    clasp(c)
    return c


def behind(c: Canvas) -> None:
    """The hair behind the head."""
    d = smooth([(100, 12), (146, 26), (168, 74), (166, 126), (178, 172), (160, 204), (40, 204),
                (22, 172), (34, 126), (32, 74), (54, 26)])  # fmt: skip
    c.path(d, c.linear(0, 10, 0, 200, "#2f6f8f", "#173a5e"), INK, LINE)
    for a in ((40, 110), (160, 110), (48, 140), (152, 140)):
        x, y = a
        lean = -4 if x < 100 else 4
        strand = [(x, y), (x + lean, y + 30), (x + lean / 2, y + 64)]
        c.path(smooth(strand, closed=False), stroke="#0f2740", width=0.9)


def body(c: Canvas) -> None:
    """Neck, jacket and collar."""
    neck = smooth([(86, 142), (114, 142), (115, 170), (132, 182), (100, 196), (68, 182), (85, 170)])
    c.path(neck, c.linear(0, 142, 0, 186, "#dd9a8b", "#f9d7c4"), INK, LINE)
    c.path(smooth([(30, 206), (44, 184), (72, 176), (100, 200), (128, 176), (156, 184), (170, 206)]),
           "#3d4a89", INK, LINE)  # fmt: skip
    for side in (-1, 1):
        collar = [(100 + side * 30, 174), (100 + side * 6, 198), (100 + side * 22, 206),
                  (100 + side * 44, 184)]  # fmt: skip
        c.path(smooth(collar), "#f4f1fb", INK, LINE)
    c.path(smooth([(94, 196), (100, 193), (106, 196), (103, 206), (97, 206)]), "#d7263d", INK, 1.0)


def face(c: Canvas) -> None:
    """Skin, the fringe's shadow on it, and cheeks."""
    d = smooth([(100, 38), (139, 54), (147, 94), (136, 128), (113, 151), (100, 156), (87, 151),
                (64, 128), (53, 94), (61, 54)])  # fmt: skip
    c.path(d, c.radial(92, 96, 78, "#ffeadb", "#fad0ba"))
    with c.clipped(d):
        c.path(smooth([(44, 30), (156, 30), (158, 82), (140, 78), (128, 92), (114, 76), (100, 96),
                       (86, 78), (70, 92), (58, 80), (42, 84)]), "#e8a493", opacity=0.85)  # fmt: skip
        for x in (70, 130):
            c.circle(x, 119, 10, c.radial(x, 119, 10, "#ff7f8e/0.6", "#ff7f8e/0"), down=6)
            for k in range(3):
                c.line((x - 4 + 3 * k, 121), (x - 2 + 3 * k, 116.5), stroke="#e0707c", width=0.5)
    c.path(d, stroke=INK, width=LINE)


def eye(c: Canvas, x: float, side: int) -> None:
    """A large eye with a graded iris and two lights."""
    d = smooth([(x - 11, 97), (x, 88), (x + 11, 97), (x + 8, 111), (x, 115), (x - 8, 111)])
    c.path(d, "#ffffff")
    with c.clipped(d):
        c.path("M%g 84h30v12q-15 -7 -30 0z" % (x - 15), "#cfd3ea")
        c.circle(x, 102, 7.6, c.linear(0, 89, 0, 116, "#5a1f3d", "#c0475d", "#ffb37a"), down=13)
        c.circle(x, 103, 3.4, "#2a0f22", down=6)
        c.circle(x - 2.8, 96.5, 3.0, "#ffffff")
        c.circle(x + 3.2, 109, 1.5, "#fff1e2")
    c.path(smooth([(x - 12.5, 99 - side), (x - 6, 90), (x, 87.6), (x + 6, 90), (x + 12.5, 99 + side)],
                  closed=False), stroke=INK, width=2.4)  # fmt: skip
    c.path(
        smooth([(x - 6, 113.6), (x, 115.6), (x + 6, 113.6)], closed=False), stroke=INK, width=0.9
    )
    c.path(smooth([(x - 11, 79 + side), (x, 75.4), (x + 11, 79 - side)], closed=False),
           stroke="#1f4a66", width=1.5)  # fmt: skip


def fringe(c: Canvas) -> None:
    """Hair before the forehead, its band of light, and single strands."""
    d = smooth([(100, 15), (148, 32), (163, 80), (160, 124), (151, 132), (149, 92), (139, 64),
                (129, 88), (115, 58), (99, 88), (86, 58), (71, 88), (60, 64), (51, 92), (49, 132),
                (40, 124), (37, 80), (52, 32)])  # fmt: skip
    c.path(d, c.linear(0, 15, 0, 125, "#4fa3bf", "#2b6488"))
    with c.clipped(d):
        c.path(smooth([(40, 60), (66, 46), (100, 41), (134, 46), (160, 60), (140, 54), (126, 62),
                       (113, 50), (100, 59), (87, 50), (74, 62), (60, 54)]), "#c9f0f2")  # fmt: skip
        c.path(smooth([(36, 90), (52, 84), (51, 132), (36, 130)]), "#1e4f70", opacity=0.7)
    c.path(d, stroke=INK, width=LINE)
    for a in (((100, 16), (91, 38), (86, 57)), ((110, 18), (117, 40), (115, 57)),
              ((62, 30), (52, 60), (51, 90)), ((140, 32), (150, 60), (149, 90))):  # fmt: skip
        c.path(smooth(a, closed=False), stroke=INK, width=0.8)


def clasp(c: Canvas) -> None:
    """A star-shaped clasp with a glint."""
    c.path(smooth([(146, 44), (160, 36), (170, 46), (164, 60), (150, 58)]), "#ffcf3f", INK, LINE)
    c.path(smooth([(151, 47), (159, 42), (162, 47), (156, 52)]), "#fff3c2")
    c.circle(158, 49, 2.6, "#d7263d", INK, 0.8)


draw = painter(page)
