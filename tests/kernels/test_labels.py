"""The bending of potentials against differences of a plane, and their update against PyTorch's.

Whole steps are compared with the definition in tests/engines/labels/test_twins.py.
"""

import numpy as np
import torch

from redraw.kernels.labels import curvatures, update_potentials

H, W = 5, 6


def links():
    """Of a full plane of nodes: those to the left, to the right, above and below. (P, 4)"""
    number = np.pad(np.arange(H * W).reshape(H, W), 1, constant_values=-1)
    sides = (number[1:-1, :-2], number[1:-1, 2:], number[:-2, 1:-1], number[2:, 1:-1])
    return np.stack([side.ravel() for side in sides], 1).astype(np.int32)


def bent(plane):
    """Second differences: along rows, along columns, mixed."""
    across = plane[:, :-2] + plane[:, 2:] - 2 * plane[:, 1:-1]
    down = plane[:-2] + plane[2:] - 2 * plane[1:-1]
    mixed = plane[:-1, :-1] - plane[:-1, 1:] - plane[1:, :-1] + plane[1:, 1:]
    return across, down, mixed


def test_curvatures_are_second_differences_and_nothing_at_the_ends():
    plane = np.random.default_rng(17).standard_normal((H, W)).astype(np.float32)
    out = np.full((H * W, 3), 9, np.float32)
    for part in range(3):
        curvatures(plane.ravel(), links(), out, part, 3)
    found = out.reshape(H, W, 3)
    across, down, mixed = bent(plane)
    expected = np.zeros((H, W, 3))
    expected[:, 1:-1, 0], expected[1:-1, :, 1], expected[:-1, :-1, 2] = across, down, mixed
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_updates_are_adams_with_the_gradient_of_the_bending_added():
    rng = np.random.default_rng(18)
    plane = rng.standard_normal((H, W)).astype(np.float32)
    given = rng.standard_normal((3, H * W)).astype(np.float32)
    definition = torch.nn.Parameter(torch.from_numpy(plane.copy()))
    adam = torch.optim.Adam([definition], lr=0.03, betas=(0.9, 0.99), eps=1e-8)
    ours, first, second = plane.ravel().copy(), np.zeros(H * W, np.float32), np.zeros_like(given[0])
    curved = np.zeros((H * W, 3), np.float32)
    for step, slope in enumerate(given, start=1):
        adam.zero_grad()
        across, down, mixed = bent(definition)
        energy = 0.2 * ((across**2).sum() + (down**2).sum() + 2 * (mixed**2).sum())
        (energy + (definition.ravel() * torch.from_numpy(slope)).sum()).backward()
        adam.step()
        gradient = slope.copy()
        curvatures(ours, links(), curved, 0, 1)
        update_potentials(
            ours, gradient, first, second, links(), curved, np.float32(0.2), np.float32(0.03),
            np.float32(1 / (1 - 0.9**step)), np.float32(1 / (1 - 0.99**step)), 0, 1,
        )  # fmt: skip
        assert not gradient.any()
        np.testing.assert_allclose(ours, definition.detach().numpy().ravel(), atol=2e-6)
