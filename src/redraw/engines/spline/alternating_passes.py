"""The passes of an alternating step over all coefficients of a picture, plainly.

`redraw.engines.spline.passes` says what each is, and `redraw.engines.spline.kernel_passes` has the
fast twin.

Shapes: C planes, H rows, W columns, M matrices, B blocks.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from redraw.engines.spline.passes import Passes
from redraw.fields import Field
from redraw.fields.bands import bands_of
from redraw.fields.lattice import analyse, read_blocks, with_blocks
from redraw.fields.spline import Spline
from redraw.fields.spline_config import SplineConfig


class PlainPasses(Passes):
    """In PyTorch and NumPy, as plainly as can be."""

    def __init__(self, config: SplineConfig) -> None:
        self.bands = bands_of(config.width, config.height, config.planes)

    def analyse(self, planes: NDArray) -> None:
        planes[:] = analyse(torch.from_numpy(planes)).numpy()

    def correlate(
        self, coefficients: NDArray, inverses: NDArray, block_transforms: NDArray, threshold: float
    ) -> tuple[NDArray, NDArray]:
        sums, counts = np.zeros(inverses.shape), np.zeros(len(inverses), np.int64)
        for blocks, chosen in self._blocks(coefficients, block_transforms):
            for m in range(len(inverses)):
                block = blocks[chosen == m]
                kept = block @ inverses[m]
                kept[np.abs(kept) <= threshold] = 0.0
                sums[m] += block.T.astype(np.float64) @ kept
                counts[m] += np.count_nonzero(kept.any(axis=1))
        return sums, counts

    def choose(
        self,
        coefficients: NDArray,
        inverses: NDArray,
        threshold: float,
        costs: NDArray,
        block_transforms: NDArray,
    ) -> None:
        square = threshold * threshold
        for blocks, chosen in self._blocks(coefficients, block_transforms):
            squares = np.einsum("bi,mij->mbj", blocks, inverses) ** 2
            total = np.minimum(squares, square).sum(axis=2)
            total += np.where(squares.max(axis=2) > square, costs[:, None], 0.0)
            best = total.argmin(axis=0)
            best[(blocks**2).sum(axis=1) <= square] = 0
            chosen[:] = best

    def multiply(self, coefficients: NDArray, inverses: NDArray, block_transforms: NDArray) -> None:
        result = torch.from_numpy(coefficients)
        for band in self.bands:
            blocks = read_blocks(result, band)
            if len(blocks):
                chosen = torch.from_numpy(
                    inverses[block_transforms[band.first : band.first + len(blocks)]]
                )
                result = with_blocks(result, band, torch.einsum("bi,bij->bj", blocks, chosen))
        coefficients[:] = result.numpy()

    def largest(self, coefficients: NDArray, keep: int) -> float:
        sizes = np.abs(coefficients).reshape(-1)
        return 0.0 if keep >= len(sizes) else float(np.sort(sizes)[-keep - 1])

    def averages(self, field: Field) -> NDArray:
        assert isinstance(field.encoding, Spline)
        with torch.no_grad():
            return field.encoding.averages().cpu().numpy()

    def _blocks(self, coefficients: NDArray, block_transforms: NDArray):
        """the blocks of each band with their transforms."""
        for band in self.bands:
            blocks = read_blocks(torch.from_numpy(coefficients), band).numpy()
            if len(blocks):
                yield blocks, block_transforms[band.first : band.first + len(blocks)]
