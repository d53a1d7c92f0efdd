"""Differences between pictures as a JPEG holds them: cosines of blocks, free within its steps.

Shapes: H rows, W columns, blocks of 8 x 8.

Source: ITU-T T.81 (JPEG), A.3.3.
"""

import numpy as np

from redraw.kernels.compiling import entry, inner

SIDE = 8


@inner
def transform(block, waves, half, out, back):
    """Cosines of a block, or the block of cosines (`back`). All (8, 8); `half` is overwritten."""
    for i in range(SIDE):
        for k in range(SIDE):
            total = np.float32(0.0)
            for j in range(SIDE):
                total += (waves[j, i] if back else waves[i, j]) * block[j, k]
            half[i, k] = total
    for i in range(SIDE):
        for k in range(SIDE):
            total = np.float32(0.0)
            for j in range(SIDE):
                total += half[i, j] * (waves[j, k] if back else waves[k, j])
            out[i, k] = total


@entry
def beyond_steps(plane, waves, free, squared, first, last):
    """What of a plane's cosines lies beyond what is free, as a plane again, in its place.

    Args:
        plane: Overwritten; its sides are multiples of 8. (H, W)
        waves: (8, 8)
        free: How large each cosine may be. (8, 8)
        squared: Filled for each row of blocks from `first` to `last`: the sum of squares of what is
            left. (H / 8,) float64
    """
    block, half = np.empty((SIDE, SIDE), np.float32), np.empty((SIDE, SIDE), np.float32)
    found = np.empty((SIDE, SIDE), np.float32)
    for row in range(first, last):
        total = 0.0
        for column in range(plane.shape[1] // SIDE):
            own = plane[row * SIDE : (row + 1) * SIDE, column * SIDE : (column + 1) * SIDE]
            block[:] = own
            transform(block, waves, half, found, False)
            for i in range(SIDE):
                for k in range(SIDE):
                    value = found[i, k]
                    over = max(abs(value) - free[i, k], np.float32(0.0))
                    found[i, k] = over if value > 0 else -over
                    total += over * over
            transform(found, waves, half, block, True)
            own[:] = block
        squared[row] = total
