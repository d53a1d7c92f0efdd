"""A fit in strips: the same whatever the tiles, goes on after anything, as good as it says."""

import errno
import hashlib
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from tests.fitting.large.conftest import picture

import redraw
from redraw.errors import OutputError, PictureError, RunError, ShapeError, UsageError
from redraw.fitting.large.fit import LargeFit, fit_large
from redraw.metrics import psnr
from redraw.render import Canvas, draw
from redraw.signals.large.opening import strips_of
from redraw.storage.opening import described, drawer_of


def bytes_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def drawn(path):
    drawer, about = drawer_of(path, 2)
    return draw(drawer, Canvas.of(about.size))


@pytest.fixture(scope="module")
def made(pixels, tmp_path_factory):
    path = tmp_path_factory.mktemp("made") / "a.redraw"
    return path, fit_large(strips_of(pixels), path)


@pytest.mark.parametrize(("tile", "threads"), [(256, 1), (512, 3)])
def test_tiles_and_threads_change_nothing(pixels, made, tmp_path, tile, threads):
    path = tmp_path / "b.redraw"
    fit_large(strips_of(pixels), path, tile=tile, threads=threads)
    assert bytes_of(path) == bytes_of(made[0])


def test_it_is_as_good_as_asked_and_says_so(pixels, made):
    path, result = made
    found = psnr(drawn(path), pixels / 255.0)
    assert found == pytest.approx(42.0, abs=0.05)
    assert result.psnr == pytest.approx(found, abs=0.05)
    about, _ = described(path)
    assert about.made["psnr"] == pytest.approx(result.psnr, abs=0.001)
    assert not path.with_name("a.parts").exists()


@pytest.mark.parametrize(
    ("size", "channels", "depth"),
    [
        ((1, 1), 1, 8), ((3, 5), 3, 8), ((8, 8), 4, 8), ((9, 600), 3, 8), ((600, 9), 2, 8),
        ((257, 259), 3, 16), ((130, 520), 1, 8),
    ],
)  # fmt: skip
def test_every_size_depth_and_number_of_channels(tmp_path, size, channels, depth):
    pixels = picture(*size, channels, depth)
    if channels in (2, 4):
        pixels[..., -1] = np.linspace(0, 255, size[0])
    source = strips_of(pixels)
    path = tmp_path / "a.redraw"
    fit_large(source, path, quality=40.0)
    wanted = source.rows(0, size[1]) / (2**depth - 1)
    # Small pictures have few numbers to be right about on average.
    assert psnr(drawn(path), wanted) > 39.0


@pytest.mark.parametrize("value", [0, 200])
def test_a_flat_picture(tmp_path, value):
    fit_large(strips_of(np.full((300, 400, 3), value, np.uint8)), tmp_path / "a.redraw")
    assert np.abs(drawn(tmp_path / "a.redraw") * 255 - value).max() <= 1
    assert (tmp_path / "a.redraw").stat().st_size < 12_000  # chances and little else


def test_stopped_anywhere_it_goes_on_to_the_same_file(pixels, made, tmp_path):
    path = tmp_path / "b.redraw"
    rounds = 0
    while not path.exists():
        fit = LargeFit(strips_of(pixels), path, tile=512)
        assert fit.resumed == (rounds > 0)
        for _ in fit.events():
            fit.stop()
        fit.close()
        rounds += 1
    assert rounds > 10
    reference = tmp_path / "c.redraw"
    fit_large(strips_of(pixels), reference, tile=512)
    assert bytes_of(path) == bytes_of(reference) == bytes_of(made[0])


@pytest.mark.slow
def test_killed_at_random_it_goes_on_to_the_same_file(pixels, made, tmp_path):
    np.save(tmp_path / "a.npy", np.tile(pixels, (4, 3, 1)))
    program = (
        "import sys; from redraw.fitting.large import fit, scratch; scratch.EVERY = 0.0\n"
        "from redraw.signals.large.opening import strips_of\n"
        "fit.fit_large(strips_of(sys.argv[1]), sys.argv[2], tile=256)"
    )
    paths = [tmp_path / "b.redraw", tmp_path / "c.redraw"]
    command = [sys.executable, "-c", program, str(tmp_path / "a.npy")]
    subprocess.run([*command, str(paths[0])], check=True)
    kills = 0
    while not paths[1].exists() and kills < 200:
        process = subprocess.Popen([*command, str(paths[1])])
        time.sleep(1.5 + 0.37 * kills)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.wait()
    assert kills >= 3
    assert bytes_of(paths[0]) == bytes_of(paths[1])


def test_other_settings_begin_anew(pixels, tmp_path):
    path = tmp_path / "a.redraw"
    fit = LargeFit(strips_of(pixels), path)
    for _ in fit.events():
        fit.stop()
    fit.close()
    other = LargeFit(strips_of(pixels), path, quality=30.0)
    assert not other.resumed
    other.close()


def test_two_at_once_are_refused(pixels, tmp_path):
    first = LargeFit(strips_of(pixels), tmp_path / "a.redraw")
    with pytest.raises(RunError, match="in use"):
        LargeFit(strips_of(pixels), tmp_path / "a.redraw")
    first.close()


def test_a_picture_that_changes_meanwhile_is_told(pixels, tmp_path):
    np.save(tmp_path / "a.npy", pixels)
    fit = LargeFit(strips_of(tmp_path / "a.npy"), tmp_path / "a.redraw")
    with pytest.raises(PictureError, match="changed while it was fitted"):
        for _ in fit.events():
            os.utime(tmp_path / "a.npy", (1, 1))
    fit.close()
    assert not (tmp_path / "a.redraw").exists()


def test_a_full_disk_is_told_and_the_same_command_goes_on(pixels, made, tmp_path, monkeypatch):
    path = tmp_path / "a.redraw"
    count = 0

    def full(descriptor, data, offset):
        nonlocal count
        count += 1
        if count == 12:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(descriptor, data, offset)

    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", full)
    fit = LargeFit(strips_of(pixels), path)
    with pytest.raises(OutputError, match=r"full; make room, and the same command goes on"):
        for _ in fit.events():
            pass
    fit.close()
    assert not path.exists()
    fit_large(strips_of(pixels), path)
    assert bytes_of(path) == bytes_of(made[0])


@pytest.mark.parametrize("options", [{"quality": 5.0}, {"tile": 100}, {"tile": 0}])
def test_what_can_not_be_asked_for(pixels, tmp_path, options):
    with pytest.raises(UsageError, match="accepted"):
        LargeFit(strips_of(pixels), tmp_path / "a.redraw", **options)


def test_what_is_there_is_not_replaced(pixels, made):
    with pytest.raises(OutputError, match="exists"):
        LargeFit(strips_of(pixels), made[0])


def test_python_draws_it_from_its_file(pixels, made, tmp_path):
    path, _ = made
    field = redraw.load(path)
    height, width = pixels.shape[:2]
    assert field.size == (width, height)
    assert f"{width}x{height}" in repr(field)
    np.testing.assert_array_equal(field.render().values, drawn(path))
    part = field.render(scale=1, region=(10, 20, 70, 60))
    np.testing.assert_array_equal(part.values, drawn(path)[20:60, 10:70])
    assert field.render(64, 48, threads=1).size == (64, 48)
    xy = torch.rand(2, 5, 2) * 2 - 1
    values = field(xy)
    assert values.shape == (2, 5, field.colour.channels)
    np.testing.assert_array_equal(
        values.reshape(10, -1).numpy(), drawer_of(path, 2)[0].values(xy.reshape(10, 2).numpy())
    )
    field.save(tmp_path / "copy.redraw")
    assert bytes_of(tmp_path / "copy.redraw") == bytes_of(path)
    assert field.export(tmp_path / "tiles.dzi").paths[0].exists()
    assert field._repr_png_().startswith(b"\x89PNG")


def test_what_needs_a_field_in_memory_is_refused_with_the_way_out(made, tmp_path):
    field = redraw.load(made[0])
    with pytest.raises(UsageError, match="without derivatives; fit a smaller"):
        field(torch.zeros(1, 2, requires_grad=True))
    with pytest.raises(UsageError, match=r"exported as \.dzi"):
        field.export(tmp_path / "a.html")
    with pytest.raises(UsageError, match="leave the engine 'reference' out"):
        field.render(engine="reference")
    with pytest.raises(ShapeError, match="2, 3"):
        field(np.zeros((2, 3)))
