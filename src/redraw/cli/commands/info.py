"""`redraw info`: what a field file or a run folder is."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from redraw.cli.options import Json
from redraw.errors import FileFormatError

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
