"""The passes of an alternating step over all coefficients of a picture: what each is.

Shapes: C planes, H rows, W columns, M matrices, B blocks.
"""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from numpy.typing import NDArray

if TYPE_CHECKING:
    from redraw.fields import Field


class Passes(ABC):
    """What a step does with all coefficients of a picture, (C, H, W), one pass after the other."""

    @abstractmethod
    def analyse(self, planes: NDArray) -> None:
        """Pixel averages to coefficients, in place. (C, H, W)"""

    @abstractmethod
    def correlate(
        self, coefficients: NDArray, inverses: NDArray, block_transforms: NDArray, threshold: float
    ) -> tuple[NDArray, NDArray]:
        """For each transform the sum of block times kept coefficients, and how many keep any.

        Returns:
            (M, 4, 4) float64 and (M,) int64.
        """

    @abstractmethod
    def choose(
        self,
        coefficients: NDArray,
        inverses: NDArray,
        threshold: float,
        costs: NDArray,
        block_transforms: NDArray,
    ) -> None:
        """Give each block the matrix with which it costs least.

        Args:
            costs: What naming a matrix costs where a block keeps anything. (M,)
            block_transforms: Filled; 0 where no matrix can lift any coefficient above the
                threshold. (B,)
        """

    @abstractmethod
    def multiply(self, coefficients: NDArray, inverses: NDArray, block_transforms: NDArray) -> None:
        """Multiply each block by the inverse of its matrix, in place. (C, H, W), (M, 4, 4), (B,)"""

    @abstractmethod
    def largest(self, coefficients: NDArray, keep: int) -> float:
        """The threshold above which there are at most `keep` absolute values. (C, H, W)"""

    @abstractmethod
    def averages(self, field: "Field") -> NDArray:
        """What the field has for all pixels. (C, H, W)"""
