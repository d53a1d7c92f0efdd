"""Numbers out of range: refused before any work, in one line that says what is accepted."""

import pytest

from redraw.cli.app import COMMANDS, app
from redraw.cli.options import WHOLE

LIMITS = [
    (("quantize", "tiny.redraw", "o.redraw", "--max-loss"), "0 -1 1e99 nan inf", "200, in dB"),
    (("quantize", "tiny.redraw", "o.redraw", "--steps"), "-1 1.5 nan 1e9 2000000", "accepted"),
    (("convert", "tiny.redraw", "o.redraw", "--psnr"), "0 -1 1e99 nan inf", "1 to 200, in dB"),
    (("convert", "tiny.redraw", "o.redraw", "--bytes"), "0 -1 1e99 nan", "0"),
    (("timelapse", "tiny.run", "o.gif", "--seconds"), "0 -1 1e99 nan inf", "above 0 to 3600"),
    (("timelapse", "tiny.run", "o.gif", "--size"), "0 -1 100000", "1 to 8,192 pixels"),
    (("timelapse", "tiny.run", "o.png", "--size"), "0 100000", "1 to 8,192 pixels"),
    (("export", "tiny.redraw", "o.dzi", "--levels"), "-1 1.5 99 nan", "accepted"),
    (("compare", "tiny.png", "--seconds"), "0 -1 nan inf", "above 0"),
    (("compare", "tiny.png", "--steps"), "0 -1", "from 1"),
    (("compare", "tiny.png", "--budget"), "0 nan", "budget"),
    (("tune", "tiny.png", "--seconds"), "0 -1 nan", "above 0"),
    (("tune", "tiny.png", "--steps"), "0 -1", "from 1"),
    (("tune", "tiny.png", "--within"), "0 -1 nan", "above 0"),
    (("trace", "tiny.png", "o.svg", "--model"), "banana", "unknown preset"),
]
IDS = [f"{command[0]} {command[-1]}" for command, _, _ in LIMITS]


@pytest.mark.parametrize(("command", "values", "said"), LIMITS, ids=IDS)
def test_they_are_refused_before_any_work(redraw, fitted, command, values, said):
    before = sorted(fitted.rglob("*"))
    for value in values.split():
        refused = redraw(*command, value)
        assert refused.code == 2, value
        assert not refused.out
        assert said in refused.complaint
    assert sorted(fitted.rglob("*")) == before


@pytest.mark.parametrize("name", [name for _, name, _ in COMMANDS])
def test_no_whole_number_is_rounded(name):
    """The command line's library would take 1.5 for 1: each option says how it is read."""
    found = app[name]
    commands = [found, *(found[inner] for inner in found if not inner.startswith("-"))]
    for command in commands:
        if command.default_command is None:
            continue
        for argument in command.assemble_argument_collection():
            if argument.hint in (int, int | None):
                assert argument.parameter.converter is WHOLE.converter, argument.name
