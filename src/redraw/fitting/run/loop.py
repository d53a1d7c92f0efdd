"""The steps of a run, one after another, and what is due after each of them."""

import math
import time
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import nullcontext
from typing import TypeVar

from redraw.engines import Session
from redraw.engines.solvers import SOLVERS, solver_for, start_in_closed_form
from redraw.errors import DivergedError
from redraw.fitting.plan.schedule import milestones
from redraw.fitting.run.events import (
    CheckpointSaved,
    Evaluated,
    Event,
    Finishing,
    FrameSaved,
    Glance,
    Progress,
    RateChanged,
    RolledBack,
)
from redraw.fitting.run.lessons import learn_after, to_learn
from redraw.fitting.run.pace import plan
from redraw.fitting.run.parts import Parts
from redraw.fitting.run.reports import GEOMETRIC_REPORTS, progress, report_steps
from redraw.fitting.subject.subject import Quality
from redraw.metrics import BEST_PSNR
from redraw.storage.checkpoint import Checkpoint

# A run gives up at the next non-finite loss after this many rollbacks.
ROLLBACKS = 3
# Seconds in which no step of a lesson fits.
LITTLE = 1e-9

AnEvent = TypeVar("AnEvent", bound=Event)


class Loop:
    """The steps of a run, from where its state stands to its end."""

    def __init__(self, run: Parts) -> None:
        self.run = run
        self.state = run.state
        self._requests = run.requests
        self._took = 0.0  # seconds of the last step

    def events(self) -> Iterator[Event]:
        """The loop: a step, and what is due after it."""
        run, state, at = self.run, self.state, self.state.at
        with run.meter("starting"):
            session = self._open()
        try:
            if not at.total:
                with run.meter("starting"):
                    planned = plan(run)
                yield planned
            frames = set(milestones(at.total, run.frames))
            reports = report_steps(at.total)
            snapshots = range(0, at.total, max(50, at.total // 50))
            # Steps after which something is due; no more than up to the next are made at once.
            due = sorted({*frames, *reports, *snapshots, at.total})
            # What a step logs and draws comes before the checkpoint that it is in.
            if state.fresh and 0 in frames:
                yield from self._frame()
            yield from self._checkpoint()
            good = state.snapshot() if state.goes_back and not state.begins_again else None
            saved, shown = time.monotonic(), state.at.seconds
            while not (reason := self._reason_to_end()):
                if self._requests.rate_factor is not None:
                    yield self._change_rate(self._requests.rate_factor)
                before = state.at.step
                sound = self._advance(session, self._steps_to(due, session.at_once))
                step, now = state.at.step, time.monotonic()
                if step == before:  # given up, for what ends the run
                    continue
                saving = self._requests.save or now - saved >= run.config.checkpoint_every
                if sound and (saving or step in reports or step in frames or step in snapshots):
                    sound = state.is_finite()
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
                    shown = state.at.seconds
                    yield from self._report()
                elif state.at.seconds - shown >= run.glance:
                    shown = state.at.seconds
                    yield progress(run, Glance)
                if step in frames:
                    yield from self._frame()
                if good is not None and step in snapshots:
                    good = state.snapshot(good)
                if saving and not state.at.done:  # else what ends the run comes first
                    saved = now
                    yield from self._checkpoint()
            if not state.is_finite():
                yield self._roll_back(good)
            good = None
            self._close(session)
            session = None  # what follows needs room of its own
            if reason != "stopped":
                yield from self._finish()
            state.at.done = "" if reason == "stopped" else reason
            if reason != "stopped" and state.at.step not in frames and run.config.frames:
                yield from self._frame()
            yield from self._checkpoint()
            state.at.done = reason
        finally:
            self._close(session)

    # --- a step --------------------------------------------------------------------------------

    def _open(self) -> Session:
        run = self.run
        session = run.engine.open(run.field, run.samples, run.spec, run.optimizer)
        session.hurried = self._hurried
        return session

    def _hurried(self) -> bool:
        """Whether the run should end before its steps are done."""
        return self._requests.stop or self.run.seconds_left() == 0.0

    def _close(self, session: Session | None) -> None:
        if session is not None:
            self.run.meter.take(session.times())
            session.close()

    def _steps_to(self, due: list[int], at_once: int) -> int:
        """How many steps to make together: as many as the session likes, and nothing is due in."""
        step = self.state.at.step
        if at_once == 1 or self._requests.save or self._requests.stop:
            return 1
        after = bisect_right(due, step)
        # A plan may have been lengthened since what is due was known.
        following = due[after] if after < len(due) else self.state.at.total
        return max(1, min(at_once, following - step))

    def _advance(self, session: Session, count: int) -> bool:
        """Some steps; False if the loss of one is not finite: then those after it do not count."""
        at, run = self.state.at, self.run
        numbers = range(at.step, at.step + count)
        began = time.perf_counter()
        results = session.steps(
            run.batches,
            at.step,
            rates=[self.state.rate(step) for step in numbers],
            sharpness=[self.state.sharpness(step) for step in numbers],
        )
        took = time.perf_counter() - began
        at.seconds += took
        self._took = took / max(1, len(results))
        run.meter.stepping += took
        for result in results:
            at.step += 1
            at.loss_sum += result.loss
            at.error_sum += result.squared_error
            at.summed += 1
            if not math.isfinite(result.loss):
                return False
        return True

    def _finish(self) -> Iterator[Event]:
        """What there is to learn of the field that the steps have made."""
        run, at = self.run, self.state.at
        left, made = run.seconds_left(), solver_for(run.field)
        if left == 0.0 or run.trying:
            left = LITTLE  # what is done at once is not left out
            if made is None or made.judges_itself:
                return
        learning = to_learn(run.field)
        if learning:
            yield Finishing(learning)
        with run.meter("finishing"):
            took = learn_after(run.engine, run.field, run.samples, run.spec, run.config.seed, left)
        at.seconds += took

    def _change_rate(self, factor: float) -> RateChanged:
        """From the next step on; a checkpoint follows that step, so that it survives."""
        self._requests.rate_factor, self._requests.save = None, True
        self.state.at.rate_factor = factor
        return self._logged(RateChanged(self.state.at.step + 1, factor))

    def _reason_to_end(self) -> str:
        """Why the loop should end now, or ""."""
        at = self.state.at
        if at.done:
            return at.done
        rung = self.run.seconds_left() == 0.0
        if at.step >= at.total and not self._goes_on():
            return "seconds" if rung and self.run.timed else "steps"
        if self._requests.stop:
            return "stopped"
        return "seconds" if rung or self._too_long() else ""

    def _too_long(self) -> bool:
        """Whether another step would end long after the clock: of solvers whose steps are long."""
        at, left = self.state.at, self.run.seconds_left()
        later = SOLVERS[self.run.config.train.optimizer].later
        if left is None or not later or not at.step:
            return False
        return (later * at.seconds if at.step == 1 else self._took) > left

    def _goes_on(self) -> bool:
        """Whether the plan has ended before the clock that alone may end it: then by one step more.

        A machine that had other work while the plan was made may quicken at any moment.
        """
        run, at = self.run, self.state.at
        most = run.config.train.most_steps
        if not (run.timed and self.state.goes_back and run.seconds_left()):
            return False
        if most and at.step >= most:
            return False
        at.total = at.step + 1
        return True

    def _roll_back(self, good: Checkpoint | None) -> RolledBack:
        """Return to the last good state, if there is one, with half the rate."""
        run, state = self.run, self.state
        failed, seconds = state.at.step, state.at.seconds
        if good is None and not state.begins_again:
            raise DivergedError(
                f"the error became non-finite at step {failed}, where no smaller rate can help;"
                " try --precision float64"
            )
        factor, rollbacks = state.at.rate_factor / 2.0, state.at.rollbacks + 1
        if rollbacks > ROLLBACKS:
            raise DivergedError(
                f"the loss became non-finite at step {failed}, after {rollbacks - 1} rollbacks"
                f" and at a rate of {state.rate(failed):.2g};"
                f" try a smaller one: --set lr_max={self.run.config.train.lr_max / 30:.1g}"
            )
        if good is not None:
            state.restore(good)
        else:
            start_in_closed_form(run.engine.name, run.field, run.samples, run.spec)
            state.begin_again()
        state.at.seconds, state.at.rate_factor, state.at.rollbacks = seconds, factor, rollbacks
        return self._logged(RolledBack(failed, state.at.step, factor))

    # --- what is due after it --------------------------------------------------------------------

    def _logged(self, event: AnEvent) -> AnEvent:
        if self.run.folder and event.logged:
            with self.run.meter("input/output"):
                self.run.folder.append_log(event.to_json())
        return event

    def _evaluated(self, found: Quality) -> Evaluated:
        psnr = min(found.psnr, BEST_PSNR)
        at = self.state.at
        return self._logged(Evaluated(at.step, psnr, found.iou, at.seconds, found.scores))

    def _report(self) -> Iterator[Event]:
        """Log how it goes; see whether the wanted PSNR is reached."""
        at, wanted = self.state.at, self.run.config.stops.psnr
        report = progress(self.run, Progress)
        at.loss_sum = at.error_sum = 0.0
        at.summed = 0
        yield self._logged(report)
        if self.state.keeps_best:
            yield self._evaluated(self.run.measure_and_remember())
        if wanted is None or not at.limited or self._has_wanted():
            return
        # The whole picture is measured now and then, and whenever the batches' errors come close.
        # They can be far off: few positions in a pixel make its mean noisy, however good the fit.
        looks = milestones(at.total, GEOMETRIC_REPORTS)
        if at.step in looks or report.psnr + at.gap >= wanted - 1.0:
            found = self._evaluated(self.run.measure())
            at.gap = found.psnr - report.psnr
            if found.psnr >= wanted:
                at.done = "psnr"
            yield found

    def _has_wanted(self) -> bool:
        """Whether it began with the PSNR that is wanted: its steps make something else better."""
        return SOLVERS[self.run.config.train.optimizer].timed_steps > 0

    def _frame(self) -> Iterator[Event]:
        """Draw, measure and save the picture as it is now; then rest if asked to."""
        run, step = self.run, self.state.at.step
        if run.begun and step == 0:  # it was drawn before there was a run
            save, found = None, run.begun.quality
        else:
            with run.meter("drawing"):
                save, found = run.subject.frame(run.drawer())
        if found is not None:
            yield self._evaluated(found)
        if run.folder and save:
            path = run.folder.frame_path(step)
            with run.meter("input/output"):
                save(path)
            yield FrameSaved(step, path)
        with run.meter("resting"):
            end = time.monotonic() + run.config.rest
            with run.clock.starting_up() if run.clock else nullcontext():
                while not self._requests.stop and (left := end - time.monotonic()) > 0.0:
                    time.sleep(min(left, 0.1))

    def _checkpoint(self) -> Iterator[Event]:
        """Save the state, if there is a folder."""
        if self.run.folder:
            with self.run.meter("input/output"):
                self.run.folder.save_checkpoint(self.state.checkpoint())
            self.state.fresh = self._requests.save = False
            yield CheckpointSaved(self.state.at.step)
