"""What each picture format can hold when it is written."""

from dataclasses import dataclass
from pathlib import PurePath

from redraw.errors import PictureError
from redraw.signals.picture.colour import Depth


@dataclass(frozen=True)
class Target:
    """What a format can hold, and who writes it.

    Args:
        name: As people write it.
        writer: "png" (ours, row by row), "pillow" (whole), or "openimageio" (row by row). TIFF goes
            to the third where the second can't.
        depths: Bits per value it can hold.
        alpha: Whether it holds alpha.
        icc: Whether it holds an ICC profile.
        grey: Whether it holds grey as such; otherwise grey is written as three equal channels.
        coding: Whether it says primaries and curve of its numbers.
        points: Whether it says them by code points only.
        max_side: Its own limit of width and height.
    """

    name: str
    writer: str
    depths: tuple[Depth, ...] = (8,)
    alpha: bool = True
    icc: bool = True
    grey: bool = True
    coding: bool = False
    points: bool = False
    max_side: int = 2**31 - 1


PNG = Target("PNG", "png", depths=(1, 8, 16), coding=True)
_JPEG = Target("JPEG", "pillow", alpha=False, max_side=65_500)
_TIFF = Target("TIFF", "pillow", depths=(1, 8, 16, 32))
_TARGETS = {
    ".png": PNG,
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".webp": Target("WebP", "pillow", grey=False, max_side=16_383),
    ".avif": Target("AVIF", "pillow", grey=False, coding=True, points=True, max_side=65_535),
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".bmp": Target("BMP", "pillow", depths=(1, 8), alpha=False, icc=False),
    ".gif": Target("GIF", "pillow", depths=(1, 8), alpha=False, icc=False, max_side=65_535),
    ".exr": Target("EXR", "openimageio", depths=(16, 32), icc=False, coding=True),
    ".hdr": Target("HDR", "openimageio", depths=(32,), alpha=False, icc=False, grey=False),
}


def target_of(path: PurePath) -> Target:
    """The format to write, by the extension.

    Raises:
        PictureError: The extension is none of ours.
    """
    target = _TARGETS.get(path.suffix.lower())
    if target is None:
        got = f"has the extension {path.suffix}" if path.suffix else "has no extension"
        raise PictureError(f"{path} {got}; a picture is written to one of {' '.join(_TARGETS)}")
    return target
