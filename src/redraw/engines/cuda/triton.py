"""Whether Triton is there and works: asked once, before a fit depends on it."""

import functools
import importlib.util
import warnings
from typing import Any

import torch

from redraw.engines.cuda.card import first_line

# What Triton compiles for: since Volta; numbers of bfloat16 since Ampere.
OLDEST, BFLOAT16 = (7, 0), (8, 0)


def missing() -> str | None:
    """Why there are no kernels here, without importing Triton; None if nothing is against it."""
    if importlib.util.find_spec("triton") is None:
        return "Triton is not installed; it comes with PyTorch's CUDA builds (pip install triton)"
    return None


# What CUDA complained of, which it does once in a process.
_complaints: list[str] = []


def no_card() -> str | None:
    """Why there is no GPU of CUDA here, in one line; None if there is one."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        there = torch.cuda.is_available()
    _complaints.extend(str(one.message) for one in told if "CUDA" in str(one.message))
    if there:
        return None
    if torch.version.cuda is None:
        return "PyTorch finds no GPU of CUDA: this build of it is for processors alone"
    return complaint() or "PyTorch finds no GPU of CUDA"


def complaint() -> str:
    """What is wrong with a GPU that can't be used, in one line; "" if nothing was heard of it."""
    if not _complaints:
        return ""
    said = " ".join(_complaints[0].split())
    if "driver" in said and "too old" in said:
        return "the GPU's driver is too old for this PyTorch; install a newer one"
    return f"PyTorch can't use CUDA here: {said[:200]}"


@functools.cache
def broken(device: str) -> str | None:
    """Why kernels can't run on a card, found out by running one; None if they can."""
    reason = missing()
    if reason is not None:
        return reason
    reason = no_card()
    if reason is not None:
        return reason
    name, capability = torch.cuda.get_device_name(device), torch.cuda.get_device_capability(device)
    if capability < OLDEST:
        return f"{name} has compute capability {capability[0]}.{capability[1]}; Triton needs 7.0"
    try:
        from redraw.kernels.cuda.probe import probe_kernel

        with torch.cuda.device(device):
            out = torch.zeros(16, device=device)
            size: dict[str, Any] = {"N": 16}
            probe_kernel[(1,)](out, **size)
            found = float(out.sum())
    except Exception as error:  # whatever a broken installation raises
        return f"Triton does not work here: {first_line(error)}"
    return None if found == 120.0 else "Triton does not work here: its kernels compute nonsense"


def has_bfloat16(device: str) -> bool:
    """Whether a card multiplies bfloat16."""
    return torch.cuda.get_device_capability(device) >= BFLOAT16
