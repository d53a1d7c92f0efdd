"""One process at a time may write to a run folder.

The lock belongs to the open file, so the system releases it when the process ends, however it
ends: what a killed process leaves behind is a file, not a lock. The file's text says who holds it,
for the message only.
"""

import contextlib
import errno
import os
import platform
import time
from pathlib import Path

from redraw.errors import OutputError, RunError
from redraw.storage.messages import reason

_TAKEN = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK)
_ATTEMPTS = 4
_PAUSE = 0.05  # seconds


class RunLock:
    """Holds `path` locked until `release`.

    Attributes:
        path: The lock file. It stays when the lock is released; removing it would be a race.
        notes: What the user should be told: that the file system knows no locks.

    Raises:
        RunError: another process (or this one) holds the lock.
        OutputError: the lock file can't be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: tuple[str, ...] = ()
        self._descriptor = -1
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise OutputError(f"can't lock {path}: {reason(error)}") from error
        try:
            self._take()
        except OSError as error:
            if error.errno in _TAKEN:
                holder = os.read(self._descriptor, 200).decode("utf-8", "replace").strip()
                self.release()
                raise RunError(
                    f"the run folder {path.parent} is in use by {holder or 'another process'};"
                    " wait for it or stop it, or choose another folder"
                ) from None
            self.notes = (
                f"the file system of {path.parent} has no locks; don't start two fits in it",
            )
        with contextlib.suppress(OSError):  # a full disk: the text is a courtesy
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, f"process {os.getpid()} on {platform.node()}\n".encode())

    def _take(self) -> None:
        """Lock; wait a moment for a process that is just ending, or only asking `is_held`."""
        for _ in range(_ATTEMPTS - 1):
            try:
                return _lock(self._descriptor)
            except OSError as error:
                if error.errno not in _TAKEN:
                    raise
                time.sleep(_PAUSE)
        return _lock(self._descriptor)

    def still_there(self) -> bool:
        """Whether `path` is still the file that was locked, not gone or another one."""
        try:
            return os.path.samestat(os.fstat(self._descriptor), os.stat(self.path))
        except OSError:
            return False

    def release(self) -> None:
        """Let others write; the lock can't be used any more."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __del__(self) -> None:
        self.release()


def is_held(path: Path) -> bool:
    """Whether a process holds the lock `path`, as far as can be told without taking it."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        _lock(descriptor)
    except OSError as error:
        return error.errno in _TAKEN
    finally:
        os.close(descriptor)
    return False


if os.name == "nt":
    import msvcrt

    def _lock(descriptor: int) -> None:
        # Far behind the text, because a locked byte can't be read by others there.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
