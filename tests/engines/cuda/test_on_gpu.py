"""The script for a machine with a card, as far as it goes without one."""

import ast
import importlib
import importlib.util
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest

import redraw

SCRIPT = Path(redraw.__file__).parents[2] / "scripts/on-gpu"
PROGRAMS = ("KILLED", "MEMORY", "SPLINES", "WIDE", "TOGETHER", "SANITIZED")


@pytest.fixture(scope="module")
def script():
    loader = SourceFileLoader("on_gpu", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("on_gpu", loader))
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_its_programs_import_is_there(script, name):
    tree = ast.parse(getattr(script, name))
    found = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module)
            for alias in node.names:
                assert hasattr(module, alias.name), f"{node.module}.{alias.name}"
                found += 1
    assert found or name == "TOGETHER"


def test_there_is_no_other_program(script):
    assert {name for name in vars(script) if name.isupper()} == {*PROGRAMS, "ROOT", "CASES"}


def test_parts_end_in_time_and_one_that_fails_hides_no_other(script, tmp_path, capsys):
    parts = script.Parts(tmp_path, 30.0, "", set())
    python = [sys.executable, "-S", "-c"]
    parts.run("a", [*python, "print('first'); print('made 3')"], 20)
    parts.run("b", [*python, "raise SystemExit(7)"], 20)
    parts.program("c d", "import sys; print(sys.argv[1])", 20, "told")
    parts.end = 0.0  # the time is over
    parts.run("e", [*python, "print('never')"], 20)
    assert [(name, state, last) for name, state, _, last in parts.table] == [
        ("a", "passed", "made 3"),
        ("b", "FAILED (7)", ""),
        ("c d", "passed", "told"),
        ("e", "no time left", ""),
    ]
    assert "never" not in capsys.readouterr().out
    assert (tmp_path / "c-d.log").read_text() == "told\n"


@pytest.mark.slow  # it waits for five seconds
def test_a_part_that_hangs_is_stopped(script, tmp_path):
    parts = script.Parts(tmp_path, 30.0, "", {"slow"})
    hangs = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
    parts.run("slow", hangs, 5.0)
    parts.run("other", hangs, 5.0)  # it was not asked for
    assert [state for _, state, _, _ in parts.table] == ["STOPPED after 5 s"]
