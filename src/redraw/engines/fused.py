"""What engines of fused kernels refuse alike, and how they open a session and make a drawer.

Such an engine has kernels for the rules of torch.optim, and hands fields whose encoding has a
solver of its own to that solver's side. What its kernels know of the rest it says itself.
"""

from abc import abstractmethod
from collections.abc import Container
from typing import ClassVar

from torch import nn

from redraw.engines.contract import Drawer, Engine, OptimizerState, Session, StepSpec
from redraw.engines.made_for import OWN_CLASS, has_own_forward
from redraw.engines.solvers import SOLVERS, fresh_state, side_for
from redraw.errors import EngineError
from redraw.fields import Field
from redraw.fields.encodings import AxisFourier, GaussianFourier, Identity
from redraw.fields.hash_grid import HashGrid
from redraw.fields.network import Network
from redraw.fields.outputs import LinearOutput, SigmoidOutput, SoftmaxOutput
from redraw.kernels.names import ACTIVATIONS, RULES
from redraw.signals.samples import Samples

ENCODINGS = (Identity, GaussianFourier, AxisFourier, HashGrid)


class FusedEngine(Engine):
    """An engine whose steps are kernels of its own.

    Attributes:
        outputs: Classes that its kernels know.
        losses: Names that they know.
    """

    outputs: ClassVar[tuple[type, ...]] = (LinearOutput, SigmoidOutput)
    losses: ClassVar[Container[str]] = ()

    @abstractmethod
    def refuse_request(self, spec: StepSpec) -> str | None:
        """Why a device or a precision can't be taken, or None."""

    @abstractmethod
    def refuse_tensors(self, field: Field, spec: StepSpec) -> str | None:
        """Why sizes, types or places of parameters can't be taken, or None."""

    @abstractmethod
    def begin(
        self, field: Field, samples: Samples, spec: StepSpec, state: OptimizerState
    ) -> Session:
        """A session of its own steps."""

    @abstractmethod
    def own_drawer(self, field: Field, spec: StepSpec) -> Drawer:
        """What draws by its own kernels."""

    def refuse(self, field: Field, spec: StepSpec) -> str | None:
        reason = self.refuse_request(spec)
        if reason is not None:
            return reason
        side = side_for(self.name, field)
        if side is not None:
            return side.refuse(field, spec)
        reason = self.refuse_field(field, spec)
        if reason is None and spec.training:
            reason = self.refuse_training(field, spec)
        return reason

    def refuse_field(self, field: Field, spec: StepSpec) -> str | None:
        """Why a field's structure can't be taken, or None."""
        if has_own_forward(field) or type(field.network) is not Network:
            return f"{OWN_CLASS}; the {self.name} engine knows Field and Network"
        if type(field.encoding) not in ENCODINGS:
            return f"it has no kernel for the encoding {type(field.encoding).__name__}"
        if type(field.output) not in self.outputs:
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
        return self.refuse_tensors(field, spec)

    def refuse_training(self, field: Field, spec: StepSpec) -> str | None:
        """Why a field that can be drawn can't be trained as asked, or None."""
        solver = SOLVERS[spec.optimizer.kind]
        reason = solver.refuse(field, spec)
        if reason is not None:
            return reason
        if spec.optimizer.kind not in RULES:
            return f"it has no kernel for the optimizer {solver.name}"
        if spec.loss not in self.losses:
            return f"it has no kernel for the loss {spec.loss}"
        if spec.loss == "bce" and not isinstance(field.output, SigmoidOutput):
            return "bce needs a sigmoid output (--set output=sigmoid)"
        if spec.loss == "cross_entropy" and not isinstance(field.output, SoftmaxOutput):
            return "cross_entropy needs a softmax output (--set output=softmax)"
        frozen = [name for name, p in field.named_parameters() if not p.requires_grad]
        return f"{frozen[0]} is frozen (requires_grad is False)" if frozen else None

    def open(
        self,
        field: Field,
        samples: Samples,
        spec: StepSpec,
        state: OptimizerState | None = None,
    ) -> Session:
        """Raises EngineError where `refuse` gives a reason."""
        reason = self.refuse(field, spec)
        if reason is not None:
            raise EngineError(f"the {self.name} engine can't run this: {reason}")
        state = state or fresh_state(field, spec.optimizer)
        side = side_for(self.name, field)
        if side is not None:
            return side.open(field, samples, spec, state)
        return self.begin(field, samples, spec, state)

    def drawer(self, field: Field, spec: StepSpec) -> Drawer:
        """Raises EngineError where `refuse_field` gives a reason."""
        side = side_for(self.name, field)
        drawer = side.drawer(field, spec) if side is not None else None
        if drawer is not None:
            return drawer
        reason = self.refuse_field(field, spec)
        if reason is not None:
            raise EngineError(f"the {self.name} engine can't draw this: {reason}")
        return self.own_drawer(field, spec)
