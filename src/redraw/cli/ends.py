"""How a command ends: every error on purpose becomes one line and an exit code.

Exit codes: 0 done, 1 refused input or failed work, 2 wrong usage, 130 interrupted.
"""

import errno
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from redraw import memory
from redraw.cli.exit_codes import INTERRUPTED
from redraw.cli.plain_text import on_a_line
from redraw.cli.screen import drop_output
from redraw.errors import RedrawError

_REFUSED = {  # what a system says of a file: nothing that redraw could help
    errno.ENAMETOOLONG: "give it a shorter name",
    errno.EACCES: "ask for the right to, or name another",
    errno.EPERM: "ask for the right to, or name another",
    errno.EIO: "the disk or the network that holds it fails; copy it elsewhere",
    errno.ESTALE: "the network that holds it fails; copy it elsewhere",
    errno.EROFS: "name a place that can be written",
}
_FULL = {errno.ENOSPC, errno.EFBIG, *([errno.EDQUOT] if hasattr(errno, "EDQUOT") else [])}
_LONG = 120


def version() -> str:
    """What `redraw --version` says."""
    from redraw import __version__

    return f"redraw {__version__}"


def ended(command: Callable[[], int]) -> int:
    """Carry out a command; returns its exit code, or that of how it failed."""
    _print_anything()
    try:
        with _own_notices(), _terminated_as_interrupted():
            code = command()
            sys.stdout.flush()
        return code
    except RedrawError as error:
        return complain(str(error), error.exit_code)
    except BrokenPipeError:
        drop_output()
        return 1
    except OSError as error:
        if error.errno in _REFUSED and error.filename is not None:
            name, remedy = os.fsdecode(error.filename), _REFUSED[error.errno]
            shown = name if len(name) < _LONG else f"{name[:_LONG]}..."
            return complain(f"can't reach {shown}: {(error.strerror or '').lower()}; {remedy}", 1)
        if error.errno == errno.EIO:  # of a terminal that was closed, mostly: there is none to tell
            drop_output()
            return complain("can't go on: the terminal, or the disk that it reads, is gone", 1)
        if error.errno not in _FULL:
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
        if memory.ran_out(error):
            return complain(memory.RAN_OUT, 1)
        return at_fault(error)


def hush() -> None:
    """With --quiet, notices such as that of compiling are not for this user either."""
    logging.getLogger("redraw").setLevel(logging.ERROR)


def complain(message: str, code: int) -> int:
    """Say what is wrong, on one line of standard error; returns `code`."""
    line = on_a_line(message)
    with suppress(OSError):  # a terminal that was closed
        print(f"redraw: {line}", file=sys.stderr, flush=True)
    return code


def _print_anything() -> None:
    """A terminal that knows no "×" shall show "?" instead of failing."""
    if sys.stdout is None:  # closed by the shell: >&-
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 (until the process ends)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (likewise)
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
    versions = f"redraw {version()}, Python {platform.python_version()}, {platform.platform()}"
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
