"""Coded photographs in pages: whole numbers, lifted in the browser as everywhere."""

import numpy as np
from benchmarks.subjects import photograph_like
from tests.export.test_html_page import SOFTWARE, canvas_of, rendered, settled
from tests.export.test_html_page import pages as pages

import redraw


def test_a_coded_photograph(chromium_with, pages, tmp_path):
    field = redraw.fit(photograph_like(46, 35), model="wavelet", quality=38.0)
    field.save(tmp_path / "it.redraw")
    field.export(tmp_path / "it.html")
    page = pages(chromium_with(*SOFTWARE), tmp_path / "it.html", width=92, height=70)
    settled(page)
    assert np.abs(canvas_of(page).astype(int) - rendered(field, 92, 70)).max() <= 1
