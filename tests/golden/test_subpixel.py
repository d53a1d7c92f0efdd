"""Subpixel detail of a coded file: the reader made from docs/format.md says what is drawn of it."""

from pathlib import Path

import numpy as np
from tests.golden import plain_coded, plain_subpixel

from redraw.storage.coded_file import network_of
from redraw.storage.container import chunks_of, packed
from redraw.storage.opening import drawer_of

PATH = Path(__file__).parent / "coded/subpixel.redraw"
SIZE = (17, 12)


def larger(path):
    """The means over the quarters of its pixels. (2 H, 2 W, C)"""
    drawer, about = drawer_of(path, 1)
    assert about.size == SIZE
    edges = [np.linspace(-1, 1, 2 * side + 1) for side in SIZE]
    return drawer.means(*(np.stack([own[:-1], own[1:]], 1) for own in edges)).astype(float)


def test_its_numbers_are_read_to_the_bit():
    chunks, _ = chunks_of(PATH.read_bytes(), "it")
    numbers, units = network_of(chunks, "it")
    layers = plain_subpixel.network_in(PATH.read_bytes())
    assert [own[0].shape for own in layers] == [(units, 25), (units, units), (3, units)]
    assert np.array_equal(numbers, np.concatenate([np.ravel(a) for own in layers for a in own]))


def test_the_reader_from_the_page_alone_agrees(tmp_path):
    """What the chunk adds to the quarters of all pixels, in all channels."""
    chunks, _ = chunks_of(PATH.read_bytes(), "it")
    without = tmp_path / "without.redraw"
    without.write_bytes(packed([chunk for chunk in chunks if chunk.name != "su"]))
    added = larger(PATH) - larger(without)
    planes, mix = plain_coded.read_planes(PATH.read_bytes())
    layers = plain_subpixel.network_in(PATH.read_bytes())
    wanted = plain_subpixel.quarters(layers, planes[0] / (64 * 255))
    assert np.abs(wanted).max() > 0.05  # in units of the display's white
    # A hundred sums of floats of 32 bits up to about 4.
    within = 100 * 4 * np.finfo(np.float32).eps
    np.testing.assert_allclose(added, wanted[..., None] * mix[:, 0] / 16384, rtol=0, atol=within)
