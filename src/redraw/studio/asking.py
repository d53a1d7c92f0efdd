"""What the drawing_worker says about runs: what they are, and their curves."""

import contextlib
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from redraw.errors import RedrawError
from redraw.scores import main_score
from redraw.shell import as_text
from redraw.signals.picture.recognising import ENDINGS as PICTURES

if TYPE_CHECKING:
    from redraw.fitting.result.run_info import RunInfo

MOST_LISTED = 60


def run_facts(path: str) -> dict[str, Any]:
    """What a run folder is, in short.

    Raises:
        RunError, FileFormatError: it is none, or damaged.
    """
    from redraw.fitting.result.run_info import run_info

    return _shown(run_info(path))


def _shown(info: "RunInfo") -> dict[str, Any]:
    """The facts that the page shows of a run; one that another process writes is "elsewhere"."""
    return {
        "model": info.config.model,
        "source": info.config.source,
        "state": "elsewhere" if info.state == "running" else info.state,
        "step": info.step,
        "steps": info.total or 0,
        "seconds": info.seconds,
        "rate_factor": info.rate_factor,
        "psnr": info.psnr,
        "iou": info.iou,
        "measured_at": info.measured_at,
        "score": scored_as(info.scores),
        "frames": list(info.frames),
    }


def scored_as(scores: Mapping[str, Any] | None) -> dict[str, str] | None:
    """The score that says most of a table; None for a picture, which has none."""
    if not scores:
        return None
    name, _, told = main_score(scores)
    return {"name": name, "told": told}


def describe_run(path: str) -> dict[str, Any]:
    """A run in full: facts, size, parameters, and the log."""
    from redraw.fields import Field
    from redraw.fitting.result.run_info import run_info
    from redraw.fitting.subject.subject import subject_of
    from redraw.storage.signal_file import saved_signal

    info = run_info(path)
    subject = subject_of(saved_signal(path), info.config)
    return {
        **_shown(info),
        "signal": subject.kind,
        "width": subject.size[0],
        "height": subject.size[1],
        "pixels": subject.samples.count,
        "parameters": Field.build(info.config.field, info.config.seed).parameter_count,
        "log": list(info.log),
    }


def list_folder(folder: str) -> dict[str, Any]:
    """Runs, fields, pictures and small tables that lie in a folder, the newest first.

    What of a run is a link may lead anywhere: such runs are left out. So is what can't be looked
    at, as it is gone by now or another's, and what has no name that a page could say.
    """
    found: dict[str, list[dict[str, Any]]] = {
        "runs": [],
        "fields": [],
        "pictures": [],
        "tables": [],
    }
    for entry in _newest_first(folder):
        with contextlib.suppress(OSError):
            what, facts = _looked_at(entry, {name for name in found if _has_room(found[name])})
            if what:
                found[what].append(facts)
    return found


def _has_room(listed: list[dict[str, Any]]) -> bool:
    return len(listed) < MOST_LISTED


def _newest_first(folder: str) -> list["os.DirEntry[str]"]:
    """What is in a folder; hidden names, and names that are no text, are passed over."""
    found = []
    for entry in os.scandir(folder):
        if entry.name.startswith(".") or as_text(entry.name) != entry.name:
            continue
        with contextlib.suppress(OSError):
            found.append((-entry.stat(follow_symlinks=False).st_mtime, entry))
    return [entry for _, entry in sorted(found, key=lambda pair: pair[0])]


def _looked_at(entry: "os.DirEntry[str]", wanted: set[str]) -> tuple[str, dict[str, Any]]:
    """In which list something of a folder goes, of those that are wanted, and what it is there.

    Raises:
        OSError: it is there no more, or can't be read.
    """
    from redraw.storage.field_name import FIELD
    from redraw.storage.run_config import SUFFIX, is_run_folder

    stem, ending = os.path.splitext(entry.name)
    if entry.is_symlink():
        return "", {}
    if ending == SUFFIX and entry.is_dir() and "runs" in wanted:
        if is_run_folder(entry.path) and not any(i.is_symlink() for i in os.scandir(entry)):
            return "runs", {"name": stem, **_facts_or_error(entry.path)}
    elif ending == FIELD and entry.is_file() and "fields" in wanted:
        return "fields", {"name": stem, "bytes": entry.stat().st_size}
    elif "pictures" in wanted and entry.is_file() and _may_be_picture(entry.path):
        return "pictures", {"name": entry.name, "bytes": entry.stat().st_size}
    elif ending.lower() == ".csv" and entry.is_file() and "tables" in wanted:
        return "tables", {"name": entry.name, "bytes": entry.stat().st_size}
    return "", {}


def _may_be_picture(path: str) -> bool:
    """Whether a file is a picture by its name; a CSV file by its first line too."""
    ending = os.path.splitext(path)[1].lower()
    if ending != ".csv":
        return ending in PICTURES
    from redraw.signals.picture.pixel_header import understood

    try:
        with open(path, "rb") as file:
            understood(file.readline(1 << 16), os.path.basename(path))
    except (OSError, RedrawError):
        return False
    return True


def _facts_or_error(path: str) -> dict[str, Any]:
    try:
        return run_facts(path)
    except (RedrawError, OSError) as error:
        return {"state": "damaged", "error": str(error)}
