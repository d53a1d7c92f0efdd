"""Updates of parameters against torch.optim, and the order in which gradients are summed."""

import numpy as np
import pytest
import torch
from numba import njit

from redraw.engines import OptimizerConfig
from redraw.engines.cpu.engine import set_rates
from redraw.engines.solvers import gradient_solver
from redraw.kernels import optimizers
from redraw.kernels.names import RULES


@njit
def updated(rule, parameter, first, second, gradient, rates):
    optimizers.update(rule, parameter, first, second, 3, gradient, 2, 7, rates)


@njit
def gathered(sums, shards, stride, lanes, parts):
    return optimizers.gather_lanes(sums, 1, shards, stride, lanes, parts)


@pytest.mark.parametrize(
    "config",
    [
        OptimizerConfig("adam"),
        OptimizerConfig("adam", weight_decay=0.1, beta1=0.5, eps=1e-3),
        OptimizerConfig("adamw", weight_decay=0.1),
        OptimizerConfig("sgd"),
        OptimizerConfig("sgd", momentum=0.8, weight_decay=0.05),
    ],
)
def test_updates_are_those_of_pytorch(config):
    rng = np.random.default_rng(28)
    ours = rng.standard_normal(12)
    before, definition = ours.copy(), torch.nn.Parameter(torch.from_numpy(ours[3:10].copy()))
    optimizer = gradient_solver(config).torch_optimizer([{"params": [definition]}], 0.01, config)
    first, second, rates = np.zeros(12), np.zeros(12), np.zeros(10)
    for step in range(5):
        gradient = rng.standard_normal(12)
        definition.grad = torch.from_numpy(gradient[2:9].copy())
        optimizer.step()
        set_rates(rates, config, 0.01, step + 1)
        updated(RULES.index(config.kind), ours, first, second, gradient, rates)
        np.testing.assert_allclose(ours[3:10], definition.detach().numpy(), rtol=1e-12, atol=1e-14)
    np.testing.assert_array_equal(ours[[0, 1, 2, 10, 11]], before[[0, 1, 2, 10, 11]])


def test_shards_are_added_in_order_and_then_lanes():
    sums = np.array([0, 1e8, 1.0, 0, -1e8, 1.0], np.float32)
    parts = np.zeros(2, np.float32)
    # (1e8 - 1e8) + (1 + 1): in any other order a one would be lost.
    assert gathered(sums, 2, 3, 2, parts) == 2.0
