"""Who takes rows of finished numbers and makes a file of them."""

import importlib
import io
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from redraw.errors import OutputError, PictureError
from redraw.signals.picture.writing_plan import Plan
from redraw.signals.picture.writing_png import PngStream

_OPTIONS = {  # Pillow's settings: no loss where the format can, little where it can't
    "JPEG": {"quality": 95, "subsampling": 0},
    "WebP": {"lossless": True, "exact": True},
    "AVIF": {"quality": 90, "subsampling": "4:4:4"},
    "TIFF": {"compression": "tiff_adobe_deflate"},
}


class Sink(Protocol):
    """Takes rows from top to bottom, then is told that it has them all."""

    def write(self, rows: NDArray) -> None:
        """The next rows, as the file holds them. (h, W, C)"""
        ...

    def finish(self) -> None:
        """All rows are there; complete the file."""
        ...


def sink(file: BinaryIO, plan: Plan) -> Sink:
    """The one that writes this plan."""
    if plan.writer == "png":
        size = plan.width, plan.height
        return PngStream(file, *size, plan.channels, plan.depth, plan.icc, plan.coding)
    if plan.writer == "openimageio":
        return _OpenImageIO(file, plan)
    if plan.target.name == "AVIF" and plan.coding is not None:
        return _Avif(file, plan)
    return _Pillow(file, plan)


class _Pillow:
    """Keeps the rows and writes them at the end, for formats that can't be written in pieces."""

    def __init__(self, file: BinaryIO, plan: Plan) -> None:
        self._file, self._plan, self._row = file, plan, 0
        kind = {1: np.bool_, 8: np.uint8, 16: np.uint16}[plan.depth]
        self._rows = np.empty((plan.height, plan.width, plan.channels), kind)

    def write(self, rows: NDArray) -> None:
        self._rows[self._row : self._row + len(rows)] = rows
        self._row += len(rows)

    def finish(self) -> None:
        from PIL import Image  # here: a PNG is written without it

        from redraw.signals.picture.reading_pillow import quietly

        grey = self._plan.channels == 1
        image = Image.fromarray(self._rows[..., 0] if grey else self._rows)
        options: dict[str, Any] = dict(_OPTIONS.get(self._plan.target.name, {}))
        if self._plan.icc is not None:
            options["icc_profile"] = self._plan.icc
        name = self._plan.target.name
        try:
            with quietly():
                image.save(self._file, format=name.upper(), **options)
        except KeyError as error:
            raise PictureError(f"this Pillow was built without {name}; write a .png") from error


class _Avif(_Pillow):
    """An AVIF that says its colours by code points: of 12 bits, or Pillow's with others written in.

    What stands in the box goes before what the coded picture says of itself.

    Source: ISO/IEC 23000-22 (MIAF) 7.3.6.4; 14496-12, ColourInformationBox.
    """

    def finish(self) -> None:
        coding = self._plan.coding
        points = None if coding is None else coding.points
        assert points is not None  # decided by the plan
        if self._plan.depth == 16:
            imagecodecs: Any = importlib.import_module("imagecodecs")
            rows = (self._rows.astype(np.uint32) * 4095 + 32767) // 65535
            content = imagecodecs.avif_encode(
                rows.astype(np.uint16),
                level=90,
                bitspersample=12,
                pixelformat="yuv444",
                primaries=points[0],
                transfer=points[1],
                matrix=_matrix(points[0]),
            )
        else:
            content, whole = bytearray(), self._file
            self._file = io.BytesIO()
            super().finish()
            content[:] = self._file.getvalue()
            self._file = whole
            at = content.find(b"colrnclx")
            if at < 0:
                raise PictureError("this Pillow writes AVIF without its colours; write a .png")
            content[at + 8 : at + 12] = bytes([0, points[0], 0, points[1]])
        self._file.write(content)


def _matrix(primaries: int) -> int:
    """Of luma and chroma: that of Rec. 2020 with its primaries, else that of Rec. 601."""
    return 9 if primaries == 9 else 6


class _OpenImageIO:
    """Writes rows as they come, to the path of the open file."""

    def __init__(self, file: BinaryIO, plan: Plan) -> None:
        oiio: Any = importlib.import_module("OpenImageIO")
        self._row, self._plan = 0, plan
        kind = {16: "half" if plan.light else "uint16", 32: "float"}[plan.depth]
        spec = oiio.ImageSpec(plan.width, plan.height, plan.channels, kind)
        spec.channelnames = tuple({1: "Y", 2: "YA", 3: "RGB", 4: "RGBA"}[plan.channels])
        if plan.source.alpha:
            spec.alpha_channel = plan.channels - 1
        spec.attribute("compression", "zip")
        if plan.target.name == "TIFF":
            spec.attribute("oiio:UnassociatedAlpha", 1)
        self._window: tuple[int, int, int, int] | None = None
        self._first = 0  # the number of the data's first row in an EXR with windows
        if plan.target.name == "EXR":
            self._tell_of_exr(oiio, spec)
        if plan.icc is not None:
            profile = np.frombuffer(plan.icc, np.uint8)
            spec.attribute("ICCProfile", oiio.TypeDesc(f"uint8[{len(profile)}]"), profile)
        self._output = oiio.ImageOutput.create(plan.target.name.lower())
        if self._output is None or not self._output.open(file.name, spec):
            raise self._error(oiio.geterror() if self._output is None else self._output.geterror())

    def _tell_of_exr(self, oiio: Any, spec: Any) -> None:
        """Primaries and windows, as the picture came with them."""
        plan = self._plan
        if plan.coding is not None:
            numbers = np.array(plan.coding.primaries, np.float32)
            spec.attribute("chromaticities", oiio.TypeDesc("float[8]"), numbers)
        if plan.source.window is None:
            return
        window = plan.source.window.scaled(plan.width, plan.height)
        left, top, right, bottom = self._window = window.data
        spec.full_x, spec.full_y = window.origin
        spec.full_width, spec.full_height = plan.width, plan.height
        spec.x, spec.y = window.origin[0] + left, window.origin[1] + top
        spec.width, spec.height = right - left, bottom - top
        self._first = spec.y

    def write(self, rows: NDArray) -> None:
        start, end = self._row, self._row + len(rows)
        self._row = end
        if self._window is not None:
            left, top, right, bottom = self._window
            rows = rows[max(0, top - start) : max(0, bottom - start), left:right]
            start = self._first + max(start, top) - top
            end = start + len(rows)
            if not len(rows):
                return
        if not self._output.write_scanlines(start, end, 0, np.ascontiguousarray(rows)):
            raise self._error(self._output.geterror())

    def finish(self) -> None:
        if not self._output.close():
            raise self._error(self._output.geterror())

    def _error(self, reason: str) -> OutputError:
        reason = " ".join(reason.split())[:160] or "OpenImageIO gives no reason"
        return OutputError(f"can't write the {self._plan.target.name} file: {reason}")
