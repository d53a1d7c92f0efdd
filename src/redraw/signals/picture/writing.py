"""Pictures to files: whole ones, and huge ones row by row."""

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from redraw.errors import PictureError, ShapeError
from redraw.files import atomic_output
from redraw.signals.picture import srgb
from redraw.signals.picture.alpha import divided, straight
from redraw.signals.picture.colour import MODELS, Colour, Depth
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.quantising import quantised
from redraw.signals.picture.writing_plan import Plan, plan
from redraw.signals.picture.writing_sinks import sink

MAX_BYTES_HELD = 2**28  # by a RowWriter, for the formats that can't be written row by row
_VALUES_AT_ONCE = 2**18  # converted together; bounds the memory for intermediate floats


def write(
    picture: Picture,
    path: str | os.PathLike[str],
    *,
    depth: Depth | None = None,
    force: bool = False,
) -> tuple[str, ...]:
    """Write a picture; the extension chooses the format.

    PNG, WebP, BMP, TIFF, EXR and grey GIF keep every bit of their depth; JPEG and AVIF are written
    at high quality. The ICC profile goes along where the format holds one. Holes are written as
    they are shown, as white paper.

    Args:
        picture: What to write.
        path: .png, .jpg, .webp, .avif, .tif, .bmp, .gif, .exr or .hdr.
        depth: Bits per value: 1, 8, 16 or 32 (floats); by default the source's, or the nearest the
            format has. HDR light is clipped at white only when a depth of 8 or 16 is asked for.
        force: Replace an existing file.

    Returns:
        What the user should be told.

    Raises:
        PictureError: The format can't hold it.
        OutputError: It exists (without `force`) or can't be written; what was there is intact.
    """
    decided = plan(PurePath(path), picture.width, picture.height, picture.colour, depth)
    with atomic_output(path, force=force) as file:
        writer = RowWriter(file, decided)
        writer.write_values(picture.values)
        writer.finish()
    return decided.notes


@contextlib.contextmanager
def open_rows(
    path: str | os.PathLike[str],
    width: int,
    height: int,
    colour: Colour,
    *,
    depth: Depth | None = None,
    force: bool = False,
) -> Iterator["RowWriter"]:
    """Write a picture row by row, in a `with` block at whose end the file appears.

    PNG, EXR, HDR and deep TIFF need memory for a few rows only; other formats hold the whole
    picture as bytes, and are refused where that is more than 256 MiB.

    Args:
        path: Where to; the extension chooses the format.
        width: Columns.
        height: Rows; exactly so many have to be written.
        colour: What the values mean.
        depth: As for `write`.
        force: Replace an existing file.

    Raises:
        PictureError: The format can't hold it.
        OutputError: It exists (without `force`) or can't be written; what was there is intact.
    """
    decided = plan(PurePath(path), width, height, colour, depth)
    if decided.bytes_held > MAX_BYTES_HELD:
        raise PictureError(
            f"{path} at {width}x{height} would take {decided.bytes_held / 2**20:,.0f} MiB, as "
            f"{decided.target.name} can't be written row by row; write a .png, which can"
        )
    with atomic_output(path, force=force) as file:
        writer = RowWriter(file, decided)
        yield writer
        writer.finish()


def png_bytes(picture: Picture) -> bytes:
    """A PNG of the picture to look at, with at most 8 bits per value."""
    file = io.BytesIO()
    depth: Depth = 1 if picture.colour.depth == 1 else 8
    writer = RowWriter(
        file, plan(Path("view.png"), picture.width, picture.height, picture.colour, depth)
    )
    writer.write_values(picture.values)
    writer.finish()
    return file.getvalue()


class RowWriter:
    """Takes the rows of a picture from top to bottom. Made by `open_rows`."""

    def __init__(self, file: BinaryIO, decided: Plan) -> None:
        self._plan = decided
        self._sink = sink(file, decided)
        self.rows_written = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should be told."""
        return self._plan.notes

    def write(self, rows_fitted: NDArray[np.floating]) -> None:
        """The next rows, as a field gives them: see `Picture.fitted`. (h, W, C)

        Raises:
            ShapeError: Another width or number of channels, or more rows than announced.
            PictureError: A value that isn't finite.
        """
        for rows in self._checked(rows_fitted):
            self._take(straight(rows, self._plan.source))

    def write_values(self, rows: NDArray[np.floating]) -> None:
        """The next rows, as in `Picture.values`. (h, W, C); raises as `write`."""
        for part in self._checked(rows):
            self._take(part)

    def finish(self) -> None:
        """Complete the file; `open_rows` does it.

        Raises:
            ShapeError: Rows are missing.
        """
        if self.rows_written != self._plan.height:
            raise ShapeError(f"{self.rows_written} rows were written of {self._plan.height}")
        self._sink.finish()

    def _checked(self, rows: NDArray[np.floating]) -> Iterator[NDArray[np.float32]]:
        width, channels = self._plan.width, self._plan.source.channels
        if rows.ndim != 3 or rows.shape[1:] != (width, channels):
            raise ShapeError(f"rows are (h, {width}, {channels}), not {rows.shape}")
        if self.rows_written + len(rows) > self._plan.height:
            raise ShapeError(f"more rows were written than the {self._plan.height} announced")
        several = max(1, _VALUES_AT_ONCE // (width * channels))
        for start in range(0, len(rows), several):
            part = np.asarray(rows[start : start + several], np.float32)
            if not np.isfinite(part).all():
                raise PictureError(
                    "the picture holds values that are not finite; nothing was written"
                )
            yield part

    def _take(self, values: NDArray[np.float32]) -> None:
        self._sink.write(_as_in_the_file(values, self._plan))
        self.rows_written += len(values)


def _as_in_the_file(values: NDArray[np.float32], plan: Plan) -> NDArray:
    """A picture's values as the numbers that the file holds. (h, W, C) to (h, W, C or tripled)"""
    source = plan.source
    planes = values[..., : MODELS[source.model]]
    alpha = values[..., planes.shape[2] :]
    if source.premultiplied and not plan.premultiplied:
        planes = divided(planes, alpha)
    if not plan.keeps_numbers:
        planes = _recoded(planes, plan)
    if plan.premultiplied and not source.premultiplied:
        planes = planes * alpha
    if not plan.target.grey and planes.shape[2] == 1:
        planes = np.repeat(planes, 3, axis=2)
    values = np.concatenate([planes, alpha], axis=2) if source.alpha else planes
    return values if plan.light else quantised(values, plan.depth)


def _recoded(planes: NDArray[np.floating], plan: Plan) -> NDArray[np.floating]:
    """Colours as light or as sRGB, with the primaries that the file will say or imply."""
    source, coding = plan.source, plan.source.coding
    if source.depth == 32:
        light = planes
    elif coding is not None:
        light = coding.to_light(planes)
    else:
        light = srgb.to_light(planes)
    if coding is not None and plan.coding is None:
        light = coding.to_srgb_light(light)
    return light if plan.light else srgb.from_light(light)
