"""Training a spline pyramid by alternating minimisation: the definition, and its session.

A step takes all pixels. What is kept says how to improve the matrices: those that take the blocks
nearest to their kept numbers (orthogonal Procrustes). Then each block takes the matrix with which
it costs least, and of all numbers the largest are kept, as many as there is room for with their
places written down. A step that would leave out more than is left out already is not taken. Nothing
is random.

The cost of a block is the sum of the squares that it leaves out, and the squared threshold for each
number that it keeps, and a 32nd of that for each bit that names its matrix: a parameter more would
gain about so much elsewhere.

`PlainPasses` defines what is computed; `redraw.engines.spline_passes` has the fast twin.

Shapes: C planes, H rows, W columns, P known pixels, K numbers, M matrices, B blocks.

Source: Sezer, Guleryuz & Altunbasak 2015, "Approximation and compression with sparse orthonormal
transforms", section III.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray

from redraw.engines.contract import OptimizerState, Session, StepResult, StepTimes, Work
from redraw.errors import EngineError
from redraw.fields import Field
from redraw.fields.lattice import analyse, bands_of, read_blocks, with_blocks
from redraw.fields.outputs import LinearOutput
from redraw.fields.spline import MATRIX, Spline, SplineConfig, orthonormal
from redraw.signals.samples import PixelSamples, Samples

# Parts that sums are taken in, whatever the number of threads.
SHARDS = 16
# Bits of a choice, where a count of choices says so little: mixed with equal shares of this part.
UNSURE = 0.1
# On the threshold that blocks choose by, in turns: the last one alone makes steps go to and fro
# between two answers.
TURNS = (1.0, 0.93, 1.07)
# Room that may stay unused, as a share; and how often the threshold is tried for it.
SLACK, TRIES = 1 / 500, 6
# Numbers of a picture up to so many are held between steps; more are analysed anew in each.
HELD = 1 << 24


def refuse_alternating(field: Field, work: Work) -> str | None:
    """Why a field can't be trained by alternating minimisation, or None."""
    if not isinstance(field.encoding, Spline):
        return "the alternating optimizer is for the spline encoding only (--set optimizer=adam)"
    if len(field.network.layers) != 1 or not isinstance(field.output, LinearOutput):
        return (
            "the alternating optimizer needs a field without hidden layers and with a linear output"
            " (--set optimizer=adam)"
        )
    if work.loss != "mse":
        return f"the alternating optimizer minimises the squared error, not {work.loss}"
    return None


class Passes(ABC):
    """What a step does with all numbers of a picture, (C, H, W), one pass after the other."""

    @abstractmethod
    def analyse(self, planes: NDArray) -> None:
        """Pixel averages to numbers, in place."""

    @abstractmethod
    def correlate(
        self, numbers: NDArray, inverses: NDArray, choices: NDArray, cut: float
    ) -> tuple[NDArray, NDArray]:
        """For each choice the sum of block times kept numbers, and the blocks that keep some.

        Returns:
            (M, 4, 4) float64 and (M,) int64.
        """

    @abstractmethod
    def choose(
        self, numbers: NDArray, inverses: NDArray, cut: float, costs: NDArray, choices: NDArray
    ) -> None:
        """Give each block the matrix with which it costs least.

        Args:
            costs: What naming a matrix costs where a block keeps anything. (M,)
            choices: Filled; 0 where no matrix can lift any number above the cut. (B,)
        """

    @abstractmethod
    def multiply(self, numbers: NDArray, inverses: NDArray, choices: NDArray) -> None:
        """Multiply each block by the inverse of its matrix, in place."""

    @abstractmethod
    def largest(self, numbers: NDArray, keep: int) -> float:
        """The threshold above which there are at most `keep` absolute values."""

    @abstractmethod
    def averages(self, field: Field) -> NDArray:
        """What the field has for all pixels. (C, H, W)"""


class PlainPasses(Passes):
    """In PyTorch and NumPy, as plainly as can be."""

    def __init__(self, encoding: Spline) -> None:
        config = encoding.config
        self.bands = bands_of(config.width, config.height, config.planes)

    def analyse(self, planes: NDArray) -> None:
        planes[:] = analyse(torch.from_numpy(planes)).numpy()

    def correlate(
        self, numbers: NDArray, inverses: NDArray, choices: NDArray, cut: float
    ) -> tuple[NDArray, NDArray]:
        sums, counts = np.zeros(inverses.shape), np.zeros(len(inverses), np.int64)
        for blocks, chosen in self._blocks(numbers, choices):
            for m in range(len(inverses)):
                block = blocks[chosen == m]
                kept = block @ inverses[m]
                kept[np.abs(kept) <= cut] = 0.0
                sums[m] += block.T.astype(np.float64) @ kept
                counts[m] += np.count_nonzero(kept.any(axis=1))
        return sums, counts

    def choose(
        self, numbers: NDArray, inverses: NDArray, cut: float, costs: NDArray, choices: NDArray
    ) -> None:
        square = cut * cut
        for blocks, chosen in self._blocks(numbers, choices):
            squares = np.einsum("bi,mij->mbj", blocks, inverses) ** 2
            total = np.minimum(squares, square).sum(axis=2)
            total += np.where(squares.max(axis=2) > square, costs[:, None], 0.0)
            best = total.argmin(axis=0)
            best[(blocks**2).sum(axis=1) <= square] = 0
            chosen[:] = best

    def multiply(self, numbers: NDArray, inverses: NDArray, choices: NDArray) -> None:
        result = torch.from_numpy(numbers)
        for band in self.bands:
            blocks = read_blocks(result, band)
            if len(blocks):
                chosen = torch.from_numpy(inverses[choices[band.first : band.first + len(blocks)]])
                result = with_blocks(result, band, torch.einsum("bi,bij->bj", blocks, chosen))
        numbers[:] = result.numpy()

    def largest(self, numbers: NDArray, keep: int) -> float:
        sizes = np.abs(numbers).reshape(-1)
        return 0.0 if keep >= len(sizes) else float(np.sort(sizes)[-keep - 1])

    def averages(self, field: Field) -> NDArray:
        assert isinstance(field.encoding, Spline)
        with torch.no_grad():
            return field.encoding.averages().cpu().numpy()

    def _blocks(self, numbers: NDArray, choices: NDArray):
        """The blocks of each band with their choices."""
        for band in self.bands:
            blocks = read_blocks(torch.from_numpy(numbers), band).numpy()
            if len(blocks):
                yield blocks, choices[band.first : band.first + len(blocks)]


class AlternatingSession(Session):
    """A spline pyramid and its picture; see the module."""

    def __init__(
        self, field: Field, samples: Samples, work: Work, state: OptimizerState, passes: Passes
    ) -> None:
        assert isinstance(field.encoding, Spline)
        if not isinstance(samples, PixelSamples):
            raise EngineError("a spline learns pictures, not tables; take another preset")
        self.field = field
        self.encoding = field.encoding
        self.passes = passes
        self._samples = samples
        self._state = state
        config = field.encoding.config
        if (config.width, config.height, config.planes) != (
            samples.width,
            samples.height,
            samples.channels,
        ):
            raise EngineError(
                f"the spline is for {config.width} x {config.height} pixels of {config.planes}"
                f" values, the picture has {samples.width} x {samples.height} of {samples.channels}"
            )
        self.config = config
        self._dtype = np.float64 if work.precision == "float64" else np.float32
        self._bands = band_table(config)
        self._held: NDArray | None = None
        self._filled: NDArray | None = None
        # What is left out now; below 0 before the first step. A part of the state: blocks that
        # keep nothing forget their matrix, so it can't be found again.
        slots = state.slots.setdefault("encoding.values", {})
        self._left_out = slots.setdefault("left_out", torch.full((1,), -1.0, dtype=torch.float64))
        self._seconds = 0.0
        self._made = 0

    @property
    def state(self) -> OptimizerState:
        return self._state

    def times(self) -> StepTimes:
        pixels = self._samples.count * self._made
        return StepTimes({"optimizer": self._seconds}, pixels, pixels, self._made, 1)

    def start(self) -> float:
        """Take the best linear answer: the largest numbers, no block multiplied by anything.

        Returns:
            The seconds that it took.
        """
        began = perf_counter()
        with torch.no_grad():
            layer = self.field.network.layers[0]
            assert isinstance(layer, torch.nn.Linear)
            mixing = torch.from_numpy(decorrelation(self.config.planes).T.copy())
            layer.weight.copy_(mixing.to(layer.weight))
            if layer.bias is not None:
                layer.bias.zero_()
            self.encoding.transforms[0].copy_(torch.eye(4))
            self.encoding.choices.zero_()
        self._select(self._numbers(first=True), np.zeros(self.config.blocks, np.uint8), None)
        return perf_counter() - began

    def step(
        self, pixels: NDArray[np.int64], step: int, *, rate: float, sharpness: float
    ) -> StepResult:
        """One step over all pixels, whichever are named; there is no rate.

        Loss and error are those after it, told by the numbers it leaves out: the wavelet is
        nearly orthonormal.
        """
        began = perf_counter()
        encoding = self.encoding
        transforms = as_array(encoding.transforms).astype(self._dtype)
        choices = as_array(encoding.choices).copy()
        values = np.abs(as_array(encoding.values)[: int((encoding.places >= 0).sum())])
        cut = float(np.nextafter(values.min(), 0.0)) if len(values) else 0.0
        numbers = self._numbers()
        inverses = np.ascontiguousarray(transforms.transpose(0, 2, 1))
        if self._left_out[0] < 0.0:
            turned = numbers.copy()
            self.passes.multiply(turned, inverses, choices)
            self._left_out[0] = squares_below(turned, cut)
        sums, counts = self.passes.correlate(numbers, inverses, choices, cut)
        # Matrices that little was learned about stay as they are.
        used = counts >= 4
        inverses[used] = orthonormal(torch.from_numpy(sums[used])).numpy()
        cut *= TURNS[step % len(TURNS)]
        share = (1.0 - UNSURE) * counts / max(1, counts.sum()) + UNSURE / len(counts)
        costs = (cut * cut / 32.0 * -np.log2(share)).astype(self._dtype)
        self.passes.choose(numbers, inverses, cut, costs, choices)
        self.passes.multiply(numbers, inverses, choices)
        self._select(numbers, choices, inverses)
        self._state.steps += 1
        self._made += 1
        self._seconds += perf_counter() - began
        error = float(self._left_out[0]) / (self._samples.count * self.config.planes)
        return StepResult(error, error)

    def _numbers(self, *, first: bool = False) -> NDArray:
        """The numbers of the picture, which may be overwritten. (C, H, W)"""
        if self._held is not None:
            return self._held.copy()
        config, samples = self.config, self._samples
        pixels = samples.values
        if samples.index is not None:
            pixels = self._without_holes(first)
        planes = np.empty((config.planes, config.height, config.width), self._dtype)
        weight, bias = mixing_of(self.field)
        unmixing = np.linalg.inv(weight)
        shift = -unmixing @ bias
        flat = planes.reshape(config.planes, -1)
        for plane in range(config.planes):
            flat[plane] = shift[plane]
            for channel in range(config.planes):
                if unmixing[plane, channel]:
                    flat[plane] += unmixing[plane, channel].astype(self._dtype) * pixels[:, channel]
        self.passes.analyse(planes)
        if samples.index is None and planes.size <= HELD:
            self._held = planes.copy()
        return planes

    def _without_holes(self, first: bool) -> NDArray:
        """All pixels: the known ones, and for the others what the field says. (H W, C)"""
        config, samples = self.config, self._samples
        assert samples.index is not None
        if first:
            known = np.zeros(config.width * config.height, bool)
            known[samples.index] = True
            shape = (config.height, config.width)
            whole = np.zeros((known.size, config.planes), self._dtype)
            whole[samples.index] = samples.values
            return fill(whole.reshape(*shape, -1), known.reshape(shape)).reshape(known.size, -1)
        weight, bias = mixing_of(self.field)
        averages = self.passes.averages(self.field).reshape(config.planes, -1)
        whole = averages.T @ weight.T.astype(self._dtype) + bias.astype(self._dtype)
        whole[samples.index] = samples.values
        return whole

    def _select(self, numbers: NDArray, choices: NDArray, inverses: NDArray | None) -> None:
        """Keep the largest numbers, as many as there is room for, if less is left out than before.

        Args:
            numbers: Their blocks multiplied.
            choices: By which matrix.
            inverses: Of the matrices; None at the start, which is always taken.
        """
        config, encoding = self.config, self.encoding
        allowed = config.kept
        estimate = int(encoding.bits) // 32 or allowed // 10
        keep, most = max(0, allowed - estimate), allowed
        for attempt in range(64):
            found = self._taking(numbers, choices, keep)
            free = config.room - MATRIX * config.transforms - found.parameters
            if free < 0:
                most = min(most, keep - 1)
            enough = free <= max(2, allowed * SLACK) or attempt >= TRIES or keep >= most
            if free >= 0 and enough:
                # With holes the numbers change from step to step: nothing to compare with.
                compared = inverses is not None and self._samples.index is None
                if compared and found.left_out >= float(self._left_out[0]):
                    return
                with torch.no_grad():
                    if inverses is not None:
                        synthesis = np.ascontiguousarray(inverses.transpose(0, 2, 1))
                        encoding.transforms.copy_(torch.from_numpy(synthesis))
                    encoding.values.copy_(torch.from_numpy(found.values))
                    encoding.places.copy_(torch.from_numpy(found.places))
                    encoding.choices.copy_(torch.from_numpy(found.choices))
                    encoding.bits.fill_(found.bits)
                self._left_out[0] = found.left_out
                return
            if keep == 0 and free < 0:
                break
            keep = max(0, min(most, keep + (free if free >= 0 else min(-1, int(free * 1.1)))))
        raise EngineError(
            f"a spline of {config.width} x {config.height} pixels has no room in"
            f" {config.room} parameters"
        )

    def _taking(self, numbers: NDArray, choices: NDArray, keep: int) -> "Taken":
        """The `keep` largest numbers, and what they cost."""
        from redraw.kernels import places as coder
        from redraw.kernels import sparse

        config = self.config
        places = np.empty(config.kept, np.int32)
        values = np.empty(config.kept, self._dtype)
        mask = np.empty(numbers.shape, np.uint8)
        cut = self.passes.largest(numbers, keep)
        count, left_out = sparse.collect(numbers.reshape(-1), cut, places, values, mask.reshape(-1))
        chosen = choices.copy()
        size = coder.code(
            mask, chosen, self._bands, config.corner, config.choice_bits,
            np.zeros(0, np.uint8), False,
        )  # fmt: skip
        return Taken(places, values, chosen, count, 8 * size, left_out)


@dataclass(frozen=True)
class Taken:
    """What a threshold keeps.

    Attributes:
        places: As in `Spline`.
        values: As in `Spline`.
        choices: As in `Spline`; 0 for blocks that keep nothing.
        count: Numbers kept.
        bits: For places and choices.
        left_out: Sum of the squares of all other numbers.
    """

    places: NDArray[np.int32]
    values: NDArray
    choices: NDArray[np.uint8]
    count: int
    bits: int
    left_out: float

    @property
    def parameters(self) -> int:
        """Kept numbers, and bits over 32."""
        return self.count + math.ceil(self.bits / 32)


def band_table(config: SplineConfig) -> NDArray[np.int64]:
    """The bands as kernels take them. (3 L, 6)"""
    return np.array(bands_of(config.width, config.height, config.planes), np.int64).reshape(-1, 6)


def mixing_of(field: Field) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How a field without hidden layers makes channels of planes: (C, C) and (C,)."""
    layer = field.network.layers[0]
    assert isinstance(layer, torch.nn.Linear)
    weight = as_array(layer.weight).astype(np.float64)
    bias = np.zeros(len(weight)) if layer.bias is None else as_array(layer.bias).astype(np.float64)
    return weight, bias


def squares_below(numbers: NDArray, cut: float) -> float:
    """Sum of the squares of all numbers whose absolute value is not above `cut`."""
    from redraw.kernels import sparse

    return sparse.squares_below(numbers.reshape(-1), cut)


def as_array(tensor: torch.Tensor) -> NDArray:
    """A tensor's numbers on the CPU."""
    return tensor.detach().cpu().numpy()


def decorrelation(planes: int) -> NDArray[np.float64]:
    """An orthonormal matrix that takes colours apart. (C, C)

    The cosine transform of three colours: their sum, red less blue, and green less both. Detail of
    photographs is almost all in the sum. A fourth channel stays as it is.
    """
    result = np.eye(planes)
    if planes in (3, 4):
        rows = np.array([[1.0, 1.0, 1.0], [1.0, 0.0, -1.0], [1.0, -2.0, 1.0]])
        result[:3, :3] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return result


def fill(values: NDArray, known: NDArray[np.bool_]) -> NDArray:
    """`values` with smooth ones where they are not known: from halved pictures.

    Args:
        values: (H, W, C)
        known: At least one is. (H, W)
    """
    if known.all():
        return values
    height, width = known.shape
    if height == 1 and width == 1:
        return values
    even = (height + height % 2, width + width % 2)
    weight = np.zeros(even, values.dtype)
    weight[:height, :width] = known
    total = np.zeros((*even, values.shape[2]), values.dtype)
    total[:height, :width] = values * known[:, :, None]
    half = (even[0] // 2, 2, even[1] // 2, 2)
    count = weight.reshape(half).sum(axis=(1, 3))
    mean = total.reshape(*half, -1).sum(axis=(1, 3)) / np.maximum(count, 1.0)[:, :, None]
    coarse = fill(mean, count > 0)
    larger = coarse.repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
    return np.where(known[:, :, None], values, larger)
