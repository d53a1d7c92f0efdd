"""A block's loss and its gradient with respect to the network's outputs.

Twin of `redraw.engines.losses`; there are the sources.
"""

import math

import numpy as np

from redraw.kernels.compiling import inner
from redraw.kernels.names import BCE, L1, MSE, RELATIVE_EPS
from redraw.kernels.points import after

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
    at = first
    for _ in range(count):
        highest = max(highest, _log_sigmoid(sign * logits[at]))
        at = after(at, panel, stride)
    total = 0.0
    at = first
    for _ in range(count):
        total += math.exp(_log_sigmoid(sign * logits[at]) - highest)
        at = after(at, panel, stride)
    return highest + math.log(total / count)


@inner
def loss_of(kind, value, error):
    """The loss of a pixel's value, and its derivative; all but "bce"."""
    number = type(value)
    two, one, zero = number(2.0), number(1.0), number(0.0)
    if kind == MSE:
        return error * error, two * error
    if kind == L1:
        return abs(error), one if error > zero else (-one if error < zero else error)
    weight = one / (value * value + number(RELATIVE_EPS))
    return error * error * weight, two * error * weight


@inner
def single_losses(
    kind, work, values, gradient, stride, panel, pixels, targets, rows, channels, scale, totals,
    slot
):  # fmt: skip
    """`block_loss` of pixels with one sample each, panel by panel; all but "bce"."""
    number = work.dtype.type
    loss_sum = 0.0
    square_sum = 0.0
    for first in range(0, pixels, panel):
        at = first // panel * stride
        width = min(panel, pixels - first)
        of = rows[first : first + width]
        for channel in range(channels):
            v = work[values + at + channel * panel :][:width]
            g = work[gradient + at + channel * panel :][:width]
            for i in range(width):
                error = v[i] - number(targets[of[i], channel])
                loss, slope = loss_of(kind, v[i], error)
                square_sum += error * error
                loss_sum += loss
                g[i] = slope * scale
    totals[slot, 0] += loss_sum
    totals[slot, 1] += square_sum


@inner
def block_loss(
    kind, work, logits, values, others, gradient, stride, panel, counts, pixels, targets,
    rows, channels, scale, totals, slot,
):  # fmt: skip
    """Loss and squared error of a block, and the gradient of the mean loss.

    Pixels may have any number of samples each; see `single_losses` where all have one.

    Args:
        kind: A number of `redraw.kernels.names.LOSSES`.
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
    one, zero = number(1.0), number(0.0)
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
            at = first
            for _ in range(count):
                mean += v[at]
                at = after(at, panel, stride)
            behind = at
            share = one if count == 1 else one / number(count)
            mean *= share
            error = mean - target
            square_sum += error * error
            at = first
            if kind != BCE:
                loss, slope = loss_of(kind, mean, error)
                loss_sum += loss
                slope = slope * scale * share
                for _ in range(count):
                    g[at] = slope
                    at = after(at, panel, stride)
            else:
                rest = zero
                for _ in range(count):
                    rest += o[at]
                    at = after(at, panel, stride)
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
                    g[first] = scale * ((one - target) * v[first] - target * o[first])
                else:
                    at = first
                    for _ in range(count):
                        if mean > TINY:
                            yes = v[at] / (mean * count) * o[at]
                        else:
                            yes = number(math.exp(_log_sigmoid(z[at]) - log_yes)) * share * o[at]
                        if rest > TINY:
                            no = o[at] / (rest * count) * v[at]
                        else:
                            no = number(math.exp(_log_sigmoid(-z[at]) - log_no)) * share * v[at]
                        g[at] = scale * ((one - target) * no - target * yes)
                        at = after(at, panel, stride)
            first = behind
    totals[slot, 0] += loss_sum
    totals[slot, 1] += square_sum
