"""Writing a file so that nothing is lost: the new content is complete before the old one goes.

The content goes to a temporary file in the same folder, is flushed to the disk and then renamed.
Whatever happens on the way (a full disk, a killed process, a power cut), the path holds either all
of the old content or all of the new.
"""

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from redraw.errors import OutputError

TEMPORARY_PREFIX = ".redraw-"
TEMPORARY_SUFFIX = ".part"


def write_atomically(
    path: str | os.PathLike[str], writer: Callable[[BinaryIO], None], *, force: bool = False
) -> None:
    """Write `path` by calling `writer` with an open binary file, all or nothing.

    Args:
        path: Where the content goes. Its folder must exist.
        writer: Writes the content. The file can seek and be read back; `file.name` is its path.
        force: Replace what is there; without it an existing file is an error.

    Raises:
        OutputError: `path` exists (without `force`), isn't an ordinary file, its folder is
            missing, or the system refuses (no space, no permission). The old content is intact.
            Whatever else `writer` raises passes through, with the old content intact as well.
    """
    with atomic_output(path, force=force) as file:
        writer(file)


@contextlib.contextmanager
def atomic_output(path: str | os.PathLike[str], *, force: bool = False) -> Iterator[BinaryIO]:
    """`write_atomically` for a `with` block: `path` appears when the block ends without an error.

    Raises:
        OutputError: As `write_atomically`; what exists is noticed before the block starts.
    """
    path = Path(path)
    check_output(path, force=force)
    with _as_output_error(path):
        target = path.resolve()  # a symbolic link stays, and what it points to is replaced
    temporary = target.parent / f"{TEMPORARY_PREFIX}{os.urandom(6).hex()}{TEMPORARY_SUFFIX}"
    # Ctrl-C may come as soon as the file is there, so what takes it away is prepared before that.
    try:
        with _as_output_error(path), open(temporary, "x+b") as file:
            yield file
            file.flush()
            _keep_permissions(target, file.fileno())
            os.fsync(file.fileno())
        with _as_output_error(path):
            _move(temporary, target, force=force)
            _sync_folder(target.parent)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()  # gone already when all went well


def check_output(path: str | os.PathLike[str], *, force: bool = False) -> None:
    """Refuse an output path that can't be written, before hours are spent on its content.

    Raises:
        OutputError: `path` exists (without `force`), isn't an ordinary file, or its folder is
            missing.
    """
    path = Path(path)
    if "\0" in str(path):
        raise OutputError(f"can't write {str(path)!r}: a path holds no NUL character")
    with _as_output_error(path):
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            mode = None
        folder = path.resolve().parent  # of what a link points to, if it is one
        folder_exists = folder.is_dir()
    if mode is None and not folder_exists:
        missing = folder if path.is_symlink() else path.parent
        raise OutputError(f"can't write {path}: the folder {missing} does not exist; make it first")
    if mode is None:
        return
    if stat.S_ISDIR(mode):
        raise OutputError(f"can't write {path}: it is a folder; name a file in it")
    if not stat.S_ISREG(mode):
        raise OutputError(f"can't write {path}: it is not an ordinary file; name another output")
    if not force:
        raise OutputError(f"{path} exists already; name another output, or replace it with --force")


def check_apart(
    path: str | os.PathLike[str],
    *read: str | os.PathLike[str],
    role: str = "what is read here",
    instead: str = "what is made of it",
) -> None:
    """Refuse an output that is what it is made from, however both are called; `force` or not.

    Args:
        path: The output.
        *read: Files that are read for it; one that is not there is no file.
        role: What they are, for the message.
        instead: What would replace it.

    Raises:
        OutputError: it is one of them.

    Example:
        >>> check_apart("/dev/../dev/null", "/dev/null")
        Traceback (most recent call last):
        ...
        redraw.errors.OutputError: /dev/../dev/null is what is read here, and would be replaced ...
    """
    for one in read:
        with contextlib.suppress(OSError, ValueError):  # one of them is not there
            if os.path.samefile(path, one):
                raise OutputError(
                    f"{os.fspath(path)} is {role}, and would be replaced by {instead}; name another"
                    " output"
                )


def probe_output(path: str | os.PathLike[str], *, force: bool = False) -> None:
    """As `check_output`, and make sure by trying that its folder can be written to.

    Raises:
        OutputError: as `check_output`, or the system refuses.
    """
    path = Path(path)
    check_output(path, force=force)
    with _as_output_error(path):
        folder = path.resolve().parent
        probe = folder / f"{TEMPORARY_PREFIX}{os.urandom(6).hex()}{TEMPORARY_SUFFIX}"
        open(probe, "xb").close()
        probe.unlink()


def _move(temporary: Path, target: Path, *, force: bool) -> None:
    if not force:
        # A link can't replace anything, so a file that appeared in the meantime survives too.
        try:
            os.link(temporary, target)
            return
        except FileExistsError:
            raise OutputError(
                f"{target} was made by someone else meanwhile; name another output, "
                "or replace it with --force"
            ) from None
        except OSError:
            check_output(target)  # a file system without hard links
    os.replace(temporary, target)


def _keep_permissions(target: Path, descriptor: int) -> None:
    if hasattr(os, "fchmod"):  # not on Windows
        with contextlib.suppress(OSError):
            os.fchmod(descriptor, stat.S_IMODE(target.stat().st_mode))


def _sync_folder(folder: Path) -> None:
    """Make the rename itself last; file systems that can't are left alone."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _as_output_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise OutputError(f"can't write {path}: {reason[:1].lower()}{reason[1:]}") from error
