"""What the addresses of drawings take and give: tiles of the deep zoom, and files to keep."""

import asyncio
import math
import os
import shutil
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from redraw.errors import RunError
from redraw.studio.answers import KEPT, LONGEST, download
from redraw.studio.desk import Desk
from redraw.studio.drawing_worker import TILE
from redraw.studio.pool import GRACE
from redraw.studio.requests import number, pair
from redraw.studio.shelf import Shelf

# The deepest zoom: 2^10 pixels of the drawing per pixel of the picture. Beyond, float32 can't tell
# the coordinates of neighbours apart.
DEEPEST = 10
LARGEST_DRAWING = 16_384
# Formats for others; those of several files are packed.
ENDINGS = ("html", "svg", "pdf", "glsl", "wgsl", "c", "py", "onnx", "dzi")
EXPORTS = tuple(f"export.{ending}" for ending in ENDINGS)
ENLARGING = ("nearest", "bicubic", "lanczos")  # how the original is enlarged


@dataclass(frozen=True)
class Made:
    """A file to keep.

    Attributes:
        path: Where it is, in a folder of its own.
        called: As the page saves it.
        notes: What was lost in it, or is worth knowing.
    """

    path: Path
    called: str
    notes: list[str] = field(default_factory=list)


class DrawingPages:
    """The handlers.

    Args:
        desk: The studio.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk, self.shelf = desk, Shelf(desk)

    async def field(self, request: Request) -> Response:
        """What a field file of the folder is."""
        path = self.desk.library.field(request.path_params["name"])
        if path is None:
            raise RunError("there is no such field in the studio's folder")
        return JSONResponse(await self.desk.drawing.ask("describe_field", path=str(path)))

    async def tile(self, request: Request) -> Response:
        """One tile of the deep zoom.

        In the address: the fit or field, the step of its snapshot, "field" or one of `ENLARGING`,
        how many pixels of the drawing there are per pixel of the picture (as 2^n), X_Y of the
        tile, and "o" for how many pixels it takes of its neighbours on each side.
        """
        given = request.path_params
        name, how = given["name"], given["how"]
        step = number(given["step"], 0, LONGEST)
        power = number(given["scale"], -20, DEEPEST)
        scale = 2.0**power
        x, y = (number(part, 0, 10**7) for part in pair(given["place"]))
        width, height = (number(request.query_params.get(side, ""), 1, 10**6) for side in "wh")
        overlap = number(request.query_params.get("o", "0"), 0, 1)
        (left, across), (top, down) = (
            tile_side(at, math.ceil(side * scale), overlap)
            for side, at in ((width, x), (height, y))
        )
        if min(across, down) < 1:
            raise HTTPException(404)
        left, top = left / scale, top / scale
        region = [left, top, min(width, left + across / scale), min(height, top + down / scale)]
        place = {"of": [width, height], "region": region, "width": across, "height": down}
        if how == "field":
            path = str(self.desk.snapshots.of_step(name, step))
            changed = os.stat(path).st_mtime_ns
            found = await self.desk.snapshots.tile(
                (path, changed, width, height, power, x, y, overlap),
                "field_tile",
                path=path,
                **place,
            )
        elif how in ENLARGING:
            path, side = self.shelf.original(name)
            if side is not None:
                raise RunError(f"{name} has not begun; its picture is not there yet")
            key = (path, os.stat(path).st_mtime_ns, how, width, height, power, x, y, overlap)
            found = await self.desk.snapshots.tile(key, "picture_tile", path=path, how=how, **place)
        else:
            raise HTTPException(404)
        return Response(found, media_type="image/png", headers=KEPT)

    async def save(self, request: Request) -> Response:
        """A file to keep: field, drawing, export, time-lapse, or the run folder as a ZIP.

        What the page calls the work is in the query ("job"): it is then told how far that is.
        """
        name, what = request.path_params["name"], request.path_params["what"]
        ending = Path(what).suffix
        # A folder of its own: whoever gives up leaves what was half-written in it.
        out = self.desk.snapshots.scratch("") / f"made{ending}"
        out.parent.mkdir()
        try:
            made = await self._make(name, what, request, out)
        except BaseException:
            later = asyncio.get_running_loop().call_later
            later(2.0 * GRACE, partial(shutil.rmtree, out.parent, ignore_errors=True))
            raise
        return download(made.path, made.called, made.notes)

    async def _make(self, name: str, what: str, request: Request, out: Path) -> "Made":
        """Make a file."""
        job = request.query_params.get("job", "")[:40]
        ask, ending = self.desk.drawing.ask, out.suffix
        if what == "field.redraw":
            path, _ = await self.desk.snapshots.take(name)
            out.write_bytes(path.read_bytes())
            return Made(out, f"{name}.redraw")
        if what in ("drawing.png", "drawing.jpg", "drawing.webp"):
            width, height = (
                number(request.query_params.get(side, ""), 1, LARGEST_DRAWING)
                for side in ("width", "height")
            )
            path, _ = await self.desk.snapshots.take(name)
            size = {"width": width, "height": height}
            found = await ask("draw_to_file", job=job, path=str(path), out=str(out), **size)
            return Made(out, f"{name}-{width}x{height}{ending}", found["notes"])
        if what in EXPORTS:
            path, _ = await self.desk.snapshots.take(name)
            # Files of one export name each other.
            out = out.with_name(f"{name}{ending}")
            found = await ask("exported", job=job, path=str(path), out=str(out), title=name)
            return Made(Path(found["path"]), Path(found["path"]).name, found["notes"])
        run = str(self.desk.library.run(name))
        if what == "animation.html":
            path, _ = await self.desk.snapshots.take(name)
            asked = {"path": str(path), "out": str(out), "title": name, "animate": run}
            found = await ask("exported", job=job, **asked)
            return Made(out, f"{name}-learning{ending}", found["notes"])
        if what in ("timelapse.gif", "timelapse.webp", "timelapse.mp4", "timelapse.png"):
            await ask("timelapse", job=job, run=run, out=str(out))
            return Made(out, f"{name}-learning{ending}")
        if what == "run.zip":
            await ask("zipped", job=job, run=run, out=str(out))
            return Made(out, f"{name}.run.zip")
        raise HTTPException(404)


def tile_side(at: int, length: int, overlap: int) -> tuple[int, int]:
    """Where a tile starts, and how long it is, along a side of the drawing.

    Example:
        >>> tile_side(0, 700, 1), tile_side(1, 700, 1), tile_side(2, 700, 1), tile_side(1, 700, 0)
        ((0, 257), (255, 258), (511, 189), (256, 256))
    """
    start = max(0, at * TILE - overlap)
    if at * TILE >= length:
        return start, 0
    return start, min(length, (at + 1) * TILE + overlap) - start
