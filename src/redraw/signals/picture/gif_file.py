"""GIF: where its pictures stand on its canvas, which is empty where none has been drawn.

Pillow fills what the first picture leaves with the first colour of its palette; browsers leave it
empty.

Source: CompuServe, "GIF89a Specification", 18 (logical screen) and 20 (image descriptor).
"""

from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray


def drawn(file: BinaryIO, pictures: int, size: tuple[int, int]) -> NDArray[np.bool_] | None:
    """Which pixels are drawn on by its first so many pictures; None where all are. (H, W)

    Args:
        file: At any place.
        pictures: How many are looked at.
        size: Width and height of what was decoded.
    """
    file.seek(0)
    head = file.read(13)
    if len(head) < 13:
        return None
    there = np.zeros(size[::-1], np.bool_)
    _pass_palette(file, head[10])
    while pictures:
        start = file.read(1)
        if start == b"!":
            file.read(1)
        elif start == b",":
            place = file.read(9)
            if len(place) < 9:
                return None
            left, top, across, down = np.frombuffer(place[:8], "<u2").astype(int)
            there[top : top + down, left : left + across] = True
            pictures -= 1
            _pass_palette(file, place[8])
            file.read(1)
        else:
            return None
        while length := file.read(1):
            if length == b"\0":
                break
            file.seek(length[0], 1)
    return None if there.all() else there


def _pass_palette(file: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        file.seek(3 << ((flags & 7) + 1), 1)
