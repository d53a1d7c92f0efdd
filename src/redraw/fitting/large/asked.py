"""What a fit in strips can be asked for, of all that a fit can be."""

from collections.abc import Mapping
from typing import Any

from redraw.errors import UsageError
from redraw.fitting.plan.chosen_presets import WHOLE_PICTURES

# `model` only by the name of what it makes; `frames` and `rest` are for who watches.
TAKEN = ("psnr", "model", "threads", "max_pixels", "page", "frames", "rest")


def quality_of(name: str, options: Mapping[str, Any], values: Mapping[str, Any]) -> float | None:
    """The wanted quality in dB, or None if none was asked for.

    Args:
        name: Of the picture, for messages.
        options: Of a fit and of what is done to a picture first; None counts as not given.
        values: Settings, as for `--set`.

    Raises:
        UsageError: something is asked that such a fit does not take.
    """
    given = {option: value for option, value in options.items() if value not in (None, False)}
    for option in given.keys() - set(TAKEN):
        raise UsageError(
            f"{name} is fitted in strips, which takes no --{option.replace('_', '-')}; leave it"
            " out, shrink the picture first, or raise --max-pixels to fit it in memory"
        )
    if given.get("model", WHOLE_PICTURES) != WHOLE_PICTURES:
        raise UsageError(
            f"{name} is fitted in strips, and --model {given['model']} needs it in memory;"
            " leave it out, shrink the picture first, or raise --max-pixels"
        )
    for setting in values.keys() - {"quality"}:
        raise UsageError(f"{name} is fitted in strips, which takes no --set {setting}=")
    wanted = values.get("quality", given.get("psnr"))
    try:
        return None if wanted is None else float(wanted)
    except (TypeError, ValueError):
        raise UsageError(f"quality is {wanted!r}; accepted: decibels") from None
