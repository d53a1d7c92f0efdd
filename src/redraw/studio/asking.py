"""What the drawing_worker says about runs: what they are, and their curves."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from redraw.errors import RedrawError
from redraw.scores import main_score
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

    What of a run is a link may lead anywhere: such runs are left out.
    """
    from redraw.storage.field_name import FIELD
    from redraw.storage.run_config import SUFFIX, is_run_folder

    runs, fields, pictures, tables = [], [], [], []
    found = [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
    found.sort(key=lambda entry: -entry.stat(follow_symlinks=False).st_mtime)
    for entry in found:
        stem, ending = os.path.splitext(entry.name)
        if entry.is_symlink():
            continue
        if ending == SUFFIX and entry.is_dir() and len(runs) < MOST_LISTED:
            if is_run_folder(entry.path) and not any(i.is_symlink() for i in os.scandir(entry)):
                runs.append({"name": stem, **_facts_or_error(entry.path)})
        elif ending == FIELD and entry.is_file() and len(fields) < MOST_LISTED:
            fields.append({"name": stem, "bytes": entry.stat().st_size})
        elif len(pictures) < MOST_LISTED and entry.is_file() and _may_be_picture(entry.path):
            pictures.append({"name": entry.name, "bytes": entry.stat().st_size})
        elif ending.lower() == ".csv" and entry.is_file() and len(tables) < MOST_LISTED:
            tables.append({"name": entry.name, "bytes": entry.stat().st_size})
    return {"runs": runs, "fields": fields, "pictures": pictures, "tables": tables}


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
    except RedrawError as error:
        return {"state": "damaged", "error": str(error)}
