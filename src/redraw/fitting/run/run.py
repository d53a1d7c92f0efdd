"""One fit, from the first random numbers to the field file, as a stream of events.

`Run.start` or `Run.resume`, then `for event in run.events()`. `parts` is what it works with, `loop`
goes from step to step, `state` is what resuming needs, `reports` says how it goes.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from redraw.coding.networks import WholeNetwork
from redraw.engines import Drawer
from redraw.engines.solvers import SOLVERS, solver_for, start_in_closed_form
from redraw.errors import UsageError
from redraw.fields import Field
from redraw.fitting.plan.config import RunConfig
from redraw.fitting.plan.presets import PRESETS
from redraw.fitting.result.fitted import FittedField
from redraw.fitting.result.whole_field import WholeField, whole_network
from redraw.fitting.run.events import Evaluated, Event, Finished, Profiled
from redraw.fitting.run.first_frame import FirstFrame
from redraw.fitting.run.guard import Verdict, numbers_of
from redraw.fitting.run.loop import Loop
from redraw.fitting.run.machinery import torch_threads
from redraw.fitting.run.parts import Parts
from redraw.fitting.run.profile import Facts, Meter, Profile, make_profile
from redraw.fitting.run.reports import about, finished, started
from redraw.fitting.subject.subject import Quality
from redraw.metrics import BEST_PSNR
from redraw.signals.kinds import kind_of
from redraw.signals.signal import Signal
from redraw.storage.coded_file import bytes_beside
from redraw.storage.run_folder import RunFolder
from redraw.storage.signal_file import save_signal, saved_signal

# Seconds by the clock without which tiles are not fitted again, to compare with interpolation.
TO_COMPARE = 2.0
SAME_PSNR = 0.005  # decibels; what reads the same
# Stands for what is not measured yet: none takes more digits.
UNKNOWN_PSNR = 99.9999


class Run(Parts):
    """One fit in progress. Made by `start` or `resume`.

    Attributes:
        profiling: Whether the last event but one says where the time went.
        guarded: Whether it ends by comparing itself with plain interpolation.
        result: The field that it ended with.

    Example:
        >>> from redraw.fitting.plan.planning import prepare
        >>> from redraw.signals.picture.picture import Picture
        >>> picture = Picture.from_array([[0.0, 1.0], [1.0, 0.0]])
        >>> run = Run.start(picture, prepare(picture, model="siren", steps=4, hidden=(8,)))
        >>> last = list(run.events())[-1]
        >>> last.kind, last.steps
        ('finished', 4)
    """

    profiling = False
    guarded = True

    @classmethod
    def start(
        cls,
        signal: Signal,
        config: RunConfig,
        folder: str | os.PathLike[str] | None = None,
        *,
        force: bool = False,
        begun: FirstFrame | None = None,
    ) -> "Run":
        """A new run.

        Args:
            signal: What to learn.
            config: How.
            folder: Where checkpoints, log and frames go; None keeps all in memory.
            force: Replace a run that is there.
            begun: What is there of it already: its folder counts, and is abandoned on an error.

        Raises:
            RunError, OutputError: the folder can't be made.
            EngineError, UsageError: the work can't be done as asked.
        """
        try:
            run = cls(config, signal, begun=begun)
            run.at.total = planned_steps(config)
            run.at.seconds = start_in_closed_form(run.engine.name, run.field, run.samples, run.spec)

            def fill(path: Path) -> None:
                save_signal(path, run.signal)

            if begun is not None:
                run.folder = begun.folder
                run.folder.complete(fill)
            elif folder is not None:
                run.folder = RunFolder.create(folder, config.to_json(), force=force, fill=fill)
        except BaseException:
            if begun is not None:
                begun.folder.abandon()
            raise
        return run

    @classmethod
    def resume(
        cls, folder: str | os.PathLike[str], more: int = 0, *, from_here: bool = False
    ) -> "Run":
        """Continue a run exactly where its last checkpoint left it.

        Args:
            folder: The run folder.
            more: Steps added to the plan, or to those made if the run has ended. The rate then
                follows the longer plan, and limits of seconds and PSNR no longer count.
            from_here: Whether `more` counts from the steps made, also of a run that was stopped.

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
                run.at.total = planned_steps(config)
            else:
                run.notes += checkpoint.notes
                run.state.restore(checkpoint)
            opened.rewind(checkpoint)
            if more:
                ended = bool(run.at.done) or not run.at.total
                run.at.total = (run.at.step if ended or from_here else run.at.total) + more
                run.at.limited = False
                run.at.done = ""
                told = {"event": "extended", "step": run.at.step, "steps": run.at.total}
                opened.append_log({**told, "ended": ended})
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
            run.state.restore(checkpoint)
        return run

    def stop(self) -> None:
        """Ask the run to end after the step it is in, or before it if that is long.

        Safe from signal handlers and threads.
        """
        self.requests.stop = True

    def save(self) -> None:
        """Ask for a checkpoint after the next step."""
        self.requests.save = True

    def change_rate(self, factor: float) -> None:
        """Ask for `factor` times the planned learning rate from the next step on.

        It is part of the run's state from then on, which is saved at once: a resumed run goes on
        with it. A rollback halves it.

        Raises:
            UsageError: it is not from 0 to 1000.
        """
        if not 0.0 <= factor <= 1000.0:
            raise UsageError(f"the factor on the rate is {factor:g}; accepted: from 0 to 1000")
        self.requests.rate_factor = factor

    def events(self) -> Iterator[Event]:
        """Run to the end, reporting. Closing the iterator early saves nothing more.

        Raises:
            DivergedError: the loss became non-finite again after several rollbacks.
            OutputError, RunError: the disk refuses, or the run folder vanished; the last checkpoint
                is intact.
        """
        try:
            with torch_threads(None if self.engine.own_threads else self.config.threads):
                self.meter = Meter()  # from now on
                yield started(self)
                if not self.at.done:
                    yield from Loop(self).events()
                ended = self._finish()
                if self.profiling:
                    yield Profiled(self._profile())
                yield ended
        finally:
            if self.folder:
                self.folder.close()

    def fitted(self, psnr: float, iou: float | None = None) -> FittedField:
        """The field as it stands, to be drawn or saved; it shares the run's parameters.

        Args:
            psnr: What was last measured, in dB.
            iou: Of the drawn part, for two-tone pictures.
        """
        return FittedField(self.field, about(self, Quality(psnr, iou)))

    def _finish(self) -> Finished:
        """Measure what the run ends with, and save it unless it was stopped."""
        kept = self.field
        if self.state.keeps_best:
            self.measure_and_remember()
            kept = self.state.best_field()
        network = None
        if self.at.done != "stopped":
            kept, network = self._small(kept)
        found = self.measure(kept)
        found = replace(found, psnr=min(found.psnr, BEST_PSNR))
        told = about(self, found)
        self.result = WholeField(kept, told, network) if network else FittedField(kept, told)
        output = self.output
        if output and self.at.done != "stopped":
            # What stood there before was dealt with when the run began.
            with self.meter("input/output"):
                self.result.save(output, force=True)
        if self.folder and self.at.done != "stopped":
            self._log_last(self.folder, found)
            self.folder.keep_newest()
        verdict = self._compared(found)
        self.result.compared = verdict.to_json() if verdict else None
        return finished(self, found, verdict)

    def _small(self, field: Field) -> tuple[Field, WholeNetwork | None]:
        """A field as it is kept: the solver made for it may put it in fewer bytes; and the whole
        numbers of a network, where these were asked for.
        """
        made, told = solver_for(field), about(self, Quality(UNKNOWN_PSNR))
        with self.meter("finishing"):
            if self.config.most_bytes:
                return whole_network(FittedField(field, told), self.config.most_bytes)
            # A profile's bytes were left out of what was asked for when the fit was planned.
            beside = bytes_beside(told, profile=False)
            return (made.kept(field, self.spec, beside) if made else field), None

    def _compared(self, found: Quality) -> Verdict | None:
        """The fit beside plain interpolation, where its kind knows one and it is a whole fit."""
        kind, row = kind_of(self.signal), PRESETS.get(self.config.model)
        plainer = bool(row and row.linear)  # it is what it would be compared with
        if not (self.guarded and kind.guard) or plainer or self.at.done == "stopped":
            return None
        numbers = numbers_of(self.field.parameter_count, self.output)
        again = fit_again if self.clock is None or self.clock.left >= TO_COMPARE else None
        with self.meter("drawing"):
            return kind.part("guard")(self.signal, self.config, found.psnr, numbers, again)

    def _log_last(self, folder: RunFolder, found: Quality) -> None:
        """End the log with what the saved field measures: it may have learned after its steps."""
        told = [entry for entry in folder.read_log() if entry.get("event") == "evaluation"]
        if told and abs(told[-1]["psnr"] - found.psnr) > SAME_PSNR:
            at = self.at
            last = Evaluated(at.step, found.psnr, found.iou, at.seconds, found.scores)
            folder.append_log(last.to_json())

    def _profile(self) -> Profile:
        facts = Facts(
            engine=self.engine.name,
            own_threads=self.engine.own_threads,
            refusals=self.refusals,
            forced=self.config.engine != "auto",
            device=self.device,
            precision=self.config.precision,
            pixels=self.samples.count,
            batch=self.batches.batch,
            parameters=self.field.parameter_count,
            frames=self.config.frames,
        )
        return make_profile(self.meter, self.field, self.spec, facts)


def planned_steps(config: RunConfig) -> int:
    """How many steps a fit plans; 0 where that is to be found out by its seconds."""
    solver = SOLVERS[config.train.optimizer]
    if config.stops.steps:
        return config.stops.steps
    if not config.stops.seconds:
        return config.train.steps
    return 0 if solver.rated else solver.timed_steps or config.train.steps


def fit_again(signal: Signal, config: RunConfig) -> tuple[Drawer, int]:
    """Fit it in memory: what draws it, and its positions per pixel and axis."""
    run = Run.start(signal, config)
    run.guarded = False
    for _ in run.events():
        pass
    return run.drawer(), run.subject.about({}).detail
