"""`config.json`: what makes a folder a run folder, and the configuration of its run.

{"config": {...}, "format": "redraw run", "version": 1}

and "unfinished": true while the folder is being made, until the signal is in it.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redraw.errors import RunError
from redraw.files import atomic_output
from redraw.shell import quoted
from redraw.storage.messages import reason, shown
from redraw.storage.plain_json import canonical, parse

FORMAT = "redraw run"
VERSION = 1
UNFINISHED = "unfinished"
SUFFIX = ".run"
SIZE_LIMIT = 16 * 2**20  # bytes


def is_run_folder(path: str | os.PathLike[str]) -> bool:
    """Whether `path` is a folder that a run wrote (of any version), and complete."""
    return _is_ours(path, unfinished=False)


def is_unfinished(path: str | os.PathLike[str]) -> bool:
    """Whether `path` is a run folder whose making was interrupted: there is nothing in it yet."""
    return _is_ours(path, unfinished=True)


def _is_ours(path: str | os.PathLike[str], *, unfinished: bool) -> bool:
    try:
        document = _document(Path(path))
    except (OSError, ValueError):
        return False
    return document.get("format") == FORMAT and (UNFINISHED in document) == unfinished


def write_config(
    path: Path, config: Mapping[str, Any], *, unfinished: bool = False
) -> dict[str, Any]:
    """Write the configuration of the run folder `path`, and return it as it will be read.

    Args:
        path: The run folder.
        config: Plain JSON values.
        unfinished: Whether more has to be written before it is a run folder.

    Raises:
        OutputError: it can't be written.
        ValueError, TypeError: it holds what JSON doesn't have.
    """
    marks = {UNFINISHED: True} if unfinished else {}
    text = canonical({"config": dict(config), "format": FORMAT, "version": VERSION, **marks})
    raw = text.encode("utf-8") + b"\n"
    with atomic_output(path / "config.json", force=True) as file:
        file.write(raw)
    return parse(text)["config"]


def read_config(path: Path) -> dict[str, Any]:
    """The configuration in a run folder.

    Raises:
        RunError: it isn't one.
    """
    try:
        if not path.is_dir():
            raise RunError(_no_run(path))
        document = _document(path)
    except FileNotFoundError:
        raise RunError(_no_run(path)) from None
    except OSError as error:
        raise RunError(f"can't read {path / 'config.json'}: {reason(error)}") from error
    except ValueError as error:
        raise RunError(f"can't read {path / 'config.json'}: {shown(str(error))}") from error
    if document.get("format") != FORMAT:
        raise RunError(f"{path} is no run folder: its config.json is not one of redraw")
    version = document.get("version")
    if type(version) is int and version > VERSION:
        raise RunError(
            f"{path} has format version {version}, this redraw reads up to {VERSION};"
            " upgrade redraw to open it"
        )
    if UNFINISHED in document:
        raise RunError(
            f"{path} holds nothing to continue: it was interrupted while it was made;"
            " give the command that made it again"
        )
    config = document.get("config")
    if document.keys() != {"config", "format", "version"} or not isinstance(config, dict):
        raise RunError(f"{path / 'config.json'} is damaged: its keys are {shown(list(document))}")
    return config


def _no_run(path: Path) -> str:
    """That a path holds no run, what it is, and what to name instead."""
    if not path.exists():
        what = f"the run folder {path} does not exist"
    elif not path.is_dir():
        what = f"{path} is no run folder, but a file"
    else:
        what = f"{path} is no run folder: it has no config.json"
    beside = [path.with_suffix(SUFFIX)] if path.name else []
    for near in (*beside, *path.absolute().parents[:2]):  # or a part of a run was named
        if near != path and is_run_folder(near):
            return f"{what}; did you mean {quoted(os.path.relpath(near))}?"
    return f"{what}; name one that `redraw fit` wrote (NAME{SUFFIX})"


def _document(path: Path) -> dict[str, Any]:
    """The JSON object in `config.json`. Raises OSError and ValueError."""
    if not stat.S_ISREG(os.stat(path / "config.json").st_mode):  # a pipe would wait for ever
        raise ValueError("it is not an ordinary file")
    with open(path / "config.json", "rb") as file:
        raw = file.read(SIZE_LIMIT + 1)
    if len(raw) > SIZE_LIMIT:
        raise ValueError(f"it has more than {SIZE_LIMIT} bytes")
    document = parse(raw)
    if not isinstance(document, dict):
        raise ValueError("it is no JSON object")
    return document
