"""What a JPEG rounds: the steps of its cosines, and whether its colours are halved.

By name: "75" for the tables of the Independent JPEG Group's library at that quality and colours
halved along both axes; "75/444" for colours that are not halved, "75/422" for those halved along
rows; where tables are others, their 128 bytes in base 32 stand for the quality.

Source: ITU-T T.81 (JPEG), B.2.2 and B.2.4.1; the library's tables are K.1 and K.2 there, scaled.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

SIDE = 8
LUMA = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
CHROMA = (
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
    24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
)  # fmt: skip
# How colours are halved, along rows and along columns, and what that is called.
HALVED = {(True, True): "", (False, False): "/444", (True, False): "/422", (False, True): "/440"}


@dataclass(frozen=True)
class JpegSteps:
    """Of a JPEG.

    Attributes:
        quality: Of the library's tables, from 1 to 100; of others, the one that comes nearest.
        halved: Whether colours are halved, along rows and along columns.
        own: Tables of brightness and of colours, row by row, where they are not the library's;
            else empty. 128 bytes
    """

    quality: int
    halved: tuple[bool, bool] = (True, True)
    own: bytes = b""

    def __str__(self) -> str:
        tables = base64.b32encode(self.own).decode("ascii").lower().rstrip("=")
        return f"{tables or self.quality}{HALVED[self.halved]}"

    @property
    def brief(self) -> "JpegSteps":
        """With the library's tables that come nearest in place of its own."""
        return replace(self, own=b"")

    @property
    def tables(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Of brightness and of colours, in levels of 255. (8, 8) each"""
        if not self.own:
            return tables(self.quality)
        luma, chroma = np.frombuffer(self.own, np.uint8).reshape(2, SIDE, SIDE).astype(np.float32)
        return luma, chroma

    @classmethod
    def named(cls, text: str) -> "JpegSteps | None":
        """As `str` tells it; None for what it doesn't tell."""
        told, slash, _ = text.partition("/")
        suffix = text[len(told) :]
        halved = next((own for own, name in HALVED.items() if name == suffix), None)
        if halved is None or (slash and not suffix):
            return None
        if told.isdecimal() and len(told) <= 3:
            return cls(int(told), halved) if 1 <= int(told) <= 100 else None
        try:
            own = base64.b32decode(told.upper() + "=" * (-len(told) % 8))
        except (binascii.Error, ValueError):
            return None
        return cls.of(own, halved) if len(own) == 2 * SIDE * SIDE and min(own) else None

    @classmethod
    def of(cls, own: bytes, halved: tuple[bool, bool]) -> "JpegSteps":
        """By tables of brightness and of colours, row by row, and how colours are halved."""
        steps = np.frombuffer(own, np.uint8).astype(np.float64)
        known = _library()
        off = np.abs(np.log(known / steps)).sum(axis=1)
        nearest = int(off.argmin())
        return cls(nearest + 1, halved, b"" if off[nearest] == 0.0 else own)


def tables(quality: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The steps of brightness and of colour, in levels of 255. (8, 8) each"""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    steps = [np.clip((np.array(base) * scale + 50) // 100, 1, 255) for base in (LUMA, CHROMA)]
    luma, chroma = (table.reshape(SIDE, SIDE).astype(np.float32) for table in steps)
    return luma, chroma


def told_by(
    found: Mapping[int, bytes], components: Sequence[tuple[int, int, int]]
) -> JpegSteps | None:
    """Of a file's tables; None where it rounds in another way.

    Args:
        found: Its tables by number, row by row, 64 bytes each.
        components: For each, how often it is sampled across and down, and its table's number.
    """
    own = [found.get(table, b"") for _, _, table in components]
    if len(components) not in (1, 3) or any(len(table) != SIDE * SIDE for table in own):
        return None
    across, down, _ = components[0]
    if len(components) == 1:
        return _of_grey(own[0]) or JpegSteps.of(own[0] * 2, (True, True))
    if own[1] != own[2] or components[1][:2] != (1, 1) or components[2][:2] != (1, 1):
        return None
    if max(across, down) > 2:
        return None
    return JpegSteps.of(own[0] + own[1], (across == 2, down == 2))


@cache
def _library() -> NDArray[np.float64]:
    """The library's tables of all qualities. (100, 128)"""
    return np.array([np.concatenate(tables(q), axis=None) for q in range(1, 101)], np.float64)


def _of_grey(table: bytes) -> JpegSteps | None:
    """The library's quality that a table of brightness alone tells; None for others."""
    same = (_library()[:, : SIDE * SIDE] == np.frombuffer(table, np.uint8)).all(axis=1)
    return JpegSteps(int(same.argmax()) + 1) if same.any() else None
