"""The first frame of a fit that has so many seconds, before it is tried what they are enough for.

Trying brings PyTorch and takes some of them, and mostly they are enough. Where drawing a part tells
that the first frame of the whole picture is quickly there, and its work is not done twice, it is
drawn first; if the picture has to be made smaller after all, it is taken away again.
"""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from redraw.engines.solvers import SOLVERS
from redraw.fitting.plan.clock import Clock
from redraw.fitting.plan.config import RunConfig
from redraw.fitting.plan.planning import prepare
from redraw.fitting.plan.presets import preset
from redraw.fitting.run.events import FrameSaved
from redraw.fitting.run.first_frame import FirstFrame, begin, drawn
from redraw.signals.signal import Signal

# Of the seconds of a fit, so much may it take.
SHARE = 0.35


class EarlyFrame:
    """The first frame, if it is drawn before all else.

    Args:
        folder: The run folder; with None there is none.
        force: Replace a run that is there.
        on_frame: Hears of it.

    Attributes:
        begun: What is there of the run; None for nothing.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None,
        *,
        force: bool = False,
        on_frame: Callable[[FrameSaved], object] | None = None,
    ) -> None:
        self.begun: FirstFrame | None = None
        self._folder, self._force, self._on_frame = folder, force, on_frame

    def worth(
        self, part: Signal, options: Mapping[str, Any], picture: Signal, clock: Clock
    ) -> bool:
        """Whether it would be there soon: a part is planned and drawn twice, once for kernels.

        Args:
            part: Of the picture.
            options: What `prepare` takes for the part.
            picture: All of it.
            clock: Of the fit.
        """
        solver = SOLVERS[preset(options["model"]).train.optimizer]
        if self._folder is None or not solver.keeps_start:
            return False
        with clock.starting_up():
            there = drawn(part, prepare(part, **options)) is not None
        if not there:
            return False
        began = time.monotonic()
        drawn(part, prepare(part, **options))
        took = (time.monotonic() - began) * picture.count / part.count
        return took < min(SHARE * clock.seconds, clock.left)

    def draw(self, picture: Signal, plan: RunConfig) -> None:
        """Draw it, and tell of it.

        Raises:
            RunError, OutputError: the folder can't be made.
        """
        assert self._folder is not None
        self.begun = begin(picture, plan, self._folder, force=self._force)
        if self.begun is not None and self._on_frame is not None:
            self._on_frame(FrameSaved(0, self.begun.frame))

    def drop(self) -> None:
        """Take it away."""
        if self.begun is not None:
            self.begun.folder.abandon()
            self.begun = None
