"""One block as bytes, and back, from chances that all blocks of a picture begin with.

Shapes: C planes; arrays of a block have a border (`redraw.kernels.block_coder`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.coding.blocks.layout import SIDE
from redraw.errors import FileFormatError
from redraw.kernels import block_coder
from redraw.kernels.binary_coder import WORDS

BORDER = block_coder.BORDER
# Rows and columns of a block with its border, and of what its parent says.
WHOLE, HALF = SIDE + 2 * BORDER, SIDE // 2 + 2 * BORDER
# Sizes above this are not told to the finer level.
TOLD = 255
# How sure a block is of what it begins with: bits that a chance has seen.
TRUST = 24
# Levels from this on share their chances.
CLASSES = 3


@dataclass
class Chances:
    """What blocks begin with, for each class of levels.

    Attributes:
        chances: Of 65536. (CLASSES, CONTEXTS) int32
        counts: How many bits each has seen. (CLASSES, CONTEXTS) int32
    """

    chances: NDArray[np.int32]
    counts: NDArray[np.int32]

    @classmethod
    def even(cls) -> "Chances":
        """Nothing is known."""
        shape = (CLASSES, block_coder.CONTEXTS)
        return cls(np.full(shape, block_coder.EVEN, np.int32), np.zeros(shape, np.int32))

    def of(self, level: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Copies for one block: chances and counts. (CONTEXTS,) each"""
        at = min(level, CLASSES - 1)
        return self.chances[at].copy(), self.counts[at].copy()

    def settled(self) -> "Chances":
        """As they are kept: in the upper 12 bits, and not too sure."""
        chances = np.clip(self.chances >> 4, 1, 4095) << 4
        return Chances(chances.astype(np.int32), np.minimum(self.counts, TRUST))

    def to_bytes(self) -> bytes:
        """Each as a number of 16 bits, the lowest byte first, then all counts as a byte each."""
        kept = self.settled()
        return kept.chances.astype("<u2").tobytes() + kept.counts.astype(np.uint8).tobytes()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Chances":
        """The inverse.

        Raises:
            FileFormatError: it is nothing that `to_bytes` makes.
        """
        shape = (CLASSES, block_coder.CONTEXTS)
        count = shape[0] * shape[1]
        if len(content) != 3 * count:
            raise FileFormatError(f"the chances have {len(content)} bytes; accepted: {3 * count}")
        chances = np.frombuffer(content[: 2 * count], "<u2").astype(np.int32).reshape(shape)
        counts = np.frombuffer(content[2 * count :], np.uint8).astype(np.int32).reshape(shape)
        if counts.max() > block_coder.MEMORY:
            raise FileFormatError("the chances have seen more bits than any can")
        return cls(chances, counts)


def empty(channels: int) -> NDArray[np.int32]:
    """Room for the coefficients of a block. (C, 3, WHOLE, WHOLE)"""
    return np.zeros((channels, 3, WHOLE, WHOLE), np.int32)


def without_parent(channels: int) -> NDArray[np.int32]:
    """What the parent says where there is none. (C, 3, HALF, HALF)"""
    return np.zeros((channels, 3, HALF, HALF), np.int32)


def parent_part(coefficients: NDArray, row: int, column: int) -> NDArray[np.int32]:
    """Sizes of a block's parent within the block's square; large ones as TOLD. (C, 3, HALF, HALF)

    Args:
        coefficients: Of the parent. (C, 3, SIDE, SIDE)
        row: Of the block.
        column: Of the block.
    """
    half = SIDE // 2
    result = without_parent(len(coefficients))
    # A border of what lies around, where the parent knows it.
    rows, to_rows = _part(half * (row % 2))
    columns, to_columns = _part(half * (column % 2))
    sizes = np.abs(coefficients[:, :, rows, columns].astype(np.int32))
    result[:, :, to_rows, to_columns] = np.minimum(sizes, TOLD)
    return result


def _part(start: int) -> tuple[slice, slice]:
    """A half of a parent's rows with their border as far as it goes, and where that is put."""
    first, last = max(start - BORDER, 0), min(start + SIDE // 2 + BORDER, SIDE)
    shift = BORDER - start
    return slice(first, last), slice(first + shift, last + shift)


def write(
    coefficients: NDArray[np.int32],
    shapes: NDArray[np.int64],
    parent: NDArray[np.int32],
    chances: NDArray[np.int32],
    counts: NDArray[np.int32],
) -> bytes:
    """A block as bytes; `chances` and `counts` learn from it.

    (C, 3, h + 4, w + 4), (3, 2), the others as `block_coder.write` has them.
    """
    coder = np.zeros(WORDS, np.int64)
    room = 4096 + coefficients.size // 2
    before = chances.copy(), counts.copy()
    while True:
        data = np.empty(room, np.uint8)
        length = block_coder.write(coefficients, shapes, parent, chances, counts, coder, data)
        if length <= room:
            return data[:length].tobytes()
        room = length + 64
        chances[:], counts[:] = before


def read(
    content: bytes | NDArray[np.uint8],
    shapes: NDArray[np.int64],
    parent: NDArray[np.int32],
    chances: NDArray[np.int32],
    counts: NDArray[np.int32],
    out: NDArray[np.int32],
) -> None:
    """The coefficients of a block, into `out`, which holds zeros; any bytes are some coefficients.

    `content` (n,); the others as of `write`.
    """
    data = np.array(np.frombuffer(content, np.uint8))  # a kernel takes what could be written
    block_coder.read(out, shapes, parent, chances, counts, data)
