"""What a comparison says while it runs and at its end: lines, a live table, JSON, or nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from redraw.cli.plain_text import plain
from redraw.cli.screen import console, is_live, put_json, say, show
from redraw.cli.wording import counted, duration, relative_path, shown_path, size_of

if TYPE_CHECKING:
    from rich.console import JustifyMethod, RenderableType
    from rich.table import Table

    from redraw.cli.interrupts import StopRequests
    from redraw.compare.race import Heard, Race
    from redraw.compare.results import Comparison, Measure, Spread

FRAMES_PER_SECOND = 6
MOST_MEASURES = 3  # in the table of a terminal; the files have all


class RaceReporter:
    """Says nothing: `--quiet`. Base of the others."""

    def __init__(self, race: "Race", stops: "StopRequests") -> None:
        self.race, self.stops = race, stops

    def heard(self, heard: "Heard") -> None:
        """The next event."""

    def close(self) -> None:
        """All fits ended, one way or another."""

    def finished(self, found: "Comparison", paths: Sequence[Path]) -> None:
        """The report is written: page, JSON and CSV."""


class RaceJson(RaceReporter):
    """One object per event, with whose it is; progress between measurements is left out."""

    def __init__(self, race: "Race", stops: "StopRequests", *, only_last: bool = False) -> None:
        super().__init__(race, stops)
        self.only_last = only_last

    def heard(self, heard: "Heard") -> None:
        from redraw.fitting.run.events import Progress

        if not (self.only_last or isinstance(heard.event, Progress)):
            values = heard.event.to_json()
            put_json(
                {"event": values.pop("event"), "name": heard.name, "seed": heard.seed} | values
            )

    def finished(self, found: "Comparison", paths: Sequence[Path]) -> None:
        page, as_json, as_csv = map(relative_path, paths)
        put_json({**found.to_json(), "page": page, "json": as_json, "csv": as_csv})


class RaceLines(RaceReporter):
    """A line for each fit that ends, and a table."""

    def __init__(self, race: "Race", stops: "StopRequests") -> None:
        super().__init__(race, stops)
        for line in opening(race):
            say(line)

    def heard(self, heard: "Heard") -> None:
        line = ending(heard, self.race)
        if line:
            say(line)

    def finished(self, found: "Comparison", paths: Sequence[Path]) -> None:
        if found.stopped:
            say("stopped early; these are the numbers of that moment")
        show(standings_table(found))
        for line in places(found, paths):
            say(line)


class RaceDisplay(RaceLines):
    """All fits of a seed in place, each with its progress; lines of those that ended above."""

    def __init__(self, race: "Race", stops: "StopRequests") -> None:
        from rich.live import Live

        super().__init__(race, stops)
        self._now: dict[str, dict[str, float]] = {}
        self._seed = 0
        self._live = Live(
            console=console(),
            get_renderable=self._drawn,
            refresh_per_second=FRAMES_PER_SECOND,
            transient=True,
        )
        stops.display = True
        self._live.start()

    def heard(self, heard: "Heard") -> None:
        from redraw.compare.race import Failed, Measured
        from redraw.fitting.run.events import Finished, Progress

        event = heard.event
        if heard.seed != self._seed:
            self._seed = heard.seed
            self._now = {}
        now = self._now.setdefault(heard.name, {})
        if isinstance(event, Progress):
            now |= {"step": event.step, "steps": event.steps, "seconds": event.seconds}
        elif isinstance(event, Measured):
            now["value"] = event.value
        elif isinstance(event, Finished | Failed):
            self._now.pop(heard.name, None)
            line = ending(heard, self.race)
            if line:
                self._live.console.print(line, soft_wrap=True)

    def close(self) -> None:
        self._live.stop()
        self.stops.display = False

    def _drawn(self) -> "RenderableType":
        """The table as it stands. Called by rich's own thread."""
        from rich.console import Group
        from rich.padding import Padding
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        main = self.race.topic.measures[0]
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="bold", no_wrap=True)
        sides: tuple[JustifyMethod, ...] = ("left", "right", "right")
        for side in sides:
            grid.add_column(justify=side, no_wrap=True)
        for name, now in tuple(self._now.items()):
            steps = now.get("steps") or 0
            bar = ProgressBar(
                total=steps or 1, completed=now.get("step", 0), width=30, pulse=not steps
            )
            value = now.get("value")
            told = "" if value is None else main.told(value)
            took = duration(now["seconds"]) if "seconds" in now else "getting ready"
            grid.add_row(name, bar, told, Text(took, style="dim"))
        hint = "stopping" if self.stops.count else "Ctrl-C stops, and reports what there is"
        seed = f"seed {self._seed}: " if self.race.terms.seeds > 1 else ""
        return Padding(Group("", grid, "", Text(seed + hint, style="dim")), (0, 0, 0, 2))


def make_race_reporter(
    race: "Race", stops: "StopRequests", *, as_json: bool, quiet: bool
) -> RaceReporter:
    """The way to report that fits the options and standard output."""
    if as_json:
        return RaceJson(race, stops, only_last=quiet)
    if quiet:
        return RaceReporter(race, stops)
    return (RaceDisplay if is_live(console()) else RaceLines)(race, stops)


def opening(race: "Race") -> list[str]:
    """What is going to happen, and for how long."""
    terms, signal = race.terms, race.topic.signal
    fits = len(race.entrants) * terms.seeds
    about = ", ".join(race.topic.about.values())
    lines = [f"{plain(signal.name)}: {about}"]
    names = ", ".join(entrant.name for entrant in race.entrants)
    seeds = f" with {counted(terms.seeds, 'seed')}" if terms.seeds > 1 else ""
    lines.append(f"{counted(len(race.entrants), 'entrant')}{seeds}: {names}")
    if terms.seconds:
        lines.append(
            f"{terms.seconds:g} s of fitting each: {duration(terms.seconds * fits)} and measuring"
        )
    else:
        lines.append(f"{counted(terms.steps or 0, 'step')} each")
    return lines


def ending(heard: "Heard", race: "Race") -> str:
    """A line for a fit that ended; "" for other events."""
    from redraw.compare.race import Failed
    from redraw.fitting.run.events import Finished

    event = heard.event
    seed = f", seed {heard.seed}" if race.terms.seeds > 1 else ""
    if isinstance(event, Failed):
        return f"note: {heard.name}{seed} failed: {event.message}"
    if not isinstance(event, Finished):
        return ""
    told = race.topic.measures[0].told(race.topic.final(event))
    took = f"{counted(event.steps, 'step')} in {duration(event.seconds)}"
    return f"{heard.name}{seed}: {told}, {took}, engine {event.engine}"


def standings_table(found: "Comparison") -> "Table":
    """Medians from the best to the worst, as far as 80 columns hold them; the page has all."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("entrant", style="bold", no_wrap=True)
    measures = found.measures[:MOST_MEASURES]
    standings = found.standings()
    reached = [t for t in found.targets if any(s.times[t] is not None for s in standings)]
    targets = reached[-2:]
    heads = [f"{m.label}\n{m.unit}".rstrip() for m in measures]
    heads += ["seconds", *(f"s to\n{found.main.scale * target:g}" for target in targets)]
    heads += ["parameters", "file"]
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    for standing in standings:
        values = [_spread(standing.values[m.key], m, extremes=m is found.main) for m in measures]
        times = [standing.times[target] for target in targets]
        table.add_row(
            standing.name,
            *values,
            f"{standing.seconds.median:.3g}",
            *("–" if time is None else f"{time.median:.3g}" for time in times),
            f"{standing.typical.parameters:,}",
            size_of(standing.typical.bytes),
        )
    return table


def _spread(spread: "Spread | None", measure: "Measure", *, extremes: bool) -> str:
    if spread is None:
        return "–"
    middle = measure.number(spread.median)
    if not extremes or measure.number(spread.low) == measure.number(spread.high):
        return middle
    return (
        f"{middle} ±{measure.number(max(spread.high - spread.median, spread.median - spread.low))}"
    )


def places(found: "Comparison", paths: Sequence[Path]) -> list[str]:
    """Where everything is."""
    page, as_json, as_csv = paths
    lines = [f"{shown_path(page)}: the page, {size_of(page.stat().st_size)}; open it in a browser"]
    lines.append(f"{shown_path(as_json)}, {shown_path(as_csv)}: the numbers")
    if found.failures:
        lines.append(f"{counted(len(found.failures), 'fit')} failed; see above")
    return lines
