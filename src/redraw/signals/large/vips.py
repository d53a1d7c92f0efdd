"""Files that libvips opens, in strips: tiled and striped TIFF, BigTIFF, PNG, JPEG and more."""

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redraw.errors import PictureError, UsageError
from redraw.signals.large.strips import Strips
from redraw.signals.picture.colour import MAX_ICC_BYTES, Colour

FORMATS = {"uchar": 8, "ushort": 16}
GREY = {"b-w", "grey16"}
COLOURED = {"srgb", "rgb", "rgb16"}
INSTALL = "pip install 'redraw[large]'"


def vips() -> Any:
    """The library.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import pyvips
    except (ImportError, OSError):
        raise UsageError(f"pictures larger than memory need redraw[large]: {INSTALL}") from None
    return pyvips


class VipsStrips(Strips):
    """A file that libvips reads in strips.

    Args:
        path: The file.
        page: Which picture of it, from 1.

    Raises:
        PictureError: it is not one that can be learned in strips.
    """

    def __init__(self, path: str | os.PathLike[str], page: int | None = None) -> None:
        self._path, self.name = Path(path), Path(path).name
        self.place = os.path.abspath(path), page
        self._library, self._page, self._turned = vips(), page, False
        image = self._opened()
        fields = set(image.get_fields())
        notes = []
        pages = int(image.get("n-pages")) if "n-pages" in fields else 1
        if pages > 1 and not page:
            notes.append(f"it holds {pages} pictures; this is the first (--page takes another)")
        if "orientation" in fields and int(image.get("orientation")) > 1:
            self._turned = True
            image = self._opened()
        if image.format not in FORMATS:
            raise PictureError(
                f"{path} has values of type {image.format}; of pictures larger than memory"
                " those of 8 and 16 bits are read"
            )
        model = "rgb" if image.interpretation in COLOURED or image.bands > 2 else "grey"
        if image.interpretation not in GREY | COLOURED | {"multiband"} or image.bands > 4:
            raise PictureError(
                f"{path} is {image.interpretation} with {image.bands} channels; of pictures larger"
                " than memory grey and RGB are read, with alpha or without: convert it first"
            )
        icc = image.get("icc-profile-data") if "icc-profile-data" in fields else None
        if icc is not None and len(icc) > MAX_ICC_BYTES:
            icc = None
            notes.append("its ICC profile is left out: it is damaged")
        self.colour = Colour(
            model,
            alpha=image.bands in (2, 4),
            depth=8 if FORMATS[image.format] == 8 else 16,
            icc=bytes(icc) if icc else None,
        )
        self.width, self.height = image.width, image.height
        self.notes = tuple(notes)
        # Rows come in order; for those above them the file is opened anew.
        self._image, self._region, self._at = image, None, 0
        self._kept: tuple[int, NDArray] | None = None
        self._type = np.uint8 if self.depth == 8 else np.uint16

    def _opened(self) -> Any:
        """The picture, read from its beginning; one that is turned in any order."""
        options: dict[str, Any] = {"page": self._page - 1} if self._page else {}
        options["access"] = "random" if self._turned else "sequential"
        try:
            image = self._library.Image.new_from_file(str(self._path), fail_on="error", **options)
            return image.autorot() if self._turned else image
        except self._library.Error as error:
            raise PictureError(f"{self._path} can't be read: {_said(error)}") from None

    def read(self, top: int, bottom: int) -> NDArray:
        # What was read before may be asked again as the surroundings of the next strip.
        first, kept = self._kept or (0, np.empty((0, self.width, self.channels), self._type))
        have = kept[top - first :] if first <= top < first + len(kept) else kept[:0]
        missing = top + len(have)
        parts = [have[: bottom - top]]
        if missing < bottom:
            parts.append(self._fetched(missing, bottom))
        found = np.concatenate(parts) if len(parts[0]) else parts[-1]
        self._kept = top, found
        return found

    def _fetched(self, top: int, bottom: int) -> NDArray:
        try:
            if top < self._at:
                self._image, self._region = self._opened(), None
            if self._region is None:
                self._region = self._library.Region.new(self._image)
            data = self._region.fetch(0, top, self.width, bottom - top)
            self._at = bottom
        except self._library.Error as error:
            raise PictureError(
                f"{self.name} can't be read between rows {top:,} and {bottom:,}: {_said(error)};"
                " what is finished is kept, mend the file and the same command goes on"
            ) from None
        shape = bottom - top, self.width, self.channels
        return np.frombuffer(data, self._type).reshape(shape)

    def stamp(self) -> tuple[int, int] | None:
        found = os.stat(self._path)
        return found.st_size, found.st_mtime_ns

    def close(self) -> None:
        self._region = self._kept = None
        self._image = None


def _said(error: Exception) -> str:
    """What libvips says, in one line."""
    lines = str(getattr(error, "detail", "") or error).split("\n")
    return "; ".join(line.strip() for line in lines if line.strip()) or "no reason is told"
