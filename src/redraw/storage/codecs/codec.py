"""What every codec of field files answers."""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from redraw.files import atomic_output
from redraw.storage.about import About
from redraw.storage.container import Chunk, packed

if TYPE_CHECKING:
    from redraw.engines import Drawer
    from redraw.fields import Field


class Codec(ABC):
    """Writes fields of some encodings to files, and reads them back."""

    @abstractmethod
    def save(
        self,
        path: str | os.PathLike[str],
        field: "Field",
        about: About,
        *,
        force: bool,
        alone: bool = False,
    ) -> None:
        """Write a field, atomically; equal fields make equal bytes.

        Args:
            path: The file to write.
            field: What is written.
            about: What it shows.
            force: Replace what is there.
            alone: Whether the file has to be all that a reader needs: nothing of it may be known by
                name alone.

        Raises:
            OutputError: `path` exists, can't be written, or the field is not one that could be
                read.
            UsageError: the field doesn't match its configuration.
        """


class ContainerCodec(Codec):
    """One whose files are containers of chunks.

    What it is given are all chunks but the last, each whole; `path` is how messages name the file;
    `partial` says that some may be missing. All raise FileFormatError where the chunks are not what
    `save` writes.

    Attributes:
        marker: The chunk that says that a container is read by this codec.
        on_demand: Its files are not read whole: `drawer_at` and `described_at` open them, and
            `field_of` refuses.
    """

    marker: ClassVar[str]
    on_demand: ClassVar[bool] = False

    def save(
        self,
        path: str | os.PathLike[str],
        field: "Field",
        about: About,
        *,
        force: bool,
        alone: bool = False,
    ) -> None:
        chunks = self.chunks_of(field, about, alone=alone)
        if chunks is None:
            self.save_otherwise(path, field, about, force=force)
            return
        data = packed(chunks)
        with atomic_output(path, force=force) as file:
            file.write(data)

    @abstractmethod
    def chunks_of(self, field: "Field", about: About, *, alone: bool) -> list[Chunk] | None:
        """The chunks of a field; None if it is no longer one that they can say.

        Args:
            field: And the others: as of `save`.

        Raises:
            UsageError: fields in memory are not stored so.
        """

    def save_otherwise(
        self, path: str | os.PathLike[str], field: "Field", about: About, *, force: bool
    ) -> None:
        """Write a field that `chunks_of` can't say; as `save`."""
        raise NotImplementedError

    @abstractmethod
    def field_of(
        self, chunks: list[Chunk], path: str, *, partial: bool = False
    ) -> "tuple[Field, About]":
        """The field, on the CPU."""

    @abstractmethod
    def about_of(self, chunks: list[Chunk], path: str) -> About:
        """What the field shows, without unpacking it."""

    @abstractmethod
    def bytes_of(self, chunks: list[Chunk], path: str) -> list[tuple[str, int]]:
        """Where the bytes go: names for people, and bytes."""

    def drawer_of(
        self, chunks: list[Chunk], path: str, threads: int, *, partial: bool = False
    ) -> "tuple[Drawer, About] | None":
        """What draws it without PyTorch; None if nothing does."""
        return None

    def drawer_at(
        self,
        path: str | os.PathLike[str],
        threads: int,
        opened: "Callable[[bytes, str, int], Drawer]",
    ) -> "tuple[Drawer, About]":
        """What draws a file that is read on demand.

        Args:
            path: The file.
            threads: How many work.
            opened: What draws a field file that lies in it, given its bytes, a name, and threads.
        """
        raise NotImplementedError

    def described_at(self, path: str | os.PathLike[str]) -> tuple[About, list[tuple[str, int]]]:
        """What such a file shows, and where its bytes go."""
        raise NotImplementedError
