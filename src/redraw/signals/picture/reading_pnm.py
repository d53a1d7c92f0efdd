"""Netpbm's own formats, PBM to PAM and PFM, exactly: any largest value, either order of bytes.

Sources: the manual pages pbm, pgm, ppm and pam of Netpbm; Debevec, "PFM portable float map".
"""

import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from redraw.errors import PictureError
from redraw.signals.picture.colour import Colour, Depth
from redraw.signals.picture.limits import check_pixels
from redraw.signals.picture.openimageio import Samples, as_values
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.trouble import cut_short, damaged, unsupported
from redraw.signals.picture.wanted import Wanted

_HEADER = 2**16
_MOST = 1000  # pictures in a file that are counted
_TOKEN = re.compile(rb"\s*(?:#[^\r\n]*[\r\n]\s*)*([^\s#]+)")
_TUPLE_TYPES = ("BLACKANDWHITE", "GRAYSCALE", "RGB")  # each also with _ALPHA


def read(file: BinaryIO, path: Path, kind: str, wanted: Wanted) -> Picture:
    """Read a PBM, PGM, PPM, PAM or PFM.

    Raises:
        PictureError: Damaged, cut short (unless what is there is wanted), or too large.
    """
    name = path.name
    start = file.read(_HEADER)
    if kind == "PFM":
        wanted.place(1, name)
        return _float(file, start, name, wanted)
    headers = _headers(file, name)
    place = wanted.place(len(headers), name)
    header = headers[place or 0]
    notes: tuple[str, ...] = ()
    if len(headers) > 1 and place is None:
        notes = (f"the first of {len(headers)} pictures in it was taken; --page N takes another",)
    width, height, channels, highest = header.width, header.height, header.channels, header.highest
    check_pixels(width, height, wanted.max_pixels, name)
    file.seek(header.at)
    if header.magic in (b"P1", b"P2", b"P3"):
        count = width * height * channels
        found = _plain(file.read(), count, one=header.magic == b"P1", name=name)
    elif header.magic == b"P4":
        line = (width + 7) // 8
        packed = np.frombuffer(file.read(line * height), np.uint8)
        whole = packed[: len(packed) // line * line].reshape(-1, line)
        found = np.unpackbits(whole, axis=1)[:, :width].reshape(-1)
    else:
        size = 2 if highest > 255 else 1
        raw = file.read(header.length)
        found = np.frombuffer(raw[: len(raw) // size * size], ">u2" if size == 2 else "u1")
    array, known, cut = _rows(found, (height, width, channels), name, wanted)
    if int(array.max(initial=0)) > highest:
        raise damaged(name, f"it has a value above the largest, {highest}")
    kept = channels - header.further
    values = np.divide(array[..., :kept], np.float32(highest), dtype=np.float32)
    if header.magic in (b"P1", b"P4"):
        values = 1 - values  # 1 is black there
    depth: Depth = 1 if highest == 1 and kept == 1 else 8 if highest <= 255 else 16
    if highest not in (1, 255, 65535):
        notes = (*notes, f"its values end at {highest}")
    notes = (*notes, *header.notes)
    colour = Colour("grey" if kept <= 2 else "rgb", alpha=header.alpha, depth=depth)
    return Picture(values, colour, known=known, name=name, notes=(*notes, *cut))


@dataclass(frozen=True)
class _Header:
    """One picture of a file: what its header says, and where its numbers are.

    Attributes:
        at, length: Where they begin, and how many bytes they have where they are binary.
        further: Channels that are none of the picture's.
        notes: What the user should be told.
    """

    magic: bytes
    width: int
    height: int
    channels: int
    alpha: bool
    highest: int
    at: int
    further: int = 0
    notes: tuple[str, ...] = ()

    @property
    def length(self) -> int:
        if self.magic == b"P4":
            return (self.width + 7) // 8 * self.height
        size = 2 if self.highest > 255 else 1
        return self.width * self.height * self.channels * size


def _headers(file: BinaryIO, name: str) -> list[_Header]:
    """Those of all pictures: binary ones may stand one behind the other."""
    found: list[_Header] = []
    at, end = 0, file.seek(0, 2)
    while len(found) < _MOST:
        file.seek(at)
        start = file.read(_HEADER)
        blanks = len(start) - len(start.lstrip(b" \t\r\n"))
        if found and not re.match(rb"P[4-7][\s#]", start[blanks:]):
            break
        try:
            header = _header(start[blanks:], name)
        except PictureError:
            if found:
                break
            raise
        begins = at + blanks + header.at
        if _two_ends(start, blanks + header.at, end - begins - header.length):
            begins += 1
        found.append(dataclasses.replace(header, at=begins))
        at = found[-1].at + header.length
        if header.magic in (b"P1", b"P2", b"P3") or at >= end:
            break
    return found


def _header(start: bytes, name: str) -> _Header:
    magic = start[:2]
    if magic == b"P7":
        header = _pam(start, name)
    else:
        numbers, at = _numbers(start, 2 if magic in (b"P1", b"P4") else 3, name)
        width, height, highest = (*numbers, 1)[:3]
        channels = 3 if magic in (b"P3", b"P6") else 1
        header = _Header(magic, width, height, channels, False, highest, at)
    if not 1 <= header.highest <= 65535:
        raise damaged(name, f"its largest value is {header.highest}; 1 to 65535 are possible")
    return header


def _float(file: BinaryIO, start: bytes, name: str, wanted: Wanted) -> Picture:
    (width, height), at = _numbers(start, 2, name)
    token = _TOKEN.match(start, at - 1)
    try:
        scale = float(token[1]) if token else 0.0
    except ValueError:
        scale = 0.0
    if token is None or scale == 0.0 or not np.isfinite(scale):
        raise damaged(name, "its header has no scale")
    check_pixels(width, height, wanted.max_pixels, name)
    channels, alpha = (1, False) if start[:2] == b"Pf" else (3, False)
    if start[:3] == b"PF4":
        channels, alpha = 4, True
    at, length = token.end() + 1, width * height * channels * 4
    at += _two_ends(start, at, file.seek(0, 2) - at - length)
    file.seek(at)
    raw = file.read(length)
    found = np.frombuffer(raw[: len(raw) // 4 * 4], "<f4" if scale < 0 else ">f4")
    array, known, cut = _rows(found, (height, width, channels), name, wanted)
    flipped = np.ascontiguousarray(array[::-1], np.float32)  # its first row is the lowest
    known = None if known is None else known[::-1]
    values, colour, notes = as_values(Samples(flipped, alpha, False), name)
    if abs(scale) != 1:  # what it means is left to programs
        notes = (*notes, f"its scale of {abs(scale):g} was left out")
    return Picture(values, colour, known=known, name=name, notes=(*notes, *cut))


def _two_ends(start: bytes, at: int, over: int) -> bool:
    """Whether a header ends in a return and a line feed: then the file is one byte longer."""
    return start[at - 1 : at + 1] == b"\r\n" and over == 1


def _numbers(start: bytes, count: int, name: str) -> tuple[list[int], int]:
    """The whole numbers of a header, and where its data begin."""
    found, at = [], 2 if start[2:3] != b"4" else 3
    for _ in range(count):
        token = _TOKEN.match(start, at)
        if token is None or not token[1].isdigit() or len(token[1]) > 9:
            raise damaged(name, "its header has no size")
        found.append(int(token[1]))
        at = token.end()
    return found, at + 1  # one blank ends the header


def _pam(start: bytes, name: str) -> _Header:
    found = re.search(rb"^ENDHDR[ \t\r]*\n", start, re.MULTILINE)
    if found is None:
        raise damaged(name, "its header has no end")
    head = start[: found.start()]
    said = {
        words[0]: words[1:]
        for line in head.split(b"\n")[1:]
        if (words := line.split()) and not line.startswith(b"#")
    }
    try:
        width, height, depth, highest = (
            int(said[key][0]) for key in (b"WIDTH", b"HEIGHT", b"DEPTH", b"MAXVAL")
        )
    except (KeyError, IndexError, ValueError):
        raise damaged(name, "its header lacks a number") from None
    if min(width, height) < 0:
        raise damaged(name, f"its size is {width}x{height}")
    if not 1 <= depth <= 4:
        raise unsupported(name, f"a PAM of {depth} channels (1 to 4 are read)")
    kind = b" ".join(said.get(b"TUPLTYPE", ())).decode("latin-1").upper()
    if kind and kind.removesuffix("_ALPHA") not in _TUPLE_TYPES:
        raise unsupported(name, f"a PAM of {kind[:40]} ({', '.join(_TUPLE_TYPES)} are read)")
    alpha, further, notes = depth in (2, 4), 0, ()
    if kind:
        alpha = kind.endswith("_ALPHA")
        further = depth - (3 if kind.startswith("RGB") else 1) - alpha
        if further < 0:
            raise damaged(name, f"it has {depth} channels, too few for {kind}")
        if further:
            notes = (f"{further} further channel{'s were' if further > 1 else ' was'} left out",)
    elif alpha:
        notes = ("its last channel is not named, and was taken as alpha",)
    return _Header(
        b"P7", width, height, depth, alpha, highest, found.end(), further=further, notes=notes
    )


def _plain(text: bytes, count: int, *, one: bool, name: str) -> NDArray:
    """Numbers as text; of a PBM, digits that need no blanks between them."""
    text = re.sub(rb"#[^\r\n]*", b" ", text)
    if one:
        digits = np.frombuffer(text, np.uint8)
        return (digits[(digits == 48) | (digits == 49)] - 48)[:count]
    words = text.split(maxsplit=count)[:count]
    if any(not word.isdigit() or len(word) > 6 for word in words):
        raise damaged(name, "a value is no whole number")
    return np.array(words, dtype="S6").astype(np.int64) if words else np.zeros(0, np.int64)


def _rows(
    found: NDArray, shape: tuple[int, int, int], name: str, wanted: Wanted
) -> tuple[NDArray, NDArray[np.bool_] | None, tuple[str, ...]]:
    """The values as rows, those that are missing left open where that is wanted."""
    height, width, channels = shape
    line = width * channels
    there = len(found) // line
    if there >= height:
        return found[: height * line].reshape(shape), None, ()
    what = f"{there:,} of its {height:,} rows are there"
    if not wanted.partial:
        raise cut_short(name, what)
    if not there:
        raise damaged(name, "not one row of it is there")
    array = np.zeros(shape, found.dtype.newbyteorder("="))
    array[:there] = found[: there * line].reshape(there, width, channels)
    known = np.zeros((height, width), np.bool_)
    known[:there] = True
    return array, known, (f"{what}; the rest is left open",)
