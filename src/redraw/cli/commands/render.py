"""`redraw render`: draw a field at any size, in bounded memory."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Group, Parameter

from redraw.cli.drawing import Wanted, draw_one
from redraw.cli.options import ENGINE, Force, Quiet, Threads
from redraw.cli.several import MANY, Folder, Recursive, for_each, pairs
from redraw.errors import UsageError
from redraw.storage.field_name import FIELD

SIZE = Group("What to draw; the picture's own size by default", sort_key=1)
FILE = Group("The file", sort_key=2)
MACHINE = Group("How it is drawn", sort_key=3)

app = App(
    name="render",
    help_epilogue="""\
Regions are in pixels of the picture that was fitted, from its top left corner.

    redraw render cub.redraw cub-large.png --size 2048x2048
    redraw render cub.redraw cub-small.webp --size 64x
    redraw render cub.redraw eye.png --region 60,50,100,90 --scale 10
    redraw render fields/ -o pictures/ --as webp
""",
)


@app.default
def render(
    *names: Annotated[
        str,
        Parameter(
            name="FIELD OUT",
            help="A field file, and the picture to write: .png .jpg .webp .avif .tif .bmp .gif"
            " .exr .hdr; or with -o FOLDER any number of field files, folders and patterns.",
        ),
    ],
    output: Folder = None,
    as_: Annotated[
        str,
        Parameter(name="--as", metavar="ENDING", group=MANY, help="Of pictures in the folder."),
    ] = "png",
    recursive: Recursive = False,
    size: Annotated[
        str | None,
        Parameter(metavar="WxH", group=SIZE, help="In pixels; 640x and x480 keep the aspect."),
    ] = None,
    scale: Annotated[
        float | None,
        Parameter(metavar="S", group=SIZE, help="Pixels per pixel of the picture, instead."),
    ] = None,
    region: Annotated[
        str | None,
        Parameter(
            metavar="x0,y0,x1,y1", group=SIZE, allow_leading_hyphen=True, help="A part of it."
        ),
    ] = None,
    depth: Annotated[
        Literal[8, 16] | None,
        Parameter(group=FILE, help="Bits per value; the picture's own by default."),
    ] = None,
    force: Annotated[Force, Parameter(group=FILE)] = False,
    yes: Annotated[
        bool,
        Parameter(negative="", group=FILE, help="Draw it, however long that takes."),
    ] = False,
    partial: Annotated[
        bool,
        Parameter(negative="", group=FILE, help="Of a damaged or cut file, draw what is there."),
    ] = False,
    engine: Annotated[
        str,
        Parameter(
            metavar="NAME", group=MACHINE, env_var="REDRAW_ENGINE", show_env_var=False, help=ENGINE
        ),
    ] = "auto",
    threads: Annotated[
        Threads, Parameter(group=MACHINE, env_var="REDRAW_THREADS", show_env_var=False)
    ] = None,
    quiet: Annotated[Quiet, Parameter(group=MACHINE)] = False,
) -> int:
    """Draw fields; see the help text. Returns the exit code."""
    from redraw.coordinates import Region, parse_size

    if threads is not None and threads < 1:
        raise UsageError(f"--threads is {threads}; accepted: whole numbers from 1")
    wanted = Wanted(
        (None, None) if size is None else parse_size(size),
        scale,
        None if region is None else Region.parse(region),
        depth,
        engine,
        threads,
        force=force,
        partial=partial,
        quiet=quiet,
        yes=yes,
    )
    named = pairs(
        names,
        output,
        command="render",
        what=("field file", "picture"),
        suffix=f".{as_.removeprefix('.')}",
        endings=(FIELD,),
        recursive=recursive,
    )
    return for_each(named, lambda field, out: draw_one(Path(field), out, wanted), into=output)
