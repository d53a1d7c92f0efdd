"""One fit, from the first random numbers to the field file, as a stream of events.

`Run.start` or `Run.resume`, then `for event in run.events()`. The state of a run is everything
that resuming needs: parameters, optimizer state, step, plan, and a few sums. Everything else is a
function of these and of the seed.
"""

import copy
import math
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from redraw.engines import Drawer, OptimizerState, Session, Work, choose
from redraw.errors import DivergedError, EngineError, FileFormatError, RunError, UsageError
from redraw.fields import Field
from redraw.fitting.config import RunConfig
from redraw.fitting.events import (
    CheckpointSaved,
    Evaluated,
    Event,
    Finished,
    FrameSaved,
    Glance,
    Planned,
    Profiled,
    Progress,
    RateChanged,
    RolledBack,
    Started,
)
from redraw.fitting.fitted import FittedField
from redraw.fitting.profile import Facts, Meter, Profile, make_profile
from redraw.fitting.sampling import Batches
from redraw.fitting.schedule import milestones, rate_at, sharpness_at
from redraw.fitting.subject import AnySignal, Quality, save_signal, saved_signal, subject_of
from redraw.storage.checkpoint import Checkpoint
from redraw.storage.field_file import About
from redraw.storage.run_folder import RunFolder

# Logged progress: about this many evenly spaced steps, and these many geometrically spaced ones.
EVEN_REPORTS, GEOMETRIC_REPORTS = 200, 40
# Seconds of fitting between glances, for displays, unless a run is told otherwise.
GLANCE = 0.1
# A run gives up at the next non-finite loss after this many rollbacks.
ROLLBACKS = 3
# Share of `--seconds` spent on measuring the rate of steps, and the share of the rest that is
# planned for: a machine that slows down a little still reaches the end of its schedule.
MEASURE, PLANNED = 0.04, 0.96
# PSNR has no end: fits that agree to float32 rounding are reported as this.
BEST_PSNR = 200.0


@dataclass
class Progressing:
    """The numbers of a run's state; tensors aside, what a checkpoint holds.

    Attributes:
        step: Steps made.
        total: Planned steps; 0 while `--seconds` has not been turned into a plan.
        seconds: Fitting time.
        limited: Whether the limits of seconds and PSNR still count (not after an extension).
        rate_factor: On the learning rate; halved by each rollback.
        rollbacks: How many there were.
        loss_sum: Of the losses since the last logged progress.
        error_sum: Of the squared errors of the same steps.
        summed: How many steps that were.
        gap: Measured PSNR less the batches' own, in dB, when both were last known.
        best_step: When the best state so far was, if it is kept; -1 before any.
        best_loss: Its loss on the held-out rows; -1 before any.
        done: Why the run ended, or "".
    """

    step: int = 0
    total: int = 0
    seconds: float = 0.0
    limited: bool = True
    rate_factor: float = 1.0
    rollbacks: int = 0
    loss_sum: float = 0.0
    error_sum: float = 0.0
    summed: int = 0
    gap: float = 0.0
    best_step: int = -1
    best_loss: float = -1.0
    done: str = ""


class Run:
    """One fit in progress. Made by `start` or `resume`.

    Attributes:
        config: What was asked for.
        subject: What is learned: a picture, or a table.
        field: The network, its parameters as they stand.
        at: The numbers of the run's state.
        folder: The run folder, or None for a run in memory only.
        profiling: Whether the last event but one says where the time went.
        glance: Seconds of fitting between glances.
    """

    def __init__(
        self, config: RunConfig, signal: AnySignal, folder: RunFolder | None = None
    ) -> None:
        self.config = config
        self.subject = subject_of(signal, config)
        self.folder = folder
        self.at = Progressing()
        self.device = pick_device(config.device)
        dtype = torch.float64 if config.precision == "float64" else torch.float32
        self.field = Field.build(config.field, config.seed, dtype=dtype)
        self.samples = self.subject.samples
        wanted = config.train.batch
        if wanted == "full" or config.train.optimizer == "alternating":
            wanted = self.samples.count
        batch = min(wanted, self.samples.count)
        self.batches = Batches(self.samples.count, batch, config.seed)
        self.work = Work(
            loss=config.train.loss,
            optimizer=config.train.optimizer_config,
            precision=config.precision,
            device=self.device,
            threads=config.threads,
            batch=batch,
        )
        self.engine, self.refusals = choose(config.engine, self.field, self.work)
        # Only now: a device that the engine refuses may not even take the parameters.
        self.field.to(self.device)
        self.optimizer = OptimizerState.fresh(self.field, config.train.optimizer_config)
        best = config.keep == "best"
        self._best = {k: t.clone() for k, t in self.field.state_dict().items()} if best else {}
        self.notes: tuple[str, ...] = signal.notes
        self.profiling = False
        self.meter = Meter()
        self._fresh = True  # no checkpoint has been saved
        self._stopping = False
        self.glance = GLANCE
        self._saving = False  # asked to save a checkpoint
        self._wanted_factor: float | None = None  # on the rate, asked for

    @classmethod
    def start(
        cls,
        signal: AnySignal,
        config: RunConfig,
        folder: str | os.PathLike[str] | None = None,
        *,
        force: bool = False,
    ) -> "Run":
        """A new run.

        Args:
            signal: What to learn.
            config: How.
            folder: Where checkpoints, log and frames go; None keeps all in memory.
            force: Replace a run that is there.

        Raises:
            RunError, OutputError: the folder can't be made.
            EngineError, UsageError: the work can't be done as asked.
        """
        run = cls(config, signal)
        unplanned = not config.stops.seconds or config.train.optimizer == "alternating"
        if unplanned or config.stops.steps:
            run.at.total = config.stops.steps or config.train.steps
        run.at.seconds = run.engine.start(run.field, run.samples, run.work)
        if folder is not None:
            run.folder = RunFolder.create(folder, config.to_json(), force=force)
            try:
                save_signal(run.folder.path, run.subject)
            except BaseException:
                run.folder.close()
                raise
        return run

    @classmethod
    def resume(cls, folder: str | os.PathLike[str], more: int = 0) -> "Run":
        """Continue a run exactly where its last checkpoint left it.

        Args:
            folder: The run folder.
            more: Steps added to the plan, or to those made if the run has ended. The rate then
                follows the longer plan, and limits of seconds and PSNR no longer count.

        Raises:
            RunError: it is no run folder, is in use, or can't be continued.
            FileFormatError: a file in it is damaged.
            UsageError: `more` is negative.
        """
        if more < 0:
            raise UsageError(f"the steps to add are {more}; accepted: numbers from 0")
        opened = RunFolder.open(folder)
        try:
            config = RunConfig.from_json(opened.config)
            run = cls(config, saved_signal(opened.path), opened)
            run.notes = opened.notes
            checkpoint = opened.latest_checkpoint()
            if checkpoint is None:
                run.at.total = config.stops.steps or (
                    0 if config.stops.seconds else config.train.steps
                )
            else:
                run.notes += checkpoint.notes
                run._restore(checkpoint)
                run._fresh = False
            opened.rewind(checkpoint)
            if more:
                ended = run.at.done or not run.at.total
                run.at.total = (run.at.step if ended else run.at.total) + more
                run.at.limited = False
                run.at.done = ""
        except BaseException:
            opened.close()
            raise
        return run

    @classmethod
    def look(cls, folder: str | os.PathLike[str]) -> "Run":
        """A run as its last checkpoint left it, to be looked at: nothing is locked or changed.

        Raises:
            RunError: it is no run folder, or can't be read.
            FileFormatError: a file in it is damaged.
        """
        opened = RunFolder.open(folder, writable=False)
        run = cls(RunConfig.from_json(opened.config), saved_signal(opened.path))
        checkpoint = opened.latest_checkpoint()
        if checkpoint is not None:
            run._restore(checkpoint)
        return run

    @property
    def signal(self) -> AnySignal:
        """What is learned."""
        return self.subject.signal

    @property
    def output(self) -> Path | None:
        """Where the field file goes; a relative path starts beside the run folder."""
        if self.config.output is None:
            return None
        return (self.folder.path.parent if self.folder else Path()) / self.config.output

    def stop(self) -> None:
        """Ask the run to end after the step it is in; safe from signal handlers and threads."""
        self._stopping = True

    def save(self) -> None:
        """Ask for a checkpoint after the next step."""
        self._saving = True

    def change_rate(self, factor: float) -> None:
        """Ask for `factor` times the planned learning rate from the next step on.

        It is part of the run's state from then on, which is saved at once: a resumed run goes on
        with it. A rollback halves it.

        Raises:
            UsageError: it is not from 0 to 1000.
        """
        if not 0.0 <= factor <= 1000.0:
            raise UsageError(f"the factor on the rate is {factor:g}; accepted: from 0 to 1000")
        self._wanted_factor = factor

    def events(self) -> Iterator[Event]:
        """Run to the end, reporting. Closing the iterator early saves nothing more.

        Raises:
            DivergedError: the loss became non-finite again after several rollbacks.
            OutputError, RunError: the disk refuses, or the run folder vanished; the last checkpoint
                is intact.
        """
        before = torch.get_num_threads()
        limited = self.config.threads is not None and self.engine.name == "reference"
        try:
            if limited:
                torch.set_num_threads(self.config.threads or before)
            self.meter = Meter()  # from now on
            yield self._started()
            if not self.at.done:
                yield from self._fit()
            finished = self._finished()
            if self.profiling:
                yield Profiled(self._profile())
            yield finished
        finally:
            if limited:
                torch.set_num_threads(before)
            if self.folder:
                self.folder.close()

    def _fit(self) -> Iterator[Event]:
        """The loop: a step, and what is due after it."""
        with self.meter("starting"):
            session = self._open()
        try:
            if not self.at.total:
                with self.meter("starting"):
                    planned = self._plan()
                yield planned
            frames = set(milestones(self.at.total, self.config.frames))
            reports = report_steps(self.at.total)
            snapshots = range(0, self.at.total, max(50, self.at.total // 50))
            # What a step logs and draws comes before the checkpoint that it is in.
            if self._fresh and 0 in frames:
                yield from self._frame()
            yield from self._checkpoint()
            good = self._snapshot()
            saved, shown = time.monotonic(), self.at.seconds
            while not (reason := self._reason_to_end()):
                if self._wanted_factor is not None:
                    yield self._change_rate(self._wanted_factor)
                sound = self._advance(session)
                step, now = self.at.step, time.monotonic()
                saving = self._saving or now - saved >= self.config.checkpoint_every
                if sound and (saving or step in reports or step in frames or step in snapshots):
                    sound = self._is_finite()
                if not sound:
                    rolled = self._roll_back(good)
                    self._close(session)
                    session = self._open()
                    yield rolled
                    # A checkpoint from after the good state must not be what is resumed.
                    saved = now
                    yield from self._checkpoint()
                    continue
                if step in reports:
                    shown = self.at.seconds
                    yield from self._report()
                elif self.at.seconds - shown >= self.glance:
                    shown = self.at.seconds
                    yield self._progress(Glance)
                if step in frames:
                    yield from self._frame()
                if step in snapshots:
                    good = self._snapshot(good)
                if saving and not self.at.done:  # else what ends the run comes first
                    saved = now
                    yield from self._checkpoint()
            if not self._is_finite():
                yield self._roll_back(good)
            self.at.done = "" if reason == "stopped" else reason
            if reason != "stopped" and self.at.step not in frames and self.config.frames:
                yield from self._frame()
            yield from self._checkpoint()
            self.at.done = reason
        finally:
            self._close(session)

    def _open(self) -> Session:
        return self.engine.open(self.field, self.samples, self.work, self.optimizer)

    def _close(self, session: Session) -> None:
        self.meter.take(session.times())
        session.close()

    def _advance(self, session: Session) -> bool:
        """One step; False if its loss is not finite."""
        at = self.at
        began = time.perf_counter()
        result = session.step(
            self.batches.at(at.step),
            at.step,
            rate=self.rate(at.step),
            sharpness=self._sharpness(at.step),
        )
        took = time.perf_counter() - began
        at.seconds += took
        self.meter.stepping += took
        at.step += 1
        at.loss_sum += result.loss
        at.error_sum += result.squared_error
        at.summed += 1
        return math.isfinite(result.loss)

    def rate(self, step: int) -> float:
        """The learning rate of a step."""
        train = self.config.train
        planned = rate_at(
            step,
            self.at.total,
            schedule=train.schedule,
            lr_max=train.lr_max,
            lr_min=train.lr_min,
            warmup=train.warmup,
        )
        return planned * self.at.rate_factor

    def _sharpness(self, step: int) -> float:
        """The sharpness of a step."""
        train = self.config.train
        return sharpness_at(step, self.at.total, final=train.sharpen, until=train.sharpen_until)

    def _change_rate(self, factor: float) -> RateChanged:
        """From the next step on; a checkpoint follows that step, so that it survives."""
        self.at.rate_factor, self._wanted_factor, self._saving = factor, None, True
        return self._logged(RateChanged(self.at.step + 1, factor))

    def _reason_to_end(self) -> str:
        """Why the loop should end now, or ""."""
        if self.at.done:
            return self.at.done
        if self.at.step >= self.at.total:
            return "steps"
        if self._stopping:
            return "stopped"
        seconds = self.config.stops.seconds
        if self.at.limited and seconds and self.at.seconds >= seconds:
            return "seconds"
        return ""

    def _plan(self) -> Planned:
        """Measure the rate of steps on a copy, and fix the plan that `--seconds` allows."""
        seconds = self.config.stops.seconds or 1.0
        trial = copy.deepcopy(self.field)
        session = self.engine.open(trial, self.samples, self.work, copy.deepcopy(self.optimizer))
        try:
            # The first step compiles or loads kernels and warms caches up: that is no fitting.
            session.step(self.batches.at(0), 0, rate=0.0, sharpness=1.0)
            made = 0
            began = now = time.perf_counter()
            while now - began < MEASURE * seconds or made < 2:
                made += 1
                session.step(self.batches.at(made), made, rate=0.0, sharpness=1.0)
                now = time.perf_counter()
        finally:
            session.close()
        rate = made / (now - began)
        self.at.seconds = now - began
        self.at.total = max(1, int((seconds - self.at.seconds) * rate * PLANNED))
        if self.config.train.most_steps:
            self.at.total = min(self.at.total, self.config.train.most_steps)
        return Planned(self.at.total, rate)

    # --- reporting -----------------------------------------------------------------------------

    def _started(self) -> Started:
        return Started(
            model=self.config.model,
            parameters=self.field.parameter_count,
            pixels=self.samples.count,
            width=self.subject.size[0],
            height=self.subject.size[1],
            step=self.at.step,
            steps=self.at.total,
            engine=self.engine.name,
            refusals=self.refusals,
            device=self.device,
            run=self.folder.path if self.folder else None,
            notes=self.notes,
            signal=self.subject.kind,
        )

    def _progress(self, kind: type[Progress]) -> Progress:
        at = self.at
        summed = max(1, at.summed)
        per_step = at.seconds / max(1, at.step)
        return kind(
            step=at.step,
            steps=at.total,
            loss=at.loss_sum / summed,
            psnr=psnr_of(at.error_sum / summed),
            rate=self.rate(max(0, at.step - 1)),
            seconds=at.seconds,
            remaining=per_step * (at.total - at.step),
            points_per_second=self.batches.batch / per_step if per_step else 0.0,
        )

    def _report(self) -> Iterator[Event]:
        """Log how it goes; see whether the wanted PSNR is reached."""
        at, wanted = self.at, self.config.stops.psnr
        progress = self._progress(Progress)
        at.loss_sum = at.error_sum = 0.0
        at.summed = 0
        yield self._logged(progress)
        if self._best:
            found = self._measure()
            self._remember(found)
            yield self._evaluated(found)
        if wanted is None or not at.limited:
            return
        # The whole picture is measured now and then, and whenever the batches' errors come close.
        # They can be far off: few positions in a pixel make its mean noisy, however good the fit.
        looks = milestones(at.total, GEOMETRIC_REPORTS)
        if at.step in looks or progress.psnr + at.gap >= wanted - 1.0:
            found = self._evaluate()
            at.gap = found.psnr - progress.psnr
            if found.psnr >= wanted:
                at.done = "psnr"
            yield found

    def _logged(self, event: Event) -> Any:
        if self.folder and event.logged:
            with self.meter("input/output"):
                self.folder.append_log(event.to_json())
        return event

    def drawer(self, field: Field | None = None) -> Drawer:
        """An evaluator of the field as it stands, or of another like it."""
        # What was trained in bfloat16 is kept, and drawn later, in float32.
        precision = "float64" if self.work.precision == "float64" else "float32"
        work = replace(self.work, precision=precision)
        return self.engine.drawer(self.field if field is None else field, work)

    def _measure(self, field: Field | None = None) -> Quality:
        with self.meter("drawing"):
            return self.subject.measure(self.drawer(field))

    def _evaluate(self) -> Evaluated:
        return self._evaluated(self._measure())

    def _remember(self, found: Quality) -> None:
        """Keep the parameters as they stand, if none so far were better."""
        assert found.loss is not None  # of the held-out rows, which there are
        if self.at.best_step < 0 or found.loss < self.at.best_loss:
            self.at.best_step, self.at.best_loss = self.at.step, found.loss
            for name, tensor in self.field.state_dict().items():
                self._best[name].copy_(tensor)

    def _kept(self) -> Field:
        """The field to end with: as it stands, or at its best."""
        if not self._best:
            return self.field
        self._remember(self._measure())
        field = copy.deepcopy(self.field)
        field.load_state_dict(self._best)
        field.sharpness = self._sharpness(max(0, self.at.best_step - 1))
        return field

    def _evaluated(self, found: Quality) -> Evaluated:
        psnr = min(found.psnr, BEST_PSNR)
        event = Evaluated(self.at.step, psnr, found.iou, self.at.seconds, found.scores)
        return self._logged(event)

    def _frame(self) -> Iterator[Event]:
        """Draw, measure and save the picture as it is now; then rest if asked to."""
        with self.meter("drawing"):
            save, found = self.subject.frame(self.drawer())
        if found is not None:
            yield self._evaluated(found)
        if self.folder:
            path = self.folder.frame_path(self.at.step)
            with self.meter("input/output"):
                save(path)
            yield FrameSaved(self.at.step, path)
        with self.meter("resting"):
            end = time.monotonic() + self.config.rest
            while not self._stopping and (left := end - time.monotonic()) > 0.0:
                time.sleep(min(left, 0.1))

    def _finished(self) -> Finished:
        kept = self._kept()
        found = self._measure(kept)
        psnr = min(found.psnr, BEST_PSNR)
        self.result = FittedField(kept, self.about(replace(found, psnr=psnr)))
        output = self.output
        if output and self.at.done != "stopped":
            # What stood there before was dealt with when the run began.
            with self.meter("input/output"):
                self.result.save(output, force=True)
        return Finished(
            reason=self.at.done,
            psnr=psnr,
            iou=found.iou,
            steps=self.at.step,
            seconds=self.at.seconds,
            parameters=self.field.parameter_count,
            engine=self.engine.name,
            field=output if self.at.done != "stopped" else None,
            run=self.folder.path if self.folder else None,
            scores=found.scores,
        )

    def fitted(self, psnr: float, iou: float | None = None) -> FittedField:
        """The field as it stands, to be drawn or saved; it shares the run's parameters.

        Args:
            psnr: What was last measured, in dB.
            iou: Of the ink, for two-tone pictures.
        """
        return FittedField(self.field, self.about(Quality(psnr, iou)))

    def _profile(self) -> Profile:
        facts = Facts(
            engine=self.engine.name,
            refusals=self.refusals,
            forced=self.config.engine != "auto",
            device=self.device,
            precision=self.config.precision,
            pixels=self.samples.count,
            batch=self.batches.batch,
            parameters=self.field.parameter_count,
            frames=self.config.frames,
        )
        return make_profile(self.meter, self.field, self.work, facts)

    def about(self, found: Quality) -> About:
        """What the field file says beside the parameters."""
        made: dict[str, Any] = {
            "model": self.config.model,
            "source": self.signal.name,
            "steps": self.at.step,
            "seconds": round(self.at.seconds, 3),
            "psnr": round(found.psnr, 4),
            "engine": self.engine.name,
            "seed": self.config.seed,
        }
        if found.iou is not None:
            made["iou"] = round(found.iou, 6)
        if self._best:
            made["best_step"] = self.at.best_step
        if found.scores is not None:
            made["scores"] = found.scores
        return self.subject.about(made)

    # --- saving and going back -------------------------------------------------------------------

    def _tensors(self) -> dict[str, Tensor]:
        """Parameters, buffers and optimizer state by name: the run's own tensors, not copies."""
        tensors = {f"field.{name}": t for name, t in self.field.state_dict().items()}
        for parameter, slots in self.optimizer.slots.items():
            for name, tensor in slots.items():
                tensors[f"optimizer.{parameter}.{name}"] = tensor
        return tensors | {f"best.{name}": t for name, t in self._best.items()}

    def _state(self) -> dict[str, Any]:
        return {**asdict(self.at), "optimizer_steps": self.optimizer.steps}

    def _checkpoint(self) -> Iterator[Event]:
        """Save the state, if there is a folder."""
        if self.folder:
            with self.meter("input/output"):
                tensors = {name: t.detach().cpu() for name, t in self._tensors().items()}
                self.folder.save_checkpoint(Checkpoint(self.at.step, self._state(), tensors))
            self._fresh = self._saving = False
            yield CheckpointSaved(self.at.step)

    def _is_finite(self) -> bool:
        """Whether all of the state is; a loss only tells of the parameters before its step."""
        return all(all_finite(t) for t in self._tensors().values())

    def _snapshot(self, old: Checkpoint | None = None) -> Checkpoint:
        """The state in memory, to roll back to; in the memory of an older one, if there is one."""
        tensors = {name: t.detach() for name, t in self._tensors().items()}
        if old is None:
            kept = {name: t.clone() for name, t in tensors.items()}
        else:
            kept = dict(old.tensors)
            for name, t in tensors.items():
                kept[name].copy_(t)
        return Checkpoint(self.at.step, self._state(), kept)

    def _roll_back(self, good: Checkpoint) -> RolledBack:
        """Return to the last good state, with half the rate."""
        failed, seconds = self.at.step, self.at.seconds
        factor, rollbacks = self.at.rate_factor / 2.0, self.at.rollbacks + 1
        if rollbacks > ROLLBACKS:
            raise DivergedError(
                f"the loss became non-finite at step {failed}, after {rollbacks - 1} rollbacks"
                f" and at a rate of {self.rate(failed):.2g};"
                f" try a smaller one: --set lr_max={self.config.train.lr_max / 30:.1g}"
            )
        self._restore(good)
        self.at.seconds, self.at.rate_factor, self.at.rollbacks = seconds, factor, rollbacks
        return self._logged(RolledBack(failed, self.at.step, factor))

    def _restore(self, checkpoint: Checkpoint) -> None:
        """Take back the state of a checkpoint or snapshot, in place."""
        # A checkpoint from before the best was kept says nothing of it.
        state = {"best_step": -1, "best_loss": -1.0, **checkpoint.header}
        steps = state.pop("optimizer_steps", None)
        known = {f.name: type(f.default) for f in fields(Progressing)}
        wrong = [name for name, kind in known.items() if type(state.get(name)) is not kind]
        if wrong or state.keys() != known.keys() or type(steps) is not int:
            name = (*wrong, *(state.keys() - known.keys()), "optimizer_steps")[0]
            raise FileFormatError(
                f"the checkpoint of step {checkpoint.step} is damaged, or of another version:"
                f" {name!r} in its state; start the fit again with --force"
            )
        own = self._tensors()
        if own.keys() != checkpoint.tensors.keys():
            raise RunError("the checkpoint holds other tensors than this configuration needs")
        for name, tensor in own.items():
            found = checkpoint.tensors[name]
            if found.shape != tensor.shape or found.dtype != tensor.dtype:
                raise RunError(f"the checkpoint's {name} has another shape or type")
        with torch.no_grad():
            for name, tensor in own.items():
                tensor.copy_(checkpoint.tensors[name])
        self.at = Progressing(**state)
        self.optimizer.steps = steps
        if self.at.step:  # a finished run is drawn without another step
            self.field.sharpness = self._sharpness(self.at.step - 1)


def psnr_of(error: float) -> float:
    """dB of a mean squared error; capped, and 0 for one that is not finite."""
    if not math.isfinite(error):
        return 0.0
    return min(BEST_PSNR, -10.0 * math.log10(error)) if error > 0.0 else BEST_PSNR


def report_steps(total: int) -> set[int]:
    """Steps whose progress is logged; they depend on the plan alone."""
    every = max(1, total // EVEN_REPORTS)
    return {*range(every, total + 1, every), *milestones(total, GEOMETRIC_REPORTS), total}


def pick_device(name: str) -> str:
    """The device to run on; "auto" takes a GPU of CUDA if there is one.

    Raises:
        EngineError: it is not there.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    kind = name.split(":")[0]
    present = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if not present.get(kind, False):
        there = ", ".join(key for key, value in present.items() if value)
        raise EngineError(f"device {name!r} is not there; accepted here: auto, {there}")
    return name


def all_finite(tensor: Tensor) -> bool:
    """Whether no number of a tensor is infinite or NaN.

    A sum with one of them is not finite, and takes an eighth of the time of asking each; only
    finite numbers whose sum is too large need to be asked.
    """
    return bool(torch.isfinite(tensor.sum())) or bool(torch.isfinite(tensor).all())
