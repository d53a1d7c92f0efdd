"""The studio's addresses, and how what goes wrong behind them is told.

Names in addresses are looked up in lists (see `redraw.studio.library`), and what requests say is
checked (`redraw.studio.requests`).
"""

import asyncio
import os
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from redraw.errors import RedrawError
from redraw.shell import as_text
from redraw.studio.desk import Desk, RefusedFieldError
from redraw.studio.drawing_pages import DrawingPages
from redraw.studio.drawing_worker import is_full
from redraw.studio.fit_pages import FitPages
from redraw.studio.folder_pages import STATIC, FolderPages
from redraw.studio.live import Sockets
from redraw.studio.pool import FullDiskError
from redraw.studio.processes import BusyError

Handler = Callable[[Request], Awaitable[Response]]


def make_app(desk: Desk) -> Starlette:
    """The application, unguarded."""
    sockets = Sockets(desk)
    folder, fits, drawings = FolderPages(desk, sockets), FitPages(desk), DrawingPages(desk)

    async def live(socket: WebSocket) -> None:
        await sockets.serve(socket)

    def route(path: str, handler: Handler, method: str = "GET") -> Route:
        return Route(path, guarded(handler), methods=[method])

    app = Starlette(
        routes=[
            Route("/", folder.index),
            WebSocketRoute("/live", live),
            route("/api/start", folder.start),
            route("/api/state", folder.state),
            route("/api/folder", folder.folder),
            route("/api/pictures", folder.upload, "POST"),
            route("/api/pictures/{name}", folder.picture),
            route("/api/pictures/{name}/picture.png", folder.picture_png),
            route("/api/pictures/{name}/crop", folder.crop, "POST"),
            route("/api/tables", folder.write_table, "POST"),
            route("/api/tables/{name}/text", folder.table_text),
            route("/api/delete/{what}/{name}", folder.delete, "POST"),
            route("/api/fits/{name}/rename", folder.rename, "POST"),
            route("/api/functions/{name}", folder.rows),
            route("/api/functions/{name}/picture.png", folder.rows_png),
            route("/api/formula", folder.rows),
            route("/api/formula/picture.png", folder.rows_png),
            route("/api/tables/{name}", folder.rows),
            route("/api/tables/{name}/picture.png", folder.rows_png),
            route("/api/fits", fits.begin, "POST"),
            route("/api/plan", fits.plan, "POST"),
            route("/api/demo", fits.demo, "POST"),
            route("/api/pace", fits.pace, "POST"),
            route("/api/fits/{name}", fits.open),
            route("/api/fits/{name}/frame", fits.frame),
            route("/api/fits/{name}/picture.png", folder.original),
            route("/api/fits/{name}/frames/{step}.png", fits.saved_frame),
            route("/api/fits/{name}/command", fits.command),
            route("/api/fits/{name}/again", fits.again),
            route("/api/fits/{name}/layers", fits.layers),
            route("/api/fits/{name}/snapshot", fits.snapshot, "POST"),
            route("/api/fits/{name}/save/{what}", drawings.save),
            route("/api/fits/{name}/{what}", fits.steer, "POST"),
            route("/api/fields/{name}", drawings.field),
            route("/api/tiles/{name}/{step}/{how}/{scale}/{place}", drawings.tile),
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
            if is_full(error):
                told = "there is no room left on the disk; delete something and try again"
                return JSONResponse({"error": told}, 507)
            name = as_text(os.path.basename(os.fsdecode(error.filename or "")))
            told = f"{name or 'a file'} can't be reached: {(error.strerror or str(error)).lower()}"
            return JSONResponse({"error": told}, 500)
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
