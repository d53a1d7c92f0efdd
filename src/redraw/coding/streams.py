"""A tile's coefficients as bytes, and back: one stream for the first plane, one for the others.

The second stream looks at bands of the first that are written already, so both are made at once, by
two threads, the second always behind. Each ends a segment after some levels, so that a file that is
cut short still holds the coarser ones.

Shapes: C planes, H rows, W columns, L levels; n coefficients of all bands
    (`redraw.coding.pyramid`).
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from redraw.coding.pyramid import Pyramid
from redraw.coding.tables import Model, tables
from redraw.kernels import binary_coder
from redraw.kernels.binary_coder import WORDS
from redraw.kernels.coefficients import band as code_band
from redraw.kernels.coefficients import corner as code_corner

# A reader looks so far ahead.
AHEAD = 4


@dataclass
class Stream:
    """A coder, its model and its bytes."""

    data: NDArray[np.uint8]
    model: Model
    coder: NDArray[np.int64] = field(default_factory=lambda: np.zeros(WORDS, np.int64))


def band(
    stream: Stream, coefficients: NDArray[np.int32], pyramid: Pyramid, plane: int, level: int,
    third: int, exact: NDArray[np.float32], price: float, reading: bool,
) -> None:  # fmt: skip
    """Read or write one band; `coefficients` (n,) and `exact` (C, H, W) as of `code`."""
    made, model = tables(), stream.model
    rows, columns = pyramid.rectangle(level, third)
    code_band(
        stream.coder, stream.data, model.escapes, model.table, model.weights, model.knots,
        made.stretch, made.squash, made.doubt, made.rates, made.thirds, made.costs, coefficients,
        pyramid.neighbours(plane, level, third), level, plane, third, exact, rows.start,
        columns.start, np.float32(price), reading,
    )  # fmt: skip


class _Turns:
    """Bands that are done, in order: who needs one waits for it."""

    def __init__(self) -> None:
        self._done = 0
        self._changed = threading.Condition()

    def advance(self, by: int = 1) -> None:
        with self._changed:
            self._done += by
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._done >= count)


def code(
    pyramid: Pyramid,
    coefficients: NDArray[np.int32],
    corners: NDArray[np.int32],
    streams: Sequence[Stream],
    *,
    stop: int = 0,
    exact: NDArray[np.float32] | None = None,
    price: float = 0.0,
    threads: int = 2,
) -> list[list[int]]:
    """Read or write all bands down to level `stop`.

    Args:
        pyramid: Which bands there are.
        coefficients: Filled. (n,)
        corners: The low coefficients of the last level: written, or filled. (C, h, w)
        streams: For the first plane, and if there are others for these.
        stop: The finest level that is read.
        exact: What to write, in steps, as bands lie in a plane (C, H, W); None to read.
        price: Of a bit, in squared steps.
        threads: 2 for both streams at once.

    Returns:
        Of each stream, where it stood after each level, the coarsest first.
    """
    reading = exact is None
    wanted = np.zeros((1, 1, 1), np.float32) if exact is None else exact
    turns = _Turns()
    stood: list[list[int]] = [[] for _ in streams]

    def work(which: int) -> None:
        stream = streams[which]
        planes = range(1) if which == 0 else range(1, pyramid.planes)
        try:
            binary_coder.begin(stream.coder, stream.data, reading)
            for plane in planes:
                code_corner(
                    stream.coder, stream.data, stream.model.escapes, corners[plane], reading
                )
            stood[which].append(int(stream.coder[3]))
            done = 0
            for level in range(pyramid.levels - 1, stop - 1, -1):
                for third in range(3):
                    done += 1
                    if which:
                        turns.wait_for(done)
                    for plane in planes:
                        band(
                            stream, coefficients, pyramid, plane, level, third, wanted, price,
                            reading,
                        )  # fmt: skip
                    if not which:
                        turns.advance()
                stood[which].append(int(stream.coder[3]))
        finally:
            if not which:
                turns.advance(1 << 30)

    _together(work, len(streams), threads)
    return stood


def _together(work: Callable[[int], None], count: int, threads: int) -> None:
    if threads < 2 or count < 2:
        for which in range(count):
            work(which)
        return
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(work, 1)
        work(0)
        other.result()


def write(
    pyramid: Pyramid, corners: NDArray[np.int32], exact: NDArray[np.float32], price: float,
    *, model: int = 0, threads: int = 2,
) -> tuple[NDArray[np.int32], list[bytes], list[list[int]]]:  # fmt: skip
    """Quantise and write.

    Args:
        pyramid: Which bands there are.
        corners: The low coefficients of the last level, quantised. (C, h, w)
        exact: All others in steps. (C, H, W)
        price: Of a bit, in squared steps.
        model: The kind of model that streams begin with.
        threads: 2 for both streams at once.

    Returns:
        The coefficients (n,), the streams, and where each may be cut: how many of its bytes the
        levels need, the coarsest first.
    """
    coefficients = np.zeros(pyramid.count, np.int32)
    room = 4 * exact[0].size + 4096
    streams = [Stream(np.empty(room, np.uint8), Model.of(model, 0))]
    if pyramid.planes > 1:
        data = np.empty((pyramid.planes - 1) * room, np.uint8)
        streams.append(Stream(data, Model.of(model, 1)))
    stood = code(pyramid, coefficients, corners, streams, exact=exact, price=price, threads=threads)
    result, cuts = [], []
    for stream, places in zip(streams, stood, strict=True):
        length = binary_coder.finish(stream.coder, stream.data)
        result.append(stream.data[:length].tobytes())
        cuts.append([min(place + AHEAD, length) for place in places[:-1]] + [length])
    return coefficients, result, cuts


def read(
    pyramid: Pyramid, data: Sequence[bytes], *, stop: int = 0, model: int = 0, threads: int = 2
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Coefficients (n,) and corners (C, h, w) from streams; any bytes are some coefficients."""
    coefficients = np.zeros(pyramid.count, np.int32)
    corners = np.zeros(
        (pyramid.planes, int(pyramid.downs[-1]), int(pyramid.acrosses[-1])), np.int32
    )
    streams = [
        Stream(np.frombuffer(part, np.uint8).copy(), Model.of(model, which))
        for which, part in enumerate(data)
    ]
    code(pyramid, coefficients, corners, streams, stop=stop, threads=threads)
    return coefficients, corners
