"""`redraw presets`: the table of presets, and the names that `--set` takes."""

from typing import TYPE_CHECKING, Any

from cyclopts import App

from redraw.cli.options import Json

if TYPE_CHECKING:
    from redraw.fitting.presets import Preset

app = App(name="presets", help_epilogue="    redraw fit cub --model siren --set omega=20\n")


@app.default
def presets(*, json: Json = False) -> int:
    """List the presets and the settings. Returns the exit code."""
    from redraw.cli.screen import put_json
    from redraw.fitting.presets import PRESETS
    from redraw.fitting.settings import setting_names

    if json:
        put_json(
            {
                "presets": {name: _as_json(preset) for name, preset in PRESETS.items()},
                "settings": setting_names(),
            }
        )
        return 0
    _show(PRESETS, setting_names())
    return 0


def _as_json(preset: "Preset") -> dict[str, Any]:
    from redraw.fields.config import plain

    return {
        "about": preset.about,
        "parameters": parameters(preset),
        "field": plain(preset.field),
        "train": plain(preset.train),
    }


def parameters(preset: "Preset") -> int:
    """Learned numbers, for a grey picture."""
    from redraw.fields import Field

    return Field.build(preset.field).parameter_count


def _show(presets: dict[str, "Preset"], settings: dict[str, str]) -> None:
    from rich import box
    from rich.table import Table

    from redraw.cli.screen import say, show

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("preset", style="bold", no_wrap=True)
    table.add_column("numbers", justify="right", no_wrap=True)
    table.add_column("steps", justify="right", no_wrap=True)
    table.add_column("rate", justify="right", no_wrap=True)
    table.add_column("what it is")
    for name, preset in presets.items():
        train = preset.train
        row = f"{parameters(preset):,}", f"{train.steps:,}", f"{train.lr_max:g}", preset.about
        table.add_row(name, *row)
    say()
    show(table)
    say("Drawings take ink by default, everything else siren; --model NAME takes another.")
    say("Any value of a preset can be changed, with --set NAME=VALUE:")
    names = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    names.add_column("name", style="bold", no_wrap=True)
    names.add_column("values")
    for name, kind in settings.items():
        names.add_row(name, kind)
    show(names)
