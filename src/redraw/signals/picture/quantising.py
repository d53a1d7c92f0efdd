"""Values from 0 to 1 as the whole numbers that files hold."""

import numpy as np
from numpy.typing import NDArray

from redraw.signals.picture.colour import Depth


def quantised(values: NDArray[np.floating], depth: Depth) -> NDArray[np.unsignedinteger]:
    """The nearest whole number of 1, 8 or 16 bits; out of range is clipped. Any shape."""
    highest = np.float32(2**depth - 1)
    scaled = np.rint(np.clip(values, 0, 1) * highest)
    return scaled.astype(np.uint16 if depth == 16 else np.uint8)
