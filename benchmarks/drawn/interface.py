"""A user interface: a window with a tool bar, a list, buttons, sliders, a dialogue and its shadow."""

import math

from benchmarks.drawn.vector import Canvas, painter, polygon

TEXT, SOFT, LINE, ACCENT = "#22262e", "#6b7280", "#d7dae0", "#2563eb"


def page() -> Canvas:
    """The page."""
    c = Canvas("#e9ebf0")
    c.rect(6, 6, 188, 188, "#ffffff", "#b4b9c4", 0.7, 4)
    c.path(
        "M6 22V10a4 4 0 0 1 4-4h180a4 4 0 0 1 4 4v12Z", c.linear(0, 6, 0, 22, "#f7f8fa", "#e3e6ec")
    )
    c.line((6, 22), (194, 22), stroke=LINE, width=0.7, cap="butt")
    for k, colour in enumerate(("#ff5f57", "#febc2e", "#28c840")):
        c.circle(14 + 8 * k, 14, 2.7, colour, "#00000022", 0.4)
    c.text("Mixer — Untitled 2", 100, 16.6, 6.8, TEXT, bold=True, anchor="middle")
    sidebar(c)
    controls(c)
    dialogue(c)
    return c


def sidebar(c: Canvas) -> None:
    """A list with icons; one row is chosen."""
    c.rect(6.4, 22.4, 52, 167.6, "#f3f4f7")
    c.line((58.4, 22.4), (58.4, 194), stroke=LINE, width=0.7, cap="butt")
    names = ("Inbox", "Tracks", "Effects", "Presets", "Shared", "Archive", "Trash")
    for k, name in enumerate(names):
        y = 28 + 14 * k
        if k == 2:
            c.rect(9, y, 47, 12, ACCENT, round_by=2.5)
        ink = "#ffffff" if k == 2 else TEXT
        icon(c, k, 15.5, y + 6, "#ffffff" if k == 2 else ACCENT)
        c.text(name, 22, y + 8.4, 6.8, ink)
        if k in (0, 4):
            c.rect(45, y + 2.6, 9, 6.8, "#e11d48", round_by=3.4)
            c.text(str(3 + k), 49.5, y + 8, 5, "#ffffff", bold=True, anchor="middle")


def icon(c: Canvas, kind: int, x: float, y: float, ink: str) -> None:
    """A pictogram of seven units a side."""
    if kind % 4 == 0:
        c.rect(x - 3.4, y - 2.6, 6.8, 5.2, "none", ink, 0.8, 0.8)
        c.line((x - 3.2, y - 2.2), (x, y + 0.6), (x + 3.2, y - 2.2), stroke=ink, width=0.7)
    elif kind % 4 == 1:
        for j in range(3):
            c.line((x - 3, y - 2.4 + 2.4 * j), (x + 3, y - 2.4 + 2.4 * j), stroke=ink, width=0.9)
    elif kind % 4 == 2:
        star = [((3.6 if j % 2 == 0 else 1.5) * math.sin(j * math.pi / 5),
                 -(3.6 if j % 2 == 0 else 1.5) * math.cos(j * math.pi / 5)) for j in range(10)]  # fmt: skip
        c.path(polygon([(x + a, y + b) for a, b in star]), ink)
    else:
        c.circle(x, y, 3.2, "none", ink, 0.8)
        c.line((x, y - 1.9), (x, y), (x + 1.6, y + 0.9), stroke=ink, width=0.8)


def controls(c: Canvas) -> None:
    """Switches, sliders, tick boxes, a field, a waveform."""
    c.text("Reverb", 65, 34, 8.6, TEXT, bold=True)
    c.text("Room size, damping and mix", 65, 41, 5.4, SOFT)
    c.rect(166, 27, 20, 10, "#22c55e", round_by=5)
    c.circle(181, 32, 4.1, "#ffffff", "#15803d", 0.4)
    for k, (name, share) in enumerate((("Size", 0.72), ("Damp", 0.35), ("Mix", 0.5))):
        y = 52 + 12 * k
        c.text(name, 65, y + 2, 6, TEXT)
        c.rect(86, y - 1.2, 84, 2.4, LINE, round_by=1.2)
        c.rect(86, y - 1.2, 84 * share, 2.4, ACCENT, round_by=1.2)
        c.circle(86 + 84 * share, y, 3.6, "#ffffff", "#8b93a3", 0.7)
        c.text(f"{round(100 * share)}", 188, y + 2, 5.8, SOFT, anchor="end")
    c.rect(65, 86, 122, 26, "#111827", round_by=2)
    for k in range(60):
        tall = 10 * abs(math.sin(0.31 * k) * math.cos(0.09 * k + 0.4)) + 0.6
        c.rect(67 + 2 * k, 99 - tall, 1.2, 2 * tall, "#38bdf8" if k < 34 else "#475569")
    c.line((134.8, 86), (134.8, 112), stroke="#f43f5e", width=0.8)
    for k, name in enumerate(("Stereo", "Freeze", "Sync")):
        x = 65 + 42 * k
        c.rect(
            x, 118, 7, 7, ACCENT if k != 1 else "#ffffff", "#6b7280" if k == 1 else ACCENT, 0.7, 1.4
        )
        if k != 1:
            c.line((x + 1.6, 121.6), (x + 3, 123.2), (x + 5.6, 119.8), stroke="#ffffff", width=1.0)
        c.text(name, x + 9.5, 124, 6, TEXT)
    c.rect(65, 178, 122, 11, "#ffffff", "#9ca3af", 0.7, 2)
    c.text("Search effects…", 69, 185.6, 6, "#9ca3af")


def dialogue(c: Canvas) -> None:
    """A dialogue over all, with a soft shadow."""
    c.add('<filter id="soft"><feGaussianBlur stdDeviation="3"/></filter>')
    c.add('<rect x="30" y="134" width="130" height="42" rx="5" filter="url(#soft)" opacity=".45"/>')
    c.rect(30, 130, 130, 42, "#ffffff", "#c4c9d3", 0.6, 4)
    c.path(polygon([(42, 138), (50, 152), (34, 152)]), "#f59e0b", "#b45309", 0.8)
    c.line((42, 142.6), (42, 147.4), stroke="#ffffff", width=1.3)
    c.circle(42, 149.7, 0.8, "#ffffff")
    c.text("Discard changes?", 56, 143, 7.6, TEXT, bold=True)
    c.text("Two tracks have not been saved.", 56, 151, 5.6, SOFT)
    c.rect(84, 157, 32, 11, c.linear(0, 157, 0, 168, "#ffffff", "#eceef2"), "#aab0bb", 0.7, 2.4)
    c.text("Cancel", 100, 164.6, 6.2, TEXT, anchor="middle")
    c.rect(121, 157, 32, 11, c.linear(0, 157, 0, 168, "#4f83f5", "#1d4fd7"), "#1e40af", 0.7, 2.4)
    c.text("Discard", 137, 164.6, 6.2, "#ffffff", bold=True, anchor="middle")


draw = painter(page)
