"""The start of a fit, the same for every face: the first frame as early as can be, then the run."""

import os
from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING

from redraw.fitting.early import EarlyFrame
from redraw.fitting.plan.clock import Clock
from redraw.fitting.plan.config import RunConfig
from redraw.fitting.run.events import FrameSaved
from redraw.fitting.run.first_frame import begin
from redraw.signals.signal import Signal

if TYPE_CHECKING:
    from redraw.fitting.run.run import Run


def start_fit(
    signal: Signal,
    config: RunConfig,
    folder: str | os.PathLike[str] | None = None,
    *,
    force: bool = False,
    on_frame: Callable[[FrameSaved], object] | None = None,
    before_run: Callable[[], object] | None = None,
    clock: Clock | None = None,
    early: EarlyFrame | None = None,
) -> "Run":
    """A run, ready to go.

    Where a solver starts in closed form, its first frame is in the folder before PyTorch is
    imported, which takes longer.

    Args:
        signal: What is learned.
        config: How.
        folder: The run folder; None keeps all in memory, and makes no early frame.
        force: Replace a run that is there.
        on_frame: Hears of the early frame. The run's own events do not tell it again.
        before_run: Called when PyTorch is there, before anything else is written.
        clock: Of its seconds, if those are on the wall.
        early: What may have drawn the first frame already, and told of it.

    Raises:
        RunError, OutputError: the folder can't be made.
        EngineError, UsageError: the work can't be done as asked.
    """
    begun = early.begun if early else None
    told = begun is not None
    if begun is None and folder is not None:
        begun = begin(signal, config, folder, force=force)
    try:
        if begun is not None and on_frame is not None and not told:
            on_frame(FrameSaved(0, begun.frame))
        with clock.starting_up() if clock else nullcontext():
            from redraw.fitting.run.run import Run  # only now: it brings PyTorch

        if before_run is not None:
            before_run()
    except BaseException:
        if begun is not None:
            begun.folder.abandon()
        raise
    run = Run.start(signal, config, folder, force=force, begun=begun)
    run.clock = clock
    return run
