"""The losses, as the reference engine computes them.

Each takes the network's raw numbers at M positions, averages over the positions of each pixel, and
compares with the pixels' values. Shapes: M positions, B pixels, C channels.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from redraw.engines.contract import Loss
from redraw.fields import Field
from redraw.fields.outputs import SigmoidOutput, SoftmaxOutput
from redraw.kernels.names import RELATIVE_EPS


def pixel_mean(values: Tensor, counts: Tensor) -> Tensor:
    """The mean over each pixel's positions. (M, C), counts (B,) -> (B, C)"""
    if values.shape[0] == counts.shape[0]:
        return values
    owner = torch.repeat_interleave(counts)
    total = values.new_zeros(counts.shape[0], values.shape[1]).index_add(0, owner, values)
    return total / counts.to(values.dtype)[:, None]


def log_pixel_mean(logs: Tensor, counts: Tensor) -> Tensor:
    """log of the mean of exp(logs) over each pixel's positions, safely. (M, C) -> (B, C)"""
    if logs.shape[0] == counts.shape[0]:
        return logs
    owner = torch.repeat_interleave(counts)
    index = owner[:, None].expand_as(logs)
    start = torch.full((counts.shape[0], logs.shape[1]), -torch.inf, dtype=logs.dtype)
    highest = start.to(logs.device).scatter_reduce(0, index, logs.detach(), "amax")
    scaled = torch.exp(logs - highest[owner])
    return highest + torch.log(pixel_mean(scaled, counts))


def _mse(field: Field, raw: Tensor, counts: Tensor, mean: Tensor, target: Tensor) -> Tensor:
    return ((mean - target) ** 2).sum()


def _l1(field: Field, raw: Tensor, counts: Tensor, mean: Tensor, target: Tensor) -> Tensor:
    return (mean - target).abs().sum()


def _relative_l2(field: Field, raw: Tensor, counts: Tensor, mean: Tensor, target: Tensor) -> Tensor:
    return ((mean - target) ** 2 / (mean.detach() ** 2 + RELATIVE_EPS)).sum()


def _bce(field: Field, raw: Tensor, counts: Tensor, mean: Tensor, target: Tensor) -> Tensor:
    assert isinstance(field.output, SigmoidOutput)
    logits = field.output.logits(raw)
    log_ink = log_pixel_mean(torch.nn.functional.logsigmoid(logits), counts)
    log_paper = log_pixel_mean(torch.nn.functional.logsigmoid(-logits), counts)
    return -(target * log_ink + (1.0 - target) * log_paper).sum()


def _cross_entropy(
    field: Field, raw: Tensor, counts: Tensor, mean: Tensor, target: Tensor
) -> Tensor:
    assert isinstance(field.output, SoftmaxOutput)
    logs = log_pixel_mean(torch.nn.functional.log_softmax(raw, dim=-1), counts)
    return -(target * logs).sum()


# By the names of `redraw.engines.contract.Loss`. Each takes the field, its raw numbers (M, C), the
# positions per pixel (B,), the means of its values and the targets (B, C), and gives a sum.
LOSSES: dict[Loss, Callable[[Field, Tensor, Tensor, Tensor, Tensor], Tensor]] = {
    "mse": _mse,
    "l1": _l1,
    "bce": _bce,
    "relative_l2": _relative_l2,
    "cross_entropy": _cross_entropy,
}


def losses(
    field: Field, raw: Tensor, counts: Tensor, target: Tensor, kind: Loss
) -> tuple[Tensor, Tensor]:
    """Loss and squared error, each summed over pixels and channels.

    Args:
        field: Whose output function applies.
        raw: The network's numbers at the positions, pixel after pixel. (M, C)
        counts: Positions per pixel. (B,)
        target: The pixels' values. (B, C)
        kind: "mse"; "l1"; "bce", the cross-entropy between the target and the mean probability,
            from logits all the way, so that it is finite in float32 however large they are;
            "relative_l2", (p - t)^2 / (p^2 + .01) with the denominator held constant; or
            "cross_entropy" between the targets, a probability for each class, and the mean
            probabilities of a softmax, from logits as well.

    Returns:
        Two scalars; the second carries no gradient.

    Source: "relative_l2": Mueller et al. 2022, "Instant neural graphics primitives", as in
    tiny-cuda-nn; the others: Bishop 2006, "Pattern recognition and machine learning", chapter 4.3.
    """
    mean = pixel_mean(field.output(raw), counts)
    squared = ((mean - target).detach() ** 2).sum()
    return LOSSES[kind](field, raw, counts, mean, target), squared
