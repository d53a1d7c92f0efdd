"""What a path is that should be a field file, and what to name instead."""

import os
import stat
from pathlib import Path

from redraw.errors import RunError
from redraw.shell import quoted
from redraw.storage.field_name import FIELD
from redraw.storage.run_config import is_run_folder, read_config


def no_field(path: str | os.PathLike[str]) -> str | None:
    """Why no field can be read from a path, as the end of a sentence; None for an ordinary file.

    Raises:
        OSError, ValueError: nothing can be said of it: it is not there, or its name is none.
    """
    found = Path(path)
    mode = os.stat(path).st_mode
    if stat.S_ISREG(mode):
        return None
    if not stat.S_ISDIR(mode):
        return f"is not an ordinary file; save the field to one first, NAME{FIELD}"
    if is_run_folder(found):
        return f"is the folder of a run, not its field; {_field_of(found)}"
    return f"is a folder; name a field file in it, NAME{FIELD}"


def missing_field(path: str | os.PathLike[str]) -> str:
    """That a field file is not there, as the end of a sentence; and the one that may be meant."""
    near = Path(path).with_name(f"{Path(path).name}{FIELD}") if Path(path).name else None
    if near is not None and near.is_file():
        return f"does not exist; did you mean {quoted(near)}?"
    return f"does not exist; name a field file (NAME{FIELD})"


def _field_of(run: Path) -> str:
    """What to do for the field of a run."""
    try:
        output = read_config(run).get("output")
    except RunError:
        output = None
    if isinstance(output, str) and output and (run.parent / output).is_file():
        return f"that is {quoted(run.parent / output)}"
    return f"`redraw resume {quoted(run)}` writes that"
