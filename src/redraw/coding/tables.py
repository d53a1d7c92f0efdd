"""The tables of the entropy coder, and the state that a stream begins with.

The tables are values of formulas, rounded to whole numbers; tests say how far from a tie each is,
so that every library of mathematics gives the same ones.
"""

import functools
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from redraw.kernels import mixing
from redraw.kernels.coefficients import FEW
from redraw.kernels.exp_golomb import LENGTHS

# Where a mixer's weights begin, in 1/65536.
FIRST_WEIGHT = 18350


@dataclass(frozen=True)
class Tables:
    """As `redraw.kernels.mixing` and `redraw.kernels.coefficients` take them."""

    stretch: NDArray[np.int16]
    squash: NDArray[np.int32]
    doubt: NDArray[np.int32]
    rates: NDArray[np.int32]
    thirds: NDArray[np.int32]
    costs: NDArray[np.float32]


@functools.cache
def tables() -> Tables:
    """The tables; made once."""
    chance = (np.arange(65536) + 0.5) / 65536.0
    limit = mixing.FARTHEST
    stretch = np.clip(np.floor(256.0 * np.log(chance / (1.0 - chance)) + 0.5), -limit, limit)
    odds = np.arange(-limit - 1, limit + 2) / 256.0
    squash = np.clip(np.floor(65536.0 / (1.0 + np.exp(-odds)) + 0.5), 1, 65535)
    count = np.arange(1024)
    value = np.arange(1, FEW)
    octave = np.floor(np.log2(value)).astype(np.int64)
    # Small values stand for themselves; from 4 on an octave has the steps 0, 0, 1, 2.
    within = (value >> np.maximum(octave - 2, 0)) & 3
    thirds = np.where(value < 4, value, 4 + (octave - 2) * 3 + within * 3 // 4)
    return Tables(
        stretch=stretch.astype(np.int16),
        squash=squash.astype(np.int32),
        doubt=(65536 * (count + 1) // (count + 2)).astype(np.int32),
        rates=(655360 // (10 * count + 16)).astype(np.int32),
        thirds=np.concatenate([[0], thirds]).astype(np.int32),
        costs=-np.log2(np.maximum(np.arange(4097), 0.5) / 4096.0).astype(np.float32),
    )


@dataclass
class Model:
    """What a stream learns as it goes.

    Attributes:
        table: Chances and counts of contexts.
        weights: Of the mixers.
        knots: Of the corrections.
        escapes: Chances of the bits of escaped numbers.
    """

    table: NDArray[np.uint32]
    weights: NDArray[np.int32]
    knots: NDArray[np.int32]
    escapes: NDArray[np.int32]

    @classmethod
    def of(cls, kind: int, stream: int) -> "Model":
        """What a stream of a file begins with.

        Args:
            kind: Of the file: 0, or 1 for what was learned from other pictures.
            stream: 0 for the first plane, 1 for the others.
        """
        if not kind:
            return cls.fresh()
        own = _learned(kind)[stream]
        return cls(own.table.copy(), own.weights.copy(), own.knots.copy(), own.escapes.copy())

    @classmethod
    def fresh(cls) -> "Model":
        """Nothing is known: all chances are even, all contexts weigh the same."""
        squash = tables().squash
        knots = squash[np.minimum(np.arange(mixing.KNOTS) * mixing.APART, len(squash) - 1)]
        size = mixing.CONTEXTS * mixing.KINDS
        return cls(
            np.full(mixing.SOURCES * size, 1 << 31, np.uint32),
            np.full(
                mixing.MIXERS * mixing.SELECTED * mixing.KINDS * mixing.INPUTS,
                FIRST_WEIGHT,
                np.int32,
            ),
            np.tile(knots, mixing.KINDS * mixing.CORRECTIONS).astype(np.int32),
            np.full(2 * LENGTHS, 1 << 15, np.int32),
        )


# Contexts asked less often are forgotten: 248 KB instead of 400, for no byte of a picture.
LEAST_COUNTED = 8
# Parts of a model in a file of learned ones: how many numbers, their type, their scale, and
# the largest of them.
FILE_PARTS = (
    (mixing.SOURCES * mixing.CONTEXTS * mixing.KINDS, "<u2", 8192, 511),
    (mixing.SOURCES * mixing.CONTEXTS * mixing.KINDS, "u1", 1, 255),
    (mixing.MIXERS * mixing.SELECTED * mixing.KINDS * mixing.INPUTS, "<i2", 4096, 1024),
    (mixing.KINDS * mixing.CORRECTIONS * mixing.KNOTS, "u1", 256, 255),
    (2 * LENGTHS, "<u2", 1, 65535),
)


def packed_models(models: Sequence[Model]) -> bytes:
    """Models of the two streams as the file that `Model.of` begins with (docs/format.md)."""
    result = b""
    for model in models:
        counts = model.table & np.uint32(1023)
        seen = counts >= LEAST_COUNTED
        arrays = (
            np.where(seen, model.table >> np.uint32(10), 1 << 21),
            np.where(seen, counts, 0),
            model.weights,
            model.knots,
            model.escapes,
        )
        for array, (_, kind, scale, most) in zip(arrays, FILE_PARTS, strict=True):
            whole = (array.astype(np.int64) + scale // 2) // scale
            result += np.clip(whole, -most, most).astype(kind).tobytes()
    return zlib.compress(result, 9)


@functools.cache
def _learned(kind: int) -> tuple[Model, Model]:
    """The models that come with the program, of the two streams; shared: copy them."""
    data = zlib.decompress((files("redraw.coding") / f"model-{kind}.bin").read_bytes())
    made, at = [], 0
    for _ in range(2):
        arrays = []
        for count, dtype, scale, _ in FILE_PARTS:
            array = np.frombuffer(data, dtype, count, at).astype(np.int32)
            arrays.append(array if scale == 1 else np.multiply(array, scale, out=array))
            at += count * np.dtype(dtype).itemsize
        chances, counts, weights, knots, escapes = arrays
        table = chances.view(np.uint32)
        table <<= np.uint32(10)
        table |= counts.view(np.uint32)
        made.append(Model(table, weights, knots, escapes))
    return made[0], made[1]
