"""WebP, by Pillow, with Adobe RGB as EXIF data tell it."""

from pathlib import Path
from typing import BinaryIO

from redraw.signals.picture import adobe_rgb, reading_pillow
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.wanted import Wanted


def read(file: BinaryIO, path: Path, kind: str, wanted: Wanted) -> Picture:
    """Read a WebP, or one of its frames.

    Raises:
        PictureError: As `reading_pillow.read`.
    """
    picture = reading_pillow.read(file, path, kind, wanted)
    return adobe_rgb.named(picture) if adobe_rgb.told_in(file) else picture
