"""The update of potentials: PyTorch's Adam, with the gradient of their bending.

Whole steps are compared with the definition in tests/engines/labels/test_twins.py.
"""

import numpy as np
import torch

from redraw.kernels.label_updates import add_bending, update_potentials

H, W = 5, 6


def around():
    """Of a full plane of nodes: those above and below (P, 2), and whether there are some beside."""
    number = np.pad(np.arange(H * W).reshape(H, W), 1, constant_values=-1)
    sides = [side.ravel() for side in (number[:-2, 1:-1], number[2:, 1:-1])]
    beside = (number[1:-1, :-2] >= 0) + 2 * (number[1:-1, 2:] >= 0)
    return np.stack(sides, 1).astype(np.int32), beside.ravel().astype(np.uint8)


def bending(plane):
    """The sum of squared second derivatives, by differences."""
    across = plane[:, :-2] + plane[:, 2:] - 2 * plane[:, 1:-1]
    down = plane[:-2] + plane[2:] - 2 * plane[1:-1]
    mixed = plane[:-1, :-1] - plane[:-1, 1:] - plane[1:, :-1] + plane[1:, 1:]
    return (across**2).sum() + (down**2).sum() + 2 * (mixed**2).sum()


def test_updates_are_adams_with_the_gradient_of_the_bending_added():
    rng = np.random.default_rng(18)
    plane = rng.standard_normal((H, W)).astype(np.float32)
    given = rng.standard_normal((3, H * W)).astype(np.float32)
    definition = torch.nn.Parameter(torch.from_numpy(plane.copy()))
    adam = torch.optim.Adam([definition], lr=0.03, betas=(0.9, 0.99), eps=1e-8)
    ours, first, second = plane.ravel().copy(), np.zeros(H * W, np.float32), np.zeros_like(given[0])
    links, beside = around()
    for step, slope in enumerate(given, start=1):
        adam.zero_grad()
        pull = (definition.ravel() * torch.from_numpy(slope)).sum()
        (0.2 * bending(definition) + pull).backward()
        adam.step()
        gradient = slope.copy()
        for part in range(3):
            add_bending(ours, gradient, links, beside, np.float32(0.2), part, 3)
        for part in range(3):
            update_potentials(
                ours, gradient, first, second, np.float32(0.03),
                np.float32(1 / (1 - 0.9**step)), np.float32(1 / (1 - 0.99**step)), part, 3,
            )  # fmt: skip
        assert not gradient.any()
        np.testing.assert_allclose(ours, definition.detach().numpy().ravel(), atol=2e-6)
