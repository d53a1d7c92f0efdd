"""Drawings in whole numbers: nearly what the floats draw, in few bytes."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import redraw
from redraw.errors import UsageError
from redraw.fitting.result.converting import converted
from redraw.storage.field_file import save_field


def page(side):
    """Rings and bars, one thin, averaged over pixels. (side, side, 1)"""
    y, x = np.mgrid[: 16 * side, : 16 * side] * (64.0 / (16 * side))
    ink = np.abs(np.hypot(x - 24, y - 26) - 14) < 2.2
    ink |= (np.abs(0.8 * x - y + 14) < 0.9) | ((x > 44) & (x < 56) & (np.abs(y - 30) < 6))
    cells = (~ink).astype(np.float64).reshape(side, 16, side, 16)
    return cells.mean(axis=(1, 3))[..., None]


def decibels(one, other):
    return -10 * np.log10(np.mean((np.clip(one, 0, 1) - np.clip(other, 0, 1)) ** 2))


@pytest.fixture(scope="module")
def fits(tmp_path_factory):
    """The same page as floats and whole."""
    folder = tmp_path_factory.mktemp("fits")
    levels = np.rint(page(64) * 255).astype(np.uint8)
    found = {}
    for coding in ("float", "whole"):
        field = redraw.fit(levels, model="cel", coding=coding, steps=60)
        field.save(folder / f"{coding}.redraw")
        found[coding] = field, folder / f"{coding}.redraw"
    return found


def test_it_draws_nearly_the_same_in_a_tenth_of_the_bytes(fits):
    (floats, large), (whole, small) = fits["float"], fits["whole"]
    stored = io.BytesIO()
    Image.fromarray(np.rint(page(64)[..., 0] * 255).astype(np.uint8)).save(stored, "png")
    assert small.stat().st_size < large.stat().st_size / 10
    assert small.stat().st_size < 1.5 * len(stored.getvalue())
    assert decibels(whole.render().values, page(64)) > 46
    truth = page(256)
    lost = decibels(floats.render(scale=4).values, truth)
    lost -= decibels(whole.render(scale=4).values, truth)
    assert lost < 0.3


def test_a_pale_edge_is_told_as_finely_as_a_dark_one():
    def disc(side):
        y, x = np.mgrid[: 8 * side, : 8 * side] * (32.0 / (8 * side))
        fine = np.where(np.hypot(x - 16.3, y - 15.8) < 10.0, 249.0, 255.0)
        return fine.reshape(side, 8, side, 8).mean(axis=(1, 3))

    small, truth = np.rint(disc(32)).astype(np.uint8), disc(128) / 255
    field = redraw.fit(small, model="cel")
    lanczos = Image.fromarray(small.astype(np.float32)).resize((128, 128), Image.Resampling.LANCZOS)
    drawn = decibels(field.render(scale=4).values[..., 0], truth)
    assert drawn > decibels(np.asarray(lanczos) / 255, truth) + 6


def test_what_is_told_is_true_of_what_is_kept(fits):
    whole, path = fits["whole"]
    assert redraw.load(path).made["psnr"] == pytest.approx(whole.made["psnr"])
    levels = np.rint(page(64) * 255) / 255
    drawn = decibels(redraw.load(path).render().values, levels)
    assert drawn == pytest.approx(whole.made["psnr"], abs=0.02)


def test_flat_grounds_stay_exactly_flat(fits):
    whole, _ = fits["whole"]
    drawn = whole.render().values
    assert (np.rint(drawn[:8] * 255) == 255).all()
    assert (np.rint(drawn[27:33, 47:53] * 255) == 0).all()


def test_bytes_are_kept_to_and_those_that_draw_nothing_refused(fits, tmp_path):
    _, source = fits["float"]
    sizes = []
    for most in (500, 650, 800):
        path = tmp_path / f"{most}.redraw"
        converted(source, path, most_bytes=most)
        sizes.append(path.stat().st_size)
        assert 0.5 * most < sizes[-1] <= most
    assert sizes == sorted(sizes)
    with pytest.raises(UsageError, match="too few for this drawing"):
        converted(source, tmp_path / "none.redraw", most_bytes=330)


def test_whole_numbers_get_fewer_bytes_as_well_as_floats_do(tmp_path):
    """Colours that run are no flat ones, though whole numbers are all exact."""
    y, x = np.mgrid[:96, :96] / 95.0
    waves = 7 * x * y, 9 * y + np.pi / 2, 8 * x
    ground = 0.5 + 0.4 * np.stack([np.sin(wave) for wave in waves], axis=2)
    disc = np.hypot(x - 0.5, y - 0.5) < 0.2
    levels = np.rint(np.where(disc[..., None], 0.1, ground) * 255).astype(np.uint8)
    made = {}
    for coding in ("float", "whole"):
        source = tmp_path / f"{coding}.redraw"
        redraw.fit(levels, model="cel", coding=coding, steps=60).save(source)
        converted(source, tmp_path / "few.redraw", to="whole", most_bytes=1200, force=True)
        drawn = redraw.load(tmp_path / "few.redraw").render().values
        made[coding] = decibels(drawn, levels / 255)
    assert made["whole"] > made["float"] - 4.0
    whole, enough = tmp_path / "whole.redraw", tmp_path / "enough.redraw"
    converted(whole, enough, to="whole", most_bytes=whole.stat().st_size + 100)
    assert np.array_equal(redraw.load(enough).render().values, redraw.load(whole).render().values)


def test_metadata_is_a_part_of_the_bytes(fits, tmp_path):
    floats = redraw.load(fits["float"][1])
    profile = np.random.default_rng(0).bytes(1500)
    colour = replace(floats.colour, icc=profile)
    source, small = tmp_path / "profiled.redraw", tmp_path / "small.redraw"
    save_field(source, floats, replace(floats.about, colour=colour))
    converted(source, small, most_bytes=2500)
    assert 2300 < small.stat().st_size <= 2500
    assert redraw.load(small).colour.icc == profile


def test_a_loss_is_kept_to_and_told(fits, tmp_path):
    source = fits["float"][1]
    levels = np.rint(page(64) * 255) / 255
    before, sizes = decibels(redraw.load(source).render().values, levels), []
    for loss in (12.0, 24.0):
        path = tmp_path / f"{loss}.redraw"
        told = converted(source, path, to="whole", max_loss=loss)
        made = redraw.load(path)
        lost = before - decibels(made.render().values, levels)
        assert 0.7 * loss < lost <= loss + 0.5
        assert lost == pytest.approx(told, abs=0.5)
        assert made.made["psnr"] == pytest.approx(decibels(made.render().values, levels), abs=0.5)
        sizes.append(path.stat().st_size)
    assert sizes[1] < 0.8 * sizes[0]
    with pytest.raises(UsageError, match="no whole numbers are so near"):
        converted(source, tmp_path / "none.redraw", to="whole", max_loss=1e-6)


def test_convert_goes_both_ways(fits, tmp_path):
    converted(fits["whole"][1], tmp_path / "floats.redraw")
    floats = redraw.load(tmp_path / "floats.redraw")
    assert floats.config.encoding.coding == "float"
    assert np.array_equal(floats.render().values, fits["whole"][0].render().values)
    converted(fits["float"][1], tmp_path / "whole.redraw")
    assert (tmp_path / "whole.redraw").stat().st_size < 4000
