"""EXR, by OpenImageIO: one layer of it, placed in its display window, with its primaries.

Source: "OpenEXR File Layout" (the header); "Technical Introduction to OpenEXR".
"""

import dataclasses
import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from redraw.errors import PictureError
from redraw.signals.picture import openimageio
from redraw.signals.picture.coding import SRGB_PRIMARIES, Coding
from redraw.signals.picture.exr_layers import Layer, choose, layers_of
from redraw.signals.picture.limits import check_pixels
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading_pillow import there
from redraw.signals.picture.trouble import damaged, unsupported
from redraw.signals.picture.wanted import Wanted
from redraw.signals.picture.window import Window

_DEEP, _LONGEST_HEADER = 0x800, 2**20


def read(file: BinaryIO, path: Path, kind: str, wanted: Wanted) -> Picture:
    """Read one layer of an EXR.

    Raises:
        PictureError: Deep, of luminance and chroma, damaged, too large, not finite; without the
            layer or part that is wanted; or in need of the extra `hdr`.
    """
    name = path.name
    openimageio.require(name, "an EXR")
    _refuse_by_header(file.read(_LONGEST_HEADER), name)
    with openimageio.opened(path, name) as source:
        specs = _specs(source, name)
        part = wanted.place(len(specs), name, "part")
        layers = layers_of([(_text(spec, "name"), spec.channelnames) for spec in specs])
        layers = [layer for layer in layers if part is None or layer.part == part]
        layer, notes = choose(layers, wanted, name)
        spec = specs[layer.part]
        check_pixels(spec.width, spec.height, wanted.max_pixels, name)
        check_pixels(spec.full_width, spec.full_height, wanted.max_pixels, name)
        samples, known, rounded = _samples(source, spec, layer, wanted, name)
    values, colour, more = openimageio.as_values(samples, name)
    window, placed = _window(spec)
    if window is not None or placed:
        values = _placed(values, spec)
        known = known if known is None else _placed(known[..., None], spec, around=1)[..., 0] > 0
    cut = () if known is None else (there(known, name),)
    coding, told = _coding(spec)
    colour = dataclasses.replace(colour, window=window, coding=coding)
    all_notes = (*notes, *cut, *rounded, *more, *placed, *told, *_others(spec))
    return Picture(values, colour, known=known, name=name, notes=all_notes)


def _refuse_by_header(start: bytes, name: str) -> None:
    """What OpenImageIO would misread, or call by a wrong name."""
    if len(start) < 8:
        raise damaged(name, "it ends within its header")
    flags = int.from_bytes(start[4:8], "little")
    if flags & _DEEP or b"deepscanline" in start or b"deeptile" in start:
        raise PictureError(
            f"{name} is a deep EXR (several samples in a pixel), which is not read; flatten it"
            " first: oiiotool FILE --flatten -o flat.exr"
        )
    found = start.find(b"channels\0chlist\0")
    if found < 0:
        raise damaged(name, "its header has no channels")
    at = found + 20
    names, sampled = [], []
    while at < len(start) and start[at] != 0:
        end = start.find(b"\0", at)
        if end < 0 or end + 17 > len(start):
            break
        channel = start[at:end].decode("utf-8", errors="replace")
        across, down = struct.unpack("<ii", start[end + 9 : end + 17])
        names.append(channel)
        if (across, down) != (1, 1):
            sampled.append(f"{channel} ({across}x{down})")
        at = end + 17
    plain = {channel.rpartition(".")[2].lower() for channel in names}
    if plain & {"ry", "by"}:
        raise unsupported(
            name,
            "luminance and chroma (Y, RY, BY) instead of RGB",
            "save it as RGB from the program that made it",
        )
    if sampled:
        raise unsupported(
            name,
            f"subsampled channels: {', '.join(sampled)[:80]}",
            "save it with all channels at full size",
        )


def _specs(source: Any, name: str) -> list[Any]:
    """OpenImageIO's description of each part."""
    specs = []
    while source.seek_subimage(len(specs), 0):
        specs.append(source.spec())
        if len(specs) > 4096:
            raise damaged(name, "it has thousands of parts")
    if not specs:
        raise damaged(name, "it has no part")
    return specs


def _samples(
    source: Any, spec: Any, layer: Layer, wanted: Wanted, name: str
) -> tuple[openimageio.Samples, NDArray[np.bool_] | None, tuple[str, ...]]:
    chosen = layer.chosen()
    if chosen is None:
        raise unsupported(
            name,
            f"a layer of the channels {', '.join(layer.channels)[:80]}",
            "R G B or one are read",
        )
    places, alpha = chosen
    directions = [layer.channels.get(name) for name in "xyz"] == places[:3]
    formats = list(spec.channelformats) or [spec.format] * spec.nchannels
    kinds = {str(formats[place]) for place in places}
    notes: tuple[str, ...] = ()
    if directions:
        notes = ("its channels X, Y and Z were taken as red, green and blue",)
    if "uint" in kinds or "uint32" in kinds:
        notes = (*notes, "its whole numbers were read as 32-bit floats")
    array, known = openimageio.pixels_there(source, spec, wanted, name, layer.part)
    if array.shape[2] != spec.nchannels:
        raise damaged(name, f"{array.shape[2]} channels were found")
    return openimageio.Samples(array[..., places], alpha), known, notes


def _window(spec: Any) -> tuple[Window | None, tuple[str, ...]]:
    """Where the data stand in the display window, and a note where that is not all of it."""
    left, top = spec.x - spec.full_x, spec.y - spec.full_y
    right, bottom = left + spec.width, top + spec.height
    width, height = spec.full_width, spec.full_height
    origin = (spec.full_x, spec.full_y)
    if (left, top, right, bottom) == (0, 0, width, height):
        return (
            None if origin == (0, 0) else Window(origin, (width, height), (0, 0, width, height))
        ), ()
    inside = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    notes = []
    if inside != (left, top, right, bottom):
        notes.append(
            f"its data of {spec.width}x{spec.height} go beyond its display window of"
            f" {width}x{height}; what is outside was left out"
        )
    if inside[0] >= inside[2] or inside[1] >= inside[3]:
        return None, ("its data lie outside of its display window, which is empty",)
    if inside != (0, 0, width, height):
        notes.append(
            f"its data, {inside[2] - inside[0]}x{inside[3] - inside[1]} at {inside[0]},"
            f" {inside[1]}, stand in a display window of {width}x{height}; around them it is empty"
        )
    return Window(origin, (width, height), inside), tuple(notes)


def _placed(values: NDArray, spec: Any, around: float = 0) -> NDArray[np.float32]:
    """The data within the display window, zeros or the like around them."""
    left, top = spec.x - spec.full_x, spec.y - spec.full_y
    out = np.full((spec.full_height, spec.full_width, values.shape[2]), around, np.float32)
    rows = slice(max(top, 0), max(0, min(top + spec.height, spec.full_height)))
    columns = slice(max(left, 0), max(0, min(left + spec.width, spec.full_width)))
    part = values[max(-top, 0) :, max(-left, 0) :]
    if rows.stop > rows.start and columns.stop > columns.start:
        height, width = rows.stop - rows.start, columns.stop - columns.start
        out[rows, columns] = part[:height, :width]
    return out


def _coding(spec: Any) -> tuple[Coding | None, tuple[str, ...]]:
    told = spec.getattribute("chromaticities")
    if told is None:
        return None, ()
    try:
        numbers = tuple(float(value) for value in told)
        coding = Coding(numbers, "linear")
    except (ValueError, TypeError):
        return None, ("its chromaticities make no sense and were left out",)
    if max(abs(a - b) for a, b in zip(numbers, SRGB_PRIMARIES, strict=True)) < 2e-3:
        return None, ()
    return coding, (f"its colours are {coding.describe()}, which is kept",)


def _others(spec: Any) -> tuple[str, ...]:
    notes: list[str] = []
    aspect = spec.getattribute("PixelAspectRatio")
    if isinstance(aspect, float | int) and aspect > 0 and abs(aspect - 1) > 0.02:
        notes.append(
            f"its pixels are not square ({aspect:g} times as wide as high); they are taken as if"
            " they were, --size WxH evens them out"
        )
    if spec.getattribute("adoptedNeutral") is not None:
        notes.append("the colour that it takes as neutral (adoptedNeutral) was left out")
    return tuple(notes)


def _text(spec: Any, attribute: str) -> str:
    value = spec.getattribute(attribute)
    return value if isinstance(value, str) else ""
