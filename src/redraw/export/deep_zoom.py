"""`.dzi`: a pyramid of tiles, static files that OpenSeadragon shows without redraw.

The field draws every level itself, those beyond the source's resolution too. The format is
Microsoft's Deep Zoom: NAME.dzi, and NAME_files/LEVEL/COLUMN_ROW.png, level 0 a single pixel.
"""

import math
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redraw.errors import OutputError, UsageError
from redraw.export.exporter import Option, Subject, Written
from redraw.fields.program import Program
from redraw.files import atomic_output, check_output
from redraw.render import Canvas, strips
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.writing import png_bytes

TILE = 256
# Doublings beyond the source's size, unless said otherwise; and the most pixels of the last level.
LEVELS, LARGEST = 2, 1 << 30
XML = """\
<?xml version="1.0" encoding="UTF-8"?>
<Image xmlns="http://schemas.microsoft.com/deepzoom/2008"
       Format="png" Overlap="0" TileSize="{tile}">
  <Size Width="{width}" Height="{height}"/>
</Image>
"""


def _levels(value: Any) -> int:
    """Whole numbers from 0."""
    number = int(value)
    if not 0 <= number <= 16:
        raise ValueError("0 to 16 doublings beyond the source's size")
    return number


class DeepZoom:
    """The pyramid."""

    endings: tuple[str, ...] = (".dzi",)
    about = "a pyramid of tiles for OpenSeadragon and other viewers, static files"
    options: Mapping[str, Option] = {
        "levels": Option(f"N: doublings beyond the source's size; by default {LEVELS}", _levels)
    }

    def refuse(self, program: Program) -> str | None:
        """As of `redraw.export.exporter.Exporter`: nothing, for the field's own engine draws."""
        return None

    def takes(self, subject: Subject) -> str | None:
        """Why it can't; asked instead of `refuse`, since a field may have no program."""
        subject.check_picture(".dzi")
        if subject.about.colour is not None:  # a picture, whatever draws it
            return None
        config = subject.field.config
        if config is not None and (config.dimensions != 2 or config.channels > 4):
            return (
                f"tiles show pictures, and the field takes {config.dimensions} coordinates and"
                f" gives {config.channels} values"
            )
        return None

    def write(
        self, subject: Subject, path: Path, options: Mapping[str, Any], *, force: bool
    ) -> Written:
        """As of `redraw.export.exporter.Exporter`."""
        own = subject.about.size
        # Of a large picture fewer doublings, if none are asked for.
        fitting = [n for n in range(LEVELS + 1) if own[0] * own[1] << 2 * n <= LARGEST]
        scale = 2 ** options.get("levels", max(fitting, default=0))
        width, height = (side * scale for side in own)
        if width * height > LARGEST:
            raise UsageError(
                f"can't export to .dzi: {width} x {height} are {width * height:,} pixels; accepted:"
                f" up to {LARGEST:,}; lower --levels"
            )
        check_output(path, force=force)
        folder = path.with_name(f"{path.stem}_files")
        if folder.exists() and not force:
            raise OutputError(f"{folder} exists already; name another output, or use --force")
        if folder.exists() and not _is_pyramid(folder):
            raise OutputError(f"{folder} holds other files than tiles; name another output")
        with tempfile.TemporaryDirectory(dir=path.resolve().parent, prefix=".redraw-") as place:
            tiles = Path(place) / "tiles"
            count = _write_levels(subject, width, height, tiles)
            if folder.exists():
                shutil.rmtree(folder)
            tiles.rename(folder)
        with atomic_output(path, force=force) as file:
            file.write(XML.format(tile=TILE, width=width, height=height).encode())
        return Written((path, folder), (f"{count} tiles of {width} x {height} pixels",))


def _is_pyramid(folder: Path) -> bool:
    """Whether a folder holds nothing but what `_write_levels` makes."""
    return all(
        each.is_dir() and each.name.isdigit() and all(f.suffix == ".png" for f in each.iterdir())
        for each in folder.iterdir()
    )


def _write_levels(subject: Subject, width: int, height: int, folder: Path) -> int:
    """Draw all levels into a new folder; returns how many tiles there are."""
    drawer = subject.drawer()
    colour = subject.about.colour
    top = math.ceil(math.log2(max(width, height)))
    sizes = [tuple(-(-side // 2 ** (top - n)) for side in (width, height)) for n in range(top + 1)]
    pixels, done = sum(math.prod(size) for size in sizes), 0
    count = 0
    for level, size in enumerate(sizes):
        place = folder / str(level)
        place.mkdir(parents=True)
        canvas = Canvas.of(subject.about.size, subject.about.detail, width=size[0], height=size[1])
        for row, band in enumerate(_bands(strips(drawer, canvas))):
            for column, left in enumerate(range(0, size[0], TILE)):
                part = band[:, left : left + TILE]
                made = (
                    Picture.from_array(part, name="tile")
                    if colour is None
                    else Picture.from_fitted(part, colour, name="tile")
                )
                (place / f"{column}_{row}.png").write_bytes(png_bytes(made))
                count += 1
                done += part.shape[0] * part.shape[1]
                subject.progress(done / pixels)
    return count


def _bands(rows: Iterator[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Strips of any height as bands of `TILE` rows, the last lower. (h, W, C)"""
    held: list[NDArray[np.float32]] = []
    count = 0
    for strip in rows:
        while len(strip):
            taken = strip[: TILE - count]
            held.append(np.array(taken))
            count += len(taken)
            strip = strip[len(taken) :]
            if count == TILE:
                yield np.concatenate(held)
                held, count = [], 0
    if held:
        yield np.concatenate(held)
