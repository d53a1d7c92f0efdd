"""What the samples of a TIFF mean: from numbers as they stand in the file to a picture's values.

Sources: Adobe, "TIFF Revision 6.0" (photometric interpretations, samples, extra samples); "Adobe
    Photoshop TIFF Technical Notes" and CIE 15 (L*a*b*); GDAL, "GTiff driver" (missing values).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from redraw.signals.picture import reading_pillow, srgb
from redraw.signals.picture.colour import Colour, Depth
from redraw.signals.picture.openimageio import Samples, as_values
from redraw.signals.picture.trouble import unsupported

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR, CIELAB, ICCLAB = 0, 1, 2, 3, 5, 6, 8, 9
_COLOURS = {
    WHITE_IS_ZERO: 1,
    BLACK_IS_ZERO: 1,
    RGB: 3,
    PALETTE: 1,
    CMYK: 4,
    YCBCR: 3,
    CIELAB: 3,
    ICCLAB: 3,
}
DEVELOP = (
    "develop it first: darktable-cli FILE out.tif, rawtherapee-cli -t -c FILE, or dcraw -T FILE"
)
_UNREAD = {
    4: ("a mask of transparency", "name the picture with --page N"),
    10: ("ITU L*a*b*", "convert it to RGB first"),
    32803: ("a camera's raw file, unfinished colours of its sensor (CFA)", DEVELOP),
    32844: ("LogL, light as logarithms", "convert it to EXR first"),
    32845: ("LogLuv, light as logarithms", "convert it to EXR first"),
    34892: ("a camera's raw file, linear light of its sensor", DEVELOP),
    51177: ("a map of depth", "name the picture with --page N"),
    52527: ("a mask of a photograph", "name the picture with --page N"),
}
# Decoders of the others (JPEG and its kin) give RGB.
_YCBCR_AS_IT_STANDS = {1, 5, 8, 32773, 32946, 33003, 34925, 50000}
_WEIGHTS = (0.299, 0.587, 0.114)  # of red, green and blue in brightness: ITU-R BT.601
_FAX = {2, 3, 4, 32771}
_MIXED_INKS = 2  # the value of InkSet for inks that are not CMYK
_LEFT_OUT = {  # tags of curves that decoders leave out
    291: "its curve of greys (GrayResponseCurve)",
    301: "its transfer curve (TransferFunction)",
}
_D50 = np.array([0.9642, 1.0, 0.8251])
_D50_TO_SRGB = np.array(  # Lindbloom: sRGB, adapted to D50 by Bradford
    [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ]
)


def photometric_of(page: Any) -> int:
    """How its numbers become colours; by their count where it does not say so, as in libtiff."""
    if told(page) or int(page.photometric or 0):
        return int(page.photometric)
    if int(page.compression) in _FAX:
        return WHITE_IS_ZERO
    return RGB if int(page.samplesperpixel) >= 3 else BLACK_IS_ZERO


def told(page: Any) -> bool:
    """Whether it says how its numbers become colours."""
    return page.tags.get(262) is not None


def check(page: Any, name: str) -> None:
    """Refuse what can't be shown, before it is decoded.

    Raises:
        PictureError: Such a photometric interpretation, sample format or number of bits.
    """
    photometric = photometric_of(page)
    if photometric not in _COLOURS:
        what, remedy = _UNREAD.get(
            photometric, (f"photometric interpretation {photometric}", "convert it to RGB first")
        )
        raise unsupported(name, what, remedy)
    if photometric == CMYK and _tag(page, 332) == (_MIXED_INKS,):
        raise unsupported(name, "inks that are not CMYK", "convert it to RGB first")
    each = page.bitspersample
    if isinstance(each, tuple) and len(set(each)) > 1:
        different = ", ".join(str(int(one)) for one in each[:8])
        raise unsupported(name, f"channels of different bits ({different})")
    if int(page.sampleformat) in (5, 6):
        raise unsupported(name, "complex numbers", "save their magnitude first")
    if page.dtype is None:
        raise unsupported(
            name, f"{page.bitspersample} bits of sample format {int(page.sampleformat)}"
        )
    if getattr(page, "imagedepth", 1) > 1:
        raise unsupported(name, f"a volume of {page.imagedepth} slices", "save one slice first")


def values_of(
    array: NDArray, page: Any, name: str
) -> tuple[NDArray[np.float32], Colour, NDArray[np.bool_] | None, tuple[str, ...]]:
    """Values, what they mean, which pixels are known, and notes.

    Args:
        array: Samples as they stand in the file. (H, W, S)
        page: As tifffile read it.
        name: For messages.
    """
    photometric = photometric_of(page)
    count = _COLOURS[photometric]
    if array.shape[2] < count:
        raise unsupported(name, f"{array.shape[2]} channels where {count} are needed")
    colours, notes = array[..., :count], []
    alpha, premultiplied, said = extra(page, array.shape[2] - count)
    notes += said
    if not told(page):
        notes.append("it does not say what its numbers mean; 0 was taken as black")
    notes += [*curves_left_out(page), *unheard(page)]
    known, said = _missing(colours, page)
    notes += said
    bits = int(
        page.bitspersample if isinstance(page.bitspersample, int) else max(page.bitspersample)
    )
    depth: Depth | None = None  # as the samples' type says
    if photometric == PALETTE:
        colours, depth = _looked_up(colours, page, name)
        alpha_scale = 2**bits - 1
    elif photometric in (CIELAB, ICCLAB):
        colours, depth = (
            _from_lab(colours, bits, signed=photometric == CIELAB),
            8 if bits <= 8 else 16,
        )
        notes.append("CIE L*a*b* was converted to sRGB")
        alpha_scale = 2**bits - 1
    elif photometric == YCBCR and int(page.compression) in _YCBCR_AS_IT_STANDS:
        if array.dtype.kind not in "u":
            raise unsupported(name, f"YCbCr of {array.dtype}", "convert it to RGB first")
        colours, depth = _from_ycbcr(colours, page, bits), 8 if bits <= 8 else 16
        alpha_scale = 2**bits - 1
    elif photometric == CMYK:
        colours, depth, said = _from_cmyk(colours, page, bits)
        notes += said
        alpha_scale = 2**bits - 1
    elif array.dtype.kind in "ub":
        alpha_scale = 2**bits - 1
        colours = np.divide(colours, np.float64(alpha_scale)).astype(np.float32)
        depth = 1 if bits == 1 and count == 1 and alpha is None else 8 if bits <= 8 else 16
        if bits > 16:
            notes.append(f"its {bits}-bit whole numbers are kept to 24 bits, and written as 16")
    elif array.dtype.kind == "i":
        alpha_scale = 2 ** (bits - 1) - 1
        colours = np.divide(colours, np.float64(alpha_scale)).astype(np.float32)
        notes.append(f"its signed whole numbers were taken as light, {alpha_scale} as white")
    else:
        alpha_scale = 1
        if array.dtype.itemsize > 4:
            notes.append("its 64-bit floats were read as 32-bit")
            with np.errstate(over="ignore"):
                colours = colours.astype(np.float32)
    if photometric == WHITE_IS_ZERO:
        colours = 1 - colours
    planes = np.asarray(colours, np.float32)
    if known is not None:
        planes = np.where(known[..., None], planes, np.float32(1))
    if alpha is not None:
        cover = np.divide(array[..., count + alpha], np.float64(alpha_scale)).astype(np.float32)
        planes = np.concatenate([planes, cover[..., None]], axis=2)
    values, colour, more = _meant(planes, alpha is not None, premultiplied, depth, name)
    notes += more
    return values, colour, known, tuple(notes)


def unheard(page: Any) -> list[str]:
    """Notes of black, white and weights of colours that whoever decodes them does not hear of."""
    photometric = photometric_of(page)
    as_it_stands = int(page.compression) in _YCBCR_AS_IT_STANDS
    if photometric not in (RGB, YCBCR) or (photometric == YCBCR and as_it_stands):
        return []
    bits = page.bitspersample if isinstance(page.bitspersample, int) else max(page.bitspersample)
    highest, middle = 2**bits - 1, 2 ** (bits - 1)
    usual = (0, highest) * 3 if photometric == RGB else (0, highest, *(middle, highest) * 2)
    notes, ends = [], _ratios(_tag(page, 532), 6)
    if ends is not None and ends != usual:
        notes.append("its own black and white (ReferenceBlackWhite) were left out")
    weights = _ratios(_tag(page, 529), 3)
    if photometric == YCBCR and weights is not None:
        off = max(abs(a - b) for a, b in zip(weights, _WEIGHTS, strict=True))
        if off > 1e-3:
            notes.append("its own weights of colours (YCbCrCoefficients) were left out")
    return notes


def _meant(
    planes: NDArray[np.float32], alpha: bool, premultiplied: bool, depth: Depth | None, name: str
) -> tuple[NDArray[np.float32], Colour, tuple[str, ...]]:
    if depth is None:
        return as_values(Samples(planes, alpha, premultiplied), name)
    model = "grey" if planes.shape[2] <= 2 else "rgb"
    if not alpha or not premultiplied:
        return planes, Colour(model, alpha=alpha, depth=depth), ()
    whole = np.rint(planes * (255 if depth == 8 else 65535))
    samples = Samples(whole.astype(np.uint8 if depth == 8 else np.uint16), True)
    return as_values(samples, name)


def extra(page: Any, count: int) -> tuple[int | None, bool, list[str]]:
    """Which of the channels behind the colours is alpha, whether colours are multiplied by it."""
    if count <= 0:
        return None, False, []
    tag = page.tags.get(338)
    kinds = () if tag is None else tag.value if isinstance(tag.value, tuple) else (tag.value,)
    for place, kind in enumerate(kinds[:count]):
        if int(kind) in (1, 2):
            left = f"{count - 1} further channel{'s were' if count > 2 else ' was'} left out"
            left = left if count > 1 else ""
            return place, int(kind) == 1, [left] if left else []
    if not kinds and count == 1 and photometric_of(page) == RGB:
        return 0, False, ["its fourth channel is not named, and was taken as alpha"]
    return None, False, [f"{count} further channel{'s were' if count > 1 else ' was'} left out"]


def value_for_none(page: Any) -> float | None:
    """The value that stands for none, as maps tell it (GDAL_NODATA); None where there is none."""
    tag = page.tags.get(42113)
    try:
        return float(str(tag.value).strip("\0 ")) if tag is not None else None
    except ValueError:
        return None


def curves_left_out(page: Any) -> list[str]:
    """Notes on its curves, which no decoder here applies."""
    return [f"{what} was left out" for tag, what in _LEFT_OUT.items() if _tag(page, tag)]


def _missing(colours: NDArray, page: Any) -> tuple[NDArray[np.bool_] | None, list[str]]:
    """Pixels that hold the value that stands for none, as maps tell it (GDAL_NODATA)."""
    none = value_for_none(page)
    if none is None:
        return None, []
    gone = np.isnan(colours) if np.isnan(none) and colours.dtype.kind == "f" else colours == none
    known = np.asarray(~gone.all(axis=2), np.bool_)
    if known.all() or not known.any():
        return None, []
    return known, [f"{int((~known).sum()):,} pixels hold {none:g}, which stands for no value there"]


def _looked_up(colours: NDArray, page: Any, name: str) -> tuple[NDArray, Depth]:
    table = page.colormap
    if table is None or colours.dtype.kind not in "ub":
        raise unsupported(name, "a palette that is not there")
    table = np.asarray(table).T  # (entries, 3)
    index = np.minimum(colours[..., 0].astype(np.int64), len(table) - 1)
    if int(table.max(initial=0)) < 256:  # written by programs that did not know of 16 bits
        table = table * 257
    plain = bool((table % 257 == 0).all() or (table % 256 == 0).all())
    scaled = (table // 257 if (table % 257 == 0).all() else table // 256) if plain else table
    found = np.divide(scaled, np.float32(255 if plain else 65535), dtype=np.float32)[index]
    if (found[..., 0] == found[..., 1]).all() and (found[..., 0] == found[..., 2]).all():
        found = found[..., :1]
    return found, 8 if plain else 16


def _tag(page: Any, number: int) -> tuple[Any, ...]:
    """The values of a tag; none where it is not there."""
    tag = page.tags.get(number)
    if tag is None:
        return ()
    return tag.value if isinstance(tag.value, tuple) else (tag.value,)


def _from_ycbcr(colours: NDArray, page: Any, bits: int) -> NDArray[np.float32]:
    """Luma and differences as RGB, by the file's weights and its black and white. (H, W, 3)"""
    highest = 2**bits - 1
    weights = _ratios(_tag(page, 529), 3) or _WEIGHTS
    middle = 2 ** (bits - 1)
    ends = _ratios(_tag(page, 532), 6) or (0, highest, middle, highest, middle, highest)
    if ends[1] <= ends[0] or ends[3] <= ends[2] or ends[5] <= ends[4] or not weights[1]:
        weights, ends = _WEIGHTS, (0, highest, middle, highest, middle, highest)
    raw = colours.astype(np.float64)
    luma = (raw[..., 0] - ends[0]) / (ends[1] - ends[0])
    # Differences reach from -1/2 to 1/2, with one step less above than below.
    unit = (middle - 1) / highest
    blue, red = (
        (raw[..., k] - ends[2 * k]) * unit / (ends[2 * k + 1] - ends[2 * k]) for k in (1, 2)
    )
    r, b = luma + red * (2 - 2 * weights[0]), luma + blue * (2 - 2 * weights[2])
    g = (luma - weights[0] * r - weights[2] * b) / weights[1]
    return np.clip(np.stack([r, g, b], axis=-1), 0, 1).astype(np.float32)


def _ratios(values: tuple[Any, ...], count: int) -> tuple[float, ...] | None:
    """So many fractions of a tag as numbers; None where they are not there, or none."""
    try:
        found = tuple(a / b for a, b in zip(values[::2], values[1::2], strict=True))
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return found if len(found) == count else None


def _from_cmyk(colours: NDArray, page: Any, bits: int) -> tuple[NDArray, Depth, list[str]]:
    icc = page.tags.get(34675)
    profile = bytes(icc.value) if icc is not None else None
    colours, told = _inked(colours, page, bits)
    if bits == 8:
        image = Image.fromarray(np.ascontiguousarray(colours, np.uint8), "CMYK")
        image, _, notes = reading_pillow.from_cmyk(image, profile)
        return np.asarray(image, np.float32) / np.float32(255), 8, [*told, *notes]
    cover = colours.astype(np.float32) / np.float32(2**bits - 1)
    found = (1 - cover[..., :3]) * (1 - cover[..., 3:])
    notes = [*told, "CMYK was converted to RGB without an ICC profile"]
    return found, 8 if bits < 8 else 16, notes


def _inked(colours: NDArray, page: Any, bits: int) -> tuple[NDArray, list[str]]:
    """Levels from no ink to all of it, by the file's own (DotRange); and what to say. (H, W, 4)"""
    highest = 2**bits - 1
    told = _tag(page, 336)
    ends = np.array(told * 4 if len(told) == 2 else told, np.float64).reshape(-1)
    if len(ends) != 8 or colours.dtype.kind not in "u" or (ends == [0, highest] * 4).all():
        return colours, []
    none, all_ = ends[::2], ends[1::2]
    if (none == all_).any():
        return colours, ["the levels of its inks (DotRange) are none, and were left out"]
    levels = np.clip((colours - none) / (all_ - none), 0, 1) * highest
    said = f"its inks run from {none[0]:g} to {all_[0]:g} (DotRange), as it says"
    return np.rint(levels).astype(colours.dtype), [said]


def _from_lab(colours: NDArray, bits: int, *, signed: bool) -> NDArray[np.float32]:
    """8 or 16 bits of L*, a* and b* under D50 as sRGB."""
    if colours.dtype.kind == "f":
        lightness, a, b = np.moveaxis(colours.astype(np.float64), -1, 0)
    else:
        highest, unit = 2**bits - 1, 2 ** (bits - 8)
        raw = colours.astype(np.int64) & highest
        lightness = raw[..., 0] * (100 / highest)
        if signed:
            a, b = (
                ((raw[..., k] + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1)) / unit for k in (1, 2)
            )
        else:
            a, b = (raw[..., k] / unit - 128 for k in (1, 2))
    y = (lightness + 16) / 116
    powers = np.stack([y + a / 500, y, y - b / 200], axis=-1)
    xyz = np.where(powers > 6 / 29, powers**3, 3 * (6 / 29) ** 2 * (powers - 4 / 29)) * _D50
    return srgb.from_light(xyz @ _D50_TO_SRGB.T)
