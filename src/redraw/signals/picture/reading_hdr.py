"""Radiance HDR, by OpenImageIO, with what its header says of its colours.

Source: Ward, "Radiance File Formats", picture files.
"""

import dataclasses
import re
from pathlib import Path
from typing import BinaryIO

from redraw.signals.picture import openimageio
from redraw.signals.picture.coding import SRGB_PRIMARIES, XYZ_PRIMARIES, Coding
from redraw.signals.picture.limits import check_pixels
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading_pillow import UPRIGHT
from redraw.signals.picture.trouble import damaged
from redraw.signals.picture.wanted import Wanted


def read(file: BinaryIO, path: Path, kind: str, wanted: Wanted) -> Picture:
    """Read a Radiance picture.

    Raises:
        PictureError: Damaged, too large, or in need of the extra `hdr`.
    """
    name = path.name
    wanted.place(1, name)
    header = file.read(2**16).partition(b"\n\n")[0].decode("latin-1")
    openimageio.require(name, "a Radiance HDR")
    with openimageio.opened(path, name) as source:
        spec = source.spec()
        check_pixels(spec.width, spec.height, wanted.max_pixels, name)
        array = openimageio.pixels(source, spec, "float", name)
    if array.shape[2] != 3:
        raise damaged(name, f"{array.shape[2]} channels were found")
    values, colour, notes = openimageio.as_values(openimageio.Samples(array, False), name)
    values = UPRIGHT.get(openimageio.number(spec, "Orientation", 1), lambda a: a)(values)
    coding = _coding(header)
    if coding is not None:
        colour = dataclasses.replace(colour, coding=coding)
        notes = (*notes, f"its colours are {coding.describe()}, which is kept")
    exposures = re.findall(r"^EXPOSURE=\s*(\S+)", header, re.MULTILINE)
    if exposures and any(value.strip("0.") != "1" for value in exposures):
        notes = (*notes, f"its light is as exposed (EXPOSURE {' and '.join(exposures)[:40]})")
    for what, word in (("PIXASPECT", "pixels' aspect"), ("COLORCORR", "correction of colours")):
        found = re.findall(rf"^{what}=\s*(.+)$", header, re.MULTILINE)
        if found and any(part.strip("0.") != "1" for value in found for part in value.split()):
            notes = (*notes, f"its {word} ({what} {found[-1].strip()[:40]}) was left out")
    return Picture(values.copy(), colour, name=name, notes=notes)


def _coding(header: str) -> Coding | None:
    if re.search(r"^FORMAT=32-bit_rle_xyze", header, re.MULTILINE):
        return Coding(XYZ_PRIMARIES, "linear")
    found = re.search(r"^PRIMARIES=\s*(.+)$", header, re.MULTILINE)
    try:
        numbers = tuple(float(word) for word in found[1].split()) if found else SRGB_PRIMARIES
        coding = Coding(numbers, "linear")
    except ValueError:
        return None
    same = max(abs(a - b) for a, b in zip(numbers, SRGB_PRIMARIES, strict=True)) < 1e-2
    return None if same else coding
