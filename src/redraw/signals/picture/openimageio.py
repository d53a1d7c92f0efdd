"""Reading what Pillow would cut, through OpenImageIO: 16-bit colour, EXR, HDR and float TIFF."""

import dataclasses
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redraw.errors import PictureError
from redraw.signals.picture.alpha import divided
from redraw.signals.picture.colour import Colour, LogCurve
from redraw.signals.picture.icc_profile import Senseless, as_light
from redraw.signals.picture.limits import check_pixels
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading_pillow import UPRIGHT, matching_profile
from redraw.signals.picture.trouble import Damaged, cut_short, damaged, explained
from redraw.signals.picture.wanted import Wanted

_MOST_TIMES = 1024  # brighter straight than multiplied: more is a glow with next to no alpha
_WHOLE = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}


def available() -> bool:
    """Whether the optional OpenImageIO is installed."""
    try:
        importlib.import_module("OpenImageIO")
    except ImportError:
        return False
    return True


def require(name: str, what: str) -> Any:
    """OpenImageIO itself.

    Raises:
        PictureError: It isn't installed; `what` says why it is needed.
    """
    if not available():
        raise PictureError(
            f"{name} is {what}; install redraw[hdr] to read it exactly, or convert it first"
        )
    return importlib.import_module("OpenImageIO")


@contextmanager
def opened(path: Path, name: str) -> Iterator[Any]:
    """OpenImageIO's reader of a file, straight alpha left straight.

    Raises:
        PictureError: It can't be opened; the message says what that shows.
    """
    oiio: Any = importlib.import_module("OpenImageIO")
    spec = oiio.ImageSpec()
    spec.attribute("oiio:UnassociatedAlpha", 1)
    with explained(name):  # also where it can't put its own complaint into words
        source = oiio.ImageInput.open(str(path), spec)
        if source is None:
            raise ValueError(oiio.geterror())
    try:
        yield source
    finally:
        source.close()


def pixels(source: Any, spec: Any, sample: str, name: str, subimage: int = 0) -> NDArray:
    """Every channel of one subimage. (H, W, C)

    Raises:
        PictureError: It can't be decoded.
    """
    with explained(name):
        array = source.read_image(subimage, 0, 0, spec.nchannels, sample)
        if array is None or source.has_error:
            raise ValueError(source.geterror())
    return np.asarray(array).reshape(spec.height, spec.width, -1)


def pixels_there(
    source: Any, spec: Any, wanted: Wanted, name: str, subimage: int = 0
) -> tuple[NDArray, NDArray[np.bool_] | None]:
    """Every channel of one subimage as floats, and which of its rows are there; None for all.

    Args:
        source: The open file.
        spec: Of the subimage. (H, W, C)
        wanted: With `partial`, rows that are not there are 0.
        name: Of the file.
        subimage: Which.

    Raises:
        PictureError: It can't be decoded, or not one row is there.
    """
    try:
        return pixels(source, spec, "float", name, subimage), None
    except Damaged as error:
        if spec.tile_width and wanted.partial:
            raise damaged(name, f"{error.reason}; tiles are not taken in part") from error
        if spec.tile_width:
            raise
        if not wanted.partial:
            raise cut_short(name, error.reason) from error
    array = np.zeros((spec.height, spec.width, spec.nchannels), np.float32)
    there = np.zeros(spec.height, np.bool_)
    parts = [(0, spec.height)]
    while parts:  # halved until a part is there, or is a row that is not
        first, end = parts.pop()
        with explained(name):
            rows = source.read_scanlines(
                subimage, 0, spec.y + first, spec.y + end, 0, 0, spec.nchannels, "float"
            )
        if not source.has_error and rows is not None:
            array[first:end], there[first:end] = rows.reshape(end - first, spec.width, -1), True
            continue
        source.geterror()
        if end - first > 1:
            middle = (first + end) // 2
            parts += [(middle, end), (first, middle)]
    return array, np.broadcast_to(there[:, None], array.shape[:2])


def read_png(path: Path, wanted: Wanted) -> Picture:
    """A PNG of 16-bit colour, or of grey with alpha.

    Raises:
        PictureError: It can't be decoded.
    """
    name = path.name
    with opened(path, name) as source:
        spec = source.spec()
        check_pixels(spec.width, spec.height, wanted.max_pixels, name)
        array = pixels(source, spec, "uint16", name)
    if array.shape[2] != spec.nchannels or array.shape[2] > 4:
        raise damaged(name, f"{array.shape[2]} channels were found")
    profile = spec.getattribute("ICCProfile")
    values = np.divide(array, np.float32(65535), dtype=np.float32)
    model = "grey" if array.shape[2] <= 2 else "rgb"
    icc, notes = matching_profile(None if profile is None else bytes(profile), model)
    upright = UPRIGHT.get(number(spec, "Orientation", 1), lambda a: a)(values)
    colour = Colour(model, alpha=array.shape[2] in (2, 4), depth=16, icc=icc)
    return Picture(np.ascontiguousarray(upright), colour, name=name, notes=notes)


@dataclass(frozen=True)
class Samples:
    """What a decoder gave: colours and, last, alpha, and how that is meant.

    Attributes:
        array: (H, W, 1 to 4)
        alpha: Whether the last channel is alpha.
        premultiplied: Whether colours come multiplied by it.
    """

    array: NDArray
    alpha: bool
    premultiplied: bool = True


def as_values(samples: Samples, name: str) -> tuple[NDArray[np.float32], Colour, tuple[str, ...]]:
    """Samples as a picture's values and what they mean, without profile and coding.

    Colours that come multiplied by alpha are made straight, unless there is light that straight
    colours can't hold: where alpha is 0, or next to nothing, or smaller than a whole number's.

    Raises:
        PictureError: A value isn't finite.
    """
    array, alpha = samples.array, samples.alpha
    model = "grey" if array.shape[2] - alpha == 1 else "rgb"
    whole = _WHOLE.get(array.dtype)
    with np.errstate(invalid="ignore"):  # a NaN is refused below, with its place
        values = np.divide(array, np.float32(whole or 1), dtype=np.float32)
    notes: list[str] = []
    if whole is None:
        check_finite(values, name)
    premultiplied = False
    if alpha:
        covered = np.clip(values[..., -1:], 0, 1)
        if (covered != values[..., -1:]).any():
            notes.append("its alpha was clipped to 0 to 1")
            values[..., -1:] = covered
        if samples.premultiplied:
            planes = values[..., :-1]
            straight = divided(planes, covered)
            premultiplied = _beyond_straight(planes, straight, covered, light=whole is None)
            if premultiplied:
                notes.append("it has light that alpha does not cover, which is kept as it is")
            else:
                planes[...] = straight if whole is None else np.minimum(straight, 1)
    if whole is None:
        curve = LogCurve.covering(values[..., :-1] if alpha else values)
        colour = Colour(model, alpha=alpha, depth=32, curve=curve, premultiplied=premultiplied)
    else:
        depth = 8 if whole == 255 else 16
        colour = Colour(model, alpha=alpha, depth=depth, premultiplied=premultiplied)
    return values, colour, tuple(notes)


def multiplied(picture: Picture) -> Picture:
    """A picture of 8 bits whose colours came multiplied by alpha, made straight where that goes."""
    levels = np.rint(picture.values * 255).astype(np.uint8)
    values, colour, notes = as_values(Samples(levels, True), picture.name)
    notes = (*picture.notes, *notes)
    return dataclasses.replace(picture, values=values, colour=colour, notes=notes)


def _beyond_straight(
    planes: NDArray[np.float32],
    straight: NDArray[np.floating],
    covered: NDArray[np.float32],
    *,
    light: bool,
) -> bool:
    """Whether colours that are multiplied by alpha hold light that straight ones can't."""
    if bool((np.abs(planes) * (covered == 0)).any()):
        return True
    if not light:
        return bool((planes > covered).any())
    brightest = float(np.abs(planes).max(initial=0))
    return not float(np.abs(straight).max(initial=0)) <= _MOST_TIMES * brightest


def lit(
    values: NDArray[np.float32], colour: Colour, profile: bytes
) -> tuple[NDArray[np.float32], Colour, tuple[str, ...]]:
    """Floats that come with an ICC profile as light: its curve undone, its primaries kept.

    Args:
        values: Light, as `as_values` took it. (H, W, C)
        colour: What that means.
        profile: The file's.

    Returns:
        Values, what they mean, and what the user should be told.
    """
    count = colour.channels - colour.alpha
    try:
        light, coding, told = as_light(values[..., :count], profile)
    except Senseless as error:
        return values, colour, (f"its ICC profile was left out ({error})",)
    if not np.isfinite(light).all():
        return values, colour, ("its ICC profile was left out (its curve has no end)",)
    values = np.concatenate([light, values[..., count:]], axis=-1)
    colour = dataclasses.replace(colour, curve=LogCurve.covering(light), coding=coding)
    return values, colour, (told,)


def check_finite(array: NDArray, name: str) -> None:
    """Refuse light that is no number. (H, W, C)

    Raises:
        PictureError: So it is.
    """
    wrong = ~np.isfinite(array).all(axis=2)
    if wrong.any():
        y, x = np.argwhere(wrong)[0]
        raise PictureError(
            f"{name} has {int(wrong.sum())} pixels that are not finite numbers (NaN or infinite), "
            f"the first at x {x}, y {y}; repair them first"
        )


def number(spec: Any, attribute: str, default: int) -> int:
    """A whole number that a file says of itself."""
    value = spec.getattribute(attribute)
    return value if isinstance(value, int) else default
