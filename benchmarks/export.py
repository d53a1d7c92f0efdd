"""What exports weigh, how near they are to `redraw render`, and how soon a page shows them.

    python -m benchmarks.export [--presets ink hash spline] [--subjects cub cartoon photograph]
        [--only bytes pixels seconds blocking] [--steps 300] [--record]

Of each preset on the cub, the cartoon and a photograph: bytes of each export; the largest
difference of the page's pixels from `redraw render`, in steps of 8 bits, at its own size and
zoomed 64 times; the seconds until Chromium shows the first picture, and full quality at
1280 x 720; the longest that the page is kept from answering while it opens, and while somebody
zooms in by the wheel. `--only` measures a part, so that seconds can wait for a quiet machine. The
browser draws by WebGL2 in software (SwiftShader) on the processor that runs this, not on a graphics
processor.
"""

import argparse
import base64
import io
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import redraw
from benchmarks.recording import Recorder
from benchmarks.subjects import SUBJECTS, photograph_like
from redraw.engines.threads import usable_threads
from redraw.errors import UsageError
from redraw.fitting.plan.presets import PRESETS

FORMATS = ("html", "c", "py", "glsl", "wgsl", "onnx", "svg", "pdf")
FLAGS = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
ELEMENT = "document.querySelector('redraw-field')"
PARTS = ("bytes", "pixels", "seconds", "blocking")
LONGEST = 60.0  # seconds that are waited for full quality
# What browsers count as long is what keeps a page from answering for more than 50 ms.
WATCH = """
window.tasks = [];
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.tasks.push(task.duration);
}).observe({ type: "longtask", buffered: true });
"""


def main() -> None:
    """Measure and print a table."""
    ask = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    ask.add_argument("--presets", nargs="*", default=[p for p in PRESETS if p not in OTHERS])
    ask.add_argument("--subjects", nargs="*", default=["cub", "cartoon", "photograph"])
    ask.add_argument("--only", nargs="+", default=list(PARTS), choices=PARTS)
    ask.add_argument("--steps", type=int, default=300)
    ask.add_argument("--record", action="store_true")
    asked = ask.parse_args()
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        for subject in asked.subjects:
            for preset in asked.presets:
                options: dict[str, Any] = {}
                if PRESETS[preset].train.optimizer in ("adam", "adamw", "sgd"):
                    options["steps"] = asked.steps
                try:
                    field = redraw.fit(picture_of(subject), model=preset, **options)
                except UsageError as error:
                    print(f"{subject:12} {preset:10} not fitted: {error}")
                    continue
                recorder = Recorder("export", usable_threads())
                measured = Measured(field, subject, preset, Path(folder), recorder)
                measured.all_of(browser, asked.only)
                if asked.record:
                    recorder.save()
        browser.close()


OTHERS = ("table", "linear")


def picture_of(name: str) -> Any:
    """A subject as it is learned."""
    if name == "photograph":
        return photograph_like(256, 192)
    if name == "cub":
        return "cub"
    return SUBJECTS[name].picture()


@dataclass
class Measured:
    """One field, and what is said of it."""

    field: Any
    subject: str
    preset: str
    folder: Path
    recorder: Recorder

    def all_of(self, browser: Any, parts: list[str]) -> None:
        """Measure these parts, and print a line."""
        page = self.folder / "it.html"
        self.field.export(page, force=True)
        ways = {"bytes": self.sizes, "pixels": self.pixels, "seconds": self.seconds}
        ways["blocking"] = self.blocking
        said = [f"{self.subject:12} {self.preset:10}"]
        for part in parts:
            said += ways[part](browser, page)
        print("  ".join(said), flush=True)

    def add(self, metric: str, value: float) -> None:
        """Record a figure."""
        self.recorder.add(self.preset, self.subject, metric, [value])

    def sizes(self, browser: Any, page: Path) -> list[str]:
        """Bytes of the field file and of each export."""
        del browser, page
        file = self.folder / "it.redraw"
        self.field.save(file, force=True)
        self.add("field file bytes", file.stat().st_size)
        said = [f"file {file.stat().st_size:>8,}"]
        for ending in FORMATS:
            try:
                written = self.field.export(self.folder / f"it.{ending}", force=True)
            except UsageError as error:
                said.append(f"{ending} refused ({str(error)[:60]})")
                continue
            size = sum(each.stat().st_size for each in written.paths)
            self.add(f"{ending} bytes", size)
            said.append(f"{ending} {size:>8,}")
        return said

    def pixels(self, browser: Any, path: Path) -> list[str]:
        """The largest difference of the page's pixels, at their own size and zoomed."""
        width, height = self.field.size
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(path.as_uri())
        wait(page)
        worst = difference(page, self.field, (0, 0, width, height))
        page.evaluate(f"{ELEMENT}.look({{left: 20.25, top: 16.5, scale: 64}})")
        wait(page)
        zoomed = (20.25, 16.5, 20.25 + width / 64, 16.5 + height / 64)
        worst = max(worst, difference(page, self.field, zoomed))
        self.add("largest difference / 255", worst)
        page.close()
        return [f"differs {worst:.0f}/255"]

    def seconds(self, browser: Any, path: Path) -> list[str]:
        """Until the first picture, and full quality."""
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        began = time.monotonic()
        page.goto(path.as_uri())
        there = f"!!({ELEMENT}.stage?.fresh || {ELEMENT}.stage?.shown)"
        first = wait(page, lambda: page.evaluate(there))
        self.add("first picture seconds", first - began)
        last = wait(page)
        said = [f"first {first - began:.1f} s"]
        if page.evaluate(f"{ELEMENT}.state") == "complete":
            self.add("full quality seconds", last - began)
            said.append(f"all {last - began:.1f} s")
        else:
            said.append(f"not all in {LONGEST:.0f} s")
        page.close()
        return said

    def blocking(self, browser: Any, path: Path) -> list[str]:
        """The longest task of the page's own thread, in ms; 0 if none is longer than 50."""
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.add_init_script(WATCH)
        page.goto(path.as_uri())
        wait(page)
        opening = page.evaluate("window.tasks.splice(0)")
        page.mouse.move(400, 300)
        for _ in range(20):
            page.mouse.wheel(0, -120)
            page.wait_for_timeout(50)
        wait(page)
        zooming = page.evaluate("window.tasks.splice(0)")
        page.close()
        said = []
        for name, tasks in (("opening", opening), ("zooming", zooming)):
            longest = max(tasks, default=0.0)
            self.add(f"longest task ms, {name}", longest)
            said.append(f"{name} {longest:.0f} ms ({len(tasks)} over 50)")
        return said


def wait(page: Any, done: Any = None) -> float:
    """Until the picture is there; returns when that was."""
    end = time.monotonic() + LONGEST
    while time.monotonic() < end:
        if done() if done else page.evaluate(f"{ELEMENT}.state") == "complete":
            break
        page.wait_for_timeout(20)
    return time.monotonic()


def difference(page: Any, field: Any, region: tuple[float, float, float, float]) -> float:
    """The largest difference of what is shown from `render`, in steps of 8 bits."""
    text = page.evaluate(f"{ELEMENT}.canvas.toDataURL()").split(",")[1]
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("RGBA"))
    data = field.render(*field.size, region=region)._repr_png_()
    wanted = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))
    return float(np.abs(shown.astype(int) - wanted).max())


if __name__ == "__main__":
    main()
