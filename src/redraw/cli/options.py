"""Options that several commands share, with their help texts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, Token


def whole(_: type, tokens: Sequence[Token]) -> int:
    """A whole number; cyclopts itself would round "1.5"."""
    try:
        return int(tokens[0].value)
    except ValueError:
        raise ValueError from None  # without Python's words: `redraw.cli.usage` finds better ones


WHOLE = Parameter(converter=whole)

ENGINE = "Its name; by default auto, the fastest that can do it."

Force = Annotated[bool, Parameter(help="Replace what is there already.")]
Quiet = Annotated[bool, Parameter(name=("--quiet", "-q"), help="Say nothing but errors.")]
Json = Annotated[bool, Parameter(help="Machine-readable: JSON on standard output.")]
Threads = Annotated[int | None, WHOLE, Parameter(metavar="N", help="CPU threads; by default all.")]
MaxPixels = Annotated[
    int | None,
    WHOLE,
    Parameter(metavar="N", help="Refuse pictures with more pixels; by default 100 million."),
]
FieldFile = Annotated[Path, Parameter(help="A field file, NAME.redraw.")]
RunPath = Annotated[Path, Parameter(help="A run folder, NAME.run.")]
