"""Where the samples of a pixel lie, as `redraw.signals.samples` defines it; there is the source."""

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
def after(at, panel, stride):
    """Where the sample after the one at `at` lies.

    Panels begin at multiples of `stride`, itself one of `panel`, which is a power of two. So no
    division is needed: three for each sample took longer than all the rest of a loss.
    """
    at += 1
    return at if at & (panel - 1) else at + stride - panel


@inner
def quotient(number, divisor):
    """number // divisor for 0 <= number < 2**52.

    By doubles, several times as quick as by 64-bit integers: a quotient that is no whole number is
    further from the next one than rounding goes.
    """
    return np.int64(np.float64(number) / np.float64(divisor))


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
        at: Where the first sample lies in the rows.
        panel: Points per panel.
        stride: Distance between panels, in elements.

    Returns:
        Where the next pixel's first sample lies.
    """
    top = quotient(flat, width)
    left = flat - top * width
    across, down = (columns, rows) if count > 1 else (1, 1)
    column, row = 0, 0
    for sample in range(count):
        if jittered:
            x = left + (column + jitter(flat, sample, 0, key)) / across
            y = top + (row + jitter(flat, sample, 1, key)) / down
            column += 1
            if column == across:
                column = 0
                row += 1
        else:
            x = left + 0.5
            y = top + 0.5
        # Rounded to float32 whatever the field's precision, as the definition does.
        x_row[at] = np.float32(x * (2.0 / width) - 1.0)
        y_row[at] = np.float32(y * (2.0 / height) - 1.0)
        at = after(at, panel, stride)
    return at


@inner
def centres(pixels, index, indexed, width, height, x_row, y_row, panel, stride):
    """What `place` does for each of `pixels` with one sample at its centre, panel by panel.

    Returns:
        Where the next pixel's sample lies.
    """
    number = len(pixels)
    across, down = 2.0 / width, 2.0 / height
    full, at = 0, 0
    for first in range(0, number, panel):
        at = first // panel * stride
        full = min(panel, number - first)
        flat = pixels[first : first + full]
        x, y = x_row[at : at + full], y_row[at : at + full]
        for i in range(full):
            where = index[flat[i]] if indexed else flat[i]
            top = quotient(where, width)
            x[i] = np.float32((where - top * width + 0.5) * across - 1.0)
            y[i] = np.float32((top + 0.5) * down - 1.0)
    return at + full if full < panel else at + stride
