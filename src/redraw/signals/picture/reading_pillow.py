"""Reading what Pillow reads exactly: up to 8 bits per value, and 16-bit grey."""

import contextlib
import io
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageFile, ImageOps

from redraw.errors import PictureError
from redraw.signals.picture.coding import Coding
from redraw.signals.picture.colour import MAX_ICC_BYTES, Colour, Depth
from redraw.signals.picture.limits import check_pixels
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.trouble import cut_short, damaged, explained, unsupported
from redraw.signals.picture.wanted import Wanted

_PLUGINS = {"JPEG": ("JPEG", "MPO"), "WebP": ("WEBP",), "PNM": ("PPM",), "HEIC": ("HEIF",)}
_GREY16 = ("I;16", "I;16L", "I;16B", "I;16N")
UPRIGHT: dict[int, Any] = {  # EXIF orientation: what makes the picture upright, on (H, W, ...)
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a.swapaxes(0, 1)[:, ::-1],
    7: lambda a: a.swapaxes(0, 1)[::-1, ::-1],
    8: lambda a: a.swapaxes(0, 1)[::-1],
}
_settings = threading.RLock()  # Pillow's limits and Python's warning filters are the process's


def read(file: BinaryIO, path: Path, kind: str, wanted: Wanted) -> Picture:
    """Read the picture in `file`, which is of the format `kind` ("PNG", ...).

    Raises:
        PictureError: Damaged, too large, or of a kind that can't be kept exactly.
    """
    name = path.name
    known: NDArray[np.bool_] | None = None
    cut: tuple[str, ...] = ()
    with quietly():
        try:
            image, notes = _loaded(file, kind, wanted, name)
        except PictureError:
            if not wanted.partial:
                raise
            image, notes, known, cut = _in_part(file, kind, wanted, name)
        with explained(name):
            image, turn, oriented = _upright(image)
            known = known if known is None or turn is None else turn(known)
        with explained(name):
            squashed = aspect(image.info)
            image, profile, converted = _rgb_or_grey(image, name)
            values, colour = _values(image, name)
    icc, dropped = matching_profile(profile, colour.model)
    colour = Colour(colour.model, alpha=colour.alpha, depth=colour.depth, icc=icc)
    all_notes = (*notes, *cut, *oriented, *converted, *dropped, *squashed)
    return Picture(values, colour, known=known, name=name, notes=all_notes)


def of_image(image: Image.Image, name: str) -> Picture:
    """A picture of Pillow's own, upright.

    Raises:
        PictureError: Its mode can't be shown.
    """
    with quietly(), explained(name):
        image, _, oriented = _upright(image)
        image, profile, converted = _rgb_or_grey(image, name)
        values, colour = _values(image, name)
    icc, dropped = matching_profile(profile, colour.model)
    coding = None if icc is not None or colour.depth == 1 else _coding(image.info)
    told = () if coding is None else (f"its colours are {coding.describe()}, which is kept",)
    colour = Colour(colour.model, alpha=colour.alpha, depth=colour.depth, icc=icc, coding=coding)
    return Picture(values, colour, name=name, notes=(*oriented, *converted, *dropped, *told))


def _coding(info: dict[Any, Any]) -> Coding | None:
    """What Pillow keeps of a PNG's gAMA and cHRM; None where that is sRGB, or nothing."""
    gamma, ends = info.get("gamma"), info.get("chromaticity")
    if "srgb" in info or not (gamma or ends):
        return None
    options: dict[str, Any] = {}
    if gamma:
        options = {"transfer": "gamma", "gamma": 1 / gamma}
        if abs(gamma - 1) < 1e-3:
            options = {"transfer": "linear"}
    if ends and len(ends) == 8:
        options["primaries"] = (*ends[2:], *ends[:2])  # white stands first there
    with contextlib.suppress(ValueError):
        coding = Coding(**options)
        return None if coding.plain else coding
    return None


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
def quietly(partial: bool = False) -> Iterator[None]:
    """Without Pillow's warnings and without its own limit: `check_pixels` is the stricter judge."""
    with _settings, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        whole, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, partial
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit
            ImageFile.LOAD_TRUNCATED_IMAGES = whole


def _opened(file: BinaryIO, kind: str) -> Image.Image:
    try:
        return Image.open(file, formats=_PLUGINS.get(kind, (kind.upper(),)))
    except Image.UnidentifiedImageError as error:
        raise ValueError(
            f"its first bytes say {kind}, but its header is not one that is understood"
        ) from error


def _chosen(image: Image.Image, wanted: Wanted, name: str) -> tuple[str, ...]:
    """Turn to the page that is wanted; a note on the others where there are any."""
    try:
        frames = int(getattr(image, "n_frames", 1))
    except Exception:  # damage behind the first frame, which is whole
        if wanted.page not in (None, 1):
            raise
        return ("only the first picture in it could be read",)
    place = wanted.place(frames, name)
    if place is not None:
        image.seek(place)
        return ()
    if frames == 1:
        return ()
    return (f"the first of {frames} pictures in it was taken; --page N takes another",)


def _loaded(
    file: BinaryIO, kind: str, wanted: Wanted, name: str, fill: int | None = None
) -> tuple[Image.Image, tuple[str, ...]]:
    """The decoded picture and notes; what the decoder doesn't give is left as `fill` says."""
    with explained(name):
        file.seek(0)
        image = _opened(file, kind)
        check_pixels(*image.size, wanted.max_pixels, name)
        notes = _chosen(image, wanted, name)
        check_pixels(*image.size, wanted.max_pixels, name)
        if fill is not None:
            _fill(image, fill)
        try:
            image.load()
        except OSError as error:
            if "truncated" in str(error) and not wanted.partial:
                raise cut_short(name, error) from error
            raise
    return image, notes


def _in_part(
    file: BinaryIO, kind: str, wanted: Wanted, name: str
) -> tuple[Image.Image, tuple[str, ...], NDArray[np.bool_] | None, tuple[str, ...]]:
    """What a decoder gives of a file that was cut: the picture, notes, which pixels, and a note.

    Which pixels are there is found by a trial: what stood on the canvas before shows where nothing
    was drawn, in whatever order rows come.
    """
    with quietly(True):
        image, notes = _loaded(file, kind, wanted, name, 0)
        other, _ = _loaded(file, kind, wanted, name, 255)
    if getattr(image, "tell", int)() > 0:  # drawn upon another frame
        raise damaged(name, "of several pictures only the first can be taken in part")
    differs = np.asarray(image) != np.asarray(other)
    known = ~differs.reshape(*differs.shape[:2], -1).any(axis=2)
    if known.all():
        return image, notes, None, ()
    return image, notes, known, (there(known, name),)


def _fill(image: Image.Image, value: int) -> None:
    """Have this on the canvas before the decoder draws."""
    prepare = image.load_prepare  # type: ignore[attr-defined]  # of every file's picture

    def prepared() -> None:
        prepare()
        bands = len(Image.Image()._new(image.im).getbands())
        image.im.paste(value if bands == 1 else (value,) * bands, (0, 0, *image.im.size))

    image.load_prepare = prepared  # type: ignore[attr-defined]


def there(known: NDArray[np.bool_], name: str) -> str:
    """A note on how much is there. (H, W)

    Raises:
        PictureError: Nothing is.
    """
    rows = np.asarray(known.all(axis=1))
    if not known.any():
        raise damaged(name, "not one row of it is there")
    what = f"{int(rows.sum()):,} of its {len(rows):,} rows"
    if not (rows == known.any(axis=1)).all():
        what = f"{int(known.sum()):,} of {known.size:,} pixels"
    return f"{what} are there; the rest is left open"


def _upright(image: Image.Image) -> tuple[Image.Image, Any, tuple[str, ...]]:
    """The picture as its EXIF orientation says, what turns an array likewise, and notes."""
    try:
        orientation = image.getexif().get(0x0112, 1)
        upright = ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF data are no reason to refuse the picture
        return image.copy(), None, ("its EXIF data are damaged; no orientation was applied",)
    return upright, UPRIGHT.get(orientation), ()


def aspect(info: dict[Any, Any]) -> tuple[str, ...]:
    """A note where the file says that its pixels are not square."""
    density, unit = info.get("dpi"), " per inch"
    if info.get("jfif_unit") == 0 or not density:  # JFIF without a unit tells the ratio alone
        density, unit = info.get("aspect") or info.get("jfif_density"), ""
    try:
        across, down = (float(value) for value in density)  # type: ignore[union-attr]
    except (TypeError, ValueError):
        return ()
    if not (across > 0 and down > 0) or 0.98 < across / down < 1.02:
        return ()
    return (
        f"its pixels are not square ({across:g} by {down:g}{unit}); they are taken as if they"
        " were, --size WxH evens them out",
    )


def _rgb_or_grey(
    image: Image.Image, name: str
) -> tuple[Image.Image, bytes | None, tuple[str, ...]]:
    """The picture in a mode that `_values` takes, its ICC profile, and notes."""
    profile = image.info.get("icc_profile")
    if image.mode == "CMYK":
        return (*from_cmyk(image, profile),)
    if image.mode == "LAB":
        return _from_lab(image), None, ("CIE L*a*b* was converted to sRGB",)
    if image.mode == "P" or image.mode == "PA":
        return _from_palette(image, profile), profile, ()
    if image.mode in ("1", "L", "RGB") and "transparency" in image.info:
        return image.convert("RGBA" if image.mode == "RGB" else "LA"), profile, ()
    other = {"La": "LA", "RGBa": "RGBA", "RGBX": "RGB", "YCbCr": "RGB", "HSV": "RGB"}
    if image.mode in other:
        return image.convert(other[image.mode]), profile, ()
    if image.mode in ("1", "L", "LA", "RGB", "RGBA", *_GREY16):
        return image, profile, ()
    raise unsupported(
        name, f"{image.mode} pixels (1-bit, grey, palette, RGB, L*a*b* and CMYK are read)"
    )


def from_cmyk(
    image: Image.Image, profile: bytes | None
) -> tuple[Image.Image, None, tuple[str, ...]]:
    """CMYK of 8 bits as RGB, by its profile where it has one; and a note."""
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


def _from_lab(image: Image.Image) -> Image.Image:
    converted = ImageCms.profileToProfile(
        image,
        ImageCms.createProfile("LAB"),
        ImageCms.createProfile("sRGB"),
        outputMode="RGB",
    )
    assert converted is not None  # nothing was asked for in place
    return converted


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
