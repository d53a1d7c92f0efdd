"""Where the samples of a pixel lie, as `redraw.signals.samples` defines it."""

import numpy as np

from redraw.kernels.compiling import inner


@inner
def mix32(x):
    """lowbias32 on the lower half of a uint64."""
    mask = np.uint64(0xFFFFFFFF)
    x ^= x >> np.uint64(16)
    x = (x * np.uint64(0x7FEB352D)) & mask
    x ^= x >> np.uint64(15)
    x = (x * np.uint64(0x846CA68B)) & mask
    return x ^ (x >> np.uint64(16))


@inner
def jitter(pixel, sample, axis, key):
    """Uniform in [0, 1), from 24 bits."""
    mask = np.uint64(0xFFFFFFFF)
    inside = mix32((np.uint64(2 * sample + axis) + np.uint64(key)) & mask)
    hashed = mix32((np.uint64(pixel) + inside) & mask)
    return np.float64(hashed >> np.uint64(8)) * 2.0**-24


@inner
def place(
    flat, count, columns, rows, width, height, jittered, key, x_row, y_row, at, panel, stride
):
    """Write the positions of one pixel's samples.

    Args:
        flat: y * width + x of the pixel.
        count: Samples of this pixel; columns * rows of them, or one.
        jittered: Whether positions are jittered (box) or the centre (point).
        key: Of the step.
        x_row: (panels, ...) row of x, as a view from its first element.
        y_row: The same for y.
        at: Number of the first sample within the block.
        panel: Points per panel.
        stride: Distance between panels, in elements.
    """
    left = flat % width
    top = flat // width
    across, down = (columns, rows) if count > 1 else (1, 1)
    for sample in range(count):
        if jittered:
            x = left + (sample % across + jitter(flat, sample, 0, key)) / across
            y = top + (sample // across + jitter(flat, sample, 1, key)) / down
        else:
            x = left + 0.5
            y = top + 0.5
        point = at + sample
        where = (point // panel) * stride + point % panel
        # Rounded to float32 whatever the field's precision, as the definition does.
        x_row[where] = np.float32(x * (2.0 / width) - 1.0)
        y_row[where] = np.float32(y * (2.0 / height) - 1.0)
