"""What a fit of a large picture keeps on the disk, so that a killed one goes on.

NAME.parts/
    lock         one process at a time
    state.npz    how far it is, and what was found so far: written anew, complete or not at all
    low-K.bin    low coefficients after K levels, row by row, of each row all planes: int32
    samples.npy  the parts of the picture that are fitted in memory first
    told-K.bin   sizes of the coefficients of level K, block by block, for the level below: uint8
    blocks.bin   the blocks that are finished, the coarsest first
"""

import contextlib
import errno
import io
import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redraw.errors import OutputError
from redraw.files import atomic_output
from redraw.storage.run_lock import RunLock

# Seconds between two savings of the state.
EVERY = 4.0


class Scratch:
    """The folder of one fit.

    Args:
        path: It is made.
        asked: What is fitted, from what, how: what was kept for anything else is thrown away.

    Attributes:
        state: Arrays by name, as they were saved last; empty for a fit that begins.

    Raises:
        RunError: another process is at it.
        OutputError: it can't be written.
    """

    def __init__(self, path: Path, asked: dict[str, Any]) -> None:
        self.path = path
        self._asked = json.dumps(asked, sort_keys=True)
        self._saved = time.monotonic()
        with writing(path):
            path.mkdir(parents=True, exist_ok=True)
        self._lock = RunLock(path / "lock")
        self.state = self._read()
        if not self.state:
            self._empty()

    def _read(self) -> dict[str, NDArray]:
        try:
            with np.load(self.path / "state.npz", allow_pickle=False) as found:
                state = {name: found[name] for name in found.files}
        except Exception:  # missing or damaged: begin anew
            return {}
        same = str(state.pop("asked", "")) == self._asked
        return state if same else {}

    def _empty(self) -> None:
        for file in self.path.iterdir():
            if file.name != "lock":
                with contextlib.suppress(OSError):
                    file.unlink()

    def due(self) -> bool:
        """Whether the state was saved long enough ago."""
        return time.monotonic() - self._saved > EVERY

    def save(self, state: dict[str, Any]) -> None:
        """Save how far it is: what the files hold is on the disk before."""
        with writing(self.path):
            for file in self.path.glob("*.bin"):
                with open(file, "rb") as opened:
                    os.fsync(opened.fileno())
        content = io.BytesIO()
        np.savez(content, asked=np.array(self._asked), **state)
        with atomic_output(self.path / "state.npz", force=True) as file:
            file.write(content.getvalue())
        self.state, self._saved = dict(state), time.monotonic()

    def close(self) -> None:
        """Let others at it."""
        self._lock.release()

    def remove(self) -> None:
        """It is done: nothing stays."""
        self._lock.release()
        shutil.rmtree(self.path, ignore_errors=True)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Tell what the system says of a file that can't be written.

    Raises:
        OutputError: instead of OSError.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise OutputError(
                f"the disk of {path} is full; make room, and the same command goes on from the"
                " last finished tile"
            ) from error
        raise OutputError(f"can't write {path}: {error.strerror or error}") from error


class Rows:
    """Rows of coefficients in a file: (rows, planes, columns) int32.

    Args:
        path: The file; it is made when something is written.
        planes: C.
        columns: W.
    """

    def __init__(self, path: Path, planes: int, columns: int) -> None:
        self.path, self._shape = path, (planes, columns)
        self._stride = 4 * planes * columns

    def read(self, top: int, bottom: int) -> NDArray[np.int32]:
        """(bottom - top, C, W)"""
        with open(self.path, "rb") as file:
            data = bytearray((bottom - top) * self._stride)
            file.seek(top * self._stride)
            if file.readinto(data) != len(data):
                raise OutputError(f"{self.path} is shorter than it was; remove {self.path.parent}")
        return np.frombuffer(data, np.int32).reshape(bottom - top, *self._shape)

    def write(self, top: int, rows: NDArray[np.int32]) -> None:
        """(h, C, W), from row `top` on."""
        put(self.path, top * self._stride, np.ascontiguousarray(rows))


def put(path: Path, offset: int, content: Any) -> None:
    """Write into a file at a place, whatever is there."""
    with writing(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            view = memoryview(content).cast("B")
            while len(view):
                count = os.pwrite(descriptor, view, offset)
                view, offset = view[count:], offset + count
        finally:
            os.close(descriptor)
