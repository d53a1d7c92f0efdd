"""What another package may bring: a codec of field files, for blocks whose means take a byte each.

A row in each of two tables: the codec by the name that an encoding has for it, and who reads a
container by the chunk that marks it.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from tests.extending.toys import BlocksConfig

from redraw.errors import FileFormatError
from redraw.fields.config import FieldConfig
from redraw.fields.encoding_configs import ENCODINGS
from redraw.storage.about import About
from redraw.storage.codecs.codec import ContainerCodec
from redraw.storage.codecs.containers import CONTAINERS
from redraw.storage.codecs.table import CODECS
from redraw.storage.container import Chunk


@dataclass(frozen=True)
class SmallBlocksConfig(BlocksConfig):
    """Blocks whose files hold a byte for each mean.

    Attributes:
        blocks: Along each side.
        planes: Values of each.
    """

    kind: ClassVar[str] = "small-blocks"
    codec: ClassVar[str] = "bytes"


class Bytes(ContainerCodec):
    """Means as bytes, 255 being 1; the layer behind them is left out."""

    marker: ClassVar[str] = "BK"

    def chunks_of(self, field, about, *, alone):
        means = field.encoding.means.detach().numpy()
        values = np.rint(means.clip(0, 1) * 255).astype(np.uint8)
        said = {"shape": means.shape, "about": about.to_json()}
        return [Chunk(self.marker, json.dumps(said).encode()), Chunk("BV", values.tobytes())]

    def _said(self, chunks, path):
        try:
            said = json.loads(chunks[0].content)
            planes, blocks, _ = said["shape"]
            values = np.frombuffer(chunks[1].content, np.uint8).reshape(planes, blocks, blocks)
            return values / np.float32(255), About.from_json(said["about"])
        except (IndexError, KeyError, TypeError, ValueError) as error:
            raise FileFormatError(f"{path} is damaged: its blocks are not as written") from error

    def field_of(self, chunks, path, *, partial=False):
        import torch

        from redraw.fields import Field

        means, about = self._said(chunks, path)
        planes, blocks, _ = means.shape
        encoding = SmallBlocksConfig(blocks, planes)
        field = Field.build(FieldConfig(planes, hidden=(), bias=False, encoding=encoding), 0)
        with torch.no_grad():
            field.encoding.means.copy_(torch.from_numpy(means))
            field.network.layers[0].weight.copy_(torch.eye(planes))
        return field, about

    def about_of(self, chunks, path):
        return self._said(chunks, path)[1]

    def bytes_of(self, chunks, path):
        return [("means", len(chunks[1].content))]


@contextmanager
def registered() -> Iterator[None]:
    """They are there meanwhile."""
    ENCODINGS.register(SmallBlocksConfig.kind, SmallBlocksConfig)
    CODECS.register(SmallBlocksConfig.codec, Bytes())
    CONTAINERS.register(Bytes.marker, Bytes())
    try:
        yield
    finally:
        ENCODINGS.withdraw(SmallBlocksConfig.kind)
        CODECS.withdraw(SmallBlocksConfig.codec)
        CONTAINERS.withdraw(Bytes.marker)
