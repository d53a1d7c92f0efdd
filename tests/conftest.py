"""What every test may rely on: quiet surroundings, and a real browser for the pages we make."""

import gc
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Request

# A program for another Python, which has what it imports.
collect_ignore = ["fixtures/s3_server.py"]

# Before anything imports NumPy or PyTorch, and inherited by programs that tests start: the suite
# runs one process per core, where further pools of threads would only get in each other's way.
for pool in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(pool, "1")

# Where there is no card, Triton's interpreter runs its kernels. It decides when it is imported how.
if shutil.which("nvidia-smi") is None:
    os.environ["TRITON_INTERPRET"] = "1"

# Children read our modules compiled, even where images of containers say otherwise to stay small.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# What is imported and collected stays to the end: no cycle is looked for in it, neither while it
# grows nor, for half a second each time, in every full collection that a test brings about.
gc.disable()

# Examples may be slow to make, or to try, where the machine has other work.
hypothesis.settings.register_profile(
    "busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("busy")

# A user's own settings must not decide whether the tests pass.
for name in [name for name in os.environ if name.startswith("REDRAW_")]:
    del os.environ[name]

# A shell starts what runs in the background deaf to Ctrl-C, and so would be what tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_unconfigure() -> None:
    gc.unfreeze()  # or nanobind's modules report all that is left as leaks


# Of what Chromium does by itself: what Playwright disables, as the last list holds alone; the
# address bar's suggestions, a page of their own in every window, and the process that waits for a
# next page. Those two took half of all the time that a browser with small pages did.
IDLE_CHROMIUM = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect"),
    *("OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
    *("WebUIOmniboxPopup", "WebUIOmniboxFullPopup", "WebUIOmniboxAimPopup"),
    "SpareRendererForSitePerProcess",
)
# Nothing but what a page asks for: Chromium's own errands would look like the page's.
QUIET_CHROMIUM = (
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--no-first-run", "--disable-quic", "--disable-dev-shm-usage"),
    f"--disable-features={','.join(IDLE_CHROMIUM)}",
)


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """Debian's Chromium without a window; `scripts/chromium` installs it where that is simple."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no chromium to open pages in; as root, scripts/chromium installs it")
    playwright = pytest.importorskip("playwright.sync_api")
    # Its sandbox refuses to run as root, and only pages of our own are opened.
    alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    # Of a module, not of the session: while it lasts, Playwright's event loop is the thread's.
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=[*QUIET_CHROMIUM, *alone])
        yield browser
        browser.close()


class Pages:
    """Opens pages and watches them: `pages(url, width=1280, height=800, dark=False)`.

    Attributes:
        wrong: Errors in consoles, requests that failed, and those to anywhere but this machine.
    """

    def __init__(self, browser: "Browser") -> None:
        self.wrong: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def __call__(
        self, url: str, *, width: int = 1280, height: int = 800, dark: bool = False
    ) -> "Page":
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
        )
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: self._note(said.type == "error", said.text))
        page.on("pageerror", lambda error: self._note(True, str(error)))
        page.on("request", lambda request: self._note(not is_local(request.url), request.url))
        page.on("websocket", lambda socket: self._note(not is_local(socket.url), socket.url))
        page.on("requestfailed", self._failed)
        page.goto(url)
        return page

    def close(self) -> None:
        """Leave all pages."""
        for context in self._contexts:
            context.close()

    def _note(self, bad: bool, what: str) -> None:
        if bad:
            self.wrong.append(what[:300])

    def _failed(self, request: "Request") -> None:
        # A page that is left, or changes its mind, aborts what it asked for.
        self._note(request.failure != "net::ERR_ABORTED", f"{request.url[:200]}: {request.failure}")


def is_local(url: str) -> bool:
    """Whether nothing beyond this machine is asked."""
    here = r"(file|data|blob|about):|(https?|wss?)://(127\.0\.0\.1|localhost|\[::1\])[:/]"
    return re.match(here, url) is not None


@pytest.fixture
def open_page(chromium: "Browser") -> Iterator[Pages]:
    """Opens pages in a real browser; what goes wrong in them fails the test at its end."""
    pages = Pages(chromium)
    yield pages
    pages.close()
    assert not pages.wrong
