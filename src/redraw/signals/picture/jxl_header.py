"""The start of a JPEG XL: how large it is, how many bits a value has, whether it moves.

Read by us, so that a size is refused before it is decoded, and so that it is known what is white:
decoders give 10 bits as they stand.

Source: ISO/IEC 18181-1, SizeHeader and ImageMetadata.
"""

from dataclasses import dataclass

from redraw.signals.picture.trouble import damaged

_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
_LENGTH = 2**14  # bytes that hold all that is looked at
_MOST_CHANNELS = 64
_ALPHA, _SPOT, _FILTERED = 0, 2, 5  # kinds of further channels


@dataclass(frozen=True)
class JxlHeader:
    """What is known before anything is decoded.

    Attributes:
        width, height: Of the picture as coded, before it is turned.
        bits: Of a value.
        moving: Whether it is an animation.
        gain_map: Whether a second picture says how bright it is.
        premultiplied: Whether its colours come multiplied by alpha.
        further: How many channels it has that are neither colours nor the first alpha.
    """

    width: int
    height: int
    bits: int
    moving: bool
    gain_map: bool = False
    premultiplied: bool = False
    further: int = 0


def scan(data: bytes, name: str) -> JxlHeader:
    """The header of a JPEG XL, in its boxes or bare.

    Raises:
        PictureError: There is none.
    """
    coded = _codestream(data)
    if not coded.startswith(b"\xff\x0a"):
        raise damaged(name, "it holds no coded picture")
    bits = _Bits(int.from_bytes(coded[2 : 2 + _LENGTH], "little"))
    width, height = _size(bits)
    gain_map = b"jhgm" in _kinds(data)
    if bits.take(1):  # everything as usual
        return JxlHeader(width, height, 8, False, gain_map)
    moving = bool(bits.take(1)) and _extra(bits)
    depth = _depth(bits)
    bits.take(1)  # whether 16 bits suffice to decode it
    alphas, further = [], 0
    for _ in range(min(bits.number((0, 0), (1, 0), (2, 4), (1, 12)), _MOST_CHANNELS)):
        multiplied = _channel(bits)
        if multiplied is None or alphas:
            further += 1
        else:
            alphas.append(multiplied)
    return JxlHeader(width, height, depth, moving, gain_map, alphas == [True], further)


def _depth(bits: "_Bits") -> int:
    if not bits.take(1):
        return bits.number((8, 0), (10, 0), (12, 0), (1, 6))
    depth = bits.number((32, 0), (16, 0), (24, 0), (1, 6))
    bits.take(4)  # of the exponent
    return depth


def _channel(bits: "_Bits") -> bool | None:
    """Of a further channel whether colours come multiplied by it; None if it is no alpha."""
    if bits.take(1):  # everything as usual
        return False
    kind = bits.number((0, 0), (1, 0), (2, 4), (18, 6))
    _depth(bits)
    bits.number((0, 0), (3, 0), (4, 0), (1, 3))
    bits.take(8 * bits.number((0, 0), (0, 4), (16, 5), (48, 10)))  # its name
    if kind == _ALPHA:
        return bool(bits.take(1))
    if kind == _SPOT:
        bits.take(4 * 16)
    elif kind == _FILTERED:
        bits.number((1, 0), (0, 2), (3, 4), (19, 8))
    return None


class _Bits:
    """A few bits, the lowest first."""

    def __init__(self, content: int) -> None:
        self._content, self._at = content, 0

    def take(self, count: int) -> int:
        """The next ones as a number."""
        value = self._content >> self._at & ((1 << count) - 1)
        self._at += count
        return value

    def number(self, *ways: tuple[int, int]) -> int:
        """One of four ways to write a number: what is added, and how many bits follow."""
        offset, count = ways[self.take(2)]
        return offset + self.take(count)


def _size(bits: _Bits) -> tuple[int, int]:
    small = bits.take(1)

    def side() -> int:
        return 8 * (bits.take(5) + 1) if small else bits.number((1, 9), (1, 13), (1, 18), (1, 30))

    height = side()
    ratio = bits.take(3)
    if ratio:
        across, down = _RATIOS[ratio]
        return height * across // down, height
    return side(), height


def _extra(bits: _Bits) -> bool:
    """Pass over orientation, size on screen and preview; whether it is an animation."""
    bits.take(3)
    if bits.take(1):
        _size(bits)
    if bits.take(1):
        _preview(bits)
    if not bits.take(1):
        return False
    bits.number((100, 0), (1000, 0), (1, 10), (1, 30))  # ticks in a second, two parts
    bits.number((1, 0), (1001, 0), (1, 8), (1, 10))
    bits.number((0, 0), (0, 3), (0, 16), (0, 32))  # how often
    bits.take(1)  # whether frames have times
    return True


def _preview(bits: _Bits) -> None:
    ways = ((1, 6), (65, 8), (321, 10), (1345, 12))
    by_eight = bits.take(1)
    eight = ((16, 0), (32, 0), (1, 5), (33, 9))
    bits.number(*(eight if by_eight else ways))
    if not bits.take(3):
        bits.number(*(eight if by_eight else ways))


def _kinds(data: bytes) -> list[bytes]:
    """The kinds of its boxes; none where it stands in none."""
    found: list[bytes] = []
    at = len(data) if data.startswith(b"\xff\x0a") else 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4])
        found.append(data[at + 4 : at + 8])
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16])
        if length == 0:
            break
        at += max(length, 8)
    return found


def _codestream(data: bytes) -> bytes:
    """The coded picture, out of its boxes where it stands in some."""
    if data.startswith(b"\xff\x0a"):
        return data
    at = 0
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        start = at + (16 if length == 1 else 8)
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16])
        if kind == b"jxlc":
            return data[start:]
        if kind == b"jxlp":
            return data[start + 4 :]
        if length == 0:
            break
        at += max(length, 8)
    return b""
