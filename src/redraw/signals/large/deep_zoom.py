"""A folder of deep-zoom tiles, as `redraw export NAME.dzi` and viewers' tools write it."""

import os
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from redraw.errors import PictureError
from redraw.signals.large.strips import Strips
from redraw.signals.picture.colour import Colour

# No dependency on what an XML parser would expand: six attributes are all that is asked.
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
        tile = self._tile(0, 0)
        channels = 1 if tile.ndim == 2 else tile.shape[2]
        self.colour = Colour("rgb" if channels > 2 else "grey", alpha=channels in (2, 4), depth=8)
        self._row: tuple[int, NDArray] | None = None

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
        from PIL import Image

        path = self._name(row, column)
        try:
            with Image.open(path) as tile:
                if tile.mode not in ("L", "LA", "RGB", "RGBA"):
                    return np.asarray(tile.convert("RGB"))
                return np.asarray(tile)
        except (OSError, ValueError) as error:
            said = getattr(error, "strerror", None) or str(error)
            raise PictureError(f"the tile {path} can't be read: {said}") from None

    def stamp(self) -> tuple[int, int] | None:
        found = os.stat(self._path)
        return found.st_size, found.st_mtime_ns
