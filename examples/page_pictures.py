"""Makes the pictures of docs/export.md: a page of the gallery, zoomed into, and its field as paths.

python -m examples.page_pictures [page zoom paths] [--folder docs/pictures]

Pages need Chromium (scripts/chromium); paths vtracer and resvg (the extra `bench`). The field is
the one that the gallery's cartoon holds.
"""

import argparse
import base64
import io
import re
import shutil
import tempfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.paths import SETTINGS, against, by_vtracer, drawn, nodes
from benchmarks.subjects import LEARNED, SUBJECTS
from PIL import Image

import redraw
from examples import panels
from redraw.fitting.result.fitted import FittedField
from redraw.metrics import psnr
from redraw.signals.picture.resampling import lanczos

HERE = Path(__file__).parents[1]
CARTOON = HERE / "docs/gallery/cartoon.html"
FLAGS = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
WIDTH, HEIGHT = 420, 330
SEAM = 8
ELEMENT = "document.querySelector('redraw-field')"
# Where pages are zoomed into, in the cartoon's pixels, and how much; the last is shown beside the
# enlarged pixels, too.
EYE, ZOOMS = (99.5, 137.0), (6, 24)
# What of the paths is looked at closely, how much larger; and how much larger they are measured.
CLOSE, LARGER, MEASURED = (0.61, 0.745), 8, 4
SHARE = 0.16


def main() -> None:
    """Make all of them, or those that are named."""
    ask = argparse.ArgumentParser(description="Make the pictures of docs/export.md.")
    ask.add_argument("only", nargs="*", default=list(PICTURES), metavar="picture")
    ask.add_argument("--folder", type=Path, default=HERE / "docs/pictures")
    asked = ask.parse_args()
    for name in asked.only:
        panels.save(PICTURES[name](), asked.folder / f"export-{name}.png")


def page() -> Image.Image:
    """The whole page, light and dark."""
    return beside([screenshot(dark=dark) for dark in (False, True)])


def zoom() -> Image.Image:
    """The page where it was zoomed into, and closer, beside the enlarged pixels."""
    less, more = ZOOMS
    return beside([screenshot(less), screenshot(more, compared=True)])


def screenshot(
    scale: float | None = None, *, dark: bool = False, compared: bool = False
) -> Image.Image:
    """What Chromium shows of the cartoon's page once it is drawn in full.

    Args:
        scale: Screen pixels to one of the cartoon's, around `EYE`; by default all of it is shown.
        dark: Whether the reader likes dark pages.
        compared: Whether the enlarged pixels are shown beside it, as after the key P.
    """
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        shown = browser.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="dark" if dark else "light"
        )
        shown.goto(CARTOON.as_uri())
        wait(shown)
        if scale is not None:
            left, top = EYE[0] - WIDTH / scale / 2, EYE[1] - HEIGHT / scale / 2
            view = {"left": left, "top": top, "scale": scale}
            shown.evaluate(f"(view) => {ELEMENT}.look(view)", view)
        if compared:
            shown.locator("redraw-field").press("p")
            shown.evaluate(f"{ELEMENT}.blur()")
        wait(shown)
        made = Image.open(io.BytesIO(shown.screenshot())).convert("RGB")
        browser.close()
    return made


def wait(page: Any) -> None:
    """Until a page is drawn in full. It forbids what `wait_for_function` does."""
    for _ in range(1200):
        if page.evaluate(f"{ELEMENT}.state") == "complete":
            return
        page.wait_for_timeout(100)
    raise TimeoutError(f"{page.url} is not drawn after two minutes")


def beside(pictures: Sequence[Image.Image]) -> Image.Image:
    """Pictures of equal height in a row."""
    row = Image.new("RGB", (sum(each.width + SEAM for each in pictures) - SEAM, HEIGHT), "#888")
    at = 0
    for each in pictures:
        row.paste(each, (at, 0))
        at += each.width + SEAM
    return row


def paths() -> Image.Image:
    """A part, larger: by Lanczos, by vtracer, by the field's paths, and as it is painted."""
    subject = SUBJECTS["cartoon"]
    learned, measured = subject.picture(), subject.draw(MEASURED * LEARNED)
    size = LARGER * LEARNED
    with tempfile.TemporaryDirectory() as folder:
        traced = max(
            (by_vtracer(learned, setting, Path(folder)) for setting in SETTINGS),
            key=lambda text: against(text, measured),
        )
        exported = Path(folder) / "it.svg"
        embedded(CARTOON, Path(folder)).export(exported)
        ours = exported.read_text()
    half = lanczos(learned.values, MEASURED * LEARNED, MEASURED * LEARNED)
    row = [
        (np.clip(lanczos(learned.values, size, size), 0, 1), "Lanczos", psnr(half, measured), ""),
        *(
            (
                drawn(text, (size, size, 3)),
                title,
                against(text, measured),
                f", {nodes(text):,} nodes",
            )
            for text, title in ((traced, "vtracer, best of six"), (ours, "redraw's .svg"))
        ),
    ]
    shown = [
        panels.Panel(panels.crop(values, CLOSE, SHARE), title, f"{found:.1f} dB{more}")
        for values, title, found, more in row
    ]
    page = panels.crop(subject.draw(size), CLOSE, SHARE)
    shown.append(panels.Panel(page, "the page itself", "painted at this size"))
    return panels.sheet([shown])


def embedded(page: Path, folder: Path) -> FittedField:
    """The field that a page of a coded drawing holds."""
    found = re.search(r'id="field"[^>]*>([^<]*)', page.read_text(encoding="utf-8"))
    assert found is not None
    path = folder / "it.redraw"
    path.write_bytes(zlib.decompress(base64.b64decode(found[1]), -zlib.MAX_WBITS))
    field = redraw.load(path)
    assert isinstance(field, FittedField)
    return field


PICTURES = {"page": page, "zoom": zoom, "paths": paths}


if __name__ == "__main__":
    main()
