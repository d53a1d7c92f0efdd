"""The filter of coded planes, as docs/format.md says it: the definition.

The fast twin is `redraw.kernels.filtering`.

Shapes: H rows, W columns, K sets of weights, T weights of each.
"""

import torch
from torch import Tensor

from redraw.coding.description import FILTER_LIMITS, FILTER_PAIRS, FILTER_SHIFT

LARGEST = 1 << 23
# Where the two neighbours are whose middle a pixel's bend is from: down and right.
DIRECTIONS = ((1, 0), (0, 1), (1, 1), (1, -1))


def filtered(plane: Tensor, step: int, weights: Tensor) -> Tensor:
    """A plane filtered.

    Args:
        plane: (H, W) int64
        step: Of the picture, in 1/256 units of the planes.
        weights: In 1/128; one set for all pixels, or one for each class. (K, T) int64
    """
    limit = step * 90 >> 16
    zero = torch.zeros_like(plane)
    classes, turns = chosen(plane, step) if len(weights) > 1 else (zero, zero)
    total = torch.full_like(plane, 1 << (FILTER_SHIFT - 1))
    for i, (down, right) in enumerate(FILTER_PAIRS):
        turned = ((down, right), (right, down), (down, -right))
        both, held = zero, zero
        for turn, (dy, dx) in enumerate(turned):
            one, other = moved(plane, dy, dx) - plane, moved(plane, -dy, -dx) - plane
            here = turns == turn
            both = torch.where(here, one + other, both)
            held = torch.where(here, one.clamp(-limit, limit) + other.clamp(-limit, limit), held)
        total += (
            weights[classes, FILTER_LIMITS * i] * both
            + weights[classes, FILTER_LIMITS * i + 1] * held
        )
    return (plane + (total >> FILTER_SHIFT)).clamp(-LARGEST, LARGEST)


def chosen(plane: Tensor, step: int) -> tuple[Tensor, Tensor]:
    """The class of each pixel, and how its weights are turned. (H, W) int64 each"""
    v, h, falling, rising = (_bent(plane, *direction) for direction in DIRECTIONS)
    busy = (v + h) << 10
    classes = 3 * ((busy >= 5 * step).long() + (busy >= 25 * step).long())
    upright = (v - h).abs() >= (falling - rising).abs()
    axis = upright & (torch.maximum(v, h) > 2 * torch.minimum(v, h))
    diagonal = ~upright & (torch.maximum(falling, rising) > 2 * torch.minimum(falling, rising))
    turns = torch.where(axis & (h > v), 1, torch.where(diagonal & (rising > falling), 2, 0))
    return classes + axis.long() + 2 * diagonal.long(), turns


def moved(plane: Tensor, down: int, right: int) -> Tensor:
    """The pixel so many further down and right of each, the nearest beyond the edges. (H, W)"""
    height, width = plane.shape
    rows = (torch.arange(height) + down).clamp(0, height - 1)
    columns = (torch.arange(width) + right).clamp(0, width - 1)
    return plane[rows][:, columns]


def _bent(plane: Tensor, down: int, right: int) -> Tensor:
    """How far pixels are from the middle between two neighbours, over 5 x 5. (H, W)"""
    own = (2 * plane - moved(plane, down, right) - moved(plane, -down, -right)).abs()
    near = range(-2, 3)
    return torch.stack([moved(own, y, x) for y in near for x in near]).sum(0)
