"""The pictures of a studio's folder: taken in, cut, shown, told about."""

import os
from pathlib import Path
from typing import Any

from redraw.errors import PictureError, RedrawError
from redraw.shell import quoted
from redraw.signals.picture.limits import DEFAULT_MAX_PIXELS
from redraw.studio.library import Library
from redraw.studio.pool import DrawingPool, FullDiskError
from redraw.studio.snapshots import Cache

MAX_PIXELS = 50_000_000  # of a picture that comes through the page
SHOWN_BYTES = 48 * 2**20  # of pictures as PNG that are kept in memory
LOSSLESS = (".png", ".tif", ".tiff", ".exr", ".hdr")  # endings that a part of a picture may keep


class Album:
    """They.

    Args:
        library: The folder.
        drawing: The processes that read and draw.
    """

    def __init__(self, library: Library, drawing: DrawingPool) -> None:
        self.library, self.drawing = library, drawing
        self._shown = Cache(SHOWN_BYTES)

    async def take(self, upload: Path, wanted: str) -> dict[str, Any]:
        """Let a file that was uploaded into the folder be one of its pictures; what it is.

        Args:
            upload: The file, in the folder under a name that nobody sees.
            wanted: What the page calls it.

        Raises:
            RedrawError: it is no picture, or is too large.
        """
        if same := self.library.same_as(upload, wanted):
            return await self.inspect(same.name)
        name = os.path.basename(wanted.replace("\\", "/"))[:60] or "it"
        try:
            found = await self.drawing.ask("inspect", path=str(upload), max_pixels=MAX_PIXELS)
        except FullDiskError:
            raise
        except RedrawError as error:
            told = as_called(as_called(str(error), str(upload), name), upload.name, name)
            for option in ("--max-pixels", "--partial"):
                told = told.replace(option, f"`redraw fit {option}`")
            raise PictureError(told) from None
        place = self.library.place_for(wanted)
        os.replace(upload, place)
        return {"name": place.name, **found}

    async def crop(self, name: str, box: list[int], turns: int) -> dict[str, Any]:
        """A part of a picture, turned by quarters, as a picture of its own; what that is."""
        path = self.library.picture(name)
        ending = path.suffix if path.suffix.lower() in LOSSLESS else ".png"
        wanted = f"{Path(name).stem}-part{ending}"
        self.library.place_for(wanted)  # which may be refused
        scratch = self.library.scratch(ending)
        try:
            found = await self.drawing.ask(
                "crop",
                path=str(path),
                out=str(scratch),
                box=box,
                turns=turns,
                max_pixels=DEFAULT_MAX_PIXELS,
            )
            place = self.library.place_for(wanted)  # now: others may have been cut meanwhile
            os.replace(scratch, place)
        finally:
            scratch.unlink(missing_ok=True)
        return {"name": place.name, **found}

    async def shown(self, question: str, path: str, **how: Any) -> bytes:
        """A picture as PNG, from memory if nothing of it has changed."""
        found = os.stat(path)
        key = (question, found.st_ino, found.st_mtime_ns, found.st_size, *how.values())
        return await self._shown.get(key, lambda: self.drawing.ask(question, path=path, **how))

    async def inspect(self, name: str) -> dict[str, Any]:
        """What a picture of the folder is, or a bundled one."""
        path = self.library.picture(name)
        found = await self.drawing.ask("inspect", path=str(path), max_pixels=DEFAULT_MAX_PIXELS)
        return {"name": name, **found}


def as_called(told: str, path: str, name: str) -> str:
    """What is said of a file, by the name that its owner knows: once in words, then in commands.

    Example:
        >>> as_called("in-7 is a PDF; rasterise it first: pdftoppm in-7 page", "in-7", "a b.pdf")
        "a b.pdf is a PDF; rasterise it first: pdftoppm 'a b.pdf' page"
    """
    before, _, after = told.partition(path)
    return before + name + after.replace(path, quoted(name)) if path in told else told
