"""AVIF and HEIC: what boxes say of the main picture, wherever in the file they stand.

Every picture in such a file has properties of its own, which a list of associations gives it: those
of a thumbnail, of alpha or of a gain map are none of the main one's. A picture of tiles has its
bits where its first tile has them.

Source: ISO/IEC 14496-12, 8.11 (meta, pitm, iprp, iref) and 23008-12, 9.3 (ipco, ipma).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_MOST = 2**26  # bytes of a box that are looked at
_START = 2**18  # bytes of a file without such boxes that are looked at: of moving pictures
_CODECS = (b"av1C", b"hvcC")


@dataclass(frozen=True)
class Boxes:
    """What is known before anything is decoded.

    Attributes:
        all: The boxes of all pictures, one behind the other.
        main: Those that are properties of the main one.
    """

    all: bytes
    main: bytes


def scan(file: BinaryIO) -> Boxes:
    """The boxes of a file; its start, where it has none that are understood."""
    size, at, start = file.seek(0, 2), 0, b""
    while at + 8 <= size:
        file.seek(at)
        head = file.read(16)
        length, kind = int.from_bytes(head[:4]), head[4:8]
        length = int.from_bytes(head[8:16]) if length == 1 else length or size - at
        if length < 8:
            break
        if kind == b"meta":
            file.seek(at)
            start = file.read(min(length, _MOST))
            break
        at += length
    if start and (main := _main(start[12:])):
        return Boxes(start, main)
    file.seek(0)
    start = start or file.read(_START)
    return Boxes(start, start)


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and whole box of each, one behind the other."""
    at = 0
    while at + 8 <= len(content):
        length = int.from_bytes(content[at : at + 4]) or len(content) - at
        if length < 8:
            return
        yield content[at + 4 : at + 8], content[at : at + length]
        at += length


def _main(meta: bytes) -> bytes:
    """The properties of the main picture, and of its first tile how it is coded."""
    inner = dict(_boxes(meta))
    first, listed = inner.get(b"pitm", b""), inner.get(b"iprp", b"")
    number = int.from_bytes(first[12 : 14 if first[8:9] == b"\0" else 16])
    properties: list[bytes] = []
    given: dict[int, list[int]] = {}
    for kind, box in _boxes(listed[8:]):
        if kind == b"ipco":
            properties = [own for _, own in _boxes(box[8:])]
        elif kind == b"ipma":
            given |= _given(box)

    def of(item: int) -> list[bytes]:
        places = given.get(item, [])
        return [properties[place - 1] for place in places if 0 < place <= len(properties)]

    found = of(number)
    if found and not any(own[4:8] in _CODECS for own in found):
        tiles = _tiles(inner.get(b"iref", b""), number)
        found += [own for tile in tiles[:1] for own in of(tile) if own[4:8] in _CODECS]
    return b"".join(found)


def _given(box: bytes) -> dict[int, list[int]]:
    """By the number of a picture, which properties are its own, from 1."""
    wide, long = box[8:9] != b"\0", bool(box[11:12] and box[11] & 1)
    at, found = 16, {}
    for _ in range(min(int.from_bytes(box[12:16]), len(box))):
        item = int.from_bytes(box[at : at + (4 if wide else 2)])
        at += 4 if wide else 2
        count, size = box[at] if at < len(box) else 0, 2 if long else 1
        most = 0x7FFF if long else 0x7F
        places = [box[at + 1 + size * k : at + 1 + size * (k + 1)] for k in range(count)]
        found[item] = [int.from_bytes(place) & most for place in places]
        at += 1 + size * count
    return found


def _tiles(box: bytes, number: int) -> list[int]:
    """The pictures that another is made of."""
    size = 2 if box[8:9] == b"\0" else 4
    for kind, way in _boxes(box[12:]):
        if kind == b"dimg" and int.from_bytes(way[8 : 8 + size]) == number:
            places = way[10 + size :]
            return [int.from_bytes(places[at : at + size]) for at in range(0, len(places), size)]
    return []
