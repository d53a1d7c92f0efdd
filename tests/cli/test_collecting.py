"""Starting quickly."""

import gc
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from redraw.cli import shortcut
from redraw.cli.collecting import without_collecting


def test_collecting_is_off_meanwhile_and_on_again_even_after_an_error():
    with pytest.raises(KeyError), without_collecting():
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()


def test_who_had_turned_it_off_keeps_it_off():
    gc.disable()
    try:
        with without_collecting():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_first_frame_is_told_before_the_run_starts_and_once(redraw, monkeypatch):
    monkeypatch.setenv("REDRAW_ENGINE", "cpu")
    options = ("--model", "spline", "--steps", "3", "--budget", "3k", "--set", "subpixel=0")
    values = np.random.default_rng(0).random((30, 40, 3)) * 255
    Image.fromarray(values.astype(np.uint8)).save("noise.png")
    events = redraw("fit", "noise.png", "--json", *options).objects
    assert [event["event"] for event in events[:2]] == ["frame", "started"]
    frames = [event for event in events if event["event"] == "frame"]
    assert [event["step"] for event in frames] == [0, 1, 2, 3]
    assert all(Path(event["path"]).is_file() for event in frames)
    said = redraw("fit", "noise.png", "--force", *options).out.splitlines()
    assert said[:2] == [
        "noise.png: 40 × 30, 8-bit RGB",
        "first picture noise.run/frames/000000.png: the best linear answer, before the first step",
    ]
    assert redraw("resume", "noise.run", "--steps", "2").code == 0


def test_an_error_before_the_run_starts_leaves_no_folder(redraw, monkeypatch):
    monkeypatch.setenv("REDRAW_ENGINE", "cpu")
    outcome = redraw("fit", "cub", "--model", "spline", "--set", "room=10", "--set", "transforms=1")
    assert "no room" in outcome.complaint
    assert not list(Path().iterdir())


def in_a_process(program):
    """What a program of its own says; no option is set by a variable."""
    kept = {name: said for name, said in os.environ.items() if name not in shortcut.VARIABLES}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        env=kept, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_what_is_imported_later_is_all_there_when_it_is_asked_for():
    """By each way to import: the module's own functions, from its parent, and from inside of it."""
    program = """
    import sys
    from redraw.cli.collecting import lazily
    sys.modules.pop("importlib.metadata", None)
    names = ("importlib.metadata", "uuid", "colorsys", "json.tool", "nowhere_to_be_found")
    lazily(names)
    from importlib import metadata
    import colorsys, uuid
    held = [sys.modules[name] for name in names[:-1]]
    print(sum("__file__" in vars(module) for module in held), names[-1] in sys.modules)
    print(metadata.version("numpy"), uuid.UUID(int=5).hex[-1], colorsys.rgb_to_hsv(0, 0, 1)[0])
    from json.tool import main
    import uuid as again
    whole = all("__file__" in vars(module) for module in held)
    print(main.__name__, again.UUID is uuid.UUID, whole)
    """
    assert in_a_process(program) == [
        "0", "False", np.__version__, "5", str(2 / 3), "main", "True", "True",
    ]  # fmt: skip


def test_drawing_a_coded_photograph_leaves_out_what_only_compiles():
    """Both times: the first one of a machine compiles."""
    field = Path(__file__).parents[1] / "golden/coded/rgb.redraw"
    program = f"""
    import gc, sys
    from redraw.cli import main
    main(["render", {str(field)!r}, "a.png", "--quiet", "--force"])
    names = ("numba.np.arrayobj", "yaml.reader", "email.message", "torch")
    print(*(name in sys.modules for name in names), gc.get_freeze_count() > 1000)
    """
    in_a_process(program)
    assert in_a_process(program) == [*4 * ["False"], "True"]
