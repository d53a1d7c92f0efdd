"""Whether a file ends before it says that it does: a test of damage that needs no decoder.

Sources: ISO/IEC 14496-12 (boxes); Google, "WebP Container Specification" (RIFF); CompuServe,
    "GIF89a Specification"; Microsoft, "Bitmap Storage".
"""

from typing import BinaryIO


def ends_early(file: BinaryIO, kind: str) -> bool:
    """Whether the lengths that stand in a file of the format `kind` go beyond its end."""
    size = file.seek(0, 2)
    file.seek(0)
    check = {
        "AVIF": _boxes,
        "HEIC": _boxes,
        "JPEG XL": _boxes,
        "JPEG2000": _boxes,
        "WebP": _riff,
        "GIF": _gif,
        "BMP": _bmp,
    }.get(kind)
    return check is not None and check(file, size)


def _boxes(file: BinaryIO, size: int) -> bool:
    at = 0
    while at < size:
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return True
        length = int.from_bytes(head[:4])
        if length == 1:
            length = int.from_bytes(head[8:16])
        if length == 0:
            return False
        if length < 8 or not head[4:8].strip(b" ").isalnum():
            return False  # no boxes at all, but a bare stream
        at += length
    return at > size


def _riff(file: BinaryIO, size: int) -> bool:
    head = file.read(8)
    return int.from_bytes(head[4:8], "little") + 8 > size


def _bmp(file: BinaryIO, size: int) -> bool:
    head = file.read(14)
    return len(head) < 14 or int.from_bytes(head[2:6], "little") > size


def _gif(file: BinaryIO, size: int) -> bool:
    head = file.read(13)
    if len(head) < 13:
        return True
    if head[10] & 0x80:
        file.seek(3 << ((head[10] & 7) + 1), 1)
    while True:
        start = file.read(1)
        if start == b";":
            return False
        if start == b"!":
            file.read(1)
        elif start == b",":
            place = file.read(9)
            if len(place) < 9:
                return True
            if place[8] & 0x80:
                file.seek(3 << ((place[8] & 7) + 1), 1)
            file.read(1)
        else:
            return not start
        while length := file.read(1):
            if length == b"\0":
                break
            file.seek(length[0], 1)
        if not length or file.tell() > size:
            return True
