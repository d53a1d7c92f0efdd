"""Who takes rows of finished numbers and makes a file of them."""

import importlib
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from redraw.errors import OutputError, PictureError
from redraw.signals.picture.reading_pillow import quietly
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
