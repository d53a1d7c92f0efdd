"""Photographs of redraw in Pillow: `import redraw.pillow`, then `Image.open("photo.redraw")`.

The picture has its own size; `draft` asks the field for a smaller one, and `drawn` for any size,
larger ones included, where Pillow's own `resize` would interpolate pixels.

Files in whole numbers alone (docs/format.md), 8 bits a value; others are opened by `redraw.load`.
"""

import os
from typing import Any

from PIL import Image, ImageFile

from redraw.errors import RedrawError
from redraw.storage.container import MAGIC

FORMAT = "REDRAW"
MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


class RedrawImageFile(ImageFile.ImageFile):
    """A field file as Pillow sees it."""

    format = FORMAT
    format_description = "redraw field"

    def _open(self) -> None:
        from redraw.storage.codecs.containers import reader_of
        from redraw.storage.container import chunks_of

        assert self.fp is not None
        self._name = os.fspath(self.filename) if self.filename else "the file"  # type: ignore[arg-type]
        try:
            self._chunks, _ = chunks_of(self.fp.read(), str(self._name))
            self._reader = reader_of(self._chunks, str(self._name))
            about = self._reader.about_of(self._chunks, str(self._name))
        except RedrawError as error:
            raise SyntaxError(str(error)) from error
        assert about.colour is not None
        self._about = about
        self._size = about.size
        self._mode = MODES[about.colour.channels]
        if about.colour.icc is not None:
            self.info["icc_profile"] = about.colour.icc
        self.tile = []

    def draft(self, mode: str | None, size: tuple[int, int] | None) -> Any:
        """Make `load` draw a picture of about this size, never a larger one than the file's."""
        if size is None:
            return None
        scale = min(1.0, max(size[0] / self._about.size[0], size[1] / self._about.size[1]))
        self._size = tuple(max(1, round(side * scale)) for side in self._about.size)  # type: ignore[assignment]
        return self.mode, (0, 0, *self._size)

    def load(self) -> Any:
        """Draw it, the first time."""
        if not self.is_drawn:
            width, height = self.size
            self.im = self.drawn((width, height)).im
        return super().load()

    @property
    def is_drawn(self) -> bool:
        """Whether the pixels are there."""
        return getattr(self, "_im", None) is not None

    def drawn(self, size: tuple[int, int]) -> Image.Image:
        """The field at any size, in pixels."""
        from redraw.engines.threads import usable_threads
        from redraw.render import Canvas, draw
        from redraw.signals.picture.picture import Picture
        from redraw.signals.picture.quantising import quantised

        found = self._reader.drawer_of(self._chunks, str(self._name), usable_threads())
        assert found is not None
        canvas = Canvas.of(self._about.size, self._about.detail, width=size[0], height=size[1])
        colour = self._about.colour
        assert colour is not None
        shown = Picture.from_fitted(draw(found[0], canvas), colour).values
        pixels = quantised(shown, 8)
        return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def _accepted(start: bytes) -> bool:
    return start[: len(MAGIC)] == MAGIC


Image.register_open(FORMAT, RedrawImageFile, _accepted)
Image.register_extension(FORMAT, ".redraw")
Image.register_mime(FORMAT, "image/x-redraw")
