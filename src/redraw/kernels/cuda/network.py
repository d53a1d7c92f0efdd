"""A block of points forward and back: positions, network, loss and gradients in one kernel.

A program takes every so-many-th block. A block's numbers go from its positions to its gradients in
registers and shared memory. Only the sums of the layers are laid aside for the way back, in memory
of the program's own that the card's caches hold; activations and their slopes are made of them
again, each when it is needed: kept in registers, they were more than there are (a block of 64
points of two layers of 64 spilled 944 bytes a thread). Gradients of the network are added to a list
that is the program's own, block after block; `redraw.kernels.cuda.update` adds up the lists in
their order. Those of a hash grid are added as whole numbers. So nothing depends on which program
was done first.

The parameters are read where PyTorch has them, by address. What changes from step to step (which
pixels, the key of the jitter, sharpness) is read from tables in the card's memory at the row that
a cursor names, so that the same launch serves any step of a graph.

Shapes: N points of a block, P pixels of it, D dimensions, C channels; padded to powers of two.
"""

import triton
import triton.language as tl

from redraw.kernels.cuda.encodings import coordinates, grid_features, scatter, waves
from redraw.kernels.cuda.functions import activate
from redraw.kernels.cuda.losses import block_loss
from redraw.kernels.cuda.names import FOURIER, GRID
from redraw.kernels.cuda.points import place

# Words of a step: key of the jitter, where its pixels begin in the order, how many of them take
# several samples, how many there are.
STEP_WORDS = 4
# Numbers of a step: ten of the update rule for the network, ten for the encoding, sharpness, and
# the factor on gradients.
STEP_REALS = 24
SHARPNESS, FACTOR = 20, 21


@triton.jit
def times(a, b, TYPE: tl.constexpr, PRECISION: tl.constexpr):
    """A product of tiles in a type, summed in float32."""
    return tl.dot(a.to(TYPE), b.to(TYPE), input_precision=PRECISION, out_dtype=tl.float32)


@triton.jit
def weight_of(
    addresses_ptr, LAYER: tl.constexpr, ROWS: tl.constexpr, COLUMNS: tl.constexpr,
    OUTS: tl.constexpr, INS: tl.constexpr,
):  # fmt: skip
    """A layer's weights, zeros where padding is. (ROWS, COLUMNS)"""
    weight_ptr = tl.load(addresses_ptr + 2 * LAYER).to(tl.pointer_type(tl.float32))
    out, into = tl.arange(0, ROWS)[:, None], tl.arange(0, COLUMNS)[None, :]
    return tl.load(weight_ptr + out * INS + into, mask=(out < OUTS) & (into < INS), other=0.0)


@triton.jit
def bias_of(addresses_ptr, LAYER: tl.constexpr, ROWS: tl.constexpr, OUTS: tl.constexpr):
    """A layer's biases. (1, ROWS)"""
    bias_ptr = tl.load(addresses_ptr + 2 * LAYER + 1).to(tl.pointer_type(tl.float32))
    out = tl.arange(0, ROWS)
    return tl.load(bias_ptr + out, mask=out < OUTS, other=0.0)[None, :]


@triton.jit
def features_of(
    xy, matrix_ptr, table_ptr, levels_ptr,
    ENCODING: tl.constexpr, COUNT: tl.constexpr, WIDTH: tl.constexpr, F: tl.constexpr,
    D: tl.constexpr,
):  # fmt: skip
    """Positions to features. D times (N,) -> (N, F)

    Args:
        ENCODING: Of `redraw.kernels.names`.
        COUNT: Features there are.
        WIDTH: Of a level of the grid.
    """
    if ENCODING == GRID:
        out = grid_features(xy, table_ptr, levels_ptr, COUNT, WIDTH, F, D)
    elif ENCODING == FOURIER:
        out = waves(xy, matrix_ptr, COUNT // 2, F, D)
    else:
        out = coordinates(xy, F, D)
    return out


@triton.jit
def sums_at(sums_ptr, LAYER: tl.constexpr, N: tl.constexpr, PADDED: tl.constexpr):
    """Where a layer's sums are laid aside. (N, W)"""
    before: tl.constexpr = N * sum_of(PADDED, LAYER)
    column = tl.arange(0, PADDED[LAYER + 1])[None, :]
    return sums_ptr + before + tl.arange(0, N)[:, None] * PADDED[LAYER + 1] + column


@triton.constexpr_function
def sum_of(padded, layer):
    """Units of the hidden layers before one."""
    return sum(padded[1 : layer + 1])


@triton.jit
def forward(
    features, addresses_ptr, sums_ptr,
    WIDTHS: tl.constexpr, PADDED: tl.constexpr, BIAS: tl.constexpr, KIND: tl.constexpr,
    OMEGA_FIRST: tl.constexpr, OMEGA: tl.constexpr, SPREAD: tl.constexpr,
    FIRST_TYPE: tl.constexpr, FIRST_PRECISION: tl.constexpr, TYPE: tl.constexpr,
    PRECISION: tl.constexpr, KEEP: tl.constexpr, N: tl.constexpr,
):  # fmt: skip
    """All layers: what the network says. (N, F) -> (N, C)

    Args:
        sums_ptr: Where the sums of hidden layers go, if KEEP says so.
    """
    h = features
    for layer in tl.static_range(len(WIDTHS) - 1):
        weight = weight_of(
            addresses_ptr, layer, PADDED[layer + 1], PADDED[layer], WIDTHS[layer + 1], WIDTHS[layer]
        )
        if layer == 0:
            z = times(h, tl.trans(weight), FIRST_TYPE, FIRST_PRECISION)
        else:
            z = times(h, tl.trans(weight), TYPE, PRECISION)
        if BIAS:
            z = z + bias_of(addresses_ptr, layer, PADDED[layer + 1], WIDTHS[layer + 1])
        if layer < len(WIDTHS) - 2:
            if KEEP:
                tl.store(sums_at(sums_ptr, layer, N, PADDED), z)
            if layer == 0:
                h, _ = activate(z, OMEGA_FIRST, SPREAD, KIND)
            else:
                h, _ = activate(z, OMEGA, SPREAD, KIND)
    return z


@triton.jit
def add_to(pointers, values, mask, later):
    """Add to what is there if it counts, else begin with it."""
    before = tl.load(pointers, mask=mask & later, other=0.0)
    tl.store(pointers, before + values, mask=mask)


@triton.jit
def backward(
    gradient, sums_ptr, features, addresses_ptr, own_ptr, later,
    WIDTHS: tl.constexpr, PADDED: tl.constexpr, STARTS: tl.constexpr, BIAS: tl.constexpr,
    KIND: tl.constexpr, OMEGA_FIRST: tl.constexpr, OMEGA: tl.constexpr, SPREAD: tl.constexpr,
    FIRST_TYPE: tl.constexpr, FIRST_PRECISION: tl.constexpr, TYPE: tl.constexpr,
    PRECISION: tl.constexpr, BELOW: tl.constexpr, N: tl.constexpr,
):  # fmt: skip
    """Gradients of all layers, added to a list; returns that of the features if BELOW asks for it.

    Args:
        gradient: With respect to what the network says. (N, C)
        sums_ptr: Of the hidden layers, as `forward` left them.
        own_ptr: The list.
        later: Whether there is something in the list already.
        STARTS: Where a layer's weights and its biases begin in the list, in turns.
    """
    depth: tl.constexpr = len(WIDTHS) - 1
    for layer in tl.static_range(depth - 1, -1, -1):
        if layer == 0:
            h = features
        else:
            z = tl.load(sums_at(sums_ptr, layer - 1, N, PADDED))
            if layer == 1:
                h, _ = activate(z, OMEGA_FIRST, SPREAD, KIND)
            else:
                h, _ = activate(z, OMEGA, SPREAD, KIND)
        if layer == 0:
            change = times(tl.trans(gradient), h, FIRST_TYPE, FIRST_PRECISION)
        else:
            change = times(tl.trans(gradient), h, TYPE, PRECISION)
        out = tl.arange(0, PADDED[layer + 1])
        into = tl.arange(0, PADDED[layer])[None, :]
        add_to(
            own_ptr + STARTS[2 * layer] + out[:, None] * WIDTHS[layer] + into,
            change,
            (out[:, None] < WIDTHS[layer + 1]) & (into < WIDTHS[layer]),
            later,
        )
        if BIAS:
            add_to(
                own_ptr + STARTS[2 * layer + 1] + out,
                tl.sum(gradient, axis=0),
                out < WIDTHS[layer + 1],
                later,
            )
        if layer > 0 or BELOW:
            weight = weight_of(
                addresses_ptr, layer, PADDED[layer + 1], PADDED[layer], WIDTHS[layer + 1],
                WIDTHS[layer],
            )  # fmt: skip
            if layer == 0:
                gradient = times(gradient, weight, FIRST_TYPE, FIRST_PRECISION)
            else:
                gradient = times(gradient, weight, TYPE, PRECISION)
                # Read again after what was stored in between: nobody holds it meanwhile.
                z = tl.load(sums_at(sums_ptr, layer - 1, N, PADDED))
                if layer == 1:
                    _, slope = activate(z, OMEGA_FIRST, SPREAD, KIND)
                else:
                    _, slope = activate(z, OMEGA, SPREAD, KIND)
                gradient *= slope
    return gradient


@triton.jit
def part_of(about_ptr, PART: tl.constexpr):
    """A step's key, where a part of its batch begins in the order, and its pixels."""
    key = tl.load(about_ptr).to(tl.uint32, bitcast=True)
    begin, busy = tl.load(about_ptr + 1), tl.load(about_ptr + 2)
    if PART == 0:
        count = busy
    else:
        begin += busy
        count = tl.load(about_ptr + 3) - busy
    return key, begin, count


@triton.jit
def located(
    row, sample, there, key, index_ptr, positions_ptr, width, height,
    ACROSS: tl.constexpr, DOWN: tl.constexpr, JITTERED: tl.constexpr, PLACED: tl.constexpr,
    INDEXED: tl.constexpr, D: tl.constexpr,
):  # fmt: skip
    """Where the field is asked for samples of rows. D times (N,)"""
    if PLACED:
        xy = ()
        for axis in tl.static_range(D):
            at = row.to(tl.int64) * D + axis
            xy = xy + (tl.load(positions_ptr + at, mask=there, other=0.0),)
    else:
        if INDEXED:
            pixel = tl.load(index_ptr + row, mask=there, other=0)
        else:
            pixel = row
        xy = place(pixel, sample, key, width, height, ACROSS, DOWN, JITTERED)
    return xy


@triton.jit
def judged(
    raw, row, which, there, order_ptr, values_ptr, block, count, sharpness,
    CHANNELS: tl.constexpr, C: tl.constexpr, SAMPLES: tl.constexpr, LOSS: tl.constexpr,
    OUTPUT: tl.constexpr, P: tl.constexpr, PIXELS: tl.constexpr,
):  # fmt: skip
    """Loss, squared error and gradient of a block whose samples are of the rows of an order."""
    if SAMPLES == 1:
        pixel_row, known = row, there
        owners = there
    else:
        number = tl.arange(0, P)
        known = (number < PIXELS) & (block * PIXELS + number < count)
        pixel_row = tl.load(order_ptr + block * PIXELS + number, mask=known, other=0)
        owners = ((which[None, :] == number[:, None]) & there[None, :]).to(tl.float32)
    channel = tl.arange(0, C)[None, :]
    target = tl.load(
        values_ptr + pixel_row.to(tl.int64)[:, None] * CHANNELS + channel,
        mask=known[:, None] & (channel < CHANNELS),
        other=0.0,
    )
    loss, square, gradient = block_loss(
        raw, target, owners, known, sharpness, CHANNELS, C, SAMPLES, LOSS, OUTPUT
    )
    if SAMPLES > 1:
        gradient = tl.where(there[:, None], gradient, 0.0)
    return loss, square, gradient


@triton.jit(do_not_specialize=["width", "height", "total"])
def train_kernel(
    order_ptr, index_ptr, values_ptr, positions_ptr, steps_ptr, reals_ptr, cursor_ptr,
    addresses_ptr, matrix_ptr, table_ptr, table_sums_ptr, levels_ptr, partials_ptr, totals_ptr,
    sums_ptr, width, height, total,
    WIDTHS: tl.constexpr, PADDED: tl.constexpr, STARTS: tl.constexpr, BIAS: tl.constexpr,
    KIND: tl.constexpr, OMEGA_FIRST: tl.constexpr, OMEGA: tl.constexpr, SPREAD: tl.constexpr,
    OUTPUT: tl.constexpr, LOSS: tl.constexpr,
    ENCODING: tl.constexpr, LEVEL_WIDTH: tl.constexpr, D: tl.constexpr, UNIT: tl.constexpr,
    SAMPLES: tl.constexpr, ACROSS: tl.constexpr, DOWN: tl.constexpr, JITTERED: tl.constexpr,
    PLACED: tl.constexpr, INDEXED: tl.constexpr, PART: tl.constexpr,
    N: tl.constexpr, P: tl.constexpr, PIXELS: tl.constexpr,
    FIRST_TYPE: tl.constexpr, FIRST_PRECISION: tl.constexpr, TYPE: tl.constexpr,
    PRECISION: tl.constexpr, STEP_WORDS: tl.constexpr, STEP_REALS: tl.constexpr,
):  # fmt: skip
    """Forward, loss and backward of a part of a batch.

    Args:
        order_ptr: Pixels of batches, one behind the other. int32
        index_ptr: y * width + x of each pixel, where not all are there. int32
        values_ptr: What is learned. (pixels, channels)
        positions_ptr: Where, if samples are points anywhere. (pixels, D)
        steps_ptr, reals_ptr, cursor_ptr: See the module; the cursor's second word is left for what
            comes after.
        addresses_ptr: Of each layer's weights and biases. int64
        matrix_ptr: Frequencies of waves. (features / 2, D)
        table_ptr, table_sums_ptr, levels_ptr: Of a hash grid, and what its gradient is added to.
        partials_ptr: A list of gradients for each program of both parts. (2 programs, total)
        totals_ptr: Loss and squared error of each program. (2 programs, 2)
        sums_ptr: Room for the sums of a block's hidden layers, for each program of a part.
        STARTS: Where layers begin in a list.
        SAMPLES: Of each pixel of this part.
        PART: 0 for the pixels of several samples, which a batch begins with; 1 for the others.
        PIXELS: In a block.
    """
    program, programs = tl.program_id(0), tl.num_programs(0)
    step = tl.load(cursor_ptr)
    if (PART == 0) and (program == 0):
        tl.store(cursor_ptr + 1, step)
    key, begin, count = part_of(steps_ptr + step * STEP_WORDS, PART)
    sharpness = tl.load(reals_ptr + step * STEP_REALS + 20)
    channels: tl.constexpr = WIDTHS[len(WIDTHS) - 1]
    c: tl.constexpr = PADDED[len(WIDTHS) - 1]
    own_ptr = partials_ptr + (PART * programs + program).to(tl.int64) * total
    sums_ptr += program.to(tl.int64) * (N * sum_of(PADDED, len(WIDTHS) - 2))
    loss_sum, square_sum = 0.0, 0.0
    point = tl.arange(0, N)
    if SAMPLES == 1:
        which, sample = point, point * 0
    else:
        which, sample = point // SAMPLES, point % SAMPLES
    for block in range(program, tl.cdiv(count, PIXELS), programs):
        slot = block * PIXELS + which
        there = (which < PIXELS) & (slot < count)
        row = tl.load(order_ptr + begin + slot, mask=there, other=0)
        xy = located(
            row, sample, there, key, index_ptr, positions_ptr, width, height, ACROSS, DOWN,
            JITTERED, PLACED, INDEXED, D,
        )  # fmt: skip
        features = features_of(
            xy, matrix_ptr, table_ptr, levels_ptr, ENCODING, WIDTHS[0], LEVEL_WIDTH, PADDED[0], D
        )
        raw = forward(
            features, addresses_ptr, sums_ptr, WIDTHS, PADDED, BIAS, KIND, OMEGA_FIRST, OMEGA,
            SPREAD, FIRST_TYPE, FIRST_PRECISION, TYPE, PRECISION, True, N,
        )  # fmt: skip
        # What one thread has laid aside, another may read.
        tl.debug_barrier()
        loss, square, gradient = judged(
            raw, row, which, there, order_ptr + begin, values_ptr, block, count,
            sharpness, channels, c, SAMPLES, LOSS, OUTPUT, P, PIXELS,
        )  # fmt: skip
        loss_sum += loss
        square_sum += square
        below = backward(
            gradient, sums_ptr, features, addresses_ptr, own_ptr, block != program, WIDTHS, PADDED,
            STARTS, BIAS, KIND, OMEGA_FIRST, OMEGA, SPREAD, FIRST_TYPE, FIRST_PRECISION, TYPE,
            PRECISION, ENCODING == 2, N,
        )  # fmt: skip
        if ENCODING == GRID:
            scatter(
                below, there, xy, table_sums_ptr, levels_ptr, WIDTHS[0], LEVEL_WIDTH, PADDED[0], D,
                UNIT,
            )  # fmt: skip
        # What one thread has added to the list, another may read next.
        tl.debug_barrier()
    at = totals_ptr + 2 * (PART * programs + program)
    tl.store(at, loss_sum)
    tl.store(at + 1, square_sum)
