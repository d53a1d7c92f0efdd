"""The sRGB curve, between linear light and the values of ordinary picture files.

Source: IEC 61966-2-1.
"""

import numpy as np
from numpy.typing import NDArray


def to_light(encoded: NDArray[np.floating]) -> NDArray[np.float32]:
    """Encoded values within [0, 1] as linear light within [0, 1]. Any shape.

    Example:
        >>> to_light(np.array([0.0, 0.5, 1.0])).round(4).tolist() == [0.0, np.float32(0.214), 1.0]
        True
    """
    encoded = np.clip(encoded, 0, 1).astype(np.float64)
    curved = ((encoded + 0.055) / 1.055) ** 2.4
    return np.where(encoded <= 0.04045, encoded / 12.92, curved).astype(np.float32)


def from_light(light: NDArray[np.floating]) -> NDArray[np.float32]:
    """Linear light as encoded values, clipped at black and white. Any shape."""
    light = np.clip(light, 0, 1).astype(np.float64)
    curved = 1.055 * light ** (1 / 2.4) - 0.055
    return np.where(light <= 0.0031308, light * 12.92, curved).astype(np.float32)
