"""Photographs of redraw in Pillow: `import redraw.pillow`, then `Image.open("photo.redraw")`.

The picture has its own size; `draft` asks the field for a smaller one, `resize` and `thumbnail` for
any size and part, larger ones included. A picture whose pixels were changed since, and one resized
by `Image.Resampling.NEAREST`, is resized as any other.

Files in whole numbers alone (docs/format.md), 8 bits a value; others are opened by `redraw.load`.
"""

import hashlib
import operator
import os
from typing import Any

from numpy.typing import NDArray
from PIL import Image, ImageFile

from redraw.errors import RedrawError
from redraw.storage.container import MAGIC
from redraw.storage.field_name import FIELD

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
        self._shown = b""  # a digest of what was drawn
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
            drawn = self.drawn((width, height))
            self._shown = _digest(drawn)
            self.im = drawn.im
        return super().load()

    def resize(
        self,
        size: tuple[int, int] | list[int] | NDArray[Any],
        resample: int | None = None,
        box: tuple[float, float, float, float] | None = None,
        reducing_gap: float | None = None,
    ) -> Image.Image:
        """As Pillow's, asking the field instead of interpolating what it drew.

        Args:
            size: Width and height.
            resample: NEAREST interpolates nothing and stays what it is; a field has no use for
                other filters.
            box: The part, in pixels of this picture.
            reducing_gap: Of no use either.
        """
        if resample == Image.Resampling.NEAREST or (self.is_drawn and self._shown != _digest(self)):
            return super().resize(size, resample, box, reducing_gap)
        width, height = (int(side) for side in size)
        result = self.drawn((width, height), box)
        result.info = dict(self.info)
        return result

    @property
    def is_drawn(self) -> bool:
        """Whether the pixels are there."""
        return getattr(self, "_im", None) is not None

    def drawn(
        self, size: tuple[int, int], box: tuple[float, float, float, float] | None = None
    ) -> Image.Image:
        """The field at any size, in pixels; or a part of it, told in pixels of this picture."""
        from redraw.coordinates import Region
        from redraw.engines.threads import usable_threads
        from redraw.render import Canvas, draw
        from redraw.signals.picture.picture import Picture
        from redraw.signals.picture.quantising import quantised

        found = self._reader.drawer_of(self._chunks, str(self._name), usable_threads())
        assert found is not None
        own = self._about.size
        scale = [here / there for here, there in zip(own, self.size, strict=True)] * 2
        part = Region(*map(operator.mul, box, scale)) if box is not None else None
        canvas = Canvas.of(own, self._about.detail, width=size[0], height=size[1], region=part)
        colour = self._about.colour
        assert colour is not None
        shown = Picture.from_fitted(draw(found[0], canvas), colour).values
        pixels = quantised(shown, 8)
        return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def _digest(image: Image.Image) -> bytes:
    return hashlib.blake2b(image.tobytes()).digest()


def _accepted(start: bytes) -> bool:
    return start[: len(MAGIC)] == MAGIC


Image.register_open(FORMAT, RedrawImageFile, _accepted)
Image.register_extension(FORMAT, FIELD)
Image.register_mime(FORMAT, "image/x-redraw")
