"""`redraw compare`: several fits of one picture or table under equal terms, and a report."""

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Group, Parameter

from redraw.cli import INTERRUPTED
from redraw.cli.learned import open_signal, stem_of
from redraw.cli.options import ENGINE, WHOLE, Force, Json, MaxPixels, Quiet, Threads
from redraw.errors import UsageError

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
OUTPUT = Group("Where it goes", sort_key=1)
PICTURE = Group("What is learned", sort_key=2)
TABLE = Group("What is learned of a table or function", sort_key=2.5)
ENTRANTS = Group("Who takes part", sort_key=3)
TERMS = Group("The same for all", sort_key=4)
MACHINE = Group("Where it runs", sort_key=5)
DISPLAY = Group("What is shown", sort_key=6)

DEFAULT_MODELS = "ink,hash,spline,siren,finer,fourier,tanh"
DEFAULT_TABLE_MODELS = "table,siren,fourier,tanh,linear"
DEFAULT_SECONDS = 10.0


@app.default
def compare(
    signal: Annotated[
        str | None,
        Parameter(
            help="A picture, a table, a bundled picture (cub, cub-two-tone), or one of"
            " `redraw examples`."
        ),
    ] = None,
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
    budget: Annotated[
        str | None,
        Parameter(
            metavar="N|P%",
            group=TERMS,
            help="The most parameters: 300k, or 25% of the picture's values; sizes follow.",
        ),
    ] = None,
    seeds: Annotated[
        int,
        WHOLE,
        Parameter(metavar="N", group=TERMS, help="Fits of each entrant; by default 1."),
    ] = 1,
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
    max_side: Annotated[
        int | None,
        WHOLE,
        Parameter(metavar="N", group=PICTURE, help="Shrink it so that no side is longer."),
    ] = None,
    size: Annotated[
        str | None,
        Parameter(metavar="WxH", group=PICTURE, help="Resample it; 640x keeps the aspect."),
    ] = None,
    threshold: Annotated[
        float | None,
        Parameter(
            metavar="T",
            group=PICTURE,
            help="Make it two-tone: paper where it is at least so bright.",
        ),
    ] = None,
    max_pixels: Annotated[MaxPixels, Parameter(group=PICTURE)] = None,
    inputs: Annotated[
        str | None,
        Parameter(metavar="A,B", group=TABLE, help="Columns; by default all that are no targets."),
    ] = None,
    targets: Annotated[
        str | None,
        Parameter(metavar="Y", group=TABLE, help="Columns of a .csv, .json or .parquet to learn."),
    ] = None,
    held_out: Annotated[
        str | None,
        Parameter(
            metavar="P%|FILE", group=TABLE, help="Rows that are not learned, and measured on."
        ),
    ] = None,
    function: Annotated[
        str | None,
        Parameter(metavar="EXPRESSION", group=TABLE, help='Learn it instead: "sin(3*x) + x**2".'),
    ] = None,
    domain: Annotated[
        list[str] | None,
        Parameter(metavar="X=LOW:HIGH", group=TABLE, help="Of each variable of the function."),
    ] = None,
    engine: Annotated[str | None, Parameter(metavar="NAME", group=MACHINE, help=ENGINE)] = None,
    device: Annotated[
        str | None, Parameter(metavar="NAME", group=MACHINE, help="auto, cpu, cuda or mps.")
    ] = None,
    threads: Annotated[Threads, Parameter(group=MACHINE)] = None,
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

        check_report(page, force=force)
        learned = open_signal(
            signal,
            inputs=inputs,
            targets=targets,
            held_out=held_out,
            function=function,
            domain=domain,
            max_side=max_side,
            size=size,
            threshold=threshold,
            max_pixels=max_pixels,
        )
        from redraw.signals.picture import Picture

        region = None
        if crop:
            if not isinstance(learned, Picture):
                raise UsageError(f"{learned.name} is a table; there is nothing to --crop")
            region = checked_region(parsed_region(crop), learned.size)
        from redraw.compare.entrants import Terms, entrants_from
        from redraw.compare.race import Race
        from redraw.compare.topic import topic_of

        default = DEFAULT_MODELS if isinstance(learned, Picture) else DEFAULT_TABLE_MODELS
        chosen = models or ("" if config else default)
        entrants = entrants_from(_presets(chosen), config or ())
        terms = Terms(
            seconds=None if steps else seconds or DEFAULT_SECONDS,
            steps=steps,
            budget=budget,
            seeds=seeds,
            threads=threads,
            engine=engine,
            device=device,
        )
        race = Race(topic_of(learned), entrants, terms, os.environ)
        reporter = make_race_reporter(race, stops, as_json=json, quiet=quiet)
        stops.begin()
        stops.attach(race)
        _follow(race, reporter)
        return _conclude(race, reporter, page, region, force=force)


def _presets(text: str) -> list[str]:
    """The names in "a,b,c"; "all" is all of them."""
    from redraw.fitting.presets import PRESETS

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
    return shlex.join(["redraw", *sys.argv[1:]]) if len(sys.argv) > 1 else ""
