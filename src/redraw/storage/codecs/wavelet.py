"""Coded pictures as chunks: whole numbers in few bytes (docs/format.md)."""

from typing import TYPE_CHECKING, ClassVar

from redraw.errors import FileFormatError, UsageError
from redraw.storage.about import About
from redraw.storage.codecs.codec import ContainerCodec
from redraw.storage.coded_file import (
    PICTURE,
    bytes_of,
    chunk_of_network,
    chunks_of_picture,
    network_of,
    picture_of,
)
from redraw.storage.container import Chunk

if TYPE_CHECKING:
    from redraw.engines import Drawer
    from redraw.fields import Field


class CodedPictures(ContainerCodec):
    """Fields with the encoding `wavelet`, of which all but the whole numbers follows."""

    marker: ClassVar[str] = PICTURE

    def chunks_of(self, field: "Field", about: About, *, alone: bool) -> list[Chunk] | None:
        from redraw.storage.codecs.wavelet_fields import coded_of, network_in

        chunks = chunks_of_picture(coded_of(field, alone=alone), about)
        network = network_in(field)
        if network is not None:
            chunks.append(chunk_of_network(*network))
        return chunks

    def field_of(
        self, chunks: list[Chunk], path: str, *, partial: bool = False
    ) -> "tuple[Field, About]":
        from redraw.storage.codecs.wavelet_fields import field_of

        coded, about = picture_of(chunks, path, partial=partial)
        try:
            return field_of(coded, network_of(chunks, path)), about
        except UsageError as error:
            raise FileFormatError(f"{path} can't be used: {error}") from error

    def about_of(self, chunks: list[Chunk], path: str) -> About:
        return picture_of(chunks, path)[1]

    def bytes_of(self, chunks: list[Chunk], path: str) -> list[tuple[str, int]]:
        return bytes_of(chunks, path)

    def drawer_of(
        self, chunks: list[Chunk], path: str, threads: int, *, partial: bool = False
    ) -> "tuple[Drawer, About]":
        from redraw.engines.coded.drawer import CodedDrawer, detail_of

        coded, about = picture_of(chunks, path, partial=partial)
        network = network_of(chunks, path)
        return CodedDrawer(coded, threads, detail_of(*network) if network else None), about
