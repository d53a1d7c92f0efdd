"""What the addresses of fits take and give."""

import contextlib
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from redraw.errors import RedrawError, RunError, UsageError
from redraw.shell import quoted
from redraw.studio.answers import KEPT, LONGEST
from redraw.studio.desk import DEMO_SECONDS, Desk
from redraw.studio.drawing_worker import is_linked
from redraw.studio.kinds import SIGNALS
from redraw.studio.live import full
from redraw.studio.messages import unpack
from redraw.studio.processes import BusyError
from redraw.studio.requests import body, number, wanted


class FitPages:
    """The handlers.

    Args:
        desk: The studio.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    async def begin(self, request: Request) -> Response:
        """Queue a fit or a race; their names, and what there is to know about them."""
        names = await self.desk.begin(wanted(await body(request)))
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
        asked = wanted(await body(request))
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
        return FileResponse(path, media_type="image/png", headers=KEPT)

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

    async def again(self, request: Request) -> Response:
        """What a fit was asked to be, as `begin` takes it, to be asked for with changes."""
        name = request.path_params["name"]
        fit = await self.desk.open(name)
        if fit.asked:
            return JSONResponse(fit.asked)
        run = str(self.desk.library.run(name))
        found = await self.desk.drawing.ask("again", run=run)
        kind, source = found.pop("kind"), found.pop("source")
        if kind not in SIGNALS:
            raise RunError(
                f"{name} learns a {kind}, which is begun on the command line:"
                f" `redraw fit {quoted(source)}`; here it can be resumed"
            )
        if kind == "table" and source in self.desk.functions:
            return JSONResponse({**found, "function": source})
        for known in (source, Path(source).stem):  # runs remember the file of a bundled picture
            with contextlib.suppress(RedrawError):
                path = self.desk.library.file(known)
                return JSONResponse({**found, kind: path.name if path.name == known else known})
        raise RunError(f"what {name} learned, {source}, is not in this folder; add it first")

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
