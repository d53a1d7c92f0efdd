"""What a page that watches costs: the first picture, pictures a second, and the fit's speed.

python -m benchmarks.studio [--picture FILE] [--model hash] [--turns 5] [--seconds 4]

A real browser (Debian's Chromium, through Playwright) watches one long fit in `redraw studio`. The
page is opened and left in turns, in one run: the steps per second of wall-clock time with it, over
those without, is the share of its speed that the fit keeps. Server, fit and browser share the
machine.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.recording import Recorder

PRESS = """async () => {
    const began = performance.now();
    document.querySelector("button.large").click();
    for (;;) {
        await new Promise(requestAnimationFrame);
        const canvas = document.querySelector(".stage canvas");
        if (canvas && canvas.width > 1) return (performance.now() - began) / 1000;
    }
}"""
COUNT = """
window.shown = 0;
for (const name of ["putImageData", "drawImage"]) {
    const before = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...given) {
        if (this.canvas.isConnected && this.canvas.classList.contains("picture")) window.shown += 1;
        return before.apply(this, given);
    };
}
"""


class Server:
    """`redraw studio` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        words = ["studio", "--no-open", "--port", "0", "--folder", str(folder)]
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "redraw", *words], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r"http://\S+:(\d+)/\?token=(\S+)", line):
                self.url, self.port, self.token = found[0], int(found[1]), found[2]
                return
        raise SystemExit("the studio did not start")

    def get(self, path: str) -> dict[str, Any]:
        """JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        cookie = {"Cookie": f"redraw-studio-{self.port}={self.token}"}
        connection.request("GET", path, headers=cookie)
        return json.loads(connection.getresponse().read())

    def stop(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)


def steps_per_second(server: Server, name: str, seconds: float) -> float:
    """Of wall-clock time."""
    began, first = time.perf_counter(), server.get(f"/api/fits/{name}")["step"]
    time.sleep(seconds)
    last = server.get(f"/api/fits/{name}")["step"]
    return (last - first) / (time.perf_counter() - began)


def main() -> None:
    """Measure, print, record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path, help="by default scikit-image's astronaut")
    parser.add_argument("--model", default="hash")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    given = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as driver:
        folder = Path(scratch)
        picture = folder / "picture.png"
        if given.picture:
            shutil.copy(given.picture, picture)
        else:
            import skimage.data
            from PIL import Image

            Image.fromarray(skimage.data.astronaut()).save(picture)
        server = Server(folder)
        alone = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=alone)
        page = browser.new_page()
        page.set_default_timeout(120_000)
        page.add_init_script(COUNT)
        firsts: list[float] = []
        name = ""
        for turn in range(3):
            page.goto(f"{server.url}#/new/picture.png")
            page.wait_for_selector("button.large:not(:disabled)")
            page.locator(f"input[value='{given.model}']").check()
            page.locator("summary").click()
            page.get_by_label("Learn until").select_option("steps")
            page.get_by_label("How many").fill("300" if turn < 2 else "10000000")
            firsts.append(page.evaluate(PRESS))
            name = page.url.rsplit("/", 1)[1]
            if turn < 2:
                page.wait_for_selector(".chip[data-state=finished]")
        watched, left, frames = [], [], []
        for _ in range(given.turns):
            page.goto(f"{server.url}#/fit/{name}")
            page.wait_for_function("() => window.shown > 5")
            time.sleep(1.0)
            before = page.evaluate("() => window.shown")
            began = time.perf_counter()
            watched.append(steps_per_second(server, name, given.seconds))
            shown = page.evaluate("() => window.shown") - before
            frames.append(shown / (time.perf_counter() - began))
            page.goto("about:blank")
            time.sleep(1.0)
            left.append(steps_per_second(server, name, given.seconds))
        shares = [with_page / without for with_page, without in zip(watched, left, strict=True)]
        browser.close()
        server.stop()
    recorder = Recorder("studio", os.cpu_count() or 1)
    case = f"{given.model}, {'astronaut 512x512' if not given.picture else given.picture.stem}"
    for metric, values in (
        ("seconds to the first picture", firsts),
        ("pictures a second", frames),
        ("steps a second, watched", watched),
        ("steps a second, not watched", left),
        ("share of speed kept", shares),
    ):
        middle = recorder.add(case, "one page", metric, values)
        print(f"{metric:<30} {middle:8.3f}   {min(values):.3f} to {max(values):.3f}")
    recorder.save()


if __name__ == "__main__":
    main()
