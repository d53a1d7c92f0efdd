"""What an engine is: one way of executing training steps and drawing.

Every engine works on the same parameter tensors and the same optimizer state, so that a checkpoint
made with one resumes with another. The reference engine defines the result; the others agree with
it to rounding.

Shapes: B pixels in a batch, N points, C channels.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from redraw.signals.samples import Samples

if TYPE_CHECKING:
    from torch import Tensor

    from redraw.fields import Field

Loss = Literal["mse", "l1", "bce", "relative_l2", "cross_entropy"]
Precision = Literal["float32", "float64", "tf32", "bfloat16", "float16"]


@dataclass(frozen=True)
class OptimizerConfig:
    """Which update rule, with PyTorch's meaning of every value.

    Attributes:
        kind: A name of the table `redraw.engines.solvers.SOLVERS`.
        beta1: Decay of Adam's first moment.
        beta2: Decay of Adam's second moment.
        eps: Added to the root of Adam's second moment.
        weight_decay: As in torch.optim (decoupled for "adamw").
        momentum: Of "sgd".
        encoding_rate: Factor on the rate of the encoding's parameters (grids learn faster).
    """

    kind: str = "adam"
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0
    momentum: float = 0.0
    encoding_rate: float = 1.0


@dataclass(frozen=True)
class StepSpec:
    """All that stays fixed over a fit, besides the field and the samples.

    Attributes:
        loss: Averaged over pixels and channels; see `redraw.engines.losses`.
        optimizer: The update rule.
        precision: float32; float64 for checking; tf32, bfloat16 and float16 multiply in it and keep
            float32 parameters.
        device: "cpu", "cuda" or "mps", optionally with an index.
        threads: CPU threads, or None for all that the process may use.
        batch: The largest number of pixels in one step.
        training: False if nothing but a drawer is wanted: loss and optimizer don't matter then.
    """

    loss: Loss = "mse"
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    precision: Precision = "float32"
    device: str = "cpu"
    threads: int | None = None
    batch: int = 4096
    training: bool = True


@dataclass
class OptimizerState:
    """What the update rule remembers: for each parameter's name, its named tensors.

    Which those are before the first step, its solver says (`redraw.engines.solvers.fresh_state`);
    rules of torch.optim use its names, shapes and dtypes. `steps` counts the updates made so far
    (Adam's bias correction).
    """

    steps: int = 0
    slots: "dict[str, dict[str, Tensor]]" = field(default_factory=dict)


@dataclass(frozen=True)
class StepResult:
    """What one step found, before its update.

    Attributes:
        loss: The mean loss over the batch.
        squared_error: Mean squared error of the batch over pixels and channels, not clipped.
    """

    loss: float
    squared_error: float


@dataclass(frozen=True)
class StepTimes:
    """Where the time of a session's steps went.

    Attributes:
        seconds: Wall-clock time by part, from "encoding", "forward", "loss", "backward", "scatter"
            (an encoding's gradient back into its table), "optimizer", "waiting" (threads for each
            other) and "starting" (kernels loaded or compiled). Work of several threads counts as
            their sum divided by their number, so that the parts add up to the time of the steps.
            An engine that cannot tell two parts apart names the larger.
        points: Positions trained on.
        pixels: Pixels trained on.
        steps: How many steps.
        threads: CPU threads that worked on a step.
    """

    seconds: dict[str, float]
    points: int
    pixels: int
    steps: int
    threads: int


class Order(Protocol):
    """Which pixels steps take."""

    def at(self, step: int, /) -> NDArray[np.int64]:
        """Rows of the samples' values. (B,)"""
        ...


class Session(ABC):
    """A field being trained by one engine. Parameters are updated in place.

    Attributes:
        at_once: How many steps it would best be asked for together; it may change after each call.
        hurried: Whether what goes on should end, by the clock or by who asked for it. A session
            whose steps are long asks; one that it gives up changes nothing, and is not among those
            that `steps` tells of.
    """

    at_once: int = 1
    hurried: Callable[[], bool] = staticmethod(lambda: False)

    @abstractmethod
    def step(
        self, pixels: NDArray[np.int64], step: int, *, rate: float, sharpness: float
    ) -> StepResult:
        """One forward, loss, backward and update.

        Args:
            pixels: Rows of the samples' values. (B,)
            step: The global step, from 0; decides the jitter inside the pixels.
            rate: The learning rate of this step.
            sharpness: Of a sigmoid output during this step.

        After it returns, the field's tensors and `state` hold the updated values.
        """

    def steps(
        self, order: Order, first: int, *, rates: Sequence[float], sharpness: Sequence[float]
    ) -> list[StepResult]:
        """Several steps, one after another: as many as there are rates.

        Args:
            order: Which pixels each takes.
            first: The global step of the first.
            rates: The learning rate of each.
            sharpness: Of a sigmoid output during each.

        Returns:
            What each found: less of them where one was given up.
        """
        return [
            self.step(order.at(first + k), first + k, rate=rate, sharpness=sharp)
            for k, (rate, sharp) in enumerate(zip(rates, sharpness, strict=True))
        ]

    @property
    @abstractmethod
    def state(self) -> OptimizerState:
        """The optimizer's state as it stands: views, not copies."""

    def times(self) -> StepTimes | None:
        """Where the time of all steps so far went, if the engine can tell."""
        return None

    def close(self) -> None:  # noqa: B027 (an engine may have nothing to give back)
        """Give back threads and buffers."""


class Drawer(ABC):
    """Evaluates a field at points, for drawing and for measuring."""

    @abstractmethod
    def values(self, xy: NDArray[np.float32]) -> NDArray[np.float32]:
        """The field at `xy`, not clipped; a point's result does not depend on its neighbours.

        Args:
            xy: Coordinates in [-1, 1]. (N, D)

        Returns:
            (N, C) float32
        """


class GridDrawer(Drawer):
    """Draws the pixels of a drawing by itself, where only the axes' coordinates are told to it."""

    @abstractmethod
    def grid(
        self, x: NDArray[np.float32], y: NDArray[np.float32], samples: tuple[int, int]
    ) -> NDArray[np.float32] | None:
        """Means of the values, clipped to [0, 1], over the positions of each pixel.

        Args:
            x: Of all columns of positions, in [-1, 1] inside of the picture. (w * samples across,)
            y: Of all rows. (h * samples down,)
            samples: Positions of a pixel, across and down.

        Returns:
            (h, w, C), a pixel's not depending on the others; None where it can't.
        """


class ExactDrawer(Drawer):
    """Knows averages exactly; those of other drawers are taken over many values.

    Attributes:
        piece: Pixels of a drawing, and of the fitted picture in its place, that are drawn at once.
        thinned: A small drawing does not look at all pixels of the fitted picture: then the
            drawing's own count alone.
    """

    piece: int = 1 << 15
    thinned: bool = False

    @abstractmethod
    def means(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
        """The field's mean over each cell of a grid, not clipped.

        Args:
            x: Start and end of each column, in [-1, 1] inside of the picture; equal for the value
                at a point. (w, 2)
            y: Start and end of each row. (h, 2)

        Returns:
            (h, w, C), a cell's mean not depending on the others.
        """


class Engine(ABC):
    """One way of running steps and drawing.

    Attributes:
        name: As on the command line.
        rank: The highest that does not refuse is chosen.
        own_threads: Whether its steps run in threads of its own, which it counts; else in those of
            PyTorch.
        shuffled_ahead: Heaps of pixels whose order threads draw before steps ask for it.
    """

    name: str
    rank: int
    own_threads: ClassVar[bool] = False
    shuffled_ahead: ClassVar[int] = 0

    @abstractmethod
    def refuse(self, field: "Field", spec: StepSpec) -> str | None:
        """Why this work can't be taken, or None if it can."""

    @abstractmethod
    def open(
        self,
        field: "Field",
        samples: Samples,
        spec: StepSpec,
        state: OptimizerState | None = None,
    ) -> Session:
        """Begin or continue (with `state`) to train `field` on `samples`."""

    @abstractmethod
    def drawer(self, field: "Field", spec: StepSpec) -> Drawer:
        """An evaluator of `field` as it is now."""
