"""`redraw fit`: teach a small network to be a picture, or the function behind a table."""

import os
import shlex
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Group, Parameter

from redraw.cli.fit_checks import (
    check_asked,
    pixels_kept,
    refuse_existing,
    refuse_for_many,
    refuse_for_one,
    refuse_misplaced,
)
from redraw.cli.learned import check_named, open_signal, stem_of
from redraw.cli.options import (
    MACHINE,
    NO_MACHINE_OPTIONS,
    NO_PICTURE_OPTIONS,
    NO_TABLE_OPTIONS,
    OUTPUT,
    TABLE,
    WHOLE,
    Budget,
    Force,
    Json,
    MachineOptions,
    PictureOptions,
    Quiet,
    Signals,
    TableOptions,
    given,
    words,
)
from redraw.errors import TooLargeError
from redraw.files import check_apart

if TYPE_CHECKING:
    from redraw.fitting.run.events import FrameSaved

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
    redraw fit photo.png --lossless
    redraw fit scan.png --threshold 0.5 --model siren --set hidden=64,64
    redraw fit data.csv --inputs a,b --targets y --held-out 20%
    redraw fit --function "sin(3*x) + x**2/4" --domain x=-3:3
    redraw fit two-spirals
    redraw fit *.png scans/ -o fields/     # many; the same command goes on after a stop
""",
)
MODEL = Group("How it is learned", sort_key=3)
MANY = Group("Several pictures, into a folder: -o FOLDER", sort_key=1.5)
STOPS = Group("When it ends: at the first of these, or on Ctrl-C", sort_key=4)
DISPLAY = Group("What is shown and kept", sort_key=6)


@app.default
def fit(
    *signals: Signals,
    output: Annotated[
        str | None,
        Parameter(
            name=("--output", "-o"),
            group=OUTPUT,
            help="The field file; by default NAME.redraw. Of several pictures: a folder.",
        ),
    ] = None,
    run: Annotated[
        Path | None,
        Parameter(metavar="FOLDER", group=OUTPUT, help="The run folder; by default NAME.run."),
    ] = None,
    force: Annotated[Force, Parameter(group=OUTPUT)] = False,
    recursive: Annotated[
        bool, Parameter(group=MANY, negative="", help="Look into folders below a named one too.")
    ] = False,
    listing: Annotated[
        Path | None,
        Parameter(
            name="--from", metavar="FILE", group=MANY, help="A text file of names, one a line."
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        WHOLE,
        Parameter(metavar="N", group=MANY, help="Pictures at once; by default one per core."),
    ] = None,
    retry: Annotated[
        bool, Parameter(group=MANY, negative="", help="Try again what failed before.")
    ] = False,
    ray: Annotated[
        str | None,
        Parameter(
            metavar="ADDRESS",
            group=MANY,
            help="On a Ray cluster: HOST:PORT or auto; alone, one that is started here.",
        ),
    ] = None,
    picture: PictureOptions = NO_PICTURE_OPTIONS,
    table: TableOptions = NO_TABLE_OPTIONS,
    task: Annotated[
        Literal["regression", "classification"] | None,
        Parameter(group=TABLE, help="Numbers or classes; by default the targets tell."),
    ] = None,
    keep: Annotated[
        Literal["last", "best"] | None,
        Parameter(group=TABLE, help="The last state, or the best on the held-out rows."),
    ] = None,
    scaling: Annotated[
        Literal["range", "standard"],
        Parameter(group=TABLE, help="Of inputs: range to [-1, 1], or standard."),
    ] = "range",
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
        str | None,
        Parameter(
            metavar="NAME",
            group=MODEL,
            help="What a pixel stands for: its square (box) or its centre (point); with cel also"
            " gauss:S, a blur of S pixels, bicubic, lanczos, box+noise:S, or auto.",
        ),
    ] = None,
    pixel_art: Annotated[
        Literal["smooth", "keep"] | None,
        Parameter(
            group=MODEL,
            help="With cel: pixels become smooth shapes, or stay squares of their colours (keep).",
        ),
    ] = None,
    samples: Annotated[
        int | None,
        WHOLE,
        Parameter(
            metavar="N", group=MODEL, help="Positions inside a pixel whose mean is taken (box)."
        ),
    ] = None,
    budget: Annotated[Budget, Parameter(group=MODEL)] = None,
    bytes: Annotated[  # noqa: A002 (the option's name)
        str | None,
        Parameter(metavar="N", group=MODEL, help="The most bytes of the file: 100k."),
    ] = None,
    bpp: Annotated[
        float | None,
        Parameter(metavar="B", group=MODEL, help="The same, as bits for each of its pixels."),
    ] = None,
    lossless: Annotated[
        bool,
        Parameter(
            group=MODEL,
            negative="",
            help="Keep a photograph's own pixels beside the field, to the bit.",
        ),
    ] = False,
    near_lossless: Annotated[
        int | None,
        WHOLE,
        Parameter(
            metavar="N",
            group=MODEL,
            help="The same, no value of a pixel off by more than N levels.",
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
        Parameter(
            metavar="S",
            group=STOPS,
            help="After so many seconds by the clock; the plan is made to fit.",
        ),
    ] = None,
    psnr: Annotated[
        float | None,
        Parameter(metavar="DB", group=STOPS, help="Quality in decibels that is enough."),
    ] = None,
    machine: MachineOptions = NO_MACHINE_OPTIONS,
    precision: Annotated[
        str | None,
        Parameter(
            metavar="TYPE", group=MACHINE, help="float32, float64, tf32, bfloat16 or float16."
        ),
    ] = None,
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
    dry_run: Annotated[
        bool,
        Parameter(group=DISPLAY, negative="", help="Say what would be done, and what it takes."),
    ] = False,
) -> int:
    """Fit `signal`; see the help text. Returns the exit code."""
    began = time.monotonic()
    from redraw.cli.collecting import without_collecting
    from redraw.cli.follow import follow
    from redraw.cli.interrupts import StopRequests
    from redraw.cli.large import fit_large_picture, large_named, strips_instead
    from redraw.cli.many import are_many, fit_many_pictures
    from redraw.cli.reporters import make_reporter
    from redraw.cli.wording import quoted

    asked = {
        "model": model,
        "seed": seed,
        "seconds": seconds,
        "psnr": psnr,
        "precision": precision,
        "footprint": footprint,
        "pixel_art": pixel_art,
        "samples": samples,
        "budget": budget,
        "bytes": bytes,
        "bpp": bpp,
        "lossless": pixels_kept(lossless=lossless, near_lossless=near_lossless),
        "frames": frames,
        "rest": rest,
        "checkpoint_every": checkpoint_every,
        "keep": keep,
        **given(machine),
    }
    asked = {name: value for name, value in asked.items() if value is not None}
    refuse_misplaced(signals, output)
    if are_many(signals, output, listing):
        refuse_for_one(run, table, task, rows, profile=profile)
        check_asked(asked, assignments, config, steps)
        from redraw.fitting.plan.settings import parse_assignments

        return fit_many_pictures(
            signals,
            output,
            listing=listing,
            recursive=recursive,
            picture=given(picture),
            options=asked if steps is None else {**asked, "steps": steps},
            values=dict(parse_assignments(assignments or ())),
            config=config,
            jobs=jobs,
            retry=retry,
            ray=ray,
            force=force,
            json=json,
            quiet=quiet,
            dry_run=dry_run,
        )
    signal = signals[0] if signals else None
    refuse_for_many(recursive=recursive, jobs=jobs, retry=retry, ray=None)
    with StopRequests() as stops:
        with without_collecting():
            check_named(signal, table, rows)
            stem = stem_of(signal)
            file = Path(output or f"{stem}.redraw")
            run = run or Path(f"{stem}.run")
            if signal is not None:
                check_apart(file, signal, role="what is to be learned", instead="its field")
            refuse_existing(file, run, force=force)
            check_asked(asked, assignments, config, steps)
            large, learned = large_named(signal, picture), None
            if large is None:
                try:
                    learned = open_signal(
                        signal, picture, table, task=task, scaling=scaling, rows=rows
                    )
                except TooLargeError as error:
                    large = strips_instead(signal, picture, error)
        if learned is None:
            from redraw.fitting.plan.settings import parse_assignments

            assert large is not None
            return fit_large_picture(
                large,
                file,
                stops,
                asked=asked if steps is None else {**asked, "steps": steps},
                values=parse_assignments(assignments or ()),
                picture=picture,
                table=table,
                ray=ray,
                force=force,
                json=json,
                quiet=quiet,
            )
        refuse_for_many(recursive=recursive, jobs=jobs, retry=retry, ray=ray)
        with without_collecting():
            reporter = make_reporter(stops, as_json=json, quiet=quiet)
            reporter.signal(learned)
            from redraw.cli.planned import reasons
            from redraw.fitting.early import EarlyFrame
            from redraw.fitting.plan.settings import parse_assignments
            from redraw.fitting.start import start_fit
            from redraw.fitting.timing import prepare_within

            options = {
                "config": config,
                "environment": os.environ,
                "settings": parse_assignments(assignments or ()),
                "steps": steps,
                "output": file,
                "run": run,
                **asked,
            }

            def first(event: "FrameSaved") -> None:
                stops.begin()
                reporter.begun(event.path)

            early = None if dry_run else EarlyFrame(run, force=force, on_frame=first)
            learned, plan, clock = prepare_within(learned, began, options, early)
            reporter.because = reasons(plan)

            if dry_run:
                from redraw.cli.planned import show_plan

                show_plan(learned, plan, options, reporter.because, as_json=json)
                return 0

            fitting = start_fit(
                learned,
                plan,
                run,
                force=force,
                on_frame=first,
                before_run=stops.begin,
                clock=clock,
                early=early,
            )
            fitting.profiling = profile and not quiet
            source = Path(signal or "")
            again = [] if signal is None else [quoted(signal), *map(shlex.quote, words(picture))]
        return follow(fitting, reporter, stops, source if source.is_file() else None, again)
