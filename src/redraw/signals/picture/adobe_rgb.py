"""Adobe RGB, as EXIF data name it where there is no profile.

Source: CIPA DC-008, "Exif", ColorSpace; JEITA CP-3461, "Design rule for Camera File system" (R03).
"""

import dataclasses
from typing import BinaryIO

from PIL import Image

from redraw.signals.picture import reading_pillow
from redraw.signals.picture.coding import Coding
from redraw.signals.picture.picture import Picture

CODING = Coding((0.64, 0.33, 0.21, 0.71, 0.15, 0.06, 0.3127, 0.3290), "gamma", 563 / 256)
NOTE = "its colours are Adobe RGB by its EXIF data, which is kept"


def told_in(file: BinaryIO) -> bool:
    """Whether the EXIF data of a file that Pillow opens say so."""
    with reading_pillow.quietly():
        try:
            return told_by(Image.open(file).getexif())
        except Exception:
            return False


def told_by(exif: Image.Exif) -> bool:
    """Whether EXIF data say so: no sRGB, and the index of interoperability R03."""
    try:
        space, index = exif.get_ifd(0x8769).get(0xA001), exif.get_ifd(0xA005).get(1)
    except Exception:  # damaged data say nothing
        return False
    return space == 2 or (space == 0xFFFF and str(index or "").startswith("R03"))


def named(picture: Picture) -> Picture:
    """The picture in that, where nothing else says what its colours are."""
    colour = picture.colour
    if colour.icc is not None or colour.coding is not None or colour.model != "rgb":
        return picture
    if colour.depth == 32:
        return picture
    colour = dataclasses.replace(colour, coding=CODING)
    return dataclasses.replace(picture, colour=colour, notes=(*picture.notes, NOTE))
