"""What became of each picture of a batch: lines of JSON, added to and never changed.

A line says that a picture was begun, or how it ended. It is written before anything is done and
after all of it is on the disk, so that whatever ends the process, the next command knows what is
finished. The last line of a picture counts; a line that was cut short is passed over.
"""

import contextlib
import json
import os
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from redraw.errors import OutputError, RunError
from redraw.storage.run_lock import RunLock

NAME = "redraw-batch.jsonl"
WORKING = ".redraw-batch"

State = Literal["started", "done", "failed"]


@dataclass(frozen=True)
class Entry:
    """A line of the manifest.

    Attributes:
        output: The field file, relative to the manifest's folder: it names the picture's place.
        source: The picture.
        state: "started", "done" or "failed".
        settings: Digest of what was asked for.
        input: Size and time stamp of the picture's file, in bytes and nanoseconds.
        before: Those of the output before the fit began, or None if there was none: a different one
            afterwards says that the fit came to its end, whoever could not write so.
        psnr: How good the field is, in dB.
        bytes: Size of the field file.
        seconds: From reading the picture to its field file.
        pixels: Of the picture.
        model: The preset.
        error: Why it failed, in one line.
        notes: What the user should know, such as what a format could not say.
    """

    output: str
    source: str
    state: State
    settings: str
    input: tuple[int, int] | None = None
    before: tuple[int, int] | None = None
    psnr: float | None = None
    bytes: int | None = None
    seconds: float | None = None
    pixels: int | None = None
    model: str | None = None
    error: str | None = None
    notes: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Plain values; what is not known is left out."""
        return {name: value for name, value in asdict(self).items() if value not in (None, ())}

    @classmethod
    def from_json(cls, data: Any) -> "Entry | None":
        """The inverse; None for what is no entry."""
        if not isinstance(data, dict) or data.get("state") not in ("started", "done", "failed"):
            return None
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        for name in ("input", "before"):
            if known.get(name) is not None:
                pair = known[name]
                if not (isinstance(pair, list) and len(pair) == 2):
                    return None
                known[name] = (pair[0], pair[1])
        if isinstance(known.get("notes"), list):
            known["notes"] = tuple(str(note) for note in known["notes"])
        try:
            return cls(**known)
        except TypeError:
            return None


def stamp(path: str | os.PathLike[str]) -> tuple[int, int] | None:
    """Size and time of change of a file, in bytes and nanoseconds; None if there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


class Manifest:
    """The manifest of a folder, held by this process alone until `close`.

    Attributes:
        folder: Where the results go.
        path: The manifest.
        working: A folder for files that are not whole yet; emptied when it is opened.
        entries: The last line of each output.

    Raises:
        RunError: another process has it.
        OutputError: the folder or the file can't be written.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.path = self.folder / NAME
        self.working = self.folder / WORKING
        self.entries: dict[str, Entry] = {}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.working.mkdir(exist_ok=True)
        except OSError as error:
            raise self._refused(error) from error
        try:
            self._lock = RunLock(self.working / "lock")
        except RunError:
            raise RunError(
                f"another command fits pictures into {self.folder}; wait for it, or name another"
                " folder with -o"
            ) from None
        try:
            self._empty()
            self._read()
            self._file = open(self.path, "ab")  # noqa: SIM115 (closed by `close`)
            if self._cut:
                self._file.write(b"\n")
        except OSError as error:
            self._lock.release()
            raise self._refused(error) from error

    def _read(self) -> None:
        self._cut = False
        with contextlib.suppress(FileNotFoundError):
            content = self.path.read_bytes()
            self._cut = bool(content) and not content.endswith(b"\n")
            for line in content.splitlines():
                try:
                    entry = Entry.from_json(json.loads(line))
                except (ValueError, RecursionError):
                    continue  # cut short by whatever ended the process
                if entry is not None:
                    self.entries[entry.output] = entry

    def add(self, entry: Entry) -> None:
        """Write a line, and see that it is on the disk.

        Raises:
            OutputError: the disk refuses.
        """
        line = json.dumps(entry.to_json(), ensure_ascii=True, separators=(",", ":"))
        try:
            self._file.write(line.encode() + b"\n")
            self._file.flush()
            if entry.state != "started":
                os.fsync(self._file.fileno())
        except OSError as error:
            raise self._refused(error) from error
        self.entries[entry.output] = entry

    def close(self) -> None:
        """Let others have it."""
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self._empty()
        self._lock.release()

    def _empty(self) -> None:
        """Throw away what is not whole."""
        for left in self.working.iterdir():
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left)
            elif left.name != "lock":
                left.unlink()

    def _refused(self, error: OSError) -> OutputError:
        reason = error.strerror or type(error).__name__
        return OutputError(
            f"can't write {self.path}: {reason[:1].lower()}{reason[1:]}; what is finished stays,"
            " and the same command goes on from there"
        )
