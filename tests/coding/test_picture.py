"""Pictures to few bytes and back: sizes, depths, steps, threads, parts that are missing."""

import dataclasses
import hashlib
import math
import zlib
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from redraw.coding import search
from redraw.coding.analysis import Analysis
from redraw.coding.colour_rows import principal
from redraw.coding.description import COLOURS, Description
from redraw.coding.picture import Coded, Quantised, pixels_of, planes_of, psnr
from redraw.coding.pyramid import SHARES
from redraw.coding.tables import Model, packed_models, tables
from redraw.errors import FileFormatError, UsageError

SHAPES = [(1, 1, 1), (1, 9, 3), (9, 1, 4), (8, 8, 3), (9, 8, 2), (37, 53, 3), (64, 33, 1)]


def picture(shape, depth=8, seed=0):
    """Waves and noise, as whole numbers of `depth` bits."""
    rng = np.random.default_rng(seed)
    y, x, c = np.meshgrid(*map(np.arange, shape), indexing="ij")
    values = 0.5 + 0.3 * np.sin(x / 5.0 + c) * np.cos(y / 7.0) + 0.04 * rng.standard_normal(shape)
    return np.rint(np.clip(values, 0, 1) * (2**depth - 1)).astype(np.uint16)


def pixels(coded):
    return pixels_of(coded.about, planes_of(coded, threads=1))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("depth", [8, 16])
def test_a_fine_step_gives_the_pixels_back(shape, depth):
    wanted = picture(shape, depth)
    coded = Analysis.of(wanted, depth).coded(256 if depth == 8 else 64, price=0.0)
    # A step of four (a quarter of a) unit, and roundings of half a unit in each of some lifting
    # steps; a unit is 1/64 of an 8-bit level, and a 16-bit level.
    most = 0 if depth == 8 else 4
    assert int(np.abs(pixels(coded).astype(int) - wanted).max()) <= most


@pytest.mark.parametrize("shape", SHAPES)
def test_error_is_that_of_the_step(shape):
    wanted = picture(shape)
    levels = 6.0
    coded = Analysis.of(wanted, 8).coded(round(levels * 64 * 256), price=0.0)
    error = np.mean((pixels(coded).astype(float) - wanted) ** 2)
    # Uniform within a step: a twelfth of its square; the 9/7 wavelet is orthonormal to some tenths.
    assert error < 1.6 * levels**2 / 12 + 1 / 12


def test_threads_write_and_read_the_same():
    analysis = Analysis.of(picture((70, 90, 3)), 8)
    one, two = analysis.coded(40_000, threads=1), analysis.coded(40_000, threads=2)
    assert one == two
    assert np.array_equal(planes_of(one, threads=1), planes_of(one, threads=2))


def test_dearer_bits_are_fewer():
    analysis = Analysis.of(picture((70, 90, 3)), 8)
    sizes = [analysis.coded(80_000, price=price, threads=1).size for price in (0.0, 0.09, 0.3)]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 3


def test_fewer_parts_draw_a_coarser_picture():
    wanted = picture((200, 220, 3))
    coded = Analysis.of(wanted, 8).coded(6_000, threads=1)
    assert len(coded.parts) > 2
    found = [
        psnr(wanted, pixels(Coded(coded.about, coded.parts[:count])), 8)
        for count in range(1, len(coded.parts) + 1)
    ]
    assert found == sorted(found)
    assert found[0] > 12.0


def test_any_bytes_are_some_picture():
    coded = Analysis.of(picture((33, 41, 3)), 8).coded(20_000, threads=1)
    rng = np.random.default_rng(1)
    for _ in range(20):
        pieces = tuple(rng.integers(0, 256, 300, np.uint8).tobytes() for _ in range(2))
        damaged = Coded(coded.about, (type(coded.parts[0])(0, 0, pieces),))
        assert pixels(damaged).shape == (33, 41, 3)


def test_more_quality_than_whole_numbers_have_gives_the_pixels_back():
    analysis = Analysis.of(picture((64, 80, 3)), 8)
    assert search.with_psnr(analysis, 80.0, threads=1)[1] == math.inf


@pytest.mark.parametrize("wanted", [28.0, 40.0])
def test_a_quality_is_met_closely(wanted):
    analysis = Analysis.of(picture((64, 80, 3)), 8)
    written, found = search.with_psnr(analysis, wanted, threads=1)
    assert found == psnr(analysis.pixels, pixels(written.coded), 8)
    assert wanted <= found < wanted + 0.3


def test_a_quality_is_guessed_without_coding():
    analysis = Analysis.of(photograph(), 8)
    for levels in (6, 12, 30):
        step = levels * 64 * 256
        guessed = analysis.guessed_psnr(step, threads=1)
        assert abs(guessed - psnr(analysis.pixels, pixels(analysis.coded(step)), 8)) < 0.5


@pytest.mark.parametrize("most", [400, 3000])
def test_a_size_is_kept(most):
    analysis = Analysis.of(picture((64, 80, 3)), 8)
    written, _ = search.with_size(analysis, most, threads=1)
    assert 0.93 * most < written.coded.size <= most


@pytest.mark.parametrize("tile", [0, 6])
@pytest.mark.parametrize("shape", [*SHAPES, (150, 90, 3)])
def test_what_is_written_is_what_is_read(shape, tile):
    written = Analysis.of(picture(shape), 8, tile=tile).written(20_000)
    read = Quantised.of(written.coded)
    assert read.about == written.quantised.about
    assert np.array_equal(read.coefficients, written.quantised.coefficients)


def test_bytes_that_are_kept_are_those_of_packing_again():
    written = Analysis.of(picture((64, 80, 3)), 8).written(20_000, threads=1)
    again = written.quantised.coded()
    written.keep()
    assert written.quantised.coded() is written.coded == again
    # Other coefficients, or another description of the same ones, are other bytes.
    changed = dataclasses.replace(
        written.quantised, coefficients=written.quantised.coefficients.copy()
    )
    assert changed.coded() is written.coded
    changed.coefficients[0, -1, -1] += 1
    assert changed.coded() != again
    about = dataclasses.replace(again.about, model=0)
    alone = dataclasses.replace(written.quantised, about=about).coded()
    assert alone.about == about
    assert alone.parts != again.parts


def test_too_small_a_size_is_refused():
    with pytest.raises(UsageError, match="the coarsest has"):
        search.with_size(Analysis.of(picture((64, 80, 3)), 8), 3, threads=1)


def test_descriptions_are_checked():
    for changes in ({"width": 0}, {"depth": 9}, {"channels": 5}, {"step": 0}, {"levels": 13}):
        values: dict[str, Any] = {"width": 4, "height": 4, "channels": 3, "depth": 8, "levels": 0}
        values |= changes
        with pytest.raises(FileFormatError, match=next(iter(changes))):
            Description(**values)
    with pytest.raises(FileFormatError, match="values"):
        Description(1 << 17, 1 << 17, 1, 8, 12)


def test_colour_rows_are_orthonormal():
    rows = np.array(COLOURS)
    assert np.allclose(rows @ rows.T, np.eye(3), atol=1e-12)


def test_shares_are_the_norms_of_the_synthesis():
    """By the impulse response of PyWavelets' convention: here by direct lifting in floats."""
    steps = (-1.586134342, -0.052980118, 0.882911075, 0.443506852)

    def joined(low, high):
        low, high = low.copy(), high.copy()
        for k in (3, 2, 1, 0):
            if k % 2:
                low -= steps[k] * (high + np.roll(high, 1))
            else:
                high -= steps[k] * (low + np.roll(low, -1))
        return np.stack([low, high], 1).reshape(-1)

    lows, highs = [], []
    for level in range(len(SHARES)):
        for which, norms in ((0, lows), (1, highs)):
            parts = [np.zeros(64), np.zeros(64)]
            parts[which][32] = 1.0
            made = joined(*parts)
            for _ in range(level):
                made = joined(made, np.zeros_like(made))
            norms.append(math.sqrt((made**2).sum()))
    for level, (one, both, low) in enumerate(SHARES):
        wanted = 16384 / np.array([lows[level] * highs[level], highs[level] ** 2, lows[level] ** 2])
        assert np.allclose((one, both, low), wanted, atol=2.0, rtol=1e-3)


def test_tables_are_far_from_ties():
    """So that any library of mathematics rounds them to the same whole numbers."""
    chance = (np.arange(65536, dtype=np.longdouble) + 0.5) / 65536
    exact = 256 * np.log(chance / (1 - chance))
    assert np.abs((exact + 0.5) - np.rint(exact + 0.5)).min() > 1e-9
    odds = np.arange(-3072, 3073, dtype=np.longdouble) / 256
    exact = 65536 / (1 + np.exp(-odds)) + 0.5
    assert np.abs(exact - np.rint(exact)).min() > 1e-9
    made = tables()
    assert (np.diff(made.squash) >= 0).all()
    assert made.stretch[0] == -made.stretch[-1] == -3017


def test_a_tile_is_read_alone_as_it_is_in_the_whole():
    wanted = picture((150, 200, 3))
    coded = Analysis.of(wanted, 8, tile=6).coded(30_000, threads=1)
    assert coded.about.tiles == 12
    assert psnr(wanted, pixels(coded), 8) > 34.0
    whole = planes_of(coded, threads=2)
    for rows, columns in ((slice(64, 128), slice(128, 192)), (slice(60, 131), slice(3, 200))):
        needed = coded.about.tiles_of(rows, columns)
        few = Coded(coded.about, tuple(p for p in coded.parts if p.tile in needed))
        assert np.array_equal(planes_of(few)[:, rows, columns], whole[:, rows, columns])


def test_tiles_by_threads_are_the_same():
    analysis = Analysis.of(picture((150, 90, 3)), 8, tile=6)
    one, two = analysis.coded(40_000, threads=1), analysis.coded(40_000, threads=2)
    assert one == two
    assert Quantised.of(one, threads=2).coded(threads=2) == one


def test_a_picture_that_is_one_tile_has_the_bytes_of_one_without():
    wanted = picture((40, 60, 3))
    plain, tiled = (Analysis.of(wanted, 8, tile=t).coded(9_000, threads=1) for t in (0, 6))
    assert plain.parts == tiled.parts


def test_a_lost_tile_is_grey_and_others_are_not():
    wanted = picture((70, 130, 3))
    coded = Analysis.of(wanted, 8, tile=6).coded(20_000, threads=1)
    found = pixels(Coded(coded.about, tuple(p for p in coded.parts if p.tile != 1)))
    assert (found[:64, 64:128] == 128).all()
    whole = pixels(coded)
    assert np.array_equal(found[:, :64], whole[:, :64])
    assert np.array_equal(found[64:], whole[64:])


def test_the_learned_model_is_the_one_that_files_were_written_with():
    data = zlib.decompress((files("redraw.coding") / "model-1.bin").read_bytes())
    known = "552316a7aa69436f67a981890e810d8080d7b8d45ede73d31d3acc0d74c56303"
    assert hashlib.sha256(data).hexdigest() == known


def test_models_go_through_their_file():
    models = [Model.of(1, which) for which in (0, 1)]
    assert zlib.decompress(packed_models(models)) == zlib.decompress(
        (files("redraw.coding") / "model-1.bin").read_bytes()
    )


def photograph(shape=(128, 160)):
    """A part of a photograph that comes with scikit-image. (H, W, 3)"""
    from skimage import data

    return data.chelsea()[40 : 40 + shape[0], 120 : 120 + shape[1]].astype(np.uint16)


def test_what_was_learned_makes_a_photograph_smaller():
    analysis = Analysis.by(photograph(), 8)
    cold = dataclasses.replace(analysis, about=dataclasses.replace(analysis.about, model=0))
    sizes = [a.coded(16 * 64 * 256, threads=1).size for a in (analysis, cold)]
    assert sizes[0] < 0.97 * sizes[1]


def test_principal_rows_are_orthonormal_and_decorrelate():
    """Against NumPy's covariance: gradients of planes are not correlated."""
    wanted = photograph()
    colours = principal(wanted)
    mix = np.array(colours).reshape(3, 3) / 16384
    assert np.allclose(mix.T @ mix, np.eye(3), atol=2e-4)
    planes = wanted.astype(float) @ mix
    steps = np.concatenate([np.diff(planes, axis=axis).reshape(-1, 3) for axis in (0, 1)])
    covariance = steps.T @ steps / len(steps)
    # Coefficients of rows are off by up to 2^-15, three of them meet in each product.
    off = np.abs(covariance - np.diag(np.diag(covariance))).max()
    assert off < 3 * 2**-15 * np.trace(covariance)
    assert list(np.diag(covariance)) == sorted(np.diag(covariance), reverse=True)


@pytest.mark.parametrize("depth", [8, 16])
def test_rows_of_its_own_give_the_pixels_back(depth):
    wanted = photograph((40, 50)) * (1 if depth == 8 else 257)
    analysis = Analysis.by(wanted, depth, colours=principal(wanted))
    coded = analysis.coded(256 if depth == 8 else 64, price=0.0)
    # As above; rows rounded to 1/16384 are not quite orthonormal: of 2^15 that is some levels.
    assert int(np.abs(pixels(coded).astype(int) - wanted).max()) <= (0 if depth == 8 else 8)


def test_coefficients_that_make_up_for_others_save_bytes(monkeypatch):
    from skimage import data

    from redraw.coding import analysis as module

    pixels_ = data.chelsea()[20:276, 60:316].astype(np.uint16)
    analysis = Analysis.of(pixels_, 8)
    own = search.with_psnr(analysis, 42.0, threads=1)[0].coded
    monkeypatch.setattr(module, "aim", lambda *args, **options: None)
    assert own.size < search.with_psnr(analysis, 42.0, threads=1)[0].coded.size
