"""The passes of an alternating step by kernels; twin of `alternating_passes`."""

from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from redraw.engines.cpu.sharing import share
from redraw.engines.linear import FEW, analyse
from redraw.engines.spline.drawer import all_averages
from redraw.engines.spline.passes import Passes
from redraw.fields.spline_config import SplineConfig
from redraw.kernels import sparse

if TYPE_CHECKING:
    from redraw.fields import Field
    from redraw.fields.spline import Spline

# Parts that sums are taken in, whatever the number of threads.
SHARDS = 16


class KernelPasses(Passes):
    """Each pass by `threads` threads; results don't depend on how many."""

    def __init__(self, config: SplineConfig, threads: int) -> None:
        self.config = config
        self.threads = threads
        self.bands = config.bands

    def _share(self, kernel, *arguments) -> None:
        """Run a kernel whose last two arguments are its part and the number of parts."""
        share(kernel, [(*arguments, part, self.threads) for part in range(self.threads)])

    def analyse(self, planes: NDArray) -> None:
        analyse(planes, self.threads)

    def correlate(
        self, coefficients: NDArray, inverses: NDArray, block_transforms: NDArray, threshold: float
    ) -> tuple[NDArray, NDArray]:
        sums = np.zeros((SHARDS, *inverses.shape))
        counts = np.zeros((SHARDS, len(inverses)), np.int64)
        work = (coefficients, self.bands, inverses, block_transforms, threshold, sums, counts)
        self._shards(sparse.correlate, work)
        return sums.sum(axis=0), counts.sum(axis=0)

    def choose(
        self,
        coefficients: NDArray,
        inverses: NDArray,
        threshold: float,
        costs: NDArray,
        block_transforms: NDArray,
    ) -> None:
        turned = np.ascontiguousarray(inverses.transpose(1, 2, 0))
        square = coefficients.dtype.type(threshold * threshold)
        self._share(
            sparse.choose, coefficients, self.bands, turned, square, costs, block_transforms
        )

    def multiply(self, coefficients: NDArray, inverses: NDArray, block_transforms: NDArray) -> None:
        self._share(sparse.multiply, coefficients, self.bands, inverses, block_transforms)

    def largest(self, coefficients: NDArray, keep: int) -> float:
        if keep >= coefficients.size:
            return 0.0
        bits = coefficients.reshape(-1).view(np.int32)
        # It hardly does anything with one.
        parts = self.threads if coefficients.size >= 16 * FEW else 1
        left, found = keep, 0
        for top, low in ((31, 20), (20, 10), (10, 0)):  # the sign apart
            counts = np.zeros((parts, sparse.BINS), np.int64)
            work = (bits, found, top, low, counts)
            share(sparse.histogram, [(*work, part) for part in range(parts)])
            above = counts.sum(axis=0)[: 1 << (top - low)][::-1].cumsum()
            at = int(np.searchsorted(above, left, side="right"))
            left -= int(above[at - 1]) if at else 0
            found = found << (top - low) | (len(above) - 1 - at)
        return float(np.array(found, np.int32).view(np.float32))

    def averages(self, field: "Field") -> NDArray:
        return all_averages(cast("Spline", field.encoding), self.threads)

    def _shards(self, kernel, arguments: tuple) -> None:
        """Run a kernel for all shards."""

        def some(first: int) -> None:
            for shard in range(first, SHARDS, self.threads):
                kernel(*arguments, shard)

        share(some, [(first,) for first in range(self.threads)])
