"""A plain command of drawing means what every command line means, and needs less to say it."""

import logging
import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from redraw.cli import shortcut
from redraw.cli.app import app
from redraw.cli.commands import render as command


def by_cyclopts(tokens):
    """What the whole command line takes of the same tokens, by name."""
    _, bound, _ = app.parse_args(["render", *tokens], exit_on_error=False, print_error=False)
    return bound.arguments


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch):
    for name in shortcut.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    notices = logging.getLogger("redraw")
    before = notices.level
    yield
    notices.setLevel(before)  # --quiet was read, and nothing was run


@pytest.mark.parametrize("flags", list(product(*((False, True),) * len(shortcut.FLAGS))))
def test_it_reads_what_cyclopts_reads(flags):
    said = [name for name, wanted in zip(shortcut.FLAGS, flags, strict=True) if wanted]
    for place in range(len(said) + 1):
        tokens = [*said[:place], "a.redraw", *said[place:], "b.png"]
        read = shortcut.plainly(["render", *tokens])
        if read is None:
            assert {"--quiet", "-q"} <= set(said)
            continue
        field, out, wanted = read
        found = by_cyclopts(tokens)
        assert found.pop("names") == (field, out)
        assert found == {name: True for name, value in wanted.items() if value}


@pytest.mark.parametrize(
    "tokens",
    [
        ["render", "a.redraw"],
        ["render", "a.redraw", "b.png", "c.png"],
        ["render", "a.redraw", "b.png", "--help"],
        ["render", "a.redraw", "b.png", "--force", "--force"],
        ["render", "a.redraw", "--", "b.png"],
        ["info", "a.redraw", "b.png"],
        [],
    ],
)
def test_all_else_is_not(tokens):
    assert shortcut.plainly(tokens) is None


def test_where_an_engine_is_set_it_is_not_plain(monkeypatch):
    monkeypatch.setenv("REDRAW_ENGINE", "cpu")
    assert shortcut.plainly(["render", "a.redraw", "b.png"]) is None


def test_the_defaults_are_those_of_the_command(redraw, monkeypatch):
    """What is not said on a plain line is what the command itself takes unasked."""
    seen = []
    monkeypatch.setattr("redraw.cli.drawing.draw_one", lambda *asked: seen.append(asked) or 0)
    monkeypatch.setattr(command, "draw_one", lambda *asked: seen.append(asked) or 0)
    assert redraw("render", "a.redraw", "b.png", "--yes").code == 0
    assert app(["render", "a.redraw", "b.png", "--yes"], result_action="return_value") == 0
    assert seen[0] == seen[1]


def test_it_needs_neither_cyclopts_nor_rich(tmp_path):
    """A file that is none is refused in one line, before anything heavy is imported."""
    (tmp_path / "a.redraw").write_bytes(b"nothing")
    program = (
        "import sys; from redraw.cli import main\n"
        "code = main(['render', 'a.redraw', 'b.png'])\n"
        "print(code, [name for name in ('cyclopts', 'rich', 'yaml') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=os.environ,
        text=True,
        capture_output=True,
        check=True,
    )
    assert done.stdout.split()[0] == "1"
    assert done.stderr.startswith("redraw: a.redraw ")
    assert done.stdout.strip().endswith("[]")


def test_it_knows_what_is_drawn_without_pytorch(tmp_path):
    golden = Path(__file__).parents[1] / "golden"
    assert shortcut.is_container(golden / "coded/rgb.redraw")
    assert not shortcut.is_container(golden / "version-1/relu.redraw")
    assert not shortcut.is_container(tmp_path / "missing.redraw")
