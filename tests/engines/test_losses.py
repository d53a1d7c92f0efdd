import numpy as np
import pytest
import torch

from redraw.engines.losses import log_pixel_mean, losses, pixel_mean
from redraw.fields import Field, FieldConfig

KINDS = ("mse", "l1", "bce", "relative_l2")
COUNTS = {
    "one": [1, 1, 1, 1, 1],
    "many": [3, 3, 3, 3, 3],
    "ragged": [1, 4, 2, 1, 9],
    "single pixel": [5],
}


def drawn(counts, channels=2, seed=0):
    """Logits, and targets in [0, 1] among which are 0 and 1. (M, C), (B, C)"""
    rng = np.random.default_rng(seed)
    target = rng.random((len(counts), channels))
    target[0, 0], target[-1, -1] = 0.0, 1.0
    return rng.normal(0, 2, (sum(counts), channels)), target


def field(output="sigmoid", sharpness=1.0):
    made = Field.build(FieldConfig(hidden=(), output=output, channels=2))
    made.sharpness = sharpness
    return made


def formula(kind, values, counts, target):
    """Loss, squared error and the loss's slope in each pixel's mean, one pixel after another."""
    loss = squared = 0.0
    slopes = np.zeros_like(target)
    first = 0
    for b, count in enumerate(counts):
        p = values[first : first + count].mean(axis=0)
        first += count
        t = target[b]
        squared += ((p - t) ** 2).sum()
        if kind == "mse":
            loss += ((p - t) ** 2).sum()
            slopes[b] = 2 * (p - t)
        elif kind == "l1":
            loss += np.abs(p - t).sum()
            slopes[b] = np.sign(p - t)
        elif kind == "relative_l2":
            loss += ((p - t) ** 2 / (p**2 + 0.01)).sum()
            slopes[b] = 2 * (p - t) / (p**2 + 0.01)  # the denominator is a constant
        else:
            loss -= (t * np.log(p) + (1 - t) * np.log(1 - p)).sum()
            slopes[b] = (p - t) / (p * (1 - p))
    return loss, squared, slopes


def found(made, logits, counts, target, kind, dtype=torch.float64):
    raw = torch.tensor(logits, dtype=dtype, requires_grad=True)
    loss, squared = losses(made, raw, torch.tensor(counts), torch.tensor(target, dtype=dtype), kind)
    (gradient,) = torch.autograd.grad(loss, raw)
    assert not squared.requires_grad
    return loss.item(), squared.item(), gradient.double().numpy()


@pytest.mark.parametrize("counts", COUNTS.values(), ids=COUNTS)
@pytest.mark.parametrize("sharpness", [1.0, 3.0])
@pytest.mark.parametrize("kind", KINDS)
def test_loss_and_gradient_with_a_sigmoid(kind, sharpness, counts):
    logits, target = drawn(counts)
    values = 1 / (1 + np.exp(-sharpness * logits))
    loss, squared, slopes = formula(kind, values, counts, target)
    gradient = np.repeat(slopes / np.array(counts)[:, None], counts, axis=0)
    gradient *= sharpness * values * (1 - values)
    result = found(field("sigmoid", sharpness), logits, counts, target, kind)
    assert result[0] == pytest.approx(loss, rel=1e-12)
    assert result[1] == pytest.approx(squared, rel=1e-12)
    np.testing.assert_allclose(result[2], gradient, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("counts", COUNTS.values(), ids=COUNTS)
@pytest.mark.parametrize("kind", ["mse", "l1", "relative_l2"])
def test_loss_and_gradient_with_a_linear_output(kind, counts):
    values, target = drawn(counts)
    loss, squared, slopes = formula(kind, values, counts, target)
    result = found(field("linear"), values, counts, target, kind)
    assert result[0] == pytest.approx(loss, rel=1e-12)
    assert result[1] == pytest.approx(squared, rel=1e-12)
    gradient = np.repeat(slopes / np.array(counts)[:, None], counts, axis=0)
    np.testing.assert_allclose(result[2], gradient, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("z", [-200.0, -30.0, 0.0, 30.0, 200.0])
@pytest.mark.parametrize("t", [0.0, 0.3, 1.0])
def test_cross_entropy_of_one_position_is_exact_at_any_logit(z, t, dtype):
    """max(z, 0) - z t + log(1 + exp(-|z|)), with the slope sigmoid(z) - t."""
    loss, _, gradient = found(field(), [[z, z]], [1], [[t, t]], "bce", dtype)
    eps = torch.finfo(dtype).eps
    expected = max(z, 0.0) - z * t + np.log1p(np.exp(-abs(z)))
    assert loss == pytest.approx(2 * expected, rel=8 * eps, abs=torch.finfo(dtype).tiny)
    slope = 1 / (1 + np.exp(-z)) - t
    tiny = torch.finfo(dtype).tiny  # below it there is nothing but 0
    assert gradient == pytest.approx(np.full((1, 2), slope), rel=8 * eps, abs=8 * eps * t + tiny)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(
    ("z", "t", "loss", "slopes"),
    [
        # All say paper and it is ink: log of the mean of exp(-200) twice; half the slope each.
        ([-200.0, -200.0], 1.0, 200.0, [-0.5, -0.5]),
        ([200.0, 200.0], 0.0, 200.0, [0.5, 0.5]),
        # Half and half: the mean is 1/2 whatever the target, and sigmoids that flat have no slope.
        ([200.0, -200.0], 1.0, np.log(2), [0.0, 0.0]),
        ([200.0, -200.0], 0.0, np.log(2), [0.0, 0.0]),
        # The nearer of two carries the mean, and all of the slope.
        ([-200.0, -150.0], 1.0, 150 + np.log(2), [0.0, -1.0]),
        ([200.0, 150.0], 0.0, 150 + np.log(2), [0.0, 1.0]),
        # Right, and sure of it.
        ([200.0, 200.0], 1.0, 0.0, [0.0, 0.0]),
    ],
)
def test_cross_entropy_of_several_positions_is_exact_at_any_logit(z, t, loss, slopes, dtype):
    logits = np.repeat(np.array(z)[:, None], 2, axis=1)
    result = found(field(), logits, [2], [[t, t]], "bce", dtype)
    eps = torch.finfo(dtype).eps
    assert result[0] == pytest.approx(2 * loss, rel=8 * eps, abs=8 * eps)
    assert result[2][:, 0] == pytest.approx(np.array(slopes), rel=8 * eps, abs=8 * eps)


def test_relative_l2_does_not_differentiate_its_denominator():
    """Were it differentiated, the slope at p = t + d would have a term in d^2."""
    raw = torch.tensor([[0.5, 0.5]], dtype=torch.float64, requires_grad=True)
    target = torch.tensor([[0.0, 0.0]], dtype=torch.float64)
    loss, _ = losses(field("linear"), raw, torch.tensor([1]), target, "relative_l2")
    (gradient,) = torch.autograd.grad(loss, raw)
    assert gradient[0, 0].item() == pytest.approx(2 * 0.5 / (0.25 + 0.01))
    assert loss.item() == pytest.approx(2 * 0.25 / 0.26)


def test_means_of_ragged_pixels():
    values = torch.tensor([[1.0], [2.0], [4.0], [10.0]])
    counts = torch.tensor([3, 1])
    torch.testing.assert_close(pixel_mean(values, counts), torch.tensor([[7 / 3], [10.0]]))
    logs = log_pixel_mean(values.log(), counts)
    torch.testing.assert_close(logs.exp(), pixel_mean(values, counts))
