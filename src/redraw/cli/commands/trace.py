"""`redraw trace`: a picture to paths in one go."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from redraw.cli.options import (
    NO_PATH_OPTIONS,
    NO_PICTURE_OPTIONS,
    PATHS,
    WHOLE,
    Force,
    PathOptions,
    PictureOptions,
    Quiet,
    given,
)
from redraw.errors import UsageError

VECTORS = (".svg", ".pdf")

app = App(
    name="trace",
    help_epilogue="""\
Learns the picture's regions and where they end, to a fraction of a pixel, and
follows them with curves. OUT may be .svg or .pdf. To keep the field as well: --field NAME.redraw.

    redraw trace logo.png logo.svg
    redraw trace scan.png scan.svg --lineart --tolerance 0.1
    redraw trace sprite.png sprite.svg --colors 8 --min-area 4
""",
)


@app.default
def trace(
    picture: Annotated[str, Parameter(help="A picture: a drawing, a logo, an icon, a scan.")],
    out: Annotated[Path, Parameter(help="What to write: NAME.svg or NAME.pdf.")],
    /,
    *,
    colors: Annotated[
        int | None,
        WHOLE,
        Parameter(metavar="N", group=PATHS, help="Use N colours at most, the picture's own."),
    ] = None,
    lineart: Annotated[
        bool, Parameter(group=PATHS, negative="", help="Two tones: ink, and paper left empty.")
    ] = False,
    field: Annotated[
        Path | None, Parameter(metavar="FILE", group=PATHS, help="Keep the field as well.")
    ] = None,
    model: Annotated[
        str | None, Parameter(metavar="PRESET", group=PATHS, help="By default one with regions.")
    ] = None,
    paths: PathOptions = NO_PATH_OPTIONS,
    options: PictureOptions = NO_PICTURE_OPTIONS,
    force: Force = False,
    quiet: Quiet = False,
) -> int:
    """Trace `picture`; see the help text. Returns the exit code."""
    import time

    from redraw.cli.screen import say
    from redraw.cli.wording import duration, shown_path, size_of
    from redraw.files import check_apart, probe_output
    from redraw.storage.field_name import check_field_name
    from redraw.tracing import Wanted, traced

    if out.suffix.lower() not in VECTORS:
        raise UsageError(f"{out} is neither .svg nor .pdf; paths go into one of these")
    if field is not None:
        check_field_name(field)
    for path in (out, field):
        if path is not None:
            probe_output(path, force=force)
            check_apart(path, picture)
    began = time.monotonic()
    wanted = Wanted(
        colours=colors,
        line_art=lineart,
        model=model,
        options=given(paths),
    )

    def told(what: str) -> None:
        if not quiet:
            say(f"{what} ({duration(time.monotonic() - began)})")

    result = traced(picture, out, wanted, given(options), field=field, force=force, told=told)
    if not quiet:
        size = size_of(out.stat().st_size)
        say(
            f"{shown_path(out)}: {size}, {result.shapes:,} shapes, {result.nodes:,} nodes,"
            f" in {duration(time.monotonic() - began)}"
        )
        say(
            f"drawn at the picture's own size, the paths are {result.paths:.1f} dB from it,"
            f" and the field is {result.field:.1f} dB"
        )
        for note in result.notes:
            say(f"note: {note}")
    return 0
