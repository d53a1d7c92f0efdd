"""What stands in a JPEG: its markers, read before a decoder sees it.

Source: ITU-T T.81, annex B.
"""

from dataclasses import dataclass, field
from mmap import mmap

from redraw.signals.picture.jpeg_steps import JpegSteps, told_by

START, END, SCAN, TABLES, LINES, ADOBE = 0xD8, 0xD9, 0xDA, 0xDB, 0xDC, 0xEE
# The place of the cosines of a table, as they stand in a file: diagonal by diagonal, to and fro.
ZIGZAG = sorted(
    range(64), key=lambda i: (i // 8 + i % 8, i // 8 if (i // 8 + i % 8) % 2 else i % 8)
)
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_LONE = {0x01, *range(0xD0, 0xD8)}
_KINDS = {
    0xC3: "lossless JPEG",
    0xC5: "hierarchical JPEG",
    0xC6: "hierarchical JPEG",
    0xC7: "lossless hierarchical JPEG",
    0xCB: "lossless JPEG with arithmetic coding",
    0xCD: "hierarchical JPEG with arithmetic coding",
    0xCE: "hierarchical JPEG with arithmetic coding",
    0xCF: "lossless hierarchical JPEG",
    0xF7: "JPEG-LS",
}


@dataclass
class JpegFile:
    """The first picture of a JPEG.

    Attributes:
        kind: The marker of its frame, 0 where none was found.
        precision: Bits per value.
        size: Width and height.
        components: How many channels.
        end: Where its last marker starts; None where it has no end.
        gain_map: Whether it says that a gain map belongs to it.
        profile: Whether it holds a part of an ICC profile, at least.
        covered: For every component, the bits still missing of each coefficient.
        tables: Steps of cosines by the table's number, row by row, 64 bytes each.
        sampled: For every component, how often it is sampled across and down, and its table.
        plain_colours: Whether it says that its colours are RGB as they are.
        height_at: Where its frame says that its height is told behind its first scan (DNL); else 0.
    """

    kind: int = 0
    precision: int = 8
    size: tuple[int, int] = (0, 0)
    components: int = 0
    end: int | None = None
    gain_map: bool = False
    profile: bool = False
    covered: dict[int, list[int]] = field(default_factory=dict)
    tables: dict[int, bytes] = field(default_factory=dict)
    sampled: list[tuple[int, int, int]] = field(default_factory=list)
    plain_colours: bool = False
    height_at: int = 0

    @property
    def unusual(self) -> str | None:
        """What it is where decoders of usual JPEGs can't read it."""
        if self.kind in _KINDS:
            return _KINDS[self.kind]
        if self.precision != 8:
            return f"JPEG of {self.precision} bits per value"
        return None

    @property
    def steps(self) -> JpegSteps | None:
        """What it rounds and by how much, of brightness and colours."""
        return None if self.plain_colours else told_by(self.tables, self.sampled)

    @property
    def progressive(self) -> bool:
        """Whether its scans refine each other."""
        return self.kind in (0xC2, 0xCA)

    @property
    def scans_whole(self) -> bool:
        """Whether every coefficient has been given to its last bit by the scans that begin."""
        if not self.progressive:
            return True
        full = [max(bits) == 0 for bits in self.covered.values()]
        return len(full) == self.components and all(full)


def scan(data: bytes | mmap) -> JpegFile:
    """Walk over the markers of the first picture in `data`; whatever is not understood ends it."""
    found, at = JpegFile(), 2
    while at + 2 <= len(data):
        if data[at] != 0xFF:
            return found
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker == END:
            found.end = at
            return found
        if marker in _LONE:
            at += 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4])
        content = data[at + 4 : at + 2 + length]
        if marker in _FRAMES or marker == 0xF7:
            _frame(found, marker, content)
            found.height_at = at + 5 if found.size[1] == 0 else 0
        elif marker == LINES and found.size[1] == 0 and len(content) == 2:
            found.size = found.size[0], int.from_bytes(content)
        elif marker == TABLES:
            _tables(found, content)
        elif marker == ADOBE:
            found.plain_colours = content[:5] == b"Adobe" and content[11:12] == b"\0"
        elif marker in (0xE1, 0xE2):
            said = content[:4096]
            found.profile |= said.startswith(b"ICC_PROFILE\0")
            found.gain_map |= (
                b"hdrgm:" in content or b"21496:-1" in said or b"HDRGainMap" in content
            )
        at += 2 + max(length, 2)
        if marker == SCAN:
            _scan(found, content)
            at = _next_marker(data, at)
    return found


def with_height(data: bytes, found: JpegFile) -> bytes:
    """The file with its height where decoders look for it: in its frame, before all pixels."""
    if not found.height_at:
        return data
    at = found.height_at
    return data[:at] + found.size[1].to_bytes(2) + data[at + 2 :]


def _frame(found: JpegFile, marker: int, content: bytes) -> None:
    if len(content) < 6:
        return
    found.kind, found.precision, found.components = marker, content[0], content[5]
    found.size = int.from_bytes(content[3:5]), int.from_bytes(content[1:3])
    each = [content[at : at + 3] for at in range(6, 6 + 3 * content[5], 3)]
    found.sampled = [(own[1] >> 4, own[1] & 15, own[2]) for own in each if len(own) == 3]


def _tables(found: JpegFile, content: bytes) -> None:
    """Tables of one byte a step; others are left out."""
    at = 0
    while at < len(content) and content[at] < 16:
        steps = content[at + 1 : at + 65]
        if len(steps) < 64 or 0 in steps:
            return
        found.tables[content[at]] = bytes(steps[ZIGZAG.index(i)] for i in range(64))
        at += 65


def _scan(found: JpegFile, content: bytes) -> None:
    if not content or len(content) < 4 + 2 * content[0]:
        return
    first, last, bits = content[1 + 2 * content[0] :][:3]
    for number in range(content[0]):
        missing = found.covered.setdefault(content[1 + 2 * number], [16] * 64)
        for place in range(first, min(last, 63) + 1):
            missing[place] = min(missing[place], bits & 15)


def _next_marker(data: bytes | mmap, at: int) -> int:
    """The next marker that isn't part of coded data."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            return len(data)
        if data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
            at += 2
        elif data[at + 1] == 0xFF:
            at += 1
        else:
            return at
