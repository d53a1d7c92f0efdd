"""A search for better settings, by Optuna: each trial is a fit, and what it learned is kept.

The study lies in a file of its own, to which every trial is appended as it goes, so that a search
that was interrupted or killed goes on where it was.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redraw.compare.entrants import Entrant, Terms
from redraw.compare.race import Lane, Measured, Race, expected, words_of
from redraw.compare.space import Range, Space
from redraw.compare.topic import Topic
from redraw.errors import FileFormatError, OutputError, RedrawError, UsageError
from redraw.files import probe_output
from redraw.fitting.run.run import Run
from redraw.signals.signal import Signal

if TYPE_CHECKING:
    import optuna

STUDY, FACTS, SETTINGS = "redraw", "redraw", "settings"
# A trial is given up where it is worse than the median of the others at the same share of its plan:
# not among the first few, and not before a quarter of it.
FIRST_FEW, QUARTER = 5, 256 // 4


@dataclass(frozen=True)
class Tried:
    """A trial that ended.

    Attributes:
        number: From 0.
        state: "complete", "given up" (worse than others were), "failed" or "stopped".
        value: The main measure, if it is complete.
        settings: What was tried.
        message: Why it failed.
    """

    number: int
    state: str
    value: float | None
    settings: dict[str, Any]
    message: str = ""


@dataclass(frozen=True)
class Check:
    """The best settings and the preset's own, each fitted once more with a fresh seed."""

    tuned: float
    own: float


class Tuning:
    """A search in progress.

    Args:
        topic: What is learned, and how it is measured.
        space: What is tried.
        terms: How long each trial takes, and where it runs.
        study: The file of the study.
        resume: Go on with the study that is there.
        force: Replace it.
        seed: Of the search.
        environment: Variables such as REDRAW_ENGINE.

    Raises:
        UsageError: Optuna is not installed, or the study is of another search.
        OutputError: a study is there already, or none is to go on with.
        FileFormatError: the file holds no study.
    """

    def __init__(
        self,
        topic: Topic,
        space: Space,
        terms: Terms,
        study: Path,
        *,
        resume: bool = False,
        force: bool = False,
        seed: int = 0,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        require_optuna()
        self.topic, self.space, self.terms, self.path = topic, space, terms, study
        self.stopped = False
        self._seed, self.environment = seed, environment or {}
        self._running: Run | None = None
        check_study(study, resume=resume, force=force)
        if not resume:
            study.unlink(missing_ok=True)
        self._study = self._opened(resume)

    @property
    def done(self) -> int:
        """Trials that told something, those of earlier calls included."""
        return sum(trial.state.name in ("COMPLETE", "PRUNED") for trial in self._study.trials)

    @property
    def best(self) -> Tried | None:
        """The best complete trial."""
        complete = [t for t in self._study.trials if t.state.name == "COMPLETE"]
        if not complete:
            return None
        return _tried(self._study.best_trial, "complete")

    def stop(self) -> None:
        """Ask for an end; safe from signal handlers and threads."""
        self.stopped = True
        if self._running:
            self._running.stop()

    def trials(self, count: int, within: float | None = None) -> Iterator[Tried]:
        """Try until `count` trials are done in all, or the time is over.

        Args:
            count: Those of earlier calls included.
            within: Seconds for this call; a trial that would end later is not begun.
        """
        began = time.monotonic()
        longest = 0.0
        failures = 0
        while self.done < count and not self.stopped:
            now = time.monotonic()
            if within is not None and now - began + longest > within and self.done:
                return
            tried = self._try()
            longest = max(longest, time.monotonic() - now)
            yield tried
            failures = failures + 1 if tried.state == "failed" else 0
            if failures > max(FIRST_FEW, count // 2):
                raise RedrawError(f"one trial after the other failed; the last: {tried.message}")

    def check(self, seed: int = 1) -> Check | None:
        """Fit the best settings and the preset's own once more, in turns, with a seed of neither.

        The best of many trials owes some of its lead to luck; here it has none.

        Returns:
            None where one of them fails, or `stop` was called.
        """
        best = self.best
        if best is None or self.stopped:
            return None
        own = self.space.settings({name: r.own for name, r in self.space.ranges.items()})
        entrants = [Entrant("tuned", best.settings), Entrant("own", own)]
        race = Race(self.topic, entrants, self.terms, self.environment, first_seed=seed)
        for _ in race.events():
            if self.stopped:
                race.stop()
        values = {o.name: o.values[self.topic.measures[0].key] for o in race.outcomes}
        tuned, before = values.get("tuned"), values.get("own")
        if self.stopped or tuned is None or before is None:
            return None
        return Check(tuned, before)

    def _try(self) -> Tried:
        """One trial, from asking to telling."""
        trial, settings, words = self.ask()
        if words:
            return self.tell(trial, settings, "failed", message=words)
        try:
            value, state = self._fit(trial, settings)
        except BaseException as error:
            if expected(error):
                return self.tell(trial, settings, "failed", message=words_of(error))
            self.tell(trial, settings, "stopped")
            raise
        return self.tell(trial, settings, state, value)

    def ask(self) -> "tuple[optuna.Trial, dict[str, Any], str]":
        """What is tried next: the trial, its settings, and why these are impossible, or ""."""
        ranges = {name: _distribution(r) for name, r in self.space.ranges.items()}
        trial = self._study.ask(ranges)
        try:
            settings = self.space.settings(trial.params)
        except RedrawError as error:
            return trial, {}, " ".join(str(error).split())
        trial.set_user_attr(SETTINGS, _plain(settings))
        return trial, settings, ""

    def tell(
        self,
        trial: "optuna.Trial",
        settings: dict[str, Any],
        state: str,
        value: float | None = None,
        message: str = "",
    ) -> Tried:
        """Keep how a trial ended; `state` is that of `Tried`."""
        from optuna.trial import TrialState

        if state == "complete":
            self._study.tell(trial, value)
        elif state == "stopped":
            self._study.tell(trial, state=TrialState.FAIL)
        else:
            # A failed one as given up: the search shall learn to keep away from there.
            self._study.tell(trial, state=TrialState.PRUNED)
        return Tried(trial.number, state, value, settings, message)

    def _fit(self, trial: "optuna.Trial", settings: Mapping[str, Any]) -> tuple[float | None, str]:
        """The value a trial came to, and how it ended."""
        entrant = Entrant(f"trial {trial.number}", settings)
        plan = entrant.plan(self.topic.signal, self.terms, 0, self.environment)
        run = Run.start(self.topic.signal, plan)
        run.guarded = False
        lane = Lane("trial", 0, run, self.topic)
        self._running = run
        try:
            if self.stopped:
                run.stop()
            for event in lane.turn(float("inf")):
                if isinstance(event, Measured):
                    trial.report(event.value, _share(event.step, run.at.total))
                    if trial.should_prune():
                        return None, "given up"
            if lane.finished is None or lane.finished.reason == "stopped":
                return None, "stopped"
            return self.topic.final(lane.finished), "complete"
        finally:
            self._running = None
            lane.close()

    def _opened(self, resume: bool) -> "optuna.Study":
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        facts = self._facts()
        try:
            from optuna.storages import JournalStorage
            from optuna.storages.journal import JournalFileBackend

            study = optuna.create_study(
                storage=JournalStorage(JournalFileBackend(str(self.path))),
                study_name=STUDY,
                direction="maximize" if self.topic.measures[0].rising else "minimize",
                pruner=optuna.pruners.MedianPruner(FIRST_FEW, n_warmup_steps=QUARTER),
                load_if_exists=resume,
            )
            found = study.user_attrs.get(FACTS)
            trials = study.trials
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise FileFormatError(
                f"{self.path} holds no study of redraw ({' '.join(str(error).split())[:80]});"
                " name another with --study, or start afresh with --force"
            ) from None
        if found is None:
            study.set_user_attr(FACTS, facts)
            study.enqueue_trial({name: r.own for name, r in self.space.ranges.items()})
        elif found != facts:
            other = next(name for name in facts if found.get(name) != facts[name])
            raise UsageError(
                f"{self.path} is the study of another search: its {other} is"
                f" {found.get(other)!r}, not {facts[other]!r}; name another with --study,"
                " or start afresh with --force"
            )
        for trial in trials:
            if trial.state == optuna.trial.TrialState.RUNNING:  # of a call that was killed
                study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
        # The same seed again would try the same values again.
        study.sampler = optuna.samplers.TPESampler(seed=self._seed + len(trials))
        return study

    def _facts(self) -> dict[str, Any]:
        """What makes two searches the same."""
        return {
            "signal": digest(self.topic.signal),
            "model": self.space.model,
            "parameters": self.space.most,
            "seconds": self.terms.seconds,
            "steps": self.terms.steps,
        }


def require_optuna() -> None:
    """Raises UsageError with the way to install it, if Optuna is not there."""
    try:
        import optuna  # noqa: F401
    except ImportError:
        raise UsageError(
            "redraw tune needs Optuna, which is not installed; install redraw[tune]"
        ) from None


def check_study(study: Path, *, resume: bool, force: bool) -> None:
    """Refuse to replace a study, or to go on with one that isn't there.

    Raises:
        OutputError: with the way on.
    """
    there = study.exists()
    if resume and not there:
        raise OutputError(f"there is no study {study} to go on with; leave --resume out")
    if there and not resume and not force:
        raise OutputError(
            f"{study} holds a search already; go on with --resume, or start afresh with --force"
        )
    probe_output(study, force=True)


def digest(signal: Signal) -> str:
    """Tells signals apart by what is learned of them."""
    found = hashlib.sha256()
    for array in signal.content():
        found.update(b"none" if array is None else repr(array.shape).encode() + array.tobytes())
    return found.hexdigest()[:16]


def _distribution(values: Range) -> "optuna.distributions.BaseDistribution":
    from optuna.distributions import FloatDistribution, IntDistribution

    if values.whole:
        return IntDistribution(int(values.low), int(values.high))
    return FloatDistribution(values.low, values.high, log=True)


def _share(step: int, total: int) -> int:
    """The place in a plan, in 256ths: what trials are compared at."""
    return round(256 * step / total)


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {k: list(v) if isinstance(v, tuple) else v for k, v in settings.items()}


def _tried(trial: "optuna.trial.FrozenTrial", state: str) -> Tried:
    return Tried(trial.number, state, trial.value, dict(trial.user_attrs[SETTINGS]))
