"""A coded drawing as chunks: what is said in docs/format.md under "Drawings".

DR  what the bytes mean      DL  labels of pixels      DP  potentials      DC  colours
DD  detail                   ME, IC  as of pictures
"""

import math
import struct
from typing import TYPE_CHECKING

from redraw.coding.drawing_description import Description
from redraw.errors import FileFormatError, UsageError
from redraw.storage.about import About
from redraw.storage.coded_file import METADATA, PROFILE, Shown, about_from, chunks_about
from redraw.storage.container import Chunk, Reader, number, packed

if TYPE_CHECKING:  # they bring Numba, which few files need
    from redraw.coding.drawings import Drawing, Sections
    from redraw.fields.labels_config import LabelsConfig

DRAWING, LABELS, POTENTIALS, COLOURS, DETAIL = "DR", "DL", "DP", "DC", "DD"
SECTIONS = (LABELS, POTENTIALS, COLOURS, DETAIL)
KNOWN = (DRAWING, *SECTIONS, METADATA, PROFILE)
NAMES = {
    DRAWING: "header", LABELS: "labels of pixels", POTENTIALS: "potentials", COLOURS: "colours",
    DETAIL: "detail", METADATA: "metadata", PROFILE: "ICC profile",
}  # fmt: skip
IN_TWO_TONES = "labels of pixels: all of it in two tones, lossless"
# Bytes of a footprint's name.
LONGEST = 64


def chunks_of_drawing(
    own: Description, sections: "Sections", config: "LabelsConfig", about: About
) -> list[Chunk]:
    """The chunks of a drawing, the last one of the file aside.

    Args:
        own: What its bytes mean.
        sections: Its numbers.
        config: Its field's.
        about: What it shows.
    """
    depth = 8 if about.colour is None or about.colour.depth == 8 else 16
    name = config.brief_footprint.encode()
    head = b"".join(map(number, (own.width, own.height, own.channels, depth, own.labels)))
    head += b"".join(map(number, (own.potential_step, own.colour_step, own.detail_step)))
    head += struct.pack("<f", config.sharpness) + bytes([config.keeps]) + number(len(name)) + name
    chunks = [
        Chunk(DRAWING, head),
        *chunks_about(Shown(own.width, own.height, own.channels, depth), about),
    ]
    named = zip(SECTIONS, sections, strict=True)
    return chunks + [Chunk(name, content) for name, content in named if content]


def drawing_of(
    chunks: list[Chunk], path: str, *, partial: bool = False
) -> "tuple[Drawing, LabelsConfig, About]":
    """A drawing from chunks; its field's configuration, as far as it says it; what it shows.

    Args:
        chunks: Of a file, the last one aside.
        path: As messages name the file.
        partial: Whether detail may be missing that there was.

    Raises:
        FileFormatError: they are not what `chunks_of_drawing` makes.
    """
    from redraw.coding.drawings import Drawing

    by_name = _by_name(chunks, path)
    try:
        own, config, shown = _told(by_name, path)
        if partial and not (by_name[LABELS] and by_name[POTENTIALS] and by_name[COLOURS]):
            raise FileFormatError("what is there of it draws nothing yet")
        first, second, third, last = (b"".join(by_name[name]) for name in SECTIONS)
        return Drawing.of(own, (first, second, third, last)), config, shown
    except FileFormatError as error:
        raise _damaged(error, path) from None


def about_of(chunks: list[Chunk], path: str) -> About:
    """What a drawing shows, which is not unpacked. As `drawing_of`."""
    by_name = _by_name(chunks, path)
    try:
        return _told(by_name, path)[2]
    except FileFormatError as error:
        raise _damaged(error, path) from None


def _by_name(chunks: list[Chunk], path: str) -> dict[str, list[bytes]]:
    """The contents of a drawing's chunks, each there once at most."""
    for chunk in chunks:
        if chunk.critical and chunk.name not in KNOWN:
            raise FileFormatError(
                f"{path} has a chunk {chunk.name}, which this redraw does not know;"
                " upgrade redraw to open it"
            )
    by_name: dict[str, list[bytes]] = {name: [] for name in KNOWN}
    for chunk in chunks:
        by_name.setdefault(chunk.name, []).append(chunk.content)
    for name in KNOWN:
        if len(by_name[name]) > 1:
            raise FileFormatError(f"{path} is damaged: it has several chunks {name}")
    if not by_name[DRAWING]:
        raise FileFormatError(f"{path} is damaged: it has no chunk {DRAWING}")
    return by_name


def _told(by_name: dict[str, list[bytes]], path: str) -> "tuple[Description, LabelsConfig, About]":
    """What the bytes mean, the field's configuration, and what it shows."""
    own, config, depth = _description(by_name[DRAWING][0], path)
    shown = about_from(by_name, Shown(own.width, own.height, own.channels, depth), path)
    return own, config, shown


def _damaged(error: FileFormatError, path: str) -> FileFormatError:
    """Naming the file."""
    text = str(error)
    return FileFormatError(text if path in text else f"{path} is damaged: {text}")


def _description(content: bytes, path: str) -> "tuple[Description, LabelsConfig, int]":
    from redraw.fields.labels_config import LabelsConfig

    reader = Reader(content, f"the chunk {DRAWING} of {path}")
    width, height, channels, depth, labels = (reader.number() for _ in range(5))
    steps = [reader.number() for _ in range(3)]
    (sharpness,) = struct.unpack("<f", reader.take(4))
    keeps, length = reader.byte(), reader.number()
    if depth not in (8, 16) or keeps > 1 or length > LONGEST or not math.isfinite(sharpness):
        raise FileFormatError("its header is not what redraw writes")
    about = Description(width, height, channels, labels, *steps, squares=bool(keeps))
    try:
        config = LabelsConfig(
            width, height, channels, labels, sharpness=sharpness,
            footprint=reader.take(length).decode("ascii"), coding="whole",
            pixel_art="keep" if keeps else "smooth",
        )  # fmt: skip
    except (UsageError, UnicodeDecodeError) as error:
        raise FileFormatError(f"its header: {error}") from error
    reader.end()
    return about, config, depth


def bytes_of(chunks: list[Chunk], path: str) -> list[tuple[str, int]]:
    """Where the bytes of a file go: names for people, and bytes.

    Of two labels those of the pixels are a whole picture, what a format for two tones would hold.
    """
    found = {"header": len(packed([]))}
    for chunk in chunks:
        name = NAMES.get(chunk.name, f"chunk {chunk.name}")
        if chunk.name == LABELS and _labels(chunks, path) == 2:
            name = IN_TWO_TONES
        found[name] = found.get(name, 0) + chunk.stored_size
    return list(found.items())


def _labels(chunks: list[Chunk], path: str) -> int:
    """How many labels a drawing has."""
    (content,) = [chunk.content for chunk in chunks if chunk.name == DRAWING]
    reader = Reader(content, f"the chunk {DRAWING} of {path}")
    return [reader.number() for _ in range(5)][-1]
