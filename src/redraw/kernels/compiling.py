"""How kernels are compiled, and where their machine code is kept between runs.

Numba compares the processor's name and features when it loads machine code, so a changed processor
compiles anew; it writes files under temporary names and renames them, so that two processes may
compile at once. What is added here: a folder of our own, named by the source that goes into it
(Numba looks at the file of the entry point alone, not at what that imports), which may be missing,
read-only, full or damaged without stopping a fit; and one line that says why the first use takes
seconds.
"""

import contextlib
import functools
import hashlib
import logging
import os
import re
import signal
import stat
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import numba
from numba import njit
from numba.core import environment, event
from numba.core.runtime import rtsys

# Where LLVM calls back into Python while it compiles or loads.
_CALLBACKS = frozenset({"_raw_object_cache_notify", "_raw_object_cache_getbuffer"})
_said: set[str] = set()
_compiling = event.TimingListener()
event.register("numba:compile", _compiling)


def seconds() -> float:
    """Seconds in which kernels were compiled, in any thread; loading them does not count."""
    return _compiling.duration if _compiling.done else 0.0


def say_once(line: str) -> None:
    """Warn by the logger "redraw" the first time that `line` comes up in this process.

    Unless a program sets its logging up otherwise, that goes to the error stream.
    """
    if line not in _said:
        _said.add(line)
        logging.getLogger("redraw").warning(line)


@functools.cache
def sources(module: str) -> frozenset[str]:
    """The kernel modules whose source goes into what `module` compiles, itself included."""
    text = (Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8")
    found = {module}
    for name in re.findall(r"^from redraw\.kernels\.(\w+) import", text, re.MULTILINE):
        found |= sources(name)
    return frozenset(found)


@functools.cache
def source_hash(module: str) -> str:
    """Twelve hexadecimal digits: machine code made from other source is not ours."""
    # NUMBA_BOUNDSCHECK=1 makes all kernels check their indices: other machine code than usually.
    checked = os.environ.get("NUMBA_BOUNDSCHECK", "")
    digest = hashlib.sha256(f"{numba.__version__}{checked}".encode())
    for name in sorted(sources(module)):
        path = Path(__file__).parent / f"{name}.py"
        digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def candidates() -> Iterator[Path]:
    """Folders for machine code, best first."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(os.environ["NUMBA_CACHE_DIR"])
    else:
        home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
        with contextlib.suppress(RuntimeError):  # there may be no home at all
            yield (Path(home) if home else Path.home() / ".cache") / "redraw"
    user = os.getuid() if hasattr(os, "getuid") else "user"
    yield Path(tempfile.gettempdir()) / f"redraw-{user}"


def usable(folder: Path) -> bool:
    """Whether machine code may be kept in `folder`: it can be written, and by nobody else.

    Loading it runs it, so a folder that another user could have filled is refused.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if hasattr(os, "getuid"):
            found = folder.stat()
            if found.st_uid != os.getuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                return False
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@functools.cache
def cache_folder(module: str) -> Path | None:
    """Where a module's machine code is kept, or None if no folder can be written."""
    first = True
    for base in candidates():
        folder = base / f"{module}-{source_hash(module)}"
        if usable(folder):
            if not first:
                say_once(f"redraw: the cache folder can't be written; using {base}")
            return folder
        first = False
    say_once("redraw: no cache folder can be written; kernels are compiled anew in each run")
    return None


@contextlib.contextmanager
def _without_helpers() -> Iterator[None]:
    """Load machine code without the modules that Numba compiled parts of it from.

    Numba keeps with a function the names of its module, which object mode alone asks: of its own
    helpers (`numba.np.arrayobj`), whose modules bring its compiler, none are needed. Loading has
    the compiler's lock, so nobody else is here.
    """
    own = environment._rebuild_env

    def rebuilt(module: str, constants: Any, name: str) -> Any:
        if not module.startswith("numba.") or module in sys.modules:
            return own(module, constants, name)
        found = environment.lookup_environment(name)
        if found is None:
            found = environment.Environment({"__name__": module})
            found.consts[:] = constants
            found.env_name = name
            environment.Environment._memo[name] = found
        return found

    environment._rebuild_env = rebuilt
    try:
        yield
    finally:
        environment._rebuild_env = own


class _Guarded:
    """Numba's cache of one function, whose failures cost time and nothing else."""

    def __init__(self, cache: Any) -> None:
        self._inner = cache

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            # Numba's own `load_overload` first imports all that its compiler knows, scipy's linear
            # algebra included: .6 s. What is compiled already needs the runtime alone.
            rtsys.initialize(target_context)
            with _without_helpers():
                found = self._inner._load_overload(sig, target_context)
        except Exception:  # a damaged file can raise anything that unpickling raises
            found = None
        if found is None:
            say_once(
                "redraw: compiling the CPU kernels for this machine (once, up to half a minute)"
            )
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            try:
                self._inner.save_overload(sig, data)
            except OSError:
                raise
            except Exception:  # a damaged index can't be added to: begin a new one
                self._inner.flush()
                self._inner.save_overload(sig, data)
        except OSError as error:
            say_once(f"redraw: the compiled kernels could not be kept: {error}")


def _nothing() -> None:
    pass


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C is raised when LLVM has returned, where it comes while that calls back into Python.

    Nothing that is raised in such a call goes further, and as LLVM works for long before it, most
    signals of that time are heard there: what was to be interrupted would go on to its end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Python hears signals in the other
        return
    lost: list[int] = []

    def hear(number: int, frame: FrameType | None) -> None:
        inside = frame
        while inside is not None:
            if inside.f_code.co_name in _CALLBACKS:
                lost.append(number)
                return
            inside = inside.f_back
        signal.default_int_handler(number, frame)

    names = ("SIGINT", "SIGTERM", "SIGHUP")
    known = [number for name in names if (number := getattr(signal, name, None)) is not None]
    heard = [n for n in known if signal.getsignal(n) is signal.default_int_handler]
    try:
        for number in heard:
            signal.signal(number, hear)
        yield
    finally:
        for number in heard:
            signal.signal(number, signal.default_int_handler)
    if lost:
        raise KeyboardInterrupt


def inner(function: Callable) -> Any:
    """Compile `function` as a part of the entry points that call it.

    Nothing else can call it: the wrappers for that would be a sixth of the time that all takes.
    """
    return njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)(
        function
    )


def borrower(function: Callable) -> Any:
    """As `inner`, for a function that makes no array and returns none: it counts none as in use.

    Whoever calls it holds those that it is given. Counting is atomic: a tenth of the time of a
    small network's panels. One that makes an array, or returns a part of one, is refused when it is
    compiled.
    """
    return njit(
        nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False
    )(function)


def entry(function: Callable) -> Any:
    """Compile `function` to be called from Python, without the GIL; keep its machine code."""
    dispatcher: Any = njit(nogil=True, error_model="numpy", no_cfunc_wrapper=True)(function)
    # What Numba calls where nothing is there yet for such arguments: it loads, or compiles.
    dispatcher._compile_for_args = _interruptible()(dispatcher._compile_for_args)
    folder = cache_folder(function.__module__.rpartition(".")[2])
    if folder is None:
        return dispatcher
    before = numba.config.CACHE_DIR  # type: ignore[attr-defined]
    numba.config.CACHE_DIR = str(folder)  # type: ignore[attr-defined]
    try:
        dispatcher.enable_caching()
        dispatcher._cache = _Guarded(dispatcher._cache)
        # Extensions of Numba's compiler are looked for when its compiler is prepared; here too only
        # to tell types of arguments. All installed packages are read: 12 ms of a photograph drawn.
        dispatcher._compilation_chain_init_hook = _nothing
    except (RuntimeError, OSError) as error:
        say_once(f"redraw: the compiled kernels can't be kept: {error}")
    finally:
        numba.config.CACHE_DIR = before  # type: ignore[attr-defined]
    return dispatcher
