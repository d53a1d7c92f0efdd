"""The passes of an alternating step over all numbers of a picture: what each is, and plainly so.

`redraw.engines.spline_passes` has the fast twin.

Shapes: C planes, H rows, W columns, M matrices, B blocks.
"""

from abc import ABC, abstractmethod

import numpy as np
import torch
from numpy.typing import NDArray

from redraw.fields import Field
from redraw.fields.lattice import analyse, bands_of, read_blocks, with_blocks
from redraw.fields.spline import Spline, SplineConfig


class Passes(ABC):
    """What a step does with all numbers of a picture, (C, H, W), one pass after the other."""

    @abstractmethod
    def analyse(self, planes: NDArray) -> None:
        """Pixel averages to numbers, in place."""

    @abstractmethod
    def correlate(
        self, numbers: NDArray, inverses: NDArray, choices: NDArray, cut: float
    ) -> tuple[NDArray, NDArray]:
        """For each choice the sum of block times kept numbers, and the blocks that keep some.

        Returns:
            (M, 4, 4) float64 and (M,) int64.
        """

    @abstractmethod
    def choose(
        self, numbers: NDArray, inverses: NDArray, cut: float, costs: NDArray, choices: NDArray
    ) -> None:
        """Give each block the matrix with which it costs least.

        Args:
            costs: What naming a matrix costs where a block keeps anything. (M,)
            choices: Filled; 0 where no matrix can lift any number above the cut. (B,)
        """

    @abstractmethod
    def multiply(self, numbers: NDArray, inverses: NDArray, choices: NDArray) -> None:
        """Multiply each block by the inverse of its matrix, in place."""

    @abstractmethod
    def largest(self, numbers: NDArray, keep: int) -> float:
        """The threshold above which there are at most `keep` absolute values."""

    @abstractmethod
    def averages(self, field: Field) -> NDArray:
        """What the field has for all pixels. (C, H, W)"""


class PlainPasses(Passes):
    """In PyTorch and NumPy, as plainly as can be."""

    def __init__(self, config: SplineConfig) -> None:
        self.bands = bands_of(config.width, config.height, config.planes)

    def analyse(self, planes: NDArray) -> None:
        planes[:] = analyse(torch.from_numpy(planes)).numpy()

    def correlate(
        self, numbers: NDArray, inverses: NDArray, choices: NDArray, cut: float
    ) -> tuple[NDArray, NDArray]:
        sums, counts = np.zeros(inverses.shape), np.zeros(len(inverses), np.int64)
        for blocks, chosen in self._blocks(numbers, choices):
            for m in range(len(inverses)):
                block = blocks[chosen == m]
                kept = block @ inverses[m]
                kept[np.abs(kept) <= cut] = 0.0
                sums[m] += block.T.astype(np.float64) @ kept
                counts[m] += np.count_nonzero(kept.any(axis=1))
        return sums, counts

    def choose(
        self, numbers: NDArray, inverses: NDArray, cut: float, costs: NDArray, choices: NDArray
    ) -> None:
        square = cut * cut
        for blocks, chosen in self._blocks(numbers, choices):
            squares = np.einsum("bi,mij->mbj", blocks, inverses) ** 2
            total = np.minimum(squares, square).sum(axis=2)
            total += np.where(squares.max(axis=2) > square, costs[:, None], 0.0)
            best = total.argmin(axis=0)
            best[(blocks**2).sum(axis=1) <= square] = 0
            chosen[:] = best

    def multiply(self, numbers: NDArray, inverses: NDArray, choices: NDArray) -> None:
        result = torch.from_numpy(numbers)
        for band in self.bands:
            blocks = read_blocks(result, band)
            if len(blocks):
                chosen = torch.from_numpy(inverses[choices[band.first : band.first + len(blocks)]])
                result = with_blocks(result, band, torch.einsum("bi,bij->bj", blocks, chosen))
        numbers[:] = result.numpy()

    def largest(self, numbers: NDArray, keep: int) -> float:
        sizes = np.abs(numbers).reshape(-1)
        return 0.0 if keep >= len(sizes) else float(np.sort(sizes)[-keep - 1])

    def averages(self, field: Field) -> NDArray:
        assert isinstance(field.encoding, Spline)
        with torch.no_grad():
            return field.encoding.averages().cpu().numpy()

    def _blocks(self, numbers: NDArray, choices: NDArray):
        """The blocks of each band with their choices."""
        for band in self.bands:
            blocks = read_blocks(torch.from_numpy(numbers), band).numpy()
            if len(blocks):
                yield blocks, choices[band.first : band.first + len(blocks)]
