"""`redraw render FIELD OUT` without more options, read without what reads every command line.

Cyclopts takes .1 s to import, as long as it takes to read a coded photograph's bytes. What is not
as plain as this, it reads; a test compares the two.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

FLAGS = {"--force": "force", "--partial": "partial", "--yes": "yes", "--quiet": "quiet"}
FLAGS["-q"] = "quiet"

# Where one is set, options have other values than nothing.
VARIABLES = ("REDRAW_ENGINE", "REDRAW_THREADS")


def plain_drawing(tokens: Sequence[str]) -> Callable[[], int] | None:
    """What a plain command of drawing does; None for any other.

    Example:
        >>> plain_drawing(["render", "cub.redraw", "cub.png", "--scale", "4"]) is None
        True
    """
    read = plainly(tokens)
    if read is None:
        return None
    field, out, said = read

    def draw() -> int:
        from redraw.cli.collecting import lazily
        from redraw.cli.drawing import Wanted, draw_one
        from redraw.cli.ends import hush

        if said["quiet"]:
            hush()
        if is_container(field):  # Numba will draw it, and not compile if it did so before
            lazily()
        wanted = Wanted((None, None), None, None, None, "auto", None, **said)
        return draw_one(Path(field), Path(out), wanted)

    return draw


def is_container(path: str | os.PathLike[str]) -> bool:
    """Whether a file begins as one of chunks does; a pipe is left alone."""
    try:
        if not os.path.isfile(path):
            return False
        with open(path, "rb") as file:
            return file.read(4) == b"\x89RDW"
    except OSError:
        return False


def plainly(tokens: Sequence[str]) -> tuple[str, str, dict[str, bool]] | None:
    """The field, the picture and which flags were given, if there is no more to it.

    Example:
        >>> plainly(["render", "a.redraw", "--force", "a.png"])[:2]
        ('a.redraw', 'a.png')
    """
    if not tokens or tokens[0] != "render" or any(name in os.environ for name in VARIABLES):
        return None
    names = [token for token in tokens[1:] if not token.startswith("-")]
    given = [FLAGS.get(token, "") for token in tokens[1:] if token.startswith("-")]
    if len(names) != 2 or not all(names) or "" in given or len(set(given)) < len(given):
        return None
    return names[0], names[1], {name: name in given for name in FLAGS.values()}
