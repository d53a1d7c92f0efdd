"""The process that draws and reads: tiles, drawings, time-lapses, what is in the folder.

It works on files only, for the fit's process has better things to do and the server must stay
quick. A picture that is too much for it takes this process down and nothing else.

Each question has the name of a function below; answers are JSON, or bytes.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redraw.errors import RedrawError, TableError
from redraw.storage.plain_json import finite
from redraw.studio import asking
from redraw.studio.command import command
from redraw.studio.fit_plan import fit_plan, signal_of
from redraw.studio.messages import pack, unpack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from redraw.engines import Drawer
    from redraw.fitting.result.fitted import FittedField
    from redraw.signals.picture.picture import Picture
    from redraw.signals.table.table import Table

TILE = 256  # pixels a side
# Longest side of a picture that the page shows as it is.
SHOWN_SIDE = 2048

Answer = dict[str, Any] | bytes


def main(pipe: Connection) -> None:
    """Serve until the server is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(os, "nice"):
        os.nice(5)  # a fit goes first
    while True:
        try:
            question, _ = unpack(pipe.recv_bytes())
            if "ask" not in question:
                return  # told to leave
            pipe.send_bytes(answer(question))
        except (EOFError, OSError):
            return


def answer(question: dict[str, Any]) -> bytes:
    """The answer to a question, or the error, as a message with its number."""
    number, name = question.pop("number"), question.pop("ask")
    try:
        found = QUESTIONS[name](**question)
        if isinstance(found, bytes):
            return pack({"number": number}, found)
        return pack({"number": number, "found": finite(found)})
    except RedrawError as error:
        return pack({"number": number, "error": str(error)})
    except Exception as error:
        traceback.print_exception(error, file=sys.stderr)
        return pack({"number": number, "error": f"a bug: {error!r}"})


# --- pictures ------------------------------------------------------------------------------------


@lru_cache(4)
def _picture(path: str, changed: int, max_side: int | None, max_pixels: int | None) -> "Picture":
    from redraw.signals.source import load_signal

    if Path(path).name == "picture.safetensors":
        from redraw.storage.picture_file import load_picture

        return load_picture(Path(path))
    return load_signal(path, max_side=max_side, max_pixels=max_pixels)


def picture_of(path: str, max_side: int | None = None, max_pixels: int | None = None) -> "Picture":
    """A picture's file, or what a run has kept of its own; the last few are remembered."""
    changed = os.stat(path).st_mtime_ns if os.path.exists(path) else 0
    return _picture(path, changed, max_side, max_pixels)


def inspect(path: str, max_pixels: int) -> Answer:
    """What a picture is and which preset suits it; raises where it can't be read."""
    from redraw.fitting.plan.presets import default_preset

    picture = picture_of(path, None, max_pixels)
    return {
        "width": picture.width,
        "height": picture.height,
        "what": picture.colour.describe(),
        "model": default_preset(picture),
        "notes": list(picture.notes),
    }


def original(path: str, max_side: int | None = None) -> Answer:
    """A picture as PNG."""
    from redraw.signals.picture.writing import png_bytes

    return png_bytes(picture_of(path, max_side).shrunk(SHOWN_SIDE))


def rows(asked: dict[str, Any]) -> Answer:
    """What a function or a table is, and which preset suits it.

    Args:
        asked: As `redraw.studio.fit_plan.signal_of` takes it.
    """
    from redraw.fitting.plan.presets import default_preset
    from redraw.signals.table.examples import EXAMPLES

    table = table_of(asked)
    known = EXAMPLES.get(asked.get("function") or "")
    return {
        "what": table.description,
        "about": known.about if known else "",
        "model": default_preset(table),
        "notes": list(table.notes),
    }


def rows_shown(asked: dict[str, Any]) -> Answer:
    """The rows of a function or table as PNG, where nothing is known but their mean."""
    import numpy as np

    from redraw.engines import Drawer
    from redraw.figures.table_plots import frame_of

    table = table_of(asked)

    class Mean(Drawer):
        def values(self, xy: "NDArray[np.float32]") -> "NDArray[np.float32]":
            return np.full((len(xy), table.schema.channels), share, np.float32)

    share = 0.5 if table.schema.task == "classification" else 0.0
    return frame_of(table, Mean())


def table_of(asked: dict[str, Any]) -> "Table":
    """The table that is asked for.

    Raises:
        TableError: what was named is a picture.
    """
    from redraw.signals.table.table import Table

    found = signal_of(asked)
    if not isinstance(found, Table):
        raise TableError(f"{found.name} is a picture, not a table")
    return found


# --- tiles ---------------------------------------------------------------------------------------


@lru_cache(3)
def _field(path: str, changed: int) -> "tuple[FittedField, Drawer]":
    from redraw.fitting.result.fitted import load, open_drawer

    field = load(path)
    return field, open_drawer(field)


def field_tile(path: str, region: list[float], width: int, height: int) -> Answer:
    """A region drawn by a field file, as PNG: exactly what `redraw render --region` draws."""
    from redraw.coordinates import Region
    from redraw.render import Canvas, draw
    from redraw.signals.picture.picture import Picture
    from redraw.signals.picture.writing import png_bytes

    field, drawer = _field(path, os.stat(path).st_mtime_ns)
    about = field.about
    canvas = Canvas.of(about.size, about.detail, width=width, height=height, region=Region(*region))
    values = draw(drawer, canvas)
    if about.colour is None:
        return png_bytes(Picture.from_array(values))
    return png_bytes(Picture.from_fitted(values, about.colour))


def picture_tile(path: str, how: str, region: list[float], width: int, height: int) -> Answer:
    """A region of a picture enlarged the ordinary way, as PNG: "nearest", "bicubic", "lanczos"."""
    import numpy as np
    from PIL import Image

    from redraw.signals.picture.picture import Picture
    from redraw.signals.picture.writing import png_bytes

    picture = picture_of(path)
    x0, y0, x1, y1 = region
    box = (max(0.0, x0), max(0.0, y0), min(x1, picture.width), min(y1, picture.height))
    filters = {
        "nearest": Image.Resampling.NEAREST,
        "bicubic": Image.Resampling.BICUBIC,
        "lanczos": Image.Resampling.LANCZOS,
    }
    fitted = picture.fitted()
    planes = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(fitted[..., channel])).resize(
                (width, height), filters[how], box=box
            )
        )
        for channel in range(fitted.shape[2])
    ]
    return png_bytes(Picture.from_fitted(np.stack(planes, axis=-1), picture.colour))


# --- files ---------------------------------------------------------------------------------------


def describe_field(path: str) -> Answer:
    """What a field file is."""
    from redraw.fitting.result.fitted import load

    field = load(path)
    return {
        "width": field.size[0],
        "height": field.size[1],
        "parameters": field.parameter_count,
        "bytes": os.stat(path).st_size,
        "alpha": field.about.schema is None and field.colour.alpha,
        "made": field.made,
    }


def draw_to_file(path: str, out: str, width: int, height: int) -> Answer:
    """A field drawn at a size, as the file `out`."""
    from redraw.fitting.result.fitted import load, open_drawer
    from redraw.render import Canvas, strips
    from redraw.signals.picture.writing import open_rows

    field = load(path)
    about = field.about
    canvas = Canvas.of(about.size, about.detail, width=width, height=height)
    with open_rows(out, width, height, field.colour, force=True) as rows:
        for strip in strips(open_drawer(field), canvas):
            rows.write(strip)
    return {"notes": list(rows.notes)}


def field_from_run(run: str, out: str) -> Answer:
    """The field of a run's last checkpoint, as the file `out`."""
    from redraw.fitting.run.run import Run

    looked = Run.look(run)
    facts = asking.run_facts(run)
    looked.fitted(facts["psnr"] or 0.0, facts["iou"]).save(out, force=True)
    return {"step": looked.at.step}


def timelapse(run: str, out: str) -> Answer:
    """How a run learned, as `out`: .gif, .webp, .mp4, or .png for a sheet."""
    from redraw.figures.timelapse import captions, make_timelapse
    from redraw.storage.run_folder import RunFolder

    folder = RunFolder.open(run, writable=False)
    frames = folder.frames()
    make_timelapse(frames, out, labels=captions(frames, folder.read_log()), force=True)
    return {}


def zipped(run: str, out: str) -> Answer:
    """A run folder as a ZIP file."""
    import zipfile

    folder = Path(run)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and not file.is_symlink() and file.name != "lock":
                archive.write(file, Path(folder.name) / file.relative_to(folder))
    return {}


QUESTIONS: dict[str, Callable[..., Answer]] = {
    "inspect": inspect,
    "original": original,
    "rows": rows,
    "rows_shown": rows_shown,
    "field_tile": field_tile,
    "picture_tile": picture_tile,
    "describe_field": describe_field,
    "draw_to_file": draw_to_file,
    "field_from_run": field_from_run,
    "timelapse": timelapse,
    "zipped": zipped,
    "describe_run": asking.describe_run,
    "list_folder": asking.list_folder,
    "command": command,
    "fit_plan": fit_plan,
}
