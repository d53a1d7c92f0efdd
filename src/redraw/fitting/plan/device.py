"""Which device a fit runs on."""

from redraw.engines.solver import Solver
from redraw.errors import EngineError


def pick_device(name: str, solver: Solver | None = None) -> str:
    """The device to run on; "auto" takes a GPU of CUDA if there is one.

    Args:
        name: As it was asked for.
        solver: What makes the steps, if that is known: one that is made for an encoding, and has
            no steps of its own for a GPU, or none that were measured to be faster, stays on the
            processor where the device is "auto".

    Raises:
        EngineError: it is not there.
    """
    if name == "cpu":
        return name
    if name == "auto" and solver is not None and _stays(solver):
        return "cpu"
    import torch

    from redraw.engines.cuda.triton import no_card

    reason = no_card()
    if name == "auto":
        return "cpu" if reason else "cuda"
    kind, _, number = name.partition(":")
    present = {"cpu": True, "cuda": reason is None, "mps": torch.backends.mps.is_available()}
    if not present.get(kind, False):
        there = ", ".join(key for key, value in present.items() if value)
        why = f": {reason}" if kind == "cuda" else ""
        raise EngineError(f"device {name!r} is not there; accepted here: auto, {there}{why}")
    cards = torch.cuda.device_count() if kind == "cuda" else 1
    if number and not (number.isdecimal() and int(number) < cards):
        there = ", ".join(f"{kind}:{card}" for card in range(cards))
        raise EngineError(f"device {name!r} is not there; accepted here: auto, cpu, {there}")
    return name


def device_note(name: str, solver: Solver) -> str:
    """Why "auto" does not take a GPU that is there; "" where nothing is to be said.

    Args:
        name: As it was asked for.
        solver: What makes the steps.
    """
    if name != "auto":
        return ""
    from redraw.engines.cuda.triton import complaint, no_card

    if no_card() is not None:
        return complaint() and f"no GPU is taken: {complaint()}"
    if _stays(solver) and "cuda" in solver.sides:
        return (
            "a GPU is there and not taken: such fits were not measured to be faster on one;"
            " --device cuda takes it"
        )
    return ""


def _stays(solver: Solver) -> bool:
    """Whether "auto" keeps a solver's steps on the processor."""
    side = solver.sides.get("cuda")
    return bool(solver.sides) and (side is None or not side.measured)
