"""The `redraw` command: which commands there are, and how errors leave it.

Commands are named by import path and loaded when they are used, so that `redraw --help` is quick.

Exit codes: 0 done, 1 refused input or failed work, 2 wrong usage, 130 interrupted.
"""

import errno
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from cyclopts import App, Group, Parameter
from cyclopts.exceptions import CycloptsError

from redraw.cli.exit_codes import INTERRUPTED
from redraw.cli.plain_text import on_a_line
from redraw.cli.screen import drop_output
from redraw.cli.wrong_usage import explained
from redraw.errors import RedrawError

EXAMPLES = """\
Try it:

    redraw fit cub                                    a drawing that comes along
    redraw render cub.redraw cub-4x.png --scale 4     draw it larger
    redraw timelapse cub.run cub.gif                  see how it was learned
"""

WRONG_USAGE = 2


def _version() -> str:
    from redraw import __version__

    return f"redraw {__version__}"


app = App(
    name="redraw",
    help="A picture becomes a small neural network, and is drawn again at any size.",
    help_format="plaintext",
    help_epilogue=EXAMPLES,
    version=_version,
    version_flags=("--version", "-V"),
    default_parameter=Parameter(negative=(), show_default=False),
    group_arguments=Group("What", sort_key=0),
    group_parameters=Group("Options", sort_key=10),
    group_commands=Group("Other", sort_key=2),
    suppress_keyboard_interrupt=False,
)
MAIN, CLOSER = Group("Commands", sort_key=0), Group("Looking closer", sort_key=1)
COMMANDS = (
    (MAIN, "fit", "Teach a small network to be a picture, or the function behind a table."),
    (MAIN, "resume", "Continue a fit where it stopped, or extend it."),
    (MAIN, "render", "Draw a field at any size."),
    (MAIN, "trace", "Turn a drawing into paths, SVG or PDF, in colour."),
    (MAIN, "export", "Write a page, source code or a model that others use without redraw."),
    (MAIN, "quantize", "Make a network a small file in whole numbers, the same on every machine."),
    (MAIN, "convert", "Turn a field file into a picture, or between floats and whole numbers."),
    (MAIN, "predict", "Predict the targets of a table's other rows."),
    (MAIN, "studio", "Watch it learn, in a browser."),
    (CLOSER, "info", "Say what a field file or a run folder is."),
    (CLOSER, "diff", "Compare two pictures: PSNR, SSIM, the largest error."),
    (CLOSER, "compare", "Fit something in several ways, side by side, and report which does best."),
    (CLOSER, "tune", "Search for better settings of a preset, on a picture or table of yours."),
    (CLOSER, "timelapse", "Show how a picture was learned, as GIF, WebP, MP4 or one sheet."),
    (CLOSER, "plot", "Draw a run's learning curve, or what it learned from a table."),
    (CLOSER, "examples", "List functions to learn that come along."),
    (CLOSER, "presets", "List the presets, and the names that --set takes."),
    (CLOSER, "csv", "Turn pictures into CSV tables of pixels, and back."),
)
for place, (group, name, about) in enumerate(COMMANDS):
    path = f"redraw.cli.commands.{name}:app"
    app.command(path, name=name, help=about, group=group, sort_key=place)
app.register_install_completion_command(
    help="Let the Tab key complete commands and options in this shell."
)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; every error on purpose becomes one line and an exit code."""
    tokens = sys.argv[1:] if arguments is None else list(arguments)
    _print_anything()
    try:
        with _own_notices(), _terminated_as_interrupted():
            result = app(
                with_bare_ray(tokens),
                exit_on_error=False,
                print_error=False,
                result_action="return_value",
            )
            sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except CycloptsError as error:
        return complain(explained(error), WRONG_USAGE)
    except RedrawError as error:
        return complain(str(error), error.exit_code)
    except MemoryError:
        return complain("there is not enough memory for this; try something smaller", 1)
    except BrokenPipeError:
        drop_output()
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            return at_fault(error)
        drop_output()
        return complain(
            "can't go on: no space is left where it writes; make some, or write elsewhere", 1
        )
    except KeyboardInterrupt:
        return complain("interrupted", INTERRUPTED)
    except Exception as error:
        if os.environ.get("REDRAW_TRACEBACK"):
            raise
        return at_fault(error)


def with_bare_ray(tokens: Sequence[str]) -> list[str]:
    """`--ray` alone starts a cluster here; what follows it is an address only if it looks so.

    Example:
        >>> with_bare_ray(["fit", "--ray", "a.png"]), with_bare_ray(["fit", "--ray", "head:6379"])
        (['fit', '--ray=local', 'a.png'], ['fit', '--ray', 'head:6379'])
    """
    found = list(tokens)
    for place, token in enumerate(found):
        if token == "--":
            break
        following = found[place + 1] if place + 1 < len(found) else ""
        named = following in ("auto", "local") or ":" in following
        if token == "--ray" and not named:
            found[place] = "--ray=local"
    return found


def complain(message: str, code: int) -> int:
    """Say what is wrong, on one line of standard error; returns `code`."""
    line = on_a_line(message)
    print(f"redraw: {line}", file=sys.stderr, flush=True)
    return code


def _print_anything() -> None:
    """A terminal that knows no "×" shall show "?" instead of failing."""
    if sys.stdout is None:  # closed by the shell: >&-
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 (until the process ends)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")


@contextmanager
def _own_notices() -> Iterator[None]:
    """What --quiet hushes is heard again by whatever comes after in this process."""
    notices = logging.getLogger("redraw")
    before = notices.level
    try:
        yield
    finally:
        notices.setLevel(before)


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM and SIGHUP unwind like Ctrl-C, so that no half-written file stays behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None))]
    heard = [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]
    before = [signal.signal(number, signal.default_int_handler) for number in heard]
    try:
        yield
    finally:
        for number, handler in zip(heard, before, strict=True):
            signal.signal(number, handler)


def at_fault(error: BaseException) -> int:
    """What nobody foresaw: one line, and everything that tells of it in a file."""
    import platform
    import tempfile
    import traceback

    said = "".join(traceback.format_exception(error))
    versions = f"redraw {_version()}, Python {platform.python_version()}, {platform.platform()}"
    summary = f"{type(error).__name__}: {error}"[:200]
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="redraw-fault-", suffix=".txt", delete=False, errors="replace"
        ) as file:
            file.write(f"{versions}\nredraw {' '.join(sys.argv[1:])}\n\n{said}")
        where = f"; what happened is in {file.name}, please report it"
    except OSError:
        where = "; please report it"
    return complain(f"this is a fault of redraw ({summary}){where}", 1)
