"""Training a field of labels: pixels near edges, a block of them at a time.

Twin of `redraw.engines.labels.loss`. A block is `BLOCK` pixels that have equally many candidates;
a vector runs over the pixels of a block. Every pixel is asked at the same places inside of it, so
the weights of the B-splines are numbers that all lanes share.

Blocks belong to shards, which are bands of rows. Neighbouring shards reach into each other's nodes,
so those of even number come first and the others after them: every sum runs in one order, however
many threads there are.

Shapes: N candidates of a block, n x n samples in a pixel, C channels, L pixels of a block.
"""

import math

import numpy as np

from redraw.kernels.compiling import entry, inner
from redraw.kernels.denormals import flush_denormals, restore
from redraw.kernels.functions import exponential
from redraw.kernels.label_tables import cubic_weights
from redraw.kernels.vectors import kernel

BLOCK = 16
AROUND = 5
# What `train_shards` does: compare each pixel with its target; or, where a pixel is seen through a
# footprint, tell the means alone, and then carry back what the whole picture says of them.
ALONE, MEANS, BACK = 0, 1, 2
# Of an edge's slope and a square's side: how wide the edge becomes by averaging over the square,
# against the width of a logistic curve (their variances are added).
BLURRED = 1.0 / (2.0 * math.pi)
# Columns of a table of blocks: candidates; where its first-node numbers and its colours begin.
COUNT, FIRST, PAINT, COLUMNS = 0, 1, 2, 3


@kernel(arrays=5, integers=2)
def potential_rows(e, nodes, across, down, sharp, out, candidates, samples):
    """Potentials times the pixels' sharpness at all samples.

    nodes (N, 5, 5, L), across and down (n, 5), sharp (L,), out (N, n, n, L)
    """
    square = e.times(samples, samples)

    def of_candidate(k, lane):
        base = e.times(k, AROUND * AROUND * BLOCK)

        def of_column(b):
            shares = [e.spread(across, e.plus(e.times(b, AROUND), c)) for c in range(AROUND)]
            rows = []
            for r in range(AROUND):
                total = None
                for c in range(AROUND):
                    node = e.load(nodes, e.plus(base, (r * AROUND + c) * BLOCK + lane))
                    total = node * shares[c] if total is None else e.fma(node, shares[c], total)
                rows.append(total * e.load(sharp, lane))

            def of_row(a):
                total = None
                for r in range(AROUND):
                    share = e.spread(down, e.plus(e.times(a, AROUND), r))
                    total = rows[r] * share if total is None else e.fma(rows[r], share, total)
                sample = e.plus(e.times(a, samples), b)
                at = e.times(e.plus(e.times(k, square), sample), BLOCK)
                e.store(total, out, e.plus(at, lane))

            e.repeat(samples, of_row)

        e.repeat(samples, of_column)

    for lane in range(0, BLOCK, e.lanes):
        e.repeat(candidates, lambda k, lane=lane: of_candidate(k, lane))


@kernel(arrays=2, integers=2, scalars=1)
def softmax_rows(e, values, shares, candidates, square, inverse):
    """Potentials become weights that add up to 1; `shares` is their mean over the samples.

    values (N, n n, L), shares (N, L)
    """
    for lane in range(0, BLOCK, e.lanes):

        def clear(k, lane=lane):
            e.store(e(0.0), shares, e.plus(e.times(k, BLOCK), lane))

        e.repeat(candidates, clear)

        def of_sample(i, lane=lane):
            top = e.variable(e.load(values, e.plus(e.times(i, BLOCK), lane)))

            def at(k):
                return e.plus(e.times(e.plus(e.times(k, square), i), BLOCK), lane)

            def highest(k):
                value, best = e.load(values, at(k)), top.get()
                top.set(e.where(value > best, value, best))

            e.repeat(candidates, highest)
            total = e.variable(e(0.0))

            def power(k):
                value = exponential(e, e.load(values, at(k)) - top.get())
                e.store(value, values, at(k))
                total.set(total.get() + value)

            e.repeat(candidates, power)
            one = e(1.0) / total.get()

            def divide(k):
                value = e.load(values, at(k)) * one
                e.store(value, values, at(k))
                own = e.plus(e.times(k, BLOCK), lane)
                e.store(e.fma(value, e(inverse), e.load(shares, own)), shares, own)

            e.repeat(candidates, divide)

        e.repeat(square, of_sample)


@kernel(arrays=6, integers=2)
def slope_rows(e, weights, pull, across, down, sharp, out, candidates, samples):
    """The gradient of the nodes from that of the mean weights, `pull`; weights are overwritten.

    weights (N, n, n, L), pull (N, L), across and down (n, 5), sharp (L,), out (N, 5, 5, L)
    """
    square = e.times(samples, samples)

    def of_sample(i, lane):
        mean = e.variable(e(0.0))

        def at(k):
            return e.plus(e.times(e.plus(e.times(k, square), i), BLOCK), lane)

        def add(k):
            force = e.load(pull, e.plus(e.times(k, BLOCK), lane))
            mean.set(e.fma(e.load(weights, at(k)), force, mean.get()))

        e.repeat(candidates, add)

        def slope(k):
            force = e.load(pull, e.plus(e.times(k, BLOCK), lane)) - mean.get()
            e.store(e.load(weights, at(k)) * force * e.load(sharp, lane), weights, at(k))

        e.repeat(candidates, slope)

    def of_candidate(k, lane):
        base = e.times(k, AROUND * AROUND * BLOCK)
        for node in range(AROUND * AROUND):
            e.store(e(0.0), out, e.plus(base, node * BLOCK + lane))

        def of_column(b):
            sums = [e.variable(e(0.0)) for _ in range(AROUND)]

            def of_row(a):
                sample = e.plus(e.times(a, samples), b)
                at = e.times(e.plus(e.times(k, square), sample), BLOCK)
                value = e.load(weights, e.plus(at, lane))
                for r in range(AROUND):
                    share = e.spread(down, e.plus(e.times(a, AROUND), r))
                    sums[r].set(e.fma(value, share, sums[r].get()))

            e.repeat(samples, of_row)
            for c in range(AROUND):
                share = e.spread(across, e.plus(e.times(b, AROUND), c))
                for r in range(AROUND):
                    place = e.plus(base, (r * AROUND + c) * BLOCK + lane)
                    e.store(e.fma(sums[r].get(), share, e.load(out, place)), out, place)

        e.repeat(samples, of_column)

    for lane in range(0, BLOCK, e.lanes):
        e.repeat(square, lambda i, lane=lane: of_sample(i, lane))
        e.repeat(candidates, lambda k, lane=lane: of_candidate(k, lane))


@inner
def five_weights(inside, out):
    """Of the five B-splines around a pixel, at a position inside of it, from 0 to 1. (5,)"""
    for i in range(AROUND):
        out[i] = 0
    if inside < np.float32(0.5):
        cubic_weights(inside + np.float32(0.5), out[:4])
    else:
        cubic_weights(inside - np.float32(0.5), out[1:])


@inner
def pixel_sharpness(nodes, quarters, count, sharpness, side, phi, out):
    """The sharpness with which samples of a pixel tell its mean: softer, the steeper its edge is.

    A sample stands for a square. An edge that runs along rows or columns of samples, and is thinner
    than these are apart, would have a mean in whole rows, and no slope but from a row that it meets
    by chance. So the softmax is softened by as much as averaging over the square blurs the edge.
    Its slope is that of the difference of the two highest potentials, by four places in the pixel.

    Args:
        nodes: (N, 5, 5, L)
        quarters: Weights of nodes at a quarter and at three quarters of a pixel. (2, 5)
        count: N.
        sharpness: At a place.
        side: Of the square; 0 for a sample that stands for itself.
        phi: Overwritten. (N, 4, L)
        out: Filled. (L,)
    """
    for k in range(count):
        for i in range(4):
            for lane in range(BLOCK):
                phi[k, i, lane] = 0
            for r in range(AROUND):
                for c in range(AROUND):
                    share = quarters[i // 2, r] * quarters[i % 2, c]
                    at = (k * AROUND * AROUND + r * AROUND + c) * BLOCK
                    for lane in range(BLOCK):
                        phi[k, i, lane] += share * nodes[at + lane]
    blur = np.float32(sharpness * BLURRED * side)
    for lane in range(BLOCK):
        one, two = -1, -1
        top, next_one = np.float32(-np.inf), np.float32(-np.inf)
        for k in range(count):
            mean = phi[k, 0, lane] + phi[k, 1, lane] + phi[k, 2, lane] + phi[k, 3, lane]
            if mean > top:
                two, next_one = one, top
                one, top = k, mean
            elif mean > next_one:
                two, next_one = k, mean
        a = phi[one, 0, lane] - phi[two, 0, lane]
        b = phi[one, 1, lane] - phi[two, 1, lane]
        c = phi[one, 2, lane] - phi[two, 2, lane]
        d = phi[one, 3, lane] - phi[two, 3, lane]
        right, down = b - a + d - c, c - a + d - b
        steep = blur * blur * (right * right + down * down)
        out[lane] = np.float32(sharpness) / math.sqrt(np.float32(1.0) + steep)


@entry
def train_shards(
    shards, part, parts, blocks, begins, first, paint, pull, target, known, potentials, gradient,
    samples, shift, sharpness, side, totals, phase, seen,
):  # fmt: skip
    """Loss and gradients of every `parts`-th of some shards.

    Args:
        shards: Their numbers.
        part: Which of them, with `parts`.
        blocks: A row each (see COUNT). (blocks, 3) int64
        begins: The first block of each shard, and their end. (shards + 1,)
        first: Numbers of the first nodes, block by block (N, 5, L). int32
        paint: Colours, block by block (N, C, L).
        pull: Added to: the gradient of those colours, likewise.
        target: (blocks, C, L)
        known: Weights of pixels, 0 for those that only fill up a block. (blocks, L)
        potentials: (P,)
        gradient: Added to. (P,)
        samples: n.
        shift: Of all samples, down and right, from 0 to 1 of their distance. (2,)
        sharpness: On potentials, at a place.
        side: Of the square that a sample stands for; 0 if it stands for itself.
        totals: Filled for each shard: the squared error (`ALONE`). float64
        phase: `ALONE`, `MEANS` or `BACK`.
        seen: Filled with the means (`MEANS`); half of the loss's gradient by them (`BACK`).
            (blocks, C, L)
    """
    dtype = np.float32
    channels = target.shape[1]
    across, down = np.empty((samples, AROUND), dtype), np.empty((samples, AROUND), dtype)
    for i in range(samples):
        five_weights(dtype((i + shift[1]) / samples), across[i])
        five_weights(dtype((i + shift[0]) / samples), down[i])
    size = AROUND * AROUND * BLOCK
    most = 5
    nodes, slopes = np.empty(most * size, dtype), np.empty(most * size, dtype)
    values = np.empty(most * samples * samples * BLOCK, dtype)
    shares, force = np.empty(most * BLOCK, dtype), np.empty(most * BLOCK, dtype)
    error = np.empty((channels, BLOCK), dtype)
    inverse = dtype(1.0 / (samples * samples))
    quarters, phi = np.empty((2, AROUND), dtype), np.empty((most, 4, BLOCK), dtype)
    sharp = np.empty(BLOCK, dtype)
    five_weights(dtype(0.25), quarters[0])
    five_weights(dtype(0.75), quarters[1])
    mode = flush_denormals()
    for turn in range(part, len(shards), parts):
        shard = shards[turn]
        squared = 0.0
        for block in range(begins[shard], begins[shard + 1]):
            count = blocks[block, COUNT]
            own = first[blocks[block, FIRST] : blocks[block, FIRST] + count * AROUND * BLOCK]
            colours = paint[blocks[block, PAINT] : blocks[block, PAINT] + count * channels * BLOCK]
            slant = pull[blocks[block, PAINT] : blocks[block, PAINT] + count * channels * BLOCK]
            for row in range(count * AROUND):
                for lane in range(BLOCK):
                    start = own[row * BLOCK + lane]
                    for c in range(AROUND):
                        nodes[(row * AROUND + c) * BLOCK + lane] = potentials[start + c]
            pixel_sharpness(nodes, quarters, count, sharpness, side, phi, sharp)
            potential_rows(nodes, 0, across, 0, down, 0, sharp, 0, values, 0, count, samples)
            softmax_rows(values, 0, shares, 0, count, samples * samples, inverse)
            for c in range(channels):
                for lane in range(BLOCK):
                    error[c, lane] = -target[block, c, lane] if phase == ALONE else dtype(0.0)
                for k in range(count if phase != BACK else 0):
                    for lane in range(BLOCK):
                        error[c, lane] += (
                            shares[k * BLOCK + lane] * colours[(k * channels + c) * BLOCK + lane]
                        )
                for lane in range(BLOCK):
                    if phase == MEANS:
                        seen[block, c, lane] = error[c, lane]
                    elif phase == BACK:
                        error[c, lane] = 2 * known[block, lane] * seen[block, c, lane]
                    else:
                        weighted = known[block, lane] * error[c, lane]
                        squared += weighted * error[c, lane]
                        error[c, lane] = 2 * weighted
            if phase == MEANS:
                continue
            for k in range(count):
                for lane in range(BLOCK):
                    force[k * BLOCK + lane] = 0
                for c in range(channels):
                    for lane in range(BLOCK):
                        at = (k * channels + c) * BLOCK + lane
                        force[k * BLOCK + lane] += error[c, lane] * colours[at] * inverse
                        slant[at] += error[c, lane] * shares[k * BLOCK + lane]
            slope_rows(values, 0, force, 0, across, 0, down, 0, sharp, 0, slopes, 0, count, samples)
            for row in range(count * AROUND):
                for lane in range(BLOCK):
                    if known[block, lane] > 0:
                        start = own[row * BLOCK + lane]
                        for c in range(AROUND):
                            gradient[start + c] += slopes[(row * AROUND + c) * BLOCK + lane]
        totals[shard] = squared
    restore(mode)
