"""What a run folder tells of its run: where it stands, how good it is, what it was asked."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from redraw.fitting.plan.config import RunConfig
from redraw.storage.run_folder import RunFolder
from redraw.storage.run_lock import is_held
from redraw.storage.signal_file import saved_kind


@dataclass(frozen=True)
class RunInfo:
    """Facts about a run; faces show some of them.

    Attributes:
        path: The folder.
        config: What was asked for.
        kind: Of the signal that is learned; "" if it is not there, or not known here.
        state: "running" (some process writes to it), "finished", or "stopped".
        reason: Why it ended, or "".
        step: Steps saved.
        total: Planned steps; None while `--seconds` has not been turned into a plan.
        seconds: Fitting time.
        psnr: In dB: as last measured, or as the last steps tell; None before both.
        measured_at: The step of the last measurement; None before one.
        iou: Of the drawn part, as last measured.
        scores: Of a table, as last measured.
        rollbacks: How often the loss became non-finite.
        rate_factor: On the planned learning rate.
        frames: Steps of the frames there are.
        notes: What the user should be told.
        log: All whole entries of the log.
    """

    path: Path
    config: RunConfig
    kind: str
    state: Literal["running", "finished", "stopped"]
    reason: str
    step: int
    total: int | None
    seconds: float
    psnr: float | None
    measured_at: int | None
    iou: float | None
    scores: Mapping[str, Any] | None
    rollbacks: int
    rate_factor: float
    frames: tuple[int, ...]
    notes: tuple[str, ...]
    log: tuple[dict[str, Any], ...]


def run_info(path: str | os.PathLike[str]) -> RunInfo:
    """Facts about the run in a folder. A run in progress is only looked at.

    Raises:
        RunError: it is no run folder, or damaged.
        FileFormatError: its configuration is damaged.
    """
    folder = RunFolder.open(path, writable=False)
    config = RunConfig.from_json(folder.config)
    checkpoint = folder.latest_checkpoint()
    state = dict(checkpoint.header) if checkpoint else {}
    log = folder.read_log()
    measured = [entry for entry in log if entry.get("event") == "evaluation"]
    progress = [entry for entry in log if entry.get("event") == "progress"]
    last = measured[-1] if measured else {}
    done = str(state.get("done") or "")
    running = is_held(folder.path / "lock")
    return RunInfo(
        path=folder.path,
        config=config,
        kind=kind.name if (kind := saved_kind(folder.path)) else "",
        state="running" if running else "finished" if done else "stopped",
        reason=done,
        step=checkpoint.step if checkpoint else 0,
        total=state.get("total") or config.stops.steps,
        seconds=state.get("seconds", 0.0),
        psnr=(measured or progress or [{}])[-1].get("psnr"),
        measured_at=last.get("step"),
        iou=last.get("iou"),
        scores=last.get("scores"),
        rollbacks=state.get("rollbacks", 0),
        rate_factor=state.get("rate_factor", 1.0),
        frames=tuple(step for step, _ in folder.frames()),
        notes=checkpoint.notes if checkpoint else (),
        log=tuple(log),
    )
