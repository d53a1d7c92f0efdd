"""Export a field to a path: the ending decides who writes it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redraw.errors import UsageError
from redraw.export.exporter import Exporter, Subject, Written
from redraw.export.registry import exporter_for


def export(
    subject: Subject,
    path: str | os.PathLike[str],
    *,
    format: str | None = None,  # noqa: A002 (the word everybody looks for)
    force: bool = False,
    options: Mapping[str, Any] | None = None,
) -> Written:
    """Write what others open, embed, print or run without redraw.

    Args:
        subject: What is exported.
        path: Where to; its ending chooses the exporter.
        format: An ending that chooses instead, with or without the dot.
        force: Replace what is there.
        options: What else the exporter is asked for; None stands for its default.

    Raises:
        UsageError: nobody takes that ending, the exporter refuses the field, or knows no such
            option or value.
        OutputError: the path exists (without `force`), or can't be written.
    """
    path = Path(path)
    exporter = exporter_for(path, format)
    given = checked_options(exporter, options or {})
    takes = getattr(exporter, "takes", None)
    reason = takes(subject) if takes else exporter.refuse(subject.program)
    if reason:
        raise UsageError(f"can't export to {path.name}: {reason}")
    return exporter.write(subject, path, given, force=force)


def checked_options(exporter: Exporter, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given, each one known to the exporter and made into its value.

    Raises:
        UsageError: one is not.
    """
    result = {}
    for name, value in given.items():
        if value is None:
            continue
        flag = "--" + name.replace("_", "-")
        if name not in exporter.options:
            known = ["--" + option.replace("_", "-") for option in exporter.options]
            accepted = ", ".join(known) or "no options of its own"
            raise UsageError(f"{flag} means nothing to {exporter.endings[0]}; accepted: {accepted}")
        try:
            result[name] = exporter.options[name].check(value)
        except ValueError as error:
            raise UsageError(f"{flag} is {str(value)[:60]!r}; accepted: {error}") from error
    return result
