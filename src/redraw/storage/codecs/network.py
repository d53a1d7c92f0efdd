"""Networks in whole numbers as chunks (docs/format.md)."""

import os
from typing import TYPE_CHECKING, Any, ClassVar

from redraw.errors import FileFormatError, UsageError
from redraw.files import atomic_output
from redraw.storage.about import About
from redraw.storage.chunk_names import NETWORK
from redraw.storage.codecs.codec import ContainerCodec
from redraw.storage.container import Chunk, chunks_of, container_of, first_chunk, packed

if TYPE_CHECKING:
    from redraw.coding.networks import WholeNetwork
    from redraw.engines import Drawer
    from redraw.fields import Field


class WholeNetworks(ContainerCodec):
    """Fields whose network was quantised: drawn in whole numbers, opened as floats by PyTorch."""

    marker: ClassVar[str] = NETWORK

    def chunks_of(self, field: "Field", about: About, *, alone: bool) -> list[Chunk] | None:
        raise UsageError("a field becomes whole numbers by `redraw quantize`")

    def field_of(
        self, chunks: list[Chunk], path: str, *, partial: bool = False
    ) -> "tuple[Field, About]":
        from redraw.storage.codecs.network_fields import field_of
        from redraw.storage.network_file import network_of

        network, config, about = network_of(chunks, path)
        try:
            return field_of(network, config), about
        except UsageError as error:
            raise FileFormatError(f"{path} can't be used: {error}") from error

    def about_of(self, chunks: list[Chunk], path: str) -> About:
        from redraw.storage.network_file import network_of

        return network_of(chunks, path)[2]

    def bytes_of(self, chunks: list[Chunk], path: str) -> list[tuple[str, int]]:
        from redraw.storage.network_file import bytes_of

        return bytes_of(chunks, path)

    def drawer_of(
        self, chunks: list[Chunk], path: str, threads: int, *, partial: bool = False
    ) -> "tuple[Drawer, About] | None":
        from redraw.engines.whole_drawer import WholeDrawer
        from redraw.storage.network_file import network_of

        network, _, about = network_of(chunks, path)
        return (WholeDrawer(network, threads), about) if about.colour is not None else None


def network_at(path: str | os.PathLike[str]) -> "WholeNetwork | None":
    """The whole numbers of a field file; None if it has no network in whole numbers.

    Raises:
        FileFormatError: it is damaged.
    """
    if first_chunk(path) != NETWORK:
        return None
    from redraw.storage.network_file import network_of

    name = os.fspath(path)
    chunks, _ = chunks_of(container_of(path) or b"", name)
    return network_of(chunks, name)[0]


def packed_network(network: "WholeNetwork", config: dict[str, Any], about: About) -> bytes:
    """The whole file."""
    from redraw.storage.network_file import chunks_of_network

    return packed(chunks_of_network(network, config, about))


def save_network(path: str | os.PathLike[str], data: bytes, *, force: bool = False) -> None:
    """Write what `packed_network` made, atomically.

    Raises:
        OutputError: it exists (without `force`) or can't be written.
    """
    with atomic_output(path, force=force) as file:
        file.write(data)
