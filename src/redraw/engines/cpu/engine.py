"""The CPU engine: forward, loss, backward and update fused, in blocks that stay in the caches.

Parameters and optimizer state are updated in place, in the very memory of the PyTorch tensors; the
kernels keep a packed copy of the weights, renewed whenever a tensor was changed from outside.
"""

import math
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray

from redraw.engines.contract import (
    Drawer,
    OptimizerConfig,
    OptimizerState,
    Session,
    StepResult,
    StepSpec,
    StepTimes,
)
from redraw.engines.cpu.drawer import CpuDrawer, address_table
from redraw.engines.fused import FusedEngine
from redraw.engines.solvers import gradient_solver
from redraw.engines.threads import usable_threads
from redraw.errors import EngineError
from redraw.fields import Field
from redraw.kernels.names import LOSSES
from redraw.signals.samples import PixelSamples, PointSamples, Samples, step_key, strata

# Numba and LLVM are imported when a session or a drawer is opened, not before.


class CpuEngine(FusedEngine):
    """Fused Numba kernels on the CPU."""

    name = "cpu"
    rank = 10
    own_threads = True
    losses = LOSSES

    def refuse_request(self, spec: StepSpec) -> str | None:
        if torch.device(spec.device).type != "cpu":
            return f"it runs on the CPU, not on {spec.device}"
        if spec.precision not in ("float32", "float64"):
            return f"it computes in float32 or float64, not in {spec.precision}"
        return None

    def refuse_tensors(self, field: Field, spec: StepSpec) -> str | None:
        wanted = getattr(torch, spec.precision)
        for name, tensor in [*field.named_parameters(), *field.named_buffers()]:
            if tensor.device.type != "cpu":
                return f"{name} is on {tensor.device}, not on the CPU"
            if tensor.dtype != wanted:
                return f"{name} is {str(tensor.dtype)[6:]}, but {spec.precision} was asked for"
            if not tensor.is_contiguous():
                return f"{name} is not contiguous in memory"
        return None

    def begin(
        self, field: Field, samples: Samples, spec: StepSpec, state: OptimizerState
    ) -> Session:
        return CpuSession(field, samples, spec, state)

    def own_drawer(self, field: Field, spec: StepSpec) -> Drawer:
        return CpuDrawer(field, spec)


class CpuSession(Session):
    """A field trained by the fused kernels, with a thread pool of its own."""

    def __init__(
        self, field: Field, samples: Samples, spec: StepSpec, state: OptimizerState
    ) -> None:
        from redraw.engines.cpu.hash_grid import training_encoder
        from redraw.engines.cpu.layout import aligned, axes_of, layout
        from redraw.engines.cpu.pool import Pool
        from redraw.engines.cpu.times import Times
        from redraw.kernels import steps

        self.field = field
        self.spec = spec
        self._state = state
        self._steps = steps
        if samples.dimensions != axes_of(field):
            raise EngineError(
                f"the samples have {samples.dimensions} coordinates, the field takes"
                f" {axes_of(field)}"
            )
        pixels = samples if isinstance(samples, PixelSamples) else None
        most = 1 if pixels is None or pixels.footprint == "point" else pixels.samples
        made = layout(field, spec, most, training=True)
        self._made = made
        plan, dtype = made.plan, made.dtype
        plan[steps.SAMPLES], plan[steps.PLACED] = most, pixels is None
        plan[steps.ACROSS], plan[steps.DOWN] = strata(most)
        self._seed = 0
        self._hold(samples, max(spec.batch, 1))
        if pixels is not None:
            plan[steps.WIDTH], plan[steps.HEIGHT] = pixels.width, pixels.height
            plan[steps.BOX] = pixels.footprint == "box"
            plan[steps.INDEXED] = pixels.index is not None or not pixels.held
            plan[steps.SORTED] = pixels.busy is not None and pixels.footprint == "box"
            self._seed = pixels.seed
        moments = gradient_solver(spec.optimizer).slots(spec.optimizer)
        self._addresses, self._kept = address_table(field, state, moments)
        self._version = -1
        threads = spec.threads or usable_threads()
        self._pixels = np.zeros(max(spec.batch, 1), np.int64)
        self._totals = np.zeros((int(plan[steps.SHARDS]), 2))
        self._rates, self._encoding_rates = np.zeros(10, dtype), np.zeros(10, dtype)
        counts = np.zeros((threads, int(plan[steps.CAPACITY] * plan[steps.PANEL])), np.int64)
        memory = aligned(threads * int(plan[steps.WORK_SIZE]), dtype)
        sums = aligned(int(plan[steps.SHARDS] * plan[steps.STRIDE]), dtype)
        encoder = training_encoder(
            field, state, moments, spec, plan, self._encoding_rates, threads=threads
        )
        self._times = Times(threads)
        train = (
            plan, made.reals, made.layers, made.packs, memory, counts, sums, self._totals,
            self._pixels, self._values, self._index, self._busy, self._positions, encoder,
            self._times.clock,
        )  # fmt: skip
        update = (
            plan, self._rates, made.layers, self._addresses, made.units, made.packs, memory, sums,
            encoder, self._times.clock,
        )  # fmt: skip
        self._pool = Pool(threads, plan, train, update)
        self._pool.prepare()

    def _hold(self, samples: Samples, batch: int) -> None:
        """The arrays that kernels read: the samples' own, or room for those of a batch."""
        self._asked = None if samples.held else samples
        self._index, self._busy = np.zeros(1, np.int64), np.zeros(1, np.bool_)
        self._positions = np.zeros((1, 1), np.float32)
        if self._asked is not None:
            self._values = np.zeros((batch, samples.channels), np.float32)
            if isinstance(samples, PointSamples):  # as asked for, one position each
                self._positions = np.zeros((batch, samples.dimensions), np.float32)
            else:
                self._index, self._busy = np.zeros(batch, np.int64), np.zeros(batch, np.bool_)
            return
        self._values = samples.all_values()
        if isinstance(samples, PointSamples):
            self._positions = samples.all_positions()
        elif isinstance(samples, PixelSamples):
            if samples.index is not None:
                self._index = np.ascontiguousarray(samples.index)
            if samples.busy is not None:
                self._busy = np.ascontiguousarray(samples.busy)

    def _ask(self, pixels: NDArray[np.int64]) -> None:
        """Read a batch of samples that are not in memory; the kernels see them alone."""
        assert self._asked is not None
        part, number = self._asked.some(pixels), len(pixels)
        self._values[:number] = part.all_values()
        if isinstance(part, PointSamples):
            self._positions[:number] = part.all_positions()
        elif isinstance(part, PixelSamples):
            assert part.index is not None  # those of some pixels name them
            self._index[:number] = part.index
            if part.busy is not None:
                self._busy[:number] = part.busy

    @property
    def state(self) -> OptimizerState:
        return self._state

    def step(
        self, pixels: NDArray[np.int64], step: int, *, rate: float, sharpness: float
    ) -> StepResult:
        steps, plan, reals = self._steps, self._made.plan, self._made.reals
        number = len(pixels)
        if not 1 <= number <= len(self._pixels):
            raise EngineError(
                f"a batch of {number} pixels; the session was opened for 1 to {len(self._pixels)}"
            )
        self._pixels[:number] = pixels
        if plan[steps.LEVELS]:
            # Neighbours read the same rows of the grid: in order, a step takes a tenth less.
            self._pixels[:number].sort()
        if self._asked is not None:
            self._ask(self._pixels[:number].copy())
            self._pixels[:number] = np.arange(number)
        self.field.sharpness = sharpness
        values = number * int(plan[steps.CHANNELS])
        plan[steps.PIXELS] = number
        plan[steps.KEY] = step_key(self._seed, step)
        reals[steps.SHARPNESS] = sharpness
        reals[steps.SCALE] = 1.0 / values
        self._state.steps += 1
        optimizer = self.spec.optimizer
        set_rates(self._rates, optimizer, rate, self._state.steps)
        set_rates(
            self._encoding_rates, optimizer, rate * optimizer.encoding_rate, self._state.steps
        )
        self._pack_if_changed()
        began = perf_counter()
        self._pool.step()
        self._times.add(perf_counter() - began, number)
        loss, squared = self._totals.sum(axis=0)
        return StepResult(float(loss) / values, float(squared) / values)

    def times(self) -> StepTimes:
        return self._times.of_steps()

    def _pack_if_changed(self) -> None:
        """Pack the weights again after somebody else wrote to a tensor."""
        version = sum(p._version for p in self._kept)
        if version != self._version:
            self._steps.pack(self._made.layers, self._addresses, self._made.packs)
            self._version = version

    def close(self) -> None:
        self._pool.close()


def set_rates(rates: NDArray, optimizer: OptimizerConfig, rate: float, count: int) -> None:
    """Fill in what the update rule needs at its `count`-th update (from 1), as torch.optim does.

    `rates` as `redraw.kernels.optimizers` reads them. (n,)
    """
    first = 1.0 - optimizer.beta1**count
    second = 1.0 - optimizer.beta2**count
    decoupled = optimizer.kind == "adamw"
    rates[0] = rate
    rates[1] = 1.0 - optimizer.beta1
    rates[2] = optimizer.beta2
    rates[3] = 1.0 - optimizer.beta2
    rates[4] = optimizer.eps
    rates[5] = 0.0 if decoupled else optimizer.weight_decay
    rates[6] = rate / first if first else rate
    rates[7] = math.sqrt(second) if second else 1.0
    rates[8] = optimizer.momentum
    rates[9] = 1.0 - rate * optimizer.weight_decay if decoupled else 1.0
