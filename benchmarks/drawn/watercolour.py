"""A landscape in washes: transparent graded layers, darker rims where paint dried, soft and hard edges."""

import numpy as np

from benchmarks.drawn.vector import Canvas, painter, smooth


def page() -> Canvas:
    """The page."""
    c = Canvas("#fbf8f0")
    c.add('<filter id="wet" x="-30%" y="-30%" width="160%" height="160%">'
          '<feGaussianBlur stdDeviation="5"/></filter>'
          '<filter id="damp" x="-30%" y="-30%" width="160%" height="160%">'
          '<feGaussianBlur stdDeviation="1.4"/></filter>')  # fmt: skip
    c.rect(0, 0, 200, 130, c.linear(0, 0, 0, 130, "#7fb2d9/0.85", "#f6d7b0/0.7", "#f3b79b/0.2"))
    for x, y, r, colour in ((54, 36, 26, "#ffffff"), (82, 30, 20, "#ffffff"), (150, 60, 24, "#fff4e6"),
                            (30, 84, 18, "#e8a0a0"), (178, 22, 30, "#5f8fc4")):  # fmt: skip
        c.add(f'<ellipse cx="{x}" cy="{y}" rx="{r}" ry="{0.5 * r}" fill="{colour}" opacity=".7"'
              ' filter="url(#wet)"/>')  # fmt: skip
    c.circle(138, 82, 12, "#f7c66b", opacity=0.75)
    c.circle(138, 82, 12, stroke="#e08e45", width=0.8, opacity=0.6)
    ranges(c)
    lake(c)
    trees(c)
    return c


def wash(c: Canvas, d: str, top: str, bottom: str, y0: float, y1: float, rim: str) -> None:
    """A transparent layer, and its rim of dried paint."""
    c.path(d, c.linear(0, y0, 0, y1, f"{top}/0.82", f"{bottom}/0.55"))
    c.path(d, stroke=rim, width=0.9, opacity=0.5)


def ranges(c: Canvas) -> None:
    """Three ranges of hills, each wash over the other."""
    generator = np.random.default_rng(5)
    for base, high, top, bottom, rim in (
        (96, 22, "#7a86b8", "#c9b6c9", "#5a659c"),
        (112, 16, "#5f8f8b", "#b9c9a0", "#3f6f70"),
        (128, 12, "#6f9a55", "#c7c46a", "#4b7238"),
    ):
        crest = [(-6 + 16 * k, base - high * generator.random() - 4 * (k % 2)) for k in range(15)]
        d = smooth([*crest, (224, 150), (-12, 150)])
        wash(c, d, top, bottom, base - high, 150, rim)


def lake(c: Canvas) -> None:
    """Water with a blurred reflection and lines of light."""
    c.rect(0, 140, 200, 60, "#fbf8f0")
    c.rect(0, 140, 200, 60, c.linear(0, 140, 0, 200, "#f1c9a5/0.8", "#6fa3c7/0.85", "#335f8a/0.9"))
    c.add('<ellipse cx="138" cy="156" rx="9" ry="14" fill="#f7c66b" opacity=".6"'
          ' filter="url(#damp)"/>')  # fmt: skip
    generator = np.random.default_rng(8)
    for k in range(14):
        y = 146 + 3.8 * k
        x, reach = 200 * generator.random(), 10 + 26 * generator.random()
        wave = [(x - reach, y), (x, y - 0.8), (x + reach, y + 0.4)]
        c.path(smooth(wave, closed=False), stroke="#f9f3e4", width=0.7 + 0.04 * k, opacity=0.55)
    c.path(smooth([(-8, 204), (-8, 168), (20, 164), (52, 178), (78, 190), (96, 206)]), "#5a6b34")
    c.path(smooth([(-8, 204), (-8, 168), (20, 164), (52, 178), (78, 190), (96, 206)]),
           c.linear(0, 160, 0, 206, "#a8a84c/0.7", "#2f4726/0.6"))  # fmt: skip


def trees(c: Canvas) -> None:
    """Pines in one brush stroke each, and a boat."""
    generator = np.random.default_rng(21)
    for x, y, tall in ((18, 172, 62), (36, 176, 48), (6, 178, 40), (54, 184, 34)):
        outline = []
        for side in (-1, 1):
            steps = [(x + side * (0.6 + (0.2 * tall) * (k % 2 * 0.45 + 0.55) * k / 9),
                      y - tall + tall * k / 9 + generator.normal(0, 0.5)) for k in range(10)]  # fmt: skip
            outline += steps if side < 0 else steps[::-1]
        d = smooth(outline)
        c.path(d, c.linear(x - 8, 0, x + 8, 0, "#2c5a4a", "#173a35"), opacity=0.9)
        c.path(d, stroke="#0f2c2b", width=0.6, opacity=0.7)
    c.path(
        smooth([(128, 172), (142, 175), (158, 171), (154, 178), (132, 179)]),
        "#8a3b2a",
        "#4f1f18",
        0.7,
    )
    c.path("M142 172V148L156 168Z", "#fdf9ee", "#8f8676", 0.6)
    c.path("M141 171V152L131 168Z", "#f1dcc0", "#8f8676", 0.6)


draw = painter(page)
