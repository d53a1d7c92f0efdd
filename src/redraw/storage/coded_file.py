"""A coded picture as chunks: what is said in docs/format.md under "Pictures".

PI  what the bytes mean      ME  colours, how it was made     IC  its ICC profile
PA  levels of a tile, the coarsest first
fi  may be skipped: weights of a filter of the planes
ex  may be skipped: a tile's own pixels, beside what is decoded
"""

import zlib
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from redraw.coding.description import (
    KINDS_OF_MODELS,
    MOST_OFF,
    Coded,
    Description,
    ExactBytes,
    Part,
)
from redraw.coding.filter_weights import packed_weights, unpacked_weights
from redraw.errors import FileFormatError
from redraw.fields.subpixel_size import MOST_UNITS, in_subpixel_detail
from redraw.signals.picture.colour import MAX_ICC_BYTES, Colour
from redraw.storage.about import About
from redraw.storage.container import Chunk, Reader, number, packed
from redraw.storage.messages import shown
from redraw.storage.plain_json import canonical, finite, parse

PICTURE, METADATA, PROFILE, PART = "PI", "ME", "IC", "PA"
# May be skipped: a network for subpixel detail; a filter of the planes; the picture's own
# pixels, tile by tile.
NETWORK, FILTER, EXACT = "su", "fi", "ex"
KNOWN = (PICTURE, METADATA, PROFILE, PART)
# What is told of how a picture was made: its file is small.
TOLD = ("model", "psnr", "seconds", "source")
# Bytes of text about a picture.
METADATA_LIMIT = 1 << 20


class Described(Protocol):
    """What is asked of the description of a picture, whichever way it is coded."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def channels(self) -> int: ...
    @property
    def depth(self) -> int: ...


@dataclass(frozen=True)
class Shown:
    """What metadata is told by."""

    width: int
    height: int
    channels: int
    depth: int

    @classmethod
    def of(cls, about: About) -> "Shown":
        """Of a picture."""
        assert about.colour is not None
        depth = 8 if about.colour.depth == 8 else 16
        return cls(*about.size, about.colour.channels, depth)


def default_colour(channels: int, depth: int) -> Colour:
    """What values mean where nothing else is said."""
    return Colour(
        "grey" if channels <= 2 else "rgb",
        alpha=channels in (2, 4),
        depth=8 if depth == 8 else 16,
    )


def chunks_of_picture(coded: Coded, about: About) -> list[Chunk]:
    """The chunks of a coded picture, the last one of the file aside."""
    own = coded.about
    head = b"".join(map(number, (own.width, own.height, own.channels, own.depth, own.levels)))
    head += number(own.step) + bytes([bool(own.colours), own.tile, own.model])
    head += bytes(place & 255 for place in own.places)
    head += np.array(own.colours, "<i2").tobytes()
    chunks = [Chunk(PICTURE, head), *chunks_about(own, about)]
    chunks += [Chunk(PART, _part(part)) for part in coded.parts]
    # After the parts: a file that is cut short has none, as it is for planes with all levels.
    if own.filter_weights:
        chunks.append(Chunk(FILTER, packed_weights(own.filter_weights)))
    if coded.exact is not None:
        kind = number(coded.exact.off) + bytes([coded.exact.straight])
        for index, content in enumerate(coded.exact.tiles):
            chunks.append(Chunk(EXACT, number(index) + kind + content))
    return chunks


def chunks_about(own: Described, about: About) -> list[Chunk]:
    """What is told beside a picture's coefficients: its ICC profile, colours, how it was made."""
    chunks: list[Chunk] = []
    said: dict[str, Any] = {}
    colour = about.colour
    if colour is not None and colour.icc is not None:
        chunks.append(Chunk(PROFILE, zlib.compress(colour.icc, 9)))
    if colour is not None:
        stated = colour.to_json() | {"icc": None}
        if stated != default_colour(own.channels, own.depth).to_json():
            said["colour"] = {key: value for key, value in stated.items() if key != "icc"}
    if about.detail != 1:
        said["detail"] = about.detail
    made = {key: value for key, value in about.made.items() if key in TOLD}
    if made:
        said["made"] = finite(made)
    if said:
        chunks.append(Chunk(METADATA, canonical(said).encode()))
    return chunks


def bytes_beside(about: About, *, profile: bool) -> int:
    """Bytes that a file has beside what its field takes.

    Args:
        about: What it shows; of no picture, 0.
        profile: Whether its ICC profile counts.
    """
    if about.colour is None:
        return 0
    chunks = chunks_about(Shown.of(about), about)
    return len(packed([chunk for chunk in chunks if profile or chunk.name != PROFILE]))


def _part(part: Part) -> bytes:
    """Tile, level, and each stream's bytes after their length, which the last needs not."""
    result = number(part.tile) + number(part.level)
    for piece in part.pieces[:-1]:
        result += number(len(piece)) + piece
    return result + part.pieces[-1]


def chunk_of_network(network: NDArray[np.float32], units: int) -> Chunk:
    """What pixels hide, as a chunk that may be skipped: units, and 16-bit floats. (count,)"""
    return Chunk(NETWORK, number(units) + network.astype("<f2").tobytes())


def network_of(chunks: list[Chunk], path: str) -> tuple[NDArray[np.float32], int] | None:
    """Its parameters (count,) and units; None where there is none.

    Raises:
        FileFormatError: it is not what `chunk_of_network` makes.
    """
    for chunk in chunks:
        if chunk.name == NETWORK:
            reader = Reader(chunk.content, f"the chunk {NETWORK} of {path}")
            units = reader.number()
            if not 1 <= units <= MOST_UNITS or reader.left != 2 * in_subpixel_detail(units):
                raise FileFormatError(f"{path} is damaged: its chunk {NETWORK} has a wrong length")
            network = np.frombuffer(reader.take(reader.left), "<f2").astype(np.float32)
            if not np.isfinite(network).all():
                raise FileFormatError(f"{path} is damaged: its chunk {NETWORK} is not finite")
            return network, units
    return None


def bytes_of(chunks: list[Chunk], path: str) -> list[tuple[str, int]]:
    """Where the bytes of a file go: names for people, and bytes."""
    coded, _ = picture_of(chunks, path, partial=True)
    names = {PICTURE: "header", METADATA: "metadata", PROFILE: "ICC profile"}
    names[NETWORK], names[FILTER] = "subpixel detail", "filter"
    names[EXACT] = exact_in_words(coded.exact)
    found: dict[str, int] = {}
    for chunk in chunks:
        name = names.get(chunk.name, "header" if chunk.name == PART else f"chunk {chunk.name}")
        size = chunk.stored_size
        if chunk.name == PART:
            size -= sum(map(len, _part_of(chunk.content, coded.about, path).pieces))
        found[name] = found.get(name, 0) + size
    found["header"] += len(packed([])) if found else 0
    last: dict[int, int] = {}
    for part in coded.parts:
        above = last.get(part.tile, coded.about.tile_at(part.tile).about.levels)
        one = part.level + 1 >= above
        levels = f"level {part.level}" if one else f"levels {above - 1} to {part.level}"
        for name, piece in zip(("brightness", "colours"), part.pieces, strict=False):
            label = f"{name}, {levels}"
            found[label] = found.get(label, 0) + len(piece)
        last[part.tile] = part.level
    return list(found.items())


def picture_of(chunks: list[Chunk], path: str, *, partial: bool = False) -> tuple[Coded, About]:
    """A coded picture from chunks.

    Args:
        chunks: Of a file, the last one aside.
        path: As messages name the file.
        partial: Whether levels may be missing.

    Raises:
        FileFormatError: they are not what `chunks_of_picture` makes.
    """
    for chunk in chunks:
        if chunk.critical and chunk.name not in KNOWN:
            raise FileFormatError(
                f"{path} has a chunk {chunk.name}, which this redraw does not know;"
                " upgrade redraw to open it"
            )
    by_name = {name: [c.content for c in chunks if c.name == name] for name in KNOWN}
    if len(by_name[PICTURE]) != 1 or max(len(by_name[METADATA]), len(by_name[PROFILE])) > 1:
        raise FileFormatError(f"{path} is damaged: it has not one {PICTURE} and at most one other")
    try:
        about = _with_filter(_description(by_name[PICTURE][0], path), chunks)
        parts = tuple(_part_of(content, about, path) for content in by_name[PART])
        coded = Coded(about, parts, _exact_of(chunks, about, path, partial))
        _check_parts(coded, partial)
        told = about_from(by_name, about, path)
        if coded.exact is not None:
            assert told.colour is not None
            told = replace(told, colour=replace(told.colour, whole=True))
        return coded, told
    except FileFormatError as error:
        text = str(error)
        raise FileFormatError(text if path in text else f"{path} is damaged: {text}") from None


def _description(content: bytes, path: str) -> Description:
    reader = Reader(content, f"the chunk {PICTURE} of {path}")
    width, height, channels, depth, levels, step = (reader.number() for _ in range(6))
    rows, tile, model = (reader.number() for _ in range(3))
    for name, kind, most in (("colour rows", rows, 1), ("a model", model, KINDS_OF_MODELS - 1)):
        if kind > most:
            raise FileFormatError(
                f"{path} has {name} of kind {kind}, which this redraw does not know;"
                " upgrade redraw to open it"
            )
    places = tuple(reader.signed() for _ in range(6))
    colours = tuple(np.frombuffer(reader.take(18), "<i2").tolist()) if rows else ()
    reader.end()
    return Description(width, height, channels, depth, levels, step, places, tile, model, colours)


def _with_filter(about: Description, chunks: list[Chunk]) -> Description:
    found = [chunk.content for chunk in chunks if chunk.name == FILTER]
    if len(found) > 1:
        raise FileFormatError(f"it has {len(found)} chunks {FILTER}")
    if not found:
        return about
    return replace(about, filter_weights=unpacked_weights(found[0], about.channels))


def _part_of(content: bytes, about: Description, path: str) -> Part:
    reader = Reader(content, f"a chunk {PART} of {path}")
    tile, level = reader.number(), reader.number()
    pieces = [reader.take(reader.number()) for _ in range(about.streams - 1)]
    pieces.append(reader.take(reader.left))
    return Part(tile, level, tuple(pieces))


def _exact_of(
    chunks: list[Chunk], about: Description, path: str, partial: bool
) -> ExactBytes | None:
    """The picture's own pixels, where all of them are there."""
    found: dict[int, bytes] = {}
    kinds: set[tuple[int, bool]] = set()
    for chunk in chunks:
        if chunk.name == EXACT:
            reader = Reader(chunk.content, f"a chunk {EXACT} of {path}")
            tile, off, straight = reader.number(), reader.number(), reader.byte()
            if tile != len(found) or off > MOST_OFF or straight > (about.channels in (2, 4)):
                raise FileFormatError(f"{path} is damaged: a chunk {EXACT} says what none does")
            kinds.add((off, bool(straight)))
            found[tile] = reader.take(reader.left)
    if not found or (partial and len(found) < about.tiles):
        return None
    if len(found) != about.tiles or len(kinds) > 1:
        raise FileFormatError(f"{path} is damaged: its chunks {EXACT} do not belong together")
    off, straight = kinds.pop()
    result = ExactBytes(off, straight, tuple(found.values()))
    from redraw.coding.exact import check_exact  # it brings Numba, which few files need

    for content in result.tiles:
        check_exact(content, about.channels)
    if result.size < about.fewest_bytes:
        raise FileFormatError(f"{path} is damaged: its chunks {EXACT} are too short")
    return result


def exact_in_words(exact: ExactBytes | None) -> str:
    """How near a file is to its picture: "exact pixels", or by how much they are off."""
    if exact is None or not exact.off:
        return "exact pixels"
    return f"pixels off by at most {exact.off}"


def _check_parts(coded: Coded, partial: bool) -> None:
    about = coded.about
    before: dict[int, int] = {}
    for part in coded.parts:
        if part.tile >= about.tiles:
            raise FileFormatError(f"it has no tile {part.tile}")
        if part.level >= before.get(part.tile, about.tile_at(part.tile).about.levels + 1):
            raise FileFormatError("its parts are not in order")
        before[part.tile] = part.level
    if not partial and (len(before) != about.tiles or any(before.values())):
        raise FileFormatError("its finest part is missing (--partial draws what is there)")
    if not partial and coded.size < about.fewest_bytes:
        raise FileFormatError(
            f"{coded.size} bytes are too few for {about.width} x {about.height} pixels"
        )


def about_from(by_name: dict[str, list[bytes]], own: Described, path: str) -> About:
    """The inverse of `chunks_about`, from the contents of chunks by their names.

    Raises:
        FileFormatError: they are not what it makes.
    """
    said: dict[str, Any] = {}
    for content in by_name[METADATA]:
        try:
            if len(content) > METADATA_LIMIT:
                raise ValueError(f"{len(content)} bytes")
            said = parse(content)
        except ValueError as error:
            raise FileFormatError(
                f"its chunk {METADATA} is no JSON: {shown(str(error))}"
            ) from error
        if not isinstance(said, dict) or said.keys() - {"colour", "detail", "made"}:
            raise FileFormatError(f"its chunk {METADATA} is not what redraw writes")
    plain = default_colour(own.channels, own.depth).to_json()
    colour = said.get("colour", {key: value for key, value in plain.items() if key != "icc"})
    if not isinstance(colour, dict) or "icc" in colour:
        raise FileFormatError(f"its colour is {shown(colour)}")
    about = About.from_json(
        {
            "size": [own.width, own.height],
            "colour": colour | {"icc": None},
            "detail": said.get("detail", 1),
            "made": said.get("made", {}),
        }
    )
    assert about.colour is not None
    if about.colour.channels != own.channels:
        raise FileFormatError(
            f"its colour has {about.colour.channels} channels, not {own.channels}"
        )
    for content in by_name[PROFILE]:
        about = _with_profile(about, content)
    return about


def _with_profile(about: About, content: bytes) -> About:
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(content, MAX_ICC_BYTES)
    except zlib.error as error:
        raise FileFormatError(f"its chunk {PROFILE} can't be unpacked: {error}") from error
    if not unpacker.eof or unpacker.unused_data:
        raise FileFormatError(f"its chunk {PROFILE} is no whole profile")
    assert about.colour is not None
    return replace(about, colour=replace(about.colour, icc=profile))
