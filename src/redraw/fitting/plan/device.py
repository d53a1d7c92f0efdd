"""Which device a fit runs on."""

from redraw.engines.solver import Solver
from redraw.errors import EngineError


def pick_device(name: str, solver: Solver | None = None) -> str:
    """The device to run on; "auto" takes a GPU of CUDA if there is one.

    Args:
        name: As it was asked for.
        solver: What makes the steps, if that is known: one that is made for an encoding, and has
            no steps of its own for a GPU, is faster on the processor, and "auto" takes that.

    Raises:
        EngineError: it is not there.
    """
    if name == "cpu":
        return name
    import torch

    if name == "auto" and solver is not None and solver.sides and "cuda" not in solver.sides:
        return "cpu"
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    kind = name.split(":")[0]
    present = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if not present.get(kind, False):
        there = ", ".join(key for key, value in present.items() if value)
        raise EngineError(f"device {name!r} is not there; accepted here: auto, {there}")
    return name
