"""Field files opened, whatever they hold."""

import os
from collections.abc import Callable
from typing import Any

from redraw.export.exporter import Written
from redraw.fitting.result.fitted import FittedField
from redraw.fitting.result.large_field import LargeField
from redraw.storage.codecs.containers import on_demand
from redraw.storage.codecs.network import network_at
from redraw.storage.field_file import load_field

# Of an export, to read what is exported.
READ = 0.1


def load(path: str | os.PathLike[str]) -> FittedField:
    """Read a field file; one of a picture larger than memory stays in its file.

    Raises:
        FileFormatError: it is damaged, foreign or of a newer version.

    Example:
        >>> import tempfile
        >>> from redraw.fields import Field, FieldConfig
        >>> from redraw.storage.about import About
        >>> field = FittedField(Field.build(FieldConfig(hidden=(4,))), About((8, 8)))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     field.save(f"{folder}/small.redraw")
        ...     load(f"{folder}/small.redraw").render(4, 4)
        <Picture field: 4x4, 8-bit grey>
    """
    if on_demand(path) is not None:
        return LargeField(path)
    field, about = load_field(path)
    return FittedField(field, about, whole=network_at(path))


def export_file(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002 (as of `export`)
    name: str | None = None,
    force: bool = False,
    progress: Callable[[float], object] = lambda _: None,
    **options: Any,
) -> Written:
    """As `load(path).export(out)`; how far it is, is told from when the field is read."""
    field = load(path)
    progress(READ)

    def further(share: float) -> None:
        progress(READ + (1.0 - READ) * share)

    return field.export(out, format=format, name=name, force=force, progress=further, **options)
