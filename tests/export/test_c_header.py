"""The header as gcc sees it: strict, watched by the sanitizer, and equal to the field."""

import shutil
import subprocess

import numpy as np
import pytest
from tests.export.conftest import config_of, made, some_points

from redraw.export.source_code import identifier
from redraw.fields import FieldConfig
from redraw.fields.hash_grid_config import HashGridConfig

STRICT = ("-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic")
WATCHED = ("-fsanitize=undefined", "-fno-sanitize-recover=all")
MAIN = """\
#include <stdio.h>
#include "{header}"
int main(void) {{
    double read[{dimensions}];
    REDRAW_REAL xy[{dimensions}], values[{channels}];
    for (;;) {{
        for (int i = 0; i < {dimensions}; i++) {{
            if (scanf("%lf", &read[i]) != 1) return 0;
            xy[i] = (REDRAW_REAL)read[i];
        }}
        {name}(xy, values);
        for (int i = 0; i < {channels}; i++) printf("%.17g ", (double)values[i]);
        printf("\\n");
    }}
}}
"""

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no gcc")


def compiled(field, folder, *, real="double", points=None):
    """What the compiled header gives at points. (N, C)"""
    program = field.lower()
    field.export(folder / "field.h", name="a picture", force=True)
    text = MAIN.format(
        header="field.h",
        name=identifier("a picture"),
        dimensions=program.dimensions,
        channels=program.channels,
    )
    (folder / "main.c").write_text(text)
    command = [
        "gcc",
        *STRICT,
        *WATCHED,
        *f"-DREDRAW_REAL={real}".split(),
        "main.c",
        "-o",
        "main",
        "-lm",
    ]
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    given = "\n".join(" ".join(f"{x!r}" for x in row) for row in points.tolist())
    ran = subprocess.run(["./main"], cwd=folder, input=given, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return np.array([line.split() for line in ran.stdout.splitlines()], np.float64)


def test_it_agrees_with_the_field(any_field, tmp_path):
    points = some_points()
    wanted = any_field.lower().run(points)
    found = compiled(any_field, tmp_path, points=points)
    # 2e-6 of the range is what is promised; in double nothing but the order of sums differs.
    assert np.abs(found - wanted).max() <= 1e-10 * max(1.0, np.ptp(wanted))


def test_in_single_precision(any_field, tmp_path):
    """The field of these very coordinates: values are rounded to 2^-24, which 2e-6 was asked of."""
    points = some_points().astype(np.float32).astype(np.float64)
    wanted = any_field.lower().run(points)
    found = compiled(any_field, tmp_path, real="float", points=points)
    assert np.abs(found - wanted).max() <= 2.0**-24 * max(1.0, np.abs(wanted).max()) + 1e-10


def test_without_doubles(tmp_path):
    """As a processor that has none: nothing is computed in double, which loses digits."""
    field = made(config_of("hash", 3))
    points = some_points().astype(np.float32).astype(np.float64)
    wanted = field.lower().run(points)
    found = compiled(field, tmp_path, real="float -DREDRAW_WIDE=float", points=points)
    assert np.abs(found - wanted).max() <= 2e-5 * max(1.0, np.ptp(wanted))
    assert np.abs(found - wanted).max() > 2.0**-24


def test_complex_layers_and_classes(tmp_path):
    config = FieldConfig(3, hidden=(5, 5), activation="wire-complex", omega=3.0, spread=2.0)
    field = made(config)
    points = some_points()
    found = compiled(field, tmp_path, points=points)
    assert np.abs(found - field.lower().run(points)).max() < 1e-10
    config = FieldConfig(4, hidden=(5,), output="softmax")
    found = compiled(made(config), tmp_path, points=points)
    assert found.sum(axis=1) == pytest.approx(1.0)


def test_three_dimensions_far_points_and_no_numbers(tmp_path):
    grid = HashGridConfig(
        n_levels=3,
        n_features_per_level=3,
        log2_hashmap_size=6,
        base_resolution=3.0,
        per_level_scale=2.0,
    )
    field = made(FieldConfig(2, dimensions=3, hidden=(4,), encoding=grid))
    points = np.array([[0.1, -0.2, 0.3], [1e30, -1e30, 5.0]])
    found = compiled(field, tmp_path, points=points)
    assert np.abs(found - field.lower().run(points)).max() < 1e-10
    # Undefined behaviour would end the program: a place that is no number has none.
    spline = made(config_of("spline", 3))
    found = compiled(spline, tmp_path, points=np.array([[1e300, -1e300], [np.nan, 0.0]]))
    assert len(found) == 2


def test_the_same_bytes_again(drawing, tmp_path):
    for name in ("a.c", "b.c"):
        drawing.export(tmp_path / name, name="one")
    assert (tmp_path / "a.c").read_bytes() == (tmp_path / "b.c").read_bytes()
