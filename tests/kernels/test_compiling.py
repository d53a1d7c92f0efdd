"""Where machine code is kept: damaged, missing, read-only, shared or foreign folders."""

import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import numba
import numpy as np
import pytest

from redraw.kernels import compiling, tickets

# A module with one kernel, small enough to compile in a moment, and a program that calls it.
PROGRAM = textwrap.dedent(
    """
    import sys
    import numpy as np
    from redraw.kernels import atomics, compiling

    if len(sys.argv) > 1:
        from numba.core import codegen
        codegen.JITCPUCodegen.magic_tuple = lambda self: ("x86_64", sys.argv[1], "+some")

    from redraw.kernels import tickets
    tickets.publish(np.zeros(100, np.int64), 1, 0)
    stats = tickets.publish.stats
    print("loaded" if stats.cache_hits else "compiled", flush=True)
    """
)

# Before it: each time that installed packages are asked for what they offer is counted.
LOOKED = textwrap.dedent(
    """
    from importlib import metadata
    offered, looked = metadata.entry_points, []
    metadata.entry_points = lambda **options: looked.append(1) or offered(**options)
    """
)


def run(environment, *arguments, program=PROGRAM):
    """Run a program with these variables; what it said on both streams."""
    keep = ("PATH", "HOME", "LANG", "SYSTEMROOT", "TMPDIR", "TEMP", "VIRTUAL_ENV", "PYTHONPATH")
    base = {name: os.environ[name] for name in keep if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**base, **environment},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


@pytest.fixture
def filled(tmp_path):
    """A cache folder in which the kernel is kept."""
    said, line = run({"XDG_CACHE_HOME": str(tmp_path)})
    assert said == "compiled"
    assert line.count("compiling the CPU kernels") == 1
    return tmp_path


def test_a_second_run_loads_and_says_nothing(filled):
    assert run({"XDG_CACHE_HOME": str(filled)}) == ("loaded", "")


def test_loading_leaves_the_compiler_out_until_something_is_compiled(filled):
    check = textwrap.dedent(
        """
        # A compiled function that nobody has kept, beside one that was loaded.
        assert "numba.np.arraymath" not in sys.modules
        # Extensions of Numba's compiler: to look for them reads what every package says.
        assert not looked
        tickets.publish(np.zeros(200, np.int64)[::2], 1, 0)
        assert len(looked) == 1
        from numba import njit
        twice = njit(lambda x: (x * 2.0).sum())
        assert twice(np.arange(4.0)) == 12.0
        assert "numba.np.arraymath" in sys.modules
        tickets.publish(np.zeros(100, np.int64), 1, 0)
        """
    )
    environment = {"XDG_CACHE_HOME": str(filled)}
    said, line = run(environment, program=LOOKED + PROGRAM + check)
    assert said == "loaded"
    assert line.count("compiling the CPU kernels") == 1


@pytest.mark.slow  # a process that compiles with all of Numba
def test_loaded_kernels_that_take_memory_do_without_the_module_of_arrays(tmp_path):
    """And what is compiled after them in the same process has all of it."""
    program = textwrap.dedent(
        """
        import sys
        import numpy as np
        from redraw.kernels import lifting
        plane, sides = np.arange(64, dtype=np.int32).reshape(8, 8) ** 2, np.array([8, 4])
        before = plane.copy()
        lifting.analyse(plane, sides, sides)
        assert not np.array_equal(plane, before)
        lifting.synthesise(plane, sides, sides, 0)
        assert np.array_equal(plane, before)
        print(bool(lifting.analyse.stats.cache_hits), "numba.np.arrayobj" in sys.modules)
        from numba import njit
        filled = njit(lambda count: np.full(count, 2.0)[: count // 2].sum())
        assert filled(8) == 8.0
        try:
            njit(lambda count: np.zeros(count))(-1)
        except ValueError as error:
            print(str(error).split()[0])
        """
    )
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    assert run(environment, program=program)[0].split() == ["False", "True", "negative"]
    assert run(environment, program=program) == ("True False\nnegative", "")


def test_damaged_files_are_compiled_anew(filled):
    kept = [p for p in filled.rglob("*") if p.is_file()]
    assert kept
    for path in kept:
        path.write_bytes(b"not machine code")
    assert run({"XDG_CACHE_HOME": str(filled)})[0] == "compiled"
    assert run({"XDG_CACHE_HOME": str(filled)}) == ("loaded", "")


def test_truncated_files_are_compiled_anew(filled):
    for path in filled.rglob("*.nb?"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert run({"XDG_CACHE_HOME": str(filled)})[0] == "compiled"


def test_another_processor_compiles_its_own(filled):
    """Numba compares the processor's name and features; both entries then live side by side."""
    assert run({"XDG_CACHE_HOME": str(filled)}, "another-cpu")[0] == "compiled"
    assert run({"XDG_CACHE_HOME": str(filled)}, "another-cpu")[0] == "loaded"
    assert run({"XDG_CACHE_HOME": str(filled)})[0] == "loaded"


def test_two_processes_compile_at_once(tmp_path):
    base = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    base.pop("NUMBA_CACHE_DIR", None)
    both = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            env=base,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in both:
        said, line = process.communicate(timeout=600)
        assert process.returncode == 0, line
        assert said.strip() in ("compiled", "loaded")
    assert run({"XDG_CACHE_HOME": str(tmp_path)}) == ("loaded", "")


def test_an_unusable_cache_falls_back_to_the_temporary_folder(tmp_path):
    """A file where the folder should be: not even root can write there."""
    (tmp_path / "cache").write_text("in the way")
    (tmp_path / "tmp").mkdir()
    variables = {"XDG_CACHE_HOME": str(tmp_path / "cache"), "TMPDIR": str(tmp_path / "tmp")}
    said, line = run(variables)
    assert said == "compiled"
    assert "the cache folder can't be written; using" in line
    assert run(variables)[0] == "loaded"


def test_without_any_folder_kernels_still_run(monkeypatch, caplog):
    monkeypatch.setattr(compiling, "candidates", lambda: iter([Path("/dev/null/x")]))
    monkeypatch.setattr(compiling, "_said", set())
    compiling.cache_folder.cache_clear()
    try:
        kernel = compiling.entry(tickets.next_ticket.py_func)
        assert "no cache folder can be written" in caplog.text
    finally:
        compiling.cache_folder.cache_clear()
    control = np.zeros(100, np.int64)
    control[tickets.TICKET] = 7
    assert kernel(1, 3, control, 10) == 7


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_no_signal_is_lost_while_llvm_calls_back(name, kept, filled, tmp_path):
    """What is raised in such a call goes no further: a drawing went on for ten minutes."""
    program = textwrap.dedent(
        f"""
        import signal
        import numpy as np
        from numba.core import codegen

        signal.signal(signal.{name}, signal.default_int_handler)
        library, called = codegen.JITCodeLibrary, []
        hook = "_object_getbuffer_hook" if {kept} else "_object_compiled_hook"
        own = getattr(library, hook).__func__

        def interrupted(cls, *arguments):
            if not called:
                called.append(1)
                signal.raise_signal(signal.{name})
            return own(cls, *arguments)

        setattr(library, hook, classmethod(interrupted))
        from redraw.kernels import tickets  # makes the engine that calls it

        try:
            tickets.publish(np.zeros(100, np.int64), 1, 0)
        except KeyboardInterrupt:
            print("interrupted", called)
        assert signal.getsignal(signal.{name}) is signal.default_int_handler
        tickets.publish(np.zeros(100, np.int64), 1, 0)
        """
    )
    folder = filled if kept else tmp_path / "empty"
    said, line = run({"XDG_CACHE_HOME": str(folder)}, program=program)
    assert said == "interrupted [1]"
    assert "Exception ignored" not in line


def test_who_borrows_arrays_neither_makes_nor_returns_any():
    """Nobody would count them: they would be freed in use."""
    makes = compiling.borrower(lambda count: np.zeros(count)[0])
    returns = compiling.borrower(lambda array: array[1:])
    for refused, argument in ((makes, 3), (returns, np.zeros(3))):
        caller = numba.njit(lambda it, refused=refused: refused(it))
        with pytest.raises(numba.TypingError):
            caller(argument)


def test_a_full_disk_costs_nothing_but_time(caplog, monkeypatch):
    class Full:
        def load_overload(self, sig, target):
            return None

        def save_overload(self, sig, data):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(compiling, "_said", set())
    compiling._Guarded(Full()).save_overload(None, None)
    assert "could not be kept" in caplog.text


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="users and modes are POSIX matters")
def test_a_folder_that_others_can_write_is_not_trusted(tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o777)
    assert not compiling.usable(folder)
    folder.chmod(0o700)
    assert compiling.usable(folder)
    made = tmp_path / "new"
    assert compiling.usable(made)
    assert not made.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def test_the_folder_is_named_by_all_source_that_goes_into_it():
    assert {"steps", "network", "tiles", "vectors", "losses"} <= compiling.sources("steps")
    assert compiling.sources("vectors") == {"vectors"}
    assert compiling.source_hash("steps") != compiling.source_hash("network")
