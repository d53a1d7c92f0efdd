"""`redraw convert`: floats, whole numbers, pictures."""

import numpy as np
import pytest

import redraw as package
from redraw.fields import Field, FieldConfig
from redraw.fields.spline_config import SplineConfig
from redraw.signals.picture.colour import Colour
from redraw.storage.about import About
from redraw.storage.container import container_of
from redraw.storage.field_file import save_field


@pytest.fixture
def network(tmp_path):
    field = Field.build(FieldConfig(hidden=(12, 12), output="sigmoid"), seed=1)
    save_field(tmp_path / "net.redraw", field, About((20, 15), Colour("grey", depth=8)))
    return tmp_path / "net.redraw"


def test_a_network_there_and_back(redraw, network, tmp_path, monkeypatch):
    monkeypatch.setattr("redraw.fitting.result.whole_learning.STEPS", 3)
    whole, back = tmp_path / "whole.redraw", tmp_path / "back.redraw"
    assert redraw("convert", network, whole).code == 0
    assert container_of(whole) is not None
    assert redraw("convert", whole, back).code == 0
    assert container_of(back) is None
    drawn = [package.load(path).render().values for path in (network, back)]
    assert np.abs(drawn[0] - drawn[1]).max() < 0.01


def test_a_field_without_a_network_becomes_a_coded_picture(redraw, tmp_path):
    config = FieldConfig(
        channels=3, hidden=(), bias=False, encoding=SplineConfig(width=24, height=16, planes=3)
    )
    path, out = tmp_path / "old.redraw", tmp_path / "new.redraw"
    save_field(path, Field.build(config), About((24, 16), Colour("rgb", depth=8)))
    done = redraw("convert", path, out, "--psnr", "40")
    assert done.code == 0, done.err
    assert container_of(out) is not None
    assert redraw("convert", out, tmp_path / "new.png").code == 0
    assert package.read(tmp_path / "new.png").size == (24, 16)
    assert "no floats" in redraw("convert", out, tmp_path / "floats.redraw").err


def test_refusals(redraw, network, tmp_path):
    assert "of field files" in redraw("convert", network, tmp_path / "a.png", "--bytes", "1k").err
    assert "photographs" in redraw("convert", network, tmp_path / "a.redraw", "--psnr", "40").err
