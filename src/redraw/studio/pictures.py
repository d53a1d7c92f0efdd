"""What the process that draws says of pictures and tables: what they are, how they look."""

import dataclasses
import math
import os
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from redraw.errors import PictureError, TableError, UsageError
from redraw.studio.named import signal_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from redraw.signals.picture.picture import Picture
    from redraw.signals.table.table import Table

# Longest side of a picture that the page shows as it is.
SHOWN_SIDE = 2048
# Decoded pictures that are kept: so many bytes, and the newest whatever it takes.
KEPT_BYTES = 256 * 2**20
# How far a filter looks to each side, in pixels of what it reads, and of what it makes.
REACH = 3

Answer = dict[str, Any] | bytes
Key = tuple[Any, ...]

_kept: "OrderedDict[Key, Picture]" = OrderedDict()


def picture_of(path: str, max_side: int | None = None, max_pixels: int | None = None) -> "Picture":
    """A picture's file, or what a run has kept of its own; the last few are remembered.

    A file that is only given another name is not decoded again.

    Raises:
        RedrawError: it can't be read, or is too large.
    """
    key: Key = (path, max_side)
    if os.path.exists(path):
        found = os.stat(path)
        key = (found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size, max_side)
    if key not in _kept:
        _kept[key] = _read(path, max_side, max_pixels)
    _kept.move_to_end(key)
    while len(_kept) > 1 and sum(picture.values.nbytes for picture in _kept.values()) > KEPT_BYTES:
        _kept.popitem(last=False)
    return _kept[key]


def _read(path: str, max_side: int | None, max_pixels: int | None) -> "Picture":
    from redraw.signals.picture.opening import as_picture

    if Path(path).name == "picture.safetensors":
        from redraw.storage.picture_file import load_picture

        return load_picture(Path(path))
    return as_picture(path, max_side=max_side, max_pixels=max_pixels)


def inspect(path: str, max_pixels: int) -> Answer:
    """What a picture is and which preset suits it; raises where it can't be read."""
    from redraw.fitting.plan.presets import default_preset

    picture = picture_of(path, None, max_pixels)
    return {
        "width": picture.width,
        "height": picture.height,
        "what": picture.colour.describe(),
        "model": default_preset(picture),
        "notes": list(picture.notes),
        "bytes": os.stat(path).st_size,
    }


def original(path: str, max_side: int | None = None) -> Answer:
    """A picture as PNG."""
    from redraw.signals.picture.writing import png_bytes

    return png_bytes(picture_of(path, max_side).shrunk(SHOWN_SIDE))


def thumbnail(path: str, side: int) -> Answer:
    """A picture made small, as PNG. A JPEG is not even decoded in full for it."""
    import io

    from PIL import Image, ImageOps

    from redraw.signals.picture.writing import png_bytes

    if Path(path).suffix.lower() not in (".jpg", ".jpeg"):
        return png_bytes(picture_of(path).shrunk(side))
    try:
        with Image.open(path) as image:
            image.draft("RGB", (2 * side, 2 * side))
            small = ImageOps.exif_transpose(image).convert("RGB")
            small.thumbnail((side, side))
    except (OSError, Image.DecompressionBombError) as error:
        raise PictureError(f"{Path(path).name} can't be read: {error}") from None
    out = io.BytesIO()
    small.save(out, "PNG")
    return out.getvalue()


def picture_tile(
    path: str, how: str, of: list[int], region: list[float], width: int, height: int
) -> Answer:
    """A region of a picture enlarged the ordinary way, as PNG.

    Args:
        path: The picture.
        how: "nearest", "bicubic" or "lanczos".
        of: Its width and height, as the page believes.
        region: Left, top, right and bottom in its pixels.
        width: Of the tile.
        height: The same.

    Raises:
        UsageError: the picture is of another size.
    """
    import numpy as np
    from PIL import Image

    from redraw.signals.picture.picture import Picture
    from redraw.signals.picture.writing import png_bytes

    picture = picture_of(path)
    check_size(picture.size, of)
    filters = {
        "nearest": Image.Resampling.NEAREST,
        "bicubic": Image.Resampling.BICUBIC,
        "lanczos": Image.Resampling.LANCZOS,
    }
    # Only what the filter sees is made ready: a tile of a large picture must not cost all of it.
    part, box = _around(picture, region, (width, height))
    fitted = part.fitted()
    planes = [
        np.asarray(
            Image.fromarray(np.ascontiguousarray(fitted[..., channel])).resize(
                (width, height), filters[how], box=box
            )
        )
        for channel in range(fitted.shape[2])
    ]
    return png_bytes(Picture.from_fitted(np.stack(planes, axis=-1), picture.colour))


def _around(
    picture: "Picture", region: list[float], size: tuple[int, int]
) -> tuple["Picture", tuple[float, float, float, float]]:
    """The part of a picture that a filter sees of a region, and where the region lies in it."""
    x0, y0 = max(0.0, region[0]), max(0.0, region[1])
    x1, y1 = min(region[2], picture.width), min(region[3], picture.height)
    reach = [
        math.ceil(REACH * max(1.0, span / count)) + 1
        for span, count in zip((x1 - x0, y1 - y0), size, strict=True)
    ]
    left, top = max(0, math.floor(x0) - reach[0]), max(0, math.floor(y0) - reach[1])
    right, bottom = math.ceil(x1) + reach[0], math.ceil(y1) + reach[1]
    part = dataclasses.replace(picture, values=picture.values[top:bottom, left:right], known=None)
    return part, (x0 - left, y0 - top, x1 - left, y1 - top)


def crop(path: str, out: str, box: list[int], turns: int, max_pixels: int) -> Answer:
    """A part of a picture, turned, as the file `out`; what that is.

    Args:
        path: The picture.
        out: The new file.
        box: Left, top, right and bottom in pixels of the picture as it is.
        turns: By a quarter, clockwise, afterwards.
        max_pixels: Of the picture.

    Raises:
        UsageError: nothing of the picture is in the box.
    """
    import numpy as np

    picture = picture_of(path, None, max_pixels)
    left, top, right, bottom = box
    if not (0 <= left < right <= picture.width and 0 <= top < bottom <= picture.height):
        raise UsageError(
            f"the part {left},{top},{right},{bottom} is not within the picture,"
            f" which is {picture.width}x{picture.height}"
        )

    def turned(array: "NDArray[Any]") -> "NDArray[Any]":
        return np.ascontiguousarray(np.rot90(array[top:bottom, left:right], -turns))

    known = None if picture.known is None else turned(picture.known)
    part = dataclasses.replace(picture, values=turned(picture.values), known=known)
    part.save(out, force=True)
    return inspect(out, max_pixels)


def check_size(size: tuple[int, int], of: list[int]) -> None:
    """Refuse tiles of a size that is not the picture's.

    Raises:
        UsageError: it is not.
    """
    if list(size) != of:
        raise UsageError(f"the picture is {size[0]}x{size[1]}, not {of[0]}x{of[1]}")


# --- tables --------------------------------------------------------------------------------------


def rows(asked: dict[str, Any]) -> Answer:
    """What a function or a table is, and which preset suits it.

    Args:
        asked: As `redraw.studio.named.signal_of` takes it.
    """
    from redraw.fitting.plan.presets import default_preset
    from redraw.signals.table.examples import EXAMPLES

    table = table_of(asked)
    known = EXAMPLES.get(asked.get("function") or "")
    return {
        "what": table.describe(),
        "about": known.about if known else "",
        "model": default_preset(table),
        "notes": list(table.notes),
    }


def rows_shown(asked: dict[str, Any]) -> Answer:
    """The rows of a function or table as PNG, where nothing is known but their mean."""
    import numpy as np

    from redraw.engines import Drawer
    from redraw.figures.table_plots import frame_of

    table = table_of(asked)

    class Mean(Drawer):
        def values(self, xy: "NDArray[np.float32]") -> "NDArray[np.float32]":
            return np.full((len(xy), table.schema.channels), share, np.float32)

    share = 0.5 if table.schema.task == "classification" else 0.0
    return frame_of(table, Mean())


def table_of(asked: dict[str, Any]) -> "Table":
    """The table that is asked for.

    Raises:
        TableError: what was named is a picture.
    """
    from redraw.signals.kinds import kind_of

    found = signal_of(asked)
    if not kind_of(found).rows:
        raise TableError(f"{found.name} is a {found.kind}, not a table")
    return cast("Table", found)
