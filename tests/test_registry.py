import subprocess
import sys
import textwrap

import pytest

from redraw.errors import UsageError
from redraw.registry import Registry


def test_rows_stay_in_their_order_and_a_name_is_taken_once():
    shapes = Registry("shape", {"circle": 1})
    shapes.register("square", 4)
    assert dict(shapes) == {"circle": 1, "square": 4}
    with pytest.raises(ValueError, match="there is a shape 'square' already"):
        shapes.register("square", 5)
    shapes.withdraw("square")
    assert list(shapes) == ["circle"]


def test_an_unknown_name_is_refused_with_the_nearest():
    shapes = Registry("shape", {"circle": 1, "square": 4})
    with pytest.raises(
        UsageError, match=r"unknown shape 'Sqare'; did you mean 'square'\? accepted"
    ):
        shapes.named("Sqare")
    with pytest.raises(UsageError, match="unknown shape 'x'; accepted: circle, square"):
        shapes.named("x")


def test_installed_packages_add_rows_and_a_broken_one_is_named(tmp_path):
    """By entry points of the group `redraw`, as packages declare them."""
    (tmp_path / "guest.py").write_text(
        textwrap.dedent("""
        def register():
            from redraw.fitting.plan.preset import Preset
            from redraw.fitting.plan.presets import PRESETS

            PRESETS.register("guest", PRESETS["siren"])
            from redraw.export.registry import register

            register(Nothing())


        class Nothing:
            endings = (".nothing",)
        """)
    )
    made = tmp_path / "guest-1.dist-info"
    made.mkdir()
    (made / "METADATA").write_text("Metadata-Version: 2.1\nName: guest\nVersion: 1\n")
    points = "[redraw]\nguest = guest:register\nbroken = not_there:register\n"
    (made / "entry_points.txt").write_text(points)
    presets = "from redraw.fitting.plan.presets import PRESETS; print(*PRESETS)"
    endings = "from redraw.export.registry import known_endings; print(*known_endings())"
    for program, name in ((presets, "guest"), (endings, ".nothing")):
        found = subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {program}"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert name in found.stdout.split()
    assert "the plugin 'broken' (not_there:register) can't be used: No module" in found.stderr
