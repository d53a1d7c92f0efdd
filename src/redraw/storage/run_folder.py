"""The run folder: everything about one fit in progress, on the disk.

    NAME.run/
        config.json                   what makes it a run folder, and the run's configuration
        picture.safetensors           what is learned; or table.safetensors
        checkpoints/00001234.safetensors   the last two, by step
        log.jsonl                     one JSON object a line
        frames/000000.png             pictures as it learned, by step
        lock                          held by the process that writes

Whatever happens to the process, a checkpoint that was once saved stays loadable until a newer one
is durable on the disk.
"""

import contextlib
import dataclasses
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from redraw.errors import FileFormatError, OutputError, RunError
from redraw.storage import run_log
from redraw.storage.messages import reason
from redraw.storage.plain_json import digest
from redraw.storage.run_config import (
    read_config,
    write_config,
)
from redraw.storage.run_files import (
    CHECKPOINT,
    FOLDERS,
    FRAME,
    check_replaceable,
    make,
    numbered,
    remove_run,
    remove_temporary,
    unmake,
)
from redraw.storage.run_lock import RunLock

if TYPE_CHECKING:
    from redraw.storage.checkpoint import Checkpoint

PASSED_OVER = "; passed over for the checkpoint before it"
KEPT = 2  # checkpoints
FORGOTTEN = 600.0  # seconds after which a temporary file beside the configuration is nobody's


class RunFolder:
    """One run folder, open for writing (and then locked) or for reading.

    Made by `create`, or `begin` and `complete`, and `open`; close it, or use it in a `with` block.

    Attributes:
        path: The folder.
        config: The configuration it was created with.
        notes: What the user should be told about how it was opened.
    """

    def __init__(self, path: Path, config: dict[str, Any], lock: RunLock | None) -> None:
        self.path = path
        self.config = config
        self.notes = lock.notes if lock else ()
        self._lock = lock
        self._digest = digest(config)
        self._made = False

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        config: Mapping[str, Any],
        *,
        force: bool = False,
        fill: Callable[[Path], object] | None = None,
    ) -> "RunFolder":
        """Make a new run folder and lock it.

        Args:
            path: Must not exist, or be an empty folder, or one whose making was interrupted, or
                with `force` a run folder. Its parent must exist.
            config: Plain JSON values, numbers finite.
            force: Replace a run. Only what a run consists of is deleted, never another file, and
                never anything in a folder that isn't a run.
            fill: Puts into the folder what a run can't be without. A process killed before that
                leaves a folder that is known to be unfinished.

        Raises:
            RunError: `path` is there and not one of these, or in use.
            OutputError: it can't be made.
        """
        folder = cls.begin(path, config, force=force)
        try:
            folder.complete(fill)
        except BaseException:
            folder.abandon()
            raise
        return folder

    @classmethod
    def begin(
        cls, path: str | os.PathLike[str], config: Mapping[str, Any], *, force: bool = False
    ) -> "RunFolder":
        """Make and lock a run folder that is known to be unfinished, until `complete`.

        Frames can be put into it. Arguments and errors as of `create`.
        """
        path = Path(path)
        made = make(path)
        if not made:
            check_replaceable(path, force=force)
        lock = RunLock(path / "lock")
        try:
            if not made:
                check_replaceable(path, force=force)  # again: it was not ours until now
                remove_run(path)
            for each in FOLDERS:
                make(path / each)
            folder = cls(path, write_config(path, config, unfinished=True), lock)
        except BaseException:
            if made:
                unmake(path)
            lock.release()
            raise
        folder._made = made
        return folder

    def complete(self, fill: Callable[[Path], object] | None = None) -> None:
        """Make a run folder of what `begin` made.

        Args:
            fill: Puts into the folder what a run can't be without.

        Raises:
            OutputError: the disk refuses.
        """
        if fill is not None:
            fill(self.path)
        write_config(self.path, self.config)

    def abandon(self) -> None:
        """Close a folder that could not be completed; it goes, if it was not there before."""
        if self._made:
            unmake(self.path)
        self.close()

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, writable: bool = True) -> "RunFolder":
        """Open a run folder that exists.

        Args:
            path: The folder.
            writable: Lock it, clean up what a killed process left behind, and allow writing.
                Without it nothing is changed, and a run in progress can be looked at.

        Raises:
            RunError: `path` is no run folder, is damaged, of a newer version, or in use.
            OutputError: the disk refuses.
        """
        path = Path(path)
        read_config(path)  # before the lock, whose file must not be made elsewhere
        lock = RunLock(path / "lock") if writable else None
        try:
            folder = cls(path, read_config(path), lock)
            if writable:
                with folder._writing():
                    remove_temporary(path, older_than=FORGOTTEN)
                    remove_temporary(path / "checkpoints")
                    remove_temporary(path / "frames")
                    run_log.repair(path / "log.jsonl")
        except BaseException:
            if lock:
                lock.release()
            raise
        return folder

    def close(self) -> None:
        """Release the lock. Closing twice is fine."""
        if self._lock:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> "RunFolder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def save_checkpoint(self, checkpoint: "Checkpoint") -> Path:
        """Save a checkpoint durably, then delete all but the last two.

        Log what belongs to the step first: on resuming, the log goes back to what it is now.
        Checkpoints of later steps are deleted too: they are what a rollback left behind.

        Returns:
            Where it is.

        Raises:
            RunError: the folder has vanished, or is another one by now.
            OutputError: the disk refuses (no space, say). The older checkpoints are intact.
        """
        from redraw.storage.checkpoint import save_checkpoint

        with self._writing():
            log_bytes = run_log.sync(self.path / "log.jsonl")
            make(self.path / "checkpoints")
            path = self.path / "checkpoints" / f"{checkpoint.step:08d}.safetensors"
            stamped = dataclasses.replace(checkpoint, config=self._digest, log_bytes=log_bytes)
            save_checkpoint(path, stamped, force=True)
            self._prune(checkpoint.step)  # only now: the new one is on the disk, name and all
        return path

    def keep_newest(self) -> None:
        """Delete all checkpoints but the newest: of a run that has ended, the others say nothing.

        While it runs, the one before is there for when the newest turns out to be damaged.
        """
        for _, path in self._checkpoints()[:-1]:
            with contextlib.suppress(OSError):  # one too many is no harm
                path.unlink()

    def latest_checkpoint(self) -> "Checkpoint | None":
        """The newest checkpoint that can be loaded, or None if none was saved yet.

        Its `notes` say which damaged ones were passed over.

        Raises:
            RunError: it belongs to another configuration, or all are damaged.
        """
        from redraw.storage.checkpoint import load_checkpoint

        while True:
            notes: list[str] = []
            for step, path in reversed(self._checkpoints()):
                try:
                    checkpoint = load_checkpoint(path)
                    if checkpoint.step != step:
                        raise FileFormatError(f"{path} is damaged: it holds step {checkpoint.step}")
                except FileFormatError as error:
                    if not os.path.lexists(path):
                        break  # whoever writes the run has a newer one by now: look again
                    notes.append(f"{error}{PASSED_OVER}")
                    continue
                self._check_configuration(path, checkpoint)
                return dataclasses.replace(checkpoint, notes=tuple(notes))
            else:
                if not notes:
                    return None
                newest = notes[0].removesuffix(PASSED_OVER)
                raise RunError(
                    f"no checkpoint of {self.path} can be loaded: {newest};"
                    " start the fit again with --force"
                )

    def rewind(self, checkpoint: "Checkpoint | None") -> None:
        """Go back to a checkpoint: drop the log entries, frames and checkpoints after it.

        Args:
            checkpoint: From `latest_checkpoint`; None goes back to the start.

        Raises:
            RunError: the folder has vanished, or is another one by now.
            OutputError: the disk refuses.
        """
        step = checkpoint.step if checkpoint else -1
        with self._writing():
            run_log.rewind(self.path / "log.jsonl", checkpoint.log_bytes if checkpoint else 0, step)
            for later, path in self.frames():
                if later > step:
                    path.unlink(missing_ok=True)
            self._prune(step)

    def append_log(self, entry: Mapping[str, Any]) -> None:
        """Add an entry to the log: plain JSON values with an integer `step`.

        Raises:
            RunError: the folder has vanished, or is another one by now.
            OutputError: the disk refuses; the log is as it was.
        """
        with self._writing():
            run_log.append(self.path / "log.jsonl", entry)

    def read_log(self) -> list[dict[str, Any]]:
        """All whole entries of the log, in order."""
        return run_log.read(self.path / "log.jsonl")

    def frame_path(self, step: int) -> Path:
        """Where the picture of `step` belongs. Its folder is made if it is missing.

        Raises:
            RunError: the folder has vanished, or is another one by now.
            OutputError: the disk refuses.
        """
        with self._writing():
            make(self.path / "frames")
        return self.path / "frames" / f"{step:06d}.png"

    def frames(self) -> list[tuple[int, Path]]:
        """Steps and paths of the frames there are, in order."""
        return numbered(self.path / "frames", FRAME)

    def _checkpoints(self) -> list[tuple[int, Path]]:
        return numbered(self.path / "checkpoints", CHECKPOINT)

    def _check_configuration(self, path: Path, checkpoint: "Checkpoint") -> None:
        if checkpoint.config != self._digest:
            raise RunError(
                f"{path} belongs to another configuration than {self.path / 'config.json'};"
                " put back the one it was made with, or start again with --force"
            )

    def _prune(self, step: int) -> None:
        """Delete all checkpoints but the last two up to `step`."""
        older = [path for number, path in self._checkpoints() if number <= step]
        later = [path for number, path in self._checkpoints() if number > step]
        for path in later:
            path.unlink(missing_ok=True)
        for path in older[:-KEPT]:
            with contextlib.suppress(OSError):  # one too many is no harm
                path.unlink()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        """Write only while the folder is there and ours; say so if it isn't."""
        self._check_ours()
        try:
            yield
        except (OutputError, OSError) as error:
            self._check_ours()
            if isinstance(error, OutputError):
                raise
            raise OutputError(f"can't write to {self.path}: {reason(error)}") from error

    def _check_ours(self) -> None:
        if self._lock is None:
            raise RunError(f"the run folder {self.path} is open for reading only")
        if not self._lock.still_there():
            raise RunError(
                f"the run folder {self.path} vanished while in use, or was replaced;"
                " start the fit again"
            )
