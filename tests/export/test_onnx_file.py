"""ONNX files as onnxruntime runs them; and fields through torch.export."""

import dataclasses

import numpy as np
import pytest
import torch
from tests.export.conftest import SMALL_GRID, config_of, made, some_points

from redraw.errors import UsageError
from redraw.fields import FieldConfig
from redraw.fields.encoding_configs import AxisConfig

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")


def ran(path, **inputs):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, inputs)[0]


def test_it_agrees_with_the_field(any_field, tmp_path):
    written = any_field.export(tmp_path / "it.onnx")
    assert "opset 18" in written.notes
    points = some_points().astype(np.float32)
    wanted = any_field.lower().run(points.astype(np.float64))
    found = ran(tmp_path / "it.onnx", points=points)
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() <= 1e-5 * max(1.0, np.ptp(wanted))
    assert ran(tmp_path / "it.onnx", points=points[:1]).shape == (1, 3)


@pytest.mark.parametrize(
    "encoding",
    [
        AxisConfig(octaves=12),
        dataclasses.replace(SMALL_GRID, base_resolution=3000.0),
    ],
    ids=["phases", "places"],
)
def test_what_needs_more_digits_than_float32(encoding, tmp_path):
    """6,000 radians, and cells of 1/24,000: float32 leaves 2^-24 of these."""
    field = made(FieldConfig(3, hidden=(5,), activation="relu", encoding=encoding))
    points = some_points().astype(np.float32)
    wanted = field.lower().run(points.astype(np.float64))
    assert np.abs(field.lower().run(points) - wanted).max() > 2e-5
    field.export(tmp_path / "it.onnx")
    assert np.abs(ran(tmp_path / "it.onnx", points=points) - wanted).max() <= 2e-6


def test_only_standard_operators(tmp_path):
    made(config_of("spline", 3)).export(tmp_path / "it.onnx")
    model = onnx.load(tmp_path / "it.onnx")
    assert [(each.domain, each.version) for each in model.opset_import] == [("", 18)]
    assert all(node.domain == "" for node in model.graph.node)


def test_a_picture_comes_out(drawing, tmp_path):
    drawing.export(tmp_path / "it.onnx", image="17x23")
    found = ran(tmp_path / "it.onnx")
    x, y = ((np.arange(n) + 0.5) * (2 / n) - 1 for n in (23, 17))
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    wanted = np.clip(drawing.lower().run(grid), 0, 1).reshape(17, 23, 1)
    assert np.abs(found - wanted).max() <= 1e-4
    with pytest.raises(UsageError, match="--image is 'x'; accepted: HEIGHTxWIDTH"):
        drawing.export(tmp_path / "b.onnx", image="x")


@pytest.mark.parametrize(
    "config",
    [
        FieldConfig(3, hidden=(5, 5), activation="wire-complex", omega=3.0, spread=2.0),
        FieldConfig(4, hidden=(5,), output="softmax", dimensions=1, activation="silu"),
        FieldConfig(2, dimensions=3, hidden=(4,), encoding=SMALL_GRID),
    ],
)
def test_complex_layers_classes_and_dimensions(config, tmp_path):
    field = made(config)
    field.export(tmp_path / "it.onnx")
    points = some_points(config.dimensions).astype(np.float32)
    found = ran(tmp_path / "it.onnx", points=points)
    assert np.abs(found - field.lower().run(points.astype(np.float64))).max() <= 1e-5


def test_the_same_bytes_again(drawing, tmp_path):
    for name in ("a.onnx", "b.onnx"):
        drawing.export(tmp_path / name, name="one")
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()


@pytest.mark.parametrize("name", ["ink", "hash"])
def test_torch_export_takes_every_field(name):
    points = torch.from_numpy(some_points().astype(np.float32))
    field = made(config_of(name, 3)).eval()
    rows = torch.export.Dim("rows", min=2, max=1 << 20)
    exported = torch.export.export(field, (points,), dynamic_shapes=({0: rows},))
    with torch.no_grad():
        wanted = field(points[:7])
        found = exported.module()(points[:7])
    assert torch.allclose(found, wanted, rtol=0, atol=1e-5)
