"""`redraw csv`: pictures into tables of pixels, and back."""

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Group, Parameter

from redraw.cli.options import Force, Layer, MaxPixels, Page, Partial, Quiet

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
""",
)
TABLE = Parameter(help="The table, .csv.")


@app.command(sort_key=0)
def encode(
    picture: Annotated[str, Parameter(help="A picture, or a bundled one: cub, cub-two-tone.")],
    out: Annotated[Path, TABLE],
    /,
    *,
    max_pixels: MaxPixels = None,
    page: Page = None,
    layer: Layer = None,
    partial: Partial = None,
    force: Force = False,
    quiet: Quiet = False,
) -> int:
    """Write a picture as a table of pixels."""
    from redraw.cli.screen import say
    from redraw.cli.wording import counted, shown_path
    from redraw.files import check_output
    from redraw.signals.picture import pixel_table
    from redraw.signals.picture.opening import as_picture

    check_output(out, force=force)
    loaded = as_picture(
        picture, max_pixels=max_pixels, page=page, layer=layer, partial=bool(partial)
    )
    notes = (*loaded.notes, *pixel_table.encode(loaded, out, force=force))
    if not quiet:
        rows = loaded.width * loaded.height if loaded.known is None else int(loaded.known.sum())
        say(f"{shown_path(out)}: {counted(rows, 'pixel')}, {loaded.colour.describe()}")
        for note in notes:
            say(f"note: {note}")
    return 0


@app.command(sort_key=1)
def decode(
    table: Annotated[Path, TABLE],
    out: Annotated[Path, Parameter(help="The picture to write.")],
    /,
    *,
    depth: Annotated[
        Literal[1, 8, 16] | None,
        Parameter(help="Bits per value of the table; found out from its values by default."),
    ] = None,
    max_pixels: MaxPixels = None,
    force: Force = False,
    quiet: Quiet = False,
) -> int:
    """Write a table of pixels as a picture."""
    from redraw.cli.screen import say
    from redraw.cli.wording import quoted, shown_path
    from redraw.errors import PictureError, UsageError
    from redraw.files import check_output
    from redraw.signals import DEFAULT_MAX_PIXELS, write
    from redraw.signals.picture import pixel_table
    from redraw.signals.picture.recognising import told

    if max_pixels is not None and max_pixels < 1:
        raise UsageError(f"--max-pixels is {max_pixels}; accepted: whole numbers from 1")
    kind = told(table)
    if kind is not None and "picture" in kind:
        raise PictureError(
            f"{table} is {kind} already, no table;"
            f" `redraw csv encode {quoted(table)} {quoted(table.with_suffix('.csv'))}` makes one"
        )
    check_output(out, force=force)
    picture = pixel_table.read(table, depth=depth, max_pixels=max_pixels or DEFAULT_MAX_PIXELS)
    notes = (*picture.notes, *write(picture, out, force=force))
    if not quiet:
        size = f"{picture.width} × {picture.height}"
        say(f"{shown_path(out)}: {size}, {picture.colour.describe()}")
        for note in notes:
            say(f"note: {note}")
    return 0
