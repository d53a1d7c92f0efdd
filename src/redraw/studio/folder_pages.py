"""What the addresses of pictures and tables take and give, and of the page itself."""

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from redraw.errors import UsageError
from redraw.shell import quoted
from redraw.studio.answers import png
from redraw.studio.desk import Desk
from redraw.studio.jobs import subject_of
from redraw.studio.library import ending_of
from redraw.studio.live import Sockets, state
from redraw.studio.requests import LONGEST_TEXT, body, known, limited, number
from redraw.studio.shelf import Shelf

STATIC = Path(__file__).parent / "static"
UPLOAD_LIMIT = 64 * 2**20  # bytes
TYPED_LIMIT = 48 * 2**10  # of a table that is shown as text


class FolderPages:
    """The handlers.

    Args:
        desk: The studio.
        sockets: The pages that listen.
    """

    def __init__(self, desk: Desk, sockets: Sockets) -> None:
        self.desk, self.sockets, self.shelf = desk, sockets, Shelf(desk)

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
        return JSONResponse(await self.shelf.listed())

    async def upload(self, request: Request) -> Response:
        """A picture as the body, its name in the query; what it is."""
        name = request.query_params.get("name", "picture.png")
        scratch = self.desk.library.scratch(ending_of(name))
        try:
            with open(scratch, "xb") as file:
                async for chunk in limited(request, UPLOAD_LIMIT):
                    file.write(chunk)
            return JSONResponse(await self.desk.album.take(scratch, name))
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
        return JSONResponse(await self.desk.album.crop(request.path_params["name"], box, turns))

    async def write_table(self, request: Request) -> Response:
        """A small table that was typed; the name of its file."""
        said = await body(request)
        text, name = said.get("text"), said.get("name") or ""
        if not isinstance(text, str) or not text.strip() or not isinstance(name, str):
            raise UsageError("a table is lines of text")
        return JSONResponse({"name": self.desk.library.write_table(text, name)})

    async def table_text(self, request: Request) -> Response:
        """A small table of the folder, to be typed on."""
        path = self.desk.library.table(request.path_params["name"])
        if path.stat().st_size > TYPED_LIMIT:
            raise UsageError(
                f"{path.name} is too large to be shown as text; `redraw fit {quoted(path.name)}"
                " --targets NAME` learns it, and the studio opens what that makes"
            )
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        return JSONResponse({"name": path.name, "text": text})

    async def delete(self, request: Request) -> Response:
        """Remove a fit, a field or a picture of the folder."""
        self.shelf.delete(request.path_params["what"], request.path_params["name"])
        return JSONResponse({})

    async def rename(self, request: Request) -> Response:
        """Give a fit another name; which it is now."""
        wanted = (await body(request)).get("name")
        if not isinstance(wanted, str):
            raise UsageError("a name is text")
        return JSONResponse({"name": self.shelf.rename(request.path_params["name"], wanted)})

    async def picture(self, request: Request) -> Response:
        """What a picture of the folder is."""
        return JSONResponse(await self.desk.album.inspect(request.path_params["name"]))

    async def picture_png(self, request: Request) -> Response:
        """A picture of the folder, as the page shows it; small with "side"."""
        path = self.desk.library.picture(request.path_params["name"])
        side = request.query_params.get("side")
        shown = self.desk.album.shown
        if side:
            return png(await shown("thumbnail", str(path), side=number(side, 16, 1024)))
        return png(await shown("original", str(path)))

    async def rows(self, request: Request) -> Response:
        """What a built-in function, a formula or a table is."""
        return JSONResponse(await self.desk.drawing.ask("rows", asked=self._table(request)))

    async def rows_png(self, request: Request) -> Response:
        """The rows that are learned of it."""
        asked = self._table(request)
        return png(await self.desk.drawing.ask("rows_shown", asked=asked))

    def _table(self, request: Request) -> dict[str, Any]:
        """What of a request says which table, as jobs have it."""
        query = request.query_params
        name = request.path_params.get("name")
        texts = {key: query.get(key, "")[:LONGEST_TEXT] for key in ("inputs", "targets")}
        if request.url.path.startswith("/api/tables/"):
            return subject_of(self.desk.library, {"table": name, **texts})
        if name is not None:
            return subject_of(self.desk.library, {"function": self.desk.known_function(name)})
        formula, domain = (query.get(key, "")[:LONGEST_TEXT] for key in ("formula", "domain"))
        if not formula:
            raise UsageError("a formula is missing")
        return subject_of(self.desk.library, {"formula": formula, "domain": domain})

    async def original(self, request: Request) -> Response:
        """What a fit learns, as the page shows it."""
        path, side = self.shelf.original(request.path_params["name"])
        return png(await self.desk.album.shown("original", path, max_side=side))
