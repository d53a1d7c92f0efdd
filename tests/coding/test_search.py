"""The step that is found: as good as the bytes allow, also where they are more than enough."""

import numpy as np
import pytest

from redraw.coding import search
from redraw.coding.analysis import Analysis
from redraw.coding.picture import Quantised, pixels_of


def drawn(side, depth):
    y, x = np.mgrid[:side, :side]
    rings = np.hypot(x - side / 2, y - side / 2) // 5 % 2
    return np.rint(rings * (2**depth - 1))[..., None].astype(np.uint16)


@pytest.mark.parametrize(("side", "depth"), [(9, 8), (64, 8), (64, 16), (200, 8)])
def test_more_bytes_than_the_pixels_take_are_never_worse(side, depth):
    """40,000 pixels in 40,000 bytes had 17 dB: their coefficients were cut off."""
    pixels = drawn(side, depth)
    for share in (0.5, 1.0, 2.0, 4.0):
        most = int(share * pixels.size * depth / 8)
        written, _ = search.with_size(Analysis.of(pixels, depth), most, threads=1)
        assert search.size_of(written) <= most
        read = Quantised.of(written.coded, threads=1)
        made = pixels_of(read.about, read.planes(threads=1)).astype(int)
        if share >= 2.0:
            assert np.abs(made - pixels).max() <= 2 ** (depth - 8) // 16


def test_a_quality_beyond_all_is_the_best_there_is():
    pixels = drawn(64, 8)
    written, quality = search.with_psnr(Analysis.of(pixels, 8), 200.0, threads=1)
    assert quality == np.inf
    made = pixels_of(written.quantised.about, written.quantised.planes(threads=1))
    assert np.array_equal(made, pixels)
