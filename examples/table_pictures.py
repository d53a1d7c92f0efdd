"""The pictures of docs/tables.md: what the built-in functions look like when they are learned.

python examples/table_pictures.py [FOLDER]     into docs/pictures by default
"""

import io
import sys
from pathlib import Path

from PIL import Image

import redraw
from redraw.figures.plots import save_figure
from redraw.figures.table_plots import draw_fit, draw_residuals, view_of
from redraw.fitting.result.fitted import open_drawer
from redraw.signals.table.examples import example
from redraw.signals.table.function import sampled
from redraw.signals.table.table import Table

WIDTH, HEIGHT = 6.0, 4.4  # inches of one picture
DPI = 110
SURFACE = "sin(3*x) * cos(2*y) + x*y/4"


def drawn(table: Table, field: redraw.FittedField, *, residuals: bool = False) -> Image.Image:
    """One picture."""
    view, out = view_of(table, open_drawer(field)), io.BytesIO()
    draw = draw_residuals if residuals else draw_fit
    save_figure(lambda: draw(view, size=(WIDTH, HEIGHT)), out, "png", DPI)
    return Image.open(out).convert("RGB")


def sheet(pictures: list[Image.Image], columns: int) -> Image.Image:
    """Pictures of one size beside and below each other."""
    width, height = pictures[0].size
    rows = -(-len(pictures) // columns)
    page = Image.new("RGB", (columns * width, rows * height), "white")
    for place, picture in enumerate(pictures):
        page.paste(picture, (place % columns * width, place // columns * height))
    return page


def main() -> None:
    """The command line."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs/pictures"
    tables = [
        example("two-spirals"),
        example("lottery"),
        sampled("sin(3*x) + x**2/4", "x=-3:3", rows=60),
        sampled(SURFACE, "x=-3:3,y=-2:2", rows=900),
    ]
    pictures = [drawn(table, redraw.fit(table, steps=800, threads=1)) for table in tables]
    sheet(pictures, 2).save(folder / "tables.png", optimize=True)
    line = example("linear")
    field = redraw.fit(line, model="linear", steps=800, threads=1)
    both = [drawn(line, field), drawn(line, field, residuals=True)]
    sheet(both, 2).save(folder / "tables-linear.png", optimize=True)


if __name__ == "__main__":
    main()
