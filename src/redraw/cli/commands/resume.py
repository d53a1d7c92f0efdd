"""`redraw resume`: continue a fit where it stopped, or extend one that is finished."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from redraw.cli.options import WHOLE, Json, Quiet, RunPath
from redraw.errors import RunError, UsageError

if TYPE_CHECKING:
    from redraw.cli.interrupts import StopRequests
    from redraw.cli.reporting import Reporter
    from redraw.fitting.run.run import Run

app = App(
    name="resume",
    help_epilogue="""\
It goes on exactly where the last checkpoint left it, as if it had never been
stopped. --steps adds to the plan, for a run that is finished as well; limits
of seconds and PSNR then no longer count.

    redraw resume cub.run
    redraw resume cub.run --steps 2000
""",
)


@app.default
def resume(
    run: RunPath,
    /,
    *,
    steps: Annotated[
        int | None, WHOLE, Parameter(metavar="MORE", help="Learn for so many steps more.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Continue `run`; see the help text. Returns the exit code."""
    from redraw.cli.collecting import without_collecting
    from redraw.cli.follow import follow
    from redraw.cli.interrupts import StopRequests
    from redraw.cli.reporters import make_reporter
    from redraw.storage.field_name import FIELD

    if run.suffix == FIELD and run.is_file():
        raise RunError(_not_a_run(run))
    if steps is not None and steps < 1:
        raise UsageError(f"--steps is {steps}; accepted: whole numbers from 1")
    with StopRequests() as stops:
        with without_collecting():
            from redraw.fitting.run.run import Run

            stops.begin()
            resumed = Run.resume(run, steps or 0)
        _place_output(resumed)
        reporter = make_reporter(stops, as_json=json, quiet=quiet)
        if resumed.at.done:
            return _finished_already(resumed, reporter, stops)
        reporter.signal(resumed.signal)
        return follow(resumed, reporter, stops)


def _not_a_run(field: Path) -> str:
    """What to resume instead of a field file."""
    from redraw.cli.wording import quoted, shown_path
    from redraw.storage.run_config import SUFFIX, is_run_folder

    beside = field.with_suffix(SUFFIX)
    if is_run_folder(beside):
        return (
            f"{shown_path(field)} is a field file; its run goes on with"
            f" `redraw resume {quoted(beside)}`"
        )
    return (
        f"{shown_path(field)} is a field file, which says nothing of how to go on; name the run"
        " folder it came from (.run), or fit the picture again"
    )


def _place_output(run: "Run") -> None:
    """Where the folder of the field file is gone, or it was never named, put it beside the run."""
    assert run.folder is not None
    if run.output is None:
        run.config = dataclasses.replace(run.config, output=f"{run.folder.path.stem}.redraw")
    elif not run.output.parent.is_dir():
        run.config = dataclasses.replace(run.config, output=run.output.name)


def _finished_already(run: "Run", reporter: "Reporter", stops: "StopRequests") -> int:
    """Say so, and write the field file again if it is gone."""
    from redraw.cli.reporting import result_line
    from redraw.cli.wording import quoted, shown_path
    from redraw.fitting.run.events import Finished

    assert run.folder is not None
    output = run.output
    assert output is not None
    there = output.exists()
    if there:
        run.config = dataclasses.replace(run.config, output=None)
    stops.attach(run)
    for event in run.events():
        if isinstance(event, Finished):
            last = dataclasses.replace(event, field=output)
            folder = run.folder.path
            lines = [
                ("bold green", f"{shown_path(folder)} is finished: {result_line(last)}"),
                (
                    "",
                    f"{shown_path(output)} {'is there' if there else 'was missing; written again'}",
                ),
                ("", f"To learn on:  redraw resume {quoted(folder)} --steps {last.steps}"),
            ]
            reporter.finished(last, lines)
    return 0
