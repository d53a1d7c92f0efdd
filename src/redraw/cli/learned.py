"""What `compare` and `tune` learn: a picture, a table or a function, as their options say."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from redraw.cli.fit import check_named, refuse_columns

if TYPE_CHECKING:
    from redraw.fitting.subject import AnySignal


def stem_of(signal: str | None) -> str:
    """How files made from it are called."""
    return Path(signal).stem if signal is not None else "function"


def open_signal(
    signal: str | None,
    *,
    inputs: str | None,
    targets: str | None,
    held_out: str | None,
    function: str | None,
    domain: list[str] | None,
    **picture_options: Any,
) -> "AnySignal":
    """The signal that the options of a command name.

    Raises:
        UsageError: they name none, or two.
        PictureError, TableError: it can't be read.
    """
    check_named(signal, function, domain, None)
    from redraw.fitting.source import Columns, any_signal

    named = Columns(targets, inputs, None, held_out)
    if function is None:
        return any_signal(signal or "", named, **picture_options)
    from redraw.signals.function import sampled

    refuse_columns(named)
    return any_signal(sampled(function, ",".join(domain or ())), Columns(), **picture_options)
