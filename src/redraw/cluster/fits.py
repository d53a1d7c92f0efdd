"""The entrants of a comparison and the trials of a search as tasks of a cluster."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redraw.cluster.joining import AHEAD, RETRIES, joined
from redraw.compare.race import Failed, Heard, Measured, Race
from redraw.compare.results import Failure
from redraw.compare.tune import FIRST_FEW, Tried, Tuning
from redraw.engines.threads import usable_threads
from redraw.errors import RedrawError
from redraw.fitting.run.events import Finished

if TYPE_CHECKING:
    from redraw.compare.entrants import Entrant, Terms
    from redraw.signals.signal import Signal


class _Fits:
    """Single fits of one signal as tasks, each with cores of its own.

    Args:
        address: As of `crew_on`.
        signal: What is learned; it is sent to a machine once.
        terms: What is equal for all fits.
        environment: Variables such as REDRAW_OMEGA.
    """

    def __init__(
        self, address: str, signal: "Signal", terms: "Terms", environment: Mapping[str, str]
    ) -> None:
        self._ray = joined(address, usable_threads())
        self.threads = terms.threads or 1
        self._terms = replace(terms, seeds=1, threads=self.threads)
        own = {k: v for k, v in environment.items() if k.startswith("REDRAW_")}
        self._signal, self._environment = self._ray.put(signal), own
        gpus = {"num_gpus": 1} if str(terms.device or "").startswith("cuda") else {}
        remote = self._ray.remote(
            max_retries=RETRIES, retry_exceptions=False, num_cpus=self.threads, **gpus
        )
        self._remote = remote(_fitted_alone)

    def room(self) -> int:
        """Fits that can be at work at once."""
        cores = self._ray.cluster_resources().get("CPU", 1)
        return max(1, int(cores) // self.threads)

    def begin(self, entrant: "Entrant", seed: int) -> Any:
        """Hand one over."""
        return self._remote.remote(self._signal, entrant, self._terms, seed, self._environment)

    def ended(self, under_way: "Iterator[Any]", stopped: Callable[[], bool]) -> Iterator[Any]:
        """Those that have ended, waiting until one has or all shall stop."""
        waiting = list(under_way)
        while waiting and not stopped():
            ready, _ = self._ray.wait(waiting, num_returns=1, timeout=0.2)
            if ready:
                yield from ready
                return

    def result(self, one: Any) -> "_Alone | str":
        """What came of a fit, or why nothing did."""
        try:
            return self._ray.get(one)
        except self._ray.exceptions.RayError as error:
            return f"its machine was lost {RETRIES + 1} times: {' '.join(str(error).split())[:200]}"

    def close(self, under_way: "Iterator[Any]") -> None:
        """End what is under way, and leave the cluster."""
        for one in under_way:
            self._ray.cancel(one, force=True)
        self._ray.shutdown()


# What a fit by itself told: events, outcomes, failures, its device, and the field files.
_Alone = tuple[list[Heard], list[Any], list[Failure], str, dict[tuple[str, int], bytes]]


def _fitted_alone(
    signal: "Signal", entrant: "Entrant", terms: "Terms", seed: int, environment: dict[str, str]
) -> _Alone:
    """A race of one, on whichever machine it is."""
    from redraw.compare.topic import topic_of

    race = Race(topic_of(signal), [entrant], terms, environment, first_seed=seed)
    heard = [one for one in race.events() if isinstance(one.event, Measured | Failed | Finished)]
    fields = {}
    with tempfile.TemporaryDirectory(prefix="redraw-") as folder:
        for key, field in race.topic.fields.items():
            path = Path(folder, "field.redraw")
            field.save(path, force=True)
            fields[key] = path.read_bytes()
    return heard, race.outcomes, race.failures, race.device, fields


class RayRace(Race):
    """A comparison whose fits run side by side, each with as many cores as the others.

    Args:
        address: As of `crew_on`.
        others: As of `Race`.
    """

    def __init__(self, address: str, *others: Any, **options: Any) -> None:
        super().__init__(*others, **options)
        self._address = address

    def stop(self) -> None:
        self.stopped = True

    def events(self) -> Iterator[Heard]:
        """As `Race.events`, but of progress: what a fit told comes at its end."""
        fits = _Fits(self._address, self.topic.signal, self.terms, self.environment or {})
        seeds = range(self._first_seed, self._first_seed + self.terms.seeds)
        waiting = [(entrant, seed) for seed in seeds for entrant in self.entrants]
        under_way: dict[Any, tuple[Entrant, int]] = {}
        try:
            while (waiting or under_way) and not self.stopped:
                while waiting and len(under_way) < AHEAD * fits.room():
                    entrant, seed = waiting.pop(0)
                    under_way[fits.begin(entrant, seed)] = entrant, seed
                for one in fits.ended(iter(under_way), lambda: self.stopped):
                    entrant, seed = under_way.pop(one)
                    yield from self._came(fits.result(one), entrant.name, seed)
        finally:
            fits.close(iter(under_way))

    def _came(self, found: "_Alone | str", name: str, seed: int) -> Iterator[Heard]:
        if isinstance(found, str):
            self.failures.append(Failure(name, seed, found))
            yield Heard(name, seed, Failed(found))
            return
        from redraw.fitting.result.loading import load

        heard, outcomes, failures, self.device, fields = found
        self.outcomes += outcomes
        self.failures += failures
        with tempfile.TemporaryDirectory(prefix="redraw-") as folder:
            for key, content in fields.items():
                path = Path(folder, "field.redraw")
                path.write_bytes(content)
                self.topic.fields[key] = load(path)
        yield from heard


class RayTuning(Tuning):
    """A search whose trials run side by side; none is given up before its end.

    Args:
        address: As of `crew_on`.
        others: As of `Tuning`.
    """

    def __init__(self, address: str, *others: Any, **options: Any) -> None:
        super().__init__(*others, **options)
        self._address = address

    def trials(self, count: int, within: float | None = None) -> Iterator[Tried]:
        """As `Tuning.trials`."""
        from redraw.compare.entrants import Entrant

        began = time.monotonic()
        fits = _Fits(self._address, self.topic.signal, self.terms, self.environment)
        under_way: dict[Any, tuple[Any, dict[str, Any]]] = {}
        failures = 0
        try:
            while not self.stopped:
                late = within is not None and time.monotonic() - began > within and self.done
                while not late and len(under_way) < fits.room():
                    if self.done + len(under_way) >= count:
                        break
                    trial, settings, words = self.ask()
                    if words:
                        yield self.tell(trial, settings, "failed", message=words)
                        continue
                    entrant = Entrant(f"trial {trial.number}", settings)
                    under_way[fits.begin(entrant, 0)] = trial, settings
                if not under_way:
                    return
                for one in fits.ended(iter(under_way), lambda: self.stopped):
                    tried = self._came(fits.result(one), *under_way.pop(one))
                    yield tried
                    failures = failures + 1 if tried.state == "failed" else 0
                    if failures > max(FIRST_FEW, count // 2):
                        raise RedrawError(
                            f"one trial after the other failed; the last: {tried.message}"
                        )
        finally:
            for trial, settings in under_way.values():
                self.tell(trial, settings, "stopped")
            fits.close(iter(under_way))

    def _came(self, found: "_Alone | str", trial: Any, settings: dict[str, Any]) -> Tried:
        if isinstance(found, str):
            return self.tell(trial, settings, "failed", message=found)
        outcomes, failures = found[1], found[2]
        if failures:
            return self.tell(trial, settings, "failed", message=failures[0].message)
        return self.tell(trial, settings, "complete", outcomes[0].curve[-1].value)
