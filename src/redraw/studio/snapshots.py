"""Fields as they are at some step, as files that tiles and drawings are made of; drawn tiles."""

import asyncio
import tempfile
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from redraw.errors import RedrawError, RunError
from redraw.storage.field_name import FIELD
from redraw.studio.library import temporary_name

if TYPE_CHECKING:
    from redraw.studio.fit import Fit
    from redraw.studio.library import Library
    from redraw.studio.pool import DrawingPool
    from redraw.studio.processes import Fits

# Of one fit, and of how many fits: a page that zooms into a fit that is learning asks for tiles of
# the last step but one while those of the last come in, and there may be several pages.
MOST_KEPT, MOST_FITS = 4, 8
TILE_BYTES = 32 * 2**20  # of drawn tiles kept in memory
PATIENCE = 60.0  # seconds that a fit's process may take for one


class Cache:
    """Answers that are kept, at most so many bytes of them; the oldest go first.

    Args:
        most: Bytes.
    """

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._kept: OrderedDict[tuple[Any, ...], bytes] = OrderedDict()

    async def get(self, key: tuple[Any, ...], make: Callable[[], Awaitable[bytes]]) -> bytes:
        """What is kept under `key`, or what `make` gives."""
        if (found := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return found
        found = await make()
        if key not in self._kept:
            self._kept[key] = found
            self._size += len(found)
        while self._size > self._most:
            self._size -= len(self._kept.popitem(last=False)[1])
        return found


class Studio(Protocol):
    """What snapshots need of it (`redraw.studio.desk.Desk`)."""

    library: "Library"
    workers: "Fits"
    drawing: "DrawingPool"

    @property
    def fits(self) -> "Mapping[str, Fit]":
        """By name."""
        ...

    async def open(self, name: str) -> "Fit":
        """A fit by its name; one that only lies in the folder is looked at."""
        ...


class Snapshots:
    """Those of a studio, in a folder that is gone when it ends.

    Args:
        desk: The studio.
    """

    def __init__(self, desk: Studio) -> None:
        self._desk = desk
        self._folder = tempfile.TemporaryDirectory(prefix="redraw-studio-")
        self._kept: dict[str, list[tuple[Path, int]]] = {}  # of each fit, the newest last
        self._waiting: dict[str, dict[str, asyncio.Future[int]]] = {}  # of each fit, by their paths
        self._tiles = Cache(TILE_BYTES)

    def close(self) -> None:
        """Remove all files."""
        self._folder.cleanup()

    def scratch(self, ending: str) -> Path:
        """A new path for a file that is gone when the studio ends."""
        return Path(self._folder.name) / temporary_name(ending)

    async def take(self, name: str) -> tuple[Path, int]:
        """A field file of a fit as it is now, and its step; made by its process, or of its run.

        Args:
            name: Of the fit, or of a field file.

        Raises:
            RedrawError: it has no parameters yet.
        """
        desk = self._desk
        fit = desk.fits.get(name)
        if fit is not None and fit.live:
            path = self.scratch(FIELD)
            desk.workers.send({"do": "snapshot", "fit": name, "path": str(path)})
            future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            self._waiting.setdefault(name, {})[str(path)] = future
            step = await asyncio.wait_for(future, PATIENCE)
            return self._keep(name, path, step)
        field = desk.library.field(name)
        if fit is None and field is not None and not (desk.library.folder / f"{name}.run").exists():
            return field, 0
        fit = await desk.open(name)
        step = int(fit.facts.get("step", 0))
        for kept in self._kept.get(name, []):
            if kept[1] == step:
                return kept
        if field is not None and fit.state == "finished":
            return field, step
        path = self.scratch(FIELD)
        run = str(desk.library.run(name))
        found = await desk.drawing.ask("field_from_run", run=run, out=str(path))
        return self._keep(name, path, found["step"])

    def of_step(self, name: str, step: int) -> Path:
        """The field file that tiles of a step are drawn from.

        Raises:
            RunError: there is none any more.
        """
        for path, made in reversed(self._kept.get(name, [])):  # a run may have gone back
            if made == step:
                return path
        fit, field = self._desk.fits.get(name), self._desk.library.field(name)
        if field is not None and (fit is None or not fit.live):
            return field
        raise RunError(f"the drawing of step {step} is gone; a newer one is there")

    async def tile(self, key: tuple[Any, ...], name: str, **question: Any) -> bytes:
        """A tile, from memory or drawn.

        Args:
            key: What it is of.
            name: Of the question.
            **question: See `redraw.studio.drawing_worker`.
        """
        return await self._tiles.get(key, lambda: self._desk.drawing.ask(name, **question))

    def answer(self, name: str, answer: int | RedrawError, path: str | None = None) -> None:
        """The fit's process has made one, of that step; or why it never will.

        Args:
            name: Of the fit.
            answer: The step, or why not.
            path: Which one; None for all that are waited for.
        """
        waiting = self._waiting.get(name, {})
        for one in [*waiting] if path is None else [path]:
            future = waiting.pop(one, None)
            if future is None or future.done():
                continue
            if isinstance(answer, RedrawError):
                future.set_exception(answer)
            else:
                future.set_result(answer)

    def _keep(self, name: str, path: Path, step: int) -> tuple[Path, int]:
        kept = [*self._kept.pop(name, []), (path, step)]
        self._kept[name] = kept[-MOST_KEPT:]
        gone = kept[:-MOST_KEPT]
        while len(self._kept) > MOST_FITS:
            gone += self._kept.pop(next(iter(self._kept)))
        for old, _ in gone:
            old.unlink(missing_ok=True)
        return path, step

    def forget(self, name: str) -> None:
        """Remove those of a fit that is there no more."""
        for path, _ in self._kept.pop(name, []):
            path.unlink(missing_ok=True)
