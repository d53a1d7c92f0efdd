"""What `fit`, `compare` and `tune` learn: a picture, a table or a function, as options say."""

from pathlib import Path
from typing import TYPE_CHECKING

from redraw.cli.options import PictureOptions, TableOptions, given
from redraw.errors import UsageError
from redraw.shell import as_text

if TYPE_CHECKING:
    from redraw.signals.options import Columns
    from redraw.signals.signal import Signal


def stem_of(signal: str | None) -> str:
    """How files made from it are called: as it, as far as that is text."""
    return as_text(Path(signal).stem) if signal is not None else "function"


def open_signal(
    signal: str | None,
    picture: PictureOptions,
    table: TableOptions,
    *,
    task: str | None = None,
    scaling: str = "range",
    rows: int | None = None,
) -> "Signal":
    """The signal that the options of a command name.

    Args:
        signal: As it was typed, or None for a function.
        picture: What is done to a picture.
        table: Which columns of a table, or which function.
        task: Of a table: numbers or classes; None lets the targets tell.
        scaling: Of a table's inputs.
        rows: Of a function: samples to learn; None for what its domain asks for.

    Raises:
        UsageError: they name none, or two.
        PictureError, TableError: it can't be read.
    """
    check_named(signal, table, rows)
    from redraw.signals.options import Columns
    from redraw.signals.source import any_signal

    named = Columns(table.targets, table.inputs, task, table.held_out, scaling)
    if table.function is None:
        return any_signal(signal or "", named, **given(picture))
    from redraw.signals.table.function import sampled

    _refuse_columns(named)
    source = sampled(table.function, ",".join(table.domain or ()), rows=rows, task=task)
    return any_signal(source, Columns(), **given(picture))


def check_named(signal: str | None, table: TableOptions, rows: int | None = None) -> None:
    """Exactly one thing is to be learned.

    Raises:
        UsageError: it is none, or two; or a function lacks its domain.
    """
    if table.function is None:
        for name, value in (("--domain", table.domain), ("--rows", rows)):
            if value is not None:
                raise UsageError(f'{name} is that of a function; name one: --function "sin(x)"')
        if signal is None:
            raise UsageError(
                "SIGNAL is missing: a picture, a table, one of `redraw examples`, or --function;"
                " see `redraw fit --help`"
            )
        return
    if signal is not None:
        raise UsageError(f"both {signal} and a function are given; accepted: one of them")
    if not table.domain:
        raise UsageError("a function needs the domain of its variables: --domain x=-3:3")


def _refuse_columns(columns: "Columns") -> None:
    """A function has no columns to choose, and brings fresh points to judge by.

    Raises:
        UsageError: one of these options is given.
    """
    for name in columns.given:
        if name != "task":
            raise UsageError(f"a function takes no --{name}; its domain says it all")
