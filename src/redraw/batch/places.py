"""Where pictures and fields lie: on a disk, or at an address of shared storage such as `s3://`.

Addresses are fsspec's. What is fetched is a copy on this machine's disk; what is put appears under
its final name complete or not at all: on a disk it is written beside it and moved, and an object
store shows an object only once all of it has arrived. There, a marker (`NAME.done`, with the size)
is put after the object, so that a reader knows that nothing newer is on its way.
"""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from redraw.batch.manifest import stamp
from redraw.errors import OutputError, PictureError, UsageError

MARKER = ".done"
# How often a write to shared storage is tried, and the pause before it is tried again, in seconds.
TRIES, PAUSE = 5, 0.2


def is_address(name: str) -> bool:
    """Whether it names something on shared storage.

    Example:
        >>> is_address("s3://scans/a.png"), is_address("scans/a.png"), is_address("C:/a.png")
        (True, False, False)
    """
    scheme, found, _ = name.partition("://")
    return bool(found) and scheme.replace("+", "").replace("-", "").isalnum()


def is_remote(name: str) -> bool:
    """Whether it lies on shared storage, and not at a path of this machine."""
    return is_address(name) and not name.startswith("file://")


def local(name: str) -> str:
    """A `file://` address as a path; anything else as it is."""
    return name.removeprefix("file://") if name.startswith("file://") else name


def _open(address: str) -> tuple[Any, str]:
    """The file system of an address, and the path in it.

    Raises:
        UsageError: no library here knows the address, or it is refused.
    """
    try:
        import fsspec
    except ImportError:
        raise UsageError(
            f"{address} lies on shared storage, which needs redraw[cluster]:"
            " pip install 'redraw[cluster]'"
        ) from None
    try:
        return fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise UsageError(f"{address} can't be reached: {error}") from None


def reached(address: str) -> None:
    """See whether a library here knows an address, before anything is made for it.

    Raises:
        UsageError: none does.
    """
    _open(address)


def stamp_of(name: str) -> tuple[int, int] | None:
    """Size and time of change, as `manifest.stamp`; of an object its own mark instead of a time."""
    if not is_remote(name):
        return stamp(local(name))
    files, path = _open(name)
    try:
        found = files.info(path)
    except FileNotFoundError:
        return None
    except Exception as error:
        if _refused(error):
            raise UsageError(f"{name} can't be reached: {_said(error)}") from None
        if isinstance(error, OSError | ValueError):
            return None
        raise PictureError(f"{name} can't be reached: {_said(error)}") from None
    mark = found.get("ETag") or found.get("etag") or found.get("LastModified") or 0
    return int(found.get("size") or 0), _number(mark)


@contextlib.contextmanager
def fetched(name: str, folder: Path) -> Iterator[str]:
    """A picture on this machine's disk: itself, or a copy in `folder` that goes again.

    Raises:
        PictureError: it can't be read.
    """
    if not is_remote(name):
        yield local(name)
        return
    files, path = _open(name)
    # Under its own name, which the field keeps, in a folder that nobody else uses.
    own = Path(tempfile.mkdtemp(dir=folder, prefix="fetched-"))
    copy = own / Path(path).name
    try:
        try:
            files.get_file(path, str(copy))
        except FileNotFoundError:
            raise PictureError(f"{name} does not exist") from None
        except Exception as error:
            raise PictureError(f"{name} can't be read: {_said(error)}") from None
        try:
            yield str(copy)
        except PictureError as error:  # people know it by its address
            raise PictureError(str(error).replace(str(copy), name)) from error
    finally:
        shutil.rmtree(own, ignore_errors=True)


def matching(name: str) -> list[str]:
    """Addresses on shared storage that fit a pattern, in order."""
    files, path = _open(name)
    return sorted(files.unstrip_protocol(found) for found in files.glob(path))


def retrieve(name: str, path: Path) -> bool:
    """Copy an object to `path`, if there is one."""
    files, source = _open(name)
    try:
        files.get_file(source, str(path))
    except FileNotFoundError:
        return False
    except Exception as error:
        raise OutputError(f"{name} can't be read: {_said(error)}") from None
    return True


def absolute(name: str) -> str:
    """The same place, whatever folder a process works in."""
    return name if is_remote(name) else os.path.abspath(local(name))


def joined(folder: str, place: str) -> str:
    """A place below a folder or an address."""
    return f"{folder.rstrip('/')}/{place}" if is_address(folder) else str(Path(folder) / place)


def put(path: Path, name: str, *, force: bool) -> int:
    """Move a whole file to its place; its size in bytes.

    Raises:
        OutputError: something is there (without `force`), or it can't be written.
    """
    size = path.stat().st_size
    if is_remote(name):
        _upload(path, name)
        path.unlink(missing_ok=True)
        return size
    output = Path(local(name))
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        if not force:
            try:
                os.link(path, output)
                return size
            except FileExistsError:
                raise OutputError(
                    f"{output} was made by someone else meanwhile; replace it with --force"
                ) from None
            except OSError:
                pass  # a file system without hard links, or another one
        try:
            os.replace(path, output)
        except OSError:  # another file system: beside it first
            beside = output.with_name(f".redraw-{os.getpid()}-{output.name}.part")
            try:
                shutil.copyfile(path, beside)
                os.replace(beside, output)
            finally:
                beside.unlink(missing_ok=True)
        return size
    except OSError as error:
        raise OutputError(f"can't write {output}: {error.strerror or error}") from error
    finally:
        path.unlink(missing_ok=True)


def _upload(path: Path, name: str) -> None:
    """Put an object and then its marker; storage that fails now and then is asked again."""
    files, target = _open(name)
    size = path.stat().st_size
    last: Exception | None = None
    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE * 2**attempt)
        try:
            files.put_file(str(path), target)
            files.invalidate_cache()
            if int(files.info(target)["size"]) != size:
                continue
            files.pipe_file(target + MARKER, str(size).encode())
            return
        except Exception as error:
            last = error
    raise OutputError(f"can't write {name}: {_said(last)} (tried {TRIES} times)")


def mark(name: str, size: int) -> None:
    """Put the marker of an object that is there, whose command was killed before it could.

    Raises:
        OutputError: it can't be written.
    """
    if not is_remote(name):
        return
    files, target = _open(name)
    last: Exception | None = None
    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE * 2**attempt)
        try:
            files.pipe_file(target + MARKER, str(size).encode())
            return
        except Exception as error:
            last = error
    raise OutputError(f"can't write {name}{MARKER}: {_said(last)} (tried {TRIES} times)")


def _number(mark: Any) -> int:
    """A mark as a number that can be compared."""
    import hashlib

    return int.from_bytes(hashlib.sha256(str(mark).encode()).digest()[:7], "big")


def _refused(error: BaseException | None) -> bool:
    """Whether storage wants to know who asks, and was not told, or does not let them."""
    name = type(error).__name__.lower()
    return isinstance(error, PermissionError) or "credential" in name or "auth" in name


def _said(error: BaseException | None) -> str:
    said = " ".join(str(error).split()) or type(error).__name__
    if _refused(error):
        said += (
            "; give the credentials of that storage as its library reads them, on every machine"
            " that works (for s3:// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, for gs://"
            " GOOGLE_APPLICATION_CREDENTIALS)"
        )
    return said
