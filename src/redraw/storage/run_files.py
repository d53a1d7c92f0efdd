"""What lies in a run folder: made, found by number, and deleted, nothing else with it."""

import contextlib
import os
import re
import time
from pathlib import Path

from redraw.errors import OutputError, RunError
from redraw.files import TEMPORARY_PREFIX, TEMPORARY_SUFFIX
from redraw.signals.kinds import kinds
from redraw.storage.messages import reason, shown
from redraw.storage.run_config import is_run_folder, is_unfinished

FOLDERS = ("checkpoints", "frames")
CHECKPOINT = re.compile(r"\d{8,}\.safetensors")
FRAME = re.compile(r"\d{6,}\.png")


def check_replaceable(path: Path, *, force: bool) -> None:
    """Refuse to create a run in a folder that exists, unless it is empty or to be replaced."""
    if not path.is_dir():
        raise RunError(f"can't make the run folder {path}: a file of that name exists")
    if is_unfinished(path):
        return
    if is_run_folder(path):
        if not force:
            raise RunError(
                f"{path} holds a run already; continue it with `redraw resume`, choose another"
                " folder with --run, or replace it with --force"
            )
        return
    # A process killed while it made the folder leaves no more than this.
    for name in sorted(os.listdir(path)):
        empty_folder = name in FOLDERS and not any((path / name).glob("*"))
        if not (empty_folder or name == "lock" or _is_temporary(name)):
            raise RunError(
                f"{path} exists and is no run folder (it holds {shown(name)});"
                " choose another with --run"
            )


def make(path: Path) -> bool:
    """Make a folder; False if something of that name is there."""
    try:
        path.mkdir()
    except FileExistsError:
        return False
    except FileNotFoundError:
        raise OutputError(
            f"can't make {path}: the folder {path.parent} does not exist; make it first"
        ) from None
    except (OSError, ValueError) as error:
        raise OutputError(f"can't make {path}: {reason(error)}") from error
    return True


def unmake(path: Path) -> None:
    """Take back a folder that could not be completed."""
    with contextlib.suppress(OSError):
        for folder in FOLDERS:
            if (path / folder).is_dir():
                for _, frame in numbered(path / folder, FRAME):
                    frame.unlink()
                (path / folder).rmdir()
        for name in (*(kind.file for kind in kinds()), "config.json", "lock"):
            (path / name).unlink(missing_ok=True)
        path.rmdir()


def remove_run(path: Path) -> None:
    """Delete what a run consists of, and nothing else; the configuration stays till it is replaced.

    Raises:
        OutputError: the system refuses.
    """
    try:
        doomed = [
            *numbered(path / "checkpoints", CHECKPOINT),
            (0, path / "log.jsonl"),
            *numbered(path / "frames", FRAME),
        ]
        for _, file in doomed:
            file.unlink(missing_ok=True)
        for folder in (path, path / "checkpoints", path / "frames"):
            remove_temporary(folder)
    except OSError as error:
        raise OutputError(f"can't replace {path}: {reason(error)}") from error


def remove_temporary(folder: Path, *, older_than: float = 0.0) -> None:
    """Delete what killed writers left behind in `folder`."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for name in os.listdir(folder):
            if _is_temporary(name):
                file = folder / name
                with contextlib.suppress(FileNotFoundError):
                    if time.time() - file.stat().st_mtime >= older_than:
                        file.unlink()


def _is_temporary(name: str) -> bool:
    return name.startswith(TEMPORARY_PREFIX) and name.endswith(TEMPORARY_SUFFIX)


def numbered(folder: Path, pattern: re.Pattern[str]) -> list[tuple[int, Path]]:
    """Files whose names are numbers, with the numbers, in their order."""
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise RunError(f"can't read {folder}: {reason(error)}") from error
    return sorted((int(n.split(".")[0]), folder / n) for n in names if pattern.fullmatch(n))
