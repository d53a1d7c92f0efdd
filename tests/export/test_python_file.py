"""The Python file alone, in a process that has no redraw."""

import subprocess
import sys

import numpy as np
from tests.export.conftest import made, some_points

from redraw.fields import FieldConfig
from redraw.render import Canvas, draw


def namespace(path):
    """What the file defines."""
    found = {"__name__": "exported"}
    exec(compile(path.read_text(), str(path), "exec"), found)
    return found


def test_it_agrees_with_the_field(any_field, tmp_path):
    any_field.export(tmp_path / "it.py")
    points = some_points()
    found = namespace(tmp_path / "it.py")["field"](points)
    wanted = any_field.lower().run(points)
    assert np.abs(found - wanted).max() <= 1e-12 * max(1.0, np.abs(wanted).max())


def test_it_draws_what_redraw_draws(drawing, tmp_path):
    drawing.export(tmp_path / "it.py")
    found = namespace(tmp_path / "it.py")["render"]()
    canvas = Canvas.of(drawing.size, drawing.about.detail)
    from redraw.fitting.result.fitted import open_drawer

    wanted = draw(open_drawer(drawing), canvas)
    assert found.shape == wanted.shape == (17, 23, 1)
    assert np.abs(found - wanted).max() < 1e-4  # float32 places, sharpness 6


def test_it_runs_alone(drawing, tmp_path):
    drawing.export(tmp_path / "it.py")
    program = "import sys; sys.modules['redraw'] = None; sys.modules['torch'] = None; import it;"
    program += "print(it.render(4, 3).shape)"
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path, capture_output=True, text=True, env={"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert ran.stdout.split() == ["(3,", "4,", "1)"], ran.stderr


def test_complex_layers_and_classes(tmp_path):
    gabor = FieldConfig(3, hidden=(5, 5), activation="wire-complex", omega=3.0, spread=2.0)
    for name, config in (
        ("complex", gabor),
        ("classes", FieldConfig(4, hidden=(5,), output="softmax")),
        ("narrow", FieldConfig(1, dimensions=1, hidden=(3,), activation="silu")),
    ):
        field = made(config)
        field.export(tmp_path / f"{name}.py")
        points = some_points(config.dimensions)
        found = namespace(tmp_path / f"{name}.py")["field"](points)
        assert np.abs(found - field.lower().run(points)).max() < 1e-12
