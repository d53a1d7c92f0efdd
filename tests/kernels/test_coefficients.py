"""A band's coefficients as bytes, against the second reader of docs/format.md."""

import numpy as np
import pytest
from tests.golden.plain_bands import Band, read_band
from tests.golden.plain_stream import Stream

from redraw.coding.pyramid import Pyramid
from redraw.coding.tables import Model, tables
from redraw.kernels.binary_coder import WORDS, begin, finish
from redraw.kernels.coefficients import band, corner


def code_band(coder, data, model, coefficients, pyramid, exact, price, reading):
    """The finest level's first band of a plane that has no other."""
    made = tables()
    rows, columns = pyramid.rectangle(0, 0)
    band(
        coder, data, model.escapes, model.table, model.weights, model.knots, made.stretch,
        made.squash, made.doubt, made.rates, made.thirds, made.costs, coefficients,
        pyramid.neighbours(0, 0, 0), 0, 0, 0, exact, rows.start, columns.start, np.float32(price),
        reading,
    )  # fmt: skip


@pytest.mark.parametrize("spread", [0.3, 4.0, 3000.0])
def test_both_readers_read_a_band(spread):
    pyramid = Pyramid(18, 22, 1, 1)
    exact = np.random.default_rng(4).laplace(0.0, spread, (1, 18, 22)).astype(np.float32)
    rows, columns = pyramid.rectangle(0, 0)
    data, coder = np.zeros(20_000, np.uint8), np.zeros(WORDS, np.int64)
    coefficients = np.zeros(pyramid.count, np.int32)
    begin(coder, data, False)
    code_band(coder, data, Model.of(0, 0), coefficients, pyramid, exact, 0.0, False)
    length = finish(coder, data)
    written = pyramid.view(coefficients, 0, 0, 0)
    assert np.array_equal(written, np.rint(exact[0, rows, columns]))
    seen = np.zeros_like(coefficients)
    begin(coder, data[:length], True)
    code_band(coder, data[:length], Model.of(0, 0), seen, pyramid, exact, 0.0, True)
    assert np.array_equal(seen, coefficients)
    own = Band(*written.shape)
    plain = Stream(data[:length].tobytes(), 0, 0)
    # Its parent is a level's that there is not.
    read_band(plain, own, None, None, None, None, None, 0, 0, 0)
    assert [row[4:-4] for row in own.q[4:-4]] == written.tolist()


def test_a_price_makes_coefficients_smaller_and_never_larger():
    pyramid = Pyramid(18, 22, 1, 1)
    exact = np.random.default_rng(5).laplace(0.0, 1.0, (1, 18, 22)).astype(np.float32)
    found = []
    for price in (0.0, 0.2):
        data, coder = np.zeros(20_000, np.uint8), np.zeros(WORDS, np.int64)
        coefficients = np.zeros(pyramid.count, np.int32)
        begin(coder, data, False)
        code_band(coder, data, Model.of(0, 0), coefficients, pyramid, exact, price, False)
        found.append((np.abs(coefficients), finish(coder, data)))
    (sizes, length), (smaller, shorter) = found
    assert (smaller <= sizes).all()
    assert (smaller >= sizes - 1).all() or (smaller == 0).any()
    assert shorter < length


def test_corners_are_differences_from_one_to_the_next():
    values = np.array([[5, -3, 1000], [1 << 29, 0, -7]], np.int32)
    data, coder = np.zeros(200, np.uint8), np.zeros(WORDS, np.int64)
    begin(coder, data, False)
    corner(coder, data, np.full(64, 32768, np.int32), values.copy(), False)
    length = finish(coder, data)
    plain, before, seen = Stream(data[:length].tobytes(), 0, 0), 0, []
    for _ in range(values.size):
        folded = plain.rest()
        before += (folded + 1) // 2 if folded % 2 else -(folded // 2)
        seen.append(before)
    assert seen == values.ravel().tolist()
