"""Photographs as coded fields: requests are met, pixels are the same to the bit anywhere."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

import redraw
from redraw.coding.analysis import Analysis
from redraw.coding.filter_weights import packed_weights
from redraw.coding.picture import Quantised, pixels_of
from redraw.coding.stronger import finer
from redraw.engines.coded import session
from redraw.engines.coded.session import put_into
from redraw.engines.coded.tiles import averages_of
from redraw.errors import FileFormatError, RedrawError, UsageError
from redraw.fields import Field, FieldConfig
from redraw.fields.wavelet_config import WaveletConfig
from redraw.fitting.plan.planning import prepare
from redraw.fitting.result.fitted import open_drawer
from redraw.fitting.run.run import Run
from redraw.render import Canvas, draw
from redraw.signals.picture.picture import Picture
from redraw.signals.picture.reading import read
from redraw.storage.run_folder import RunFolder


def scene(height=50, width=70, channels=3, dtype=np.uint8):
    """A disc before waves, with some grain."""
    y, x = np.mgrid[:height, :width] / max(height, width)
    disc = 1.0 / (1.0 + np.exp(90 * (np.hypot(x - 0.4, y - 0.3) - 0.2)))
    waves = 0.5 + 0.3 * np.sin(20 * x + 8 * y)
    grain = 0.02 * np.random.default_rng(0).standard_normal((height, width))
    planes = [waves * (1 - c / 5) + disc * (c / 4 - 0.3) + grain for c in range(channels)]
    most = np.iinfo(dtype).max
    return np.rint(np.clip(np.stack(planes, -1), 0, 1) * most).astype(dtype)


def fitted(picture, **options):
    return redraw.fit(picture, model="wavelet", threads=1, frames=0, **options)


def field_of(pixels, step=12_000):
    """A field of integers, without a fit."""
    height, width, channels = pixels.shape
    config = WaveletConfig(width, height, channels)
    field = Field.build(FieldConfig(channels=channels, hidden=(), bias=False, encoding=config))
    coded = Analysis.of(pixels.astype(np.uint16), 8).coded(step, threads=1)
    put_into(field, Quantised.of(coded, threads=1))
    return field, Quantised.of(coded, threads=1)


@pytest.mark.parametrize("shape", [(9, 8, 3), (1, 20, 1), (37, 24, 4)])
def test_planes_of_the_definition_are_those_of_the_kernels(shape):
    field, found = field_of(scene(*shape))
    planes = found.planes()
    assert np.array_equal(field.encoding.planes().numpy(), planes)
    defined = field.encoding.averages().numpy()
    assert np.allclose(averages_of(found.about, planes), defined, atol=2**-20)


def test_own_pixels_are_whole_and_the_same_on_any_engine_and_tile(tmp_path):
    field, found = field_of(scene())
    wanted = pixels_of(found.about, found.planes())
    for engine in ("cpu", "reference"):
        drawer = open_drawer(field, engine=engine, threads=1)
        made = draw(drawer, Canvas.of((70, 50)))
        assert np.array_equal(np.rint(made * 255), wanted)
        part = Canvas.of((70, 50), region=redraw.coordinates.Region(13, 7, 40, 31))
        assert np.array_equal(draw(drawer, part), made[7:31, 13:40])


def test_between_pixels_it_is_the_spline_of_the_definition():
    field, _ = field_of(scene(20, 24))
    xy = torch.rand(300, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1
    with torch.no_grad():
        wanted = field(xy).numpy()
    made = open_drawer(field, threads=1).values(xy.numpy())
    # Float32 of sums of 37 x 37 filtered and 16 weighted coefficients near 1.
    assert np.abs(made - wanted).max() < 2e-5


@pytest.mark.parametrize("psnr", [32.0, 41.0])
def test_a_wanted_quality_is_met(tmp_path, psnr):
    picture = scene()
    field = fitted(Picture.from_array(picture), psnr=psnr, output=tmp_path / "x.redraw")
    assert psnr <= field.made["psnr"] < psnr + 0.5
    again = redraw.load(tmp_path / "x.redraw")
    drawn = np.rint(again.render().values * 255)
    error = np.mean((drawn - picture) ** 2)
    assert 10 * np.log10(255**2 / error) == pytest.approx(field.made["psnr"], abs=1e-3)
    assert np.array_equal(drawn, np.rint(field.render().values * 255))


@pytest.mark.parametrize(
    ("options", "most"), [({"bytes": "1.2k"}, 1200), ({"bpp": 2.0}, 2 * 50 * 70 // 8)]
)
def test_a_wanted_size_is_kept(tmp_path, options, most):
    path = tmp_path / "x.redraw"
    fitted(Picture.from_array(scene()), output=path, **options)
    assert 0.75 * most < path.stat().st_size <= most


def test_sixteen_bits_grey_and_alpha(tmp_path):
    for pixels in (scene(dtype=np.uint16), scene(channels=1), scene(channels=4)):
        path = tmp_path / "x.redraw"
        field = fitted(Picture.from_array(pixels), psnr=44.0, output=path, force=True)
        again = redraw.load(path)
        assert again.colour == field.colour
        assert np.array_equal(again.render().values, field.render().values)


def test_photographs_take_it_unless_other_settings_are_asked_for():
    from redraw.fitting.plan.planning import prepare

    picture = Picture.from_array(scene())
    assert prepare(picture).model == "wavelet"
    assert prepare(picture, bytes="20k").field.encoding.bytes == 20_000
    assert prepare(picture, psnr=35.0).field.encoding.quality == 35.0
    assert prepare(picture, settings={"transforms": 4}).model == "spline"
    assert prepare(picture, settings={"hidden": "16,16"}).model == "hash"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bytes": "many"}, "no size of a file"),
        ({"bytes": 100}, "accepted: from 257"),
        ({"bytes": "2k", "bpp": 1}, "both given"),
        ({"settings": {"hidden": (8,)}}, "no hidden layers"),
        ({"settings": {"loss": "l1"}}, "squared error"),
    ],
)
def test_what_can_not_be_done_is_refused(options, message):
    with pytest.raises(RedrawError, match=message):
        fitted(Picture.from_array(scene(16, 16)), **options)


def test_a_changed_layer_can_not_be_stored(tmp_path):
    field = fitted(Picture.from_array(scene(16, 16)), psnr=30.0)
    with torch.no_grad():
        field.network.layers[0].weight += 0.1
    with pytest.raises(UsageError, match="stored as its pixels alone"):
        field.save(tmp_path / "x.redraw")


def test_half_a_file_draws_a_coarser_picture_if_asked(tmp_path):
    path = tmp_path / "x.redraw"
    pixels = scene(160, 200)
    fitted(Picture.from_array(pixels), psnr=44.0, output=path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(FileFormatError, match="cut short"):
        redraw.load(path)
    from redraw.storage.field_file import load_field

    field, about = load_field(path, partial=True)
    assert about.size == (200, 160)
    drawn = draw(open_drawer(field), Canvas.of((200, 160)))
    assert np.mean((drawn - pixels / 255) ** 2) < 0.01


def test_it_is_drawn_and_described_without_pytorch(tmp_path):
    import subprocess
    import sys

    fitted(Picture.from_array(scene()), psnr=36.0, output=tmp_path / "x.redraw")
    program = """
import sys
from redraw.cli import main
from redraw.cli.app import run
assert run(["render", "x.redraw", "x.png"]) == 0
assert run(["info", "x.redraw", "--json"]) == 0
assert "torch" not in sys.modules
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert '"brightness, ' in done.stdout
    found = redraw.load(tmp_path / "x.redraw").render().values
    assert np.array_equal(read(tmp_path / "x.png").values, found)


def test_what_pixels_hide_is_learned_and_stored_if_asked_for(tmp_path):
    from skimage import data

    photograph = data.chelsea()[40:200, 100:260]  # whose halves are like it
    path, larger = tmp_path / "x.redraw", Canvas.of((160, 160), scale=2)
    options = {"psnr": 42.0, "settings": {"subpixel": 16}, "output": path}
    field = fitted(Picture.from_array(photograph), **options)
    assert bool(field.encoding.subpixel.any())
    again = redraw.load(path)
    made = draw(open_drawer(field, threads=1), larger)
    assert np.array_equal(draw(open_drawer(again, threads=1), larger), made)
    from redraw.storage.opening import drawer_of

    quick = drawer_of(path, 1)
    assert quick is not None
    assert np.array_equal(draw(quick[0], larger), made)
    plain = fitted(Picture.from_array(photograph), psnr=42.0)
    assert np.abs(draw(open_drawer(plain, threads=1), larger) - made).max() > 1e-3
    assert np.array_equal(plain.render().values, again.render().values)


def test_a_profile_is_part_of_the_bytes_that_were_asked_for(tmp_path):
    from PIL import ImageCms

    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = Picture.from_array(scene(60, 80))
    picture = replace(plain, colour=replace(plain.colour, icc=icc))
    fitted(picture, bytes="6k", output=tmp_path / "x.redraw")
    assert 5000 < (tmp_path / "x.redraw").stat().st_size <= 6000
    assert redraw.load(tmp_path / "x.redraw").colour.icc == icc


def test_later_steps_make_it_smaller_and_are_resumed_exactly(tmp_path):
    picture = Picture.from_array(scene(60, 80))
    options = {"model": "wavelet", "quality": 40.0, "steps": 3, "threads": 1, "frames": 0}

    def ended(run):
        *_, last = run.events()
        encoding = run.field.encoding
        return last.psnr, encoding.about, encoding.coefficients.clone()

    psnr, about, coefficients = ended(Run.start(picture, prepare(picture, **options)))
    assert psnr >= 40.0
    _, *first = ended(Run.start(picture, prepare(picture, **{**options, "steps": 1})))
    sizes = [
        Quantised(own, found.numpy()).coded(threads=1).size
        + len(packed_weights(own.filter_weights))
        for own, found in ((about, coefficients), first)
    ]
    assert sizes[0] < 0.99 * sizes[1]
    cut = Run.start(picture, prepare(picture, **options), tmp_path / "cut.run")
    cut.save()
    for event in cut.events():
        if event.kind == "checkpoint" and event.step:
            break
    shutil.copytree(tmp_path / "cut.run", tmp_path / "old.run")
    with RunFolder.open(tmp_path / "old.run") as folder:  # as older versions called its tensors
        saved = folder.latest_checkpoint()
        tensors = dict(saved.tensors)
        tensors["field.encoding.numbers"] = tensors.pop("field.encoding.coefficients")
        folder.save_checkpoint(replace(saved, tensors=tensors))
    for name in ("cut.run", "old.run"):
        again = ended(Run.resume(tmp_path / name))
        assert again[:2] == (psnr, about)
        assert torch.equal(again[2], coefficients)


def test_a_long_step_is_given_up_and_made_again(tmp_path, monkeypatch):
    """A stop while changes are drawn: nothing comes of that step until the fit goes on."""
    monkeypatch.setattr(session, "stronger", lambda *_, **__: None)
    picture = Picture.from_array(scene(40, 56))
    options = {"model": "wavelet", "quality": 34.0, "steps": 3, "threads": 1, "frames": 0}
    plain = Run.start(picture, prepare(picture, **options))
    *_, last = plain.events()
    assert last.steps == 3
    cut, drawing = Run.start(picture, prepare(picture, **options), tmp_path / "cut.run"), []

    def stopped(*args, between, **rest):
        cut.stop()
        drawing.append(cut.field.encoding.coefficients.clone())
        return finer(*args, between=between, **rest)

    monkeypatch.setattr(session, "finer", stopped)
    *_, last = cut.events()
    assert (last.reason, last.steps, len(drawing)) == ("stopped", 1, 1)
    assert torch.equal(cut.field.encoding.coefficients, drawing[0])
    monkeypatch.setattr(session, "finer", finer)
    again = Run.resume(tmp_path / "cut.run")
    *_, last = again.events()
    assert last.steps == 3
    found = [run.field.encoding.coefficients for run in (plain, again)]
    assert torch.equal(*found)
    assert not torch.equal(found[0], drawing[0])
