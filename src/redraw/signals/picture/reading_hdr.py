"""Radiance HDR, by OpenImageIO, with what its header says of its colours.

Source: Ward, "Radiance File Formats", picture files.
"""

import contextlib
import dataclasses
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from redraw.signals.picture import openimageio
from redraw.signals.picture.coding import SRGB_PRIMARIES, XYZ_PRIMARIES, Coding
from redraw.signals.picture.limits import check_pixels
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading_pillow import UPRIGHT, there
from redraw.signals.picture.trouble import damaged
from redraw.signals.picture.wanted import Wanted

_HEAD = 2**16
_XYZ = re.compile(r"^FORMAT=\s*32-bit_rle_xyze", re.MULTILINE)
_ORIENTATIONS = {  # axis that goes from line to line, axis along a line; Y points up
    (b"-Y", b"+X"): 1,
    (b"-Y", b"-X"): 2,
    (b"+Y", b"-X"): 3,
    (b"+Y", b"+X"): 4,
    (b"+X", b"-Y"): 5,
    (b"-X", b"-Y"): 6,
    (b"-X", b"+Y"): 7,
    (b"+X", b"+Y"): 8,
}


def read(file: BinaryIO, path: Path, kind: str, wanted: Wanted) -> Picture:
    """Read a Radiance picture.

    Raises:
        PictureError: Damaged, too large, or in need of the extra `hdr`.
    """
    name = path.name
    wanted.place(1, name)
    start = file.read(_HEAD)
    header = start.partition(b"\n\n")[0].decode("latin-1")
    openimageio.require(name, "a Radiance HDR")
    with _as_rgb(file, path, header) as readable, openimageio.opened(readable, name) as source:
        spec = source.spec()
        check_pixels(spec.width, spec.height, wanted.max_pixels, name)
        array, known = openimageio.pixels_there(source, spec, wanted, name)
    if array.shape[2] != 3:
        raise damaged(name, f"{array.shape[2]} channels were found")
    values, colour, notes = openimageio.as_values(openimageio.Samples(array, False), name)
    upright = UPRIGHT.get(_orientation(start), lambda a: a)
    values = upright(values)
    if known is not None:
        known = upright(known).copy()
        notes = (*notes, there(known, name))
    coding = _coding(header)
    if coding is not None:
        colour = dataclasses.replace(colour, coding=coding)
        notes = (*notes, f"its colours are {coding.describe()}, which is kept")
    exposures = re.findall(r"^EXPOSURE=\s*(\S+)", header, re.MULTILINE)
    if exposures and any(value.strip("0.") != "1" for value in exposures):
        notes = (*notes, f"its light is as exposed (EXPOSURE {' and '.join(exposures)[:40]})")
    for what, word in (
        ("PIXASPECT", "pixels' aspect"),
        ("COLORCORR", "correction of colours"),
        ("GAMMA", "gamma"),
    ):
        found = re.findall(rf"^{what}=\s*(.+)$", header, re.MULTILINE)
        if found and any(part.strip("0.") != "1" for value in found for part in value.split()):
            notes = (*notes, f"its {word} ({what} {found[-1].strip()[:40]}) was left out")
    return Picture(values.copy(), colour, known=known, name=name, notes=notes)


@contextlib.contextmanager
def _as_rgb(file: BinaryIO, path: Path, header: str) -> Iterator[Path]:
    """The file, or a copy that calls its numbers RGB: of XYZ nothing but the name is another."""
    if not _XYZ.search(header):
        yield path
        return
    file.seek(0)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy.hdr")
        copy.write_bytes(file.read().replace(b"32-bit_rle_xyze", b"32-bit_rle_rgbe", 1))
        yield copy


def _orientation(start: bytes) -> int:
    """How its lines run, as a number of EXIF; OpenImageIO mixes up two of the eight."""
    found = re.search(rb"^([-+][XY]) +\d+ +([-+][XY]) +\d+\r?$", start, re.MULTILINE)
    return _ORIENTATIONS.get((found[1], found[2]), 1) if found else 1


def _coding(header: str) -> Coding | None:
    if _XYZ.search(header):
        return Coding(XYZ_PRIMARIES, "linear")
    found = re.search(r"^PRIMARIES=\s*(.+)$", header, re.MULTILINE)
    try:
        numbers = tuple(float(word) for word in found[1].split()) if found else SRGB_PRIMARIES
        coding = Coding(numbers, "linear")
    except ValueError:
        return None
    same = max(abs(a - b) for a, b in zip(numbers, SRGB_PRIMARIES, strict=True)) < 1e-2
    return None if same else coding
