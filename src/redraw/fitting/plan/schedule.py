"""Learning rate and sharpness: functions of the global step and the planned total alone.

So a resume never restarts them, and two processes at the same step always agree.
"""

import math
from typing import Literal

Schedule = Literal["cosine", "exponential", "constant"]


def rate_at(
    step: int,
    total: int,
    *,
    schedule: Schedule,
    lr_max: float,
    lr_min: float,
    warmup: float = 0.0,
) -> float:
    """The learning rate of a step.

    Args:
        step: From 0.
        total: Planned steps.
        schedule: "cosine" falls from `lr_max` to `lr_min` along half a cosine; "exponential" by a
            constant factor per step; "constant" stays.
        lr_max: The highest rate.
        lr_min: The rate at the end. Exponential decay to 0 takes lr_max / 1000 instead.
        warmup: Share of the plan over which the rate rises linearly.

    Example:
        >>> cosine = dict(schedule="cosine", lr_max=1.0, lr_min=0.0)
        >>> [round(rate_at(step, 100, **cosine), 3) for step in (0, 50, 100)]
        [1.0, 0.5, 0.0]

    Source: Loshchilov & Hutter 2017 (SGDR), eq. 5, without restarts.
    """
    rising = round(warmup * total)
    if step < rising:
        return lr_max * (step + 1) / rising
    progress = min(1.0, (step - rising) / max(1, total - rising))
    if schedule == "constant":
        return lr_max
    if schedule == "exponential":
        end = lr_min if lr_min > 0.0 else lr_max * 1e-3
        return lr_max * (end / lr_max) ** progress if lr_max > 0.0 else 0.0
    return lr_min + (lr_max - lr_min) * 0.5 * (1.0 + math.cos(math.pi * progress))


def sharpness_at(step: int, total: int, *, final: float, until: float) -> float:
    """Sharpness of the sigmoid: from 1 to `final` linearly over the share `until` of the plan."""
    progress = min(1.0, step / max(1.0, until * total))
    return 1.0 + (final - 1.0) * progress


def milestones(total: int, count: int) -> list[int]:
    """At most `count` different steps from 0 to `total`, geometrically spaced, both ends included.

    Example:
        >>> milestones(1000, 5)
        [0, 1, 10, 100, 1000]
    """
    if count <= 0:
        return []
    if count == 1 or total == 0:
        return [total]
    if count == 2:
        return [0, total]
    ratio = total ** (1.0 / (count - 2))
    return sorted({0, total, *(min(total, round(ratio**k)) for k in range(count - 1))})
