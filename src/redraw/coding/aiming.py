"""What coefficients aim at, so that each makes up for what the others miss.

The 9/7 wavelet isn't quite orthogonal: the synthesis functions of neighbours overlap, and so do the
errors of the pixels that they leave. A coefficient that goes where the pixels want it, given what
all others became, leaves less than one that goes to its own nearest step.

Shapes: C planes, H rows, W columns, L levels.
"""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from redraw.coding.pyramid import SHARES, STEP_SHIFT, Pyramid
from redraw.kernels import aiming, lifting, quantising

# Which part of what the others missed a coefficient makes up for: as all coefficients move at once,
# all of it would be too much (on kodim05 and 23 from .25 to .45 of it serves as well, all of it
# harms).
TAKEN = 0.35


def weight(level: int, third: int) -> float:
    """1 over the square of the norm of a band's synthesis function."""
    return (SHARES[level][0 if third < 2 else 1] / (1 << STEP_SHIFT)) ** 2


def aim(
    pyramid: Pyramid,
    coefficients: NDArray[np.int32],
    corners: NDArray[np.int32],
    steps: NDArray[np.int64],
    price: float,
    exact: NDArray[np.float32],
    *,
    threads: int = 2,
) -> None:
    """Where coefficients aim, in steps, given what they will become about. The low ones stay.

    Args:
        pyramid: Which bands there are.
        coefficients: Exact. (C, H, W)
        corners: The low coefficients of the last level in steps. (C, h, w)
        steps: Of each band, in 1/256. (L, 4)
        price: Of a bit, in squared steps.
        exact: Filled but for the low coefficients. (C, H, W)
        threads: How many work, each on a plane.
    """

    def of_plane(plane: int) -> None:
        own = coefficients[plane]
        errors = own - _guessed(pyramid, own, corners[plane], steps, price)
        samples = errors.copy()
        lifting.synthesise(samples, pyramid.downs, pyramid.acrosses, 0)
        shares = samples.astype(np.float32)
        aiming.gather(shares, pyramid.downs, pyramid.acrosses)
        for level, third in _bands(pyramid):
            aiming.aimed(
                own, errors, shares, pyramid.part(level, third), TAKEN, weight(level, third),
                steps[level, third], exact[plane],
            )  # fmt: skip

    if threads < 2 or pyramid.planes < 2:
        for plane in range(pyramid.planes):
            of_plane(plane)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(of_plane, range(pyramid.planes)))


def guessed_error(
    pyramid: Pyramid, coefficients: NDArray[np.int32], steps: NDArray[np.int64], price: float
) -> float:
    """About the sum of the squared errors of a plane's samples, without coding. (H, W)

    Args:
        pyramid: Which bands there are.
        coefficients: Exact, of one plane.
        steps: Of each band, in 1/256. (L, 4)
        price: Of a bit, in squared steps.
    """
    corner = corner_of(pyramid, coefficients, steps)
    missed = (coefficients - _guessed(pyramid, coefficients, corner, steps, price)).astype(
        np.float32
    )
    total = 0.0
    for level, third in _bands(pyramid):
        own = missed[pyramid.rectangle(level, third)].ravel()
        total += float(own @ own) / weight(level, third)
    return total


def _bands(pyramid: Pyramid) -> Iterator[tuple[int, int]]:
    """Level and third of each band of a plane."""
    return itertools.product(range(pyramid.levels), range(3))


def corner_of(
    pyramid: Pyramid, coefficients: NDArray[np.int32], steps: NDArray[np.int64]
) -> NDArray[np.int32]:
    """The low coefficients of the last level in steps. (..., H, W), (L, 4) -> (..., h, w)"""
    h, w = int(pyramid.downs[-1]), int(pyramid.acrosses[-1])
    return np.rint(coefficients[..., :h, :w] * (256.0 / steps[-1, 3])).astype(np.int32)


def guessed(
    pyramid: Pyramid,
    coefficients: NDArray[np.int32],
    corner: NDArray[np.int32],
    steps: NDArray[np.int64],
    price: float,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """About what the coder will choose for a plane's coefficients.

    In two photographs at 42 to 44 dB 99 % of the coefficients are guessed as the coder then
    chooses.

    Args:
        pyramid: Which bands there are.
        coefficients: Exact, of one plane. (H, W)
        corner: The low coefficients of the last level in steps. (h, w)
        steps: Of each band, in 1/256. (L, 4)
        price: Of a bit, in squared steps.

    Returns:
        The coefficients in steps (H, W); and for sizes of 1, 2 and more the sum of what they were
        rounded down by, and how many there are. (SIZES, 2)
    """
    whole, sums = np.zeros_like(coefficients), np.zeros((quantising.SIZES, 2))
    for level, third in _bands(pyramid):
        part = pyramid.part(level, third)
        aiming.guess(coefficients, part, steps[level, third], price, whole, sums)
    whole[: corner.shape[0], : corner.shape[1]] = corner
    return whole, sums


def places_of(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where in their step they lie, in 1/64, by what rounding took of them. (..., 2) -> (...)"""
    return np.rint(64.0 * sums[..., 0] / np.maximum(sums[..., 1], 1.0))


def _guessed(
    pyramid: Pyramid,
    coefficients: NDArray[np.int32],
    corner: NDArray[np.int32],
    steps: NDArray[np.int64],
    price: float,
) -> NDArray[np.int32]:
    """About what a reader will make of a plane's coefficients. (H, W), (h, w) -> (H, W)"""
    whole, sums = guessed(pyramid, coefficients, corner, steps, price)
    restored, places = np.zeros_like(coefficients), places_of(sums).astype(np.int64)
    for level, third in _bands(pyramid):
        part = pyramid.part(level, third)
        quantising.restore(whole, part, steps[level, third], places, restored)
    low = np.array([0, corner.shape[0], 0, corner.shape[1]], np.int64)
    none = np.zeros(quantising.SIZES, np.int64)
    quantising.restore(whole, low, steps[-1, 3], none, restored)
    return restored
