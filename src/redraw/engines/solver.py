"""What every solver answers: the contract of the table `SOLVERS`.

A solver is an update rule, and all that a fit asks of it. Two kinds:

*By gradient*: `GradientSolver`, the rules of torch.optim. The engines run their steps.

*Made for one encoding*: it brings its own steps, a `Side` for each engine it runs on, and knows
fields of that encoding in closed form. The encoding's configuration names it
(`EncodingConfig.solver`), and then it is asked for closed form, drawing and size whatever trains
the field. Its sides are in a folder of their own beside this file, and import what is heavy when
they are asked: nothing here needs PyTorch or Numba. To add one:

    SOLVERS.register("mine", MySolver())

Shapes: H rows, W columns, C channels.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from redraw.engines.contract import (
    Drawer,
    Loss,
    OptimizerConfig,
    OptimizerState,
    Session,
    StepSpec,
)
from redraw.signals.samples import PointSamples, Samples

if TYPE_CHECKING:
    from torch import Generator, optim

    from redraw.fields import Field, FieldConfig

# What torch.optim calls the running means of Adam's gradients and of their squares.
ADAM_MOMENTS = ("exp_avg", "exp_avg_sq")


@dataclass(frozen=True)
class Lesson:
    """What remains to be learned when the steps of a fit are done, from the field itself.

    A small network is trained by the engine that trained the field
    (`redraw.fitting.run.lessons`): by Adam, in whole batches of shuffled rows, at a rate that falls
    to zero along half a cosine.

    Attributes:
        learner: The network, where it is to be trained, its parameters drawn.
        samples: What it learns. (N rows)
        rows: So many of them, the first; the others are there to judge by.
        generator: Shuffles them.
        steps: With enough time.
        batch: Rows in a step.
        rate: At the first step.
        least: Share of the steps without which nothing is learned.
        keep: Takes what was learned into the field, if it is worth it.
        seconds: That were spent on it so far.
    """

    learner: "Field"
    samples: PointSamples
    rows: int
    generator: "Generator"
    steps: int
    batch: int
    rate: float
    least: float
    keep: Callable[[], None]
    seconds: float


class Side(ABC):
    """A solver that is made for one encoding, as one engine runs it.

    Attributes:
        measured: Whether it was measured to be the fastest where it runs: a device that nobody
            named is taken for such a one only.
    """

    measured: ClassVar[bool] = True

    @abstractmethod
    def refuse(self, field: "Field", spec: StepSpec) -> str | None:
        """Why the engine can't take a field of this encoding, or None if it can.

        It is asked whatever trains the field, and for a drawer, too (`spec.training` is False).
        """

    @abstractmethod
    def open(
        self, field: "Field", samples: Samples, spec: StepSpec, state: OptimizerState
    ) -> Session:
        """A session of this solver's steps."""

    def start(self, field: "Field", samples: Samples, spec: StepSpec) -> float:
        """Before the first step, put `field` where the closed form says, if there is one.

        Returns:
            The seconds that it took, compiling and loading aside.
        """
        return 0.0

    def lesson(self, field: "Field", samples: Samples, spec: StepSpec, seed: int) -> Lesson | float:
        """After the last step, what is to be learned (where `Solver.learns_after` says so).

        Args:
            field: As the steps left it; what an earlier lesson taught is forgotten.
            samples: What it was trained on.
            spec: Of the fit.
            seed: Of all that is drawn: the same field learns the same.

        Returns:
            It; or where it is done at once, or there is nothing to learn from, the seconds that it
            took.
        """
        return 0.0

    def drawer(self, field: "Field", spec: StepSpec) -> Drawer | None:
        """An evaluator of `field` as it is now; None for the engine's own."""
        return None


class Solver(ABC):
    """An update rule.

    Attributes:
        name: As in `--set optimizer=`.
        whole: Whether a step takes all pixels, whatever the batch; they are not named to it then.
        rated: Whether steps have a learning rate: then there is a plan to keep to, a rollback at
            half the rate, and a rate to search.
        begins_again: Whether a fit whose loss is not finite starts anew from the closed form;
            others keep a copy of their last good state, as large as all that they learn.
        early_on: The engine that draws its first frame without PyTorch; "" for none.
        keeps_start: Whether a fit goes on from what its first frame was drawn of, even if others
            were fitted in between.
        whole_numbers: Whether `small` gives fields of its encoding in whole numbers.
        timed_steps: Where steps have no rate, how many a fit makes at most that has so many
            seconds; 0 for as many as its plan says anyway.
        later: How many times as long as all before it the second step may take: it is not begun
            where that is too long, nor a later one that would take as long as the last.
        judges_itself: Whether its fields are never drawn larger with more error than plain
            interpolation of their pixels, as they judge themselves by averages held out.
    """

    name: str
    whole: ClassVar[bool] = False
    rated: ClassVar[bool] = True
    begins_again: ClassVar[bool] = False
    early_on: ClassVar[str] = ""
    keeps_start: ClassVar[bool] = False
    whole_numbers: ClassVar[bool] = False
    timed_steps: ClassVar[int] = 0
    later: ClassVar[float] = 0.0
    judges_itself: ClassVar[bool] = False

    @abstractmethod
    def fresh(self, field: "Field", optimizer: OptimizerConfig) -> OptimizerState:
        """What it remembers of a field before the first step."""

    def refuse(self, field: "Field", spec: StepSpec) -> str | None:
        """Why it can't train `field` on any engine, or None if it can."""
        return None

    @property
    def sides(self) -> Mapping[str, Side]:
        """Its own steps, by the name of the engine; empty if engines run it by gradient."""
        return {}

    def starts_early(self, field: "FieldConfig", loss: Loss) -> bool:
        """Whether such a fit begins with a frame of the closed form that needs no PyTorch."""
        return False

    def starting_drawer(self, field: "FieldConfig", samples: Samples, threads: int) -> Drawer:
        """What draws the closed form that a fit begins from, where `starts_early` says so.

        It may draw about that, if the closed form itself takes long: then `Side.start` finds it.

        Raises:
            EngineError: it can't be begun.
        """
        raise NotImplementedError

    def parameters_for(
        self,
        field: "FieldConfig",
        values: NDArray[np.float32],
        known: NDArray[np.bool_] | None,
        psnr: float,
        threads: int,
    ) -> int | None:
        """About the fewest parameters with which a field reaches a quality; None if none can tell.

        Args:
            field: Its configuration, the channels set.
            values: What is learned. (H, W, C)
            known: Where there are values; None for everywhere. (H, W)
            psnr: In dB.
            threads: How many work on it; the result does not depend on it.
        """
        return None

    def learns_after(self, field: "Field") -> str:
        """What a field learns when the steps are done, in words; "" for nothing."""
        return ""

    def kept(self, field: "Field", spec: StepSpec, beside: int = 0) -> "Field":
        """What a fit ends with: the field that its steps made, or another in its place.

        Args:
            field: As steps and lesson left it; it stays as it is.
            spec: Of the fit.
            beside: Bytes that its file has beside what the field takes.
        """
        return field

    def small(
        self, field: "Field", threads: int, most_bytes: int = 0, most_error: float = 0.0
    ) -> "Field | None":
        """A field of its encoding in whole numbers and few bytes; None if there is no such.

        Args:
            field: As a fit left it, on the CPU; it stays as it is.
            threads: How many work on it; the result does not depend on it.
            most_bytes: Of its header and numbers; 0 for what it takes to be nearly what it was.
            most_error: Instead: the mean squared difference of its own pixels.
        """
        return None

    def floats(self, field: "Field") -> "Field | None":
        """What `small` made as a field of floats that draws the same; None if it made none."""
        return None

    def made_for(
        self,
        field: "FieldConfig",
        values: NDArray[np.float32],
        known: NDArray[np.bool_] | None,
        threads: int,
        said: str = "",
    ) -> "FieldConfig":
        """`field` with the sizes that the picture itself decides, if it decides any.

        Args:
            field: Its configuration, the channels and the picture's size set.
            values: What is learned. (H, W, C)
            known: Where there are values; None for everywhere. (H, W)
            threads: How many work on it; the result does not depend on it.
            said: What its file says that its values are averages of; "" for nothing.
        """
        return field

    def update_work(self, optimizer: OptimizerConfig) -> tuple[int, int] | None:
        """For a parameter's update: operations, and numbers read and written; None: not counted."""
        return None


@dataclass(frozen=True)
class GradientSolver(Solver):
    """A rule of torch.optim, which engines run step by step.

    Attributes:
        name: As in `--set optimizer=`.
        moments: What it keeps of each parameter, of its shape and type.
        work: Operations of an update, and numbers read and written.
        counted: Whether torch.optim keeps the number of steps with them.
    """

    name: str
    moments: tuple[str, ...]
    work: tuple[int, int]
    counted: bool = True

    def slots(self, optimizer: OptimizerConfig) -> tuple[str, ...]:
        """Names of what it keeps of each parameter with these values."""
        return self.moments

    def fresh(self, field: "Field", optimizer: OptimizerConfig) -> OptimizerState:
        slots = {
            key: {name: parameter.detach().clone().zero_() for name in self.slots(optimizer)}
            for key, parameter in field.named_parameters()
        }
        return OptimizerState(0, slots)

    def update_work(self, optimizer: OptimizerConfig) -> tuple[int, int] | None:
        return self.work

    def torch_optimizer(
        self, groups: list[dict[str, Any]], rate: float, optimizer: OptimizerConfig
    ) -> "optim.Optimizer":
        """The definition: the optimizer of PyTorch.

        Args:
            groups: Of parameters, as torch.optim takes them.
            rate: At first.
            optimizer: The values.
        """
        raise NotImplementedError
