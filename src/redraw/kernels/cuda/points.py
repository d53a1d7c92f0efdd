"""Where the samples of a pixel lie, as `redraw.signals.samples` defines it, from counters alone."""

import triton
import triton.language as tl


@triton.jit
def mix32(x):
    """lowbias32 on a uint32."""
    x = x ^ (x >> 16)
    x = x * 0x7FEB352D
    x = x ^ (x >> 15)
    x = x * 0x846CA68B
    return x ^ (x >> 16)


@triton.jit
def jitter(pixel, sample, AXIS: tl.constexpr, key):
    """Uniform in [0, 1), from 24 bits, as float64."""
    inside = mix32((2 * sample + AXIS).to(tl.uint32) + key)
    hashed = mix32(pixel.to(tl.uint32) + inside)
    return (hashed >> 8).to(tl.float64) * 5.9604644775390625e-08


@triton.jit
def place(
    pixel, sample, key, width, height,
    ACROSS: tl.constexpr, DOWN: tl.constexpr, JITTERED: tl.constexpr,
):  # fmt: skip
    """x and y of samples, in [-1, 1], as float32.

    Args:
        pixel: y * width + x, int32.
        sample: Which of the pixel's, int32.
        key: Of the step, uint32.
        width: Of the picture.
        height: Of the picture.
        ACROSS: Columns of strata in a pixel.
        DOWN: Rows of them.
        JITTERED: Whether samples lie anywhere in their strata (box), or in the middle of the pixel.
    """
    top = pixel // width
    left = pixel - top * width
    if JITTERED:
        row = sample // ACROSS
        column = sample - row * ACROSS
        x = left.to(tl.float64) + (column.to(tl.float64) + jitter(pixel, sample, 0, key)) / ACROSS
        y = top.to(tl.float64) + (row.to(tl.float64) + jitter(pixel, sample, 1, key)) / DOWN
    else:
        x = left.to(tl.float64) + 0.5
        y = top.to(tl.float64) + 0.5
    # In float64 and rounded once, as the definition does.
    x = x * (2.0 / width.to(tl.float64)) - 1.0
    y = y * (2.0 / height.to(tl.float64)) - 1.0
    return x.to(tl.float32), y.to(tl.float32)
