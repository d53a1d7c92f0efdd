"""Reading what Pillow would cut: 16-bit colour, EXR, HDR and float TIFF, through OpenImageIO."""

import importlib
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import TiffImagePlugin

from redraw.errors import PictureError
from redraw.signals.picture.colour import Colour, LogCurve
from redraw.signals.picture.limits import check_pixels
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading_pillow import damaged, matching_profile, quietly

_BITS, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339  # TIFF tags
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _CMYK = 0, 1, 2, 5  # TIFF photometric interpretations
_UPRIGHT = {  # EXIF orientation: what makes the picture upright, on (H, W, C)
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a.swapaxes(0, 1)[:, ::-1],
    7: lambda a: a.swapaxes(0, 1)[::-1, ::-1],
    8: lambda a: a.swapaxes(0, 1)[::-1],
}


def needed(file: BinaryIO, kind: str, name: str) -> bool:
    """Whether `file`, at its start and of the format `kind`, has more than Pillow would read.

    Decided by the header alone. The file is left at its start.

    Raises:
        PictureError: It does, and OpenImageIO isn't installed; or a damaged TIFF header.
    """
    if kind == "PNG":
        header = file.read(26)
        what = _deep_png(header)
    elif kind == "TIFF":
        what = _deep_tiff(file, name)
    else:
        what = {"EXR": "an EXR", "HDR": "a Radiance HDR"}.get(kind)
    file.seek(0)
    if what is None:
        return False
    if not available():
        cut = ", which Pillow would cut to 8 bits" if kind in ("PNG", "TIFF") else ""
        raise PictureError(
            f"{name} is {what}{cut}; install redraw[hdr] to read it exactly, or convert it first"
        )
    return True


def available() -> bool:
    """Whether the optional OpenImageIO is installed."""
    try:
        importlib.import_module("OpenImageIO")
    except ImportError:
        return False
    return True


def read(path: Path, kind: str, *, max_pixels: int) -> Picture:
    """Read the first picture of a file of the format `kind`, every bit of it.

    Raises:
        PictureError: Damaged, too large, values that aren't finite, or channels nobody can show.
    """
    name = path.name
    if kind == "PNG":
        _check_png(path)
    with damaged(name):  # also where OpenImageIO can't put its own complaint into words
        array, spec, notes = _decoded(path, max_pixels)
    values, colour, more_notes = _values(array, spec, name)
    upright = _UPRIGHT.get(_number(spec, "Orientation", 1), lambda a: a)(values)
    values = np.ascontiguousarray(upright)
    return Picture(values, colour, name=name, notes=(*notes, *more_notes))


def _decoded(path: Path, max_pixels: int) -> tuple[NDArray, Any, tuple[str, ...]]:
    """The channels that are the picture, OpenImageIO's description of the file, and notes."""
    oiio: Any = importlib.import_module("OpenImageIO")
    name = path.name
    wish = oiio.ImageSpec()
    wish.attribute("oiio:UnassociatedAlpha", 1)  # straight alpha stays straight
    source = oiio.ImageInput.open(str(path), wish)
    if source is None:
        raise _damaged(name, oiio.geterror())
    try:
        spec = source.spec()
        check_pixels(spec.width, spec.height, max_pixels, name)
        chosen, left_out = _channels(list(spec.channelnames), name)
        sample, rounded = _sample_kind(str(spec.format), name)
        array = source.read_image(0, 0, 0, spec.nchannels, sample)
        if array is None or source.has_error:
            raise _damaged(name, source.geterror())
        several = source.seek_subimage(1, 0)
    finally:
        source.close()
    notes = ("the first of several pictures in it was taken",) if several else ()
    array = np.asarray(array).reshape(spec.height, spec.width, -1)[..., chosen]
    return array, spec, (*notes, *left_out, *rounded)


def _deep_png(header: bytes) -> str | None:
    if len(header) < 26 or header[24] != 16:
        return None
    return {2: "16-bit RGB", 4: "16-bit grey with alpha", 6: "16-bit RGBA"}.get(header[25])


def _check_png(path: Path) -> None:
    """Refuse a PNG that is cut short or altered: the decoder would print its complaint itself."""
    with path.open("rb") as file:
        file.seek(8)
        kind = b""
        while kind != b"IEND":
            header = file.read(8)
            if len(header) < 8:
                raise _damaged(path.name, "it ends too early")
            left, kind = int.from_bytes(header[:4]), header[4:]
            checksum = zlib.crc32(kind)
            while left and (piece := file.read(min(left, 2**20))):
                checksum, left = zlib.crc32(piece, checksum), left - len(piece)
            if left or file.read(4) != checksum.to_bytes(4):
                raise _damaged(path.name, f"its chunk {kind!r} is not whole")


def _deep_tiff(file: BinaryIO, name: str) -> str | None:
    """What a TIFF is when it isn't at most 8 bits or plain 16-bit grey, by its first directory."""
    try:
        prefix = file.read(8)
        prefix += file.read(8) if 0x2B in prefix[2:4] else b""  # BigTIFF
        with quietly():
            tags = TiffImagePlugin.ImageFileDirectory_v2(prefix)
            file.seek(tags.next)
            tags.load(file)
        bits = tuple(tags.get(_BITS, (1,)))
        formats = tuple(tags.get(_SAMPLE_FORMAT, (1,)))
        photometric = tags.get(_PHOTOMETRIC, _BLACK_IS_ZERO)
    except Exception as error:  # Pillow raises nearly anything on a damaged directory
        raise _damaged(name, str(error)) from error
    if max(bits) <= 8 or (bits == (16,) and formats == (1,) and photometric == _BLACK_IS_ZERO):
        return None
    sample = {2: " signed", 3: " float"}.get(formats[0], "")
    model = {
        _WHITE_IS_ZERO: "grey, white at zero",
        _BLACK_IS_ZERO: "grey",
        _RGB: "RGB",
        _CMYK: "CMYK",
    }
    return f"{max(bits)}-bit{sample} {model.get(photometric, 'TIFF')}"


def _channels(names: list[str], name: str) -> tuple[list[int], tuple[str, ...]]:
    """Which channels are the picture, alpha last, and a note on the others."""
    at = {channel.rpartition(".")[2].lower(): i for i, channel in reversed(list(enumerate(names)))}
    if "ry" in at or "by" in at:
        raise PictureError(f"{name} holds luminance and chroma; convert it to RGB first")
    if {"r", "g", "b"} <= set(at):
        chosen = [at["r"], at["g"], at["b"]]
    elif "y" in at:
        chosen = [at["y"]]
    elif len(names) == 1:
        chosen = [0]
    else:
        raise PictureError(f"{name} has the channels {', '.join(names)[:80]}; R G B or Y is read")
    alpha = at.get("a", at.get("alpha"))
    if alpha is not None and alpha not in chosen:
        chosen.append(alpha)
    others = [channel for i, channel in enumerate(names) if i not in chosen]
    return chosen, ((f"the channels {', '.join(others)[:80]} were left out",) if others else ())


def _sample_kind(sample: str, name: str) -> tuple[str, tuple[str, ...]]:
    kinds = {"uint8": "uint8", "uint16": "uint16", "half": "float", "float": "float"}
    if sample == "double":
        return "float", ("its 64-bit floats were read as 32-bit",)
    if sample not in kinds:
        raise PictureError(f"{name} holds {sample} values; uint8, uint16, half and float are read")
    return kinds[sample], ()


def _values(
    array: NDArray, spec: Any, name: str
) -> tuple[NDArray[np.float32], Colour, tuple[str, ...]]:
    model, alpha = ("grey" if array.shape[2] <= 2 else "rgb"), array.shape[2] in (2, 4)
    notes: list[str] = []
    photometric = _number(spec, "tiff:PhotometricInterpretation", _RGB)
    if photometric not in (_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _CMYK):
        raise PictureError(f"{name} is neither grey nor RGB nor CMYK; convert it first")
    if photometric == _CMYK:
        notes.append("CMYK was converted to RGB without an ICC profile")
    whole = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}.get(array.dtype)
    values = np.divide(array, np.float32(whole or 1), dtype=np.float32)
    if photometric == _WHITE_IS_ZERO:
        values[..., 0] = 1 - values[..., 0]
    if alpha:
        covered = np.clip(values[..., -1:], 0, 1)
        if (covered != values[..., -1:]).any():
            notes.append("its alpha was clipped to 0 to 1")
        if not _number(spec, "oiio:UnassociatedAlpha", 0):
            planes = values[..., :-1]
            with np.errstate(over="ignore"):  # a tiny alpha; told below
                np.divide(planes, covered, out=planes, where=covered > 0)
            if whole is not None:
                np.minimum(planes, 1, out=planes)
        values[..., -1:] = covered
    if whole is None:
        _check_finite(values, name)
        curve = LogCurve.covering(values[..., :-1] if alpha else values)
        return values, Colour(model, alpha=alpha, depth=32, curve=curve), tuple(notes)
    profile = spec.getattribute("ICCProfile") if photometric != _CMYK else None
    icc, dropped = matching_profile(None if profile is None else bytes(profile), model)
    colour = Colour(model, alpha=alpha, depth=8 if whole == 255 else 16, icc=icc)
    return values, colour, (*notes, *dropped)


def _check_finite(array: NDArray, name: str) -> None:
    wrong = ~np.isfinite(array).all(axis=2)
    if wrong.any():
        y, x = np.argwhere(wrong)[0]
        raise PictureError(
            f"{name} has {int(wrong.sum())} pixels that are not finite numbers (NaN or infinite), "
            f"the first at x {x}, y {y}; repair them first"
        )


def _number(spec: Any, attribute: str, default: int) -> int:
    value = spec.getattribute(attribute)
    return value if isinstance(value, int) else default


def _damaged(name: str, reason: str) -> PictureError:
    reason = " ".join(str(reason).split())[:120] or "unreadable"
    return PictureError(f"{name} is damaged or cut short ({reason}); get a whole copy")
