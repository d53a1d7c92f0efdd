"""`redraw quantize`: sizes, losses, refusals; what it writes is drawn and told."""

import numpy as np
import pytest
import torch
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


def test_in_python_it_is_drawn_in_the_same_whole_numbers(redraw, network, tmp_path):
    from redraw import load

    small = tmp_path / "small.redraw"
    assert redraw("quantize", network, small, "--bits", "4", "--steps", "0").code == 0
    drawn = tmp_path / "small.png"
    assert redraw("render", small, drawn, "--size", "80x60", "--depth", "16").code == 0
    field = load(small)
    own = field.render(80, 60, threads=2)
    assert np.array_equal(np.rint(own.values[..., 0] * 65535), np.asarray(Image.open(drawn)))
    # An engine that is named draws what the whole numbers stand for, which is not quite the same;
    # and so is a field that was changed.
    floats = field.render(80, 60, engine="reference").values
    assert 0.0 < np.abs(own.values - floats).max() < 0.05
    with torch.no_grad():
        field.network.layers[-1].bias += 0.25
    changed = field.render(80, 60).values
    assert np.allclose(changed, field.render(80, 60, engine="reference").values, atol=1e-4)


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


def test_a_size_that_nothing_fits_in_is_refused_before_anything_is_learned(
    redraw, network, tmp_path, monkeypatch
):
    from redraw.fitting.result import quantising

    monkeypatch.setattr(quantising, "_made", lambda *_: pytest.fail("it learned first"))
    for command in ("quantize", "convert"):
        said = redraw(command, network, tmp_path / "out.redraw", "--bytes", "1").complaint
        assert said.startswith("1 bytes are too few: a file has ")
        assert "too few" in redraw(command, network, tmp_path / "o.redraw", "--bytes", "200").err


@pytest.fixture(scope="module")
def exact(tmp_path_factory):
    """A drawing whose field is exact to 8 bits, and in whole numbers."""
    import redraw

    levels = np.full((32, 32, 3), 255, np.uint8)
    levels[5:20, 10:25], levels[15:30, 2:12] = (200, 30, 40), (20, 60, 190)
    path = tmp_path_factory.mktemp("exact") / "flat.redraw"
    redraw.fit(levels, model="cel", steps=40).save(path)
    return path


def test_a_drawing_in_whole_numbers_stays_as_it_is_where_nothing_is_asked_for(
    redraw, exact, tmp_path
):
    out = tmp_path / "out.redraw"
    said = redraw("quantize", exact, out).out
    assert "as it was: it is in whole numbers already" in said
    assert "--bytes" in said
    assert "worse" not in said
    for file in (exact, out):
        redraw("render", file, f"{file}.png")
    assert np.array_equal(Image.open(f"{exact}.png"), Image.open(f"{out}.png"))


def test_of_an_exact_drawing_it_is_told_how_good_it_is_not_how_much_worse(redraw, exact, tmp_path):
    import redraw as library

    out = tmp_path / "out.redraw"
    before = library.load(exact).made["psnr"]
    assert before > 59
    most = exact.stat().st_size - 60
    said = redraw("quantize", exact, out, "--bytes", most).out
    now = library.load(out).made["psnr"]
    assert f"{now:.2f} dB now, exact to 8 bits before" in said
    assert "worse" not in said


def test_a_drawing_in_no_bytes_is_refused_before_it_is_coded(redraw, exact, tmp_path, monkeypatch):
    from redraw.engines.labels import small

    monkeypatch.setattr(small, "coded", lambda *_: pytest.fail("it was coded first"))
    out = tmp_path / "out.redraw"
    assert "1 bytes are too few" in redraw("convert", exact, out, "--bytes", "1").complaint
    beside = int(
        redraw("convert", exact, out, "--bytes", "1").complaint.split("has ")[1].split()[0]
    )
    said = redraw("convert", exact, out, "--bytes", beside + 8).complaint
    assert "too few for this drawing: which of its areas" in said


def test_a_photograph_in_no_bytes_is_refused_before_it_is_drawn(redraw, tmp_path, monkeypatch):
    from redraw.fitting.result import converting
    from redraw.fitting.result.fitted import FittedField

    picture, field = tmp_path / "p.png", tmp_path / "p.redraw"
    noise = np.random.default_rng(1).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    Image.fromarray(noise).save(picture)
    redraw("fit", picture, "--model", "wavelet", "-o", field)
    monkeypatch.setattr(FittedField, "render", lambda *_: pytest.fail("it was drawn first"))
    monkeypatch.setattr(converting, "fit", lambda *_: pytest.fail("it was fitted first"))
    said = redraw("convert", field, tmp_path / "out.redraw", "--bytes", "1").complaint
    assert "1 bytes are too few" in said
