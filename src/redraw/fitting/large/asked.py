"""What a fit in strips can be asked for, of all that a fit can be."""

from collections.abc import Mapping
from typing import Any

from redraw.errors import UsageError
from redraw.fitting.large.squares import Wanted, check_model
from redraw.fitting.plan.chosen_presets import WHOLE_PICTURES
from redraw.fitting.plan.presets import preset

# `model` by the name of what all of it becomes, or of what its squares do besides; `frames` and
# `rest` are for who watches.
TAKEN = ("psnr", "model", "threads", "max_pixels", "page", "frames", "rest")
NOT_IN_PART = (
    "{name} is fitted in strips, which leave no pixel open: of a cut file take what is there in"
    " memory, with --partial and a larger --max-pixels"
)
# Besides, where squares are fitted.
OF_SQUARES = ("steps", "footprint", "samples", "pixel_art")


def wanted_of(
    name: str, options: Mapping[str, Any], values: Mapping[str, Any]
) -> tuple[float | None, Wanted | None]:
    """The wanted quality in dB, or None if none was asked for; and how squares are fitted.

    Args:
        name: Of the picture, for messages.
        options: Of a fit and of what is done to a picture first; None counts as not given.
        values: Settings, as for `--set`.

    Raises:
        UsageError: something is asked that such a fit does not take.
    """
    given = {option: value for option, value in options.items() if value not in (None, False)}
    model = given.get("model", WHOLE_PICTURES)
    in_squares = not preset(model).strips
    if in_squares:
        check_model(name, model)
    if "partial" in given:
        raise UsageError(NOT_IN_PART.format(name=name))
    for option in given.keys() - {*TAKEN, *(OF_SQUARES if in_squares else ())}:
        raise UsageError(
            f"{name} is fitted in strips, which takes no --{option.replace('_', '-')}; leave it"
            " out, shrink the picture first, or raise --max-pixels to fit it in memory"
        )
    settings = {setting: value for setting, value in values.items() if setting != "quality"}
    for setting in () if in_squares else settings:
        raise UsageError(f"{name} is fitted in strips, which takes no --set {setting}=")
    wanted = values.get("quality", given.get("psnr"))
    try:
        quality = None if wanted is None else float(wanted)
    except (TypeError, ValueError):
        raise UsageError(f"quality is {wanted!r}; accepted: decibels") from None
    if not in_squares:
        return quality, None
    settings |= {option: given[option] for option in OF_SQUARES[1:] if option in given}
    return quality, Wanted(model, tuple(sorted(settings.items())), given.get("steps"))
