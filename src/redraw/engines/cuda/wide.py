"""Steps of networks whose layers are too wide for one kernel: PyTorch's products, layer by layer.

A batch goes through in pieces, so that what lies between two layers mostly stays in the card's
cache. All is recorded with the rest of a step; every buffer is made once.

Shapes: M points of a piece.
"""

import itertools

import torch
from torch import Tensor

from redraw.engines.cuda.layout import encoding_kind, linear_layers, padded
from redraw.engines.cuda.session import CudaSession
from redraw.kernels.names import GRID

# Points of a piece. (see docs/decisions/020-cuda.md)
PIECE = 1 << 16
# A tile of the kernels between products.
ROWS, COLUMNS = 16, 128
# Parts of a sum over all points, and points of one at least.
PARTS, LEAST_PART = 32, 128
# Compiled for an H100: blocks of 64 points by 8 warps spill nothing, of 128 points 2.7 kB a thread,
# and by 16 warps 4.2 kB.
FUSED_WARPS = 8
# Inputs of a layer taken at once, and how many such slices are on their way.
SLICE, STAGES = 64, 3
TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class WideSession(CudaSession):
    """A field with layers of any width."""

    points = PIECE
    # Whether each layer's sums lie in memory between two products.
    keeps_sums = True

    def _work(self) -> None:
        super()._work()
        own = self._sampling
        self._blocks = [-(-self._batch // part["PIXELS"]) for part in own]
        n = self._shape.block
        at_once = min(max(self._blocks), max(1, self._at_work // n))
        self._at_once = at_once
        self._layers = linear_layers(self.field)
        kind = TYPES.get(self.spec.precision, torch.float32)
        device, points = self.card.device, at_once * n

        def buffer(units: int, dtype: torch.dtype = kind) -> Tensor:
            return torch.zeros(points, units, dtype=dtype, device=device)

        widths = self._shape.widths
        # Coordinates and waves are not rounded to less; a table's features may be.
        first = kind if encoding_kind(self.field) == GRID else torch.float32
        self._types = [first, *[kind] * (len(self._layers) - 1)]
        self._inputs = [buffer(widths[0], first), *(buffer(w) for w in widths[1:-1])]
        self._layer_sums = []
        if self.keeps_sums:
            self._layer_sums = [buffer(w, t) for w, t in zip(widths[1:], self._types, strict=True)]
        self._slopes = [buffer(widths[0], first), *(buffer(w) for w in widths[1:])]
        self._weights = [
            layer.weight.detach() if t == torch.float32 else layer.weight.detach().to(t)
            for layer, t in zip(self._layers, self._types, strict=True)
        ]
        self._programs = 1
        self._partials = self._new(1, self._shape.total)
        self._totals = self._new(at_once, 2)
        starts, list_ = self._shape.starts, self._partials[0]
        self._changes = []
        for depth, (inputs, outputs) in enumerate(itertools.pairwise(widths)):
            at, then = starts[2 * depth], starts[2 * depth + 1]
            weight = list_[at : at + inputs * outputs].view(outputs, inputs)
            self._changes.append((weight, list_[then : then + outputs]))
        self._updating |= {"PARTS": 1, "ALL": True}

    def _launch(self) -> None:
        before = torch.backends.cuda.matmul.allow_tf32
        torch.backends.cuda.matmul.allow_tf32 = self.spec.precision == "tf32"
        try:
            self._partials.zero_()
            self._totals.zero_()
            for kept, layer in zip(self._weights, self._layers, strict=True):
                if kept.dtype != torch.float32:
                    kept.copy_(layer.weight.detach())
            for part, blocks in zip(self._sampling, self._blocks, strict=True):
                for first in range(0, blocks, self._at_once):
                    self._piece(part, first)
        finally:
            torch.backends.cuda.matmul.allow_tf32 = before
        self._update()

    def _piece(self, part: dict, first: int) -> None:
        """Forward, loss and backward of a piece that begins with block `first`."""
        from redraw.kernels.cuda.layers import features_kernel, loss_kernel, scatter_kernel

        c, grid = self._constants, (self._at_once,)
        widths, last = self._shape.widths, len(self._layers) - 1
        matrix, table, sums, levels = self._arrays
        width, height = self._size
        where = {k: v for k, v in part.items() if k != "P"}
        features = {k: c[k] for k in ("LEVEL_WIDTH", "D", "STEP_WORDS")}
        features |= {"FEATURES": widths[0], "F": padded(widths[0])}
        features_kernel[grid](
            self._order, self._index, self._positions, self._steps, self._cursor, matrix, table,
            levels, self._inputs[0], width, height, first, ENCODING=c["ENCODING"], **features,
            **where,
        )  # fmt: skip
        for depth in range(last + 1):
            torch.mm(self._inputs[depth], self._weights[depth].t(), out=self._layer_sums[depth])
            if depth < last:
                self._between("activate", depth, self._inputs[depth + 1])
        bias, sizes = self._bias(last), {"CHANNELS": widths[-1], "C": padded(widths[-1])}
        loss_kernel[grid](
            self._order, self._values, self._steps, self._reals, self._cursor,
            self._layer_sums[last], bias, self._slopes[last + 1], self._totals, first,
            **sizes,
            **{k: c[k] for k in ("BIAS", "LOSS", "OUTPUT")},
            **{k: part[k] for k in ("SAMPLES", "PART", "N", "P", "PIXELS")},
            **{k: c[k] for k in ("STEP_WORDS", "STEP_REALS")},
        )  # fmt: skip
        for depth in range(last, -1, -1):
            gradient = self._slopes[depth + 1]
            self._add_change(depth)
            if depth > 0 or c["ENCODING"] == GRID:
                torch.mm(gradient, self._weights[depth], out=self._slopes[depth])
            if depth > 0:
                self._between("slope", depth - 1, self._slopes[depth])
        if c["ENCODING"] == GRID:
            scatter_kernel[grid](
                self._order, self._index, self._positions, self._steps, self._cursor,
                self._slopes[0], sums, levels, width, height, first, UNIT=c["UNIT"], **features,
                **where,
            )  # fmt: skip

    def _add_change(self, depth: int) -> None:
        """The gradient of a layer's weights and biases, from that of its sums and its inputs."""
        gradient = self._slopes[depth + 1]
        weight, biases = self._changes[depth]
        weight += summed_product(gradient, self._inputs[depth])
        if self._constants["BIAS"]:
            biases += gradient.sum(0, dtype=torch.float32)

    def _between(self, name: str, depth: int, target: Tensor) -> None:
        """The activation of a layer's sums to `target`, or its slope times `target`."""
        from redraw.kernels.cuda import layers

        units, c = self._shape.widths[depth + 1], self._constants
        kernel = getattr(layers, f"{name}_kernel")
        kernel[(len(target) // ROWS, -(-units // COLUMNS))](
            self._layer_sums[depth], self._bias(depth), target, UNITS=units, W=COLUMNS, ROWS=ROWS,
            OMEGA=c["OMEGA_FIRST"] if depth == 0 else c["OMEGA"],
            **{k: c[k] for k in ("BIAS", "KIND", "SPREAD")},
        )  # fmt: skip

    def _bias(self, depth: int) -> Tensor:
        bias = self._layers[depth].bias
        return self._totals if bias is None else bias.detach()


class FusedWideSession(WideSession):
    """The same with a kernel of our own from positions to the gradients of all layers' sums.

    It was compiled for an H100, and not measured on one: `redraw.engines.cuda.opening`.
    """

    keeps_sums = False

    def _work(self) -> None:
        super()._work()
        device = self.card.device
        kept = [weight.data_ptr() for weight in self._weights]
        places = [array.data_ptr() for array in [*self._inputs, *self._slopes[1:]]]
        self._kept = torch.tensor(kept, dtype=torch.int64, device=device)
        self._places = torch.tensor(places, dtype=torch.int64, device=device)

    def _piece(self, part: dict, first: int) -> None:
        from redraw.kernels.cuda.wide import wide_kernel

        names = (
            *("WIDTHS", "PADDED", "BIAS", "KIND", "OMEGA_FIRST", "OMEGA", "SPREAD", "OUTPUT"),
            *("LOSS", "ENCODING", "D", "FIRST_PRECISION", "TYPE", "PRECISION", "STEP_WORDS"),
            "STEP_REALS",
        )
        constants = {name: self._constants[name] for name in names}
        constants |= {"SLICE": SLICE, "num_warps": FUSED_WARPS, "num_stages": STAGES}
        width, height = self._size
        wide_kernel[(self._at_once,)](
            self._order, self._index, self._values, self._positions, self._steps, self._reals,
            self._cursor, self._tables.addresses, self._kept, self._places, self._arrays[0],
            self._totals, width, height, first, **constants, **part,
        )  # fmt: skip
        for depth in range(len(self._layers)):
            self._add_change(depth)


def summed_product(gradient: Tensor, inputs: Tensor) -> Tensor:
    """gradient^T inputs, summed in float32. (M, O), (M, I) -> (O, I)

    In parts that are added up in their order: one product of few rows and columns over very many
    points would be done by a few of the card's processors alone.
    """
    low = gradient.dtype == inputs.dtype and gradient.dtype != torch.float32
    if (low and gradient.device.type == "cpu") or gradient.dtype != inputs.dtype:
        gradient, inputs, low = gradient.float(), inputs.float(), False
    points = len(gradient)
    parts = PARTS if points % PARTS == 0 and points >= PARTS * LEAST_PART else 1
    left = gradient.view(parts, points // parts, -1).transpose(1, 2)
    right = inputs.view(parts, points // parts, -1)
    if low:
        sums = torch.bmm(left, right, out_dtype=torch.float32)  # type: ignore[call-overload]
    else:
        sums = torch.bmm(left, right)
    return sums.sum(0)
