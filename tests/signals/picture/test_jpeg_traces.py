"""Pixels that came out of a JPEG of known quality, and others."""

import io

import numpy as np
import pytest
from PIL import Image
from tests.signals.picture.test_footprints import averaged, page

from redraw.signals.picture.jpeg_steps import tables
from redraw.signals.picture.jpeg_traces import cosines, steps_of


def levels():
    """A page of discs in 8 bits. (H, W)"""
    return np.rint(averaged(page())[..., 0] * 255).astype(np.uint8)


def decoded(quality, mode="L"):
    file = io.BytesIO()
    Image.fromarray(levels()).convert(mode).save(file, "JPEG", quality=quality)
    return np.atleast_3d(np.asarray(Image.open(file), np.float32) / 255.0)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("quality", [30, 50, 75, 84])
def test_its_quality_is_found(quality, mode):
    assert steps_of(decoded(quality, mode)).quality == pytest.approx(quality, abs=1)


def test_others_have_no_traces():
    assert steps_of(levels()[..., None] / np.float32(255.0)) is None
    noise = np.random.default_rng(0).random((200, 200, 3))
    assert steps_of(noise.astype(np.float32)) is None
    assert steps_of(np.zeros((3, 400, 1), np.float32)) is None
    assert steps_of(decoded(75)[3:, 5:]) is None  # its blocks begin elsewhere


@pytest.mark.parametrize("quality", [10, 50, 75, 95])
def test_tables_are_those_of_libjpeg(quality):
    file = io.BytesIO()
    Image.fromarray(levels()).convert("RGB").save(file, "JPEG", quality=quality)
    found = Image.open(file).quantization
    for own, theirs in zip(tables(quality), (found[0], found[1]), strict=True):
        assert np.array_equal(own.reshape(-1), theirs)


def test_the_transform_keeps_lengths():
    waves = cosines()
    assert np.abs(waves @ waves.T - np.eye(8)).max() < 1e-15
