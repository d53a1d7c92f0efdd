"""Commands that take one thing and a name to write, or many things and a folder: `-o FOLDER`."""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from redraw.cli.plain_text import on_a_line
from redraw.errors import RedrawError, UsageError

MANY = Group("Many at once", sort_key=1.5)

Folder = Annotated[
    Path | None,
    Parameter(
        name=("--output", "-o"),
        metavar="FOLDER",
        group=MANY,
        help="All that are named go into it, each under its own name.",
    ),
]
Recursive = Annotated[
    bool, Parameter(group=MANY, negative="", help="Look into folders below a named one too.")
]


def pairs(
    names: Sequence[str],
    folder: Path | None,
    *,
    command: str,
    what: tuple[str, str],
    suffix: str,
    endings: Iterable[str],
    recursive: bool = False,
) -> list[tuple[str, Path]]:
    """What a command reads, and what it writes for each.

    Args:
        names: One and a path to write; with a folder any number of files, folders and patterns.
        folder: Where all of them go.
        command: As it is typed, for messages.
        what: What is read and what is written, for messages.
        suffix: Ending of what is written into a folder.
        endings: Of the files that are taken from folders.
        recursive: Look into folders below a named one too.

    Raises:
        UsageError: the names mean nothing, or two results would have the same name.

    Example:
        >>> pairs(["a", "b"], None, command="render", what=("a", "b"), suffix="", endings=())
        [('a', PosixPath('b'))]
    """
    if folder is None:
        if len(names) != 2 or recursive:
            told = "OUT is missing" if len(names) == 1 else f"{len(names)} names are given"
            raise UsageError(
                f"{told}; accepted: a {what[0]} and the {what[1]} to write, or any number of"
                f" {what[0]}s and a folder (-o FOLDER); see `redraw {command} --help`"
            )
        return [(names[0], Path(names[1]))]
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; accepted: the name of a folder")
    from redraw.batch.inputs import gather

    items = gather(names, folder, recursive=recursive, suffix=suffix, endings=endings)
    return [(item.source, Path(item.output)) for item in items]


def for_each(
    named: Sequence[tuple[str, Path]],
    do: Callable[[str, Path], int],
    *,
    into: Path | None = None,
) -> int:
    """Carry out a command for each; one that fails stops nothing if there are several.

    Args:
        named: What is read and what is written.
        do: The command for one of them.
        into: The folder they go into, which is made with those below it.

    Returns:
        The exit code: 1 if any failed.

    Raises:
        RedrawError: there is a single one, and it fails.
    """
    if into is None and len(named) == 1:
        return do(*named[0])
    failed: list[str] = []
    for source, out in named:
        try:
            if into is not None:
                _make(out.parent)
            code = do(source, out)
        except RedrawError as error:
            print(f"redraw: {on_a_line(str(error))}", file=sys.stderr)
            code = 1
        if code:
            failed.append(source)
    if failed and len(named) > 1:
        print(f"redraw: {len(failed):,} of {len(named):,} failed", file=sys.stderr)
    return 1 if failed else 0


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"can't make the folder {folder}: {error.strerror}") from None
