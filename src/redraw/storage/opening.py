"""Opening what a field file shows without PyTorch, where its codec can: containers of chunks."""

import os
import tempfile
from typing import TYPE_CHECKING

from redraw.errors import FileFormatError
from redraw.storage.about import About
from redraw.storage.codecs.containers import on_demand, reader_of
from redraw.storage.container import MAGIC, chunks_of, container_of

if TYPE_CHECKING:
    from redraw.engines import Drawer

Path = str | os.PathLike[str]


def drawer_of(path: Path, threads: int, *, partial: bool = False) -> "tuple[Drawer, About] | None":
    """What draws a field file, and what it shows.

    Args:
        path: The file.
        threads: How many work.
        partial: Draw what is there of a damaged or incomplete file.

    Returns:
        None for a file that takes PyTorch: `redraw.load` opens it.

    Raises:
        FileFormatError: the file is damaged, incomplete or of a newer version.
    """
    codec = on_demand(path)
    if codec is not None:
        return codec.drawer_at(path, threads, drawer_of_bytes)
    data = container_of(path)
    if data is None:
        return None
    name = os.fspath(path)
    chunks, whole = chunks_of(data, name, partial=partial)
    try:
        return reader_of(chunks, name).drawer_of(chunks, name, threads, partial=not whole)
    except FileFormatError as error:
        if whole:
            raise
        raise FileFormatError(
            f"{name} is damaged: what is there of it draws nothing yet"
        ) from error


def drawer_of_bytes(content: bytes, name: str, threads: int) -> "Drawer":
    """What draws a field file whose bytes lie in another one; with PyTorch where that is needed.

    Args:
        content: Of the file.
        name: For messages.
        threads: How many work.

    Raises:
        FileFormatError: it is damaged, or of a newer version.
    """
    if content.startswith(MAGIC):
        chunks, _ = chunks_of(content, name)
        quick = reader_of(chunks, name).drawer_of(chunks, name, threads)
        if quick is not None:
            return quick[0]
    from redraw.engines import StepSpec, choose
    from redraw.storage.field_file import load_field

    with tempfile.TemporaryDirectory(prefix="redraw-") as folder:
        copy = os.path.join(folder, "square.redraw")
        with open(copy, "wb") as file:
            file.write(content)
        try:
            field, _ = load_field(copy)
        except FileFormatError as error:
            raise FileFormatError(str(error).replace(copy, name)) from None
    spec = StepSpec(threads=threads, training=False)
    return choose("auto", field, spec)[0].drawer(field, spec)


def described(path: Path) -> tuple[About, list[tuple[str, int]]] | None:
    """What a container shows and where its bytes go; None for other files. Raises as above."""
    codec = on_demand(path)
    if codec is not None:
        return codec.described_at(path)
    data = container_of(path)
    if data is None:
        return None
    name = os.fspath(path)
    chunks, _ = chunks_of(data, name)
    reader = reader_of(chunks, name)
    return reader.about_of(chunks, name), reader.bytes_of(chunks, name)
