"""Numbers of a configuration that have to lie within bounds."""

from redraw.errors import UsageError


def check_ranges(config: object, whose: str, *ranges: tuple[str, float, float]) -> None:
    """Check attributes of a configuration.

    Args:
        config: Has them.
        whose: What it configures, for the message.
        *ranges: Names, and the least and the largest that is accepted.

    Raises:
        UsageError: one is outside, or not a number.
    """
    for name, low, high in ranges:
        value = getattr(config, name)
        if not low <= value <= high:
            raise UsageError(
                f"{name} of the {whose} is {value}; accepted: {low} to {high}", setting=name
            )
