"""The weights of a filter as bytes and back, in plain Python.

`redraw info` needs them without Numba. They are few, a stream of the coder of pictures: each a
*rest* (docs/format.md).
"""

from collections.abc import Sequence

from redraw.errors import FileFormatError
from redraw.kernels.filter_layout import HEAVIEST, weights_of

FULL = 0xFFFFFFFF
# Chances of the bits of a rest: where they begin, their limits, by which part they move, and where
# those of digits begin.
EVEN, LEAST, MOST, MOVE, DIGITS = 1 << 15, 500, 65000, 5, 32
LONGEST = 30


class _Bits:
    """Bits of adaptive chances, written or read."""

    def __init__(self, data: bytes | None) -> None:
        self.low, self.high, self.chances = 0, FULL, [EVEN] * (2 * DIGITS)
        self.data, self.out, self.at = data, bytearray(), 4
        self.code = 0 if data is None else int.from_bytes(data[:4].ljust(4, b"\0"), "big")

    def bit(self, which: int, bit: int = 0) -> int:
        """The bit that is read, or `bit`, which is written."""
        chance = min(max(self.chances[which], LEAST), MOST)
        middle = self.low + ((self.high - self.low) * chance >> 16)
        if self.data is not None:
            bit = int(self.code <= middle)
        if bit:
            self.high = middle
        else:
            self.low = middle + 1
        while (self.low ^ self.high) >> 24 == 0:
            if self.data is None:
                self.out.append(self.high >> 24)
            else:
                following = self.data[self.at] if self.at < len(self.data) else 0
                self.code, self.at = self.code << 8 & FULL | following, self.at + 1
            self.low, self.high = self.low << 8 & FULL, self.high << 8 & FULL | 255
        self.chances[which] += (65535 * bit - self.chances[which]) >> MOVE
        return bit

    def rest(self, value: int = 0) -> int:
        """The number of at least 0 that is read, or `value`, which is written."""
        length, own = 0, (value + 1).bit_length() - 1
        while length < LONGEST and self.bit(length, int(length < own)):
            length += 1
        made = 1
        for place in range(length - 1, -1, -1):
            made = 2 * made + self.bit(DIGITS + place, (value + 1) >> place & 1)
        return made - 1

    def finished(self) -> bytes:
        """What was written: as few bytes as name a number of the interval, zeros after them."""
        for count in range(1, 5):
            shift = 32 - 8 * count
            code = self.high >> shift << shift
            if code >= self.low:
                self.out += code.to_bytes(4, "big")[:count]
                break
        return bytes(self.out).rstrip(b"\0")


def packed_weights(weights: Sequence[int]) -> bytes:
    """Weights as bytes."""
    bits = _Bits(None)
    for weight in weights:
        bits.rest(2 * weight - 1 if weight > 0 else -2 * weight)
    return bits.finished()


def unpacked_weights(data: bytes, planes: int) -> tuple[int, ...]:
    """The inverse, of a picture of so many planes.

    Raises:
        FileFormatError: a weight is larger than any is.
    """
    bits, made = _Bits(data), []
    for _ in range(weights_of(planes)):
        folded = bits.rest()
        made.append((folded + 1) >> 1 if folded & 1 else -(folded >> 1))
        if abs(made[-1]) > HEAVIEST:
            raise FileFormatError("a weight of a filter is larger than any")
    return tuple(made)
