"""How a training step runs. `choose` picks the fastest engine that takes the work.

The engines themselves, and PyTorch with them, are imported when one is asked for.

contract.py   What an engine is: one way of executing training steps and drawing
costs.py      What training steps have to do at least, told by the shapes alone
fused.py      What engines of fused kernels refuse alike, and how they open
lattice.py    Drawing whatever has averages over pixels, exactly averaged, in strips
linear.py     The best linear answer of a size: what every fit is compared with
limits.py     What this machine can do at best, measured in a quarter of a second
losses.py     The losses, as the reference engine computes them
planes.py     A picture as planes: colours decorrelated, holes filled
made_for.py   What kernels refuse alike, and solvers that are made for one encoding
reference.py  The reference engine
solver.py     What every solver answers: the contract of the table `SOLVERS`
solvers.py    The table of solvers, and the rules of torch.optim in it
squares.py    Drawing large pictures whose squares have fields of their own
subpixel.py   What subpixel detail is learned from: a picture's own averages
subpixel_drawer.py  The same, drawn
threads.py    How many threads there may be
whole_drawer.py  Draws a network in whole numbers
cpu/          The fused CPU engine
cuda/         The fused CUDA engine
spline/       Spline pyramids
labels/       Fields of labels
coded/        Coded pictures: found in one go, drawn from whole numbers
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from redraw.engines.contract import (
    Drawer,
    Engine,
    ExactDrawer,
    GridDrawer,
    Loss,
    OptimizerConfig,
    OptimizerState,
    Order,
    Precision,
    Session,
    StepResult,
    StepSpec,
    StepTimes,
)
from redraw.errors import EngineError, UsageError
from redraw.registry import Registry

if TYPE_CHECKING:
    from redraw.fields import Field

__all__ = [
    "ENGINES",
    "Drawer",
    "Engine",
    "ExactDrawer",
    "GridDrawer",
    "Loss",
    "OptimizerConfig",
    "OptimizerState",
    "Order",
    "Precision",
    "Session",
    "StepResult",
    "StepSpec",
    "StepTimes",
    "check_engine",
    "choose",
    "engines",
]


def _cpu() -> Engine:
    from redraw.engines.cpu.engine import CpuEngine

    return CpuEngine()


def _cuda() -> Engine:
    from redraw.engines.cuda.engine import CudaEngine

    return CudaEngine()


def _reference() -> Engine:
    from redraw.engines.reference import ReferenceEngine

    return ReferenceEngine()


# What makes each engine. A row of another package: ENGINES.register("mine", MyEngine).
ENGINES: Registry[Callable[[], Engine]] = Registry(
    "engine", {"cuda": _cuda, "cpu": _cpu, "reference": _reference}
)


def engines() -> dict[str, Engine]:
    """All engines by name, the fastest first."""
    known = [make() for make in ENGINES.values()]
    return {engine.name: engine for engine in sorted(known, key=lambda e: -e.rank)}


def check_engine(name: str, known: Iterable[str] = ENGINES) -> None:
    """Raises UsageError if there is no engine of that name, and it is not "auto"."""
    if name != "auto" and name not in known:
        raise UsageError(
            f"unknown engine {name!r}; accepted: auto, {', '.join(known)}", setting="engine"
        )


def choose(name: str, field: "Field", spec: StepSpec) -> tuple[Engine, dict[str, str]]:
    """The engine called `name`, or for "auto" the fastest that does not refuse.

    Returns:
        The engine, and why faster ones refused: a fit's log says what ran and why.

    Raises:
        UsageError: there is no engine of that name.
        EngineError: the named engine refuses, or all do; the message holds the reason.
    """
    known = engines()
    check_engine(name, known)
    if name != "auto":
        reason = known[name].refuse(field, spec)
        if reason:
            raise EngineError(f"the {name} engine can't run this: {reason}")
        return known[name], {}
    refusals: dict[str, str] = {}
    for engine in known.values():
        reason = engine.refuse(field, spec)
        if reason is None:
            return engine, refusals
        refusals[engine.name] = reason
    raise EngineError("no engine can run this: " + "; ".join(refusals.values()))
