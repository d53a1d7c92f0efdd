"""The log of a run: one JSON object a line, appended as the fit goes.

Appending is the only way it grows, so a crash can tear its last line at most. Each entry has the
`step` it belongs to.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redraw.errors import OutputError
from redraw.files import atomic_output
from redraw.storage.messages import reason
from redraw.storage.plain_json import canonical, finite, parse


def append(path: Path, entry: Mapping[str, Any]) -> None:
    """Add one entry; all of its line is written or nothing.

    Args:
        path: The log; made if missing.
        entry: Plain JSON values and an integer `step`. Numbers that are not finite become null.

    Raises:
        OutputError: it can't be written (no space, no permission).
        ValueError: `entry` has no integer `step`.
    """
    if type(entry.get("step")) is not int:
        raise ValueError(f"a log entry needs an integer step: {entry}")
    line = (canonical(finite(dict(entry))) + "\n").encode("utf-8")
    try:
        with open(path, "ab", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            try:
                written = 0
                while written < len(line):
                    written += file.write(line[written:]) or 0
            except OSError:
                file.truncate(size)
                raise
    except OSError as error:
        raise _refused(path, error) from error


def sync(path: Path) -> int:
    """Make all entries so far last, and return the log's length in bytes.

    Raises:
        OutputError: the disk refuses.
    """
    try:
        with open(path, "r+b") as file:
            os.fsync(file.fileno())
            return os.fstat(file.fileno()).st_size
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise _refused(path, error) from error


def read(path: Path) -> list[dict[str, Any]]:
    """All whole entries, in order; a torn or damaged line is left out.

    Raises:
        OutputError: the log exists and can't be read.
    """
    return [entry for line in _lines(path) if (entry := _entry(line)) is not None]


def rewind(path: Path, size: int, step: int) -> None:
    """Cut the log back to what it was when the checkpoint of `step` was saved.

    Its first `size` bytes stay, later entries only if they belong to `step` or before. (A step
    alone would not do: after a rollback the log goes back in steps, and the entries from before it
    belong there.)

    Raises:
        OutputError: the log can't be read or written.
    """
    kept, position = [], 0
    lines = _lines(path)
    for line in lines:
        position += len(line)
        entry = _entry(line)
        if position <= size or (entry is not None and entry["step"] <= step):
            kept.append(line)
    if kept != lines:
        with atomic_output(path, force=True) as file:
            file.writelines(kept)


def repair(path: Path) -> None:
    """Remove a torn last line, so that appending goes on where the last whole line ends.

    Raises:
        OutputError: the log can't be read or written.
    """
    lines = _lines(path)
    if lines and not lines[-1].endswith(b"\n"):
        try:
            os.truncate(path, sum(len(line) for line in lines[:-1]))
        except OSError as error:
            raise _refused(path, error) from error


def _lines(path: Path) -> list[bytes]:
    try:
        with open(path, "rb") as file:
            return file.readlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise OutputError(f"can't read {path}: {reason(error)}") from error


def _entry(line: bytes) -> dict[str, Any] | None:
    """The entry of a whole, undamaged line; None otherwise."""
    try:
        entry = parse(line) if line.endswith(b"\n") else None
    except ValueError:
        return None
    return entry if isinstance(entry, dict) and type(entry.get("step")) is int else None


def _refused(path: Path, error: OSError) -> OutputError:
    return OutputError(f"can't write {path}: {reason(error)}")
