"""`redraw render`: draw a field at any size, in bounded memory."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Protocol

from cyclopts import App, Group, Parameter

from redraw.cli.options import ENGINE, Force, Quiet, Threads
from redraw.cli.several import MANY, Folder, Recursive, for_each, pairs
from redraw.errors import FileFormatError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from redraw.coordinates import Region
    from redraw.engines import Drawer
    from redraw.render import Canvas
    from redraw.signals.picture.colour import Colour
    from redraw.storage.about import About


# Pixels that are drawn without being asked twice; sides of the part that says how long more take.
UNASKED, TRIED = 1 << 28, 256

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
    wanted = _Wanted(
        parse_size(size) if size else (None, None),
        scale,
        Region.parse(region) if region else None,
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
        endings=(".redraw",),
        recursive=recursive,
    )
    return for_each(named, lambda field, out: _draw(Path(field), out, wanted), into=output)


@dataclass(frozen=True)
class _Wanted:
    """What is drawn of each field, and how; as `render` takes it."""

    size: tuple[int | None, int | None]
    scale: float | None
    region: "Region | None"
    depth: Literal[8, 16] | None
    engine: str
    threads: int | None
    _: KW_ONLY
    force: bool
    partial: bool
    quiet: bool
    yes: bool


def _draw(field: Path, out: Path, wanted: _Wanted) -> int:
    import time

    from redraw.cli.screen import console, is_live, say
    from redraw.cli.wording import duration, shown_path, size_of
    from redraw.files import check_output

    force, quiet = wanted.force, wanted.quiet
    check_output(out, force=force)
    if field.is_dir():
        raise FileFormatError(
            f"{field} is a folder; name a field file (.redraw), such as `redraw fit` writes"
        )
    from redraw.engines import check_engine
    from redraw.render import Canvas, strips
    from redraw.signals.picture.writing import open_rows

    began = time.monotonic()
    check_engine(wanted.engine)
    drawer, about, colour = opened(field, wanted.engine, wanted.threads, partial=wanted.partial)
    canvas = Canvas.of(
        about.size,
        about.detail,
        width=wanted.size[0],
        height=wanted.size[1],
        scale=wanted.scale,
        region=wanted.region,
    )
    if not wanted.yes and canvas.width * canvas.height > UNASKED:
        raise UsageError(too_large(drawer, canvas, colour.channels * (wanted.depth or 8) // 8))
    screen = console()
    progress = _Bar(screen, canvas.height) if is_live(screen) and not quiet else _NoBar()
    with (
        open_rows(
            out, canvas.width, canvas.height, colour, depth=wanted.depth, force=force
        ) as rows,
        progress.showing(),
    ):
        for strip in strips(drawer, canvas):
            rows.write(strip)
            progress.advance(len(strip))
    if not quiet:
        what = f"{canvas.width} × {canvas.height}, {size_of(out.stat().st_size)}"
        say(f"{shown_path(out)}: {what}, drawn in {duration(time.monotonic() - began)}")
        for note in rows.notes:
            say(f"note: {note}")
    return 0


def too_large(drawer: "Drawer", canvas: "Canvas", bytes_: int) -> str:
    """What a drawing would take, by one small part of it, and how to say that it is meant.

    Args:
        drawer: Of the field.
        canvas: All of it.
        bytes_: Of a pixel.
    """
    import time
    from dataclasses import replace

    from redraw.cli.wording import duration, size_of
    from redraw.coordinates import Region
    from redraw.render import draw

    across, down = canvas.region.width / canvas.width, canvas.region.height / canvas.height
    x, y = canvas.region.x0, canvas.region.y0
    part = Region(x, y, x + TRIED * across, y + TRIED * down)
    small = replace(canvas, width=TRIED, height=TRIED, region=part)
    draw(drawer, small)  # the first time brings the kernels
    began = time.monotonic()
    draw(drawer, small)
    pixels = canvas.width * canvas.height
    seconds = (time.monotonic() - began) * pixels / TRIED**2
    return (
        f"{canvas.width} × {canvas.height} are {size_of(pixels * bytes_)} before they are packed,"
        f" and about {duration(seconds)} to draw; say --yes if that is what you want, or name a"
        " smaller --size"
    )


def opened(
    field: Path, engine: str, threads: int | None, *, partial: bool
) -> "tuple[Drawer, About, Colour]":
    """What draws a field file, what it shows, and its colours; without PyTorch where that goes."""
    from redraw.engines.threads import usable_threads
    from redraw.storage.opening import drawer_of

    quick = drawer_of(field, threads or usable_threads(), partial=partial)
    if quick is not None:
        assert quick[1].colour is not None
        return *quick, quick[1].colour
    from redraw.fitting.result.fitted import open_drawer
    from redraw.fitting.result.loading import load

    loaded = load(field)
    if loaded.about.schema is not None:
        raise UsageError(
            f"{field} is the function {loaded.about.schema.names} of a table, no picture; draw it"
            " with `redraw plot`, or ask it with `redraw predict`"
        )
    return open_drawer(loaded, engine=engine, threads=threads), loaded.about, loaded.colour


class _Progress(Protocol):
    def showing(self) -> AbstractContextManager[object]: ...

    def advance(self, rows: int) -> None: ...


class _NoBar(_Progress):
    def showing(self) -> AbstractContextManager[object]:
        return nullcontext()

    def advance(self, rows: int) -> None:
        pass


class _Bar(_Progress):
    """Rows drawn, of all, with the time that is left; gone at the end."""

    def __init__(self, screen: "Console", rows: int) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("drawing"),
            BarColumn(None),
            TextColumn("{task.percentage:3.0f} %"),
            TimeRemainingColumn(compact=True),
            console=screen,
            transient=True,
        )
        self._task = self._progress.add_task("drawing", total=rows)

    def showing(self) -> AbstractContextManager[object]:
        return self._progress

    def advance(self, rows: int) -> None:
        self._progress.advance(self._task, rows)
