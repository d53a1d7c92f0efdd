"""How the coefficients of all bands spread, and which step makes a wanted quality of that.

Every number of the picture is counted, so the step needs no search over the picture. The wavelet
is nearly orthonormal: the squares of what quantising misses, each times its band's norm squared,
add up to the error of the pixels but for a few percent, which parts fitted in memory tell.

Shapes: L levels, 3 bands of each, C planes, BINS bins.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.coding.pyramid import SHARES, steps_of
from redraw.kernels.block_coefficients import BINS, DEAD, ROUND

LEAST_STEP, MOST_STEP = 16, 1 << 22
# From so many steps on sizes lie anywhere in theirs.
ANYWHERE = 6.0


@dataclass
class Spread:
    """Sizes by bin.

    Attributes:
        counts: How many. (L, 3, C, BINS) int64
        sums: Of these sizes. (L, 3, C, BINS) int64
    """

    counts: NDArray[np.int64]
    sums: NDArray[np.int64]

    @classmethod
    def none(cls, levels: int, planes: int) -> "Spread":
        """Nothing was counted yet."""
        shape = (levels, 3, planes, BINS)
        return cls(np.zeros(shape, np.int64), np.zeros(shape, np.int64))

    def add(self, other: "Spread") -> None:
        """Count those of another too."""
        self.counts += other.counts
        self.sums += other.sums

    def judged(self, step: int) -> tuple[float, tuple[int, ...]]:
        """The squared error that a step makes, in the planes' units, and `Layout.places`.

        Args:
            step: In 1/256.
        """
        levels, _, planes, _ = self.counts.shape
        if not levels:
            return 0.0, (0,) * 6
        steps = steps_of(step, levels)[:, :3, None, None] / 256.0
        counts = self.counts.astype(np.float64)
        size = self.sums / np.maximum(counts, 1.0)
        exact = size / steps
        whole = np.where(exact < DEAD, 0.0, np.maximum(np.floor(exact + ROUND), 1.0))
        places = np.zeros((2, 3))
        for group, own in enumerate((slice(0, 1), slice(1, None))):
            for kind in range(3):
                which = whole[:, :, own] == kind + 1 if kind < 2 else whole[:, :, own] > 2
                weight = np.where(which, counts[:, :, own], 0.0)
                beyond = (weight * (exact - whole)[:, :, own]).sum()
                places[group, kind] = beyond / max(weight.sum(), 1.0)
        places = np.clip(np.rint(64 * places), -63, 63)
        offset = np.zeros_like(whole)
        for plane in range(planes):
            own = places[min(plane, 1)] / 64
            offset[:, :, plane] = own[np.clip(whole[:, :, plane], 1, 3).astype(int) - 1]
        miss = np.where(whole == 0, exact, exact - whole - offset) ** 2
        miss = np.where(exact > ANYWHERE, 1 / 12 + offset**2, miss) * steps**2
        norm = np.array([(one, one, both) for one, both, _ in SHARES[:levels]]) / 16384.0
        error = (miss * counts).sum(axis=(2, 3)) / norm**2
        return float(error.sum()), tuple(places.astype(int).ravel().tolist())

    def step_for(self, error: float) -> int:
        """The coarsest step whose error is at most so large."""
        low, high = LEAST_STEP, MOST_STEP
        while low < high:
            middle = (low + high + 1) // 2
            if self.judged(middle)[0] <= error:
                low = middle
            else:
                high = middle - 1
        return low


def squares(psnr: float, depth: int, fraction: int, values: int) -> float:
    """The sum of squared errors of so many values at a PSNR in dB, in the planes' units."""
    peak = (2**depth - 1) * 2.0**fraction
    return values * peak**2 * 10.0 ** (-psnr / 10.0)


def decibels(error: float, depth: int, fraction: int, values: int) -> float:
    """The inverse: the PSNR of such a sum."""
    peak = (2**depth - 1) * 2.0**fraction
    return 10.0 * math.log10(values * peak**2 / error) if error > 0 else math.inf
