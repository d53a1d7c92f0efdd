"""`redraw csv`: pictures into tables of pixels, and back."""

from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Group, Parameter

from redraw.cli.options import Force, Layer, MaxPixels, Page, Partial, Quiet
from redraw.cli.several import MANY, Folder, Recursive, for_each, pairs
from redraw.errors import UsageError

app = App(
    name="csv",
    group_commands=Group("Commands", sort_key=0),
    help_epilogue="""\
A table has one row per pixel: x,y,pixel_value for one channel (in a two-tone
picture 1 is ink), x,y,r,g,b for colours, with a further a for alpha. Values are
whole numbers in the picture's depth. `redraw fit` takes such a table too, and
rows that are missing are not trained on.

    redraw csv encode cub.png cub.csv
    redraw csv decode cub.csv cub-again.png
    redraw csv encode *.png -o tables/
""",
)


@app.command(sort_key=0)
def encode(
    *names: Annotated[
        str,
        Parameter(
            name="PICTURE TABLE",
            help="A picture, or a bundled one (cub, cub-two-tone), and the .csv to write; or with"
            " -o FOLDER any number of pictures, folders and patterns.",
        ),
    ],
    output: Folder = None,
    recursive: Recursive = False,
    max_pixels: MaxPixels = None,
    page: Page = None,
    layer: Layer = None,
    partial: Partial = None,
    force: Force = False,
    quiet: Quiet = False,
) -> int:
    """Write pictures as tables of pixels."""
    from redraw.batch.inputs import PICTURES

    named = pairs(
        names,
        output,
        command="csv encode",
        what=("picture", "table"),
        suffix=".csv",
        endings=PICTURES,
        recursive=recursive,
    )
    opened = {"max_pixels": max_pixels, "page": page, "layer": layer, "partial": bool(partial)}

    def do(picture: str, out: Path) -> int:
        return _encode(picture, out, opened, force=force, quiet=quiet)

    return for_each(named, do, into=output)


def _encode(picture: str, out: Path, opened: dict[str, Any], *, force: bool, quiet: bool) -> int:
    from redraw.cli.screen import say
    from redraw.cli.wording import counted, shown_path
    from redraw.files import check_apart, check_output
    from redraw.signals.picture import pixel_table
    from redraw.signals.picture.opening import as_picture
    from redraw.signals.picture.recognising import ENDINGS
    from redraw.signals.table.writing import check_writable
    from redraw.storage.field_name import FIELD

    if out.suffix.lower() in (ENDINGS | {FIELD}) - {".csv"}:
        check_writable(out)  # which says how a table ends
    check_output(out, force=force)
    check_apart(out, picture)
    loaded = as_picture(picture, **opened)
    notes = (*loaded.notes, *pixel_table.encode(loaded, out, force=force))
    if not quiet:
        rows = loaded.width * loaded.height if loaded.known is None else int(loaded.known.sum())
        say(f"{shown_path(out)}: {counted(rows, 'pixel')}, {loaded.colour.describe()}")
        for note in notes:
            say(f"note: {note}")
    return 0


@app.command(sort_key=1)
def decode(
    *names: Annotated[
        str,
        Parameter(
            name="TABLE PICTURE",
            help="The table, .csv, and the picture to write; or with -o FOLDER any number of"
            " tables, folders and patterns.",
        ),
    ],
    output: Folder = None,
    as_: Annotated[
        str,
        Parameter(name="--as", metavar="ENDING", group=MANY, help="Of pictures in the folder."),
    ] = "png",
    recursive: Recursive = False,
    depth: Annotated[
        Literal[1, 8, 16] | None,
        Parameter(help="Bits per value of the table; found out from its values by default."),
    ] = None,
    max_pixels: MaxPixels = None,
    force: Force = False,
    quiet: Quiet = False,
) -> int:
    """Write tables of pixels as pictures."""
    if max_pixels is not None and max_pixels < 1:
        raise UsageError(f"--max-pixels is {max_pixels}; accepted: whole numbers from 1")
    named = pairs(
        names,
        output,
        command="csv decode",
        what=("table", "picture"),
        suffix=f".{as_.removeprefix('.')}",
        endings=(".csv",),
        recursive=recursive,
    )

    def do(table: str, out: Path) -> int:
        return _decode(Path(table), out, depth, max_pixels, force=force, quiet=quiet)

    return for_each(named, do, into=output)


def _decode(
    table: Path,
    out: Path,
    depth: Literal[1, 8, 16] | None,
    max_pixels: int | None,
    *,
    force: bool,
    quiet: bool,
) -> int:
    from redraw.cli.screen import say
    from redraw.cli.wording import quoted, shown_path
    from redraw.errors import PictureError
    from redraw.files import check_apart, check_output
    from redraw.signals import DEFAULT_MAX_PIXELS, write
    from redraw.signals.picture import pixel_table
    from redraw.signals.picture.recognising import told

    kind = told(table)
    if kind is not None and "picture" in kind:
        raise PictureError(
            f"{table} is {kind} already, no table;"
            f" `redraw csv encode {quoted(table)} {quoted(table.with_suffix('.csv'))}` makes one"
        )
    check_output(out, force=force)
    check_apart(out, table)
    picture = pixel_table.read(table, depth=depth, max_pixels=max_pixels or DEFAULT_MAX_PIXELS)
    notes = (*picture.notes, *write(picture, out, force=force))
    if not quiet:
        size = f"{picture.width} × {picture.height}"
        say(f"{shown_path(out)}: {size}, {picture.colour.describe()}")
        for note in notes:
            say(f"note: {note}")
    return 0
