"""One training step, and drawing, as one call per thread.

A step is cut into shards of pixels, always the same number of them, each with gradients of its
own; then into units of parameters. Threads claim shards and units as they come free. Which thread
did what leaves no trace in the result.
"""

import numpy as np

from redraw.kernels.claims import add, claim, exchange, load, pause, replace, store, wait
from redraw.kernels.compiling import entry, inner
from redraw.kernels.functions import output_rows, output_slope_rows
from redraw.kernels.losses import block_loss
from redraw.kernels.network import INPUT_ROWS, OUTPUT_ROWS, X, Y, backward, forward, fourier
from redraw.kernels.optimizers import pack_layer, update_unit
from redraw.kernels.points import place

# Words of `control`, each in a cache line of its own.
TICKET, SHARD, SHARDS_DONE, UNIT, UNITS_DONE, FINISHED, WORKERS = 0, 8, 16, 24, 32, 40, 48
WORDS_PER_WORKER = 8
# FINISHED holds 4 ticket + one of: a step runs; the caller has gone to sleep; the step is done.
RUNNING, SLEEPING, DONE = 0, 1, 2
# Of the step that ends all workers.
STOP_TICKET = 0x7FFFFFFF

# Entries of `plan`.
SHARDS, UNITS, STRIDE, WORK_SIZE, CAPACITY, PANEL, LANES, CHANNELS = 0, 1, 2, 3, 4, 5, 6, 7
KIND, LOSS, SIGMOID, RULE, WIDTH, HEIGHT, BOX, SAMPLES = 8, 9, 10, 11, 12, 13, 14, 15
ACROSS, DOWN, XY, VALUES, OTHERS, DELTA, OTHER, TURNED = 16, 17, 18, 19, 20, 21, 22, 23
SCRATCH, FREQUENCIES, INDEXED, SORTED, PIXELS, KEY, PATIENCE = 24, 25, 26, 27, 28, 29, 30
PLAN = 31

# Entries of `reals`.
OMEGA_FIRST, OMEGA, SPREAD, SHARPNESS, SCALE = 0, 1, 2, 3, 4
REALS = 5


@inner
def encode(plan, layers, packs, work, base, panels):
    """Positions, at XY in work, to the first layer's inputs."""
    panel, lanes = plan[PANEL], plan[LANES]
    if plan[FREQUENCIES] > 0:
        fourier(
            packs, plan[FREQUENCIES], work, base + plan[XY], base + layers[0, X],
            layers[0, INPUT_ROWS] * panel, panels, panel, lanes,
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
def train_shard(
    shard, plan, reals, layers, packs, work, counts, sums, totals, pixels, values, index, busy
):
    """Forward, loss and backward of one shard's pixels.

    Args:
        work: This thread's own buffer.
        counts: This thread's own buffer for the samples of each pixel of a block.
    """
    panel, lanes, channels = plan[PANEL], plan[LANES], plan[CHANNELS]
    capacity = plan[CAPACITY] * panel
    width, height, box = plan[WIDTH], plan[HEIGHT], plan[BOX]
    depth = layers.shape[0]
    base = shard * plan[STRIDE]
    sums[base : base + plan[STRIDE]] = 0
    totals[shard, 0] = 0.0
    totals[shard, 1] = 0.0
    first = plan[PIXELS] * shard // plan[SHARDS]
    end = plan[PIXELS] * (shard + 1) // plan[SHARDS]
    rows = layers[depth - 1, OUTPUT_ROWS]
    step = 2 * panel if plan[FREQUENCIES] > 0 else layers[0, INPUT_ROWS] * panel
    x_row, y_row = work[plan[XY] :], work[plan[XY] + panel :]
    while first < end:
        points = 0
        last = first
        while last < end:
            pixel = pixels[last]
            count = plan[SAMPLES] if (plan[SORTED] == 0 or busy[pixel]) else 1
            if points + count > capacity:
                break
            flat = index[pixel] if plan[INDEXED] else pixel
            place(
                flat, count, plan[ACROSS], plan[DOWN], width, height, box, plan[KEY], x_row, y_row,
                points, panel, step,
            )  # fmt: skip
            counts[last - first] = count
            points += count
            last += 1
        panels = (points + panel - 1) // panel
        for point in range(points, panels * panel):
            at = (point // panel) * step + point % panel
            x_row[at] = 0
            y_row[at] = 0
        encode(plan, layers, packs, work, 0, panels)
        forward(layers, packs, work, panels, panel, lanes, plan[KIND], reals, 1)
        outputs(plan, layers, work, panels, reals[SHARPNESS])
        delta = plan[DELTA]
        for row in range(channels):
            for point in range(points, panels * panel):
                work[delta + ((point // panel) * rows + row) * panel + point % panel] = 0
        block_loss(
            plan[LOSS], plan[SIGMOID], work, layers[depth - 1, Y], plan[VALUES], plan[OTHERS],
            delta, rows * panel, panel, counts, last - first, values, pixels[first:last], channels,
            reals[SCALE], totals, shard,
        )  # fmt: skip
        if plan[SIGMOID]:
            _through_sigmoid(plan, work, delta, panels * rows * (panel // lanes), reals[SHARPNESS])
        backward(
            layers, packs, work, sums, base, delta, plan[OTHER], plan[TURNED], panels, panel, lanes
        )
        first = last


@inner
def _through_sigmoid(plan, work, delta, vectors, sharpness):
    """From the gradient by values (or, for bce, logits) to that by the network's outputs."""
    if plan[LOSS] == 2:
        for i in range(delta, delta + vectors * plan[LANES]):
            work[i] *= sharpness
    else:
        output_slope_rows(
            work, delta, work, plan[VALUES], work, plan[OTHERS], vectors, sharpness
        )


@entry
def train_shards(
    worker, ticket, control, plan, reals, layers, packs, work, counts, sums, totals, pixels, values,
    index, busy,
):  # fmt: skip
    """Claim and train shards of step `ticket` until none is left, then wait for the others'.

    Returns:
        Whether all shards are done. If not, another thread will be there to go on.
    """
    mine = work[worker * plan[WORK_SIZE] : (worker + 1) * plan[WORK_SIZE]]
    while True:
        shard = claim(control, SHARD, ticket, plan[SHARDS])
        if shard < 0:
            break
        train_shard(
            shard, plan, reals, layers, packs, mine, counts[worker], sums, totals, pixels, values,
            index, busy,
        )  # fmt: skip
        add(control, SHARDS_DONE, 1)
    return wait(control, SHARDS_DONE, (ticket << 32) | plan[SHARDS], plan[PATIENCE])


@entry
def update_units(
    worker, ticket, control, plan, rates, layers, addresses, units, packs, work, sums
):
    """Claim and update units of step `ticket` until none is left.

    Returns:
        To the caller (worker 0): whether the step is done; if not, it must sleep until woken. To a
        worker: whether it must wake the caller.
    """
    mine = work[worker * plan[WORK_SIZE] : (worker + 1) * plan[WORK_SIZE]]
    finished = False
    while load(control, SHARDS_DONE) == (ticket << 32) | plan[SHARDS]:
        unit = claim(control, UNIT, ticket, plan[UNITS])
        if unit < 0:
            break
        update_unit(
            layers, addresses, units[unit, 0], units[unit, 1], sums, plan[SHARDS], plan[STRIDE],
            mine, plan[SCRATCH], plan[RULE], rates, packs, plan[PANEL], plan[LANES],
        )  # fmt: skip
        done = add(control, UNITS_DONE, 1) + 1
        finished = done == (ticket << 32) | plan[UNITS]
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
def publish(control, ticket, workers):
    """Begin step `ticket`. Returns a bit for each worker that sleeps and must be woken."""
    store(control, FINISHED, 4 * ticket + RUNNING)
    for word in (SHARDS_DONE, UNITS_DONE, UNIT, SHARD):
        store(control, word, ticket << 32)
    exchange(control, TICKET, ticket)
    asleep = 0
    for worker in range(workers):
        if exchange(control, WORKERS + worker * WORDS_PER_WORKER, 0) == 1:
            asleep |= 1 << worker
    return asleep


@entry
def next_ticket(worker, last, control, patience):
    """What a worker (from 1) waits for: a ticket other than `last`, or -1 if it must sleep."""
    state = WORKERS + (worker - 1) * WORDS_PER_WORKER
    for _ in range(patience):
        if load(control, TICKET) != last:
            return load(control, TICKET)
        pause()
    replace(control, state, 0, 1)
    # A step may have been published before it could see that this worker sleeps.
    if add(control, TICKET, 0) != last and replace(control, state, 1, 0):
        return load(control, TICKET)
    return -1


@entry
def pack(layers, addresses, packs):
    """Pack all weights as PyTorch holds them."""
    for layer in range(layers.shape[0]):
        pack_layer(layers[layer], addresses[layer], packs)


@entry
def draw(control, ticket, plan, reals, layers, packs, work, xy, out):
    """Evaluate the field at points; several threads may share one drawing.

    Args:
        control: Its SHARD word hands out blocks of points.
        xy: (N, 2) float32
        out: (N, C) float32
    """
    panel, lanes, channels = plan[PANEL], plan[LANES], plan[CHANNELS]
    capacity = plan[CAPACITY] * panel
    depth = layers.shape[0]
    rows = layers[depth - 1, OUTPUT_ROWS]
    step = 2 * panel if plan[FREQUENCIES] > 0 else layers[0, INPUT_ROWS] * panel
    start = plan[VALUES] if plan[SIGMOID] else layers[depth - 1, Y]
    number = len(xy)
    while True:
        block = claim(control, SHARD, ticket, (number + capacity - 1) // capacity)
        if block < 0:
            return
        first = block * capacity
        points = min(number - first, capacity)
        panels = (points + panel - 1) // panel
        for point in range(panels * panel):
            at = plan[XY] + (point // panel) * step + point % panel
            inside = point < points
            work[at] = xy[first + point, 0] if inside else 0
            work[at + panel] = xy[first + point, 1] if inside else 0
        encode(plan, layers, packs, work, 0, panels)
        forward(layers, packs, work, panels, panel, lanes, plan[KIND], reals, 0)
        outputs(plan, layers, work, panels, reals[SHARPNESS])
        for point in range(points):
            at = start + (point // panel) * rows * panel + point % panel
            for channel in range(channels):
                out[first + point, channel] = np.float32(work[at + channel * panel])
