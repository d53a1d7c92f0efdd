"""The first frame of a fit, before PyTorch is there, whose import takes longer.

Where a solver starts in closed form, NumPy and kernels alone may draw what it starts from.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from redraw.engines.solvers import SOLVERS
from redraw.engines.threads import usable_threads
from redraw.fitting.plan.config import RunConfig
from redraw.fitting.plan.memory import check_memory
from redraw.fitting.plan.schedule import milestones
from redraw.fitting.subject.subject import Quality, Subject, subject_of
from redraw.signals.signal import Signal
from redraw.storage.run_folder import RunFolder


@dataclass(frozen=True)
class FirstFrame:
    """What is there before the run is.

    Attributes:
        folder: Its folder, which the run completes or abandons.
        subject: What is learned.
        frame: The first frame, in the folder.
        quality: How good it is, if that is known with it.
    """

    folder: RunFolder
    subject: Subject
    frame: Path
    quality: Quality | None


def begin(
    signal: Signal, config: RunConfig, folder: str | os.PathLike[str], *, force: bool = False
) -> FirstFrame | None:
    """Make the run folder and put the first frame into it.

    Args:
        signal: What is learned.
        config: How.
        folder: As of `Run.start`.
        force: Replace a run that is there.

    Returns:
        None, and nothing is made, where no closed form gives a first frame.

    Raises:
        EngineError: the work can't be done as asked.
        RunError, OutputError: the folder can't be made.
    """
    first = drawn(signal, config)
    if first is None:
        return None
    subject, save, quality = first
    made = RunFolder.begin(folder, config.to_json(), force=force)
    try:
        frame = made.frame_path(0)
        save(frame)
    except BaseException:
        made.abandon()
        raise
    return FirstFrame(made, subject, frame, quality)


def drawn(
    signal: Signal, config: RunConfig
) -> tuple[Subject, Callable[[Path], object], Quality | None] | None:
    """The first frame, in no folder yet.

    Args:
        signal: What is learned.
        config: How.

    Returns:
        What is learned, what writes the frame to a path, and how good it is, if that is known; None
        where no closed form gives a first frame.

    Raises:
        EngineError: the work can't be done as asked.
        TooLargeError: it takes more memory than is free.
    """
    if not (_in_closed_form(config) and signal.raster):
        return None
    check_memory(config, signal.numbers)
    subject = subject_of(signal, config)
    solver, threads = SOLVERS[config.train.optimizer], config.threads or usable_threads()
    # This takes a while, as it brings Numba.
    drawer = solver.starting_drawer(config.field, subject.samples, threads)
    return subject, *subject.frame(drawer)


def _in_closed_form(config: RunConfig) -> bool:
    """Whether the run begins with a frame of a closed form, drawn by kernels."""
    train = config.train
    solver = SOLVERS[train.optimizer]
    return (
        solver.starts_early(config.field, train.loss)
        and config.engine in ("auto", solver.early_on)
        and config.device in ("auto", "cpu")
        and config.precision == "float32"
        and 0 in milestones(config.stops.steps or train.steps, config.frames)
    )
