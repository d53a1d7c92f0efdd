"""What `redraw render` does, once it is known what is wanted."""

import dataclasses
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from redraw.cli.bar import NoBar, bar
from redraw.cli.collecting import without_collecting
from redraw.errors import UsageError

if TYPE_CHECKING:
    from redraw.coordinates import Region
    from redraw.engines import Drawer
    from redraw.fitting.result.fitted import FittedField
    from redraw.render import Canvas
    from redraw.signals.picture.colour import Colour
    from redraw.storage.about import About


# Pixels that are drawn without being asked twice; sides of the part that says how long more take.
UNASKED, TRIED = 1 << 28, 256


@dataclass(frozen=True)
class Wanted:
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


def draw_one(field: Path, out: Path, wanted: Wanted) -> int:
    """Draw one field into a picture file; returns the exit code.

    Raises:
        RedrawError: that can't be done.
    """
    import gc
    import time

    from redraw.cli.screen import say
    from redraw.cli.wording import duration, shown_path, size_of
    from redraw.files import check_apart, check_output

    force, quiet = wanted.force, wanted.quiet
    check_output(out, force=force)
    check_apart(out, field)
    began = time.monotonic()
    with without_collecting():
        from redraw.engines import check_engine
        from redraw.render import Canvas, strips
        from redraw.signals.picture.writing import open_rows

        check_engine(wanted.engine)
        found = opened(field, wanted.engine, wanted.threads, partial=wanted.partial)
        gc.freeze()  # all of this stays: the first search would look at it for 16 ms
    if not isinstance(found, tuple):
        paint(found, field, out, wanted)
        if not quiet:
            took = duration(time.monotonic() - began)
            say(f"{shown_path(out)}: {size_of(out.stat().st_size)}, drawn in {took}")
        return 0
    drawer, about, colour = found
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
    progress = NoBar() if quiet else bar("drawing", canvas.height)
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


def paint(field: "FittedField", path: Path, out: Path, wanted: Wanted) -> None:
    """Draw the field of a kind that is drawn all at once, by its own painter.

    Args:
        field: It.
        path: Its file, for messages.
        out: Where to.
        wanted: What, and how.

    Raises:
        UsageError: something is asked that it does not take.
    """
    from redraw.cli.wording import shown_path
    from redraw.fitting.result.painter import paint_file

    if wanted.depth is not None:
        raise UsageError(
            f"{shown_path(path)} is the field of a {field.about.signal}, which takes no --depth"
        )
    region = dataclasses.astuple(wanted.region) if wanted.region else None
    width, height = wanted.size
    asked = {"width": width, "height": height, "scale": wanted.scale, "region": region}
    how = {"engine": wanted.engine, "threads": wanted.threads}
    try:
        paint_file(field, out, asked, force=wanted.force, **how)
    except UsageError as error:
        raise UsageError(f"{shown_path(path)}: {error}") from None


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
) -> "tuple[Drawer, About, Colour] | FittedField":
    """What draws a field file, what it shows, and its colours; without PyTorch where that goes.

    The field itself, where its kind is not drawn in pixels.
    """
    from redraw.engines.threads import usable_threads
    from redraw.storage.opening import drawer_of

    quick = drawer_of(field, threads or usable_threads(), partial=partial)
    if quick is not None:
        assert quick[1].colour is not None
        return *quick, quick[1].colour
    from redraw.fitting.result.fitted import open_drawer
    from redraw.fitting.result.loading import load
    from redraw.signals.kinds import is_raster

    loaded = load(field)
    if not is_raster(loaded.about.signal):
        return loaded
    return open_drawer(loaded, engine=engine, threads=threads), loaded.about, loaded.colour
