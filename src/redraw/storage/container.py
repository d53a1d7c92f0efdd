"""A file of chunks: the outside of the small format, whatever is in it (docs/format.md).

    magic, version, then chunks: name (2 letters), length (LEB128), content, CRC-32

A name that begins with a capital must be understood, another may be skipped. The last chunk is the
empty `EN`, so that a file that was cut is noticed. Nothing is allocated that the file's own length
does not bear out. To add a chunk: docs/format.md says it first, then whoever writes and reads it.
"""

import os
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from redraw.errors import FileFormatError
from redraw.storage.messages import reason, shown

MAGIC = b"\x89RDW"
VERSION = 3
END = "EN"
# Chunks in one file.
MOST_CHUNKS = 1 << 20


@dataclass(frozen=True)
class Chunk:
    """A part of a file.

    Attributes:
        name: Two letters.
        content: Its bytes.
    """

    name: str
    content: bytes

    @property
    def critical(self) -> bool:
        """Whether who does not understand it must not go on."""
        return self.name[0].isupper()

    @property
    def stored_size(self) -> int:
        """Bytes that it takes in a file."""
        return 2 + len(number(len(self.content))) + len(self.content) + 4


def number(value: int) -> bytes:
    """A whole number of at least 0 as LEB128: 7 bits a byte, the lowest first."""
    result = bytearray()
    while value >= 128:
        result.append(value & 127 | 128)
        value >>= 7
    result.append(value)
    return bytes(result)


class Reader:
    """Bytes that are taken one after another.

    Args:
        content: All of them.
        what: What they are, for messages.
    """

    def __init__(self, content: bytes, what: str) -> None:
        self.content, self.what, self.at = content, what, 0

    @property
    def left(self) -> int:
        """Bytes that were not taken yet."""
        return len(self.content) - self.at

    def take(self, count: int) -> bytes:
        """The next `count` bytes.

        Raises:
            FileFormatError: so many are not left.
        """
        if count > self.left:
            raise FileFormatError(
                f"{self.what} is cut short: {count} bytes asked, {self.left} left; get a whole copy"
            )
        self.at += count
        return self.content[self.at - count : self.at]

    def byte(self) -> int:
        """The next byte, 0 to 255; raises as `take`."""
        return self.take(1)[0]

    def signed(self) -> int:
        """The next byte, -128 to 127; raises as `take`."""
        return (self.byte() ^ 128) - 128

    def number(self, bits: int = 32) -> int:
        """A number in LEB128, below 2 ** bits and in its shortest form.

        Raises:
            FileFormatError: it is longer, or cut short.
        """
        result = shift = 0
        while True:
            byte = self.byte()
            result |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
            if shift >= bits:
                raise FileFormatError(f"{self.what} is damaged: a number of more than {bits} bits")
        if result >> bits or (byte == 0 and shift > 7):
            raise FileFormatError(
                f"{self.what} is damaged: a number in a form that none is written in"
            )
        return result

    def end(self) -> None:
        """Raises FileFormatError if bytes are left."""
        if self.left:
            raise FileFormatError(f"{self.what} is damaged: {self.left} bytes follow its end")


def is_container(start: bytes) -> bool:
    """Whether a file with these first bytes is of this format, of whichever version."""
    return start[: len(MAGIC)] == MAGIC


def container_of(path: str | os.PathLike[str]) -> bytes | None:
    """All of a file if it is a container of chunks; None if it is something else, or missing."""
    try:
        if not os.path.isfile(path):  # a pipe would wait for ever
            return None
        with open(path, "rb") as file:
            start = file.read(len(MAGIC))
            return start + file.read() if is_container(start) else None
    except OSError as error:
        raise FileFormatError(f"can't read {os.fspath(path)}: {reason(error)}") from error
    except ValueError:  # a NUL character in the name: said by whoever opens it next
        return None


def first_chunk(path: str | os.PathLike[str]) -> str | None:
    """The name of a container's first chunk; None of anything else."""
    try:
        if not os.path.isfile(path):
            return None
        with open(path, "rb") as file:
            start = file.read(len(MAGIC) + 3)
    except (OSError, ValueError):  # said by whoever opens it next
        return None
    name = start[len(MAGIC) + 1 :]
    whole = is_container(start) and len(name) == 2 and name.isalpha() and name.isascii()
    return name.decode("ascii") if whole else None


def packed(chunks: Iterable[Chunk]) -> bytes:
    """A whole file of these chunks; the last one is added."""
    result = bytearray(MAGIC + bytes([VERSION]))
    for chunk in (*chunks, Chunk(END, b"")):
        name = chunk.name.encode("ascii")
        result += name + number(len(chunk.content)) + chunk.content
        result += zlib.crc32(name + chunk.content).to_bytes(4, "little")
    return bytes(result)


def chunks_of(data: bytes, path: str, *, partial: bool = False) -> tuple[list[Chunk], bool]:
    """The chunks of a file without the last one.

    Args:
        data: The whole file.
        path: As messages name it.
        partial: Take what is whole of a damaged file: the chunks up to the damage.

    Returns:
        Them, and whether the file is whole.

    Raises:
        FileFormatError: it is not of this format, newer, damaged or cut short; with `partial` only
            the first two.
    """
    if not is_container(data):
        raise FileFormatError(f"{path} is no file of redraw: it begins with {shown(data[:4])}")
    if len(data) > len(MAGIC) and data[len(MAGIC)] != VERSION:
        raise FileFormatError(
            f"{path} has format version {data[len(MAGIC)]}, this redraw reads up to {VERSION};"
            " upgrade redraw to open it"
        )
    reader, result = Reader(data, path), []
    try:
        reader.take(len(MAGIC) + 1)
        while True:
            chunk = _next(reader, path)
            if chunk.name == END:
                break
            result.append(chunk)
            if len(result) > MOST_CHUNKS:
                raise FileFormatError(f"{path} has more than {MOST_CHUNKS:,} chunks")
        reader.end()
    except FileFormatError:
        if not partial:
            raise
        return result, False
    return result, True


def _next(reader: Reader, path: str) -> Chunk:
    """The next chunk, its checksum compared."""
    name = reader.take(2)
    if not (name.isalpha() and name.isascii()):
        raise FileFormatError(f"{path} is damaged: a chunk is called {shown(name)}")
    content = reader.take(reader.number())
    if zlib.crc32(name + content) != int.from_bytes(reader.take(4), "little"):
        raise FileFormatError(
            f"{path} is damaged: its chunk {name.decode()} does not match its checksum"
        )
    return Chunk(name.decode("ascii"), content)
