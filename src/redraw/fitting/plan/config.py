"""What a fit is asked to do: frozen values that turn into JSON and back."""

import dataclasses
import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any, Literal

from redraw.engines.contract import Loss, OptimizerConfig, Precision
from redraw.engines.solvers import SOLVERS
from redraw.errors import UsageError
from redraw.fields.config import FieldConfig, from_plain, plain
from redraw.fitting.plan.schedule import Schedule
from redraw.signals.samples import Footprint


@dataclass(frozen=True)
class TrainConfig:
    """How a field is trained. Names are those of `--set KEY=VALUE`.

    Attributes:
        steps: Planned steps, unless `--steps` or `--seconds` says otherwise.
        most_steps: A plan made from seconds is never longer, for a field that more steps would
            make worse between the pixels; None for no such limit.
        batch: Pixels per step, or "full" for all of them.
        loss: "mse", "l1", "bce" (cross-entropy from logits), "relative_l2" or "cross_entropy" (of a
            softmax).
        optimizer: The solver: "adam", "adamw", "sgd", or one that is made for an encoding and has
            no rate.
        lr_max: The highest learning rate.
        lr_min: The rate at the end of the plan.
        schedule: "cosine", "exponential" or "constant".
        warmup: Share of the plan over which the rate rises from 0 to `lr_max`.
        beta1: Decay of Adam's first moment.
        beta2: Decay of Adam's second moment.
        eps: Added to the root of Adam's second moment.
        weight_decay: As in torch.optim.
        momentum: Of sgd.
        encoding_rate: Factor on the rate of the encoding's parameters.
        footprint: "box" trains on averages over pixels, "point" on their centres.
        samples: Positions inside a pixel with busy surroundings (box).
        flat: Surroundings whose values differ by at most this count as flat: one position is
            enough there. Negative: every pixel takes `samples` positions.
        sharpen: Final sharpness of a sigmoid output; it grows from 1.
        sharpen_until: Share of the plan at which the final sharpness is reached.
        detail: Positions per pixel and axis with which the field is drawn at its own size; by
            default 1 for points, and as many as `samples` has columns for boxes.
    """

    steps: int = 2000
    most_steps: int | None = None
    batch: int | Literal["full"] = 4096
    loss: Loss = "mse"
    optimizer: str = "adam"
    lr_max: float = 1e-3
    lr_min: float = 0.0
    schedule: Schedule = "cosine"
    warmup: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0
    momentum: float = 0.0
    encoding_rate: float = 1.0
    footprint: Footprint = "point"
    samples: int = 9
    flat: float = 0.02
    sharpen: float = 1.0
    sharpen_until: float = 0.6
    detail: int | None = None

    def __post_init__(self) -> None:
        SOLVERS.named(self.optimizer)
        _between(self, "steps", 1, 10**12)
        _between(self, "most_steps", 1, 10**12)
        if self.batch != "full":
            _between(self, "batch", 1, 10**9)
        _between(self, "lr_max", 0.0, 1e6)
        _between(self, "lr_min", 0.0, 1e6)
        _between(self, "warmup", 0.0, 1.0)
        _between(self, "beta1", 0.0, 1.0, open_end=True)
        _between(self, "beta2", 0.0, 1.0, open_end=True)
        _between(self, "eps", 0.0, 1.0)
        _between(self, "weight_decay", 0.0, 1e3)
        _between(self, "momentum", 0.0, 1.0)
        _between(self, "encoding_rate", 0.0, 1e6)
        _between(self, "samples", 1, 255)
        _between(self, "flat", -1.0, 1e6)
        _between(self, "sharpen", 1e-3, 1e4)
        _between(self, "sharpen_until", 1e-6, 1.0)
        _between(self, "detail", 1, 16)

    @property
    def optimizer_config(self) -> OptimizerConfig:
        """The part that engines need."""
        return OptimizerConfig(
            kind=self.optimizer,
            beta1=self.beta1,
            beta2=self.beta2,
            eps=self.eps,
            weight_decay=self.weight_decay,
            momentum=self.momentum,
            encoding_rate=self.encoding_rate,
        )


@dataclass(frozen=True)
class Stops:
    """When a fit ends: at the first of these, or when the user says so.

    Attributes:
        steps: Planned steps; None takes the preset's.
        seconds: Fitting time; the plan is made from the measured rate of steps.
        psnr: Quality in dB that is enough.
    """

    steps: int | None = None
    seconds: float | None = None
    psnr: float | None = None

    def __post_init__(self) -> None:
        _between(self, "steps", 1, 10**12)
        _between(self, "seconds", 0.0, 1e9, open_start=True)
        _between(self, "psnr", 0.0, 1e3, open_start=True)


@dataclass(frozen=True)
class RunConfig:
    """Everything that decides a run, besides the picture.

    Attributes:
        model: Name of the preset it started from.
        field: The field.
        train: How it is trained.
        stops: When it ends.
        seed: Of the initial parameters, the order of pixels and the jitter.
        engine: "auto" or an engine's name.
        device: "auto", "cpu", "cuda" or "mps".
        precision: "float32", "float64", "tf32", "bfloat16" or "float16".
        threads: CPU threads; None for all that the process may use.
        frames: Pictures saved while it learns; 0 for none.
        rest: Seconds of pause after each saved frame.
        checkpoint_every: Seconds between checkpoints.
        output: Where the field file goes at the end, or None; relative to the run folder's parent,
            so that both can be moved together.
        source: Name of the picture.
        keep: Of a table with held-out rows: the "last" state, or the "best" on them.
        aim: Quality in dB that its size was chosen for; None where the size was asked for.
        because: Why the preset was chosen, in words; "" where it was asked for.
        named: Where it was asked for, such as "from REDRAW_MODEL"; "" for an option, or nowhere.
        most_bytes: Of the field file, where a network is to end in whole numbers; 0 for floats.
    """

    model: str
    field: FieldConfig
    train: TrainConfig
    stops: Stops = dataclasses.field(default_factory=Stops)
    seed: int = 0
    engine: str = "auto"
    device: str = "auto"
    precision: Precision = "float32"
    threads: int | None = None
    frames: int = 20
    rest: float = 0.0
    checkpoint_every: float = 30.0
    output: str | None = None
    source: str = ""
    keep: Literal["last", "best"] = "last"
    aim: float | None = None
    because: str = ""
    named: str = ""
    most_bytes: int = 0

    def __post_init__(self) -> None:
        _between(self, "seed", 0, 2**63 - 1)
        _between(self, "threads", 1, 1024)
        _between(self, "frames", 0, 10_000)
        _between(self, "rest", 0.0, 86_400.0)
        _between(self, "checkpoint_every", 0.0, 1e9)
        _between(self, "aim", 0.0, 1e3, open_start=True)
        _between(self, "most_bytes", 0, 2**31)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return plain(self)

    @classmethod
    def from_json(cls, data: Any) -> "RunConfig":
        """The inverse of `to_json`.

        Raises:
            FileFormatError: a key is foreign, missing or wrong.
        """
        config = from_plain(cls, data, "run")
        config.field.check_stored()
        return config

    @property
    def digest(self) -> str:
        """Identifies what decides the result: a checkpoint of another digest is refused.

        What only decides when to stop, where to write or how to execute is left out.
        """
        decisive = {"field": plain(self.field), "train": plain(self.train), "seed": self.seed}
        text = json.dumps([decisive, self.precision], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _between(
    owner: object,
    name: str,
    low: float,
    high: float,
    *,
    open_start: bool = False,
    open_end: bool = False,
) -> None:
    """Check one number of `owner`; None passes.

    Raises:
        UsageError: it is outside.
    """
    value = getattr(owner, name)
    if value is None:
        return
    above = value > low if open_start else value >= low
    below = value < high if open_end else value <= high
    if not (math.isfinite(value) and above and below):
        start = f"above {low:g}" if open_start else f"from {low:g}"
        end = f"below {high:g}" if open_end else f"to {high:g}"
        raise UsageError(f"{name} is {value:g}; accepted: {start} {end}", setting=name)
