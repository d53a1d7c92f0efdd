"""The CUDA engine: what it takes, and why not.

A module of this folder imports Triton only inside of functions that run on a card.
"""

import torch
from torch import nn

from redraw.engines.contract import Drawer, Engine, OptimizerState, Session, StepSpec
from redraw.engines.cuda.card import Card
from redraw.engines.cuda.triton import broken, has_bfloat16
from redraw.engines.solvers import SOLVERS, fresh_state, side_for
from redraw.errors import EngineError
from redraw.fields import Field
from redraw.fields.encodings import AxisFourier, GaussianFourier, Identity
from redraw.fields.hash_grid import HashGrid
from redraw.fields.network import Network
from redraw.fields.outputs import LinearOutput, SigmoidOutput, SoftmaxOutput
from redraw.kernels.names import ACTIVATIONS, LOSSES, RULES
from redraw.signals.samples import Samples

PRECISIONS = ("float32", "tf32", "bfloat16", "float16")
# Coordinates that the kernels take.
AXES = 16


def refuse_field(field: Field) -> str | None:
    """Why a field's structure can't be taken, or None."""
    overridden = type(field).forward is not Field.forward or type(field).raw is not Field.raw
    if overridden or type(field.network) is not Network:
        return "the field is of a class of its own; the cuda engine knows Field and Network"
    if type(field.encoding) not in (Identity, GaussianFourier, AxisFourier, HashGrid):
        return f"it has no kernel for the encoding {type(field.encoding).__name__}"
    if type(field.output) not in (LinearOutput, SigmoidOutput, SoftmaxOutput):
        return f"it has no kernel for the output {type(field.output).__name__}"
    if field.network.activation not in ACTIVATIONS:
        return f"it has no kernel for the activation {field.network.activation!r}"
    layers = list(field.network.layers)
    if any(type(layer) is not nn.Linear for layer in layers):
        return "a layer of the network is not a plain nn.Linear"
    if any(module._forward_hooks or module._forward_pre_hooks for module in field.modules()):
        return "a module of the field has hooks"
    if layers[0].in_features != field.encoding.features:
        return "the network does not take as many features as the encoding gives"
    if isinstance(field.encoding, Identity) and field.encoding.features > AXES:
        return f"its kernels take up to {AXES} coordinates, not {field.encoding.features}"
    if isinstance(field.encoding, HashGrid) and field.encoding.table.shape[1].bit_count() != 1:
        width = field.encoding.table.shape[1]
        return f"its kernels take 1, 2, 4, 8 or 16 features per level of a hash grid, not {width}"
    for name, tensor in [*field.named_parameters(), *field.named_buffers()]:
        if tensor.dtype != torch.float32:
            return f"{name} is {str(tensor.dtype)[6:]}; its kernels keep parameters in float32"
        if not tensor.is_contiguous():
            return f"{name} is not contiguous in memory"
    return None


def refuse_training(field: Field, spec: StepSpec) -> str | None:
    """Why a field that can be drawn can't be trained as asked, or None."""
    solver = SOLVERS[spec.optimizer.kind]
    reason = solver.refuse(field, spec)
    if reason is not None:
        return reason
    if spec.optimizer.kind not in RULES:
        return f"it has no kernel for the optimizer {solver.name}"
    if spec.loss == "bce" and not isinstance(field.output, SigmoidOutput):
        return "bce needs a sigmoid output (--set output=sigmoid)"
    softmax = isinstance(field.output, SoftmaxOutput)
    if spec.loss == "cross_entropy" and not softmax:
        return "cross_entropy needs a softmax output (--set output=softmax)"
    if spec.loss not in (*LOSSES, "cross_entropy"):
        return f"it has no kernel for the loss {spec.loss}"
    frozen = [name for name, p in field.named_parameters() if not p.requires_grad]
    return f"{frozen[0]} is frozen (requires_grad is False)" if frozen else None


class CudaEngine(Engine):
    """Fused Triton kernels on a GPU of CUDA."""

    name = "cuda"
    rank = 20
    shuffled_ahead = 6

    def refuse(self, field: Field, spec: StepSpec) -> str | None:
        if torch.device(spec.device).type != "cuda":
            return f"it runs on GPUs of CUDA, not on {spec.device}"
        if spec.precision not in PRECISIONS:
            return f"it computes in {', '.join(PRECISIONS)}, not in {spec.precision}"
        side = side_for(self.name, field)
        if side is not None:
            reason = side.refuse(field, spec)
        else:
            reason = refuse_field(field)
            if reason is None and spec.training:
                reason = refuse_training(field, spec)
        if reason is not None:
            return reason
        reason = broken(spec.device)
        if reason is None and spec.precision == "bfloat16" and not has_bfloat16(spec.device):
            return "this card has no bfloat16; take --precision float16"
        return reason

    def open(
        self,
        field: Field,
        samples: Samples,
        spec: StepSpec,
        state: OptimizerState | None = None,
    ) -> Session:
        """Raises EngineError where `refuse` gives a reason, or the card's memory is too small."""
        from redraw.engines.cuda.opening import opened

        reason = self.refuse(field, spec)
        if reason is not None:
            raise EngineError(f"the cuda engine can't run this: {reason}")
        state = state or fresh_state(field, spec.optimizer)
        side = side_for(self.name, field)
        if side is not None:
            return side.open(field, samples, spec, state)
        return opened(field, samples, spec, state, Card(torch.device(spec.device)))

    def drawer(self, field: Field, spec: StepSpec) -> Drawer:
        from redraw.engines.cuda.drawer import CudaDrawer

        side = side_for(self.name, field)
        drawer = side.drawer(field, spec) if side is not None else None
        if drawer is not None:
            return drawer
        reason = refuse_field(field)
        if reason is not None:
            raise EngineError(f"the cuda engine can't draw this: {reason}")
        return CudaDrawer(field, spec, Card(torch.device(spec.device)))
