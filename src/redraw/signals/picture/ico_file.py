"""ICO: one of the pictures of an icon, each a PNG, or a bitmap with a mask behind it.

Of one size there may be several, of 4 to 32 bits: the deepest is meant. How many bits each has
stands in it; what the list in front says of that is often 0. A bitmap of 32 bits has alpha, unless
that is 0 everywhere: then its mask holds, as in one of fewer bits.

Sources: Microsoft, "Icons" (ICONDIR and ICONIMAGE); Chen, "The evolution of the ICO file format".
"""

import dataclasses
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from redraw.signals.picture.inputs import of_bytes
from redraw.signals.picture.limits import check_pixels
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.trouble import cut_short, damaged, unsupported
from redraw.signals.picture.wanted import Wanted

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_MASKS = 3  # how a bitmap says that masks tell its colours
_MOST_SHOWN = 12  # sizes in a note


@dataclass(frozen=True)
class _Entry:
    """One picture of an icon; of sizes and bits, those that stand in it.

    Attributes:
        at, length: Where it stands in the file.
        png: Whether it is one; a bitmap otherwise.
    """

    at: int
    length: int
    width: int
    height: int
    bits: int
    png: bool


def read(file: BinaryIO, path: Path, wanted: Wanted) -> Picture:
    """The largest picture, of equal sizes the deepest; or another one, counted from the smallest.

    Raises:
        PictureError: Damaged, cut short (unless what is there is wanted), or too large.
    """
    name = path.name
    entries = _entries(file, name)
    place = wanted.place(len(entries), name)
    entry = entries[-1 if place is None else place]
    check_pixels(entry.width, entry.height, wanted.max_pixels, name)
    file.seek(entry.at)
    content = file.read(entry.length)
    if entry.png:
        picture = _inner(content, name, wanted)
    else:
        picture = _bitmap(content, entry, name, wanted)
    if len(entries) == 1 or place is not None:
        return picture
    return dataclasses.replace(picture, notes=(_told(entries), *picture.notes))


def _told(entries: list[_Entry]) -> str:
    sizes = {(entry.width, entry.height) for entry in entries}
    shown = [
        f"{entry.width}x{entry.height}"
        + (f" of {entry.bits} bits" if len(sizes) < len(entries) else "")
        for entry in entries
    ]
    more = f"{len(shown) - _MOST_SHOWN} more, " if len(shown) > _MOST_SHOWN else ""
    listed = f"{more}{', '.join(shown[-_MOST_SHOWN:])}"
    return f"the largest of {listed} was taken; --page N takes another"


def _inner(content: bytes, name: str, wanted: Wanted) -> Picture:
    return of_bytes(content, name, max_pixels=wanted.max_pixels, partial=wanted.partial)


def _entries(file: BinaryIO, name: str) -> list[_Entry]:
    """What it holds, the smallest first."""
    file.seek(0)
    count = int.from_bytes(file.read(6)[4:6], "little")
    listed = file.read(16 * count)
    found = []
    for place in range(len(listed) // 16):
        length, at = struct.unpack("<2I", listed[16 * place + 8 : 16 * place + 16])
        file.seek(at)
        head = file.read(26)
        if len(head) < 26:
            continue
        if head.startswith(_PNG):
            width, height, depth, kind = struct.unpack(">IIBB", head[16:26])
            bits = depth * _PNG_CHANNELS.get(kind, 1)
            found.append(_Entry(at, length, width, height, bits, png=True))
            continue
        size, width, height, _, bits = struct.unpack("<IiiHH", head[:16])
        if size >= 40 and width > 0:
            found.append(_Entry(at, length, width, abs(height) // 2, bits, png=False))
    if len(found) < count or not found:
        raise damaged(name, f"{len(found)} of its {count} pictures are there")
    return sorted(found, key=lambda entry: (entry.width * entry.height, entry.width, entry.bits))


def _bitmap(content: bytes, entry: _Entry, name: str, wanted: Wanted) -> Picture:
    """The colours as a BMP of their own, with alpha, or with the mask behind them."""
    if len(content) < 40:
        raise damaged(name, "its header is not whole")
    size, packing, colours = (int.from_bytes(content[k : k + 4], "little") for k in (0, 16, 32))
    if packing not in (0, _MASKS):
        raise unsupported(name, f"an icon whose bitmap is packed by method {packing}")
    at = size + (12 if packing == _MASKS and size == 40 else 0)
    at += 4 * min(colours or 2**entry.bits, 2**entry.bits) if entry.bits <= 8 else 0
    length = (entry.width * entry.bits + 31) // 32 * 4 * entry.height
    head = content[:8] + struct.pack("<i", entry.height) + content[12:at]
    start = b"BM" + struct.pack("<IHHI", 14 + at + length, 0, 0, 14 + at)
    raw = content[at : at + length]
    picture = _inner(start + head + raw, name, wanted)
    if picture.colour.alpha:  # by a mask of its own
        return picture
    cover, notes = _alpha(raw, entry) if packing == 0 and entry.bits == 32 else None, ()
    if cover is None:
        cover, notes = _mask(
            content[at + length :], entry, name, wanted, cut=len(content) < entry.length
        )
    if bool((cover == 1).all()):
        return dataclasses.replace(picture, notes=(*picture.notes, *notes))
    values = np.concatenate([picture.values, cover[..., None]], axis=-1)
    colour = dataclasses.replace(picture.colour, alpha=True, depth=8)
    return dataclasses.replace(
        picture, values=values, colour=colour, notes=(*picture.notes, *notes)
    )


def _alpha(raw: bytes, entry: _Entry) -> NDArray[np.float32] | None:
    """Of 32 bits the fourth byte; None where it is 0 everywhere. (H, W)"""
    whole = np.zeros(entry.height * entry.width * 4, np.uint8)
    whole[: len(raw)] = np.frombuffer(raw, np.uint8)
    alpha = whole.reshape(entry.height, entry.width, 4)[::-1, :, 3]
    return np.divide(alpha, np.float32(255), dtype=np.float32) if alpha.any() else None


def _mask(
    raw: bytes, entry: _Entry, name: str, wanted: Wanted, *, cut: bool
) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """1 where the bit of the mask is not set. (H, W)"""
    line = (entry.width + 31) // 32 * 4
    if len(raw) == (entry.width + 7) // 8 * entry.height:  # so Pillow writes it
        line = (entry.width + 7) // 8
    notes: tuple[str, ...] = ()
    if len(raw) < line * entry.height:
        if cut and not wanted.partial:
            raise cut_short(name, "its mask is not whole")
        notes = ("its mask is not whole; what is missing was taken as opaque",)
    rows = np.frombuffer(raw[: line * entry.height].ljust(line * entry.height, b"\0"), np.uint8)
    bits = np.unpackbits(rows.reshape(entry.height, line)[::-1], axis=1)[:, : entry.width]
    return (1 - bits).astype(np.float32), notes
