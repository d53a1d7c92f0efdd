"""What a run reports. The command line, a studio and notebooks all listen to the same events.

`to_json` gives one flat object per event, with its kind under "event". Events that depend on the
step alone are `logged`: they stand in the run's log, which a resumed run continues exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from redraw.fitting.run.profile import Profile


@dataclass(frozen=True)
class Event:
    """Base of all events."""

    kind: ClassVar[str] = ""
    logged: ClassVar[bool] = False

    def to_json(self) -> dict[str, Any]:
        """One flat object of plain values."""
        values: dict[str, Any] = {"event": self.kind}
        for item in fields(self):
            value = getattr(self, item.name)
            values[item.name] = str(value) if isinstance(value, Path) else value
        return values


@dataclass(frozen=True)
class Started(Event):
    """The run begins or continues.

    Attributes:
        model: The preset.
        parameters: Learned numbers.
        pixels: Known pixels of the picture.
        width: Of the picture.
        height: Of the picture.
        step: Where it begins.
        steps: Planned total.
        engine: What runs it.
        refusals: Why faster engines did not take it.
        device: Where it runs.
        run: The run folder, or None.
        notes: Things to tell the user.
        signal: "picture", or "table", whose rows count as pixels: its width; its height is 1.
    """

    kind: ClassVar[str] = "started"
    model: str
    parameters: int
    pixels: int
    width: int
    height: int
    step: int
    steps: int
    engine: str
    refusals: dict[str, str]
    device: str
    run: Path | None
    notes: tuple[str, ...] = ()
    signal: str = "picture"


@dataclass(frozen=True)
class Planned(Event):
    """The rate of steps was measured and the plan for `--seconds` is fixed."""

    kind: ClassVar[str] = "planned"
    steps: int
    steps_per_second: float


@dataclass(frozen=True)
class Progress(Event):
    """How it goes.

    Attributes:
        step: Steps made.
        steps: Planned total.
        loss: Mean over the steps since the last logged progress.
        psnr: Estimate in dB from the errors of the same steps; batches, not the whole picture.
        rate: Learning rate of the last step.
        seconds: Fitting time so far.
        remaining: Estimated fitting seconds to the end.
        points_per_second: Pixels trained on per second of fitting.
    """

    kind: ClassVar[str] = "progress"
    logged: ClassVar[bool] = True
    step: int
    steps: int
    loss: float
    psnr: float
    rate: float
    seconds: float
    remaining: float
    points_per_second: float


@dataclass(frozen=True)
class Glance(Progress):
    """Progress between the logged steps, for a display that wants news: never in the log."""

    logged: ClassVar[bool] = False


@dataclass(frozen=True)
class Evaluated(Event):
    """The whole picture was drawn and compared, or all rows of a table predicted.

    Attributes:
        step: Steps made.
        psnr: In dB, over all known pixels.
        iou: Of the drawn part, for two-tone pictures.
        seconds: Fitting time so far.
        scores: Of a table; see `redraw.fitting.subject.subject.Quality`.
    """

    kind: ClassVar[str] = "evaluation"
    logged: ClassVar[bool] = True
    step: int
    psnr: float
    iou: float | None
    seconds: float
    scores: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class FrameSaved(Event):
    """A picture of the progress was saved."""

    kind: ClassVar[str] = "frame"
    step: int
    path: Path


@dataclass(frozen=True)
class Finishing(Event):
    """The steps are made; the engine now learns what follows from the field itself.

    Attributes:
        learning: What that is, in words.
    """

    kind: ClassVar[str] = "finishing"
    learning: str


@dataclass(frozen=True)
class CheckpointSaved(Event):
    """From here the run can be resumed."""

    kind: ClassVar[str] = "checkpoint"
    step: int


@dataclass(frozen=True)
class RolledBack(Event):
    """The loss became non-finite; the last good state was taken back, with half the rate."""

    kind: ClassVar[str] = "rollback"
    logged: ClassVar[bool] = True
    step: int
    to_step: int
    rate_factor: float


@dataclass(frozen=True)
class RateChanged(Event):
    """Somebody changed the learning rate.

    Attributes:
        step: The first step made with it, counted from 1.
        rate_factor: From then on, times the plan's.
    """

    kind: ClassVar[str] = "rate"
    logged: ClassVar[bool] = True
    step: int
    rate_factor: float


@dataclass(frozen=True)
class Profiled(Event):
    """Where the time went: the last event but one, where a run was asked for it."""

    kind: ClassVar[str] = "profile"
    profile: "Profile"

    def to_json(self) -> dict[str, Any]:
        return {"event": self.kind, **self.profile.to_json()}


@dataclass(frozen=True)
class Finished(Event):
    """The run ended.

    Attributes:
        reason: "steps", "seconds", "psnr" or "stopped" (by the user).
        psnr: Of the whole picture, in dB.
        iou: Of the drawn part, for two-tone pictures.
        steps: Steps made.
        seconds: Fitting time.
        parameters: Learned numbers.
        engine: What ran it.
        field: The field file, or None.
        run: The run folder, or None.
        scores: Of a table; see `redraw.fitting.subject.subject.Quality`.
        compared: Of a picture: the fit beside plain interpolation; `redraw.fitting.run.guard`.
        clock: Seconds on the wall from the command's beginning, where it had so many.
        starting: Seconds of start-up, which are not among them.
    """

    kind: ClassVar[str] = "finished"
    reason: str
    psnr: float
    iou: float | None
    steps: int
    seconds: float
    parameters: int
    engine: str
    field: Path | None
    run: Path | None
    scores: Mapping[str, Any] | None = None
    compared: Mapping[str, Any] | None = None
    clock: float | None = None
    starting: float | None = None
