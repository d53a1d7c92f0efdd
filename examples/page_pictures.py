"""Makes the picture of docs/export.md that shows a page of the gallery, light and dark.

python -m examples.page_pictures [--folder docs/pictures]

Needs Chromium (scripts/chromium).
"""

import argparse
import io
import shutil
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parents[1]
FLAGS = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
WIDTH, HEIGHT = 420, 330


def main() -> None:
    """Make it."""
    from playwright.sync_api import sync_playwright

    ask = argparse.ArgumentParser(description="Make the picture of a page for docs/export.md.")
    ask.add_argument("--folder", type=Path, default=HERE / "docs/pictures")
    out = ask.parse_args().folder / "export-page.png"
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    row = Image.new("RGB", (2 * WIDTH, HEIGHT))
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        for at, scheme in enumerate(("light", "dark")):
            page = browser.new_page(
                viewport={"width": WIDTH, "height": HEIGHT}, color_scheme=scheme
            )
            page.goto((HERE / "docs/gallery/cartoon.html").as_uri())
            for _ in range(600):
                if page.evaluate("document.querySelector('redraw-field').state") == "complete":
                    break
                page.wait_for_timeout(100)
            shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            row.paste(shot, (at * WIDTH, 0))
        browser.close()
    row.save(out, optimize=True)
    print(f"{out.name}: {out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
