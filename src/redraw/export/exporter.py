"""What an exporter is, and what it is given.

An exporter sees a field's program (`redraw.fields.program`) and what the field shows
(`redraw.storage.about.About`). It knows operations by their kind, never presets or encodings, and
either refuses with a reason that says the way out, or writes.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from redraw.engines import Drawer
from redraw.errors import UsageError
from redraw.fields import Field
from redraw.fields.program import Program
from redraw.signals.kinds import is_raster
from redraw.storage.about import About

if TYPE_CHECKING:
    from redraw.coding.networks import WholeNetwork


@dataclass(frozen=True)
class Subject:
    """What is exported.

    Attributes:
        field: With its parameters as they are.
        about: What it shows and how it was made.
        name: What to call it; the file's stem unless said otherwise. Not to be trusted.
        drawer: Opens an evaluator of the field, for exporters that draw.
        progress: Told the share that is done, from 0 to 1, by exporters that may take over a
            second.
        whole: Its network in whole numbers, if it has one, which draws the same everywhere.
    """

    field: Field
    about: About
    name: str
    drawer: Callable[[], Drawer]
    progress: Callable[[float], object] = lambda _: None
    whole: "WholeNetwork | None" = None

    @functools.cached_property
    def program(self) -> Program:
        """The field as array operations.

        Raises:
            UsageError: its encoding can't be lowered.
        """
        return self.field.lower()

    def check_picture(self, ending: str) -> None:
        """Refuse the field of a table, or of another signal that is not drawn in pixels.

        Raises:
            UsageError: it is one, and only a picture makes sense.
        """
        if self.about.schema is not None:
            raise UsageError(
                f"this field is the function {self.about.schema.names} of a table, and {ending}"
                " shows a picture; export it as .py, .c or .onnx, or draw it with `redraw plot`"
            )
        if not is_raster(self.about.signal):
            raise UsageError(
                f"this field is that of a {self.about.signal}, and {ending} shows a picture; export"
                " it as .py, .c or .onnx"
            )


class LargerThanMemory:
    """Stands for a field that no memory holds: exporters that only draw never ask it anything.

    Args:
        name: Of its file, for the refusal.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        raise UsageError(
            f"{self._name} is a picture in blocks, which may be larger than memory; it is exported"
            " as .dzi, and `redraw render` writes any part of it as a picture"
        )


@dataclass(frozen=True)
class Written:
    """What an exporter wrote.

    Attributes:
        paths: The files and folders, the one that was asked for first.
        notes: What was lost or is worth knowing, a sentence each.
    """

    paths: tuple[Path, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Option:
    """Something that an exporter can be asked for beside the path.

    Attributes:
        about: One line for people.
        check: Makes the value from what was given; ValueError where it can't.
    """

    about: str
    check: Callable[[Any], Any] = dataclass_field(default=lambda value: value)


class Exporter(Protocol):
    """A way to write a field, found by the file's ending.

    One that looks at what a field draws rather than at its program has a method `takes(subject)`,
    which is asked instead of `refuse`.

    Attributes:
        endings: In lower case, with the dot; the first is its name for `--as`.
        about: One line for people.
        options: What else it can be asked for.
    """

    endings: tuple[str, ...]
    about: str
    options: Mapping[str, Option]

    def refuse(self, program: Program) -> str | None:
        """Why it can't write such a program, with the way out; None if it can."""
        ...

    def write(
        self, subject: Subject, path: Path, options: Mapping[str, Any], *, force: bool
    ) -> Written:
        """Write the field.

        Args:
            subject: What is exported; its program was not refused.
            path: Where to.
            options: Values for some of `options`, checked.
            force: Replace what is there.

        Raises:
            RedrawError: it can't be written.
        """
        ...


def unknown_operations(program: Program, known: frozenset[str], ending: str) -> str | None:
    """A refusal if the program has operations that an exporter can't print; else None."""
    foreign = sorted(program.kinds - known)
    if not foreign:
        return None
    return (
        f"the field has the operation {foreign[0]!r}, which {ending} can't say;"
        f" it knows {', '.join(sorted(known))}; take another format of `redraw export --list`"
    )
