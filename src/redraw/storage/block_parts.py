"""What stands in the chunks of a large picture: what its blocks mean, and tables of their lengths.

Nothing is allocated that the content's own length, or what is asked for, does not bear out.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

from redraw.coding.blocks.layout import SIDE, Layout
from redraw.errors import FileFormatError
from redraw.storage.chunk_names import LARGE
from redraw.storage.container import Reader


def layout_of(content: bytes) -> Layout:
    """What the bytes of a picture's blocks mean.

    Raises:
        FileFormatError: they mean nothing.
    """
    reader = Reader(content, f"its chunk {LARGE}")
    width, height, channels, depth, levels, step, side = (reader.number() for _ in range(7))
    if side != SIDE:
        raise FileFormatError(f"its blocks have {side} coefficients along a side, not {SIDE}")
    places = tuple(reader.signed() for _ in range(6))
    reader.end()
    return Layout(width, height, channels, depth, levels, step, places)


def unpacked(content: bytes, size: int, name: str) -> bytes:
    """What zlib holds, which is so long. Raises FileFormatError if it is not."""
    unpacker = zlib.decompressobj()
    try:
        result = unpacker.decompress(content, size + 1)
    except zlib.error as error:
        raise FileFormatError(f"its chunk {name} can't be unpacked: {error}") from error
    if len(result) != size or unpacker.unused_data:
        raise FileFormatError(f"its chunk {name} has another length than it should")
    return result


def table_of(
    content: bytes, count: int, chunk: str
) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Lengths and checksums of so many parts, each with at least 5 bytes in the table.

    Returns:
        Lengths in bytes, and CRC-32 of each. (count,) int64, (count,) uint32

    Raises:
        FileFormatError: the chunk holds other than that.
    """
    if len(content) < 5 * count:
        raise FileFormatError(f"its chunk {chunk} is too short for {count:,} parts")
    lengths, used = _numbers(content, count, chunk)
    if len(content) - used != 4 * count:
        raise FileFormatError(f"its chunk {chunk} has another length than {count:,} parts take")
    checksums = np.frombuffer(content[used:], "<u4").astype(np.uint32)
    return lengths, checksums


def _numbers(content: bytes, count: int, chunk: str) -> tuple[NDArray[np.int64], int]:
    """As `Reader.number`, so many at once: a gigapixel has twenty thousand blocks.

    Returns:
        The numbers, and the bytes that they take. (count,)
    """
    if not count:
        return np.zeros(0, np.int64), 0
    # No number takes more than 5 bytes.
    data = np.frombuffer(content[: 5 * count], np.uint8)
    ends = np.flatnonzero(data < 128)[:count]
    if len(ends) < count:
        raise FileFormatError(f"its chunk {chunk} is damaged: a number of more than 32 bits")
    starts = np.concatenate([[0], ends[:-1] + 1])
    sizes = ends - starts + 1
    long = sizes > 1
    if int(sizes.max()) > 5 or bool((data[ends[long]] == 0).any()):
        raise FileFormatError(
            f"its chunk {chunk} is damaged: a number in a form that none is written in"
        )
    values = np.zeros(count, np.int64)
    for place in range(int(sizes.max())):
        there = sizes > place
        values[there] |= (data[starts[there] + place].astype(np.int64) & 127) << (7 * place)
    if int(values.max()) >> 32:
        raise FileFormatError(f"its chunk {chunk} is damaged: a number of more than 32 bits")
    return values, int(ends[-1]) + 1
