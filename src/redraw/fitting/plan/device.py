"""Which device a fit runs on."""

from redraw.errors import EngineError


def pick_device(name: str) -> str:
    """The device to run on; "auto" takes a GPU of CUDA if there is one.

    Raises:
        EngineError: it is not there.
    """
    if name == "cpu":
        return name
    import torch

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
