"""A field's numbers in as few bits as a page's pixels need.

Parameters are rounded to whole multiples of a step, as coarse as leaves what the field draws
within a part of a step of 8 bits, which is measured at places all over the picture, as sharp
as the largest zoom draws it. Whole numbers deflate to about half of what floats take.
"""

import dataclasses
import json
import math
import struct
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from redraw.export.exporter import Subject
from redraw.fields import Field
from redraw.fields.program import Program
from redraw.fields.regions import Regions

MAGIC = b"RINT"
# What a page may differ by for this alone, of 1; a step of 8 bits is 1 / 255.
ALLOWED = 0.5 / 255.0
# Beside a flat colour that is kept, what is drawn differs by twice as much (`flats.kept`).
STEEPER = 2.0
PLACES = 4096
# The page draws edges of labels that much sharper where it is zoomed 64 times.
SHARPER = 16.0
# More parameters than this take too long to try.
MOST = 1 << 20
# Whole numbers below this are floats of 32 bits, too.
EXACT = 1 << 24
# Bits below a tensor's usual size that are tried first, and at most.
FIRST, FINEST = 8, 22


def rounded_bytes(subject: Subject, file: bytes) -> bytes | None:
    """What the runtime reads instead of a file of tensors; None where rounding isn't for a field.

    Args:
        subject: What is exported.
        file: Its file: of tensors, or of another kind, which stays.

    Returns:
        Four letters, the length of a JSON text as a 32-bit number, the text, then of each
        tensor its bytes: of floats whole numbers, of places how far each is from the one before,
        all their lowest bytes before the next ones.
    """
    field, config = subject.field, subject.field.config
    tensors = field.state_dict()
    if file[8:9] != b"{":
        return None
    if config is None or subject.about.colour is None or field.parameter_count > MOST:
        return None
    if any(t.is_complex() or t.dtype in (torch.float64, torch.bfloat16) for t in tensors.values()):
        return None
    steps = _steps(field, ALLOWED / STEEPER if subject.about.colour.flats else ALLOWED)
    listed, data = [], []
    for name, tensor in tensors.items():
        array = tensor.detach().cpu().numpy()
        told: dict[str, Any] = {"name": name, "shape": list(array.shape)}
        rising = array.dtype == np.int32
        if rising:
            if int(array.max(initial=0)) >= EXACT:
                return None
            planes = _planes(np.diff(array.astype(np.int64), prepend=0))
            told |= {"step": 1, "planes": len(planes), "rising": 1}
            data += [plane.tobytes() for plane in planes]
        elif name in steps:
            planes = _planes(np.rint(array.astype(np.float64) / steps[name]).astype(np.int64))
            told |= {"step": steps[name], "planes": len(planes)}
            data += [plane.tobytes() for plane in planes]
        else:
            told["kind"] = f"{'U' if array.dtype.kind == 'u' else 'I'}{8 * array.itemsize}"
            data.append(array.astype(array.dtype.newbyteorder("<")).tobytes())
        listed.append(told)
    header = {
        "field": config.to_json(),
        "sharpness": float(field.sharpness),
        "about": subject.about.to_json(),
    }
    text = json.dumps({"content": header, "tensors": listed}, separators=(",", ":")).encode("ascii")
    return MAGIC + struct.pack("<I", len(text)) + text + b"".join(data)


def _planes(numbers: NDArray[np.int64]) -> list[NDArray[np.uint8]]:
    """Bytes of whole numbers, the lowest first; 0, -1, 1, -2, ... are 0, 1, 2, 3, ..."""
    flat = numbers.reshape(-1)
    folded = ((flat << 1) ^ (flat >> 63)).astype(np.uint32)
    count = max(1, -(-int(folded.max(initial=0)).bit_length() // 8))
    return [(folded >> (8 * k)).astype(np.uint8) for k in range(count)]


def _steps(field: Field, allowed: float) -> dict[str, float]:
    """The step of each tensor of floats, by what a drawing may differ for all of them."""
    floats = {name: t for name, t in field.state_dict().items() if t.is_floating_point()}
    groups: dict[str, list[str]] = {}
    for name in floats:
        # A network's layers together; what an encoding has, one by one.
        groups.setdefault("network" if name.startswith("network.") else name, []).append(name)
    points = np.random.default_rng(0).uniform(-1.0, 1.0, (PLACES, 2))
    wanted = _drawn(field.lower(), points)
    result = {}
    for names in groups.values():
        bits, steps, off = FIRST, dict[str, float](), math.inf
        for _ in range(4):
            steps = {name: _step(floats[name], bits) for name in names}
            off = float(np.abs(_drawn_rounded(field, steps, points) - wanted).max())
            # What rounding changes is proportional to the step.
            more = math.ceil(math.log2(max(off, 1e-9) * len(groups) / allowed))
            result |= steps
            if more == 0 or (more < 0 and bits != FIRST) or bits >= FINEST:
                break
            bits = min(max(bits + more, 2), FINEST)
        # A step between two powers of two, if there is room left.
        spare = min(0.9 * allowed / len(groups) / max(off, 1e-9), 1.9)
        if spare > 1.05:
            larger = {name: step * spare for name, step in steps.items()}
            off = float(np.abs(_drawn_rounded(field, larger, points) - wanted).max())
            result |= larger if off <= allowed / len(groups) else {}
    return result


def _step(tensor: Tensor, bits: int) -> float:
    """A power of two, that many bits below the tensor's usual size."""
    usual = float(tensor.double().square().mean().sqrt()) if tensor.numel() else 0.0
    # Whole numbers have to stay below 2^24, to be floats again.
    largest = float(tensor.abs().max()) if tensor.numel() else 0.0
    if usual == 0.0 or not math.isfinite(largest):
        return 1.0
    return max(
        2.0 ** (math.floor(math.log2(usual)) - bits), 2.0 ** math.ceil(math.log2(largest)) / 2**23
    )


def _drawn_rounded(
    field: Field, steps: dict[str, float], points: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What is seen with some tensors rounded; afterwards the field is as before."""
    tensors = {name: tensor for name, tensor in field.state_dict().items() if name in steps}
    before = {name: tensor.clone() for name, tensor in tensors.items()}
    try:
        for name, tensor in tensors.items():
            tensor.copy_((tensor.double() / steps[name]).round() * steps[name])
        return _drawn(field.lower(), points)
    finally:
        for name, tensor in tensors.items():
            tensor.copy_(before[name])


def _drawn(program: Program, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is seen at points, edges as sharp as they get. (N, C)"""
    sharp = tuple(
        dataclasses.replace(
            step,
            operation=dataclasses.replace(
                step.operation, sharpness=SHARPER * step.operation.sharpness
            ),
        )
        if isinstance(step.operation, Regions)
        else step
        for step in program.steps
    )
    return np.clip(Program(program.dimensions, sharp).run(points), 0.0, 1.0).astype(np.float64)
