"""What a field file holds of a spline pyramid: kept coefficients, and which they are in few bits.

In memory each kept coefficient says where it is, and each block which matrix it takes. In the file
the kept coefficients stand alone, without the room left over; significance and transforms are the
bytes of `redraw.kernels.significance`: the tensor `encoding.code`.
"""

import numpy as np
import torch
from torch import Tensor

from redraw import memory
from redraw.errors import FileFormatError
from redraw.fields.spline_config import MATRIX, SplineConfig
from redraw.fields.subpixel_size import in_subpixel_detail
from redraw.storage.tensor_file import TensorSpec

VALUES, CODE = "encoding.values", "encoding.code"
IN_MEMORY = ("encoding.significant", "encoding.block_transforms", "encoding.bits")
# No flag takes fewer bits in the code: what claims to hold more is refused before it is made.
LEAST_BITS = 0.0013
# Bytes for each value of a picture while it is unpacked: whether it is kept, where, and its number.
PER_VALUE = 16


def packed(config: SplineConfig, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of a field as they are in a file."""
    from redraw.kernels.significance import code

    significant = tensors["encoding.significant"].cpu().numpy()
    count = int(np.count_nonzero(significant >= 0))
    mask = np.zeros((config.planes, config.height, config.width), np.uint8)
    mask.reshape(-1)[significant[:count]] = 1
    block_transforms = tensors["encoding.block_transforms"].cpu().numpy().copy()
    work = (mask, block_transforms, config.bands, config.corner, config.transform_bits)
    bits = int(tensors["encoding.bits"])
    out = np.zeros(bits // 8, np.uint8)
    if bits:  # else the field was only just built, and has nothing to say
        size = code(*work, out, False)
        if size != len(out):  # somebody else put the coefficients there
            out = np.zeros(size, np.uint8)
            code(*work, out, False)
    result = {name: t for name, t in tensors.items() if name not in IN_MEMORY}
    result[VALUES] = tensors[VALUES][:count]
    result[CODE] = torch.from_numpy(out)
    return result


def unpacked(config: SplineConfig, tensors: dict[str, Tensor], path: str) -> dict[str, Tensor]:
    """The tensors of a field from those of its file, whose shapes are known to be right.

    Raises:
        FileFormatError: the code says something else than the values.
    """
    from redraw.kernels.significance import code

    memory.ask(
        PER_VALUE * max(config.planes * config.height * config.width, config.kept),
        f"unpacking a spline of {config.width}x{config.height}",
        "open it where there is more",
    )
    result = dict(tensors)
    written = result.pop(CODE).numpy()
    values = result[VALUES]
    mask = np.zeros((config.planes, config.height, config.width), np.uint8)
    block_transforms = np.zeros(config.blocks, np.uint8)
    if len(written):
        code(
            mask,
            block_transforms,
            config.bands,
            config.corner,
            config.transform_bits,
            written,
            True,
        )
    significant = np.flatnonzero(mask)
    if len(significant) != len(values) or (
        len(block_transforms) and block_transforms.max() >= config.transforms
    ):
        raise FileFormatError(f"{path} is damaged: its {CODE} does not match its values")
    result[VALUES] = values.new_zeros(config.kept)
    result[VALUES][: len(values)] = values
    result["encoding.significant"] = torch.full((config.kept,), -1, dtype=torch.int32)
    result["encoding.significant"][: len(significant)] = torch.from_numpy(
        significant.astype(np.int32)
    )
    result["encoding.block_transforms"] = torch.from_numpy(block_transforms)
    result["encoding.bits"] = torch.tensor(8 * len(written), dtype=torch.int64)
    return result


def stored_specs(
    config: SplineConfig, wanted: dict[str, TensorSpec], found: dict[str, TensorSpec]
) -> dict[str, TensorSpec] | str:
    """What a file must hold for a field that has `wanted` in memory; or what is wrong with it.

    How many coefficients are kept, and how long the code is, only the file knows.
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
    detail = in_subpixel_detail(config.subpixel)
    words = -(-8 * found[CODE].shape[0] // 32)
    return found[VALUES].shape[0] + MATRIX * config.transforms + detail + words
