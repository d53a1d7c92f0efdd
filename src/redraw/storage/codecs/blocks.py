"""Pictures larger than memory: blocks that are read where they are asked for."""

import functools
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from redraw.errors import FileFormatError, UsageError
from redraw.storage.about import About
from redraw.storage.chunk_names import LARGE
from redraw.storage.codecs.codec import ContainerCodec
from redraw.storage.container import Chunk

if TYPE_CHECKING:
    from redraw.engines import Drawer, ExactDrawer
    from redraw.fields import Field

# Fields of squares that are held, of those that were drawn last.
HELD = 24


class LargePictures(ContainerCodec):
    """Fields that no memory holds; `redraw.fitting.large` writes them."""

    marker: ClassVar[str] = LARGE
    on_demand = True

    def chunks_of(self, field: "Field", about: About, *, alone: bool) -> list[Chunk] | None:
        raise UsageError("a field in memory is stored as what it is, not in blocks")

    def drawer_at(
        self,
        path: str | os.PathLike[str],
        threads: int,
        opened: "Callable[[bytes, str, int], Drawer]",
    ) -> "tuple[Drawer, About]":
        from redraw.coding.blocks.mosaic import Mosaic
        from redraw.engines.coded.mosaic_drawer import MosaicDrawer
        from redraw.storage.block_file import BlockFile

        file = BlockFile(path)
        blocks = file.blocks
        mosaic = Mosaic(blocks.layout, blocks.corner, blocks.chances, file.fetch, threads)
        drawer = MosaicDrawer(mosaic, threads)
        if file.squares is None:
            return drawer, file.about
        from redraw.engines.squares import Grid, SquaresDrawer

        layout, squares = blocks.layout, file.squares
        grid = Grid((layout.width, layout.height), squares.side, squares.margin)
        columns = grid.counts[1]

        @functools.lru_cache(HELD)
        def field(row: int, column: int) -> "ExactDrawer | None":
            content = file.field(row * columns + column)
            if not content:
                return None
            name = f"{file.path}, square {column}, {row}"
            return _exact(opened(content, name, threads), name, layout.channels)

        return SquaresDrawer(drawer, grid, field, layout.channels), file.about

    def described_at(self, path: str | os.PathLike[str]) -> tuple[About, list[tuple[str, int]]]:
        from redraw.storage.block_file import (
            CHANCES,
            CORNER,
            DATA,
            FIELD_DATA,
            FIELDS,
            TABLE,
            BlockFile,
        )

        names = {
            LARGE: "header",
            CORNER: "coarsest coefficients",
            CHANCES: "chances",
            TABLE: "table of blocks",
        }
        file = BlockFile(path)
        file.close()
        layout, lengths = file.blocks.layout, file.blocks.lengths
        spent: dict[str, int] = {}
        for name, size in file.stored.items():
            if name not in (DATA, FIELDS, FIELD_DATA):
                said = names.get(name, "metadata" if name == "ME" else "header")
                spent[said] = spent.get(said, 0) + size
        for level in range(layout.levels - 1, -1, -1):
            first, last = layout.firsts[level + 1], layout.firsts[level]
            spent[f"level {level}"] = int(lengths[first:last].sum())
        if file.squares is not None:
            there = int((file.squares.lengths > 0).sum())
            said = f"fields of {there:,} of {len(file.squares.lengths):,} squares"
            spent[said] = file.stored.get(FIELDS, 0) + file.stored.get(FIELD_DATA, 0)
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
        from redraw.storage.block_file import BlockFile

        return BlockFile(path).about

    def bytes_of(self, chunks: list[Chunk], path: str) -> list[tuple[str, int]]:
        return self.described_at(path)[1]


def _exact(drawer: "Drawer", name: str, channels: int) -> "ExactDrawer":
    """Raises FileFormatError for what no fit makes: it does not know means over cells, or has other
    channels than its picture.
    """
    from redraw.engines import ExactDrawer

    if not isinstance(drawer, ExactDrawer):
        raise FileFormatError(f"{name} is damaged: its field does not know its means")
    found = drawer.values(np.zeros((1, 2), np.float32)).shape[1]
    if found != channels:
        raise FileFormatError(f"{name} is damaged: its field has {found} channels, not {channels}")
    return drawer
