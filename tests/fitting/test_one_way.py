"""A fit goes down through the rooms: no room calls one that stands above it."""

import functools
import sys
import tomllib
from pathlib import Path

import numpy as np

import redraw

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
# a session asks for the next pixels (`redraw.engines.contract.Order`), and a fitted field is
# a `Field` whose attributes those who draw and save it read.
HANDED_DOWN = {
    ("engines", "fitting", "at"),
    ("storage", "fitting", "fill"),
    ("storage", "fitting", "__getattr__"),
    ("engines", "fitting", "__getattr__"),
}


class Calls:
    """Calls between rooms while it is on: caller, callee, and the function's name."""

    def __init__(self):
        self.found = set()
        self.of_fit = []  # what `redraw.fit` itself calls, in order

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
        if caller == ("fitting", "api"):
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


def fitted(tmp_path, name, **options):
    rng = np.random.default_rng(0)
    picture = rng.random((24, 32, 3), np.float32)
    where = {"run": tmp_path / f"{name}.run", "output": tmp_path / f"{name}.redraw"}
    # Once unheard: what has to be compiled is compiled now, which takes minutes while one listens.
    redraw.fit(picture, **where, **options).render(8, 6)
    with Calls() as calls:
        field = redraw.fit(picture, **where, **options, force=True)
        field.render(8, 6)
    return calls


def test_no_room_calls_one_above_it(tmp_path):
    calls = fitted(tmp_path, "a", steps=3, frames=2)  # a photograph: its first frame comes early
    assert {"fitting", "storage", "engines", "signals", "render"} <= {c[1] for c in calls.found}
    assert upward(calls) <= HANDED_DOWN


def test_a_fit_enters_each_part_once(tmp_path):
    """It opens the signal, plans, starts, and listens: in that order, each once."""
    calls = fitted(tmp_path, "a", model="siren", steps=2, hidden=(4,), frames=0)
    parts = [call for call in calls.of_fit if not call[2].startswith("<")]
    names = [name for *_, name in parts]
    once = ["any_signal", "prepare_within", "start_fit"]
    assert [names.count(name) for name in once] == [1, 1, 1]
    in_order = [name for name in names if name in (*once, "events")]
    assert list(dict.fromkeys(in_order)) == [*once, "events"]


def test_a_call_upwards_is_seen():
    calls = Calls()
    calls.found = {("signals", "fitting", "prepare"), ("fitting", "signals", "read")}
    assert upward(calls) == {("signals", "fitting", "prepare")}
