"""A subway map: broad lines at right and half-right angles, interchanges, many names, zones, a river."""

from benchmarks.drawn.vector import Canvas, painter, smooth

INK = "#1d2330"
LINES = {
    "#d32f2f": [(6, 60), (44, 60), (74, 90), (130, 90), (160, 60), (194, 60)],
    "#1976d2": [(30, 8), (30, 74), (60, 104), (60, 150), (90, 180), (150, 180)],
    "#2e7d32": [(8, 130), (84, 130), (124, 90), (124, 40), (156, 8)],
    "#f9a825": [(98, 6), (98, 120), (130, 152), (194, 152)],
    "#6a1b9a": [(160, 194), (160, 110), (130, 80), (84, 80), (50, 46), (50, 8)],
    "#00838f": [(8, 26), (70, 26), (98, 54), (176, 54), (186, 64), (186, 130)],
}
STOPS = (
    (16, 60, "Werft"), (30, 60, "Nordtor"), (30, 40, "Zoo"), (30, 18, "Heide"), (62, 26, "Messe"),
    (98, 26, "Park"), (98, 66, "Oper"), (124, 54, "Börse"), (150, 54, "Museum"), (186, 92, "Hafen"),
    (60, 118, "Uni"), (24, 130, "Mühle"), (84, 130, "Rathaus"), (60, 150, "Süd"),
    (110, 180, "Stadion"), (146, 152, "Forum"), (180, 152, "Messing"), (160, 126, "Garten"),
    (160, 180, "Endlos"), (144, 20, "Hochfeld"),
)  # fmt: skip
CHANGES = ((30, 60), (98, 90), (124, 54), (124, 90), (160, 152), (98, 54), (60, 130), (98, 80))


def page() -> Canvas:
    """The page."""
    c = Canvas("#fbfbf8")
    c.path(smooth([(52, 30), (150, 34), (166, 96), (140, 146), (72, 142), (44, 92)]), "#eef0e6")
    c.path(smooth([(76, 54), (136, 56), (146, 96), (122, 124), (84, 120), (68, 88)]), "#e2e6d4")
    river = [(-6, 166), (40, 158), (76, 164), (112, 158), (140, 128), (206, 112)]
    c.path(smooth(river, closed=False), stroke="#b9dcf2", width=9)
    c.text("Große Ilse", 10, 165, 5.6, "#4d8fb8", turned=-5, family="DejaVu Serif")
    for colour, line in LINES.items():
        c.path("M" + "L".join(f"{x} {y}" for x, y in line), stroke=colour, width=3.4)
    for x, y, name in STOPS:
        c.circle(x, y, 2.0, "#ffffff", INK, 0.8)
        c.text(name, x + 3.2, y - 3, 5.2, INK)
    for x, y in CHANGES:
        c.circle(x, y, 3.3, "#ffffff", INK, 1.2)
    c.rect(94.6, 76.7, 6.8, 16.6, "#ffffff", INK, 1.2, 3.4)
    c.text("Hauptbahnhof", 103, 101, 6.2, INK, bold=True)
    c.rect(6, 172, 46, 24, "#ffffff", "#8b919c", 0.6, 1.5)
    for k, colour in enumerate(LINES):
        x, y = 10 + 22 * (k // 3), 177 + 7 * (k % 3)
        c.rect(x, y - 3, 7, 5, colour, round_by=1)
        c.text(f"U{k + 1}", x + 1.1, y + 0.9, 3.8, "#ffffff", bold=True)
        c.text(
            ("Werft", "Heide", "Mühle", "Park", "Endlos", "Hafen")[k][:5], x + 8.4, y + 1, 4, INK
        )
    c.text("Linienplan 2026", 118, 193, 7.5, INK, bold=True)
    return c


draw = painter(page)
