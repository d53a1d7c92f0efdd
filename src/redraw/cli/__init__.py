"""The command line: one file per command, loaded when it is used.

    app.py          which commands there are; errors become one line and an exit code
    fit.py, resume.py, render.py, info.py, diff.py, timelapse.py, plot.py, presets.py, csv.py
    compare.py, tune.py; racing.py says how a comparison goes, learned.py what is compared
    starting.py     imports, quickly
    follow.py       a run to its end, for fit and resume
    interrupts.py   Ctrl-C and SIGTERM during a fit
    reporting.py    plain lines, JSON or nothing; display.py is the live display on a terminal
    summary.py      the last words of a fit
    options.py      options that commands share; usage.py says what is wrong with others
    plain_text.py   control characters of files never reach the terminal
    screen.py, wording.py: tables, numbers, times and paths as people read them

PyTorch, Numba and NumPy are imported inside of commands only, so that `redraw --help` is quick.
"""

import gc
import sys
from collections.abc import Sequence

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `redraw` with the arguments of the process, or these; returns the exit code."""
    try:
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
