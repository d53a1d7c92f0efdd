"""`redraw quantize`: sizes, losses, refusals; what it writes is drawn and told."""

import numpy as np
import pytest
from PIL import Image

from redraw.fields import Field, FieldConfig
from redraw.signals.picture.colour import Colour
from redraw.storage.about import About
from redraw.storage.field_file import save_field


@pytest.fixture
def network(tmp_path):
    field = Field.build(FieldConfig(hidden=(24, 24), output="sigmoid"), seed=1)
    about = About((40, 30), Colour("grey", depth=8), made={"psnr": 30.0, "model": "siren"})
    save_field(tmp_path / "net.redraw", field, about)
    return tmp_path / "net.redraw"


def test_it_is_smaller_and_drawn(redraw, network, tmp_path):
    small = tmp_path / "small.redraw"
    done = redraw("quantize", network, small, "--steps", "5")
    assert done.code == 0
    assert "dB worse" in done.out
    assert small.stat().st_size < network.stat().st_size / 2.2
    for name in ("net", "small"):
        assert redraw("render", tmp_path / f"{name}.redraw", tmp_path / f"{name}.png").code == 0
    found = redraw("diff", tmp_path / "net.png", tmp_path / "small.png", "--json")
    assert found.code == 0
    told = redraw("info", small)
    assert "weights" in told.out


def test_a_size_is_kept(redraw, network, tmp_path):
    small = tmp_path / "small.redraw"
    assert redraw("quantize", network, small, "--bytes", "900", "--steps", "0").code == 0
    assert 700 < small.stat().st_size <= 900


def test_a_loss_is_kept(redraw, network, tmp_path):
    small = tmp_path / "small.redraw"
    assert redraw("quantize", network, small, "--max-loss", "0.5", "--steps", "0").code == 0
    done = redraw("quantize", network, small, "--bits", "mixed", "--steps", "0", "--force")
    assert done.code == 0


def test_refusals(redraw, network, tmp_path):
    out = tmp_path / "out.redraw"
    assert "too few" in redraw("quantize", network, out, "--bytes", "100", "--steps", "0").err
    assert "leave" in redraw("quantize", network, out, "--bytes", "1k", "--bits", "8").err
    assert "--steps" in redraw("quantize", network, out, "--steps", "-1").err
    redraw("quantize", network, out, "--steps", "0")
    assert "exists" in redraw("quantize", network, out, "--steps", "0").err


def test_a_picture_in_whole_numbers_is_made_smaller_by_convert(redraw, tmp_path):
    picture, field, out = (tmp_path / name for name in ("p.png", "p.redraw", "q.redraw"))
    noise = np.random.default_rng(1).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    Image.fromarray(noise).save(picture)
    redraw("fit", picture, "--model", "wavelet", "-o", field)
    refused = redraw("quantize", field, out).complaint
    assert "whole numbers already" in refused
    assert "redraw convert" in refused
    assert redraw("convert", field, out, "--bytes", "900").code == 0
    assert out.stat().st_size <= 900 < field.stat().st_size
