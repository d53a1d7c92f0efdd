"""What a field file holds of a spline pyramid: kept numbers, and where they are in few bits.

In memory there is a place for each kept number and a matrix for each block. In the file the
numbers that are kept stand alone, without the room left over, and places and choices are the bytes
of `redraw.kernels.places`: the tensor `encoding.code`.
"""

import numpy as np
import torch
from torch import Tensor

from redraw.errors import FileFormatError
from redraw.fields.bands import bands_of
from redraw.fields.sizes import in_subpixel_detail
from redraw.fields.spline_config import MATRIX, SplineConfig
from redraw.storage.tensor_file import TensorSpec

VALUES, CODE = "encoding.values", "encoding.code"
IN_MEMORY = ("encoding.places", "encoding.choices", "encoding.bits")
# No flag takes fewer bits in the code: what claims to hold more is refused before it is made.
LEAST_BITS = 0.0013


def packed(config: SplineConfig, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a field as they are in a file."""
    from redraw.kernels.places import code

    places = tensors["encoding.places"].cpu().numpy()
    count = int(np.count_nonzero(places >= 0))
    mask = np.zeros((config.planes, config.height, config.width), np.uint8)
    mask.reshape(-1)[places[:count]] = 1
    choices = tensors["encoding.choices"].cpu().numpy().copy()
    work = (mask, choices, _bands(config), config.corner, config.choice_bits)
    bits = int(tensors["encoding.bits"])
    out = np.zeros(bits // 8, np.uint8)
    if bits:  # else the field was only just built, and has nothing to say
        size = code(*work, out, False)
        if size != len(out):  # somebody else put the numbers there
            out = np.zeros(size, np.uint8)
            code(*work, out, False)
    result = {name: t for name, t in tensors.items() if name not in IN_MEMORY}
    result[VALUES] = tensors[VALUES][:count]
    result[CODE] = torch.from_numpy(out)
    return result


def unpacked(config: SplineConfig, tensors: dict[str, Tensor], path: str) -> dict[str, Tensor]:
    """The tensors of a field from those of its file, whose shapes are known to be right.

    Raises:
        FileFormatError: the code says something else than the numbers.
    """
    from redraw.kernels.places import code

    result = dict(tensors)
    written = result.pop(CODE).numpy()
    values = result[VALUES]
    mask = np.zeros((config.planes, config.height, config.width), np.uint8)
    choices = np.zeros(config.blocks, np.uint8)
    if len(written):
        code(mask, choices, _bands(config), config.corner, config.choice_bits, written, True)
    places = np.flatnonzero(mask)
    if len(places) != len(values) or (len(choices) and choices.max() >= config.transforms):
        raise FileFormatError(f"{path} is damaged: its {CODE} does not match its values")
    result[VALUES] = values.new_zeros(config.kept)
    result[VALUES][: len(values)] = values
    result["encoding.places"] = torch.full((config.kept,), -1, dtype=torch.int32)
    result["encoding.places"][: len(places)] = torch.from_numpy(places.astype(np.int32))
    result["encoding.choices"] = torch.from_numpy(choices)
    result["encoding.bits"] = torch.tensor(8 * len(written), dtype=torch.int64)
    return result


def stored_specs(
    config: SplineConfig, wanted: dict[str, TensorSpec], found: dict[str, TensorSpec]
) -> dict[str, TensorSpec] | str:
    """What a file must hold for a field that has `wanted` in memory; or what is wrong with it.

    How many numbers are kept, and how long the code is, only the file knows.
    """
    specs = {name: spec for name, spec in wanted.items() if name not in IN_MEMORY}
    values, code = found.get(VALUES), found.get(CODE)
    if values is not None and len(values.shape) == 1 and values.shape[0] <= config.kept:
        specs[VALUES] = TensorSpec(specs[VALUES].dtype, values.shape)
    length = code.shape[0] if code is not None and len(code.shape) == 1 else 0
    specs[CODE] = TensorSpec(torch.uint8, (length,))
    flags = config.blocks + config.corner[0] * config.corner[1] * config.planes
    if 8 * (length + 8) < flags * LEAST_BITS:
        return f"its {CODE} has {length} bytes, too few for {flags:,} blocks"
    return specs


def stored_parameters(config: SplineConfig, found: dict[str, TensorSpec]) -> int:
    """Parameters of the spline in a file that holds `found`: those that `Spline` counts."""
    inside = in_subpixel_detail(config.subpixel)
    words = -(-8 * found[CODE].shape[0] // 32)
    return found[VALUES].shape[0] + MATRIX * config.transforms + inside + words


def _bands(config: SplineConfig) -> np.ndarray:
    """The bands as kernels take them. (3 L, 6)"""
    return np.array(bands_of(config.width, config.height, config.planes), np.int64).reshape(-1, 6)
