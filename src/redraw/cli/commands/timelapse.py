"""`redraw timelapse`: the frames of a run as one animation or one sheet."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from redraw.cli.options import WHOLE, Force, Quiet, RunPath

app = App(
    name="timelapse",
    help_epilogue="""\
    redraw timelapse cub.run cub.gif
    redraw timelapse cub.run sheet.png              up to twelve frames at once
    redraw timelapse cub.run cub.mp4 --seconds 10   needs redraw[video]
""",
)


@app.default
def timelapse(
    run: RunPath,
    out: Annotated[Path, Parameter(help="What to write: .gif, .webp, .mp4, or .png for a sheet.")],
    /,
    *,
    seconds: Annotated[
        float | None, Parameter(metavar="S", help="From the first frame to the last; 6.")
    ] = None,
    size: Annotated[
        int | None,
        WHOLE,
        Parameter(metavar="N", help="The longer side of a frame; 800, or 320 on a sheet."),
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
) -> int:
    """Write the time-lapse of `run` to `out`; see the help text. Returns the exit code."""
    from redraw.cli.screen import say
    from redraw.cli.wording import counted, shown_path, size_of
    from redraw.files import check_output

    check_output(out, force=force)
    from redraw.figures.timelapse import USUAL_SECONDS, captions, make_timelapse
    from redraw.storage.run_folder import RunFolder

    folder = RunFolder.open(run, writable=False)
    frames = folder.frames()
    make_timelapse(
        frames,
        out,
        seconds=USUAL_SECONDS if seconds is None else seconds,
        size=size,
        labels=captions(frames, folder.read_log()),
        force=force,
    )
    if not quiet:
        say(f"{shown_path(out)}: {counted(len(frames), 'frame')}, {size_of(out.stat().st_size)}")
    return 0
