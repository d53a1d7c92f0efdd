"""The reference engine: PyTorch autograd. Slow, obviously right, the definition of the others."""

import contextlib
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from redraw.engines.contract import (
    Drawer,
    Engine,
    OptimizerConfig,
    OptimizerState,
    Session,
    StepResult,
    StepSpec,
    StepTimes,
)
from redraw.engines.losses import losses
from redraw.engines.solver import GradientSolver
from redraw.engines.solvers import SOLVERS, fresh_state, gradient_solver, side_for
from redraw.fields import Field
from redraw.fields.outputs import SigmoidOutput, SoftmaxOutput
from redraw.signals.samples import Samples

# Positions whose activations are held at once; more are taken in pieces whose gradients add up.
CHUNK = 1 << 17
# Positions per call when drawing: always this many, so that a point's result does not depend on
# how many others were asked for (matrix products choose their kernels by size).
DRAW_CHUNK = 4096


def make_optimizer(field: Field, config: OptimizerConfig, rate: float) -> torch.optim.Optimizer:
    """The torch.optim optimizer that `config` describes, the encoding in a group of its own."""
    encoding = list(field.encoding.parameters())
    groups = [{"params": list(field.network.parameters()), "factor": 1.0}]
    if encoding:
        groups.append({"params": encoding, "factor": config.encoding_rate})
    return gradient_solver(config).torch_optimizer(groups, rate, config)


class ReferenceSession(Session):
    """A field trained by autograd and torch.optim."""

    def __init__(
        self, field: Field, samples: Samples, spec: StepSpec, state: OptimizerState
    ) -> None:
        self.field = field
        self.samples = samples
        self.spec = spec
        self._state = state
        parameter = next(field.parameters())
        self.device = parameter.device
        self.dtype = torch.float64 if spec.precision == "float64" else torch.float32
        self.optimizer = make_optimizer(field, spec.optimizer, 1.0)
        parts = ("forward", "loss", "backward", "optimizer")
        self._seconds: dict[str, float] = dict.fromkeys(parts, 0.0)
        self._points = self._pixels = self._made = 0
        self._clock = perf_counter()
        # torch.optim updates the slots in place from now on. Momentum may start from zeros: the
        # absent buffer that torch fills with the first gradient comes to the same.
        for name, p in field.named_parameters():
            slots = dict(state.slots[name])
            if gradient_solver(spec.optimizer).counted:
                slots["step"] = torch.tensor(float(state.steps))
            self.optimizer.state[p] = slots

    @property
    def state(self) -> OptimizerState:
        return self._state

    def step(
        self, pixels: NDArray[np.int64], step: int, *, rate: float, sharpness: float
    ) -> StepResult:
        self._clock = perf_counter()
        self.field.sharpness = sharpness
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        xy, counts = self.samples.points(pixels, step)
        self.optimizer.zero_grad(set_to_none=True)
        ends = np.cumsum(counts)
        values = len(pixels) * self.samples.channels
        loss = squared = 0.0
        first = 0
        while first < len(pixels):
            start = ends[first] - counts[first]
            last = max(int(np.searchsorted(ends, start + CHUNK, side="right")), first + 1)
            chunk_loss, chunk_squared = self._piece(
                xy[start : ends[last - 1]], counts[first:last], pixels[first:last]
            )
            (chunk_loss / values).backward()
            self._lap("backward")
            loss += float(chunk_loss.detach())
            squared += float(chunk_squared)
            first = last
        self.optimizer.step()
        self._lap("optimizer")
        self._state.steps += 1
        self._points += len(xy)
        self._pixels += len(pixels)
        self._made += 1
        return StepResult(loss / values, squared / values)

    def _piece(
        self, xy: NDArray[np.float32], counts: NDArray[np.int64], pixels: NDArray[np.int64]
    ) -> tuple[Tensor, Tensor]:
        """Summed loss and squared error of some of the batch's pixels."""
        points = torch.from_numpy(xy).to(self.device, self.dtype)
        target = torch.from_numpy(self.samples.read(pixels)).to(self.device, self.dtype)
        number = torch.from_numpy(counts).to(self.device)
        with computing_in(self.spec):
            raw = self.field.raw(points)
        if raw.dtype == torch.bfloat16:
            raw = raw.float()
        self._lap("forward")
        found = losses(self.field, raw, number, target, self.spec.loss)
        self._lap("loss")
        return found

    def _lap(self, part: str) -> None:
        """What has passed since the last lap belongs to `part`."""
        now = perf_counter()
        self._seconds[part] += now - self._clock
        self._clock = now

    def times(self) -> StepTimes | None:
        """None on a GPU, which works on while these clocks are read."""
        if self.device.type != "cpu":
            return None
        return StepTimes(
            dict(self._seconds),
            self._points,
            self._pixels,
            self._made,
            torch.get_num_threads(),
        )


def computing_in(spec: StepSpec) -> contextlib.AbstractContextManager:
    """Autocast to bfloat16 where that precision was asked for."""
    if spec.precision == "bfloat16":
        return torch.autocast(torch.device(spec.device).type, torch.bfloat16)
    return contextlib.nullcontext()


class ReferenceDrawer(Drawer):
    """Evaluates by PyTorch, without gradients."""

    def __init__(self, field: Field, spec: StepSpec) -> None:
        self.field = field
        self.spec = spec

    def values(self, xy: NDArray[np.float32]) -> NDArray[np.float32]:
        parameter = next(iter(self.field.network.parameters()))  # real even in a complex network
        channels = self.field.network.layers[-1].out_features
        out = np.empty((len(xy), int(channels)), np.float32)  # type: ignore[arg-type]
        buffer = torch.zeros(
            DRAW_CHUNK, xy.shape[1], dtype=parameter.dtype, device=parameter.device
        )
        with torch.no_grad(), computing_in(self.spec):
            for first in range(0, len(xy), DRAW_CHUNK):
                piece = torch.from_numpy(np.ascontiguousarray(xy[first : first + DRAW_CHUNK]))
                buffer[: len(piece)] = piece
                values = self.field(buffer)[: len(piece)]
                out[first : first + len(piece)] = values.float().cpu().numpy()
        return out


class ReferenceEngine(Engine):
    """Runs every field on every device that PyTorch has."""

    name = "reference"
    rank = 0

    def refuse(self, field: Field, spec: StepSpec) -> str | None:
        if spec.precision in ("tf32", "float16"):
            return f"it computes in float32, float64 or bfloat16, not in {spec.precision}"
        if not spec.training:
            return None
        solver = SOLVERS[spec.optimizer.kind]
        reason = solver.refuse(field, spec)
        if reason is not None:
            return reason
        if not isinstance(solver, GradientSolver):
            return None if self.name in solver.sides else f"it has no steps of {solver.name}"
        if spec.loss == "bce" and not isinstance(field.output, SigmoidOutput):
            return "bce needs a sigmoid output (--set output=sigmoid)"
        if spec.loss == "cross_entropy" and not isinstance(field.output, SoftmaxOutput):
            return "cross_entropy needs a softmax output (--set output=softmax)"
        if spec.precision == "float64" and spec.device.startswith("mps"):
            return "mps has no float64; use --device cpu"
        if spec.precision == "bfloat16" and any(p.is_complex() for p in field.parameters()):
            return "bfloat16 has no complex numbers; use float32"
        return None

    def open(
        self,
        field: Field,
        samples: Samples,
        spec: StepSpec,
        state: OptimizerState | None = None,
    ) -> Session:
        state = state or fresh_state(field, spec.optimizer)
        side = SOLVERS[spec.optimizer.kind].sides.get(self.name)
        if side is not None:
            return side.open(field, samples, spec, state)
        return ReferenceSession(field, samples, spec, state)

    def drawer(self, field: Field, spec: StepSpec) -> Drawer:
        side = side_for(self.name, field)
        return (side and side.drawer(field, spec)) or ReferenceDrawer(field, spec)
