"""`redraw info`: what a field file or a run folder is."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from redraw.cli.options import Json
from redraw.cli.several import for_each
from redraw.errors import FileFormatError, UsageError

app = App(
    name="info",
    help_epilogue="""\
    redraw info cub.redraw
    redraw info cub.run --json
    redraw info fields/
""",
)


@app.default
def info(
    *paths: Annotated[
        Path,
        Parameter(
            name="PATH",
            help="A field file (.redraw) or a run folder (.run), or several; of any other folder"
            " all that are in it.",
        ),
    ],
    json: Json = False,
) -> int:
    """Say what files and runs are; see the help text. Returns the exit code."""
    if not paths:
        raise UsageError("nothing is named; accepted: field files and run folders")
    named = [(str(found), found) for path in paths for found in _meant(path)]
    return for_each(named, lambda _, path: _say(path, json=json))


def _meant(path: Path) -> list[Path]:
    """Itself, or the field files and runs of a folder that is none.

    Raises:
        FileFormatError: there are none.
    """
    if path.is_dir() and not (path / "config.json").is_file():
        found = sorted(path.glob("*.redraw"))
        found += sorted(inner.parent for inner in path.glob("*/config.json"))
        if found:
            return found
        raise FileFormatError(
            f"{path} holds no field file (.redraw) and no run folder (.run); name one of either"
        )
    return [path]


def _say(path: Path, *, json: bool) -> int:
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
