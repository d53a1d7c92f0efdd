"""What the drawing_worker says about runs: what they are, their curves, and their command."""

import dataclasses
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redraw.errors import RedrawError
from redraw.scores import main_score

if TYPE_CHECKING:
    from redraw.fitting.plan.config import RunConfig
    from redraw.fitting.subject.subject import AnySignal
    from redraw.signals.picture.picture import Picture
    from redraw.signals.table.table import Table

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
    from redraw.fitting.subject.subject import saved_signal, subject_of
    from redraw.storage.run_folder import RunFolder

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
    """Runs, fields and pictures that lie in a folder, the newest first."""
    from redraw.storage.run_config import is_run_folder

    runs, fields, pictures = [], [], []
    found = [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
    found.sort(key=lambda entry: -entry.stat(follow_symlinks=False).st_mtime)
    for entry in found:
        stem, ending = os.path.splitext(entry.name)
        if entry.is_symlink():
            continue
        if ending == ".run" and entry.is_dir() and len(runs) < MOST_LISTED:
            if is_run_folder(entry.path):
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


def command(run: str, picture: str | None, asked: dict[str, Any]) -> dict[str, Any]:
    """The `redraw fit` line that makes this run again.

    Args:
        run: The run folder.
        picture: The picture's file as it is typed, or None if it is not known.
        asked: Its `max_side` and `threshold`, as far as they are known.

    Returns:
        "command", and "notes" on what no command repeats.
    """
    from redraw.fitting.plan.config import RunConfig
    from redraw.fitting.subject.subject import saved_signal
    from redraw.signals.table.table import Table
    from redraw.storage.run_folder import RunFolder

    folder = RunFolder.open(run, writable=False)
    config = RunConfig.from_json(folder.config)
    learned = saved_signal(run)
    words = ["redraw", "fit", picture or config.source or "PICTURE"]
    notes = []
    if asked.get("max_side"):
        words += ["--max-side", str(asked["max_side"])]
    elif isinstance(learned, Table):
        words += _columns(learned)
    elif picture and not asked and (size := _other_size(picture, learned)):
        words += ["--size", size]
    if asked.get("threshold"):
        words += ["--threshold", str(asked["threshold"])]
    options, settings = differences(config, learned)
    words += ["--model", config.model]
    for name, value in options.items():
        words += [f"--{name.replace('_', '-')}", value]
    for name, value in settings.items():
        words += ["--set", f"{name}={value}"]
    stem = Path(run).stem
    words += ["--run", f"{stem}.run", "--output", f"{stem}.redraw"]
    if any(entry.get("event") == "rate" for entry in folder.read_log()):
        notes.append("The learning rate was changed by hand meanwhile; no command repeats that.")
    if picture is None and not isinstance(learned, Table):
        notes.append("The picture's own file is not in this folder.")
    return {"command": shlex.join(words), "notes": notes}


def _columns(table: "Table") -> list[str]:
    """The options that say what is learned of a table's file; an example needs none."""
    from redraw.signals.table.examples import EXAMPLES

    if table.name in EXAMPLES:
        return []
    schema = table.schema
    sides = (("--inputs", schema.inputs), ("--targets", schema.targets))
    return [word for name, side in sides for word in (name, ",".join(c.name for c in side))]


def differences(config: "RunConfig", signal: "AnySignal") -> tuple[dict[str, str], dict[str, str]]:
    """Options and settings in which a run differs from what its preset does with its signal.

    Returns:
        Options such as "steps", and the names and values of `--set`.
    """
    from redraw.fields.spline_config import SplineConfig
    from redraw.fitting.plan.config import Stops
    from redraw.fitting.plan.planning import prepare
    from redraw.studio.catalogue import typed

    options = {
        item.name: typed(value)
        for item in dataclasses.fields(Stops)
        if (value := getattr(config.stops, item.name)) is not None
    }
    settings: dict[str, str] = {}
    if isinstance(config.field.encoding, SplineConfig):
        # Named even where it was chosen for a quality: the command then needs no choice.
        settings["room"] = typed(config.field.encoding.room)
    plain = prepare(signal, model=config.model, settings=dict(settings))
    for name in ("seed", "engine", "device", "precision", "threads", "frames", "rest"):
        if getattr(config, name) != getattr(plain, name):
            options[name] = typed(getattr(config, name))
    if config.checkpoint_every != plain.checkpoint_every:
        options["checkpoint_every"] = typed(config.checkpoint_every)
    if type(config.field.encoding) is not type(plain.field.encoding):
        settings["encoding"] = type(config.field.encoding).kind
        plain = prepare(signal, model=config.model, settings=dict(settings))
    pairs = (
        (config.field, plain.field),
        (config.field.encoding, plain.field.encoding),
        (config.train, plain.train),
    )
    for mine, its in pairs:
        for item in dataclasses.fields(mine):  # type: ignore[arg-type]
            value = getattr(mine, item.name)
            if item.name != "encoding" and value != getattr(its, item.name):
                settings[item.name] = typed(value)
    return options, settings


def _other_size(path: str, learned: "Picture") -> str | None:
    """The size that was learned, if the file has another one."""
    from redraw.signals.source import load_signal

    try:
        size = load_signal(path).size
    except RedrawError:
        return None
    return None if size == learned.size else "{}x{}".format(*learned.size)
