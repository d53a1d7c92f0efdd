"""One training step, and drawing, as one call per thread.

A step is cut into shards of pixels, always the same number of them, each with gradients of its
own; then into units of parameters. Threads claim shards and units as they come free. Which thread
did what leaves no trace in the result.
"""

import numpy as np

from redraw.kernels.atomics import add, claim, load, replace, wait
from redraw.kernels.clock import (
    BACKWARD,
    ENCODING,
    FORWARD,
    OPTIMIZER,
    POINTS,
    lap,
    ticks,
)
from redraw.kernels.clock import LOSS as LOSS_TIME
from redraw.kernels.compiling import entry, inner
from redraw.kernels.denormals import flush_denormals, restore
from redraw.kernels.functions import output_rows, output_slope_rows
from redraw.kernels.hash_grid_training import forget, grid_features, keep, update_level
from redraw.kernels.losses import block_loss, single_losses
from redraw.kernels.names import BCE
from redraw.kernels.network import (
    INPUT_ROWS,
    INPUTS,
    OUTPUT_ROWS,
    X,
    Y,
    backward,
    forward,
    fourier,
)
from redraw.kernels.optimizers import (
    BIAS,
    gather,
    gather_bias,
    pack_layer,
    update_bias,
    update_weights,
)
from redraw.kernels.points import centres, place
from redraw.kernels.tickets import (
    DONE,
    FINISHED,
    RUNNING,
    SHARD,
    SHARDS_DONE,
    SLEEPING,
    UNIT,
    UNITS_DONE,
)

# Entries of `plan`.
SHARDS, UNITS, STRIDE, WORK_SIZE, CAPACITY, PANEL, LANES, CHANNELS = 0, 1, 2, 3, 4, 5, 6, 7
KIND, LOSS, SIGMOID, RULE, WIDTH, HEIGHT, BOX, SAMPLES = 8, 9, 10, 11, 12, 13, 14, 15
ACROSS, DOWN, XY, VALUES, OTHERS, DELTA, OTHER, TURNED = 16, 17, 18, 19, 20, 21, 22, 23
SCRATCH, FREQUENCIES, INDEXED, SORTED, PIXELS, KEY, PATIENCE = 24, 25, 26, 27, 28, 29, 30
XY_STEP, LEVELS, AXES, PLACED = 31, 32, 33, 34
PLAN = 35

# Entries of `reals`.
OMEGA_FIRST, OMEGA, SPREAD, SHARPNESS, SCALE = 0, 1, 2, 3, 4
REALS = 5


@inner
def encode(plan, layers, packs, work, encoder, panels):
    """Positions, at XY in work, to the first layer's inputs."""
    panel, lanes = plan[PANEL], plan[LANES]
    if plan[FREQUENCIES] > 0:
        fourier(
            packs, plan[FREQUENCIES], plan[AXES], work, plan[XY], layers[0, X],
            layers[0, INPUT_ROWS] * panel, panels, panel, lanes,
        )  # fmt: skip
    grid_features(
        encoder, work, plan[XY], plan[XY_STEP], layers[0, X], layers[0, INPUT_ROWS] * panel,
        panels, panel,
    )  # fmt: skip


@inner
def outputs(plan, layers, work, panels, sharpness):
    """The output function, over all rows of the last layer's panels."""
    if plan[SIGMOID]:
        last = layers.shape[0] - 1
        vectors = panels * layers[last, OUTPUT_ROWS] * (plan[PANEL] // plan[LANES])
        output_rows(
            work, layers[last, Y], work, plan[VALUES], work, plan[OTHERS], vectors, sharpness
        )


@inner
def fill(plan, first, end, step, x_row, y_row, counts, pixels, index, busy):
    """Place the samples of pixels from `first` until the block is full or `end` is reached.

    Args:
        step: Distance between panels of positions.
        counts: Receives the samples of each pixel.

    Returns:
        Panels filled (the last one with zeros), samples placed, and the first pixel left over.
    """
    # Read once: for all that the compiler knows, storing a position may change the plan.
    panel, samples, box, key = plan[PANEL], plan[SAMPLES], plan[BOX], plan[KEY]
    across, down, width, height = plan[ACROSS], plan[DOWN], plan[WIDTH], plan[HEIGHT]
    all_busy, indexed = plan[SORTED] == 0, plan[INDEXED] != 0
    capacity = plan[CAPACITY] * panel
    points = at = np.int64(0)  # as literals, `place` would be compiled for them alone
    last = first
    if samples == 1 and not box:
        points = min(capacity, end - first)
        last = first + points
        for i in range(points):
            counts[i] = 1
        at = centres(pixels[first:last], index, indexed, width, height, x_row, y_row, panel, step)
    while last < end and points < capacity:
        pixel = pixels[last]
        count = samples if all_busy or busy[pixel] else 1
        if points + count > capacity:
            break
        flat = index[pixel] if indexed else pixel
        at = place(
            flat, count, across, down, width, height, box, key, x_row, y_row, at, panel, step
        )
        counts[last - first] = count
        points += count
        last += 1
    panels = (points + panel - 1) // panel
    for _ in range(points, panels * panel):
        x_row[at] = 0
        y_row[at] = 0
        at += 1  # the rest of one panel
    return panels, points, last


@inner
def fill_placed(plan, first, end, work, counts, pixels, positions):
    """As `fill`, for points whose positions are given: one each, of AXES coordinates."""
    panel, step = plan[PANEL], plan[XY_STEP]
    points = min(end - first, plan[CAPACITY] * panel)
    panels = (points + panel - 1) // panel
    for point in range(panels * panel):
        at = plan[XY] + (point // panel) * step + point % panel
        inside = point < points
        row = pixels[first + point] if inside else 0
        for axis in range(plan[AXES]):
            work[at + axis * panel] = positions[row, axis] if inside else 0
    counts[:points] = 1
    return panels, points, first + points


@inner
def clear_padding(work, delta, channels, points, panels, panel, stride):
    """Points that only fill the last panel have no gradient."""
    for channel in range(channels):
        for point in range(points, panels * panel):
            work[delta + (point // panel) * stride + channel * panel + point % panel] = 0


@inner
def _through_sigmoid(plan, work, delta, vectors, sharpness):
    """From the gradient by values (or, for bce, logits) to that by the network's outputs."""
    if plan[LOSS] == BCE:
        for i in range(delta, delta + vectors * plan[LANES]):
            work[i] *= sharpness
    else:
        output_slope_rows(work, delta, work, plan[VALUES], work, plan[OTHERS], vectors, sharpness)


@entry
def train_shards(
    worker, ticket, control, plan, reals, layers, packs, memory, count_memory, sums, totals, pixels,
    values, index, busy, positions, encoder, clock,
):  # fmt: skip
    """Claim and train shards of step `ticket` until none is left, then wait for the others'.

    Forward, loss and backward of a shard's pixels, a block at a time. (One long function: Numba
    optimises a function again within each that calls it, and this one takes seconds.)

    Args:
        memory: (threads * WORK_SIZE,) buffers of all threads.
        count_memory: (threads, points of a block)
        positions: Of points that are PLACED, (P, AXES); else anything of its type.
        clock: Each thread's times by part. (threads, clock.ROW)

    Returns:
        Whether all shards are done. If not, another thread will be there to go on.
    """
    work = memory[worker * plan[WORK_SIZE] : (worker + 1) * plan[WORK_SIZE]]
    counts, times = count_memory[worker], clock[worker]
    panel, lanes, delta = plan[PANEL], plan[LANES], plan[DELTA]
    last_layer = layers.shape[0] - 1
    rows = layers[last_layer, OUTPUT_ROWS]
    step = plan[XY_STEP]
    training = plan[STRIDE] > 0
    x_row, y_row = work[plan[XY] :], work[plan[XY] + panel :]
    mode = flush_denormals()
    while True:
        shard = claim(control, SHARD, ticket, plan[SHARDS])
        if shard < 0:
            break
        tick = ticks()
        base = shard * plan[STRIDE]
        sums[base : base + plan[STRIDE]] = 0
        totals[shard] = 0.0
        forget(encoder, shard)
        first = plan[PIXELS] * shard // plan[SHARDS]
        end = plan[PIXELS] * (shard + 1) // plan[SHARDS]
        while first < end:
            if plan[PLACED]:
                panels, points, last = fill_placed(
                    plan, first, end, work, counts, pixels, positions
                )
            else:
                panels, points, last = fill(
                    plan, first, end, step, x_row, y_row, counts, pixels, index, busy
                )
            encode(plan, layers, packs, work, encoder, panels)
            tick = lap(times, ENCODING, tick)
            forward(layers, packs, work, panels, panel, lanes, plan[KIND], reals, training)
            outputs(plan, layers, work, panels, reals[SHARPNESS])
            tick = lap(times, FORWARD, tick)
            clear_padding(work, delta, plan[CHANNELS], points, panels, panel, rows * panel)
            if plan[LOSS] != BCE and points == last - first:
                single_losses(
                    plan[LOSS], work, plan[VALUES], delta, rows * panel, panel, last - first,
                    values, pixels[first:last], plan[CHANNELS], reals[SCALE], totals, shard,
                )  # fmt: skip
            else:
                block_loss(
                    plan[LOSS], work, layers[last_layer, Y], plan[VALUES], plan[OTHERS], delta,
                    rows * panel, panel, counts, last - first, values, pixels[first:last],
                    plan[CHANNELS], reals[SCALE], totals, shard,
                )  # fmt: skip
            if plan[SIGMOID]:
                vectors = panels * rows * (panel // lanes)
                _through_sigmoid(plan, work, delta, vectors, reals[SHARPNESS])
            tick = lap(times, LOSS_TIME, tick)
            slopes = backward(
                layers, packs, work, sums, base, delta, plan[OTHER], plan[TURNED], panels, panel,
                lanes,
            )  # fmt: skip
            tick = lap(times, BACKWARD, tick)
            inputs_step = layers[0, INPUT_ROWS] * panel
            tick = keep(
                encoder, shard, work, plan[XY], step, slopes, inputs_step, panels, panel, times,
                tick,
            )  # fmt: skip
            times[POINTS] += points
            first = last
        add(control, SHARDS_DONE, 1)
    restore(mode)
    return wait(control, SHARDS_DONE, (ticket << 32) | plan[SHARDS], plan[PATIENCE])


@entry
def update_units(
    worker, ticket, control, plan, rates, layers, addresses, units, packs, memory, sums, encoder,
    clock,
):  # fmt: skip
    """Claim and update units of step `ticket` until none is left.

    A unit is eight outputs of a layer: their gradients are summed over the shards in order,
    parameters and moments are updated where PyTorch keeps them, and the weights are packed for the
    next step while they are at hand. The first units are the levels of a hash grid, if there is
    one.

    Args:
        control: The words of `redraw.kernels.tickets`. (n,) int64
        plan: By the numbers of this module. (n,) int64
        rates: As `redraw.kernels.optimizers` reads them. (n,)
        layers: A row a layer. (L, n) int64
        addresses: Of each layer's parameters and moments. (L, n) int64
        units: Layer and first output of each. (U, 2) int64
        packs: Weights as the products take them. (n,)
        memory: The workers' own, one behind the other. (n,)
        sums: Gradients, a part a shard. (n,)

    Returns:
        To the caller (worker 0): whether the step is done; if not, it must sleep until woken. To a
        worker: whether it must wake the caller.
    """
    work = memory[worker * plan[WORK_SIZE] : (worker + 1) * plan[WORK_SIZE]]
    panel, lanes, at = plan[PANEL], plan[LANES], plan[SCRATCH]
    shards, stride = plan[SHARDS], plan[STRIDE]
    times, tick = clock[worker], ticks()
    finished = False
    mode = flush_denormals()
    while load(control, SHARDS_DONE) == (ticket << 32) | plan[SHARDS]:
        unit = claim(control, UNIT, ticket, plan[UNITS])
        if unit < 0:
            break
        if unit < plan[LEVELS]:
            tick = update_level(encoder, unit, worker, plan[RULE], panel, times, tick)
        else:
            layer, tile = units[unit - plan[LEVELS], 0], units[unit - plan[LEVELS], 1]
            row, home = layers[layer], addresses[layer]
            for k in range(0, row[INPUTS], panel):
                gather(row, sums, shards, stride, tile, k, work, at, panel, lanes)
                update_weights(row, home, tile, k, work, at, plan[RULE], rates, packs, panel)
            if home[BIAS]:
                gather_bias(row, sums, shards, stride, tile, work, at, lanes)
                update_bias(row, home, tile, work, at, plan[RULE], rates, packs)
        done = add(control, UNITS_DONE, 1) + 1
        finished = done == (ticket << 32) | plan[UNITS]
    restore(mode)
    lap(times, OPTIMIZER, tick)
    running = 4 * ticket + RUNNING
    if worker == 0:
        if finished or wait(control, UNITS_DONE, (ticket << 32) | plan[UNITS], plan[PATIENCE]):
            return True
        # The last to finish wakes the caller, unless it did so just now.
        return not replace(control, FINISHED, running, 4 * ticket + SLEEPING)
    return (
        finished
        and not replace(control, FINISHED, running, 4 * ticket + DONE)
        and replace(control, FINISHED, 4 * ticket + SLEEPING, 4 * ticket + DONE)
    )


@entry
def pack(layers, addresses, packs):
    """Pack all weights as PyTorch holds them. (L, n), (L, n), (n,) as of `update_units`"""
    for layer in range(layers.shape[0]):
        pack_layer(layers[layer], addresses[layer], packs)


@entry
def draw(control, ticket, plan, reals, layers, packs, work, xy, out, encoder):
    """Evaluate the field at points; several threads may share one drawing.

    Args:
        control: Its SHARD word hands out blocks of points.
        xy: (N, AXES) float32
        out: (N, C) float32
    """
    panel, lanes, channels = plan[PANEL], plan[LANES], plan[CHANNELS]
    capacity = plan[CAPACITY] * panel
    depth = layers.shape[0]
    rows = layers[depth - 1, OUTPUT_ROWS]
    step = plan[XY_STEP]
    training = plan[STRIDE] > 0
    start = plan[VALUES] if plan[SIGMOID] else layers[depth - 1, Y]
    number = len(xy)
    mode = flush_denormals()
    while True:
        block = claim(control, SHARD, ticket, (number + capacity - 1) // capacity)
        if block < 0:
            break
        first = block * capacity
        points = min(number - first, capacity)
        panels = (points + panel - 1) // panel
        for point in range(panels * panel):
            at = plan[XY] + (point // panel) * step + point % panel
            inside = point < points
            for axis in range(plan[AXES]):
                work[at + axis * panel] = xy[first + point, axis] if inside else 0
        encode(plan, layers, packs, work, encoder, panels)
        forward(layers, packs, work, panels, panel, lanes, plan[KIND], reals, training)
        outputs(plan, layers, work, panels, reals[SHARPNESS])
        for point in range(points):
            at = start + (point // panel) * rows * panel + point % panel
            for channel in range(channels):
                out[first + point, channel] = np.float32(work[at + channel * panel])
    restore(mode)
