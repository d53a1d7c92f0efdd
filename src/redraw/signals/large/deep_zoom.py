"""A folder of deep-zoom tiles, as `redraw export NAME.dzi` and viewers' tools write it."""

import os
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from redraw.errors import PictureError
from redraw.signals.large.headers import said_of
from redraw.signals.large.strips import Strips
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.reading_pillow import matching_profile
from redraw.signals.picture.trouble import unsupported

# No dependency on what an XML parser would expand: six attributes are all that is asked.
REMEDY = "save the tiles as PNG or JPEG of 8 bits of grey or RGB"
ATTRIBUTE = re.compile(r'\b(TileSize|Overlap|Format|Width|Height)\s*=\s*"([^"]{1,20})"')


class DeepZoomStrips(Strips):
    """The finest level of a pyramid of tiles.

    Args:
        path: The .dzi file; its tiles lie beside it in NAME_files.

    Raises:
        PictureError: it is none, or a tile is missing.
    """

    def __init__(self, path: Path) -> None:
        self.name, self._path = path.name, path
        self.place = os.path.abspath(path), None
        try:
            said = dict(ATTRIBUTE.findall(path.read_text(encoding="utf-8")[:4096]))
            self._side, self._overlap = int(said["TileSize"]), int(said["Overlap"])
            self.width, self.height = int(said["Width"]), int(said["Height"])
            self._ending = said["Format"]
        except (OSError, UnicodeDecodeError, KeyError, ValueError) as error:
            raise PictureError(f"{path} is no description of deep-zoom tiles: {error}") from None
        if not (self._side > 0 <= self._overlap and self.width > 0 < self.height):
            raise PictureError(f"{path} is no description of deep-zoom tiles: sizes of 0")
        level = (max(self.width, self.height) - 1).bit_length()
        self._folder = path.with_name(f"{path.stem}_files") / str(level)
        self.colour, self.notes = self._told()
        self._row: tuple[int, NDArray] | None = None

    def _told(self) -> tuple[Colour, tuple[str, ...]]:
        """What the first tile says of colours, which goes for all, and notes."""
        tile = self._tile(0, 0)
        said = said_of(self._name(0, 0), None)
        if said.colours is not None:
            raise unsupported(str(self._name(0, 0)), "a tile of narrow range")
        channels = 1 if tile.ndim == 2 else tile.shape[2]
        model = "rgb" if channels > 2 else "grey"
        with Image.open(self._name(0, 0)) as image:
            profile = image.info.get("icc_profile") if said.profile else None
        icc, dropped = matching_profile(profile, model)
        coding = None if icc else said.coding
        colour = Colour(model, alpha=channels in (2, 4), depth=8, icc=icc, coding=coding)
        return colour, (*said.notes, *dropped)

    def read(self, top: int, bottom: int) -> NDArray:
        parts = []
        for row in range(top // self._side, -(-bottom // self._side)):
            first = row * self._side
            strip = self._strip(row)
            parts.append(strip[max(top - first, 0) : bottom - first])
        return np.concatenate(parts)

    def _strip(self, row: int) -> NDArray:
        """A row of tiles without what they share. (h, W, C)"""
        if self._row is None or self._row[0] != row:
            height = min(self._side, self.height - row * self._side)
            strip = np.empty((height, self.width, self.channels), np.uint8)
            for column in range(-(-self.width // self._side)):
                left = column * self._side
                width = min(self._side, self.width - left)
                tile = self._tile(row, column)
                tile = tile.reshape(*tile.shape[:2], -1)
                y = self._overlap if row else 0
                x = self._overlap if column else 0
                part = tile[y : y + height, x : x + width]
                if part.shape != (height, width, self.channels):
                    raise PictureError(
                        f"{self._name(row, column)} is {tile.shape[1]}x{tile.shape[0]} with"
                        f" {tile.shape[2]} channels; {self.name} says otherwise"
                    )
                strip[:, left : left + width] = part
            self._row = row, strip
        return self._row[1]

    def _name(self, row: int, column: int) -> Path:
        return self._folder / f"{column}_{row}.{self._ending}"

    def _tile(self, row: int, column: int) -> NDArray:
        path = self._name(row, column)
        try:
            with Image.open(path) as tile:
                if tile.mode not in ("1", "L", "LA", "P", "RGB", "RGBA") or _is_deep(tile):
                    depth = " of 16 bits" if _is_deep(tile) else ""
                    raise unsupported(str(path), f"a tile of {tile.mode}{depth}", REMEDY)
                if tile.mode in ("1", "P") or "transparency" in tile.info:
                    clear = "transparency" in tile.info
                    grey = "LA" if clear else "L"
                    coloured = "RGBA" if clear else "RGB"
                    return np.asarray(tile.convert(grey if tile.mode in ("1", "L") else coloured))
                return np.asarray(tile)
        except (OSError, ValueError) as error:
            said = getattr(error, "strerror", None) or str(error)
            raise PictureError(f"the tile {path} can't be read: {said}") from None

    def stamp(self) -> tuple[int, int] | None:
        found = os.stat(self._path)
        return found.st_size, found.st_mtime_ns


def _is_deep(tile: Image.Image) -> bool:
    """Whether Pillow would cut its numbers to 8 bits."""
    return any("16" in str(part[3]) for part in getattr(tile, "tile", ()))
