"""What the drawing_worker says about runs: what they are, and their curves."""

import os
from pathlib import Path
from typing import Any

from redraw.errors import RedrawError
from redraw.scores import main_score

MOST_LISTED = 60
PICTURES = frozenset(
    (
        ".png",
        ".jpg",
        ".jpeg",
        ".webp",
        ".avif",
        ".tif",
        ".tiff",
        ".bmp",
        ".gif",
        ".exr",
        ".hdr",
        ".csv",
    )
)  # endings of what `redraw.signals.picture.reading` reads


def run_facts(path: str) -> dict[str, Any]:
    """What a run folder is, in short.

    Raises:
        RunError, FileFormatError: it is none, or damaged.
    """
    from redraw.fitting.plan.config import RunConfig
    from redraw.storage.run_folder import RunFolder
    from redraw.storage.run_lock import is_held

    folder = RunFolder.open(path, writable=False)
    config = RunConfig.from_json(folder.config)
    checkpoint = folder.latest_checkpoint()
    state = checkpoint.header if checkpoint else {}
    log = folder.read_log()
    measured = [entry for entry in log if entry.get("event") == "evaluation"]
    progress = [entry for entry in log if entry.get("event") == "progress"]
    done = str(state.get("done") or "")
    return {
        "model": config.model,
        "source": config.source,
        "state": "elsewhere" if is_held(Path(path) / "lock") else "finished" if done else "stopped",
        "step": checkpoint.step if checkpoint else 0,
        "steps": state.get("total") or config.stops.steps or 0,
        "seconds": state.get("seconds", 0.0),
        "rate_factor": state.get("rate_factor", 1.0),
        "psnr": (measured or progress or [{}])[-1].get("psnr"),
        "iou": measured[-1].get("iou") if measured else None,
        "measured_at": measured[-1].get("step") if measured else None,
        "score": scored_as(measured[-1]) if measured else None,
        "frames": [step for step, _ in folder.frames()],
    }


def scored_as(entry: dict[str, Any]) -> dict[str, str] | None:
    """The score that says most of an evaluation of a table; None for that of a picture."""
    if not entry.get("scores"):
        return None
    name, _, told = main_score(entry["scores"])
    return {"name": name, "told": told}


def describe_run(path: str) -> dict[str, Any]:
    """A run in full: facts, size, parameters, and the log."""
    from redraw.fields import Field
    from redraw.fitting.plan.config import RunConfig
    from redraw.fitting.subject.subject import subject_of
    from redraw.storage.run_folder import RunFolder
    from redraw.storage.signal_file import saved_signal

    folder = RunFolder.open(path, writable=False)
    config = RunConfig.from_json(folder.config)
    subject = subject_of(saved_signal(path), config)
    return {
        **run_facts(path),
        "signal": subject.kind,
        "width": subject.size[0],
        "height": subject.size[1],
        "pixels": subject.samples.count,
        "parameters": Field.build(config.field, config.seed).parameter_count,
        "log": folder.read_log(),
    }


def list_folder(folder: str) -> dict[str, Any]:
    """Runs, fields and pictures that lie in a folder, the newest first.

    What of a run is a link may lead anywhere: such runs are left out.
    """
    from redraw.storage.run_config import is_run_folder

    runs, fields, pictures = [], [], []
    found = [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
    found.sort(key=lambda entry: -entry.stat(follow_symlinks=False).st_mtime)
    for entry in found:
        stem, ending = os.path.splitext(entry.name)
        if entry.is_symlink():
            continue
        if ending == ".run" and entry.is_dir() and len(runs) < MOST_LISTED:
            if is_run_folder(entry.path) and not any(i.is_symlink() for i in os.scandir(entry)):
                runs.append({"name": stem, **_facts_or_error(entry.path)})
        elif ending == ".redraw" and entry.is_file() and len(fields) < MOST_LISTED:
            fields.append({"name": stem, "bytes": entry.stat().st_size})
        elif ending.lower() in PICTURES and entry.is_file() and len(pictures) < MOST_LISTED:
            pictures.append({"name": entry.name, "bytes": entry.stat().st_size})
    return {"runs": runs, "fields": fields, "pictures": pictures}


def _facts_or_error(path: str) -> dict[str, Any]:
    try:
        return run_facts(path)
    except RedrawError as error:
        return {"state": "damaged", "error": str(error)}
