"""`redraw plot`: the learning curve of a run."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from redraw.cli.options import Force, Quiet, RunPath

app = App(name="plot", help_epilogue="    redraw plot cub.run curve.png\n")


@app.default
def plot(
    run: RunPath,
    out: Annotated[Path, Parameter(help="What to write: .png, .svg or .pdf.")],
    /,
    *,
    force: Force = False,
    quiet: Quiet = False,
) -> int:
    """Draw loss, PSNR and learning rate of `run`; see the help text. Returns the exit code."""
    from redraw.cli.screen import say
    from redraw.cli.wording import shown_path, size_of
    from redraw.files import check_output

    check_output(out, force=force)
    from redraw.fitting.plots import plot_log
    from redraw.storage.run_folder import RunFolder

    plot_log(RunFolder.open(run, writable=False).read_log(), out, force=force)
    if not quiet:
        say(f"{shown_path(out)}: {size_of(out.stat().st_size)}")
    return 0
