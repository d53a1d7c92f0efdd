"""A folder behind an address of this machine, for pages that fetch."""

import contextlib
import functools
import http.server
import re
import threading
from importlib.resources import files
from pathlib import Path


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Says nothing of what it serves."""

    def log_message(self, *said):
        pass


@contextlib.contextmanager
def served(folder):
    """The address of a folder, as long as it lasts."""
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def copy_modules(folder: Path) -> None:
    """The runtime's modules as they are, and an empty page to load them from, with all parts."""
    parts = set()
    for each in (files("redraw.export") / "web").iterdir():
        if each.name.endswith(".js"):
            text = each.read_text(encoding="utf-8")
            parts.update(re.findall(r"\bWITH_[A-Z]+", text))
            (folder / each.name).write_text(text)
    known = "".join(f"var {part} = true; " for part in sorted(parts))
    (folder / "index.html").write_text(
        f"<!doctype html><title>empty</title><script>{known}</script>"
    )
