"""Reading what Pillow reads exactly: up to 8 bits per value, and 16-bit grey."""

import contextlib
import io
import threading
import warnings
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from redraw.errors import PictureError
from redraw.signals.picture.colour import MAX_ICC_BYTES, Colour, Depth
from redraw.signals.picture.limits import check_pixels
from redraw.signals.picture.picture import Picture

_PLUGINS = {"JPEG": ("JPEG", "MPO"), "WebP": ("WEBP",)}  # others have the format's own name
_GREY16 = ("I;16", "I;16L", "I;16B", "I;16N")
_settings = threading.Lock()  # Pillow's limit and Python's warning filters belong to the process


def read(file: BinaryIO, kind: str, name: str, *, max_pixels: int) -> Picture:
    """Read the picture in `file`, which is of the format `kind` ("PNG", ...).

    Raises:
        PictureError: Damaged, too large, or of a kind that can't be kept exactly.
    """
    with quietly():
        with damaged(name), _opened(file, kind) as image:
            check_pixels(*image.size, max_pixels, name)
            image.load()
            notes = _first_of_many(image)
            image, oriented = _upright(image)
        with damaged(name):
            image, profile, converted = _rgb_or_grey(image, name)
            values, colour = _values(image, name)
    icc, dropped = matching_profile(profile, colour.model)
    colour = Colour(colour.model, alpha=colour.alpha, depth=colour.depth, icc=icc)
    all_notes = (*notes, *oriented, *converted, *dropped, *_shallower(file, kind))
    return Picture(values, colour, name=name, notes=all_notes)


def matching_profile(profile: bytes | None, model: str) -> tuple[bytes | None, tuple[str, ...]]:
    """The ICC profile if it is one for this colour model, else a note on why it was left out."""
    if not profile:
        return None, ()
    if profile[16:20] != {"grey": b"GRAY", "rgb": b"RGB "}[model]:
        return None, (f"its ICC profile is not for {model} pictures and was left out",)
    if len(profile) > MAX_ICC_BYTES:
        return None, (f"its ICC profile is larger than {MAX_ICC_BYTES} bytes and was left out",)
    return profile, ()


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Without Pillow's warnings and without its own limit: `check_pixels` is the stricter judge."""
    with _settings, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


@contextlib.contextmanager
def damaged(name: str) -> Iterator[None]:
    """Whatever a decoder raises on a damaged file (nearly any type) as a `PictureError`."""
    try:
        yield
    except PictureError:
        raise
    except MemoryError as error:
        raise PictureError(
            f"{name} needs more memory than there is; make it smaller first"
        ) from error
    except Exception as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise PictureError(
            f"{name} is damaged or cut short ({reason}); get a whole copy"
        ) from error


def _opened(file: BinaryIO, kind: str) -> Image.Image:
    try:
        return Image.open(file, formats=_PLUGINS.get(kind, (kind.upper(),)))
    except Image.UnidentifiedImageError as error:
        raise ValueError(f"its first bytes say {kind}, the rest does not") from error


def _first_of_many(image: Image.Image) -> tuple[str, ...]:
    try:
        frames = int(getattr(image, "n_frames", 1))
    except Exception:  # damage behind the first frame, which is whole
        return ("only the first picture in it could be read",)
    return (f"the first of {frames} pictures in it was taken",) if frames > 1 else ()


def _upright(image: Image.Image) -> tuple[Image.Image, tuple[str, ...]]:
    try:
        upright = ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF data are no reason to refuse the picture
        return image.copy(), ("its EXIF data are damaged; no orientation was applied",)
    return upright, ()


def _rgb_or_grey(
    image: Image.Image, name: str
) -> tuple[Image.Image, bytes | None, tuple[str, ...]]:
    """The picture in a mode that `_values` takes, its ICC profile, and notes."""
    profile = image.info.get("icc_profile")
    if image.mode == "CMYK":
        return (*_from_cmyk(image, profile),)
    if image.mode == "P" or image.mode == "PA":
        return _from_palette(image, profile), profile, ()
    if image.mode in ("1", "L", "RGB") and "transparency" in image.info:
        return image.convert("RGBA" if image.mode == "RGB" else "LA"), profile, ()
    other = {"La": "LA", "RGBa": "RGBA", "RGBX": "RGB", "YCbCr": "RGB"}
    if image.mode in other:
        return image.convert(other[image.mode]), profile, ()
    if image.mode in ("1", "L", "LA", "RGB", "RGBA", *_GREY16):
        return image, profile, ()
    raise PictureError(
        f"{name} holds {image.mode} pixels; 1-bit, grey, palette, RGB and CMYK are read. "
        "Convert it first"
    )


def _from_cmyk(
    image: Image.Image, profile: bytes | None
) -> tuple[Image.Image, None, tuple[str, ...]]:
    if profile and profile[16:20] == b"CMYK":
        with contextlib.suppress(ImageCms.PyCMSError, OSError):
            converted = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
            if converted is not None:
                return converted, None, ("CMYK was converted to sRGB by its ICC profile",)
    return image.convert("RGB"), None, ("CMYK was converted to RGB without an ICC profile",)


def _from_palette(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Grey where every colour used is grey, without alpha where every pixel is opaque."""
    image = image.convert("RGBA")
    red, green, blue, alpha = image.split()
    opaque = alpha.getextrema() == (255, 255)
    grey = profile is None and red.tobytes() == green.tobytes() == blue.tobytes()
    if grey:
        return red if opaque else Image.merge("LA", (red, alpha))
    return image.convert("RGB") if opaque else image


def _values(image: Image.Image, name: str) -> tuple[NDArray[np.float32], Colour]:
    array = np.asarray(image)
    array = array[:, :, None] if array.ndim == 2 else array
    if image.mode in _GREY16:
        return _grey16(array, image.info.get("transparency"))
    depth: Depth = 1 if image.mode == "1" else 8
    scale = np.float32(1 if image.mode == "1" else 255)
    colour = Colour(
        "grey" if image.mode in ("1", "L", "LA") else "rgb",
        alpha=image.mode in ("LA", "RGBA"),
        depth=depth,
    )
    return np.divide(array, scale, dtype=np.float32), colour


def _grey16(array: NDArray, transparent: object) -> tuple[NDArray[np.float32], Colour]:
    values = np.divide(array, np.float32(65535), dtype=np.float32)
    if not isinstance(transparent, int):
        return values, Colour("grey", depth=16)
    alpha = (array != transparent).astype(np.float32)
    return np.concatenate([values, alpha], axis=2), Colour("grey", alpha=True, depth=16)


def _shallower(file: BinaryIO, kind: str) -> tuple[str, ...]:
    """A note when the file has more than the 8 bits that Pillow reads of an AVIF.

    Source: "AV1 Codec ISO Media File Format Binding", section 2.3.3: in the third byte of the box
        av1C, bit 6 is high_bitdepth and bit 5 twelve_bit.
    """
    if kind != "AVIF":
        return ()
    file.seek(0)
    box = file.read(65536).partition(b"av1C")[2]
    if len(box) < 3 or not box[2] & 0x40:
        return ()
    return (f"its {12 if box[2] & 0x20 else 10} bits per value were read as 8",)
