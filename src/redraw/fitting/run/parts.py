"""What a fit in progress works with: its subject, state, engine and folder.

The loop, the plan and the reports take these; only `Run` knows all of them.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from redraw.engines import Drawer, OptimizerState, choose
from redraw.engines.solvers import SOLVERS
from redraw.fields import Field
from redraw.fitting.plan.clock import Clock
from redraw.fitting.plan.config import RunConfig
from redraw.fitting.plan.device import device_note, pick_device
from redraw.fitting.plan.memory import check_memory
from redraw.fitting.run.first_frame import FirstFrame
from redraw.fitting.run.machinery import step_spec
from redraw.fitting.run.profile import Meter
from redraw.fitting.run.sampling import Batches
from redraw.fitting.run.state import Progressing, State
from redraw.fitting.subject.subject import Quality, subject_of
from redraw.signals.signal import Signal
from redraw.storage.run_folder import RunFolder

# Seconds of fitting between glances, for displays, unless a run is told otherwise.
GLANCE = 0.1


@dataclass
class Requests:
    """What is asked of a run from outside, heard between two steps.

    Each is one assignment, so that signal handlers and threads may ask.

    Attributes:
        stop: To end.
        save: To save a checkpoint after the next step.
        rate_factor: On the planned learning rate from the next step on, if asked for.
    """

    stop: bool = False
    save: bool = False
    rate_factor: float | None = None


class Parts:
    """The parts of one fit.

    Attributes:
        config: What was asked for.
        subject: What is learned: a picture, a table, another signal.
        state: Where it stands: the field, its optimizer, numbers.
        requests: What was asked of it meanwhile.
        folder: The run folder, or None for a run in memory only.
        device: Where it runs.
        begun: What was there before it.
        engine: What runs its steps.
        refusals: Why faster engines do not, by name.
        meter: Listens where the time goes.
        glance: Seconds of fitting between glances.
        clock: Of its seconds, where those are on the wall; None where steps alone count.
        timed: Whether only the clock may end it, as in a race: its plan is longer where it must be.
        trying: Whether it only shows what a fit takes: no lesson that has steps of its own.
        frames: Pictures saved as it learns.
    """

    clock: Clock | None = None
    timed = False
    trying = False

    def __init__(
        self,
        config: RunConfig,
        signal: Signal,
        folder: RunFolder | None = None,
        begun: FirstFrame | None = None,
    ) -> None:
        self.config = config
        self.begun = begun
        self.subject = begun.subject if begun else subject_of(signal, config)
        self.samples = self.subject.samples
        self.folder = folder
        train = config.train
        self.device = pick_device(config.device, SOLVERS[train.optimizer])
        check_memory(config, signal.numbers, self.device)
        dtype = torch.float64 if config.precision == "float64" else torch.float32
        field = Field.build(config.field, config.seed, dtype=dtype)
        self.spec = step_spec(config, self.device, self.samples.count)
        named = not SOLVERS[config.train.optimizer].whole
        self.engine, self.refusals = choose(config.engine, field, self.spec)
        self.batches = Batches(
            *(self.samples.count, self.spec.batch, config.seed),
            named=named,
            ahead=self.engine.shuffled_ahead,
        )
        # Only now: a device that the engine refuses may not even take the parameters.
        field.to(self.device)
        self.state = State(field, config.train, keep_best=config.keep == "best")
        self.requests = Requests()
        told = config.field.encoding.note(), device_note(config.device, SOLVERS[train.optimizer])
        self.notes: tuple[str, ...] = signal.notes + tuple(note for note in told if note)
        self.meter = Meter()
        self.glance = GLANCE
        self.frames = config.frames

    @property
    def field(self) -> Field:
        """The network, its parameters as they stand."""
        return self.state.field

    @property
    def optimizer(self) -> OptimizerState:
        """The optimizer's slots and steps."""
        return self.state.optimizer

    @property
    def at(self) -> Progressing:
        """The numbers of its state."""
        return self.state.at

    @property
    def signal(self) -> Signal:
        """What is learned."""
        return self.subject.signal

    @property
    def output(self) -> Path | None:
        """Where the field file goes; a relative path starts beside the run folder."""
        if self.config.output is None:
            return None
        return (self.folder.path.parent if self.folder else Path()) / self.config.output

    def seconds_left(self) -> float | None:
        """Seconds that it may still learn; None without a limit."""
        limit = self.config.stops.seconds if self.at.limited else None
        if limit is None:
            return None
        return self.clock.left if self.clock else max(0.0, limit - self.at.seconds)

    def rate(self, step: int) -> float:
        """The learning rate of a step."""
        return self.state.rate(step)

    def drawer(self, field: Field | None = None) -> Drawer:
        """An evaluator of the field as it stands, or of another like it."""
        # What was trained in bfloat16 is kept, and drawn later, in float32.
        precision = "float64" if self.spec.precision == "float64" else "float32"
        spec = replace(self.spec, precision=precision)
        return self.engine.drawer(self.field if field is None else field, spec)

    def measure(self, field: Field | None = None) -> Quality:
        """How good the field as it stands is, or another like it."""
        with self.meter("drawing"):
            return self.subject.measure(self.drawer(field))

    def measure_and_remember(self) -> Quality:
        """How good the field is; it is remembered if it is the best so far on held-out rows."""
        found = self.measure()
        assert found.loss is not None  # of the held-out rows, which there are
        self.state.remember(found.loss)
        return found
