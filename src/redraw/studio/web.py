"""The studio's addresses: what each takes and gives.

Names in addresses are looked up in lists (see `redraw.studio.library`), and what requests say is
checked (`redraw.studio.requests`).
"""

import asyncio
import math
import os
import shutil
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from redraw.errors import RedrawError, RunError, UsageError
from redraw.studio.desk import DEMO_SECONDS, Desk, RefusedFieldError
from redraw.studio.drawing_worker import TILE, is_full, is_linked
from redraw.studio.library import ending_of
from redraw.studio.live import Sockets, full, state
from redraw.studio.messages import unpack
from redraw.studio.pool import GRACE, FullDiskError
from redraw.studio.processes import BusyError
from redraw.studio.requests import LONGEST_TEXT, body, known, limited, number, pair, wish

STATIC = Path(__file__).parent / "static"
UPLOAD_LIMIT = 64 * 2**20  # bytes
# The deepest zoom: pixels of the drawing per pixel of the picture. Beyond, float32 can't tell the
# coordinates of neighbours apart.
DEEPEST = 1024
LARGEST_DRAWING = 16_384
ENLARGING = ("nearest", "bicubic", "lanczos")  # how the original is enlarged
LONGEST = 10**9  # steps, in requests

Handler = Callable[[Request], Awaitable[Response]]


def make_app(desk: Desk) -> Starlette:
    """The application, unguarded."""
    sockets = Sockets(desk)
    pages = Pages(desk, sockets)

    async def live(socket: WebSocket) -> None:
        await sockets.serve(socket)

    def route(path: str, handler: Handler, method: str = "GET") -> Route:
        return Route(path, guarded(handler), methods=[method])

    app = Starlette(
        routes=[
            Route("/", pages.index),
            WebSocketRoute("/live", live),
            route("/api/start", pages.start),
            route("/api/state", pages.state),
            route("/api/folder", pages.folder),
            route("/api/pictures", pages.upload, "POST"),
            route("/api/pictures/{name}", pages.picture),
            route("/api/pictures/{name}/picture.png", pages.picture_png),
            route("/api/pictures/{name}/crop", pages.crop, "POST"),
            route("/api/tables", pages.write_table, "POST"),
            route("/api/delete/{what}/{name}", pages.delete, "POST"),
            route("/api/fits/{name}/rename", pages.rename, "POST"),
            route("/api/functions/{name}", pages.rows),
            route("/api/functions/{name}/picture.png", pages.rows_png),
            route("/api/formula", pages.rows),
            route("/api/formula/picture.png", pages.rows_png),
            route("/api/tables/{name}", pages.rows),
            route("/api/tables/{name}/picture.png", pages.rows_png),
            route("/api/fits", pages.begin, "POST"),
            route("/api/plan", pages.plan, "POST"),
            route("/api/demo", pages.demo, "POST"),
            route("/api/pace", pages.pace, "POST"),
            route("/api/fits/{name}", pages.open),
            route("/api/fits/{name}/frame", pages.frame),
            route("/api/fits/{name}/picture.png", pages.original),
            route("/api/fits/{name}/frames/{step}.png", pages.saved_frame),
            route("/api/fits/{name}/command", pages.command),
            route("/api/fits/{name}/layers", pages.layers),
            route("/api/fits/{name}/snapshot", pages.snapshot, "POST"),
            route("/api/fits/{name}/save/{what}", pages.save),
            route("/api/fits/{name}/{what}", pages.steer, "POST"),
            route("/api/fields/{name}", pages.field),
            route("/api/tiles/{name}/{step}/{how}/{scale}/{place}", pages.tile),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
    )
    app.state.sockets = sockets
    return app


def guarded(handler: Handler) -> Handler:
    """Errors on purpose become one line of JSON; what nobody waits for any more is given up."""

    async def handle(request: Request) -> Response:
        try:
            return await (
                attended(request, handler) if request.method == "GET" else handler(request)
            )
        except FullDiskError as error:
            return JSONResponse({"error": str(error)}, 507)
        except BusyError as error:
            return JSONResponse({"error": str(error)}, 503)
        except TimeoutError:
            return JSONResponse({"error": "it took too long; try again"}, 503)
        except OSError as error:
            if not is_full(error):
                raise
            told = "there is no room left on the disk; delete something and try again"
            return JSONResponse({"error": told}, 507)
        except RefusedFieldError as error:
            return JSONResponse({"error": str(error), "field": error.field}, 400)
        except RedrawError as error:
            return JSONResponse({"error": str(error)}, 400)
        except ClientDisconnect:
            return Response(status_code=400)

    return handle


async def attended(request: Request, handler: Handler) -> Response:
    """A handler's answer, as long as somebody waits for it."""

    async def left() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    working, leaving = asyncio.ensure_future(handler(request)), asyncio.ensure_future(left())
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return await working
    finally:
        for task in (working, leaving):
            task.cancel()


class Pages:
    """The handlers.

    Args:
        desk: The studio.
        sockets: The pages that listen.
    """

    def __init__(self, desk: Desk, sockets: Sockets) -> None:
        self.desk, self.sockets = desk, sockets

    async def index(self, request: Request) -> Response:
        return FileResponse(STATIC / "index.html", headers={"cache-control": "no-store"})

    async def start(self, request: Request) -> Response:
        """Presets and settings, when they are known, and what to show first."""
        return JSONResponse({**self.desk.catalogue, "opened": self.desk.opened})

    async def state(self, request: Request) -> Response:
        """For pages without a WebSocket: the same as `live` sends, from what they know."""
        self.sockets.asked()
        return JSONResponse(state(self.desk, known(request.query_params.get("known", "{}"))))

    async def folder(self, request: Request) -> Response:
        """What lies in the folder."""
        return JSONResponse(await self.desk.list_folder())

    # --- pictures ---------------------------------------------------------------------------------

    async def upload(self, request: Request) -> Response:
        """A picture as the body, its name in the query; what it is."""
        name = request.query_params.get("name", "picture.png")
        scratch = self.desk.library.scratch(ending_of(name))
        try:
            with open(scratch, "xb") as file:
                async for chunk in limited(request, UPLOAD_LIMIT):
                    file.write(chunk)
            return JSONResponse(await self.desk.take_picture(scratch, name))
        finally:
            scratch.unlink(missing_ok=True)

    async def crop(self, request: Request) -> Response:
        """A part of a picture as a new one; what that is."""
        said = await body(request)
        box, turns = said.get("box"), said.get("turns", 0)
        if not (
            isinstance(box, list)
            and len(box) == 4
            and all(type(at) is int for at in box)
            and type(turns) is int
            and 0 <= turns < 4
        ):
            raise UsageError("a part is four whole numbers, and 0 to 3 turns")
        return JSONResponse(await self.desk.crop(request.path_params["name"], box, turns))

    async def write_table(self, request: Request) -> Response:
        """A small table that was typed; the name of its file."""
        text = (await body(request)).get("text")
        if not isinstance(text, str) or not text.strip():
            raise UsageError("a table is lines of text")
        return JSONResponse({"name": self.desk.library.write_table(text)})

    async def delete(self, request: Request) -> Response:
        """Remove a fit, a field or a picture of the folder."""
        self.desk.delete(request.path_params["what"], request.path_params["name"])
        return JSONResponse({})

    async def rename(self, request: Request) -> Response:
        """Give a fit another name; which it is now."""
        wanted = (await body(request)).get("name")
        if not isinstance(wanted, str):
            raise UsageError("a name is text")
        return JSONResponse({"name": self.desk.rename(request.path_params["name"], wanted)})

    async def picture(self, request: Request) -> Response:
        """What a picture of the folder is."""
        return JSONResponse(await self.desk.inspect(request.path_params["name"]))

    async def picture_png(self, request: Request) -> Response:
        """A picture of the folder, as the page shows it; small with "side"."""
        path = self.desk.library.picture(request.path_params["name"])
        side = request.query_params.get("side")
        if side:
            return _png(await self.desk.shown("thumbnail", str(path), side=number(side, 16, 1024)))
        return _png(await self.desk.shown("original", str(path)))

    async def rows(self, request: Request) -> Response:
        """What a built-in function, a formula or a table is."""
        return JSONResponse(await self.desk.drawing.ask("rows", asked=self._table(request)))

    async def rows_png(self, request: Request) -> Response:
        """The rows that are learned of it."""
        asked = self._table(request)
        return _png(await self.desk.drawing.ask("rows_shown", asked=asked))

    def _table(self, request: Request) -> dict[str, Any]:
        """What of a request says which table, as jobs have it."""
        query = request.query_params
        name = request.path_params.get("name")
        texts = {key: query.get(key, "")[:LONGEST_TEXT] for key in ("inputs", "targets")}
        if request.url.path.startswith("/api/tables/"):
            return self.desk.subject_of({"table": name, **texts})
        if name is not None:
            return self.desk.subject_of({"function": self.desk.known_function(name)})
        formula, domain = (query.get(key, "")[:LONGEST_TEXT] for key in ("formula", "domain"))
        if not formula:
            raise UsageError("a formula is missing")
        return self.desk.subject_of({"formula": formula, "domain": domain})

    async def original(self, request: Request) -> Response:
        """What a fit learns, as the page shows it."""
        path, side = self.desk.original(request.path_params["name"])
        return _png(await self.desk.shown("original", path, max_side=side))

    # --- fits -------------------------------------------------------------------------------------

    async def begin(self, request: Request) -> Response:
        """Queue a fit or a race; their names, and what there is to know about them."""
        names = await self.desk.begin(wish(await body(request)))
        return JSONResponse({"fits": names, "state": [full(self.desk.fits[n]) for n in names]})

    async def demo(self, request: Request) -> Response:
        """Let a few presets learn the cub for some seconds, to be watched; nothing is kept."""
        try:
            names = self.desk.demo()
        except BusyError as error:  # no fault of the page, which asks by itself
            return JSONResponse({"fits": [], "why": str(error)})
        fits = [full(self.desk.fits[name]) for name in names]
        return JSONResponse({"fits": fits, "seconds": DEMO_SECONDS})

    async def plan(self, request: Request) -> Response:
        """What a fit of each preset would be, or what is wrong with it; nothing is begun."""
        asked = wish(await body(request))
        return JSONResponse(
            {model: await self.desk.plan(asked, model) for model in asked["models"]}
        )

    async def pace(self, request: Request) -> Response:
        """Change how many frames a second are drawn."""
        pace = (await body(request)).get("pace")
        if not isinstance(pace, int | float):
            raise UsageError("the pace is a number of frames a second")
        self.desk.set_pace(float(pace))
        return JSONResponse({})

    async def open(self, request: Request) -> Response:
        """A fit in full."""
        return JSONResponse(full(await self.desk.open(request.path_params["name"])))

    async def steer(self, request: Request) -> Response:
        """Pause, go on, stop, resume, extend, change the rate."""
        name, what = request.path_params["name"], request.path_params["what"]
        said = await body(request)
        if what in ("resume", "extend"):
            more = said.get("more", 0)
            if type(more) is not int or not (what == "resume") <= more + 1 <= LONGEST:
                raise UsageError("the steps to add are a whole number")
            await self.desk.resume(name, more)
        elif what in ("pause", "go", "stop", "rate"):
            factor = said.get("factor")
            if factor is not None and (type(factor) not in (int, float)):
                raise UsageError("the factor is a number")
            self.desk.steer(name, what, factor)
        else:
            raise HTTPException(404)
        return JSONResponse({})

    async def frame(self, request: Request) -> Response:
        """The newest frame, for pages without a WebSocket."""
        fit = self.desk.fits.get(request.path_params["name"])
        if fit is None or not fit.picture:
            raise RunError("there is no frame yet")
        if unpack(fit.picture)[0]["kind"] == "part":
            self.desk.want_key(fit.name)
        return Response(fit.picture, media_type="application/octet-stream")

    async def saved_frame(self, request: Request) -> Response:
        """A frame that the run saved."""
        step = number(request.path_params["step"], 0, LONGEST)
        run = self.desk.library.run(request.path_params["name"])
        path = run / "frames" / f"{step:06d}.png"
        if not path.is_file() or is_linked(path, run):
            raise RunError(f"there is no frame of step {step:,}")
        return FileResponse(path, media_type="image/png", headers=_cached())

    async def command(self, request: Request) -> Response:
        """The line that does the same."""
        name = request.path_params["name"]
        fit = await self.desk.open(name)
        run = self.desk.library.run(name)
        found = await self.desk.drawing.ask(
            "command",
            run=str(run),
            picture=self._typed(fit.asked.get("table") or fit.asked.get("picture"), fit.facts),
            asked=fit.asked,
            called=self.desk.library.new_names(f"{name}.run", [""], set(self.desk.fits))[0],
        )
        return JSONResponse(found)

    async def layers(self, request: Request) -> Response:
        """What each layer of a fit's network draws, as it is now."""
        path, step = await self.desk.snapshots.take(request.path_params["name"])
        return JSONResponse({"step": step, **await self.desk.drawing.ask("layers", path=str(path))})

    async def snapshot(self, request: Request) -> Response:
        """Fix the field as it is now, for tiles; its step and size."""
        name = request.path_params["name"]
        path, step = await self.desk.snapshots.take(name)
        found = await self.desk.drawing.ask("describe_field", path=str(path))
        return JSONResponse({"step": step, **found})

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
        power = number(given["scale"], -20, 10)
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
            path, side = self.desk.original(name)
            if side is not None:
                raise RunError(f"{name} has not begun; its picture is not there yet")
            key = (path, os.stat(path).st_mtime_ns, how, width, height, power, x, y, overlap)
            found = await self.desk.snapshots.tile(key, "picture_tile", path=path, how=how, **place)
        else:
            raise HTTPException(404)
        return Response(found, media_type="image/png", headers=_cached())

    async def save(self, request: Request) -> Response:
        """A file to keep: field, drawing, time-lapse, or the run folder as a ZIP.

        What the page calls the work is in the query ("job"): it is then told how far that is.
        """
        name, what = request.path_params["name"], request.path_params["what"]
        ending = Path(what).suffix
        # A folder of its own: whoever gives up leaves what was half-written in it.
        out = self.desk.snapshots.scratch("") / f"made{ending}"
        out.parent.mkdir()
        try:
            called = await self._make(name, what, request, out)
        except BaseException:
            later = asyncio.get_running_loop().call_later
            later(2.0 * GRACE, partial(shutil.rmtree, out.parent, ignore_errors=True))
            raise
        return _download(out, called)

    async def _make(self, name: str, what: str, request: Request, out: Path) -> str:
        """Make a file; what to call it."""
        job = request.query_params.get("job", "")[:40]
        ask, ending = self.desk.drawing.ask, out.suffix
        if what == "field.redraw":
            path, _ = await self.desk.snapshots.take(name)
            out.write_bytes(path.read_bytes())
            return f"{name}.redraw"
        if what in ("drawing.png", "drawing.jpg", "drawing.webp"):
            width, height = (
                number(request.query_params.get(side, ""), 1, LARGEST_DRAWING)
                for side in ("width", "height")
            )
            path, _ = await self.desk.snapshots.take(name)
            size = {"width": width, "height": height}
            await ask("draw_to_file", job=job, path=str(path), out=str(out), **size)
            return f"{name}-{width}x{height}{ending}"
        run = str(self.desk.library.run(name))
        if what in ("timelapse.gif", "timelapse.webp", "timelapse.mp4", "timelapse.png"):
            await ask("timelapse", job=job, run=run, out=str(out))
            return f"{name}-learning{ending}"
        if what == "run.zip":
            await ask("zipped", job=job, run=run, out=str(out))
            return f"{name}.run.zip"
        raise HTTPException(404)

    def _typed(self, named: str | None, facts: dict[str, Any]) -> str | None:
        """A picture as it is typed in the studio's folder, or where the studio was started.

        Where both are one place its name is enough; else the whole path works in either.
        """
        library, source = self.desk.library, named or facts.get("source", "")
        for name in (source, Path(source).stem):  # runs remember the file of a bundled picture
            try:
                path = library.file(name)
            except RedrawError:
                continue
            if path.parent != library.folder:
                return path.stem  # bundled
            return path.name if Path.cwd().resolve() == library.folder else str(path)
        return None


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


def _png(content: bytes) -> Response:
    return Response(content, media_type="image/png", headers={"cache-control": "private, no-cache"})


def _cached() -> dict[str, str]:
    return {"cache-control": "private, max-age=3600"}


def _download(path: Path, name: str) -> Response:
    return FileResponse(
        path,
        filename=name,
        content_disposition_type="attachment",
        background=BackgroundTask(shutil.rmtree, path.parent, ignore_errors=True),
    )
