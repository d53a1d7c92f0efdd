"""What is to be fitted: a file, a bundled picture or example, a signal, or arrays.

Each kind is asked in turn whether it is one of its own. No PyTorch here, so that a bad picture is
refused at once.
"""

import errno
import os
from typing import Any

from redraw.errors import PictureError, UsageError
from redraw.signals.kinds import kind_of, kinds
from redraw.signals.options import Columns, Learnable, Options, called
from redraw.signals.signal import Signal


def any_signal(named: Learnable, columns: Columns | None = None, **others: Any) -> Signal:
    """The signal to fit.

    Args:
        named: A signal; a path to a picture or a table; the name of a bundled picture or of an
            example; or an array: a picture, or inputs where `columns` has the targets.
        columns: Of a table.
        **others: Those of other kinds, such as `as_picture`'s; None and False count as not given.

    Raises:
        PictureError, TableError: it can't be read.
        UsageError: an option is impossible, or not one for such a signal.
    """
    if isinstance(named, str | os.PathLike):
        _check_length(named)
    given = {
        name: value for name, value in others.items() if value is not None and value is not False
    }
    options = Options(columns or Columns(), given)
    for kind in (kind_of(named),) if isinstance(named, Signal) else kinds():
        found = kind.part("opener")(named, options) if kind.opener else None
        if found is not None:
            return found
    if not isinstance(named, Signal):
        raise UsageError(f"{called(named)} is none of the signals that are known here")
    for name in (*options.columns.given, *given):
        raise UsageError(f"{named.name} is a {named.kind}; it takes no {name.replace('_', '-')}")
    return named


def _check_length(path: str | os.PathLike[str]) -> None:
    """Raises PictureError for a name that no file of this system can have."""
    try:
        os.stat(path)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            text = os.fspath(path)
            raise PictureError(
                f"the name {text[:40]!r}... has {len(os.fsencode(text)):,} bytes, more than this"
                " system takes; shorten it"
            ) from error
    except ValueError:  # a NUL, which is told where the file is opened
        return
