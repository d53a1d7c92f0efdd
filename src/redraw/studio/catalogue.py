"""What can be chosen before a fit: presets with the values each begins with, and functions."""

from dataclasses import fields
from pathlib import Path
from typing import Any

from redraw.fields.config import FieldConfig
from redraw.fields.sizes import ACTIVATIONS
from redraw.fitting.plan.config import TrainConfig
from redraw.fitting.plan.presets import PRESETS
from redraw.fitting.plan.settings import all_settings, settable
from redraw.signals.table.examples import EXAMPLES
from redraw.studio.kinds import SIGNALS

# Pictures of one detail as each preset draws it: made by `python -m benchmarks.preset_pictures`.
SHOWN = Path(__file__).parent / "static" / "presets"


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
                "own": chosen_by(preset.field, preset.train),
                "shown": (SHOWN / f"{name}.png").is_file(),
                "learns": [signal for signal in SIGNALS if preset.is_for(signal)],
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
        for name in settable(type(part)):
            if name != "encoding":
                found[name] = typed(getattr(part, name))
    found["encoding"] = field.encoding.kind
    return found


def chosen_by(field: FieldConfig, train: TrainConfig) -> list[str]:
    """What a preset is made of: its size, its encoding, and values that are not the usual ones."""
    usual = {item.name: item.default for cls in (FieldConfig, TrainConfig) for item in fields(cls)}
    found = ["encoding", *field.encoding.sized_by, *settable(type(field.encoding))]
    if field.hidden:  # what every network is tuned by
        tuned = ("activation", *ACTIVATIONS[field.activation])
        found += [name for name in settable(FieldConfig) if name.startswith(tuned)]
        found += ["batch", "lr_max"]
    for part in (field, train):
        names = [name for name in settable(type(part)) if name != "encoding"]
        found += [name for name in names if getattr(part, name) != usual[name]]
    return list(dict.fromkeys(found))


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
