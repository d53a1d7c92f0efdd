"""The pixels, or points, that a fit trains on, and where the field is asked for each.

A pixel's value is an average over its square, its footprint. With box footprints the mean of the
field over several stratified, jittered positions inside the pixel is compared with that value;
with point footprints only its centre is asked.

Positions depend on (seed, step, pixel, sample) alone, through an integer hash: no generator has a
state that a checkpoint would have to keep, and every engine finds the same positions.

The rows of a table are points whose positions are given; engines take them like pixels.

Values are asked for: `read(indices)`. What lies in memory is `held`, and an engine may take the
whole array. Anything else with a shape that gives rows for an array of their numbers serves as
well: a memory-mapped file, a dataset in HDF5, a reader of films. Then nothing but batches is in
memory, and results are the same to the bit.

Shapes: P pixels known, B pixels in a batch, M sample positions, C channels, D dimensions.
"""

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from redraw.errors import ShapeError

Footprint = Literal["box", "point"]
# Rows whose surroundings are looked at together.
BAND = 256


class Rows(Protocol):
    """An array, or what gives its rows when it is asked for them."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows, and numbers in each."""
        ...

    def __getitem__(self, indices: NDArray[np.int64], /) -> NDArray[np.float32]:
        """The rows of these numbers. (B,) -> (B, C)"""
        ...


@dataclass(frozen=True)
class Asking:
    """Where a raster is asked inside of its cells.

    Attributes:
        footprint: "box" or "point".
        samples: Positions inside a cell whose surroundings vary (box).
        flat: Differences up to this are no variation; negative: every cell takes `samples`.
        seed: Of the jitter.
    """

    footprint: Footprint = "point"
    samples: int = 1
    flat: float = -1.0
    seed: int = 0


def mix32(x: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """A 32-bit integer hash with full avalanche, in place on uint32. Any shape.

    Source: the `lowbias32` constants found by Chris Wellons' hash prospector, 2018.
    """
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return x


def step_key(seed: int, step: int) -> int:
    """One 32-bit key for all positions of a step."""
    key = np.zeros(1, np.uint32)
    for word in (seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF, step & 0xFFFFFFFF):
        key = mix32(key ^ np.array([word], np.uint32))
    return int(key[0])


def strata(samples: int) -> tuple[int, int]:
    """Columns and rows, as square as can be, with `samples` cells: 9 -> (3, 3), 8 -> (4, 2)."""
    rows = max(d for d in range(1, int(samples**0.5) + 1) if samples % d == 0)
    return samples // rows, rows


class Samples(ABC):
    """What a fit trains on: values, and where the field is asked for each.

    Attributes:
        values: What is learned, in memory or not. (P, C) float32
    """

    values: Rows

    @property
    def count(self) -> int:
        """Pixels or points there are (P)."""
        return self.values.shape[0]

    @property
    def channels(self) -> int:
        """Values of each (C)."""
        return self.values.shape[1]

    @property
    @abstractmethod
    def dimensions(self) -> int:
        """Coordinates per position (D)."""

    @property
    def held(self) -> bool:
        """Whether all of it lies in memory, or is mapped into it, as arrays."""
        return isinstance(self.values, np.ndarray)

    def read(self, indices: NDArray[np.int64]) -> NDArray[np.float32]:
        """Some of the values. (B,) -> (B, C)"""
        return np.asarray(self.values[indices])

    def all_values(self) -> NDArray[np.float32]:
        """All of them, contiguous in memory: the array itself where there is one. (P, C)"""
        if isinstance(self.values, np.ndarray):
            return np.ascontiguousarray(self.values)
        return np.ascontiguousarray(self.read(np.arange(self.count)))

    @abstractmethod
    def counts(self, pixels: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many positions each of `pixels` (B,) takes. (B,)"""

    @abstractmethod
    def points(
        self, pixels: NDArray[np.int64], step: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Positions at which the field is asked for a batch of pixels.

        Args:
            pixels: Rows of `values`. (B,)
            step: The global step, which decides the jitter.

        Returns:
            xy in [-1, 1], pixel after pixel, (M, D); and how many positions each pixel has, (B,).
        """

    @abstractmethod
    def some(self, pixels: NDArray[np.int64]) -> "Samples":
        """The samples of a batch alone, in memory, asked at the same positions.

        Args:
            pixels: Rows of `values`. (B,)
        """


@dataclass(frozen=True)
class PixelSamples(Samples):
    """The pixels of a picture.

    Attributes:
        values: The pixels' values as fitted, in [0, 1], in memory or asked for. (P, C) float32
        width: Of the picture, in pixels.
        height: Of the picture, in pixels.
        index: y * width + x of each pixel, or None when every pixel is there, in order. (P,) int64
        footprint: "box" or "point".
        samples: Positions inside a pixel whose surroundings vary (box only).
        busy: Which pixels take `samples` positions; the others take one. None: all. (P,) bool
        seed: Of the jitter.
        own: The picture's values as its file has them, where those are not what is learned: colours
            that alpha does not multiply. (H, W, C)
    """

    values: Rows
    width: int
    height: int
    index: NDArray[np.int64] | None = None
    footprint: Footprint = "point"
    samples: int = 1
    busy: NDArray[np.bool_] | None = None
    seed: int = 0
    own: NDArray[np.float32] | None = None

    @classmethod
    def of(
        cls,
        learned: NDArray[np.float32],
        known: NDArray[np.bool_] | None,
        asking: Asking,
        *,
        own: NDArray[np.float32] | None = None,
    ) -> "PixelSamples":
        """The known pixels of a picture.

        Args:
            learned: Values as fitted. (H, W, C)
            known: Which of them are samples; None for all. (H, W)
            asking: Where in a pixel the field is asked.
            own: As the attribute.
        """
        index = busy = None
        if asking.footprint == "box" and asking.flat >= 0.0:
            busy = busy_pixels(learned, asking.flat, known).reshape(-1)
        height, width, channels = learned.shape
        values = learned.reshape(-1, channels)
        if known is not None:
            index = np.flatnonzero(known)
            values = values[index]
            busy = busy[index] if busy is not None else None
        return cls(
            np.ascontiguousarray(values),
            width,
            height,
            index=index,
            footprint=asking.footprint,
            samples=asking.samples,
            busy=busy,
            seed=asking.seed,
            own=own,
        )

    @property
    def dimensions(self) -> int:
        return 2

    def counts(self, pixels: NDArray[np.int64]) -> NDArray[np.int64]:
        if self.footprint == "point":
            return np.ones(len(pixels), np.int64)
        if self.busy is None:
            return np.full(len(pixels), self.samples, np.int64)
        return np.where(self.busy[pixels], self.samples, 1)

    def points(
        self, pixels: NDArray[np.int64], step: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        counts = self.counts(pixels)
        flat = pixels if self.index is None else self.index[pixels]
        if self.footprint == "point":
            x, y = flat % self.width + 0.5, flat // self.width + 0.5
        else:
            owner = np.repeat(flat, counts)
            first = np.repeat(np.cumsum(counts) - counts, counts)
            sample = np.arange(len(owner)) - first
            many = np.repeat(counts, counts) > 1
            columns, rows = strata(self.samples)
            columns, rows = np.where(many, columns, 1), np.where(many, rows, 1)
            x = (
                owner % self.width
                + (sample % columns + self._jitter(owner, sample, 0, step)) / columns
            )
            y = (
                owner // self.width
                + (sample // columns + self._jitter(owner, sample, 1, step)) / rows
            )
        xy = np.empty((len(x), 2), np.float32)
        xy[:, 0] = x * (2.0 / self.width) - 1.0
        xy[:, 1] = y * (2.0 / self.height) - 1.0
        return xy, counts

    def some(self, pixels: NDArray[np.int64]) -> "PixelSamples":
        return dataclasses.replace(
            self,
            values=self.read(pixels),
            index=pixels if self.index is None else self.index[pixels],
            busy=None if self.busy is None else self.busy[pixels],
        )

    def _jitter(
        self, pixel: NDArray[np.int64], sample: NDArray[np.int64], axis: int, step: int
    ) -> NDArray[np.float64]:
        """Uniform in [0, 1), 24 bits, from (seed, step, pixel, sample, axis)."""
        key = np.uint32(step_key(self.seed, step))
        inner = mix32((2 * sample + axis).astype(np.uint32) + key)
        hashed = mix32(pixel.astype(np.uint32) + inner)
        return (hashed >> np.uint32(8)).astype(np.float64) * 2.0**-24


@dataclass(frozen=True)
class PointSamples(Samples):
    """What a fit of a table or function trains on: points anywhere, each asked where it is.

    Attributes:
        values: What the field shall be there, in memory or asked for. (P, C) float32
        positions: Where, in memory or asked for. (P, D) float32

    Raises:
        ShapeError: the shapes do not go together.
    """

    values: Rows
    positions: Rows

    def __post_init__(self) -> None:
        shapes = self.values.shape, self.positions.shape
        if {len(shape) for shape in shapes} != {2} or shapes[0][0] != shapes[1][0]:
            raise ShapeError(
                f"values are {shapes[0]} and positions {shapes[1]}; expected (P, C) and (P, D)"
            )

    @property
    def dimensions(self) -> int:
        return self.positions.shape[1]

    @property
    def held(self) -> bool:
        return super().held and isinstance(self.positions, np.ndarray)

    def all_positions(self) -> NDArray[np.float32]:
        """All of them, contiguous in memory: the array itself where there is one. (P, D)"""
        if isinstance(self.positions, np.ndarray):
            return np.ascontiguousarray(self.positions, np.float32)
        return self.points(np.arange(self.count), 0)[0]

    def counts(self, pixels: NDArray[np.int64]) -> NDArray[np.int64]:
        """One position for each of `pixels` (B,). (B,)"""
        return np.ones(len(pixels), np.int64)

    def points(
        self, pixels: NDArray[np.int64], step: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """As `PixelSamples.points`; (M, D) positions, the same in every step."""
        return np.asarray(self.positions[pixels], np.float32), self.counts(pixels)

    def some(self, pixels: NDArray[np.int64]) -> "PointSamples":
        return PointSamples(self.read(pixels), self.points(pixels, 0)[0])


def busy_pixels(
    values: NDArray[np.float32], threshold: float, known: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Pixels whose 3 x 3 surroundings vary by more than `threshold` in some channel.

    Args:
        values: (H, W, C)
        threshold: Largest range, in units of the values, that still counts as flat.
        known: Pixels to look at; holes are ignored. (H, W)

    Returns:
        (H, W) bool.
    """
    height, width, _ = values.shape
    result = np.zeros((height, width), bool)
    for top in range(0, height, BAND):  # in bands, which need little memory beside the picture
        rows = slice(max(0, top - 1), min(height, top + BAND + 1))
        part = _busy(values[rows], threshold, None if known is None else known[rows])
        result[top : top + BAND] = part[top - rows.start :][:BAND]
    return result


def _busy(
    values: NDArray[np.float32], threshold: float, known: NDArray[np.bool_] | None
) -> NDArray[np.bool_]:
    """`busy_pixels` of a whole picture."""
    result = np.zeros(values.shape[:2], bool)
    for channel in range(values.shape[2]):
        plane = values[:, :, channel]
        low = plane if known is None else np.where(known, plane, np.inf)
        high = plane if known is None else np.where(known, plane, -np.inf)
        low, high = _extreme(low, np.minimum), _extreme(high, np.maximum)
        with np.errstate(invalid="ignore"):
            result |= high - low > threshold
    return result


def _extreme(plane: NDArray[np.float32], pick: np.ufunc) -> NDArray[np.float32]:
    """The 3 x 3 minimum or maximum, the edge repeated. (H, W) -> (H, W)"""
    padded = np.pad(plane, 1, mode="edge")
    rows = pick(pick(padded[:-2], padded[1:-1]), padded[2:])
    return pick(pick(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])
