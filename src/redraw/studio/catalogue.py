"""What can be chosen before a fit: the presets, and the values that each begins with."""

import dataclasses
from typing import Any

from redraw.fitting.presets import PRESETS, Preset
from redraw.fitting.settings import FIXED, all_settings


def catalogue() -> dict[str, Any]:
    """Presets and settings, as JSON."""
    settings = {
        name: {"owner": owner, "kind": kind, "meaning": meaning}
        for name, (owner, kind, meaning) in all_settings().items()
    }
    return {
        "presets": [
            {"name": name, "about": preset.about, "values": _values(preset)}
            for name, preset in PRESETS.items()
        ],
        "settings": settings,
    }


def _values(preset: Preset) -> dict[str, str]:
    """A preset's values as they are typed after --set."""
    found: dict[str, str] = {}
    parts: tuple[Any, ...] = (preset.field, preset.field.encoding, preset.train)
    for part in parts:
        for item in dataclasses.fields(part):
            if item.name not in FIXED and item.name != "encoding":
                found[item.name] = typed(getattr(part, item.name))
    found["encoding"] = type(preset.field.encoding).kind
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
