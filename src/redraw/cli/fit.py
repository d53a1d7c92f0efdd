"""`redraw fit`: teach a small network to be a picture, or the function behind a table."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Group, Parameter

from redraw.cli.options import ENGINE, WHOLE, Force, Json, MaxPixels, Quiet, Threads
from redraw.errors import OutputError, RunError, UsageError

if TYPE_CHECKING:
    from redraw.fitting.config import RunConfig
    from redraw.fitting.source import Columns
    from redraw.fitting.subject import AnySignal

app = App(
    name="fit",
    help_epilogue="""\
Writes NAME.redraw, which `redraw render` draws at any size, and NAME.run, from
which `redraw resume` continues. Ctrl-C stops and saves.

The values of --set and --config, and options such as --model, --device and
--threads, are also taken from the environment (REDRAW_OMEGA, REDRAW_DEVICE).
The command line goes before the environment, and that before the file.

    redraw fit cub
    redraw fit photo.jpg --max-side 512 --seconds 60
    redraw fit scan.png --threshold 0.5 --model siren --set hidden=64,64
    redraw fit data.csv --inputs a,b --targets y --held-out 20%
    redraw fit --function "sin(3*x) + x**2/4" --domain x=-3:3
    redraw fit two-spirals
""",
)
OUTPUT = Group("Where it goes", sort_key=1)
PICTURE = Group("What is learned", sort_key=2)
TABLE = Group("What is learned of a table or function", sort_key=2.5)
MODEL = Group("How it is learned", sort_key=3)
STOPS = Group("When it ends: at the first of these, or on Ctrl-C", sort_key=4)
MACHINE = Group("Where it runs", sort_key=5)
DISPLAY = Group("What is shown and kept", sort_key=6)


@app.default
def fit(
    signal: Annotated[
        str | None,
        Parameter(
            help="A picture, a table, a bundled picture (cub, cub-two-tone), or one of"
            " `redraw examples`."
        ),
    ] = None,
    /,
    *,
    output: Annotated[
        Path | None,
        Parameter(
            name=("--output", "-o"), group=OUTPUT, help="The field file; by default NAME.redraw."
        ),
    ] = None,
    run: Annotated[
        Path | None,
        Parameter(metavar="FOLDER", group=OUTPUT, help="The run folder; by default NAME.run."),
    ] = None,
    force: Annotated[Force, Parameter(group=OUTPUT)] = False,
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
    task: Annotated[
        Literal["regression", "classification"] | None,
        Parameter(group=TABLE, help="Numbers or classes; by default the targets tell."),
    ] = None,
    held_out: Annotated[
        str | None,
        Parameter(
            metavar="P%|FILE", group=TABLE, help="Rows to judge by: a share, or another table."
        ),
    ] = None,
    keep: Annotated[
        Literal["last", "best"] | None,
        Parameter(group=TABLE, help="The last state, or the best on the held-out rows."),
    ] = None,
    scaling: Annotated[
        Literal["range", "standard"],
        Parameter(group=TABLE, help="Of inputs: range to [-1, 1], or standard."),
    ] = "range",
    function: Annotated[
        str | None,
        Parameter(metavar="F", group=TABLE, help='A formula to learn, such as "sin(3*x) + y".'),
    ] = None,
    domain: Annotated[
        list[str] | None,
        Parameter(metavar="x=A:B", group=TABLE, help="Of its variables; again for more."),
    ] = None,
    rows: Annotated[
        int | None, WHOLE, Parameter(metavar="N", group=TABLE, help="Samples of it to learn.")
    ] = None,
    model: Annotated[
        str | None,
        Parameter(
            metavar="PRESET",
            group=MODEL,
            help="One of `redraw presets`; by default the picture decides.",
        ),
    ] = None,
    assignments: Annotated[
        list[str] | None,
        Parameter(
            name="--set",
            metavar="KEY=VALUE",
            group=MODEL,
            help="Change a value of the preset, such as omega=20; again for more.",
        ),
    ] = None,
    config: Annotated[
        Path | None,
        Parameter(metavar="FILE", group=MODEL, help="A TOML or JSON file of such values."),
    ] = None,
    footprint: Annotated[
        Literal["box", "point"] | None,
        Parameter(group=MODEL, help="What a pixel stands for: its square, or its centre."),
    ] = None,
    samples: Annotated[
        int | None,
        WHOLE,
        Parameter(
            metavar="N", group=MODEL, help="Positions inside a pixel whose mean is taken (box)."
        ),
    ] = None,
    budget: Annotated[
        str | None,
        Parameter(
            metavar="N|P%",
            group=MODEL,
            help="The most parameters: 300k, or 25% of the picture's values; sizes follow.",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        WHOLE,
        Parameter(metavar="N", group=MODEL, help="Of everything random; by default 0."),
    ] = None,
    steps: Annotated[
        int | None,
        WHOLE,
        Parameter(metavar="N", group=STOPS, help="After so many steps; by default the preset's."),
    ] = None,
    seconds: Annotated[
        float | None,
        Parameter(metavar="S", group=STOPS, help="After so many seconds; the plan is made to fit."),
    ] = None,
    psnr: Annotated[
        float | None,
        Parameter(metavar="DB", group=STOPS, help="As soon as the quality is so many decibels."),
    ] = None,
    engine: Annotated[
        str | None,
        Parameter(metavar="NAME", group=MACHINE, help=ENGINE),
    ] = None,
    device: Annotated[
        str | None, Parameter(metavar="NAME", group=MACHINE, help="auto, cpu, cuda or mps.")
    ] = None,
    precision: Annotated[
        str | None,
        Parameter(metavar="TYPE", group=MACHINE, help="float32, float64 or bfloat16."),
    ] = None,
    threads: Annotated[Threads, Parameter(group=MACHINE)] = None,
    rest: Annotated[
        float | None,
        Parameter(metavar="S", group=MACHINE, help="Pause so long after each frame, to cool down."),
    ] = None,
    frames: Annotated[
        int | None,
        WHOLE,
        Parameter(metavar="N", group=DISPLAY, help="Pictures saved as it learns; by default 20."),
    ] = None,
    checkpoint_every: Annotated[
        float | None,
        Parameter(metavar="S", group=DISPLAY, help="Seconds between checkpoints; by default 30."),
    ] = None,
    json: Annotated[
        Json, Parameter(group=DISPLAY, help="One JSON object per event on standard output.")
    ] = False,
    quiet: Annotated[Quiet, Parameter(group=DISPLAY)] = False,
    profile: Annotated[
        bool, Parameter(group=DISPLAY, negative="", help="At the end, say where the time went.")
    ] = False,
) -> int:
    """Fit `signal`; see the help text. Returns the exit code."""
    from redraw.cli.follow import follow
    from redraw.cli.interrupts import StopRequests
    from redraw.cli.reporting import make_reporter

    with StopRequests() as stops:
        check_named(signal, function, domain, rows)
        stem = Path(signal).stem if signal is not None else "function"
        output = output or Path(f"{stem}.redraw")
        run = run or Path(f"{stem}.run")
        refuse_existing(output, run, force=force)
        from redraw.fitting.source import Columns, any_signal
        from redraw.signals.function import sampled

        named = Columns(targets, inputs, task, held_out, scaling)
        if function is not None:
            refuse_columns(named)
            source = sampled(function, ",".join(domain or ()), rows=rows, task=task)
            named = Columns()
        else:
            source = signal or ""
        learned = any_signal(
            source,
            named,
            max_side=max_side,
            size=size,
            threshold=threshold,
            max_pixels=max_pixels,
        )
        reporter = make_reporter(stops, as_json=json, quiet=quiet)
        reporter.signal(learned)
        from redraw.fitting.api import prepare
        from redraw.fitting.run import Run
        from redraw.fitting.settings import parse_assignments

        plan = prepare(
            learned,
            config=config,
            environment=os.environ,
            settings=parse_assignments(assignments or ()),
            steps=steps,
            output=output,
            run=run,
            model=model,
            seed=seed,
            seconds=seconds,
            psnr=psnr,
            engine=engine,
            device=device,
            precision=precision,
            threads=threads,
            footprint=footprint,
            samples=samples,
            budget=budget,
            frames=frames,
            rest=rest,
            checkpoint_every=checkpoint_every,
            keep=keep,
        )
        reporter.because = "" if model else why(plan, learned)
        stops.begin()
        fitting = Run.start(learned, plan, run, force=force)
        fitting.profiling = profile and not quiet
        file = Path(signal or "")
        return follow(fitting, reporter, stops, file if file.is_file() else None)


def check_named(
    signal: str | None, function: str | None, domain: list[str] | None, rows: int | None
) -> None:
    """Exactly one thing is to be learned.

    Raises:
        UsageError: it is none, or two; or a function lacks its domain.
    """
    if function is None:
        for name, value in (("--domain", domain), ("--rows", rows)):
            if value is not None:
                raise UsageError(f'{name} is that of a function; name one: --function "sin(x)"')
        if signal is None:
            raise UsageError(
                "SIGNAL is missing: a picture, a table, one of `redraw examples`, or --function;"
                " see `redraw fit --help`"
            )
        return
    if signal is not None:
        raise UsageError(f"both {signal} and a function are given; accepted: one of them")
    if not domain:
        raise UsageError("a function needs the domain of its variables: --domain x=-3:3")


def refuse_columns(columns: "Columns") -> None:
    """A function has no columns to choose, and brings fresh points to judge by.

    Raises:
        UsageError: one of these options is given.
    """
    for name in columns.given:
        if name != "task":
            raise UsageError(f"a function takes no --{name}; its domain says it all")


def refuse_existing(output: Path, run: Path, *, force: bool) -> None:
    """Refuse to replace anything before time is spent; naming both ways out.

    Raises:
        RunError: the run is there.
        OutputError: the output is there, or can't be written.
    """
    from redraw.cli.wording import shown_path
    from redraw.files import probe_output
    from redraw.storage.run_config import is_run_folder

    if is_run_folder(run) and not force:
        raise RunError(
            f"{shown_path(run)} holds a run already; continue it with `redraw resume"
            f" {shown_path(run)}`, name another with --run and -o, or replace it with --force"
        )
    probe_output(output, force=force)
    if run.resolve() == output.resolve():
        raise OutputError(f"the run folder and the output are both {output}; name another")


def why(plan: "RunConfig", signal: "AnySignal") -> str:
    """Why this preset was chosen; "" if the signal did not decide it."""
    from redraw.fitting.presets import default_preset
    from redraw.signals.picture import looks_like_drawing
    from redraw.signals.table import Table

    if plan.model != default_preset(signal):
        return ""
    if isinstance(signal, Table):
        return "--model takes another"
    kind = "looks like a drawing" if looks_like_drawing(signal) else "is no line drawing"
    return f"it {kind}; --model takes another"
