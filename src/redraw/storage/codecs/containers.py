"""Who reads containers, by the chunk that marks what is in them; light, without PyTorch."""

import os

from redraw.errors import FileFormatError
from redraw.registry import Registry
from redraw.storage.codecs.blocks import LargePictures
from redraw.storage.codecs.codec import ContainerCodec
from redraw.storage.codecs.drawing import CodedDrawings
from redraw.storage.codecs.network import WholeNetworks
from redraw.storage.codecs.wavelet import CodedPictures
from redraw.storage.container import Chunk, first_chunk

CONTAINERS: Registry[ContainerCodec] = Registry(
    "chunk",
    {
        CodedPictures.marker: CodedPictures(),
        CodedDrawings.marker: CodedDrawings(),
        LargePictures.marker: LargePictures(),
        WholeNetworks.marker: WholeNetworks(),
    },
)


def on_demand(path: str | os.PathLike[str]) -> ContainerCodec | None:
    """Who reads a file part by part, where its codec does: told by its first chunk."""
    name = first_chunk(path)
    found = CONTAINERS[name] if name is not None and name in CONTAINERS else None
    return found if found is not None and found.on_demand else None


def reader_of(chunks: list[Chunk], path: str) -> ContainerCodec:
    """Who reads a file of these chunks.

    Raises:
        FileFormatError: nobody does.
    """
    for chunk in chunks:
        if chunk.name in CONTAINERS:
            return CONTAINERS[chunk.name]
    raise FileFormatError(f"{path} holds nothing that this redraw knows; upgrade redraw to open it")
