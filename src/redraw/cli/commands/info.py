"""`redraw info`: what a field file or a run folder is."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from redraw.cli.options import Json
from redraw.errors import FileFormatError

if TYPE_CHECKING:
    from redraw.fields import FieldConfig

app = App(
    name="info",
    help_epilogue="""\
    redraw info cub.redraw
    redraw info cub.run --json
""",
)


@app.default
def info(
    path: Annotated[Path, Parameter(help="A field file (.redraw) or a run folder (.run).")],
    /,
    *,
    json: Json = False,
) -> int:
    """Say what `path` is; see the help text. Returns the exit code."""
    from redraw.cli.screen import put_json, show_rows
    from redraw.cli.wording import quoted

    if not path.exists():
        raise FileFormatError(f"{path} does not exist; name a field file or a run folder")
    from redraw.signals.picture.recognising import told

    kind = told(path)
    if kind is not None:
        raise FileFormatError(
            f"{path} is no file of redraw but {kind}; learn it with `redraw fit {quoted(path)}`,"
            " or see how it differs from another with `redraw diff`"
        )
    if path.is_dir():
        from redraw.cli.info_run import facts, rows
    else:
        from redraw.cli.info_field import facts, rows
    found = facts(path)
    if json:
        put_json(found)
    else:
        show_rows(*rows(found))
    return 0


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
