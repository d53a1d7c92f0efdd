"""Options that several commands share, with their help texts."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Group, Parameter, Token

from redraw.cli.ends import hush
from redraw.shell import as_typed


def whole(_: type, tokens: Sequence[Token]) -> int:
    """A whole number; cyclopts itself would round "1.5"."""
    try:
        return int(tokens[0].value)
    except ValueError:
        raise ValueError from None  # without Python's words: `wrong_usage` finds better ones


def hushed(_: type, quiet: bool) -> None:
    """Once --quiet is read, it holds."""
    if quiet:
        hush()


WHOLE = Parameter(converter=whole)

OUTPUT = Group("Where it goes", sort_key=1)
PICTURE = Group("What is learned", sort_key=2)
TABLE = Group("What is learned of a table or function", sort_key=2.5)
PATHS = Group("What paths are like (.svg, .pdf)", sort_key=4.5)
MACHINE = Group("Where it runs", sort_key=5)

ENGINE = "Its name; by default auto, the fastest that can do it."

Signal = Annotated[
    str | None,
    Parameter(
        help="A picture, a table, a bundled picture (cub, cub-two-tone), or one of"
        " `redraw examples`."
    ),
]
Signals = Annotated[
    str,
    Parameter(
        name="SIGNAL",
        help="A picture, a table, a bundled picture (cub, cub-two-tone), or one of"
        " `redraw examples`; or several pictures, folders and patterns.",
    ),
]
Force = Annotated[bool, Parameter(help="Replace what is there already.")]
Quiet = Annotated[
    bool, Parameter(name=("--quiet", "-q"), validator=hushed, help="Say nothing but errors.")
]
Json = Annotated[bool, Parameter(help="Machine-readable: JSON on standard output.")]
Threads = Annotated[int | None, WHOLE, Parameter(metavar="N", help="CPU threads; by default all.")]
MaxPixels = Annotated[
    int | None,
    WHOLE,
    Parameter(metavar="N", help="Refuse pictures with more pixels; by default 100 million."),
]
Ray = Annotated[
    str | None,
    Parameter(
        metavar="ADDRESS",
        group=MACHINE,
        help="On a Ray cluster, side by side: HOST:PORT or auto; local starts one here.",
    ),
]
Page = Annotated[
    int | None,
    WHOLE,
    Parameter(metavar="N", help="Which picture of a file that holds several, from 1."),
]
Layer = Annotated[str | None, Parameter(metavar="NAME", help="Which layer of an EXR.")]
Partial = Annotated[
    bool | None,
    Parameter(negative="", help="Take what is there of a picture that was cut short."),
]
Budget = Annotated[
    str | None,
    Parameter(
        metavar="N|P%",
        help="The most parameters: 300k, or 25% of the picture's values; sizes follow.",
    ),
]
FieldFile = Annotated[Path, Parameter(help="A field file, NAME.redraw.")]
RunPath = Annotated[Path, Parameter(help="A run folder, NAME.run.")]


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class PictureOptions:
    """What is done to a picture before it is learned; see `signals.picture.opening.as_picture`."""

    max_side: Annotated[
        int | None,
        WHOLE,
        Parameter(metavar="N", group=PICTURE, help="Shrink it so that no side is longer."),
    ] = None
    size: Annotated[
        str | None,
        Parameter(metavar="WxH", group=PICTURE, help="Resample it; 640x keeps the aspect."),
    ] = None
    threshold: Annotated[
        float | None,
        Parameter(
            metavar="T",
            group=PICTURE,
            help="Make it two-tone: paper where it is at least so bright.",
        ),
    ] = None
    max_pixels: Annotated[MaxPixels, Parameter(group=PICTURE)] = None
    page: Annotated[Page, Parameter(group=PICTURE)] = None
    layer: Annotated[Layer, Parameter(group=PICTURE)] = None
    partial: Annotated[Partial, Parameter(group=PICTURE)] = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """Which table or function is learned; see `redraw.signals.options.Columns`."""

    inputs: Annotated[
        str | None,
        Parameter(metavar="A,B", group=TABLE, help="Columns; by default all that are no targets."),
    ] = None
    targets: Annotated[
        str | None,
        Parameter(metavar="Y", group=TABLE, help="Columns of a .csv, .json or .parquet to learn."),
    ] = None
    held_out: Annotated[
        str | None,
        Parameter(
            metavar="P%|FILE", group=TABLE, help="Rows to judge by: a share, or another table."
        ),
    ] = None
    function: Annotated[
        str | None,
        Parameter(metavar="F", group=TABLE, help='A formula to learn, such as "sin(3*x) + y".'),
    ] = None
    domain: Annotated[
        list[str] | None,
        Parameter(metavar="x=A:B", group=TABLE, help="Of its variables; again for more."),
    ] = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class MachineOptions:
    """What runs a fit."""

    engine: Annotated[str | None, Parameter(metavar="NAME", group=MACHINE, help=ENGINE)] = None
    device: Annotated[
        str | None, Parameter(metavar="NAME", group=MACHINE, help="auto, cpu, cuda or mps.")
    ] = None
    threads: Annotated[Threads, Parameter(group=MACHINE)] = None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class PathOptions:
    """What paths are like; see `redraw.export.vectors.drawing.Options`."""

    tolerance: Annotated[
        float | None,
        Parameter(
            name=("--tolerance", "--simplify"),
            metavar="PX",
            group=PATHS,
            help="How far a curve may be from the edge; by default .05 pixels.",
        ),
    ] = None
    min_area: Annotated[
        float | None,
        Parameter(metavar="PX2", group=PATHS, help="Leave out regions that are smaller."),
    ] = None
    stacked: Annotated[
        bool | None,
        Parameter(
            group=PATHS,
            negative="--apart",
            help="Shapes lie on each other, without holes (the default), or each ends where the"
            " next begins.",
        ),
    ] = None
    flat: Annotated[
        bool | None, Parameter(group=PATHS, negative="", help="No small pictures in the file.")
    ] = None


# As nothing of them was given.
NO_PICTURE_OPTIONS, NO_TABLE_OPTIONS = PictureOptions(), TableOptions()
NO_MACHINE_OPTIONS = MachineOptions()
NO_PATH_OPTIONS = PathOptions()


def given(options: Any) -> dict[str, Any]:
    """The values of one of these classes by name, as far as they were given."""
    values = {item.name: getattr(options, item.name) for item in fields(options)}
    return {name: value for name, value in values.items() if value is not None}


def words(*options: Any) -> list[str]:
    """The same as they are typed.

    Example:
        >>> words(PictureOptions(max_side=64), TableOptions(domain=["x=0:1"]))
        ['--max-side', '64', '--domain', 'x=0:1']
    """
    typed = []
    for several in options:
        for name, value in given(several).items():
            if value is True:
                typed.append(f"--{name.replace('_', '-')}")
                continue
            for one in value if isinstance(value, list) else [value]:
                typed += as_typed(f"--{name.replace('_', '-')}", str(one))
    return typed
