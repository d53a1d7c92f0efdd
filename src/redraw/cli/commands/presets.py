"""`redraw presets`: the table of presets, and everything that `--set` takes."""

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from redraw.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table

    from redraw.fitting.plan.presets import Preset

app = App(
    name="presets",
    help_epilogue="""\
    redraw presets
    redraw presets siren
    redraw fit cub --model siren --set omega=20 --set hidden=32,32
""",
)


@app.default
def presets(
    name: Annotated[str | None, Parameter(help="Show one preset with all its values.")] = None,
    /,
    *,
    json: Json = False,
) -> int:
    """List the presets, or the values of one. Returns the exit code."""
    from redraw.cli.screen import put_json
    from redraw.fitting.plan.presets import PRESETS, preset
    from redraw.fitting.plan.settings import setting_names

    chosen = PRESETS if name is None else {name: preset(name)}
    if json:
        table = {name: _as_json(preset) for name, preset in chosen.items()}
        put_json({"presets": table, "settings": setting_names()})
    elif name is None:
        _show_all(chosen)
    else:
        _show_one(name, chosen[name])
    return 0


def parameters(preset: "Preset") -> int:
    """Learned numbers, for a grey picture; of those sized by the picture, as they are set."""
    from redraw.fields import sizes

    return sizes.parameters(preset.field)


def values(preset: "Preset") -> dict[str, Any]:
    """All values of a preset under the names that `--set` takes."""
    from redraw.fields.config import plain
    from redraw.fitting.plan.settings import settable

    field, encoding = preset.field, preset.field.encoding
    parts = {"encoding": encoding.kind}
    for part in (encoding, field, preset.train):
        names = [name for name in settable(type(part)) if name != "encoding"]
        # Where two know a name, `--set` changes the encoding's.
        parts |= {name: plain(getattr(part, name)) for name in names if name not in parts}
    return parts


def _as_json(preset: "Preset") -> dict[str, Any]:
    return {"about": preset.about, "parameters": parameters(preset), "values": values(preset)}


def _table(*columns: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(columns[0], style="bold", no_wrap=True)
    for column in columns[1:]:
        table.add_column(column)
    return table


def _show_all(presets: "Mapping[str, Preset]") -> None:
    from redraw.cli.screen import say, show

    table = _table("preset", "parameters", "steps", "rate", "what it is")
    for column in table.columns[1:4]:
        column.justify, column.no_wrap = "right", True
    for name, preset in presets.items():
        train = preset.train
        by_picture = preset.share or preset.quality is not None
        count = "by picture" if by_picture else f"{parameters(preset):,}"
        table.add_row(name, count, f"{train.steps:,}", f"{train.lr_max:g}", preset.about)
    show(table)
    say(
        "Drawn pictures get cel, line drawings ink, all else wavelet; `--model NAME` takes another."
    )
    say("`redraw presets NAME` shows all values of one, which `--set` can change.")


def _show_one(name: str, preset: "Preset") -> None:
    from redraw.cli.screen import say, show
    from redraw.fitting.plan.settings import all_settings

    settings = all_settings()
    table = _table("name", "value", "accepted, meaning")
    owner = ""
    for key, value in values(preset).items():
        setting = settings[key]
        if setting.owner != owner and owner:
            table.add_section()
        owner = setting.owner
        table.add_row(key, _shown(value), _explained(setting.kind, setting.meaning))
    say(f"{name}: {preset.about}")
    show(table)
    others = [key for key in settings if key not in values(preset)]
    say(f"Of other encodings (--set encoding=...): {', '.join(others)}")
    if preset.variant is not None:
        where = preset.variant.where
        changed = _changed(preset, preset.variant.preset)
        say(f"{where[:1].upper()}{where[1:]} it becomes: {changed}")


def _changed(preset: "Preset", other: "Preset") -> str:
    """What another preset is, and its values where they differ and count."""
    before, after = values(preset), values(other)
    # Its activation has no frequency, and the picture decides the resolution of its grids.
    unused = ("omega", "omega_first", "base_resolution", "per_level_scale")
    changed = [
        f"{key}={_shown(value)}"
        for key, value in after.items()
        if before.get(key) != value and key not in unused
    ]
    coarsest, finest = other.cells
    return f"{other.about} (cells of {coarsest:g} to {finest:g} pixels); {', '.join(changed)}"


def _explained(kind: str, meaning: str) -> str:
    """The meaning, after the accepted values where neither it nor the value shows them."""
    if meaning.startswith('"') or (meaning and kind in ("a number", "a whole number")):
        return meaning
    return f"{kind}. {meaning}".strip()


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
