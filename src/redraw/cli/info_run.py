"""What `redraw info` says about a run folder."""

from pathlib import Path
from typing import Any


def facts(path: Path) -> dict[str, Any]:
    """Everything about a run, as JSON. A run in progress is only looked at.

    Raises:
        RunError: it is no run folder, or damaged.
        FileFormatError: its configuration is damaged.
    """
    from redraw.fitting.result.run_info import run_info

    info = run_info(path)
    config = info.config
    return {
        "kind": "run",
        "path": str(path),
        "state": info.state,
        "reason": info.reason or None,
        "step": info.step,
        "steps": info.total or (None if config.stops.seconds else config.train.steps),
        "seconds": info.seconds,
        "psnr": info.psnr,
        "measured": info.measured_at is not None,
        "iou": info.iou,
        "scores": info.scores,
        "rollbacks": info.rollbacks,
        "frames": len(info.frames),
        "signal": info.kind,
        "source": config.source,
        "model": config.model,
        "field": str(path.parent / config.output) if config.output else None,
        "notes": list(info.notes),
        "config": config.to_json(),
    }


def rows(found: dict[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    """The same for people: a title, and names with values."""
    from redraw.cli.architecture import architecture
    from redraw.cli.plain_text import plain
    from redraw.cli.wording import counted, duration, quality, quoted, shown_path
    from redraw.fitting.plan.config import RunConfig

    config = RunConfig.from_json(found["config"])
    step, steps, folder = found["step"], found["steps"], quoted(found["path"])
    planned = f" of {steps:,}" if steps else ""
    state = {
        "running": f"running; step {step:,}{planned} is saved",
        "stopped": f"stopped after step {step:,}{planned}",
        "finished": f"finished after {counted(step, 'step')}",
    }[found["state"]]
    commands = {
        "running": "",
        "stopped": f"redraw resume {folder}",
        "finished": f"redraw resume {folder} --steps {step}",
    }
    output = Path(found["field"]) if found["field"] else None
    field = shown_path(output) if output else ""
    if output and not output.exists():
        field += " (not written yet)" if found["state"] != "finished" else " (missing)"
    psnr, iou, rollbacks = found["psnr"], found["iou"], found["rollbacks"]
    scores = found["scores"]
    # Frames of a large picture are not all of it; then there is only what the steps tell.
    about = "" if found["measured"] else "about "
    notes = [*found["notes"]]
    if rollbacks:
        notes.append(f"the loss became non-finite {counted(rollbacks, 'time')}")
    return f"{shown_path(found['path'])}: a run", [
        (found["signal"] or "source", plain(found["source"])),
        ("preset", f"{found['model']}: {architecture(config.field)}"),
        ("state", f"{state}, {duration(found['seconds'])} of fitting"),
        ("quality", f"{about}{quality(psnr, iou, scores)}" if isinstance(psnr, float) else ""),
        ("frames", str(found["frames"])),
        ("field", field),
        ("to continue", commands[found["state"]]),
        *(("note", note) for note in notes),
    ]
