"""A block's loss and its gradient with respect to the network's outputs."""

import math

import numpy as np

from redraw.kernels.compiling import inner

# Losses, numbered as in `block_loss`.
LOSSES = ("mse", "l1", "bce", "relative_l2")
# As redraw.engines.contract.RELATIVE_EPS.
RELATIVE_EPS = 0.01
# Below this mean a probability is taken from logarithms: float32 ends at 1e-38.
TINY = 1e-30


@inner
def _log_sigmoid(z):
    """log sigmoid(z), stable on both sides."""
    return -math.log1p(math.exp(-z)) if z > 0 else z - math.log1p(math.exp(z))


@inner
def log_mean(logits, first, panel, stride, count, sign):
    """log of the mean of sigmoid(sign * logit) over a pixel's samples, however small."""
    highest = -math.inf
    for i in range(first, first + count):
        z = sign * logits[(i // panel) * stride + i % panel]
        value = _log_sigmoid(z)
        highest = max(highest, value)
    total = 0.0
    for i in range(first, first + count):
        z = sign * logits[(i // panel) * stride + i % panel]
        value = _log_sigmoid(z)
        total += math.exp(value - highest)
    return highest + math.log(total / count)


@inner
def block_loss(
    kind, sigmoid, work, logits, values, others, gradient, stride, panel, counts, pixels, targets,
    rows, channels, scale, totals, slot,
):  # fmt: skip
    """Loss and squared error of a block, and the gradient of the mean loss.

    Args:
        kind: Index into LOSSES.
        sigmoid: Whether outputs went through a sigmoid.
        logits: In work: network outputs (times sharpness), panels of `stride` elements.
        values: In work: outputs. The same as logits for a linear output.
        others: In work: 1 - values, exactly (sigmoid only).
        gradient: In work: where the gradient goes. For "bce" with respect to the logits, else to
            the values; of the mean loss over the batch.
        counts: Samples of each of the block's pixels, (pixels,).
        targets: (P, channels), of which the block's pixels are `rows`.
        scale: 1 / (pixels of the batch * channels).
        totals: (slots, 2) sums of loss and squared error, added to row `slot`.
    """
    number = work.dtype.type
    eps = number(RELATIVE_EPS)
    two, one, zero = number(2.0), number(1.0), number(0.0)
    loss_sum = 0.0
    square_sum = 0.0
    for channel in range(channels):
        z = work[logits + channel * panel :]
        v = work[values + channel * panel :]
        o = work[others + channel * panel :]
        g = work[gradient + channel * panel :]
        first = np.int64(0)
        for pixel in range(pixels):
            count = counts[pixel]
            target = number(targets[rows[pixel], channel])
            mean = zero
            for i in range(first, first + count):
                mean += v[(i // panel) * stride + i % panel]
            share = one / number(count)
            mean *= share
            error = mean - target
            square_sum += error * error
            slope = zero
            if kind == 0:
                loss_sum += error * error
                slope = two * error
            elif kind == 1:
                loss_sum += abs(error)
                slope = one if error > zero else (-one if error < zero else error)
            elif kind == 3:
                weight = one / (mean * mean + eps)
                loss_sum += error * error * weight
                slope = two * error * weight
            if kind != 2:
                slope = slope * scale * share
                for i in range(first, first + count):
                    g[(i // panel) * stride + i % panel] = slope
            else:
                rest = zero
                for i in range(first, first + count):
                    rest += o[(i // panel) * stride + i % panel]
                rest *= share
                log_yes, log_no = 0.0, 0.0
                if mean > TINY:
                    log_yes = math.log(mean)
                else:
                    log_yes = log_mean(z, first, panel, stride, count, 1.0)
                if rest > TINY:
                    log_no = math.log(rest)
                else:
                    log_no = log_mean(z, first, panel, stride, count, -1.0)
                loss_sum -= target * log_yes + (one - target) * log_no
                if count == 1:
                    # target * no - (1 - target) * yes, up to sign: never divides.
                    at = (first // panel) * stride + first % panel
                    g[at] = scale * ((one - target) * v[at] - target * o[at])
                else:
                    for i in range(first, first + count):
                        at = (i // panel) * stride + i % panel
                        if mean > TINY:
                            yes = v[at] / (mean * count) * o[at]
                        else:
                            yes = number(math.exp(_log_sigmoid(z[at]) - log_yes)) * share * o[at]
                        if rest > TINY:
                            no = o[at] / (rest * count) * v[at]
                        else:
                            no = number(math.exp(_log_sigmoid(-z[at]) - log_no)) * share * v[at]
                        g[at] = scale * ((one - target) * no - target * yes)
            first += count
    totals[slot, 0] += loss_sum
    totals[slot, 1] += square_sum
