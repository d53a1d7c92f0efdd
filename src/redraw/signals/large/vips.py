"""Files that libvips opens, in strips: tiled and striped TIFF, BigTIFF, PNG, JPEG and more."""

import os
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redraw.errors import PictureError, UsageError
from redraw.signals.large.headers import IN_MEMORY, cut_short, said_of
from redraw.signals.large.strips import BAND, Strips
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.reading_jpeg import END_NOTE, OTHERS
from redraw.signals.picture.reading_pillow import matching_profile
from redraw.signals.picture.trouble import unsupported

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
        self._library, self._turned = vips(), False
        self._said = said_of(self._path, page)
        if not self._said.ended:
            self._check_end()
            self._said = replace(self._said, strict=False, notes=(*self._said.notes, END_NOTE))
        image = self._opened()
        fields = set(image.get_fields())
        notes = [*self._said.notes]
        pages = int(image.get("n-pages")) if "n-pages" in fields else 1
        if pages > 1 and not page and self._said.kind != "TIFF":  # which was told
            notes.append(f"the first of {pages} pictures in it was taken; --page N takes another")
        if "orientation" in fields and int(image.get("orientation")) > 1:
            self._turned = True
            image = self._opened()
        if image.format not in FORMATS:
            raise PictureError(
                f"{path} has values of type {image.format}; of pictures larger than memory"
                f" those of 8 and 16 bits are read: {IN_MEMORY}"
            )
        bands = self._said.bands or tuple(range(image.bands))
        if image.interpretation not in GREY | COLOURED | {"multiband"} or len(bands) > 4:
            raise PictureError(
                f"{path} is {image.interpretation} with {image.bands} channels; of pictures larger"
                f" than memory grey and RGB are read, with alpha or without: {IN_MEMORY}"
            )
        self._bands = bands
        model = "rgb" if len(bands) > 2 else "grey"
        icc, dropped = None, ()
        if self._said.profile and "icc-profile-data" in fields:
            icc, dropped = matching_profile(bytes(image.get("icc-profile-data")), model)
        notes += dropped
        self.colour = Colour(
            model,
            alpha=len(bands) in (2, 4),
            depth=8 if FORMATS[image.format] == 8 else 16,
            icc=icc,
            coding=None if icc else self._said.coding,
        )
        self.width, self.height = image.width, image.height
        self.notes = tuple(notes)
        # Rows come in order; for those above them the file is opened anew.
        self._image, self._region, self._at = image, None, 0
        self._kept: tuple[int, NDArray] | None = None
        self._type = np.uint8 if self.depth == 8 else np.uint16
        if self._said.method:
            self._check_method()

    def _opened(self) -> Any:
        """The picture, read from its beginning; one that is turned in any order."""
        options = {**self._said.options, "access": "random" if self._turned else "sequential"}
        if self._said.strict:  # what cuts a JPEG short is but a warning there
            options["fail_on"] = "warning" if self._said.kind == "JPEG" else "error"
        try:
            image = self._library.Image.new_from_file(str(self._path), **options)
            return image.autorot() if self._turned else image
        except self._library.Error as error:
            raise PictureError(f"{self._path} can't be read: {_said(error)}") from None

    def _check_method(self) -> None:
        """Refuse a compression that this libvips was built without."""
        try:
            self._library.Region.new(self._opened()).fetch(0, 0, self.width, 1)
        except self._library.Error:
            what = f"a TIFF compressed by {self._said.method} in strips"
            raise unsupported(self.name, what, IN_MEMORY) from None

    def _check_end(self) -> None:
        """Refuse a JPEG whose pixels are changed by other bytes behind it: as when it is read into
        memory, a band of rows at a time."""
        height, first = 0, None
        for found in zip(*(self._checks(other) for other in OTHERS), strict=False):
            height += BAND
            if found[0] != found[1] and first is None:
                first = height - BAND
        if first is not None or not height:
            raise cut_short(self.name, f"its pixels end before row {(first or 0) + BAND:,}")

    def _checks(self, tail: bytes) -> Iterator[int]:
        """Checksums of all bands, with other bytes behind the file's own."""
        with self._path.open("rb") as file:
            rest, end = bytearray(tail + b"\xff\xd9"), self._said.end

            def more(size: int) -> bytes:
                left = size if end is None else min(size, end - file.tell())
                if found := file.read(left):
                    return found
                found = bytes(rest[:size])
                del rest[:size]
                return found

            source = self._library.SourceCustom()
            source.on_read(more)
            try:
                image = self._library.Image.new_from_source(
                    source, "", access="sequential", fail_on="none"
                )
                region = self._library.Region.new(image)
                for top in range(0, image.height, BAND):
                    height = min(BAND, image.height - top)
                    yield zlib.crc32(region.fetch(0, top, image.width, height))
            except self._library.Error as error:
                raise cut_short(self.name, _said(error)) from None

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
            return self._decoded(top, bottom)
        except PictureError:
            if self._said.kind != "JPEG" or not self._said.strict:
                raise
            self._check_end()  # where no pixel is missing, the complaint is about nothing
            self._said = replace(self._said, strict=False)
            self._image, self._region, self._at = self._opened(), None, 0
            return self._decoded(top, bottom)

    def _decoded(self, top: int, bottom: int) -> NDArray:
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
        found = np.frombuffer(data, self._type).reshape(bottom - top, self.width, -1)
        return self._meant(found)

    def _meant(self, found: NDArray) -> NDArray:
        """The channels that are the picture's, every level as the header says. (H, W, C)"""
        if self._bands != tuple(range(found.shape[2])):
            found = found[..., self._bands]
        if self._said.every is not None:
            found = self._said.every[found]
        if self._said.colours is not None:
            count = self.channels - self.colour.alpha
            colours = self._said.colours[found[..., :count]]
            found = np.concatenate([colours, found[..., count:]], axis=2)
        return found

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
