"""The CPU engine's drawer, and where its kernels find a field's tensors."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from redraw.engines.contract import Drawer, OptimizerState, StepSpec
from redraw.engines.threads import usable_threads
from redraw.errors import EngineError
from redraw.fields import Field


def address_table(field: Field, state: OptimizerState | None, moments: tuple[str, ...]) -> tuple:
    """Where the kernels find parameters and moments.

    Returns:
        (depth, 6) int64 addresses, and the tensors, which must be kept alive.
    """
    table = np.zeros((len(field.network.layers), 6), np.int64)
    kept: list[Tensor] = []
    for depth, layer in enumerate(field.network.layers):
        for column, name in ((0, "weight"), (3, "bias")):
            parameter = getattr(layer, name)
            if parameter is None:
                continue
            tensors = [parameter]
            if state is not None:
                slots = state.slots[f"network.layers.{depth}.{name}"]
                tensors += [slots[moment] for moment in moments]
            for i, tensor in enumerate(tensors):
                if tensor.shape != parameter.shape or tensor.dtype != parameter.dtype:
                    raise EngineError(
                        f"optimizer state of network.layers.{depth}.{name} is"
                        f" {tuple(tensor.shape)} {tensor.dtype}; expected"
                        f" {tuple(parameter.shape)} {parameter.dtype}"
                    )
                if not tensor.is_contiguous():
                    raise EngineError("optimizer state must be contiguous in memory")
                table[depth, column + i] = tensor.data_ptr()
                kept.append(tensor)
    return table, kept


class CpuDrawer(Drawer):
    """Evaluates a field, as it was when the drawer was made, by the fused kernels."""

    def __init__(self, field: Field, spec: StepSpec) -> None:
        from redraw.engines.cpu.hash_grid import drawing_encoder
        from redraw.engines.cpu.layout import aligned, layout
        from redraw.kernels import steps

        self._steps = steps
        self._made = layout(field, spec, 1, training=False)
        addresses, _ = address_table(field, None, ())
        steps.pack(self._made.layers, addresses, self._made.packs)
        self._encoder = drawing_encoder(field)
        size = int(self._made.plan[steps.WORK_SIZE])
        self._memory = [
            aligned(size, self._made.dtype) for _ in range(spec.threads or usable_threads())
        ]
        self._control = np.zeros(64, np.int64)
        self._ticket = 0

    def values(self, xy: NDArray[np.float32]) -> NDArray[np.float32]:
        from redraw.engines.cpu.sharing import share

        made = self._made
        xy = np.ascontiguousarray(xy, np.float32)
        out = np.empty((len(xy), int(made.plan[self._steps.CHANNELS])), np.float32)
        self._ticket += 1
        self._control[self._steps.SHARD] = self._ticket << 32
        block = int(made.plan[self._steps.CAPACITY] * made.plan[self._steps.PANEL])
        share(
            self._steps.draw,
            [
                (
                    self._control, self._ticket, made.plan, made.reals, made.layers, made.packs,
                    memory, xy, out, self._encoder,
                )
                for memory in self._memory[: max(1, len(xy) // (8 * block))]
            ],
        )  # fmt: skip
        return out
