"""A field's configuration in one line, for people."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redraw.fields import FieldConfig


def architecture(config: "FieldConfig") -> str:
    """ "2 > 64 > 64 > 1, sine, omega 30, sigmoid output"."""
    from redraw.fields.sizes import ACTIVATIONS

    steps = (config.dimensions, config.encoding.describe(), *config.hidden, config.channels)
    parts = [" > ".join(str(step) for step in steps if step)]
    if not config.hidden:  # nothing is between layers
        return f"{parts[0]}, {config.output} output"
    parts.append(config.activation)
    parts += [f"{name} {getattr(config, name):g}" for name in ACTIVATIONS[config.activation]]
    return ", ".join([*parts, f"{config.output} output"])
