"""A block's loss, and its gradient with respect to the network's numbers.

What comes out is of the sum over pixels and channels; the optimizer divides by their number. So
gradients are of about the size of one, and float16 needs no other scale.

Shapes: N points of a block, P pixels of it (padded), C channels padded to a power of two.
"""

import triton
import triton.language as tl

from redraw.kernels.cuda.functions import log_sigmoid, sigmoids
from redraw.kernels.cuda.names import BCE, CROSS_ENTROPY, L1, MSE, SIGMOIDAL, SOFTMAX
from redraw.kernels.names import RELATIVE_EPS

EPS = tl.constexpr(RELATIVE_EPS)
# Chances are averaged after the logarithm of their mean 16th root is taken off: that keeps the
# largest from overflowing and the sum from vanishing, without looking for the largest.
ROOT = tl.constexpr(16.0)


@triton.jit
def mean_over(owners, values, share):
    """The mean over each pixel's samples. (P, N), (N, C) -> (P, C)"""
    return tl.dot(owners, values, input_precision="ieee") * share


@triton.jit
def spread_over(owners, values):
    """What a pixel has, at each of its samples. (P, N), (P, C) -> (N, C)"""
    return tl.dot(tl.trans(owners), values, input_precision="ieee")


@triton.jit
def log_mean(owners, logs, share):
    """log of the mean of exp(logs) over each pixel's samples, however small. (P, C)"""
    root = tl.maximum(mean_over(owners, tl.exp(logs / ROOT), share), 1e-37)
    shift = ROOT * tl.log(root)
    scaled = tl.exp(logs - spread_over(owners, shift))
    return shift + tl.log(tl.maximum(mean_over(owners, scaled, share), 1e-37))


@triton.jit
def of_values(mean, target, LOSS: tl.constexpr):
    """Loss and its derivative, of values; all but cross-entropies."""
    error = mean - target
    if LOSS == MSE:
        loss = error * error
        slope = 2.0 * error
    elif LOSS == L1:
        loss = tl.abs(error)
        slope = tl.where(error > 0.0, 1.0, tl.where(error < 0.0, -1.0, error))
    else:  # relative_l2
        weight = 1.0 / (mean * mean + EPS)
        loss = error * error * weight
        slope = 2.0 * error * weight
    return loss, slope


@triton.jit
def block_loss(
    raw, target, owners, valid, sharpness,
    CHANNELS: tl.constexpr, C: tl.constexpr, SAMPLES: tl.constexpr, LOSS: tl.constexpr,
    OUTPUT: tl.constexpr,
):  # fmt: skip
    """Loss and squared error of a block, summed, and the gradient with respect to `raw`.

    Args:
        raw: What the network says. (N, C)
        target: The pixels' values. (P, C); P is N where pixels have one sample each.
        owners: 1 where a sample is a pixel's, else 0. (P, N); unused with one sample each.
        valid: Which pixels there are. (P,)
        sharpness: Of a sigmoid.
        CHANNELS: How many of C there are.
        SAMPLES: Of each pixel.
        LOSS: Of `redraw.kernels.names`.
        OUTPUT: Likewise, of OUTPUTS.
    """
    there = valid[:, None] & (tl.arange(0, C) < CHANNELS)[None, :]
    share: tl.constexpr = 1.0 / SAMPLES
    if OUTPUT == SOFTMAX:
        # Padded channels have no part in the sum of exponentials.
        logits = tl.where((tl.arange(0, C) < CHANNELS)[None, :], raw, -float("inf"))
        highest = tl.max(logits, axis=1)[:, None]
        powers = tl.exp(logits - highest)
        total = tl.sum(powers, axis=1)[:, None]
        values = powers / total
        logs = raw - highest - tl.log(total)
    elif OUTPUT == SIGMOIDAL:
        logits = raw * sharpness
        values, others = sigmoids(logits)
    else:
        values = raw
    if SAMPLES == 1:
        mean = values
    else:
        mean = mean_over(owners, values, share)
    error = tl.where(there, mean - target, 0.0)
    if LOSS == CROSS_ENTROPY:
        loss = tl.where(there, -target * logs, 0.0)
        whole = tl.sum(tl.where(there, target, 0.0), axis=1)[:, None]
        gradient = values * whole - target
    elif LOSS == BCE:  # from logits all the way
        if SAMPLES == 1:
            yes = log_sigmoid(logits)
            no = log_sigmoid(-logits)
            gradient = ((1.0 - target) * values - target * others) * sharpness
        else:
            own, rest = log_sigmoid(logits), log_sigmoid(-logits)
            yes = log_mean(owners, own, share)
            no = log_mean(owners, rest, share)
            wanted = spread_over(owners, target)
            to_yes = tl.exp(own - spread_over(owners, yes)) * others
            to_no = tl.exp(rest - spread_over(owners, no)) * values
            gradient = ((1.0 - wanted) * to_no - wanted * to_yes) * (share * sharpness)
        loss = tl.where(there, -(target * yes + (1.0 - target) * no), 0.0)
    else:
        loss, slope = of_values(mean, target, LOSS)
        loss = tl.where(there, loss, 0.0)
        slope = tl.where(there, slope, 0.0)
        if SAMPLES == 1:
            gradient = slope
        else:
            gradient = spread_over(owners, slope) * share
        if OUTPUT == SIGMOIDAL:
            gradient = gradient * (values * others) * sharpness
        elif OUTPUT == SOFTMAX:
            gradient = values * (gradient - tl.sum(gradient * values, axis=1)[:, None])
    if SAMPLES == 1:
        gradient = tl.where(there, gradient, 0.0)
    else:
        gradient = tl.where((tl.arange(0, C) < CHANNELS)[None, :], gradient, 0.0)
    return tl.sum(loss), tl.sum(error * error), gradient
