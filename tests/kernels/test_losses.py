"""A block's loss and gradient against autograd, for pixels of one sample and of several."""

import numpy as np
import pytest
import torch
from numba import njit

from redraw.kernels import losses
from redraw.kernels.names import BCE, LOSSES, RELATIVE_EPS

PANEL, CHANNELS = 8, 2


@njit
def single(kind, work, gradient, stride, pixels, targets, rows, scale, totals):
    losses.single_losses(
        kind, work, 0, gradient, stride, PANEL, pixels, targets, rows, CHANNELS, scale, totals, 0
    )


@njit
def block(kind, work, size, stride, counts, pixels, targets, rows, scale, totals):
    losses.block_loss(
        kind, work, 0, size, 2 * size, 3 * size, stride, PANEL, counts, pixels, targets, rows,
        CHANNELS, scale, totals, 0,
    )  # fmt: skip


def panels(samples):
    """(samples, C) as panels of rows of channels, flat."""
    number = -(-len(samples) // PANEL)
    padded = np.zeros((number * PANEL, CHANNELS))
    padded[: len(samples)] = samples
    return padded.reshape(number, PANEL, CHANNELS).transpose(0, 2, 1).reshape(-1)


def from_panels(flat, count):
    return flat.reshape(-1, CHANNELS, PANEL).transpose(0, 2, 1).reshape(-1, CHANNELS)[:count]


def defined(kind, means, targets):
    """The mean loss, written out; means are of a sigmoid for bce."""
    if kind == "mse":
        return ((means - targets) ** 2).mean()
    if kind == "l1":
        return (means - targets).abs().mean()
    if kind == "relative_l2":
        return ((means - targets) ** 2 / (means.detach() ** 2 + RELATIVE_EPS)).mean()
    return torch.nn.functional.binary_cross_entropy(means, targets)


@pytest.mark.parametrize("kind", LOSSES)
@pytest.mark.parametrize("counts", [[1] * 11, [1, 4, 2, 1, 6, 1]])
def test_the_block_agrees_with_autograd(kind, counts):
    rng = np.random.default_rng(29)
    counts, total = np.array(counts), sum(counts)
    logits = torch.from_numpy(rng.standard_normal((total, CHANNELS))).requires_grad_()
    bce = kind == "bce"
    values = torch.sigmoid(logits) if bce else logits
    targets = rng.random((20, CHANNELS))
    rows = rng.permutation(20)[: len(counts)]
    pixel = torch.from_numpy(np.repeat(np.arange(len(counts)), counts))
    sums = torch.zeros(len(counts), CHANNELS, dtype=torch.float64).index_add(0, pixel, values)
    means = sums / torch.from_numpy(counts)[:, None]
    defined(kind, means, torch.from_numpy(targets[rows])).backward()
    given = panels(logits.detach().numpy()), panels(values.detach().numpy())
    size = len(given[0])
    work = np.concatenate([*given, 1 - given[1], np.zeros(size)])
    totals, scale = np.zeros((1, 2)), 1 / (len(counts) * CHANNELS)
    stride = PANEL * CHANNELS
    block(LOSSES.index(kind), work, size, stride, counts, len(counts), targets, rows, scale, totals)
    expected = float(defined(kind, means.detach(), torch.from_numpy(targets[rows])))
    assert totals[0, 0] * scale == pytest.approx(expected, rel=1e-12)
    square = float(((means.detach().numpy() - targets[rows]) ** 2).sum())
    assert totals[0, 1] == pytest.approx(square, rel=1e-12)
    gradient = from_panels(work[3 * size :], total)
    np.testing.assert_allclose(gradient, logits.grad.numpy(), rtol=1e-10, atol=1e-14)
    if (counts == 1).all() and not bce:
        once, again = np.concatenate([given[1], np.zeros(size)]), np.zeros((1, 2))
        single(LOSSES.index(kind), once, size, stride, len(counts), targets, rows, scale, again)
        np.testing.assert_allclose(once[size:], work[3 * size :], rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(again, totals, rtol=1e-12)


def test_chances_that_no_float_holds_still_have_logarithms():
    """sigmoid(-200) is 0 in float32; its logarithm is -200."""
    work = np.concatenate([panels(np.full((1, CHANNELS), -200.0)), np.zeros(3 * PANEL * CHANNELS)])
    size = PANEL * CHANNELS
    work[2 * size : 3 * size] = 1.0
    totals = np.zeros((1, 2))
    block(
        BCE, work.astype(np.float32), size, size, np.array([1]), 1, np.ones((1, CHANNELS)),
        np.array([0]), np.float32(0.5), totals,
    )  # fmt: skip
    assert totals[0, 0] == pytest.approx(400.0, rel=1e-6)
