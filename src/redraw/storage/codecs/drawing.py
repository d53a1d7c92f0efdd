"""Coded drawings as chunks: labels, potentials and colours in few bytes (docs/format.md)."""

import os
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from redraw.errors import FileFormatError, UsageError
from redraw.storage.about import About
from redraw.storage.codecs.codec import ContainerCodec
from redraw.storage.container import Chunk
from redraw.storage.drawing_file import (
    DRAWING,
    about_of,
    bytes_of,
    chunks_of_drawing,
    drawing_of,
)

if TYPE_CHECKING:
    from redraw.engines import Drawer
    from redraw.fields import Field


class CodedDrawings(ContainerCodec):
    """Fields of labels whose numbers are whole steps; others of the kind become tensor files."""

    marker: ClassVar[str] = DRAWING

    def chunks_of(self, field: "Field", about: About, *, alone: bool) -> list[Chunk] | None:
        from redraw.engines.labels import drawn
        from redraw.fields.labels_config import LabelsConfig

        found = drawn.packed_of(field) if about.colour is not None else None
        if found is None:  # trained on since: it is what it is, in floats
            return None
        assert field.config is not None
        assert isinstance(field.config.encoding, LabelsConfig)
        return chunks_of_drawing(*found, field.config.encoding, about)

    def save_otherwise(
        self, path: str | os.PathLike[str], field: "Field", about: About, *, force: bool
    ) -> None:
        from redraw.engines.labels import drawn
        from redraw.storage.codecs.tensors import Tensors

        Tensors().save(path, drawn.as_floats(field), about, force=force)

    def field_of(
        self, chunks: list[Chunk], path: str, *, partial: bool = False
    ) -> "tuple[Field, About]":
        from redraw.engines.labels import drawn

        drawing, config, about = drawing_of(chunks, path, partial=partial)
        try:
            return drawn.field_of(drawing, config), about
        except UsageError as error:
            raise FileFormatError(f"{path} can't be used: {error}") from error

    def about_of(self, chunks: list[Chunk], path: str) -> About:
        return about_of(chunks, path)

    def bytes_of(self, chunks: list[Chunk], path: str) -> list[tuple[str, int]]:
        return bytes_of(chunks, path)

    def drawer_of(
        self, chunks: list[Chunk], path: str, threads: int, *, partial: bool = False
    ) -> "tuple[Drawer, About] | None":
        from redraw.engines.labels.drawer import LabelsDrawer
        from redraw.engines.labels.tables import Tables

        drawing, config, about = drawing_of(chunks, path, partial=partial)
        places, planes = drawing.places, drawing.about.channels
        tables = Tables.of(places.owner, places.candidates, drawing.about.labels)
        mixing = np.eye(planes), np.zeros(planes)
        return LabelsDrawer(config, tables, *drawing.floats, mixing, threads), about
