"""Where everything lies in the CPU engine's memory: buffers are made once, from a field's shape.

Offsets count numbers, not bytes; each part begins at a multiple of a cache line.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from redraw.engines.contract import StepSpec
from redraw.engines.cpu.hash_grid import grid_levels
from redraw.fields import Field
from redraw.fields.encodings import Fourier
from redraw.fields.hash_grid import HashGrid
from redraw.fields.outputs import SigmoidOutput
from redraw.kernels import network, steps
from redraw.kernels.names import ACTIVATIONS, LOSSES, RULES
from redraw.kernels.tiles import ROWS
from redraw.kernels.vectors import lanes as lanes_of
from redraw.kernels.vectors import panel as panel_of

# Parts of a step with gradients of their own, whatever the number of threads. More of them share
# the work more evenly; each costs a buffer as large as the network and a pass over it.
SHARDS = 16
# Points of a block, at least. Measured with benchmarks/engine_step.py.
POINTS = 256


def aligned(count: int, dtype: np.dtype) -> NDArray:
    """Zeros that begin at a cache line. (count,)"""
    spare = 64 // dtype.itemsize
    whole = np.zeros(count + spare, dtype)
    first = (-whole.ctypes.data % 64) // dtype.itemsize
    return whole[first : first + count]


class Parts:
    """Hands out consecutive parts of a buffer."""

    def __init__(self) -> None:
        self.size = 0

    def take(self, count: int) -> int:
        """The first of `count` numbers."""
        first = self.size
        self.size += -(-count // 16) * 16
        return first


def linear_layers(field: Field) -> list[nn.Linear]:
    """The network's layers, first to last."""
    layers = list(field.network.layers)
    assert all(isinstance(layer, nn.Linear) for layer in layers)
    return layers  # type: ignore[return-value]


def axes_of(field: Field) -> int:
    """Coordinates that the field takes."""
    if isinstance(field.encoding, HashGrid):
        return field.encoding.dimensions
    if isinstance(field.encoding, Fourier):
        return int(field.encoding.matrix.shape[1])
    return int(field.encoding.features)


def packed_size(results: int, terms: int) -> int:
    """Numbers that a layer packed for the product takes: a bias and `terms` weights per row."""
    return -(-results // ROWS) * ROWS * (terms + 1)


@dataclass
class Layout:
    """Offsets for one field, in the arrays that `redraw.kernels.steps` takes.

    Attributes:
        layers: (depth, network.COLUMNS) int64
        plan: (steps.PLAN,) int64; what belongs to the samples and the batch is filled in later.
        reals: (steps.REALS,) of the field's precision
        packs: Packed weights, zeros where padding is; Fourier frequencies at the front.
        units: (units, 2) layer and row of tiles
    """

    dtype: np.dtype
    layers: NDArray[np.int64]
    plan: NDArray[np.int64]
    reals: NDArray
    packs: NDArray
    units: NDArray[np.int64]


def layout(field: Field, spec: StepSpec, samples: int, *, training: bool) -> Layout:
    """Plan the memory for a field.

    Args:
        samples: The most positions that a pixel takes; a pixel's lie in one block.
        training: Whether slopes and gradients are needed, too.
    """
    dtype = np.dtype(spec.precision)
    lanes, panel = lanes_of(dtype.itemsize), panel_of(dtype.itemsize)
    capacity = -(-max(POINTS, samples) // panel)
    unit = max(ROWS, lanes)
    linear = linear_layers(field)
    plan = np.zeros(steps.PLAN, np.int64)
    layers = np.zeros((len(linear), network.COLUMNS), np.int64)
    grid = grid_levels(field)
    frequencies, axes = 0, axes_of(field)
    if isinstance(field.encoding, Fourier):
        frequencies = field.encoding.matrix.shape[0]

    def padded(count: int) -> int:
        return -(-count // unit) * unit

    memory, packs, sums = Parts(), Parts(), Parts()
    if frequencies:
        packs.take(packed_size(frequencies, axes))
    widths = [linear[0].in_features, *(layer.out_features for layer in linear)]
    rows = [padded(width) for width in widths]
    if frequencies:
        rows[0] = padded(frequencies + -(-frequencies // ROWS) * ROWS)
    blocks = [capacity * row * panel for row in rows]
    places = [memory.take(block) for block in blocks]
    for depth in range(len(linear)):
        row = layers[depth]
        inputs, outputs = widths[depth], widths[depth + 1]
        row[network.INPUTS], row[network.OUTPUTS] = inputs, outputs
        row[network.INPUT_ROWS], row[network.OUTPUT_ROWS] = rows[depth], rows[depth + 1]
        row[network.X], row[network.Y] = places[depth], places[depth + 1]
        row[network.PACK] = packs.take(packed_size(outputs, inputs))
        row[network.PACK_BACK] = -1
        row[network.SLOPE] = memory.take(blocks[depth + 1] if training else rows[depth + 1] * panel)
        if not training:
            continue
        if depth > 0 or grid:
            row[network.PACK_BACK] = packs.take(packed_size(inputs, outputs))
        if inputs <= network.THIN:
            row[network.SHAPE] = network.THIN_INPUTS
            size = inputs * rows[depth + 1] * lanes
        elif outputs <= network.THIN:
            row[network.SHAPE] = network.THIN_OUTPUTS
            size = outputs * rows[depth] * lanes
        else:
            row[network.SHAPE] = network.TILES
            size = -(-inputs // panel) * -(-outputs // ROWS) * ROWS * panel
        row[network.SUMS] = sums.take(size)
        row[network.BIAS_SUMS] = sums.take(rows[depth + 1] * lanes)
    sigmoid = isinstance(field.output, SigmoidOutput)
    plan[steps.CAPACITY], plan[steps.PANEL], plan[steps.LANES] = capacity, panel, lanes
    plan[steps.CHANNELS] = widths[-1]
    plan[steps.KIND] = ACTIVATIONS.index(field.network.activation)
    plan[steps.SIGMOID] = sigmoid
    plan[steps.FREQUENCIES] = frequencies
    apart = bool(frequencies or grid)
    plan[steps.XY] = memory.take(capacity * axes * panel) if apart else places[0]
    plan[steps.XY_STEP] = (axes if apart else rows[0]) * panel
    plan[steps.AXES] = axes
    plan[steps.LEVELS] = grid
    plan[steps.VALUES] = memory.take(blocks[-1]) if sigmoid else places[-1]
    plan[steps.OTHERS] = memory.take(blocks[-1]) if sigmoid else places[-1]
    if training:
        widest = max(blocks if grid else blocks[1:])
        plan[steps.DELTA], plan[steps.OTHER] = memory.take(widest), memory.take(widest)
        plan[steps.TURNED] = memory.take(capacity * panel * panel)
        plan[steps.SCRATCH] = memory.take((ROWS + 1) * panel)
        plan[steps.SHARDS] = SHARDS
        plan[steps.STRIDE] = sums.size
        plan[steps.LOSS] = LOSSES.index(spec.loss)
        plan[steps.RULE] = RULES.index(spec.optimizer.kind)
    memory.take(2 * panel * panel)  # `turn` reads whole squares, beyond the last row
    plan[steps.WORK_SIZE] = memory.size
    units = [
        (depth, tile)
        for depth in range(len(linear))
        for tile in range(-(-widths[depth + 1] // ROWS))
    ]
    plan[steps.UNITS] = grid + len(units)
    reals = np.zeros(steps.REALS, dtype)
    reals[steps.OMEGA_FIRST] = field.network.omega_first
    reals[steps.OMEGA] = field.network.omega
    reals[steps.SPREAD] = field.network.spread
    reals[steps.SHARPNESS] = field.sharpness
    made = Layout(dtype, layers, plan, reals, aligned(packs.size, dtype), np.array(units, np.int64))
    if isinstance(field.encoding, Fourier):
        _pack_frequencies(made.packs, field.encoding.matrix.detach().numpy())
    return made


def _pack_frequencies(packs: NDArray, matrix: NDArray) -> None:
    """Put the matrix (rows, D) to the front of `packs`, with biases of zero."""
    axes = matrix.shape[1]
    for row, numbers in enumerate(matrix):
        first = (row // ROWS) * ROWS * (axes + 1) + row % ROWS
        for axis, number in enumerate(numbers):
            packs[first + (axis + 1) * ROWS] = number
