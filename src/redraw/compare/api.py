"""A comparison from the first entrant to the report's numbers."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from redraw.compare.entrants import Terms, entrants_from
from redraw.compare.machine_info import machine, now, versions
from redraw.compare.race import Heard, Race
from redraw.compare.report import write_report
from redraw.compare.request import check_report
from redraw.compare.results import Comparison, Outcome
from redraw.compare.topic import topic_of
from redraw.errors import RedrawError
from redraw.signals.options import Learnable
from redraw.signals.source import any_signal


def compare(
    signal: Learnable,
    models: Sequence[str] = (),
    *,
    configs: Sequence[Path] = (),
    seconds: float | None = None,
    steps: int | None = None,
    budget: str | None = None,
    seeds: int = 1,
    page: Path | None = None,
    force: bool = False,
    on_event: Callable[[Heard], object] | None = None,
) -> Comparison:
    """Fit one signal in several ways under equal terms.

    Args:
        signal: As for `redraw.fit`.
        models: Presets.
        configs: TOML or JSON files of further entrants; see `redraw.compare.entrants`.
        seconds: Fitting time of each; 10 if neither this nor `steps` is given.
        steps: Steps of each, instead of time.
        budget: The most parameters of each, as for `redraw.fit`.
        seeds: Fits of each.
        page: Where to write the report, NAME.html, with NAME.json and NAME.csv.
        force: Replace a report that is there.
        on_event: Called with every event and whose it is.

    Raises:
        RedrawError: the request is wrong, or all fits fail. One that fails is part of the result.

    Example:
        >>> found = compare([[0.0, 1.0], [1.0, 0.0]], ["siren", "relu"], steps=3)
        >>> sorted(standing.name for standing in found.standings())
        ['relu', 'siren']
    """
    if seconds is None and steps is None:
        seconds = 10.0
    terms = Terms(seconds=seconds, steps=steps, budget=budget, seeds=seeds)
    if page is not None:
        check_report(page, force=force)
    race = Race(topic_of(any_signal(signal)), entrants_from(models, configs), terms)
    for heard in race.events():
        if on_event:
            on_event(heard)
    found = concluded(race)
    if page is not None:
        write_report(found, race.topic.sheet(typical(found)), page, force=force)
    return found


def concluded(race: Race) -> Comparison:
    """What a race found, when it is over.

    Raises:
        RedrawError: not a single fit came to its end; the message says why.
    """
    topic = race.topic
    if not race.outcomes:
        reasons = dict.fromkeys(f"{failure.name}: {failure.message}" for failure in race.failures)
        raise RedrawError(f"no entrant came to a result; {'; '.join(reasons) or 'none began'}")
    return Comparison(
        signal=topic.signal.name,
        about=topic.about,
        measures=topic.measures,
        terms=asdict(race.terms),
        order=tuple(entrant.name for entrant in race.entrants),
        whole=topic.whole,
        targets=topic.targets,
        outcomes=race.outcomes,
        failures=race.failures,
        machine=machine(race.device),
        versions=versions(),
        date=now(),
        stopped=race.stopped,
    )


def typical(comparison: Comparison) -> list[Outcome]:
    """The fits that are shown, the best first."""
    return [standing.typical for standing in comparison.standings()]
