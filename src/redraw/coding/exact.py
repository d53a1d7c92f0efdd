"""A picture's own pixels, beside a coded one that is near them: exact, or off by so many levels.

What a decoded picture misses is coded channel by channel (`redraw.kernels.exact_pixels`), each with
a coder and a model of its own; alpha comes first, then green, red and blue. Where colours are not
multiplied by alpha, as in most files, they are held so, hidden ones included: what is decoded is
divided by alpha first, which is always exact then.

Shapes: C channels, H rows, W columns, T taps.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from redraw.coding.description import Description, ExactBytes
from redraw.coding.tables import Model, tables
from redraw.errors import FileFormatError
from redraw.kernels import exact_pixels
from redraw.kernels.binary_coder import WORDS, begin, finish
from redraw.kernels.exact_layout import BORDER, OWN_TAPS, STORED_WEIGHT, TAPS, taps_of

T = TypeVar("T")
# In which order channels are coded, by how many there are.
ORDERS = {1: (0,), 2: (1, 0), 3: (1, 0, 2), 4: (3, 1, 0, 2)}
# Rows of a channel that one thread codes before another may go on with the next channel.
STRIP = 48
# Pixels of a tile from which a writer learns its weights, how often it weighs them anew, and what
# keeps the answer small where taps say the same.
LEARNED_FROM, ROUNDS, RIDGE = 60_000, 2, 1e-5
# Errors that count as the same, in 1/16 of a level.
SMALL, SMALLER = 16.0, 8.0


@dataclass(frozen=True)
class Exact:
    """A picture's own pixels.

    Attributes:
        off: No value is off by more levels.
        straight: Whether colours are not multiplied by alpha.
        pixels: (H, W, C) uint16
        weights: Of each tile and channel as it is coded, in 1/8192. (tiles, C, TAPS) int32
    """

    off: int
    straight: bool
    pixels: NDArray[np.uint16]
    weights: NDArray[np.int32]

    def multiplied(self, depth: int) -> NDArray[np.uint16]:
        """The pixels, colours multiplied by alpha. (H, W, C)"""
        result, most = self.pixels.copy(), 2**depth - 1
        products = result[..., :-1].astype(np.int64) * result[..., -1:]
        result[..., :-1] = (products + most // 2) // most
        return result

    def averages(self, about: Description) -> NDArray[np.float64]:
        """The planes whose pixels these are, 1.0 being the largest value. (C, H, W)"""
        values = self.pixels.astype(np.float64) / (2**about.depth - 1)
        if self.straight:
            values[..., :-1] *= values[..., -1:]
        rows = np.array(about.rows).reshape(about.channels, about.channels)
        return np.einsum("pc,hwc->phw", rows, values)


@dataclass
class _Work:
    """A tile in the works, channels in the order they are coded.

    Attributes:
        depth: Bits of a value.
        off: By how much it may be off.
        straight: Whether the colours that follow alpha are divided by it.
        decoded: In 1/16, with a border. (C, H, W)
        values: (C, H, W)
    """

    depth: int
    off: int
    straight: bool
    decoded: NDArray[np.int32]
    values: NDArray[np.int32]

    @classmethod
    def of(cls, about: Description, planes: NDArray[np.int32], off: int, straight: bool) -> "_Work":
        """What is near the values of a tile: its planes. (C, h, w)"""
        channels, height, width = planes.shape
        bordered = (channels, height + 2 * BORDER, width + 2 * BORDER)
        work = cls(
            about.depth,
            off,
            straight,
            np.zeros(bordered, np.int32),
            np.zeros(planes.shape, np.int32),
        )
        mix = np.array(about.mix, np.int64).reshape(channels, channels)
        shift = 10 + about.fraction
        most = (2**about.depth - 1) << exact_pixels.PLACES
        for place, channel in enumerate(ORDERS[channels]):
            total = np.full((height, width), 1 << (shift - 1), np.int64)
            for plane in range(channels):
                total += mix[channel, plane] * planes[plane]
            total >>= shift
            total += 1 << (about.depth - 1 + exact_pixels.PLACES)
            work.put(place, np.clip(total, 0, most))
        return work

    def put(self, place: int, near: NDArray) -> None:
        """What a channel is near to. (h, w)"""
        self.decoded[place] = np.pad(near, BORDER, mode="edge")

    def divide(self) -> None:
        """Colours by alpha, which is known."""
        if not self.straight:
            return
        inner = slice(BORDER, -BORDER)
        most = 2**self.depth - 1
        alpha = self.values[0].astype(np.int64)
        for place in range(1, len(self.values)):
            near = self.decoded[place, inner, inner].astype(np.int64) * most
            near = near // np.maximum(alpha, 1)
            near[alpha == 0] = 0
            self.put(place, np.minimum(near, most << exact_pixels.PLACES))

    def missed(self) -> NDArray[np.int32]:
        """Values less what they are near to, with a border. (C, H, W)"""
        result = np.zeros_like(self.decoded)
        inner = slice(BORDER, -BORDER)
        exact = self.values << exact_pixels.PLACES
        result[:, inner, inner] = exact - self.decoded[:, inner, inner]
        return result


class _Channel:
    """The coder of a channel, its model and its bytes."""

    def __init__(self, data: NDArray[np.uint8], weights: NDArray[np.int32], reading: bool) -> None:
        self.data, self.reading = data, reading
        self.coder = np.zeros(WORDS, np.int64)
        self.model = Model.fresh()
        self.lows = np.full(exact_pixels.LOWS, 1 << 15, np.int32)
        self.fixed = weights.astype(np.int64) << (exact_pixels.WEIGHT - STORED_WEIGHT)
        self.learned = np.repeat(self.fixed[None], exact_pixels.PREDICTORS - 1, axis=0)
        begin(self.coder, data, reading)


def _code(work: _Work, channels: list[_Channel], threads: int) -> None:
    """Read or write all channels: strips of rows, each behind the same of the channel before."""
    made, reading = tables(), channels[0].reading
    missed, errors = np.zeros_like(work.decoded), np.zeros_like(work.decoded)
    count, height, width = work.values.shape
    sides = count, exact_pixels.PREDICTORS, 2, width + 2 * BORDER
    guesses = np.zeros(sides, np.int32)

    def strip(channel: int, number: int) -> None:
        own, model = channels[channel], channels[channel].model
        top = number * STRIP
        exact_pixels.code(
            own.coder, own.data, model.escapes, own.lows, model.table, model.weights, model.knots,
            made.stretch, made.squash, made.doubt, made.rates, made.thirds, work.decoded, missed,
            errors, guesses, work.values, own.fixed, own.learned, channel, top,
            min(top + STRIP, height), work.depth, 0 if work.straight and not channel else work.off,
            reading,
        )  # fmt: skip

    strips = -(-height // STRIP)
    first = 0
    if work.straight:
        for number in range(strips):
            strip(0, number)
        if reading:  # a writer has divided by the same already
            work.divide()
        first = 1
    # A strip looks a row beyond its end, into the next one of the channels before.
    turns = [
        [(c, turn - 2 * (c - first)) for c in range(first, count)]
        for turn in range(strips + 2 * (count - 1 - first))
    ]
    turns = [[(c, n) for c, n in turn if 0 <= n < strips] for turn in turns]
    if threads < 2 or count - first < 2:
        for turn in turns:
            for one in turn:
                strip(*one)
        return
    with ThreadPoolExecutor(threads) as pool:
        for turn in turns:
            list(pool.map(lambda one: strip(*one), turn))


def write_exact(
    about: Description,
    planes: NDArray[np.int32],
    pixels: NDArray[np.uint16],
    *,
    off: int = 0,
    straight: bool = False,
    weights: NDArray[np.int32] | None = None,
    threads: int = 2,
) -> tuple[Exact, ExactBytes]:
    """Code a picture's own pixels.

    Args:
        about: Of the decoded picture.
        planes: What it decodes to. (C, H, W)
        pixels: (H, W, C)
        off: By how many levels a value may be off.
        straight: Whether colours are not multiplied by alpha.
        weights: Of predictions, from what was written before; None to look for them.
        threads: How many work.

    Returns:
        The pixels as they are read, and their bytes.
    """
    kept = np.empty_like(pixels)
    found = np.zeros((about.tiles, about.channels, TAPS), np.int32)
    if weights is not None:
        found[:] = weights
    order = list(ORDERS[about.channels])
    own_threads = threads if about.tiles == 1 else 1

    def tile(index: int) -> bytes:
        rows, columns = about.tile_at(index).rows, about.tile_at(index).columns
        work = _Work.of(about, planes[:, rows, columns], off, straight)
        work.values[:] = pixels[rows, columns].transpose(2, 0, 1)[order]
        work.divide()
        if weights is None:
            missed = work.missed()
            for place in range(about.channels):
                found[index, place] = _learn(work, missed, place)
        room = 8 * work.values[0].size + 4096
        channels = [
            _Channel(np.empty(room, np.uint8), found[index, place], False)
            for place in range(about.channels)
        ]
        _code(work, channels, own_threads)
        for place, channel in enumerate(order):
            kept[rows, columns, channel] = work.values[place]
        return _packed(found[index], channels)

    contents = _each_tile(tile, about.tiles, threads)
    return Exact(off, straight, kept, found), ExactBytes(off, straight, tuple(contents))


def read_exact(
    about: Description, planes: NDArray[np.int32], coded: ExactBytes, *, threads: int = 2
) -> Exact:
    """A picture's own pixels; any bytes are some. (C, H, W)

    Arguments and result as for `write_exact`.

    Raises:
        FileFormatError: bytes of a tile end before its streams begin.
    """
    pixels = np.empty((about.height, about.width, about.channels), np.uint16)
    found = np.zeros((about.tiles, about.channels, TAPS), np.int32)
    order = ORDERS[about.channels]
    own_threads = threads if about.tiles == 1 else 1

    def tile(index: int) -> None:
        rows, columns = about.tile_at(index).rows, about.tile_at(index).columns
        work = _Work.of(about, planes[:, rows, columns], coded.off, coded.straight)
        weights, streams = _unpacked(coded.tiles[index], about.channels)
        found[index] = weights
        channels = [
            _Channel(np.frombuffer(part, np.uint8).copy(), own, True)
            for part, own in zip(streams, weights, strict=True)
        ]
        _code(work, channels, own_threads)
        for place, channel in enumerate(order):
            pixels[rows, columns, channel] = work.values[place]

    _each_tile(tile, about.tiles, threads)
    return Exact(coded.off, coded.straight, pixels, found)


def _each_tile(work: Callable[[int], T], count: int, threads: int) -> list[T]:
    if count < 2 or threads < 2:
        return [work(index) for index in range(count)]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, range(count)))


def _packed(weights: NDArray[np.int32], channels: list[_Channel]) -> bytes:
    """Weights of all channels, lengths of all streams but the last, streams."""
    result = b"".join(
        own[: taps_of(place)].astype("<i2").tobytes() for place, own in enumerate(weights)
    )
    streams = [c.data[: finish(c.coder, c.data)].tobytes() for c in channels]
    result += b"".join(len(stream).to_bytes(4, "little") for stream in streams[:-1])
    return result + b"".join(streams)


def _unpacked(content: bytes, channels: int) -> tuple[NDArray[np.int32], list[bytes]]:
    """The inverse of `_packed`; raises FileFormatError."""
    weights = np.zeros((channels, TAPS), np.int32)
    at = 0
    head = sum(2 * taps_of(place) for place in range(channels)) + 4 * (channels - 1)
    if len(content) < head:
        raise FileFormatError(f"exact pixels of a tile have {len(content)} bytes, not {head}")
    for place in range(channels):
        taps = taps_of(place)
        weights[place, :taps] = np.frombuffer(content, "<i2", taps, at)
        at += 2 * taps
    lengths = np.frombuffer(content, "<u4", channels - 1, at).tolist()
    streams = []
    for length in lengths:
        if length > len(content) - head:
            raise FileFormatError("exact pixels of a tile end within a stream")
        streams.append(content[head : head + length])
        head += length
    return weights, [*streams, content[head:]]


def check_exact(content: bytes, channels: int) -> None:
    """Raises FileFormatError if streams of a tile are not all there."""
    _unpacked(content, channels)


def _learn(work: _Work, missed: NDArray[np.int32], channel: int) -> NDArray[np.int32]:
    """The weights that predict a channel best: least squares, quiet places counting more. (TAPS,)

    Bits go with the logarithm of an error: a place counts by one over how much it errs.
    """
    height, width = work.values.shape[1:]
    every = max(1, height * width // LEARNED_FROM)
    index = np.arange(every // 2, height * width, every)
    rows, columns = np.divmod(index, width)
    taps = np.empty((len(index), TAPS), np.float32)
    exact_pixels.gather(work.decoded, missed, channel, rows, columns, taps)
    wanted = missed[channel, rows + BORDER, columns + BORDER].astype(np.float64)
    used = taps[:, : taps_of(channel)].astype(np.float64)
    quiet = 1.0 / (np.abs(used[:, : OWN_TAPS // 2]).mean(axis=1) + SMALL)
    share, found = quiet, np.zeros(used.shape[1])
    for _ in range(1 + ROUNDS):
        weighed = used * share[:, None]
        products = weighed.T @ used
        ridge = RIDGE * np.trace(products) / len(products) + 1e-9
        found = np.linalg.solve(products + ridge * np.eye(len(products)), weighed.T @ wanted)
        share = quiet / (np.abs(wanted - used @ found) + SMALLER)
    result = np.zeros(TAPS, np.int32)
    most = (1 << 15) - 1
    result[: len(found)] = np.clip(np.rint(found * (1 << STORED_WEIGHT)), -most, most)
    return result
