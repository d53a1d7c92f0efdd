"""Makes the live gallery, docs/gallery: pages that are pictures, each at most 200 KiB.

python -m examples.gallery [--only cub plan] [--folder docs/gallery]
"""

import argparse
import html
import tempfile
from pathlib import Path

from benchmarks.subjects import SUBJECTS, photograph_like

import redraw
from redraw.signals.table.examples import example

MOST = 200 * 1024
# Widths.
PLAN, CARTOON = 200, 200
HERE = Path(__file__).parents[1]
INDEX = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>redraw: a gallery</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem;
  color-scheme: light dark; }}
ul {{ list-style: none; padding: 0; display: grid; gap: 1.5rem;
  grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); }}
iframe {{ width: 100%; aspect-ratio: 4 / 3; border: 1px solid #8886; border-radius: 8px; }}
</style></head><body>
<h1>Pictures that are small neural networks</h1>
<p>Each frame is one page made by <code>redraw export</code>: wheel, fingers or keys zoom in.</p>
<ul>
{items}
</ul></body></html>
"""


def main() -> None:
    """Fit and export all of them."""
    ask = argparse.ArgumentParser(description="Make the live gallery.")
    ask.add_argument("--only", nargs="*", default=list(PAGES))
    ask.add_argument("--folder", type=Path, default=HERE / "docs/gallery")
    asked = ask.parse_args()
    asked.folder.mkdir(exist_ok=True, parents=True)
    for name in asked.only:
        about, make = PAGES[name]
        path = asked.folder / f"{name}.html"
        make(path)
        size = path.stat().st_size
        print(f"{name:12} {size:>8,} bytes  {about}", flush=True)
        assert size <= MOST, f"{name} is larger than {MOST:,} bytes"
    items = []
    for name, (about, _) in PAGES.items():
        path = asked.folder / f"{name}.html"
        if path.exists():
            size = f"{path.stat().st_size / 1000:.0f} kB"
            items.append(
                f'<li><a href="{name}.html">{html.escape(about)}</a>, {size}'
                f'<iframe src="{name}.html" title="{html.escape(about)}" loading="lazy">'
                "</iframe></li>"
            )
    (asked.folder / "index.html").write_text(INDEX.format(items="\n".join(items)))


def cub(path: Path) -> None:
    """The drawing that comes along."""
    redraw.fit("cub", model="ink", steps=1000).export(path, name="A cub", force=True)


def plan(path: Path) -> None:
    """A dense drawing."""
    redraw.fit(SUBJECTS["plan"].picture(PLAN), model="cel").export(path, name="A plan", force=True)


def cartoon(path: Path) -> None:
    """Colours in regions."""
    field = redraw.fit(SUBJECTS["cartoon"].picture(CARTOON), model="cel")
    field.export(path, name="A cartoon", force=True)


def photograph(path: Path) -> None:
    """A picture with textures."""
    field = redraw.fit(photograph_like(512, 384), model="wavelet")
    field.export(path, name="Something like a photograph", force=True)


def spirals(path: Path) -> None:
    """A table: two numbers, and which of two classes they are of."""
    redraw.fit(example("two-spirals")).export(path, name="Two spirals", force=True)


def animation(path: Path) -> None:
    """How the cub was learned."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "cub.run"
        field = redraw.fit("cub", model="ink", steps=800, run=run, frames=40)
        field.export(path, name="A cub, as it was learned", animate=run, force=True)


PAGES = {
    "cub": ("A cub, 200 x 200, as a network of sines", cub),
    "plan": ("A plan with fine lines, as labels", plan),
    "cartoon": ("A cartoon, as labels of slowly varying colours", cartoon),
    "photograph": ("Textures and edges as wavelet coefficients and a spline", photograph),
    "two-spirals": ("A table of 194 points: which spiral is likely where", spirals),
    "animation": ("The cub as it was learned, with a scrubber", animation),
}


if __name__ == "__main__":
    main()
