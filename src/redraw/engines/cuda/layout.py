"""What the kernels are made for: everything about a field, a loss and samples that stays fixed.

Shapes: N points of a block, G programs, K steps of a chunk, B pixels of a batch.
"""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from redraw.engines.contract import OptimizerState, StepSpec
from redraw.engines.solvers import gradient_solver
from redraw.errors import EngineError
from redraw.fields import Field
from redraw.fields.encodings import Fourier, Identity
from redraw.fields.hash_grid import HashGrid
from redraw.fields.outputs import SigmoidOutput, SoftmaxOutput
from redraw.kernels.names import (
    ACTIVATIONS,
    CROSS_ENTROPY,
    FOURIER,
    GRID,
    IDENTITY,
    LINEAR,
    LOSSES,
    RULES,
    SIGMOIDAL,
    SOFTMAX,
)
from redraw.signals.samples import PixelSamples, Samples, strata

# Layers up to this width stay in registers and shared memory; wider ones are PyTorch's products.
WIDEST = 128
# Widths are padded to a power of two of at least this: the least side of a product.
LEAST = 16
# Points of a block. A step of a hash grid before 2 x 64 took 1.03 ms with 64 points, 1.88 with 128
# and 3.05 with 32, too few for the instructions of a group of warps: docs/gpu.md.
BLOCK = 64
# Numbers of the network's and of a table's pieces that a program updates; lists summed together.
PIECE, TABLE_PIECE, LISTS = 64, 1024, 32
WARPS = 4


def padded(width: int) -> int:
    """The power of two that a width takes in a kernel."""
    return max(LEAST, 1 << (width - 1).bit_length())


def linear_layers(field: Field) -> list[nn.Linear]:
    """The network's layers, first to last."""
    return [layer for layer in field.network.layers if isinstance(layer, nn.Linear)]


def encoding_kind(field: Field) -> int:
    """Which features a kernel makes."""
    if isinstance(field.encoding, HashGrid):
        return GRID
    return FOURIER if isinstance(field.encoding, Fourier) else IDENTITY


def axes_of(field: Field) -> int:
    """Coordinates of a point."""
    encoding = field.encoding
    if isinstance(encoding, HashGrid):
        return encoding.dimensions
    if isinstance(encoding, Fourier):
        return encoding.matrix.shape[1]
    assert isinstance(encoding, Identity)
    return encoding.features


def arrays_of(field: Field, nothing: Tensor) -> tuple[Tensor, Tensor]:
    """Frequencies of waves (F / 2, D) and a grid's table (rows, F); `nothing` for neither."""
    encoding = field.encoding
    matrix = encoding.matrix if isinstance(encoding, Fourier) else nothing
    table = encoding.table.detach() if isinstance(encoding, HashGrid) else nothing
    return matrix, table


@dataclass(frozen=True)
class Shape:
    """A network's, as kernels take it.

    Attributes:
        widths: Features, hidden layers, channels.
        padded: The same as powers of two.
        starts: Where each layer's weights and biases begin in a list of gradients.
        total: Numbers in a list.
        block: Points of a block.
    """

    widths: tuple[int, ...]
    padded: tuple[int, ...]
    starts: tuple[int, ...]
    total: int
    block: int

    @classmethod
    def of(cls, field: Field, samples: int = 1, block: int = BLOCK) -> "Shape":
        """Of a field, with blocks of so many points, and of as many as a pixel has samples."""
        layers = linear_layers(field)
        widths = (layers[0].in_features, *(layer.out_features for layer in layers))
        sizes, starts, at = tuple(padded(w) for w in widths), [], 0
        for inputs, outputs in itertools.pairwise(widths):
            starts += [at, at + inputs * outputs]
            at += (inputs + 1) * outputs
        return cls(widths, sizes, tuple(starts), at, max(block, padded(samples)))


def products_in(precision: str) -> dict[str, Any]:
    """How a kernel multiplies tiles in a precision: the first layer's and the others'."""
    import triton.language as tl

    types = {"float16": tl.float16, "bfloat16": tl.bfloat16}
    how = {"float32": FLOAT32, "tf32": "tf32"}.get(precision, "ieee")
    return {"TYPE": types.get(precision, tl.float32), "PRECISION": how}


# Triton's name for how products of float32 are made: three of tf32, whose error is that of float32.
FLOAT32 = "tf32x3"


def network_constants(field: Field, shape: Shape, precision: str) -> dict[str, Any]:
    """What `train_kernel` and `draw_kernel` are compiled for."""
    import triton.language as tl

    network = field.network
    kind = encoding_kind(field)
    products = products_in(precision)
    # Coordinates and waves are never rounded to less: their last bits are the picture's detail.
    exact = kind != GRID
    grid = field.encoding.table.shape[1] if isinstance(field.encoding, HashGrid) else 1
    return {
        "WIDTHS": shape.widths,
        "PADDED": shape.padded,
        "BIAS": linear_layers(field)[0].bias is not None,
        "KIND": ACTIVATIONS.index(network.activation),
        "OMEGA_FIRST": float(network.omega_first),
        "OMEGA": float(network.omega),
        "SPREAD": float(network.spread),
        "OUTPUT": output_kind(field),
        "ENCODING": kind,
        "LEVEL_WIDTH": grid,
        "D": axes_of(field),
        "FIRST_TYPE": tl.float32 if exact else products["TYPE"],
        "FIRST_PRECISION": FLOAT32 if exact else products["PRECISION"],
        **products,
    }


def output_kind(field: Field) -> int:
    """What follows the last layer, as kernels know it."""
    if isinstance(field.output, SigmoidOutput):
        return SIGMOIDAL
    return SOFTMAX if isinstance(field.output, SoftmaxOutput) else LINEAR


def loss_number(loss: str) -> int:
    """A loss as kernels know it."""
    return LOSSES.index(loss) if loss in LOSSES else CROSS_ENTROPY


def sampling_constants(samples: Samples, shape: Shape, part: int) -> dict[str, Any]:
    """What `train_kernel` is compiled for, of the samples of one part of a batch."""
    pixels = samples if isinstance(samples, PixelSamples) else None
    number = 1
    if pixels is not None and pixels.footprint == "box" and part == 0:
        number = pixels.samples
    across, down = strata(number)
    in_block = shape.block // number
    return {
        "SAMPLES": number,
        "ACROSS": across,
        "DOWN": down,
        "JITTERED": pixels is not None and pixels.footprint == "box",
        "PLACED": pixels is None,
        "INDEXED": pixels is not None and (pixels.index is not None or not pixels.held),
        "PART": part,
        "N": shape.block,
        "P": padded(in_block),
        "PIXELS": in_block,
    }


def update_constants(spec: StepSpec) -> dict[str, Any]:
    """What `update_kernel` is compiled for, of the update rule."""
    from redraw.kernels.cuda.encodings import FRACTION
    from redraw.kernels.cuda.network import STEP_REALS, STEP_WORDS
    from redraw.kernels.cuda.update import HOME_WORDS, PIECE_WORDS

    return {
        "RULE": RULES.index(spec.optimizer.kind),
        "MOMENTUM": spec.optimizer.momentum != 0.0,
        "LISTS": LISTS,
        "SIZE": PIECE,
        "TABLE_SIZE": TABLE_PIECE,
        "UNIT": float(1 << FRACTION),
        "STEP_WORDS": STEP_WORDS,
        "STEP_REALS": STEP_REALS,
        "PIECE_WORDS": PIECE_WORDS,
        "HOME_WORDS": HOME_WORDS,
    }


@dataclass(frozen=True)
class Tables:
    """Where parameters are, as the kernels read it; and the tensors, which must be kept alive.

    Attributes:
        addresses: Of each layer's weights and biases. (2 layers,) int64
        homes: Of each parameter. (parameters, HOME_WORDS) int64
        pieces: Of all parameters. (pieces, PIECE_WORDS) int32
        levels: Of a hash grid. (levels, LEVEL_WORDS) int32
        kept: What the addresses are of.
    """

    addresses: Tensor
    homes: Tensor
    pieces: Tensor
    levels: Tensor
    kept: list[Tensor]


def tables_of(
    field: Field, shape: Shape, state: OptimizerState | None, spec: StepSpec, device: torch.device
) -> Tables:
    """Find all tensors.

    Raises:
        EngineError: a tensor of the optimizer's state is not of its parameter's shape and type.
    """
    moments = gradient_solver(spec.optimizer).slots(spec.optimizer) if state else ()
    addresses, homes, pieces, kept = [], [], [], []

    def add(name: str, parameter: Tensor | None, start: int, piece: int) -> int:
        if parameter is None:
            return 0
        tensors = [parameter, *(moment(state, name, m, parameter) for m in moments)]
        kept.extend(tensor.detach() for tensor in tensors)  # also if a parameter moves away
        where = [tensor.data_ptr() for tensor in tensors]
        for first in range(0, parameter.numel(), piece):
            pieces.append((len(homes), first, min(piece, parameter.numel() - first)))
        homes.append((*where, *[0] * (3 - len(where)), start))
        return where[0]

    for depth, layer in enumerate(linear_layers(field)):
        for i, name in enumerate(("weight", "bias")):
            full = f"network.layers.{depth}.{name}"
            start = shape.starts[2 * depth + i]
            addresses.append(add(full, getattr(layer, name), start, PIECE))
    levels = np.zeros((1, 1), np.int32)
    if isinstance(field.encoding, HashGrid):
        add("encoding.table", field.encoding.table, -1, TABLE_PIECE)
        levels = level_table(field.encoding)
    return Tables(
        torch.tensor(addresses, dtype=torch.int64, device=device),
        torch.tensor(homes, dtype=torch.int64, device=device),
        torch.tensor(pieces, dtype=torch.int32, device=device),
        torch.from_numpy(levels).to(device),
        kept,
    )


def moment(state: OptimizerState | None, name: str, slot: str, parameter: Tensor) -> Tensor:
    """A tensor of the optimizer's state, which must lie as its parameter does. Any shape."""
    assert state is not None
    tensor = state.slots[name][slot]
    if tensor.shape != parameter.shape or tensor.dtype != parameter.dtype:
        raise EngineError(
            f"optimizer state of {name} is {tuple(tensor.shape)} {tensor.dtype};"
            f" expected {tuple(parameter.shape)} {parameter.dtype}"
        )
    if not tensor.is_contiguous():
        raise EngineError("optimizer state must be contiguous in memory")
    return tensor


def level_table(encoding: HashGrid) -> np.ndarray:
    """A grid's levels as `redraw.kernels.cuda.encodings` reads them, a row for each."""
    from redraw.kernels.cuda.encodings import LEVEL_WORDS

    words = np.zeros((len(encoding.levels), LEVEL_WORDS.value), np.int32)
    for row, level in zip(words, encoding.levels, strict=True):
        row[0], row[1], row[2] = level.rows, level.first, level.hashed
        multipliers = np.array(level.multipliers, np.int64).astype(np.uint32).view(np.int32)
        row[3 : 3 + len(multipliers)] = multipliers
        scales = np.array(level.scale, np.float32).view(np.int32)
        row[7 : 7 + len(scales)] = scales
    return words
