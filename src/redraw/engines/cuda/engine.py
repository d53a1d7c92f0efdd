"""The CUDA engine: what it takes, and why not.

A module of this folder imports Triton only inside of functions that run on a card.
"""

import torch

from redraw.engines.contract import Drawer, OptimizerState, Session, StepSpec
from redraw.engines.cuda.card import card_of
from redraw.engines.cuda.triton import broken, has_bfloat16
from redraw.engines.fused import FusedEngine
from redraw.fields import Field
from redraw.fields.encodings import Identity
from redraw.fields.hash_grid import HashGrid
from redraw.fields.outputs import LinearOutput, SigmoidOutput, SoftmaxOutput
from redraw.kernels.names import LOSSES
from redraw.signals.samples import Samples

PRECISIONS = ("float32", "tf32", "bfloat16", "float16")
# Coordinates that the kernels take.
AXES = 32


class CudaEngine(FusedEngine):
    """Fused Triton kernels on a GPU of CUDA."""

    name = "cuda"
    rank = 20
    # As of `redraw.engines.cuda.opening.opened`; None for its default.
    fused_wide: bool | None = None
    shuffled_ahead = 6
    outputs = (LinearOutput, SigmoidOutput, SoftmaxOutput)
    losses = (*LOSSES, "cross_entropy")

    def refuse(self, field: Field, spec: StepSpec) -> str | None:
        reason = super().refuse(field, spec)
        if reason is None:
            reason = broken(spec.device)
        if reason is None and spec.precision == "bfloat16" and not has_bfloat16(spec.device):
            return "this card has no bfloat16; take --precision float16"
        return reason

    def refuse_request(self, spec: StepSpec) -> str | None:
        if torch.device(spec.device).type != "cuda":
            return f"it runs on GPUs of CUDA, not on {spec.device}"
        if spec.precision not in PRECISIONS:
            return f"it computes in {', '.join(PRECISIONS)}, not in {spec.precision}"
        return None

    def refuse_tensors(self, field: Field, spec: StepSpec) -> str | None:
        if isinstance(field.encoding, Identity) and field.encoding.features > AXES:
            return f"its kernels take up to {AXES} coordinates, not {field.encoding.features}"
        if isinstance(field.encoding, HashGrid) and field.encoding.table.shape[1].bit_count() != 1:
            width = field.encoding.table.shape[1]
            return (
                f"its kernels take 1, 2, 4, 8 or 16 features per level of a hash grid, not {width}"
            )
        for name, tensor in [*field.named_parameters(), *field.named_buffers()]:
            if tensor.dtype != torch.float32:
                return f"{name} is {str(tensor.dtype)[6:]}; its kernels keep parameters in float32"
            if not tensor.is_contiguous():
                return f"{name} is not contiguous in memory"
        return None

    def begin(
        self, field: Field, samples: Samples, spec: StepSpec, state: OptimizerState
    ) -> Session:
        """Raises EngineError where the card's memory is too small."""
        from redraw.engines.cuda.opening import opened

        how = {} if self.fused_wide is None else {"fused_wide": self.fused_wide}
        return opened(field, samples, spec, state, card_of(torch.device(spec.device)), **how)

    def own_drawer(self, field: Field, spec: StepSpec) -> Drawer:
        from redraw.engines.cuda.drawer import CudaDrawer

        return CudaDrawer(field, spec, card_of(torch.device(spec.device)))
