"""A fit goes down through the rooms: no room calls one that stands above it."""

import functools
import sys
import tomllib
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

import redraw
from redraw.cli.app import run as redraw_command
from redraw.signals.picture.picture import Picture

SOURCE = Path(redraw.__file__).parent
PROJECT = tomllib.loads((SOURCE.parents[1] / "pyproject.toml").read_text())
LAYERS = next(c for c in PROJECT["tool"]["importlinter"]["contracts"] if c["id"] == "layers")
# From above, in order. Rooms that stand side by side have one number.
LEVEL = {
    room.strip("() "): level
    for level, rooms in enumerate(LAYERS["layers"])
    for room in rooms.split("|")
}
# What a room above hands down to be called: the signal goes into the folder while it is being made,
# a session asks for the next pixels (`redraw.engines.contract.Order`) and whether it is to end
# (`Session.hurried`), in the midst of choosing coefficients, too, and a fitted field is
# a `Field` whose attributes those who draw and save it read, and its own base class.
HANDED_DOWN = {
    ("engines", "fitting", "at"),
    ("engines", "fitting", "_hurried"),
    ("coding", "engines", "_look_up"),
    ("storage", "fitting", "fill"),
    ("storage", "fitting", "__getattr__"),
    ("engines", "fitting", "__getattr__"),
    ("fields", "fitting", "__getattr__"),
}
# What the command line hands down besides: Ctrl-C stops and saves as soon as there is a run.
OF_COMMANDS = {("fitting", "cli", "begin")}


class Calls:
    """Calls between rooms while it is on: caller, callee, and the function's name.

    `door` is where a fit is asked for: a room, and what stands below it if not all of it counts.
    """

    def __init__(self, *door):
        self.found = set()
        self.door = door or ("fitting", "api")
        self.of_fit = []  # what the door itself calls outside of it, in order

    def __enter__(self):
        sys.setprofile(self.heard)
        return self

    def __exit__(self, *_):
        sys.setprofile(None)

    def heard(self, frame, what, _):
        if what != "call" or (callee := room_of(frame)) is None:
            return
        caller, at = None, frame.f_back
        while at is not None and caller is None:
            if at.f_code.co_name == "<module>":
                return  # being imported
            caller = room_of(at)
            at = at.f_back
        if caller is None:
            return
        self.found.add((caller[0], callee[0], frame.f_code.co_name))
        doors = len(self.door)
        if caller[:doors] == self.door != callee[:doors]:
            self.of_fit.append((*callee, frame.f_code.co_name))


def room_of(frame):
    return None if frame.f_code.co_name == "<module>" else room_of_file(frame.f_code.co_filename)


@functools.cache
def room_of_file(name):
    """The room of a file and what stands below it: ("fitting", "plan"); None outside."""
    try:
        parts = Path(name).relative_to(SOURCE).with_suffix("").parts
    except ValueError:
        return None
    return (parts[0], parts[1] if len(parts) > 1 else "")


def upward(calls):
    return {
        (caller, callee, name)
        for caller, callee, name in calls.found
        if LEVEL[caller] > LEVEL[callee]
    }


def picture():
    return np.random.default_rng(0).random((24, 32, 3), np.float32)


def fitted(tmp_path, name, **options):
    where = {"run": tmp_path / f"{name}.run", "output": tmp_path / f"{name}.redraw"}
    # Once unheard: what has to be compiled is compiled now, which takes minutes while one listens.
    redraw.fit(picture(), **where, **options).render(8, 6)
    with Calls() as calls:
        field = redraw.fit(picture(), **where, **options, force=True)
        field.render(8, 6)
    return calls


def commanded(*words):
    """What the command line calls; once unheard, as above."""
    for force in ((), ("--force",)):
        with Calls("cli") if force else nullcontext() as calls:
            assert redraw_command([*words, *force, "--quiet"]) == 0
    return calls


ONCE = ["any_signal", "prepare_within", "start_fit"]


def entered(calls):
    """The parts of a fit, as often and in the order in which they are entered."""
    return [name for *_, name in calls.of_fit if name in ONCE]


def test_no_room_calls_one_above_it(tmp_path):
    calls = fitted(tmp_path, "a", steps=3, frames=2)  # a photograph: its first frame comes early
    assert {"fitting", "storage", "engines", "signals", "render"} <= {c[1] for c in calls.found}
    assert upward(calls) <= HANDED_DOWN


def test_a_fit_enters_each_part_once(tmp_path):
    """It opens the signal, plans, starts, and listens: in that order, each once."""
    calls = fitted(tmp_path, "a", model="siren", steps=2, hidden=(4,), frames=0)
    parts = [call for call in calls.of_fit if not call[2].startswith("<")]
    names = [name for *_, name in parts]
    assert entered(calls) == ONCE
    in_order = [name for name in names if name in (*ONCE, "events")]
    assert list(dict.fromkeys(in_order)) == [*ONCE, "events"]


def test_a_table_goes_the_same_way(tmp_path):
    options = {"model": "table", "steps": 3, "hidden": (4,), "frames": 1}
    where = {"run": tmp_path / "a.run", "output": tmp_path / "a.redraw"}
    redraw.fit("xor", **where, **options).predict([[0.0, 1.0]])
    with Calls() as calls:
        redraw.fit("xor", **where, **options, force=True).predict([[0.0, 1.0]])
    assert ("fitting", "signals", "samples") in calls.found
    assert upward(calls) <= HANDED_DOWN
    assert entered(calls) == ONCE


def test_a_fit_that_keeps_to_seconds_goes_the_same_way(tmp_path):
    """Parts of the picture are tried first, below the door, which is gone through once."""
    calls = fitted(tmp_path, "a", model="siren", seconds=2.0, hidden=(4,), frames=0)
    assert ("signals", "prepare") not in {(one, name) for one, _, name in calls.found}
    assert upward(calls) <= HANDED_DOWN
    assert entered(calls) == ONCE


@pytest.mark.parametrize(
    "options",
    [("--steps", "2"), ("--seconds", "2"), ("--steps", "2", "--dry-run")],
    ids=["steps", "seconds", "dry"],
)
def test_the_command_line_goes_the_same_way(tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    Picture.from_array(picture()).save("a.png")
    words = ("fit", "a.png", "--model", "siren", "--set", "hidden=4", "--frames", "0")
    calls = commanded(*words, *options)
    assert {"cli", "fitting", "signals"} <= {called[0] for called in calls.found}
    assert upward(calls) <= HANDED_DOWN | OF_COMMANDS
    assert entered(calls) == (ONCE[:2] if "--dry-run" in options else ONCE)


def test_the_command_line_takes_a_table_the_same_way(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    calls = commanded("fit", "xor", "--steps", "2", "--set", "hidden=4", "--frames", "0")
    assert upward(calls) <= HANDED_DOWN | OF_COMMANDS
    assert entered(calls) == ONCE


def test_a_call_upwards_is_seen():
    calls = Calls()
    calls.found = {("signals", "fitting", "prepare"), ("fitting", "signals", "read")}
    assert upward(calls) == {("signals", "fitting", "prepare")}
