"""Training a spline pyramid by alternating minimisation: the definition, and its session.

A step takes all pixels. What is kept says how to improve the matrices: those that take the blocks
nearest to their kept coefficients (orthogonal Procrustes). Then each block takes the matrix with
which it costs least, and of all coefficients the largest are kept, as many as there is room for
with their significance written down. A step that would leave out more than is left out already is
not taken. Nothing is random.

The cost of a block is the sum of the squares that it leaves out, and the squared threshold for each
number that it keeps, and a 32nd of that for each bit that names its matrix: a parameter more would
gain about so much elsewhere.

`redraw.engines.spline.alternating_passes` defines what is computed, and
`redraw.engines.spline.kernel_passes` has the fast twin.

Shapes: C planes, H rows, W columns, P known pixels, K coefficients, M matrices, B blocks.

Source: Sezer, Guleryuz & Altunbasak 2015, "Approximation and compression with sparse orthonormal
transforms", section III.
"""

from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray

from redraw.engines.contract import OptimizerState, Session, StepResult, StepSpec, StepTimes
from redraw.engines.made_for import refuse_steps
from redraw.engines.planes import (
    as_array,
    decorrelated,
    mixing_of,
)
from redraw.engines.spline.passes import Passes
from redraw.engines.spline.start import linear_answer, select
from redraw.errors import EngineError
from redraw.fields import Field
from redraw.fields.spline import Spline
from redraw.signals.samples import PixelSamples, Samples

# Bits of a transform, where a count of them says so little: mixed with equal shares of this part.
UNSURE = 0.1
# On the threshold that blocks choose by, in turns: the last one alone makes steps go to and fro
# between two answers.
TURNS = (1.0, 0.93, 1.07)
# Kept coefficients looked at together.
PIECE = 1 << 16


def refuse_alternating(field: Field, spec: StepSpec) -> str | None:
    """Why a field can't be trained by alternating minimisation, or None."""
    return refuse_steps(field, spec, Spline, "alternating", "the spline encoding")


class SplineSession(Session):
    """A spline pyramid and its picture, whoever makes its steps."""

    def __init__(
        self, field: Field, samples: Samples, spec: StepSpec, state: OptimizerState
    ) -> None:
        assert isinstance(field.encoding, Spline)
        if not isinstance(samples, PixelSamples):
            raise EngineError("a spline learns pictures, not tables; take another preset")
        self.field = field
        self.encoding = field.encoding
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
        self._dtype = np.float64 if spec.precision == "float64" else np.float32
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

    def _made_one(self, began: float) -> StepResult:
        """What a step that began then says of itself."""
        self._state.steps += 1
        self._made += 1
        self._seconds += perf_counter() - began
        error = float(self._left_out[0]) / (self._samples.count * self.config.planes)
        return StepResult(error, error)


class AlternatingSession(SplineSession):
    """A session whose arrays are NumPy's; see the module."""

    def __init__(
        self, field: Field, samples: Samples, spec: StepSpec, state: OptimizerState, passes: Passes
    ) -> None:
        super().__init__(field, samples, spec, state)
        self.passes = passes

    def start(self) -> float:
        """Take the best linear answer: the largest coefficients, no block multiplied by anything.

        Returns:
            The seconds that it took.
        """
        began = perf_counter()
        encoding = self.encoding
        answer = linear_answer(
            self._samples, self.config, self.passes, self._dtype, self._lists_in_place()
        )
        with torch.no_grad():
            layer = self.field.network.layers[0]
            assert isinstance(layer, torch.nn.Linear)
            layer.weight.copy_(torch.from_numpy(answer.mixing[0]))
            if layer.bias is not None:
                layer.bias.zero_()
            encoding.transforms[0].copy_(torch.eye(4))
            for tensor, array in (
                (encoding.values, answer.values),
                (encoding.significant, answer.significant),
                (encoding.block_transforms, answer.block_transforms),
            ):
                tensor.copy_(torch.from_numpy(array))
            encoding.bits.fill_(answer.bits)
        self._left_out[0] = answer.left_out
        return perf_counter() - began

    def step(
        self, pixels: NDArray[np.int64], step: int, *, rate: float, sharpness: float
    ) -> StepResult:
        """One step over all pixels, whichever are named (B,); there is no rate.

        Loss and error are those after it, told by the coefficients it leaves out: the wavelet is
        nearly orthonormal.
        """
        from redraw.kernels import sparse

        began = perf_counter()
        encoding = self.encoding
        transforms = as_array(encoding.transforms).astype(self._dtype)
        block_transforms = as_array(encoding.block_transforms).copy()
        inverses = np.ascontiguousarray(transforms.transpose(0, 2, 1))
        threshold = self._least_kept()
        if self._left_out[0] < 0.0:
            turned = self._coefficients()
            self.passes.multiply(turned, inverses, block_transforms)
            self._left_out[0] = sparse.left_out(turned.reshape(-1), threshold)[1]
            del turned  # before there is another of the picture's size
        coefficients = self._coefficients()
        sums, counts = self.passes.correlate(coefficients, inverses, block_transforms, threshold)
        inverses = improved(inverses, sums, counts)
        threshold *= TURNS[step % len(TURNS)]
        costs = costs_of(threshold, counts).astype(self._dtype)
        self.passes.choose(coefficients, inverses, threshold, costs, block_transforms)
        self.passes.multiply(coefficients, inverses, block_transforms)
        self._select(coefficients, block_transforms, inverses)
        return self._made_one(began)

    def _least_kept(self) -> float:
        """A threshold just below the smallest of the kept coefficients."""
        significant, values = as_array(self.encoding.significant), as_array(self.encoding.values)
        least = np.inf
        for first in range(0, len(significant), PIECE):  # a large list of them is not copied
            part = slice(first, first + PIECE)
            kept = np.abs(values[part][significant[part] >= 0])
            least = min(least, kept[kept > 0].min(initial=np.inf))
        some = len(significant) and significant[0] >= 0
        return float(np.nextafter(values.dtype.type(least), values.dtype.type(0))) if some else 0.0

    def _coefficients(self) -> NDArray:
        """The coefficients of the picture, made anew, since a step overwrites them. (C, H, W)"""
        config, samples = self.config, self._samples
        pixels = samples.all_values() if samples.index is None else self._without_holes()
        weight, bias = mixing_of(self.field)
        planes = decorrelated(pixels, weight, bias, (config.height, config.width), self._dtype)
        self.passes.analyse(planes)
        return planes

    def _without_holes(self) -> NDArray:
        """All pixels: the known ones, and for the others what the field says. (H W, C)"""
        config, samples = self.config, self._samples
        assert samples.index is not None
        weight, bias = mixing_of(self.field)
        averages = self.passes.averages(self.field).reshape(config.planes, -1)
        whole = averages.T @ weight.T.astype(self._dtype) + bias.astype(self._dtype)
        whole[samples.index] = samples.all_values()
        return whole

    def _select(self, coefficients: NDArray, block_transforms: NDArray, inverses: NDArray) -> None:
        """Keep as many of the largest as there is room for, if less is left out than before.

        Args:
            coefficients: Their blocks multiplied.
            block_transforms: By which matrix.
            inverses: Of the matrices.
        """
        bits = int(self.encoding.bits)
        found, chosen = select(coefficients, block_transforms, self.config, self.passes, bits)
        # With holes the coefficients change from step to step: nothing to compare with.
        if self._samples.index is None and found.left_out >= float(self._left_out[0]):
            return
        with torch.no_grad():
            synthesis = np.ascontiguousarray(inverses.transpose(0, 2, 1))
            self.encoding.transforms.copy_(torch.from_numpy(synthesis))
            self._collect(coefficients, found.threshold)
            self.encoding.block_transforms.copy_(torch.from_numpy(chosen))
            self.encoding.bits.fill_(found.bits)
        self._left_out[0] = found.left_out

    def _collect(self, coefficients: NDArray, threshold: float) -> None:
        """The coefficients above a threshold into the field."""
        from redraw.kernels import sparse

        significant, values = self._lists_in_place() or (
            np.empty(self.config.kept, np.int32),
            np.empty(self.config.kept, self._dtype),
        )
        sparse.collect(coefficients.reshape(-1), threshold, significant, values)
        self.encoding.significant.copy_(torch.from_numpy(significant))
        self.encoding.values.copy_(torch.from_numpy(values))

    def _lists_in_place(self) -> tuple[NDArray[np.int32], NDArray] | None:
        """The field's own lists of significant coefficients, if kernels can write to them."""
        values = self.encoding.values
        if values.device.type == "cpu" and as_array(values).dtype == self._dtype:
            return as_array(self.encoding.significant), as_array(values)
        return None


def improved(inverses: NDArray, sums: NDArray, counts: NDArray[np.int64]) -> NDArray:
    """The orthonormal matrices that take blocks nearest to their kept coefficients.

    Args:
        inverses: As they were: those that little was learned about stay so. (M, 4, 4)
        sums, counts: As `Passes.correlate` returns them.

    Returns:
        A new array. (M, 4, 4)
    """
    result = inverses.copy()
    used = counts >= 4
    left, _, right = np.linalg.svd(sums[used])
    result[used] = left @ right
    return result


def costs_of(threshold: float, counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """What naming each matrix costs where a block keeps anything. (M,) -> (M,)"""
    share = (1.0 - UNSURE) * counts / max(1, counts.sum()) + UNSURE / len(counts)
    return threshold * threshold / 32.0 * -np.log2(share)
