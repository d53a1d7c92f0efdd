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
    from redraw.cli.summary import quoted

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
    from redraw.fields.config import plain

    encoding = plain(config.encoding)
    kind = encoding.pop("kind")
    told = ", ".join(f"{k} {_short(v)}" for k, v in encoding.items() if v is not None)
    first = f"{config.dimensions}"
    if kind != "identity":
        first += f" > {kind} ({told})"
    widths = " > ".join(map(str, (*config.hidden, config.channels)))
    parts = [f"{first} > {widths}"]
    if not config.hidden:  # nothing is between layers
        return f"{parts[0]}, {config.output} output"
    parts.append(config.activation)
    if config.activation in ("sine", "finer") or config.activation.startswith("wire"):
        parts.append(f"omega {config.omega:g}")
    if config.activation == "gauss" or config.activation.startswith("wire"):
        parts.append(f"spread {config.spread:g}")
    return ", ".join([*parts, f"{config.output} output"])


def _short(value: object) -> str:
    if isinstance(value, list | tuple):
        return "x".join(map(_short, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)
