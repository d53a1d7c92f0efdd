"""Pictures larger than memory: blocks that are read where they are asked for."""

import os
from typing import TYPE_CHECKING, ClassVar

from redraw.errors import FileFormatError, UsageError
from redraw.storage.about import About
from redraw.storage.block_file import CHANCES, CORNER, DATA, LARGE, TABLE, BlockFile
from redraw.storage.codecs.codec import ContainerCodec
from redraw.storage.container import Chunk

if TYPE_CHECKING:
    from redraw.engines import Drawer
    from redraw.fields import Field

NAMES = {LARGE: "header", CORNER: "coarsest numbers", CHANCES: "chances", TABLE: "table of blocks"}


class LargePictures(ContainerCodec):
    """Fields that no memory holds; `redraw.fitting.large` writes them."""

    marker: ClassVar[str] = LARGE
    on_demand = True

    def save(
        self,
        path: str | os.PathLike[str],
        field: "Field",
        about: About,
        *,
        force: bool,
        alone: bool = False,
    ) -> None:
        raise UsageError("a field in memory is stored as what it is, not in blocks")

    def drawer_at(self, path: str | os.PathLike[str], threads: int) -> "tuple[Drawer, About]":
        from redraw.coding.blocks.mosaic import Mosaic
        from redraw.engines.coded.mosaic_drawer import MosaicDrawer

        file = BlockFile(path)
        blocks = file.blocks
        mosaic = Mosaic(blocks.layout, blocks.corner, blocks.chances, file.fetch, threads)
        return MosaicDrawer(mosaic, threads), file.about

    def described_at(self, path: str | os.PathLike[str]) -> tuple[About, list[tuple[str, int]]]:
        file = BlockFile(path)
        file.close()
        layout, lengths = file.blocks.layout, file.blocks.lengths
        spent: dict[str, int] = {}
        for name, size in file.stored.items():
            if name != DATA:
                said = NAMES.get(name, "metadata" if name == "ME" else "header")
                spent[said] = spent.get(said, 0) + size
        for level in range(layout.levels - 1, -1, -1):
            first, last = layout.firsts[level + 1], layout.firsts[level]
            spent[f"level {level}"] = int(lengths[first:last].sum())
        return file.about, list(spent.items())

    def field_of(
        self, chunks: list[Chunk], path: str, *, partial: bool = False
    ) -> "tuple[Field, About]":
        raise FileFormatError(
            f"{path} is a picture in blocks, which may be larger than memory; `redraw render`,"
            " `redraw export NAME.dzi` and `redraw studio` draw it, any part at any size; in Python"
            " redraw.storage.opening.drawer_of opens it for redraw.render.draw"
        )

    def about_of(self, chunks: list[Chunk], path: str) -> About:
        return BlockFile(path).about

    def bytes_of(self, chunks: list[Chunk], path: str) -> list[tuple[str, int]]:
        return self.described_at(path)[1]
