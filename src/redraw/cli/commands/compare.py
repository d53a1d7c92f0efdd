"""`redraw compare`: several fits of one picture or table under equal terms, and a report."""

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Group, Parameter

from redraw.cli.exit_codes import INTERRUPTED
from redraw.cli.learned import open_signal, stem_of
from redraw.cli.options import (
    NO_MACHINE_OPTIONS,
    NO_PICTURE_OPTIONS,
    NO_TABLE_OPTIONS,
    OUTPUT,
    WHOLE,
    Budget,
    Force,
    Json,
    MachineOptions,
    PictureOptions,
    Quiet,
    Ray,
    Signal,
    TableOptions,
    given,
)
from redraw.errors import UsageError
from redraw.fitting.plan.chosen_presets import COMPARED, COMPARED_POINTS
from redraw.shell import as_text

if TYPE_CHECKING:
    from redraw.cli.racing import RaceReporter
    from redraw.compare.race import Race

app = App(
    name="compare",
    help_epilogue="""\
Writes NAME-compare.html, a page with curves and pictures that fetches nothing,
and NAME-compare.json and .csv with the numbers. All entrants of a seed take
turns on the machine; seconds are each one's own. One that fails is reported,
and does not stop the others.

A file of --config with settings is one more entrant. A file of tables is as
many as it has tables:

    [wide]
    model = "siren"
    hidden = [128, 128]

    redraw compare cub
    redraw compare photo.jpg --models hash,siren --seconds 30 --budget 100k
    redraw compare cub --models siren --config tuned.toml --seeds 5
""",
)
ENTRANTS = Group("Who takes part", sort_key=3)
TERMS = Group("The same for all", sort_key=4)
DISPLAY = Group("What is shown", sort_key=6)

DEFAULT_MODELS, DEFAULT_TABLE_MODELS = ",".join(COMPARED), ",".join(COMPARED_POINTS)
DEFAULT_SECONDS = 10.0


@app.default
def compare(
    signal: Signal = None,
    /,
    *,
    models: Annotated[
        str | None,
        Parameter(
            metavar="A,B,...",
            group=ENTRANTS,
            help=f"Presets, or all; by default {DEFAULT_MODELS} (of a table"
            f" {DEFAULT_TABLE_MODELS}), or none with --config.",
        ),
    ] = None,
    config: Annotated[
        list[Path] | None,
        Parameter(
            metavar="FILE", group=ENTRANTS, help="Further entrants, in TOML or JSON; see below."
        ),
    ] = None,
    seconds: Annotated[
        float | None,
        Parameter(metavar="S", group=TERMS, help="Fitting time of each fit; by default 10."),
    ] = None,
    steps: Annotated[
        int | None,
        WHOLE,
        Parameter(metavar="N", group=TERMS, help="Steps of each fit, instead of time."),
    ] = None,
    budget: Annotated[Budget, Parameter(group=TERMS)] = None,
    seeds: Annotated[
        int,
        WHOLE,
        Parameter(metavar="N", group=TERMS, help="Fits of each entrant; by default 1."),
    ] = 1,
    ray: Ray = None,
    output: Annotated[
        Path | None,
        Parameter(
            name=("--output", "-o"), group=OUTPUT, help="The page; by default NAME-compare.html."
        ),
    ] = None,
    force: Annotated[Force, Parameter(group=OUTPUT)] = False,
    crop: Annotated[
        str | None,
        Parameter(
            metavar="X0,Y0,X1,Y1",
            group=OUTPUT,
            help="What is shown four times as large; by default the busiest place.",
        ),
    ] = None,
    picture: PictureOptions = NO_PICTURE_OPTIONS,
    table: TableOptions = NO_TABLE_OPTIONS,
    machine: MachineOptions = NO_MACHINE_OPTIONS,
    json: Annotated[
        Json, Parameter(group=DISPLAY, help="One JSON object per event on standard output.")
    ] = False,
    quiet: Annotated[Quiet, Parameter(group=DISPLAY)] = False,
) -> int:
    """Compare fits of `signal`; see the help text. Returns the exit code."""
    from redraw.cli.interrupts import StopRequests
    from redraw.cli.racing import make_race_reporter

    if seconds is not None and steps is not None:
        raise UsageError("both --seconds and --steps are given; accepted: one of them")
    with StopRequests() as stops:
        page = output or Path(f"{stem_of(signal)}-compare.html")
        from redraw.compare.request import check_report, checked_region, parsed_region

        named = [name for name in (signal, *(config or ())) if name is not None]
        check_report(page, *named, force=force)
        check_entrants(models, config)
        from redraw.compare.entrants import Terms, entrants_from

        terms = Terms(
            seconds=DEFAULT_SECONDS if seconds is None and steps is None else seconds,
            steps=steps,
            budget=budget,
            seeds=seeds,
            **given(machine),
        )
        learned = open_signal(signal, picture, table)
        region = None
        if crop:
            if not learned.raster:
                raise UsageError(f"{learned.name} is a {learned.kind}; there is nothing to --crop")
            region = checked_region(parsed_region(crop), learned.size)
        from redraw.compare.race import Race
        from redraw.compare.topic import topic_of

        default = DEFAULT_MODELS if learned.raster else DEFAULT_TABLE_MODELS
        chosen = models or ("" if config else default)
        entrants = entrants_from(_presets(chosen), config or ())
        if ray is None:
            race = Race(topic_of(learned), entrants, terms, os.environ)
        else:
            from redraw.cluster.fits import RayRace

            race = RayRace(ray, topic_of(learned), entrants, terms, os.environ)
        reporter = make_race_reporter(race, stops, as_json=json, quiet=quiet)
        stops.begin()
        stops.attach(race)
        _follow(race, reporter)
        return _conclude(race, reporter, page, region, force=force)


def check_entrants(models: str | None, configs: list[Path] | None) -> None:
    """Refuse those who can't take part before a signal is read, which may take long.

    Raises:
        UsageError: a preset is not there, or a file can't be read.
    """
    if models or configs:
        from redraw.compare.entrants import entrants_from

        entrants_from(_presets(models or ""), configs or ())


def _presets(text: str) -> list[str]:
    """The names in "a,b,c"; "all" is all of them."""
    from redraw.fitting.plan.presets import PRESETS

    names = [name.strip() for name in text.split(",") if name.strip()]
    return list(PRESETS) if names == ["all"] else names


def _follow(race: "Race", reporter: "RaceReporter") -> None:
    """Hear all events to the end."""
    try:
        for heard in race.events():
            reporter.heard(heard)
    finally:
        reporter.close()


def _conclude(
    race: "Race",
    reporter: "RaceReporter",
    page: Path,
    region: tuple[int, int, int, int] | None,
    *,
    force: bool,
) -> int:
    """Draw, write and tell; returns the exit code."""
    from redraw.compare.api import concluded, typical
    from redraw.compare.report import write_report

    if race.stopped and not race.outcomes:
        raise KeyboardInterrupt
    found = concluded(race)
    sheet = race.topic.sheet(typical(found), region, race.terms.threads)
    paths = write_report(found, sheet, page, command=typed(), force=force)
    reporter.finished(found, paths)
    return INTERRUPTED if race.stopped else 0


def typed() -> str:
    """The command as it was typed, without the path of the program."""
    return as_text(shlex.join(["redraw", *sys.argv[1:]])) if len(sys.argv) > 1 else ""
