"""A chart: stacked bars, two lines with markers, a shaded band, grid lines, axes, a ring, small type."""

import math

from benchmarks.drawn.vector import Canvas, painter, polygon

TEAL, PLUM, AMBER, SLATE, GREY = "#1b9e77", "#7570b3", "#d95f02", "#36454f", "#d4d7dc"
BARS = ((18, 22, 9), (24, 20, 14), (30, 26, 10), (22, 31, 18), (35, 24, 21), (41, 28, 16))


def page() -> Canvas:
    """The page."""
    c = Canvas()
    c.text("Energy by source, TWh", 8, 12, 9.2, SLATE, bold=True)
    c.text("monthly, two regions; band: forecast", 8, 20, 5.8, "#77808a")
    for k in range(6):
        y = 118 - 17 * k
        c.line((20, y), (192, y), stroke=GREY, width=0.5)
        c.text(str(20 * k), 17, y + 2, 5.8, "#606a74", anchor="end")
    for k, parts in enumerate(BARS):
        x, top = 26 + 28 * k, 118.0
        for value, colour in zip(parts, (TEAL, PLUM, AMBER), strict=True):
            top -= 0.85 * value
            c.rect(x, top, 15, 0.85 * value, colour)
        c.text(
            ("Jan", "Feb", "Mar", "Apr", "May", "Jun")[k], x + 7.5, 126, 6, SLATE, anchor="middle"
        )
    lines(c)
    c.line((20, 30), (20, 118), (194, 118), stroke=SLATE, width=0.9)
    ring(c)
    scatter(c)
    c.text("Fig. 3: example data, not measured", 8, 196, 5.2, "#8a929b")
    return c


def lines(c: Canvas) -> None:
    """Two lines and the band around one."""
    xs = [33.5 + 28 * k for k in range(6)]
    a = [96 - 9 * math.sin(1.1 * k) - 8 * k for k in range(6)]
    b = [70 + 12 * math.cos(0.9 * k) - 3 * k for k in range(6)]
    band = [(x, y - 3 - k) for k, (x, y) in enumerate(zip(xs, b, strict=True))]
    band += [(x, y + 3 + k) for k, (x, y) in reversed(list(enumerate(zip(xs, b, strict=True))))]
    c.path(polygon(band), "#4a90d9", opacity=0.25)
    for ys, colour in ((a, "#c2185b"), (b, "#1f5fa8")):
        points = list(zip(xs, ys, strict=True))
        c.path(polygon(points, closed=False), stroke=colour, width=1.2)
        for x, y in points:
            c.circle(x, y, 1.9, "#ffffff", colour, 1.0)


def ring(c: Canvas) -> None:
    """A ring of shares, with a legend."""
    start, x, y = -90.0, 40.0, 161.0
    for share, colour in ((0.38, TEAL), (0.27, PLUM), (0.21, AMBER), (0.14, "#9aa3ad")):
        end = start + 360 * share
        (x0, y0), (x1, y1) = (
            (x + 22 * math.cos(math.radians(t)), y + 22 * math.sin(math.radians(t)))
            for t in (start, end)
        )
        large = int(share > 0.5)
        c.path(f"M{x} {y}L{x0:.3f} {y0:.3f}A22 22 0 {large} 1 {x1:.3f} {y1:.3f}Z", colour,
               "#ffffff", 0.7)  # fmt: skip
        start = end
    c.circle(x, y, 11, "#ffffff")
    c.text("38 %", x, y + 2.4, 6.6, SLATE, bold=True, anchor="middle")
    for k, (name, colour) in enumerate((("wind", TEAL), ("solar", PLUM), ("hydro", AMBER),
                                        ("other", "#9aa3ad"))):  # fmt: skip
        c.rect(70, 145 + 10 * k, 6, 6, colour)
        c.text(name, 79, 150.4 + 10 * k, 6.2, SLATE)


def scatter(c: Canvas) -> None:
    """A small plot of points with a fitted line and error bars."""
    c.rect(112, 138, 80, 48, "#f6f7f9", "#b7bdc6", 0.6)
    for k in range(1, 4):
        c.line((112 + 20 * k, 138), (112 + 20 * k, 186), stroke="#dfe3e8", width=0.4)
    for k in range(14):
        x = 116 + 5.4 * k
        y = 180 - 2.6 * k + 5 * math.sin(2.3 * k)
        c.line((x, y - 3.4), (x, y + 3.4), stroke=SLATE, width=0.5)
        c.circle(x, y, 1.35, AMBER if k % 3 else TEAL)
    c.line((114, 181), (190, 144), stroke="#c2185b", width=0.9, dash="3 1.6", cap="butt")
    c.text("r² = 0.87", 116, 146, 5.8, SLATE)


draw = painter(page)
