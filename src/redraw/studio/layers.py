"""What each layer of a network draws: its units over the whole picture, as small pictures."""

import base64
import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from redraw.errors import RunError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor
    from torch.nn import Module

MOST_UNITS = 8  # of a layer that are shown
SIDE = 72  # pixels of the longest side
PICTURE = "the picture"  # what the last layer of a picture's field gives


def layers(path: str) -> dict[str, Any]:
    """The layers of a field file, from its coordinates to its values.

    Args:
        path: The field file.

    Returns:
        "layers": of each its "name", how many units it has ("count") and how many are "shown", and
        those as addresses of pictures ("units"): lowest values dark, highest light.

    Raises:
        RunError: it is no function of two coordinates.
    """
    import torch

    from redraw.fitting.result.loading import load
    from redraw.signals.kinds import is_raster

    field = load(path)
    config = field.config
    if config is None or config.dimensions != 2:
        raise RunError("layers are drawn of functions of two coordinates")
    pixels = is_raster(field.about.signal)
    width, height = field.size if pixels else (SIDE, SIDE)
    scale = SIDE / max(width, height)
    columns, rows = (max(2, round(side * scale)) for side in (width, height))
    xy = _grid(columns, rows)
    found: list[tuple[str, Tensor]] = [("x, y", xy)]

    def keep(name: str, tensor: "Tensor") -> None:
        # An encoding that changes nothing is not drawn.
        if tensor.shape != xy.shape or tensor.dtype != xy.dtype or not torch.equal(tensor, xy):
            found.append((name, tensor.detach()))

    def before(name: str) -> "Callable[[Module, tuple[Tensor, ...]], None]":
        return lambda _, given: keep(name, given[0])

    # What comes into a layer is what the one before it gives, behind its activation.
    hooks = [
        layer.register_forward_pre_hook(before(f"layer {depth}" if depth else _encoding(field)))
        for depth, layer in enumerate(field.network.layers)
    ]
    try:
        with torch.no_grad():
            keep(PICTURE if pixels else "answer", field(xy))
    finally:
        for hook in hooks:
            hook.remove()
    return {"layers": [_shown(name, tensor, rows, columns) for name, tensor in found]}


def _grid(columns: int, rows: int) -> "Tensor":
    """Centres of cells over the picture. (rows * columns, 2)"""
    import torch

    x = (torch.arange(columns, dtype=torch.float32) + 0.5) * (2.0 / columns) - 1.0
    y = (torch.arange(rows, dtype=torch.float32) + 0.5) * (2.0 / rows) - 1.0
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1).reshape(-1, 2)


def _encoding(field: Any) -> str:
    return type(field.config.encoding).kind


def _shown(name: str, tensor: "Tensor", rows: int, columns: int) -> dict[str, Any]:
    """One layer: those of its units that differ most over the picture."""
    values = (tensor.real if tensor.is_complex() else tensor).float().numpy()
    values = values.reshape(rows, columns, -1)
    count = values.shape[2]
    last = name == PICTURE
    if last:
        units = [_picture(values[..., : 3 if count > 2 else 1].clip(0.0, 1.0))]
    else:
        spread = values.std(axis=(0, 1))
        chosen = sorted(spread.argsort()[::-1][:MOST_UNITS])
        units = [_picture(_stretched(values[..., [at]])) for at in chosen]
    about = {1: "1 value"}.get(count, f"{count} values")
    return {
        "name": name,
        "count": count,
        "shown": count if last else len(units),
        "about": about,
        "units": units,
    }


def _stretched(values: "NDArray[np.float32]") -> "NDArray[np.float32]":
    """From the lowest to the highest value, 0 to 1."""
    low, high = values.min(), values.max()
    return (values - low) / (high - low) if high > low else values * 0.0 + 0.5


def _picture(values: "NDArray[np.float32]") -> str:
    """Values from 0 to 1 as the address of a PNG. (H, W, 1 or 3)"""
    import numpy as np
    from PIL import Image

    levels = (values * 255.0 + 0.5).astype(np.uint8)
    image = Image.fromarray(levels[..., 0] if levels.shape[2] == 1 else levels)
    out = io.BytesIO()
    image.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()
