"""The table of solvers, and the rules of torch.optim in it.

`SOLVERS` maps the names of `--set optimizer=` to solvers; what is asked of one,
`redraw.engines.solver` says.
"""

from typing import TYPE_CHECKING, Any

from redraw.engines.coded.solver import CodingSolver
from redraw.engines.contract import OptimizerConfig, OptimizerState, StepSpec
from redraw.engines.labels.solver import LabelsSolver
from redraw.engines.solver import ADAM_MOMENTS, GradientSolver, Side, Solver
from redraw.engines.spline.solver import AlternatingSolver
from redraw.registry import Registry
from redraw.signals.samples import Samples

if TYPE_CHECKING:
    from torch import optim

    from redraw.fields import Field


class Adam(GradientSolver):
    """Source: Kingma & Ba 2015."""

    def torch_optimizer(
        self, groups: list[dict[str, Any]], rate: float, optimizer: OptimizerConfig
    ) -> "optim.Optimizer":
        from torch import optim

        return optim.Adam(
            groups,
            lr=rate,
            betas=(optimizer.beta1, optimizer.beta2),
            eps=optimizer.eps,
            weight_decay=optimizer.weight_decay,
        )


class AdamW(GradientSolver):
    """Adam whose weights decay apart from the gradient. Source: Loshchilov & Hutter 2019."""

    def torch_optimizer(
        self, groups: list[dict[str, Any]], rate: float, optimizer: OptimizerConfig
    ) -> "optim.Optimizer":
        from torch import optim

        return optim.AdamW(
            groups,
            lr=rate,
            betas=(optimizer.beta1, optimizer.beta2),
            eps=optimizer.eps,
            weight_decay=optimizer.weight_decay,
        )


class Sgd(GradientSolver):
    """Along the gradient, with momentum if it is asked for."""

    def slots(self, optimizer: OptimizerConfig) -> tuple[str, ...]:
        return self.moments if optimizer.momentum else ()

    def update_work(self, optimizer: OptimizerConfig) -> tuple[int, int]:
        operations, numbers = self.work
        return (operations + 2, numbers + 2) if optimizer.momentum else self.work

    def torch_optimizer(
        self, groups: list[dict[str, Any]], rate: float, optimizer: OptimizerConfig
    ) -> "optim.Optimizer":
        from torch import optim

        return optim.SGD(
            groups, lr=rate, momentum=optimizer.momentum, weight_decay=optimizer.weight_decay
        )


# Of an update: operations, and numbers read and written (itself, its gradient, its moments).
SOLVERS: Registry[Solver] = Registry(
    "optimizer",
    {
        solver.name: solver
        for solver in (
            Adam("adam", ADAM_MOMENTS, (12, 6)),
            AdamW("adamw", ADAM_MOMENTS, (13, 6)),
            Sgd("sgd", ("momentum_buffer",), (2, 3), counted=False),
            AlternatingSolver(),
            LabelsSolver(),
            CodingSolver(),
        )
    },
)


def solver_of(name: str) -> Solver | None:
    """The solver of that name, or None for ""."""
    return SOLVERS[name] if name else None


def gradient_solver(optimizer: OptimizerConfig) -> GradientSolver:
    """The solver of that name, which engines run by gradient."""
    solver = SOLVERS[optimizer.kind]
    assert isinstance(solver, GradientSolver)
    return solver


def fresh_state(field: "Field", optimizer: OptimizerConfig) -> OptimizerState:
    """The optimizer's state before the first step."""
    return SOLVERS[optimizer.kind].fresh(field, optimizer)


def solver_for(field: "Field") -> Solver | None:
    """The solver that is made for a field's encoding, whatever trains it; None if none is."""
    return solver_of(getattr(field.encoding, "solver", ""))


def side_for(engine: str, field: "Field") -> Side | None:
    """How `engine` runs fields of this encoding by the solver made for it; None if none is."""
    made = solver_for(field)
    return made.sides.get(engine) if made else None


def start_in_closed_form(engine: str, field: "Field", samples: Samples, spec: StepSpec) -> float:
    """Before the first step, put `field` where the solver made for it says; most have none.

    Returns:
        The seconds that it took, compiling and loading aside.
    """
    side = side_for(engine, field)
    return side.start(field, samples, spec) if side else 0.0
