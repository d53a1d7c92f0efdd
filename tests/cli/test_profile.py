"""`redraw fit --profile`: the table at the end, on a terminal, in a pipe and as JSON."""

import io

import pytest
from rich.console import Console

from redraw.cli import profile as module
from redraw.engines.limits import Limits
from redraw.fitting.run.profile import PARTS, Facts, Part, Profile

TINY = ("--steps", 5, "--frames", 2, "--set", "hidden=8")
FACTS = Facts("cpu", True, {}, False, "cpu", "float32", 40_000, 4096, 12_737, 20)


LIMITS = Limits(100e9, "PyTorch", 50e9, 20e9)


def made(limits=LIMITS):
    """A profile with every part that there can be."""
    parts = tuple(Part(name, 1.0, 1 / len(PARTS), 12.3456, 123.456, 1.234) for name in PARTS)
    return Profile(float(len(PARTS)), 100, 2, FACTS, parts, limits, 0.0, "keep calm")


def drawn(profile, width):
    text = io.StringIO()
    Console(file=text, width=width, color_system=None).print(module.table(profile))
    return text.getvalue()


def test_ends_with_a_table_and_one_line_of_advice(redraw, picture):
    done = redraw("fit", picture, *TINY, "--profile")
    assert done.code == 0
    assert not done.err
    lines = done.out.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("Where "))
    assert "5 steps of 64 pixels, reference engine, " in lines[first]
    rows = {line.split()[0] for line in lines[first:] if line.strip()}
    assert {"forward", "backward", "optimizer", "drawing", "Python", "all"} <= rows
    assert lines[-1].startswith("Advice: ")
    assert lines[-1].endswith(".")
    assert not any("\x1b" in line or line != line.rstrip() for line in lines)


def test_without_it_there_is_none(redraw, picture):
    assert "Where " not in redraw("fit", picture, *TINY).out


def test_json_has_it_before_the_last_line(redraw, picture):
    *_, profile, last = redraw("fit", picture, *TINY, "--profile", "--json").objects
    assert profile["event"] == "profile"
    assert last["event"] == "finished"
    assert sum(part["share"] for part in profile["parts"]) == pytest.approx(1.0, abs=0.01)
    assert profile["advice"]


def test_quiet_is_quiet(redraw, picture):
    assert redraw("fit", picture, *TINY, "--profile", "--quiet").out == ""


def test_every_part_is_explained():
    assert set(module.WHAT) == set(PARTS)


def test_the_table_fits_on_a_terminal_of_80_columns():
    narrow, wide = (drawn(made(), width).splitlines() for width in (80, 120))
    assert [line.rstrip() for line in narrow] == [line.rstrip() for line in wide]


def test_numbers_stand_in_their_columns():
    lines = drawn(made(), 100).splitlines()
    row = next(line for line in lines if "forward" in line)
    assert row.split()[:8] == ["forward", "1.00", "7", "%", "12.3", "123", "123", "%"]


def test_limits_are_named_on_one_line_that_fits():
    line = module.limits_line(Limits(494.4e9, "this engine", 489.1e9, 207e9))
    assert line == (
        "Limits of this machine: products 494 GFLOP/s (by this engine),"
        " copies 489 GB/s of blocks, 207 of all parameters"
    )
    assert "blocks" not in module.limits_line(Limits(1e9, "PyTorch", 2e9, 2e9))


def test_without_limits_there_is_no_line_of_them(capfd):
    module.show_profile(made(limits=None))
    said = capfd.readouterr().out
    assert "Limits" not in said
    assert said.endswith("Advice: keep calm.\n")
