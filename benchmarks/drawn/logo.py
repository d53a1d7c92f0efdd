"""A logo: a seal of four colours that meet in points, overlapping leaves, a word, and small type."""

import math

from benchmarks.drawn.vector import Canvas, painter, polygon, smooth

NAVY, CORAL, GOLD, TEAL, INK = "#16365c", "#e4572e", "#f3a712", "#2e9e8f", "#2a2b33"


def page() -> Canvas:
    """The page."""
    c = Canvas("#faf6ec")
    seal(c, 62, 66, 46)
    leaves(c)
    c.text("Halm&Korn", 12, 150, 25, NAVY, bold=True)
    c.rect(12, 156.5, 176, 2.2, GOLD)
    c.text("bakery, mill and shop since 1904", 12, 168, 9, INK)
    c.text("An der alten Furt 7 · open 6 to 18", 12, 179, 7.4, TEAL)
    c.text("www.halm-korn.example", 12, 190, 7, CORAL, bold=True)
    return c


def seal(c: Canvas, x: float, y: float, r: float) -> None:
    """Quarters that meet in the middle, a ring, and a sun with rays."""
    disc = f"M{x - r} {y}A{r} {r} 0 1 1 {x + r} {y}A{r} {r} 0 1 1 {x - r} {y}Z"
    with c.clipped(disc):
        for turn, colour in enumerate((NAVY, CORAL, TEAL, GOLD)):
            a, b = (math.radians(90 * turn + shift) for shift in (20, 110))
            far = [(x + 90 * math.cos(t), y + 90 * math.sin(t)) for t in (a, (a + b) / 2, b)]
            c.path(polygon([(x, y), *far]), colour)
        for k in range(5):
            wave = [(x - 50 + 12 * i, y + 14 + 7 * k + 2.5 * (-1) ** i) for i in range(10)]
            c.path(smooth(wave, closed=False), stroke="#faf6ec", width=1.6)
    c.circle(x, y, r, stroke=INK, width=2.4)
    c.circle(x, y, r - 4, stroke="#faf6ec", width=1.1)
    rays = []
    for k in range(32):
        reach = 20.0 if k % 2 == 0 else 12.0
        rays.append(
            (x + reach * math.cos(k * math.pi / 16), y + reach * math.sin(k * math.pi / 16))
        )
    c.path(polygon(rays), "#faf6ec", INK, 0.9)
    c.circle(x, y, 9.5, CORAL, INK, 1.2)


def leaves(c: Canvas) -> None:
    """An ear of corn from leaves of three colours that touch and overlap."""
    c.path(smooth([(150, 128), (154, 90), (148, 52), (152, 22)], closed=False), stroke=INK, width=2)
    for k in range(7):
        y = 108 - 13 * k
        for side, colour in ((-1, GOLD), (1, CORAL if k % 2 else TEAL)):
            x = 151
            leaf = [(x, y), (x + side * 13, y - 7), (x + side * 25, y - 22), (x + side * 9, y - 14)]
            c.path(smooth(leaf), colour)
            c.path(smooth([leaf[0], (x + side * 10, y - 9), leaf[2]], closed=False),
                   stroke="#faf6ec", width=0.8)  # fmt: skip
    c.path(smooth([(152, 26), (144, 18), (152, 4), (160, 18)]), NAVY)
    for k, (x, y) in enumerate(((118, 120), (182, 120))):
        c.circle(x, y, 8, stroke=(TEAL, CORAL)[k], width=2.2)
        c.circle(x + 5, y - 4, 8, stroke=(GOLD, NAVY)[k], width=2.2)


draw = painter(page)
