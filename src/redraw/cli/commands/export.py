"""`redraw export`: a field as a file that others open, embed, print or run without redraw."""

from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Group, Parameter

from redraw.cli.options import NO_PATH_OPTIONS, WHOLE, Force, PathOptions, Quiet, given
from redraw.cli.several import Folder, Recursive, for_each, pairs
from redraw.errors import UsageError
from redraw.storage.field_name import FIELD

FORMAT = Group("What is written; the ending decides", sort_key=1)
EXTRAS = Group("What some formats take", sort_key=2)

app = App(
    name="export",
    help_epilogue="""\
Nobody needs redraw to use these. --list says which formats there are.

    redraw export cub.redraw cub.html        a page that is the picture; zoom in
    redraw export cub.redraw cub.svg         paths, if it is a drawing; .pdf too
    redraw export cub.redraw cub.c           one C99 header
    redraw export cub.redraw cub.py          one Python file that needs NumPy alone
    redraw export cub.redraw cub.glsl        a function for shaders; also .wgsl
    redraw export cub.redraw cub.onnx        a network of standard operators
    redraw export cub.redraw cub.dzi         tiles for OpenSeadragon
    redraw export fields/ -o pages/ --as html
""",
)


@app.default
def export(
    *names: Annotated[
        str,
        Parameter(
            name="FIELD OUT",
            help="A field file, and what to write; or with -o FOLDER and --as any number of field"
            " files, folders and patterns.",
        ),
    ],
    output: Folder = None,
    recursive: Recursive = False,
    as_: Annotated[
        str | None,
        Parameter(name="--as", metavar="ENDING", group=FORMAT, help="Decides instead of OUT's."),
    ] = None,
    title: Annotated[
        str | None, Parameter(metavar="TEXT", group=FORMAT, help="By default OUT's name.")
    ] = None,
    list_: Annotated[
        bool, Parameter(name="--list", group=FORMAT, help="Say which formats there are.")
    ] = False,
    paths: PathOptions = NO_PATH_OPTIONS,
    animate: Annotated[
        Path | None,
        Parameter(metavar="RUN", group=EXTRAS, help=".html: also play how it was learned."),
    ] = None,
    shadertoy: Annotated[
        bool, Parameter(group=EXTRAS, help=".glsl: also a mainImage, for shadertoy.com.")
    ] = False,
    image: Annotated[
        str | None,
        Parameter(metavar="HxW", group=EXTRAS, help=".onnx: a picture of that size comes out."),
    ] = None,
    levels: Annotated[
        int | None,
        WHOLE,
        Parameter(metavar="N", group=EXTRAS, help=".dzi: doublings beyond the source's size."),
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
) -> int:
    """Write fields; see the help text. Returns the exit code."""
    if list_:
        return _list()
    if not names:
        raise UsageError("a field file and a path to write are needed; see `redraw export --help`")
    if output is not None and as_ is None:
        raise UsageError("what is to be written is not said; say so with --as, such as --as svg")
    ending = f".{(as_ or '').removeprefix('.')}"
    named = pairs(
        names,
        output,
        command="export",
        what=("field file", "file"),
        suffix=ending,
        endings=(FIELD,),
        recursive=recursive,
    )
    options: dict[str, Any] = {
        "animate": animate,
        "shadertoy": shadertoy or None,
        "image": image,
        "levels": levels,
        **given(paths),
    }

    def write(field: str, out: Path) -> int:
        return _write(Path(field), out, as_, title, options, force=force, quiet=quiet)

    return for_each(named, write, into=output)


def _write(
    field: Path,
    out: Path,
    as_: str | None,
    title: str | None,
    options: dict[str, Any],
    *,
    force: bool,
    quiet: bool,
) -> int:
    import time

    from redraw.cli.bar import NoBar, bar
    from redraw.cli.screen import say
    from redraw.cli.wording import duration, shown_path, size_of
    from redraw.export.registry import exporter_for
    from redraw.files import check_apart, check_output

    exporter_for(out, as_)
    check_output(out, force=force)
    check_apart(out, field)
    from redraw.fitting.result.loading import export_file

    began = time.monotonic()
    progress = NoBar() if quiet else bar("exporting", 1.0)
    with progress.showing():
        written = export_file(
            field, out, format=as_, name=title, force=force, progress=progress.reach, **options
        )
    if not quiet:
        for number, path in enumerate(written.paths):
            took = f", in {duration(time.monotonic() - began)}" if number == 0 else ""
            size = size_of(path.stat().st_size) if path.is_file() else "a folder"
            say(f"{shown_path(path)}: {size}{took}")
        for note in written.notes:
            say(f"note: {note}")
    return 0


def _list() -> int:
    from redraw.export.registry import exporters

    for exporter in exporters():
        print(f"{' '.join(exporter.endings):12} {exporter.about}")
        for name, option in exporter.options.items():
            print(f"{'':12}   --{name.replace('_', '-'):12} {option.about}")
    return 0
