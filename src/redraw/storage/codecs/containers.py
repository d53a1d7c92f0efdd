"""Who reads containers, by the chunk that marks what is in them; light, without PyTorch."""

from redraw.errors import FileFormatError
from redraw.registry import Registry
from redraw.storage.codecs.codec import ContainerCodec
from redraw.storage.codecs.wavelet import CodedPictures
from redraw.storage.container import Chunk

CONTAINERS: Registry[ContainerCodec] = Registry("chunk", {CodedPictures.marker: CodedPictures()})


def reader_of(chunks: list[Chunk], path: str) -> ContainerCodec:
    """Who reads a file of these chunks.

    Raises:
        FileFormatError: nobody does.
    """
    for chunk in chunks:
        if chunk.name in CONTAINERS:
            return CONTAINERS[chunk.name]
    raise FileFormatError(f"{path} holds nothing that this redraw knows; upgrade redraw to open it")
