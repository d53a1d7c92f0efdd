"""A process that draws and reads: tiles, drawings, time-lapses, what is in the folder.

It works on files only, for the fit's process has better things to do and the server must stay
quick. A picture that is too much for it takes this process down and nothing else. There are several
(`redraw.studio.pool`), each of which imports what its questions need.

Each question has the name of a function; answers are JSON, or bytes.
"""

import errno
import math
import os
import signal
import sys
import traceback
from collections.abc import Callable
from functools import lru_cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redraw.errors import RedrawError, UsageError
from redraw.storage.plain_json import finite
from redraw.studio import asking, pictures
from redraw.studio.command import again, command
from redraw.studio.fit_plan import fit_plan
from redraw.studio.layers import layers
from redraw.studio.messages import pack, unpack
from redraw.studio.pictures import Answer, check_size

if TYPE_CHECKING:
    from redraw.engines import Drawer
    from redraw.storage.about import About

TILE = 256  # pixels a side


def main(pipe: Connection) -> None:
    """Serve until the server is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(os, "nice"):
        os.nice(5)  # a fit goes first
    while True:
        try:
            question, _ = unpack(pipe.recv_bytes())
            if "ask" not in question:
                return  # told to leave
            pipe.send_bytes(answer(question, pipe))
        except (EOFError, OSError):
            return


def answer(question: dict[str, Any], pipe: Connection | None = None) -> bytes:
    """The answer to a question, or the error, as a message with its number.

    Args:
        question: "ask" and "number", and the arguments.
        pipe: Where it is told how far the longer ones are.
    """
    number, name = question.pop("number"), question.pop("ask")

    def progress(share: float) -> None:
        if pipe is not None:
            pipe.send_bytes(pack({"number": number, "progress": share}))

    try:
        if name in LONG:
            found = LONG[name](**question, progress=progress)
        else:
            found = QUESTIONS[name](**question)
        if isinstance(found, bytes):
            return pack({"number": number}, found)
        return pack({"number": number, "found": finite(found)})
    except (RedrawError, OSError) as error:
        if is_full(error):
            told = "there is no room left on the disk; delete something and try again"
            return pack({"number": number, "error": told, "full": True})
        if not isinstance(error, RedrawError):
            traceback.print_exception(error, file=sys.stderr)
        return pack({"number": number, "error": str(error)})
    except MemoryError:
        told = "there is not enough memory for this; try something smaller"
        return pack({"number": number, "error": told})
    except Exception as error:
        traceback.print_exception(error, file=sys.stderr)
        return pack({"number": number, "error": f"a bug: {error!r}"})


def is_full(error: BaseException | None) -> bool:
    """Whether an error, or what it came from, is that of a full disk."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        error = error.__cause__ or error.__context__
    return False


# --- tiles ---------------------------------------------------------------------------------------


@lru_cache(3)
def _shown(path: str, changed: int) -> "tuple[About, Drawer]":
    """What a field file shows, and what draws it; one larger than memory is drawn from its file."""
    from redraw.engines.threads import usable_threads
    from redraw.fitting.result.fitted import open_drawer
    from redraw.fitting.result.loading import load
    from redraw.storage.codecs.containers import on_demand
    from redraw.storage.opening import drawer_of

    found = drawer_of(path, usable_threads()) if on_demand(path) is not None else None
    if found is not None:
        return found[1], found[0]
    field = load(path)
    return field.about, open_drawer(field)


def field_tile(path: str, of: list[int], region: list[float], width: int, height: int) -> Answer:
    """A region drawn by a field file, as PNG: exactly what `redraw render --region` draws.

    Args:
        path: The field file.
        of: Its picture's width and height, as the page believes.
        region: Left, top, right and bottom in pixels of the picture.
        width: Of the tile.
        height: The same.

    Raises:
        UsageError: its picture is of another size.
    """
    from redraw.coordinates import Region
    from redraw.render import Canvas, draw
    from redraw.signals.picture.picture import Picture
    from redraw.signals.picture.writing import png_bytes

    about, drawer = _shown(path, os.stat(path).st_mtime_ns)
    check_raster(about)
    check_size(about.size, of)
    canvas = Canvas.of(about.size, about.detail, width=width, height=height, region=Region(*region))
    values = draw(drawer, canvas)
    if about.colour is None:
        return png_bytes(Picture.from_array(values))
    return png_bytes(Picture.from_fitted(values, about.colour))


def check_raster(about: "About") -> None:
    """Refuse to draw in pixels what is no picture.

    Raises:
        UsageError: it is none.
    """
    from redraw.signals.kinds import is_raster

    if not is_raster(about.signal):
        raise UsageError(f"this field is that of a {about.signal}; there is no picture of it")


# --- files ---------------------------------------------------------------------------------------


def describe_field(path: str) -> Answer:
    """What a field file is."""
    from redraw.fitting.result.loading import load
    from redraw.storage.codecs.containers import on_demand

    large = on_demand(path)
    if large is not None:
        about = large.described_at(path)[0]
        return {
            **_signal(about),
            "width": about.size[0],
            "height": about.size[1],
            "parameters": 0,
            "bytes": os.stat(path).st_size,
            "alpha": about.colour is not None and about.colour.alpha,
            "made": about.made,
        }
    field = load(path)
    shown = _signal(field.about)
    return {
        **shown,
        "width": field.size[0],
        "height": field.size[1],
        "parameters": field.parameter_count,
        "bytes": os.stat(path).st_size,
        "alpha": shown["raster"] and field.colour.alpha,
        "made": field.made,
    }


def _signal(about: "About") -> dict[str, Any]:
    """What a field was learned from, and how that is told."""
    from redraw.studio.kinds import told_of

    return {"signal": about.signal, "pixels": math.prod(about.size), **told_of(about.signal)}


def draw_to_file(
    path: str, out: str, width: int, height: int, progress: Callable[[float], None]
) -> Answer:
    """A field drawn at a size, as the file `out`; says how far it is, from 0 to 1."""
    from redraw.fitting.result.loading import load
    from redraw.render import Canvas, strips
    from redraw.signals.picture.writing import open_rows

    about, drawer = _shown(path, os.stat(path).st_mtime_ns)
    check_raster(about)
    canvas = Canvas.of(about.size, about.detail, width=width, height=height)
    done = 0
    colour = about.colour or load(path).colour
    with open_rows(out, width, height, colour, force=True) as rows:
        for strip in strips(drawer, canvas):
            rows.write(strip)
            done += len(strip)
            progress(done / height)
    return {"notes": list(rows.notes)}


def exported(
    path: str,
    out: str,
    title: str,
    progress: Callable[[float], None],
    animate: str | None = None,
) -> Answer:
    """A field as a file for others: its ending says which; several files become one ZIP.

    Args:
        path: The field file.
        out: What to write, in a folder where nothing else is.
        title: What to call it inside.
        progress: Told how far it is, from 0 to 1.
        animate: A run folder whose frames the page plays.

    Returns:
        "path" of what there is now, and "notes".

    Raises:
        UsageError: the format can't hold the field, with the way out.
    """
    from redraw.fitting.result.loading import export_file

    options: dict[str, Any] = {"animate": Path(animate)} if animate else {}

    def writing(share: float) -> None:
        progress(0.9 * share)  # to pack what there is, if it is several files, takes the rest

    written = export_file(path, out, name=title, force=True, progress=writing, **options)
    if len(written.paths) == 1:
        return {"path": out, "notes": list(written.notes)}
    packed = f"{out}.zip"
    files = [path for path in Path(out).parent.rglob("*") if path.is_file()]
    _pack(Path(out).parent, files, packed, lambda share: progress(0.9 + 0.1 * share))
    return {"path": packed, "notes": list(written.notes)}


def _pack(
    folder: Path,
    files: list[Path],
    out: str,
    progress: Callable[[float], None],
) -> None:
    """Files of a folder as a ZIP file, each called as in there."""
    import zipfile

    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for at, file in enumerate(sorted(files)):
            archive.write(file, file.relative_to(folder))
            progress((at + 1) / len(files))


def field_from_run(run: str, out: str) -> Answer:
    """The field of a run's last checkpoint, as the file `out`."""
    from redraw.fitting.run.run import Run

    looked = Run.look(run)
    facts = asking.run_facts(run)
    looked.fitted(facts["psnr"] or 0.0, facts["iou"]).save(out, force=True)
    return {"step": looked.at.step}


def timelapse(run: str, out: str, progress: Callable[[float], None]) -> Answer:
    """How a run learned, as `out`: .gif, .webp, .mp4, or .png for a sheet."""
    from redraw.figures.timelapse import captions, make_timelapse
    from redraw.storage.run_folder import RunFolder

    folder = RunFolder.open(run, writable=False)
    frames = folder.frames()
    labels = captions(frames, folder.read_log())
    make_timelapse(frames, out, labels=labels, force=True, progress=progress)
    return {}


def zipped(run: str, out: str, progress: Callable[[float], None]) -> Answer:
    """A run folder as a ZIP file."""
    folder = Path(run)
    files = [path for path in folder.rglob("*") if path.is_file() and not is_linked(path, folder)]
    _pack(folder.parent, [path for path in files if path.name != "lock"], out, progress)
    return {}


def is_linked(file: Path, folder: Path) -> bool:
    """Whether a file, or a folder on the way to it, is a link."""
    return any(path.is_symlink() for path in (file, *file.parents) if path.is_relative_to(folder))


QUESTIONS: dict[str, Callable[..., Answer]] = {
    "inspect": pictures.inspect,
    "original": pictures.original,
    "thumbnail": pictures.thumbnail,
    "picture_tile": pictures.picture_tile,
    "crop": pictures.crop,
    "rows": pictures.rows,
    "rows_shown": pictures.rows_shown,
    "fit_plan": fit_plan,
    "field_tile": field_tile,
    "describe_field": describe_field,
    "field_from_run": field_from_run,
    "describe_run": asking.describe_run,
    "list_folder": asking.list_folder,
    "command": command,
    "again": again,
    "layers": layers,
}
# Those that say how far they are.
LONG: dict[str, Callable[..., Answer]] = {
    "draw_to_file": draw_to_file,
    "exported": exported,
    "timelapse": timelapse,
    "zipped": zipped,
}
