"""What can be chosen before a fit: presets with the values each begins with, and functions."""

import dataclasses
from typing import Any

from redraw.fields.config import FieldConfig
from redraw.fitting.plan.config import TrainConfig
from redraw.fitting.plan.presets import PRESETS
from redraw.fitting.plan.settings import FIXED, all_settings
from redraw.signals.table.examples import EXAMPLES

# Presets that are not offered: what they are made for is not there.
NOT_FOR = {"picture": ("table", "linear"), "table": ("ink", "spline")}


def catalogue() -> dict[str, Any]:
    """Presets, settings and functions, as JSON."""
    settings = {
        name: {"owner": owner, "kind": kind, "meaning": meaning}
        for name, (owner, kind, meaning) in all_settings().items()
    }
    return {
        "presets": [
            {
                "name": name,
                "about": preset.about,
                "values": values_of(preset.field, preset.train),
                "learns": [signal for signal, others in NOT_FOR.items() if name not in others],
            }
            for name, preset in PRESETS.items()
        ],
        "settings": settings,
        "functions": [{"name": name, "about": row.about} for name, row in EXAMPLES.items()],
    }


def values_of(field: FieldConfig, train: TrainConfig) -> dict[str, str]:
    """The values of configurations as they are typed after --set."""
    found: dict[str, str] = {}
    parts: tuple[Any, ...] = (field, field.encoding, train)
    for part in parts:
        for item in dataclasses.fields(part):
            if item.name not in FIXED and item.name != "encoding":
                found[item.name] = typed(getattr(part, item.name))
    found["encoding"] = type(field.encoding).kind
    return found


def typed(value: Any) -> str:
    """A value as it is typed after --set NAME=.

    Example:
        >>> typed((64, 64)), typed(1e-15), typed(None), typed(True)
        ('64,64', '1e-15', 'none', 'true')
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(typed(item) for item in value)
    return f"{value!r}" if isinstance(value, float) else str(value)
