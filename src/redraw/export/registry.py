"""The table of exporters. One row each; a package of someone else's adds its own with `register`,
which it may call by an entry point as for other tables (`redraw.registry`).

Modules are imported when their exporter is asked for.
"""

import importlib
from collections.abc import Iterator
from pathlib import PurePath

from redraw.errors import UsageError
from redraw.export.exporter import Exporter
from redraw.registry import load_plugins

# Endings, and where their exporter is: a module of this room and a name in it.
_ROWS: dict[tuple[str, ...], str] = {
    (".html", ".htm"): "html_page:HtmlPage",
    (".c", ".h"): "c_header:CHeader",
    (".py",): "python_file:PythonFile",
    (".svg",): "svg_file:SvgFile",
    (".pdf",): "pdf_file:PdfFile",
    (".glsl", ".frag"): "shader:Glsl",
    (".wgsl",): "shader:Wgsl",
    (".onnx",): "onnx_file:OnnxFile",
    (".dzi",): "deep_zoom:DeepZoom",
}
_REGISTERED: list[Exporter] = []


def register(exporter: Exporter) -> None:
    """Add an exporter; from now on it takes its endings, also from others that had them.

    Raises:
        UsageError: an ending is none.

    Example:
        >>> class Nothing:
        ...     endings = (".nothing",)
        ...     about, options = "an empty file", {}
        ...     def refuse(self, program): return None
        ...     def write(self, subject, path, options, *, force): ...
        >>> nothing = Nothing()
        >>> register(nothing)
        >>> ".nothing" in {ending for one in exporters() for ending in one.endings}
        True
        >>> unregister(nothing)
    """
    for ending in exporter.endings:
        if not ending.startswith(".") or ending != ending.lower() or len(ending) < 2:
            raise UsageError(
                f"the exporter's ending {ending!r} is none; accepted: a dot and lower-case letters"
            )
    _REGISTERED.insert(0, exporter)


def unregister(exporter: Exporter) -> None:
    """Take away what `register` added."""
    _REGISTERED.remove(exporter)


def exporters() -> Iterator[Exporter]:
    """All of them, those that were registered last first."""
    load_plugins()
    yield from _REGISTERED
    for place in _ROWS.values():
        yield _made(place)


def exporter_for(path: PurePath, chosen: str | None = None) -> Exporter:
    """The exporter for a path, or the one that was chosen by name.

    Args:
        path: Its ending decides.
        chosen: An ending with or without the dot, which decides instead.

    Raises:
        UsageError: nobody takes that ending.
    """
    load_plugins()
    ending = f".{chosen.lower().lstrip('.')}" if chosen else path.suffix.lower()
    for exporter in _REGISTERED:
        if ending in exporter.endings:
            return exporter
    for endings, place in _ROWS.items():
        if ending in endings:
            return _made(place)
    what = f"--as {chosen[:40]}" if chosen else f"the ending of {str(path)[-80:]}"
    raise UsageError(f"{what} is no format to export to; accepted: {', '.join(known_endings())}")


def known_endings() -> list[str]:
    """Every ending that somebody takes."""
    load_plugins()
    registered = [ending for exporter in _REGISTERED for ending in exporter.endings]
    return list(dict.fromkeys([*(e for row in _ROWS for e in row), *registered]))


def _made(place: str) -> Exporter:
    module, name = place.split(":")
    return getattr(importlib.import_module(f"redraw.export.{module}"), name)()
