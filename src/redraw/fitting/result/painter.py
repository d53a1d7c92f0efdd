"""The way to a kind's own painter: a field drawn, or drawn into a file."""

import inspect
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redraw.errors import UsageError
from redraw.signals.kinds import KINDS

if TYPE_CHECKING:
    from redraw.fitting.result.fitted import FittedField


def painted(field: "FittedField", asked: Mapping[str, Any], **how: Any) -> Any:
    """A field drawn by its kind's painter.

    Args:
        field: It.
        asked: Of `FittedField.render`, what to draw; None counts as not given.
        **how: The same, how.

    Raises:
        UsageError: the painter does not take what is asked, or the kind has none.
    """
    kind = KINDS.named(field.about.signal)
    painter = kind.part("painter")
    given = {name: value for name, value in asked.items() if value is not None}
    taken = inspect.signature(painter).parameters
    if all(one.kind is not one.VAR_KEYWORD for one in taken.values()):
        for name in given.keys() - taken.keys():
            raise UsageError(f"the field of a {kind.name} is drawn without a {name}; leave it out")
    return painter(field, **given, **how)


def paint_file(
    field: "FittedField",
    path: str | os.PathLike[str],
    asked: Mapping[str, Any],
    *,
    force: bool = False,
    **how: Any,
) -> None:
    """Draw a field of a kind that is drawn all at once into a file.

    Arguments and errors as of `painted`; the path's ending must be one that the kind is drawn to.
    """
    kind, path = KINDS.named(field.about.signal), Path(path)
    if kind.drawn and path.suffix.lower() not in kind.drawn:
        raise UsageError(
            f"{path.name} has the ending {path.suffix!r}; the field of a {kind.name} is drawn to"
            f" {' '.join(kind.drawn)}"
        )
    painted(field, asked, **how).save(path, force=force)
