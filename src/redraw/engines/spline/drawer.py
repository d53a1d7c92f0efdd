"""Pixel averages of any window of a spline pyramid, from the coefficients that it keeps."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from redraw.coding.pyramid import halvings, levels_of
from redraw.engines.lattice import ROWS, Averages, Window
from redraw.engines.planes import as_array
from redraw.fields.spline_config import SplineConfig
from redraw.kernels import wavelet

if TYPE_CHECKING:
    from redraw.fields.spline import Spline


@dataclass(frozen=True)
class Pyramid:
    """What a spline pyramid keeps, as arrays: as `redraw.fields.spline.Spline`, without PyTorch.

    Attributes:
        config: Its size.
        values: The kept coefficients. (K,)
        transforms: (M, 4, 4)
        significant: Where each kept coefficient is, rising; -1 after the last. (K,) int32
        block_transforms: Which matrix each block takes. (B,) uint8
    """

    config: SplineConfig
    values: NDArray
    transforms: NDArray
    significant: NDArray[np.int32]
    block_transforms: NDArray[np.uint8]


class Windows(Averages):
    """Pixel averages and B-spline weights of any window, from the kept coefficients alone.

    Every coefficient comes out the same, to the bit, whichever window it was asked in: a window is
    widened by what lifting and filter reach.

    Args:
        pyramid: Its coefficients are not copied.
        threads: How many work on one window.
        planes: Only the first so many; None for all.
    """

    def __init__(
        self, pyramid: "Pyramid | Spline", threads: int, planes: int | None = None
    ) -> None:
        config = pyramid.config
        self.planes, self.size = planes or config.planes, (config.height, config.width)
        self.threads = threads
        significant = as_array(pyramid.significant)
        used = significant[: int(np.count_nonzero(significant >= 0))]
        lines = np.arange(config.planes * config.height + 1, dtype=np.int64) * config.width
        self._kept = (
            used,
            as_array(pyramid.values)[: len(used)].astype(np.float32, copy=False),
            np.searchsorted(used, lines),
        )
        self._block_transforms = as_array(pyramid.block_transforms)
        self._transforms = as_array(pyramid.transforms).astype(np.float32)
        self._bands = config.bands
        levels = levels_of(config.width, config.height)
        down, across = halvings(config.height, levels), halvings(config.width, levels)
        self._sides = list(zip(down, across, strict=True))

    def averages(self, window: Window) -> NDArray[np.float32]:
        """Pixel averages of rows and columns (top, bottom, left, right). (C, h, w)"""
        windows = [window]
        for side in self._sides[:-1]:
            top, bottom, left, right = windows[-1]
            windows.append((*halves(top, bottom, side[0], 0), *halves(left, right, side[1], 0)))
        high, wide = self._sides[-1]
        top, bottom, left, right = windows[-1]
        low = self._load((top, left), (bottom - top, right - left), (high, wide))
        for level in range(len(self._sides) - 2, -1, -1):
            low = self._finer(level, windows[level], low, windows[level + 1])
        return low

    def _load(
        self, corner: tuple[int, int], shape: tuple[int, int], end: tuple[int, int]
    ) -> NDArray[np.float32]:
        """Kept coefficients from `corner` of the planes on; zeros from column end[1] on."""
        out = np.empty((self.planes, *shape), np.float32)
        wavelet.load(*self._kept, self.size, corner, end[1], out)
        return out

    def _finer(
        self, level: int, window: Window, low: NDArray[np.float32], held: Window
    ) -> NDArray[np.float32]:
        """The low coefficients of a level from those of the next coarser one and its bands."""
        top, bottom, left, right = window
        side = self._sides[level]
        corner = (top - wavelet.REACH, left - wavelet.REACH)
        shape = (bottom - top + 2 * wavelet.REACH, right - left + 2 * wavelet.REACH)
        spec = np.empty((self.planes, *shape), np.float32)
        wavelet.interleave(low, (held[0], held[2]), (0, 0), corner, side, spec)
        for band, parity in zip(
            self._bands[3 * level : 3 * level + 3], ((0, 1), (1, 0), (1, 1)), strict=True
        ):
            if band[2] == 0 or band[3] == 0:
                continue
            rows = halves(top, bottom, side[0], parity[0])
            columns = halves(left, right, side[1], parity[1])
            # Whole blocks only.
            first = (rows[0] - rows[0] % 2, columns[0] - columns[0] % 2)
            size = (rows[1] + rows[1] % 2 - first[0], columns[1] + columns[1] % 2 - first[1])
            origin = (int(band[0]), int(band[1]))
            at = (origin[0] + first[0], origin[1] + first[1])
            part = self._load(at, size, (0, origin[1] + int(band[3])))
            wavelet.multiply(part, band, first, self._block_transforms, self._transforms)
            wavelet.interleave(part, first, parity, corner, side, spec)
        out = np.empty((self.planes, bottom - top, right - left), np.float32)
        wavelet.join(spec, corner, side, out)
        return out


def halves(first: int, last: int, side: int, odd: int) -> tuple[int, int]:
    """Which low (0) or high (1) coefficients the samples from `first` to `last` are made from."""
    inner = range(first - wavelet.REACH, last + wavelet.REACH)
    if inner.start >= 0 and inner.stop <= side:
        return (inner.start + 1 - odd) // 2, (inner.stop + 1 - odd) // 2
    index = np.abs(np.arange(inner.start, inner.stop)) % max(1, 2 * side - 2)
    index = np.minimum(index, 2 * side - 2 - index) if side > 1 else index * 0
    index = index[index % 2 == odd] // 2
    return (int(index.min()), int(index.max()) + 1) if len(index) else (0, 0)


def all_averages(
    pyramid: "Pyramid | Spline", threads: int, planes: int | None = None
) -> NDArray[np.float32]:
    """The averages over all pixels, of the first so many planes or of all. (C, H, W)"""
    windows = Windows(pyramid, threads, planes)
    height, width = windows.size
    out = np.empty((windows.planes, height, width), np.float32)
    for top in range(0, height, ROWS):
        bottom = min(top + ROWS, height)
        out[:, top:bottom] = windows.averages((top, bottom, 0, width))
    return out
