"""The command line: one file per command, loaded when it is used.

    app.py           which commands there are
    ends.py          how a command ends: errors become one line and an exit code
    shortcut.py      `redraw render FIELD OUT`, without what reads every command line
    commands/        one file a command
    options.py       options that commands share
    wrong_usage.py   what is said of a command that was typed wrong
    exit_codes.py    what the process says when it ends
    learned.py       what is learned: a picture, a table or a function, as options say
    fit_checks.py    what `redraw fit` refuses before anything is read
    drawing.py       what `redraw render` does
    bar.py           a bar for work that says how far it is
    many.py          `redraw fit` of many pictures
    large.py         `redraw fit` of a picture larger than memory
    several.py       commands that take one thing and a name, or many and a folder
    collecting.py    imports without searches for garbage, which are quicker
    interrupts.py    Ctrl-C and SIGTERM during a fit
    follow.py        a run to its end, for fit and resume
    reporters.py     which way of reporting a fit takes
    reporting.py     plain lines, JSON or nothing
    display.py       the live display on a terminal
    summary.py       the last words of a fit
    compared.py      what is said where plain interpolation was better
    planned.py       what a fit would do and take: --dry-run
    profile.py       where its time went
    racing.py        how a comparison goes
    info_field.py    what is told of a field file
    info_run.py      what is told of a run folder
    architecture.py  a field's configuration in one line
    screen.py        standard output: a terminal, a pipe or a file
    plain_text.py    control characters of files never reach the terminal
    wording.py       numbers, times and paths as people read them

PyTorch, Numba and NumPy are imported inside of commands only, so that `redraw --help` is quick.
"""

import gc
import sys
from collections.abc import Sequence

from redraw.cli.exit_codes import INTERRUPTED
from redraw.cli.shortcut import plain_drawing


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `redraw` with the arguments of the process, or these; returns the exit code."""
    try:
        plain = plain_drawing(sys.argv[1:] if arguments is None else arguments)
        if plain is not None:
            from redraw.cli.ends import ended

            return ended(plain)
        from redraw.cli.app import run

        return run(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        # The process ends here: Python's last search for garbage among all that PyTorch has
        # loaded takes a quarter of a second. OpenImageIO's bindings count at exit what was not
        # collected, and complain of each on standard error: with them the search is made.
        if arguments is None and "OpenImageIO" not in sys.modules:
            gc.freeze()
