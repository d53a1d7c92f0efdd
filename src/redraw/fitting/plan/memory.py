"""How much memory a fit takes, before it takes it."""

from redraw import memory
from redraw.engines.solver import GradientSolver
from redraw.engines.solvers import SOLVERS
from redraw.fields.sizes import parameters
from redraw.fitting.plan.config import RunConfig

# Bytes per parameter of float32: itself, its gradient and that of each part of the work, two
# moments of the optimizer, and the good state that a run goes back to (three of these again).
PER_PARAMETER = 4 * (1 + 8 + 2 + 3)
# Bytes per value of the signal: as samples, and as drawn and compared while it is measured; and
# what it takes at least. (12 megapixels of RGB: 1.5 in a fit of a small network without frames.)
PER_VALUE, LEAST_PER_VALUE = 16, 1


def needed(config: RunConfig, values: int) -> int:
    """Bytes that a run takes beside the program itself, about.

    Args:
        config: Of the run.
        values: Of the signal.
    """
    wide = 2 if config.precision == "float64" else 1
    return wide * PER_PARAMETER * parameters(config.field) + PER_VALUE * values


def least(config: RunConfig, values: int, device: str = "cpu") -> int:
    """Bytes of this machine's memory without which no engine can make such a fit.

    Args:
        config: Of the run.
        values: Of the signal.
        device: Where it runs. What runs on a GPU is here while it is made, and while it is saved.
    """
    solver, copies = SOLVERS[config.train.optimizer], 1
    if isinstance(solver, GradientSolver):
        kept = 1 + len(solver.slots(config.train.optimizer_config))
        # Itself and its moments, the good state that the run goes back to, and the gradient.
        copies = 2 * kept + 1 if device == "cpu" else kept
    wide = 8 if config.precision == "float64" else 4
    return wide * copies * parameters(config.field) + LEAST_PER_VALUE * values


def check_memory(config: RunConfig, values: int, device: str = "cpu") -> None:
    """Refuse a fit that can't be held; what is made for one encoding asks for its own work itself.

    Args:
        config: Of the run.
        values: Of the signal.
        device: Where it runs.

    Raises:
        TooLargeError: it takes more than is free.
    """
    memory.ask(
        least(config, values, device),
        f"learning {parameters(config.field):,} parameters",
        "take smaller sizes, such as hidden=128,128, or name the most parameters (budget)",
    )
