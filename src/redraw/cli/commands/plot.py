"""`redraw plot`: the learning curve of a run; what was learned from a table."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from redraw.cli.options import Force, Quiet

app = App(
    name="plot",
    help_epilogue="""\
Of a table or function: --show fit draws the curve or surface over the rows, or
the boundary between classes; --show residuals what is left to learn.

    redraw plot cub.run curve.png
    redraw plot data.run fit.svg --show fit
    redraw plot data.redraw fit.png
""",
)


@app.default
def plot(
    what: Annotated[
        Path, Parameter(help="A run folder, NAME.run, or the field file of a table, NAME.redraw.")
    ],
    out: Annotated[Path, Parameter(help="What to write: .png, .svg or .pdf.")],
    /,
    *,
    show: Annotated[
        Literal["learning", "fit", "residuals"] | None,
        Parameter(help="By default learning for a run, fit for a field."),
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
) -> int:
    """Draw the learning curve of a run, or what it learned. Returns the exit code."""
    from redraw.cli.screen import say
    from redraw.cli.wording import shown_path, size_of
    from redraw.files import check_output

    check_output(out, force=force)
    if show == "learning" or (show is None and what.is_dir()):
        from redraw.figures.plots import plot_log
        from redraw.storage.run_folder import RunFolder

        plot_log(RunFolder.open(what, writable=False).read_log(), out, force=force)
    else:
        from redraw.figures.plots import check_format
        from redraw.fitting.result.table_views import plot_table

        check_format(out)
        plot_table(what, out, residuals=show == "residuals", force=force)
    if not quiet:
        say(f"{shown_path(out)}: {size_of(out.stat().st_size)}")
    return 0
