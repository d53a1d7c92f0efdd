"""The name of a field file: any but those of other kinds of files."""

import os
from pathlib import PurePath

from redraw.errors import OutputError
from redraw.signals.picture.recognising import ENDINGS

FIELD = ".redraw"
# Endings by which people and programs know other files. A field under one of them is taken for
# damaged by whatever opens it, and most likely the other file was meant.
OTHERS = ENDINGS | frozenset(
    f".{ending}"
    for group in (
        "htm html svg pdf eps c h py glsl frag wgsl onnx dzi",
        "json toml yaml tsv txt parquet xlsx",
        "mp4 mkv webm psd zip safetensors pt",
    )
    for ending in group.split()
)


def check_field_name(path: str | os.PathLike[str]) -> None:
    """Refuse to call a field as pictures, tables and pages are called.

    Raises:
        OutputError: its ending is that of another kind of file.

    Example:
        >>> check_field_name("cub.redraw")
        >>> check_field_name("cub.png")
        Traceback (most recent call last):
        ...
        redraw.errors.OutputError: cub.png would be a field file under the ending of others; ...
    """
    name = PurePath(path)
    if name.suffix.lower() in OTHERS:
        raise OutputError(
            f"{name} would be a field file under the ending of others; call it"
            f" {name.with_suffix(FIELD)}, and make a picture of it with `redraw render` or a page"
            " with `redraw export`"
        )
