"""The picture formats: how a file is recognised, and what each format can hold when written."""

from dataclasses import dataclass
from pathlib import PurePath

from redraw.errors import PictureError
from redraw.signals.picture.colour import Depth

_SIGNATURES = (  # name, offset, bytes there
    ("PNG", 0, b"\x89PNG\r\n\x1a\n"),
    ("JPEG", 0, b"\xff\xd8\xff"),
    ("WebP", 8, b"WEBP"),
    ("TIFF", 0, b"II*\0"),
    ("TIFF", 0, b"MM\0*"),
    ("TIFF", 0, b"II+\0"),  # BigTIFF
    ("TIFF", 0, b"MM\0+"),
    ("BMP", 0, b"BM"),
    ("GIF", 0, b"GIF87a"),
    ("GIF", 0, b"GIF89a"),
    ("AVIF", 4, b"ftypavif"),
    ("AVIF", 4, b"ftypavis"),
    ("AVIF", 4, b"ftypmif1"),  # the general brand; HEIC can have it too, and is then refused
    ("EXR", 0, b"\x76\x2f\x31\x01"),
    ("HDR", 0, b"#?RADIANCE"),
    ("HDR", 0, b"#?RGBE"),
)
SNIFFED_BYTES = 4096  # how much of a file's start `recognise` wants to see
READABLE = "PNG, JPEG, WebP, AVIF, TIFF, BMP, GIF, EXR and HDR pictures, and CSV tables of pixels"


def recognise(start: bytes) -> str | None:
    """The format of a file by its first bytes ("PNG", ..., "CSV"); None when it is none of ours."""
    for name, offset, signature in _SIGNATURES:
        if start[offset:].startswith(signature):
            return name
    header = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if b"".join(header[:64].split()).startswith(b"x,y,"):
        return "CSV"
    return None


def told(path: PurePath) -> str | None:
    """What a file is, in words, by its first bytes: "a PNG picture"; None if it is none of ours."""
    try:
        with open(path, "rb") as file:
            name = recognise(file.read(SNIFFED_BYTES))
    except OSError:
        return None
    if name == "CSV":
        return "a CSV table of pixels"
    article = "an" if name and name[0] in "AEH" else "a"  # as the letters are said
    return f"{article} {name} picture" if name else None


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
        max_side: Its own limit of width and height.
    """

    name: str
    writer: str
    depths: tuple[Depth, ...] = (8,)
    alpha: bool = True
    icc: bool = True
    grey: bool = True
    max_side: int = 2**31 - 1


PNG = Target("PNG", "png", depths=(1, 8, 16))
_JPEG = Target("JPEG", "pillow", alpha=False, max_side=65_500)
_TIFF = Target("TIFF", "pillow", depths=(1, 8, 16, 32))
_TARGETS = {
    ".png": PNG,
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
    ".webp": Target("WebP", "pillow", grey=False, max_side=16_383),
    ".avif": Target("AVIF", "pillow", grey=False, max_side=65_535),
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".bmp": Target("BMP", "pillow", depths=(1, 8), alpha=False, icc=False),
    ".gif": Target("GIF", "pillow", depths=(1, 8), alpha=False, icc=False, max_side=65_535),
    ".exr": Target("EXR", "openimageio", depths=(16, 32), icc=False),
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
