"""Coded golden files: the same pixels for ever, and the reader made from docs/format.md agrees."""

import functools
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from tests.golden import plain_coded

from redraw.coding.picture import Quantised
from redraw.fitting.result.loading import load
from redraw.storage.coded_file import picture_of
from redraw.storage.container import chunks_of

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("coded/*.redraw"))
HASHES = json.loads((HERE / "coded/pixels.json").read_text())


@pytest.fixture(params=FILES, ids=[path.stem for path in FILES])
def path(request):
    return request.param


@functools.cache
def plainly(path):
    """What the reader made from the page alone reads, which is slow. (H, W, C)"""
    return plain_coded.read(path.read_bytes())


def hashed(pixels):
    return hashlib.sha256(np.ascontiguousarray(pixels, "<u2").tobytes()).hexdigest()


@pytest.mark.parametrize("threads", [1, 2])
def test_its_pixels_are_what_they_always_were(path, threads):
    chunks, whole = chunks_of(path.read_bytes(), path.name)
    coded, _ = picture_of(chunks, path.name)
    assert whole
    assert hashed(Quantised.of(coded, threads=threads).pixels()) == HASHES[path.stem]


def test_the_reader_from_the_page_alone_agrees(path):
    assert hashed(plainly(path)) == HASHES[path.stem]


def test_a_field_draws_them(path):
    field = load(path)
    most = 255 if field.colour.depth <= 8 else 65535
    drawn = field.render().values
    exact = field.config.encoding.exact
    if (
        field.colour.alpha and not exact
    ):  # shown straight, kept multiplied: alpha itself is as it was
        drawn = drawn[..., -1:]
    made = np.rint(drawn * most).astype(np.uint16)
    wanted = plainly(path)
    assert np.array_equal(made, wanted[..., -made.shape[2] :])


def test_there_are_some():
    assert len(FILES) == len(HASHES) >= 4
