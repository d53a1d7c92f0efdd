"""Fields and pictures among Python's other things: NumPy, Pillow, exporters, `inspect`."""

import base64
import copy
import inspect
import io
import re

import numpy as np
import pytest
import torch
from PIL import Image

import redraw
from redraw.errors import ShapeError, UsageError
from redraw.fields import Field, FieldConfig
from redraw.fitting.result.fitted import FittedField
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.picture import Picture
from redraw.storage.about import About


@pytest.fixture
def field():
    made = {"model": "siren", "psnr": 31.25}
    inner = Field.build(FieldConfig(channels=3, hidden=(4,)))
    return FittedField(inner, About((8, 6), colour=Colour("rgb"), made=made))


def test_what_a_field_does_not_have_is_no_attribute_and_still_says_why(field):
    assert not hasattr(field, "schema")
    assert not hasattr(field, "no_such_thing")
    assert "size" in dict(inspect.getmembers(field))
    with pytest.raises(UsageError, match="without columns"):
        _ = field.schema
    wide = FittedField(Field.build(FieldConfig(channels=5, hidden=(4,))), About((8, 6)))
    assert not hasattr(wide, "colour")


def test_a_field_shows_itself_in_one_line(field):
    expected = "<FittedField 8x6, 8-bit RGB, preset siren, 27 parameters, 31.25 dB>"
    assert repr(field) == expected


def test_a_notebook_captions_it_with_size_preset_and_decibels(field):
    shown = field._repr_html_()
    (caption,) = re.findall(r"<figcaption[^>]*>(.*?)</figcaption>", shown)
    assert caption == "8x6, 8-bit RGB, preset siren, 27 parameters, 31.25 dB"
    (still,) = re.findall(r'src="data:image/png;base64,([^"]+)"', shown)
    with Image.open(io.BytesIO(base64.b64decode(still))) as image:
        assert image.size == (8, 6)
    field.about.made["model"] = "<b>&"  # of somebody's file
    assert "preset &lt;b&gt;&amp;, 27 parameters" in field._repr_html_()


def test_public_names_are_all_that_dir_lists():
    listed = {name for name in dir(redraw) if not name.startswith("_")}
    assert listed == set(redraw.__all__)


@pytest.mark.parametrize("kind", ["<f8", ">f4", "<f2", ">i2"])
def test_coordinates_of_any_type_are_taken(field, kind):
    xy = np.array([[0, 1], [-1, 0]], kind)
    expected = field(torch.tensor([[0.0, 1.0], [-1.0, 0.0]]))
    assert torch.equal(field(xy), expected)
    assert torch.equal(field(torch.tensor(xy.astype(kind[1:]))), expected)
    assert torch.equal(field(xy.tolist()), expected)


def test_coordinates_that_are_no_numbers_are_refused(field):
    with pytest.raises(ShapeError, match="expected numbers"):
        field(np.array([["a", "b"]]))


def test_coordinates_of_float64_have_their_gradient(field):
    xy = torch.zeros(3, 2, dtype=torch.float64, requires_grad=True)
    (found,) = torch.autograd.grad(field(xy).sum(), xy)
    assert found.dtype == torch.float64
    assert found.abs().sum() > 0


@pytest.mark.parametrize(("kind", "top"), [("uint8", 255), ("uint16", 65535), ("bool", 1)])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_picture_becomes_the_array_it_was(kind, top, channels):
    if kind == "bool" and channels > 1:
        return
    shape = (5, 4) if channels == 1 else (5, 4, channels)
    array = np.random.default_rng(0).integers(0, top + 1, shape).astype(kind)
    found = np.asarray(Picture.from_array(array))
    assert found.dtype == array.dtype
    assert np.array_equal(found, array)


def test_light_stays_light_as_an_array():
    array = np.array([[0.5, 7.0]], np.float32)
    assert np.array_equal(np.asarray(Picture.from_array(array)), array)


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (2, "LA"), (3, "RGB"), (4, "RGBA")])
def test_a_picture_becomes_pillows(channels, mode):
    shape = (5, 4) if channels == 1 else (5, 4, channels)
    array = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    found = Picture.from_array(array).to_pil()
    assert isinstance(found, Image.Image)
    assert found.mode == mode
    assert np.array_equal(np.asarray(found), array)


@pytest.mark.slow
@pytest.mark.parametrize(
    "model",
    [
        *("spline", "hash", "siren", "finer", "wire", "ink", "cel", "wavelet"),
        *("gauss", "relu", "fourier", "tanh", "linear", "table"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_fields_are_exported_and_traced_with_a_free_number_of_points(model):
    signal, more = ("xor", {}) if model == "table" else ("cub", {"max_side": 20})
    fitted = redraw.fit(signal, model=model, steps=2, **more)
    xy = torch.rand(7, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1
    if model in ("cel", "wavelet"):
        early = copy.deepcopy(fitted)
        early.encoding._known = ()
        with pytest.raises(Exception, match=r"call field\(xy\) first"):
            torch.export.export(early, (xy[:5],))
    fitted(xy)
    points = torch.export.Dim("points", min=2)
    exported = torch.export.export(fitted, (xy[:5],), dynamic_shapes=({0: points},))
    assert torch.allclose(exported.module()(xy), fitted(xy), atol=1e-6)
    traced = torch.jit.trace(fitted, xy[:5])
    assert torch.allclose(traced(xy), fitted(xy), atol=1e-6)
