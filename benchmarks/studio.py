"""What watching costs: the first picture, pictures a second, and the fit's speed.

python -m benchmarks.studio [--picture FILE] [--model hash] [--turns 5] [--seconds 4] [--record]

One long fit in `redraw studio` goes on alone, watched by a light client (a WebSocket that takes
frames as a page does and shows nothing), and watched in a real browser (Debian's Chromium, through
Playwright), in turns, in one run. Steps per second of wall-clock time over those of the turns alone
beside it are the share of its speed that the fit keeps. Server, fit and browser share the machine:
without a GPU, Chromium draws its pages with the same cores.

The first picture is timed before that, from pressing Fit until the browser has drawn it, and for
the light client from asking for the fit until the frame has come.
"""

import argparse
import contextlib
import functools
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Origin

from benchmarks.recording import Recorder

# In the page: when Fit was pressed, when the first picture was on the screen, and pictures shown.
WATCH = """
window.shown = 0;
window.pressed = window.first = null;
addEventListener("click", (event) => {
    if (!event.target.matches("button.large")) return;
    window.pressed = performance.now();
    window.first = null;
}, true);
for (const name of ["putImageData", "drawImage"]) {
    const before = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...given) {
        if (this.canvas.classList.contains("picture")) {
            window.shown += 1;
            // What is drawn now is presented with this frame; the next one begins after that.
            if (window.pressed !== null && window.first === null) {
                window.first = 0;
                requestAnimationFrame(() => requestAnimationFrame(() => {
                    window.first = (performance.now() - window.pressed) / 1000;
                }));
            }
        }
        return before.apply(this, given);
    };
}
"""
LONG = 10_000_000  # steps: never reached
PROCESSES = ("fit", "server", "drawing", "browser")


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
                self.cookie = f"redraw-studio-{self.port}={self.token}"
                self.origin = f"http://127.0.0.1:{self.port}"
                return
        raise SystemExit("the studio did not start")

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(
            "GET" if body is None else "POST",
            path,
            None if body is None else json.dumps(body),
            {"Cookie": self.cookie, "Origin": self.origin},
        )
        found = json.loads(connection.getresponse().read())
        connection.close()
        return found

    def wait_until(self, true: Callable[[], bool]) -> None:
        """Look now and then until something is so."""
        while not true():
            time.sleep(0.1)

    def begin(self, model: str, steps: int) -> str:
        """Start a fit; its name."""
        asked = {"picture": "picture.png", "models": [model], "options": {"steps": steps}}
        return self.ask("/api/fits", asked)["fits"][0]

    def state(self, name: str) -> str:
        """Of a fit."""
        return self.ask(f"/api/fits/{name}")["state"]

    def processes(self) -> tuple[int, int, int]:
        """Numbers of those of the fits, of the server, and of drawing."""
        listed = subprocess.run(
            ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        found = [int(line.split()[0]) for line in listed.splitlines() if "spawn_main" in line]
        return found[0], self.process.pid, found[1]

    def stop(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)


class LightClient:
    """Takes the frames of a fit as a page does, and shows nothing."""

    def __init__(self, server: Server, name: str) -> None:
        self.frames = 0
        self.first = threading.Event()
        self._name = name
        self._open = contextlib.ExitStack()
        self._socket = self._open.enter_context(
            connect(
                f"ws://127.0.0.1:{server.port}/live",
                origin=Origin(server.origin),
                additional_headers={"Cookie": server.cookie},
                compression=None,
                max_size=None,
            )
        )
        self._socket.send(json.dumps({"watch": [name]}))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            for message in self._socket:
                if isinstance(message, bytes):
                    self.frames += 1
                    self.first.set()
                    self._socket.send(json.dumps({"seen": self._name}))

    def close(self) -> None:
        """Leave."""
        self._open.close()
        self._thread.join()


def processor_seconds(root: int) -> float:
    """That a process has used, and all below it that are there."""
    listed = subprocess.run(
        ["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    parents = [tuple(map(int, line.split())) for line in listed.splitlines()]
    family, added = {root}, True
    while added:
        more = {pid for pid, parent in parents if parent in family} - family
        family, added = family | more, bool(more)
    return sum(own_seconds(pid) for pid in family)


def own_seconds(pid: int) -> float:
    """Processor time of one process; 0 if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Measured:
    """What was measured in the turns of one kind of watcher."""

    def __init__(self) -> None:
        self.speeds: list[float] = []
        self.frames: list[float] = []
        self.used: dict[str, list[float]] = {name: [] for name in PROCESSES}

    def take(
        self, server: Server, name: str, seconds: float, browser: int, shown: Callable[[], int]
    ) -> None:
        """One turn."""
        fit, own, drawing = server.processes()

        def used() -> list[float]:
            three = [own_seconds(pid) for pid in (fit, own, drawing)]
            return [*three, processor_seconds(browser)]

        before, frames = used(), shown()
        began, first = time.perf_counter(), server.ask(f"/api/fits/{name}")["step"]
        time.sleep(seconds)
        last = server.ask(f"/api/fits/{name}")["step"]
        took = time.perf_counter() - began
        frames = shown() - frames
        self.speeds.append((last - first) / took)
        self.frames.append(frames / took)
        for key, now, then in zip(PROCESSES, used(), before, strict=True):
            self.used[key].append((now - then) / took)


def first_pictures(server: Server, page: Any, model: str, turns: int) -> list[float]:
    """Seconds from pressing Fit to a picture on the page."""
    found = []
    for _ in range(turns):
        page.goto(f"{server.url}#/new/picture.png")
        page.wait_for_selector("button.large:not(:disabled)")
        page.locator(f"input[value='{model}']").check()
        page.locator("summary").click()
        page.get_by_label("Learn until").select_option("steps")
        page.get_by_label("How many").fill("60")
        time.sleep(0.5)
        page.evaluate("() => document.querySelector('button.large').click()")
        page.wait_for_function("() => window.first > 0", polling=250)
        found.append(page.evaluate("() => window.first"))
        page.wait_for_selector(".chip[data-state=finished]")
        page.goto("about:blank")
    return found


def first_frames(server: Server, model: str, turns: int) -> list[float]:
    """Seconds from asking for a fit to its first frame at a light client."""
    found = []
    for _ in range(turns):
        began = time.perf_counter()
        name = server.begin(model, 60)
        client = LightClient(server, name)
        client.first.wait()
        found.append(time.perf_counter() - began)
        client.close()
        server.wait_until(lambda name=name: server.state(name) == "finished")
        time.sleep(0.5)  # it draws itself well once more before the next can begin
    return found


def place_picture(given: Path | None, folder: Path) -> str:
    """The picture to learn, into the folder; what it is."""
    target = folder / "picture.png"
    if given:
        shutil.copy(given, target)
        return given.stem
    import skimage.data
    from PIL import Image

    Image.fromarray(skimage.data.astronaut()).save(target)
    return "astronaut 512x512"


def main() -> None:
    """Measure, print, record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path, help="by default scikit-image's astronaut")
    parser.add_argument("--model", default="hash")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--record", action="store_true", help="append rows to results.csv")
    given = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        driver = stack.enter_context(sync_playwright())
        what = place_picture(given.picture, scratch)
        server = Server(scratch)
        stack.callback(server.stop)
        server.wait_until(lambda: server.ask("/api/state")["ready"])
        alone = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=alone)
        page = browser.new_page()
        page.set_default_timeout(120_000)
        page.add_init_script(WATCH)
        firsts = first_pictures(server, page, given.model, given.turns)
        lights = first_frames(server, given.model, given.turns)
        name = server.begin(given.model, LONG)
        server.wait_until(lambda: server.state(name) == "running")
        time.sleep(3.0)  # the densest of the saved frames are behind it
        results = {kind: Measured() for kind in ("alone", "light client", "browser")}
        for turn in range(given.turns):
            kinds = list(results)
            for kind in kinds[turn % 3 :] + kinds[: turn % 3]:
                watch(server, page, kind, name, given.seconds, results[kind])
        browser.close()
    tell(results, firsts, lights, f"{given.model}, {what}", given.record)


def watch(
    server: Server, page: Any, kind: str, name: str, seconds: float, result: Measured
) -> None:
    """One turn of one kind."""
    client = None
    shown: Callable[[], int] = int  # nothing is shown: 0
    if kind == "light client":
        client = LightClient(server, name)
        client.first.wait()
        shown = functools.partial(getattr, client, "frames")
    elif kind == "browser":
        page.goto(f"{server.url}#/fit/{name}")
        page.wait_for_function("() => window.shown > 5", polling=250)
        shown = functools.partial(page.evaluate, "() => window.shown")
    time.sleep(1.0)
    result.take(server, name, seconds, browser_process(), shown)
    if client:
        client.close()
    page.goto("about:blank")
    time.sleep(0.5)


def browser_process() -> int:
    """The driver of the browser, a child of this process."""
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(os.getpid())],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return next(int(line.split()[0]) for line in listed.splitlines() if "playwright" in line)


def tell(
    results: dict[str, Measured],
    firsts: list[float],
    lights: list[float],
    case: str,
    record: bool,
) -> None:
    """Print the figures, and append them as rows if that is wanted."""
    recorder = Recorder("studio", os.cpu_count() or 1)
    rows = [
        ("browser", "seconds to the first picture", firsts),
        ("light client", "seconds to the first picture", lights),
    ]
    alone = results["alone"].speeds
    for kind, result in results.items():
        rows.append((kind, "steps a second", result.speeds))
        if kind != "alone":
            rows.append((kind, "pictures a second", result.frames))
            shares = [a / b for a, b in zip(result.speeds, alone, strict=True)]
            rows.append((kind, "share of speed kept", shares))
        rows += [(kind, f"cores used, {key}", values) for key, values in result.used.items()]
    for kind, metric, values in rows:
        middle = recorder.add(case, kind, metric, values)
        print(f"{kind:<13} {metric:<30} {middle:9.3f}   {min(values):.3f} to {max(values):.3f}")
    if record:
        recorder.save()


if __name__ == "__main__":
    main()
