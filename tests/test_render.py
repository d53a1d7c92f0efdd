import tracemalloc

import numpy as np
import pytest
import torch
from tests.engines.here import engines_here

from redraw.coordinates import Region, pixel_centres
from redraw.engines import Drawer, StepSpec, engines
from redraw.errors import UsageError
from redraw.fields import Field, FieldConfig
from redraw.render import BATCH, CELL, Canvas, draw, strips

EPS = np.finfo(np.float32).eps


class Formula(Drawer):
    """A drawer that evaluates a formula in float64, and remembers how much it was asked."""

    def __init__(self, function):
        self.function = function
        self.calls = []

    def values(self, xy):
        assert xy.dtype == np.float32
        self.calls.append(len(xy))
        x, y = xy.T.astype(np.float64)
        return np.stack(np.broadcast_arrays(*self.function(x, y)), -1).astype(np.float32)


def waves(x, y):
    """Between 0 and 1, three channels, about six waves across."""
    return (
        0.5 + 0.5 * np.sin(19 * x + 3 * y),
        0.5 + 0.5 * np.cos(7 * y - x),
        0.5 + 0.25 * np.sin(11 * x * y) + 0.0 * x,
    )


def network(channels=3, engine="reference", **options):
    field = Field.build(FieldConfig(channels=channels, hidden=(24, 17), **options), 3)
    return engines()[engine].drawer(field, StepSpec(threads=2)), field


SIZES = [
    (1, 1),
    (5000, 1),
    (1, 5000),
    (200, 200),
    (65, 63),
    (64, 64),
    (301, 7),
    (7, 301),
    (2, 4097),
]


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
def test_the_native_size_is_the_field_at_the_pixel_centres(size):
    drawer, field = network(output="sigmoid")
    width, height = size
    found = draw(drawer, Canvas.of(size))
    assert found.shape == (height, width, 3)
    assert found.dtype == np.float32
    with torch.no_grad():
        expected = field(torch.from_numpy(pixel_centres(width, height))).numpy()
    # The same positions; matrix products of another size may round otherwise.
    assert np.abs(found.reshape(-1, 3) - expected).max() < 100 * EPS


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("detail", [1, 3])
@pytest.mark.parametrize("engine", engines_here())
def test_drawings_do_not_depend_on_the_batch(engine, size, detail):
    """Bit for bit, with a real field in float32 on the CPU."""
    drawer, _ = network(2, engine)
    canvas = Canvas.of(size, detail)
    expected = draw(drawer, canvas)
    for batch in (1, CELL, 3 * CELL, 10 * BATCH):
        assert np.array_equal(draw(drawer, canvas, batch=batch), expected)


@pytest.mark.parametrize(
    ("native", "size", "detail"),
    [
        ((40, 30), (40, 30), 4),  # its own size, with edges inside pixels
        ((40, 30), (13, 10), 1),  # smaller: every drawn pixel covers several
        ((40, 30), (13, 10), 4),
        ((40, 30), (80, 60), 4),  # larger: fewer positions are enough
        ((40, 30), (40, 6), 2),  # squeezed one way only
        ((40, 30), (3, 57), 2),
        ((400, 1), (5, 1), 1),  # more than the most positions at once: averaged twice
        ((1, 400), (1, 3), 1),
        ((150, 150), (4, 5), 2),
        ((33, 35), (2, 1), 1),
    ],
)
def test_small_drawings_are_means_over_the_pixels_area(native, size, detail):
    drawer = Formula(waves)
    canvas = Canvas.of(native, detail, width=size[0], height=size[1])
    found = draw(drawer, canvas)
    # Brute force: as many positions as the detail asks for, at the least, and four times those.
    fine = [int(np.ceil(detail * n / s - 1e-9)) for n, s in zip(native, size, strict=True)]
    assert all(made >= wanted for made, wanted in zip(canvas.samples, fine, strict=True))
    many = [4 * k for k in fine]
    x, y = ((np.arange(s * k) + 0.5) * (2 / (s * k)) - 1 for s, k in zip(size, many, strict=True))
    values = np.stack(np.broadcast_arrays(*waves(x[None, :], y[:, None])), -1)
    area = values.reshape(size[1], many[1], size[0], many[0], 3).mean(axis=(1, 3))
    # The midpoint rule is off by h^2 / 24 times the second derivative, of which 4 times finer
    # sampling leaves a sixteenth: steps of 2 / (s k), derivatives of at most 0.5 * (19^2, 11^2).
    steps = [2 / (s * k) for s, k in zip(size, canvas.samples, strict=True)]
    bound = (0.5 * 19**2 * steps[0] ** 2 + 0.5 * 11**2 * steps[1] ** 2) / 24 * (1 + 1 / 16)
    assert np.abs(found - area).max() < bound + 20 * EPS


def test_a_checkerboard_finer_than_the_drawing_comes_out_grey():
    board = Formula(lambda x, y: ((np.floor(50 * (x + 1)) + np.floor(50 * (y + 1))) % 2,))
    pointwise = draw(board, Canvas((10), (10), (100, 100), Region(0, 0, 100, 100), (1, 1)))
    assert set(np.unique(pointwise)) <= {0.0, 1.0}
    assert np.array_equal(draw(board, Canvas.of((100, 100), width=10)), np.full((10, 10, 1), 0.5))


@pytest.mark.parametrize("samples", [(1, 1), (3, 2), (16, 16), (17, 1), (40, 33)])
def test_any_number_of_positions_averages_a_constant_to_itself(samples):
    half = Formula(lambda x, y: (np.full_like(x, 0.375),))
    canvas = Canvas(9, 5, (9, 5), Region(0, 0, 9, 5), samples)
    assert np.array_equal(draw(half, canvas), np.full((5, 9, 1), 0.375, np.float32))


def test_values_are_clipped_before_they_are_averaged():
    """What is drawn is light: half of a pixel far beyond white is no whiter than white."""
    steep = Formula(lambda x, y: (np.where(x < 0, 100.0, -3.0),))
    assert draw(steep, Canvas.of((2, 2), width=1, height=1)).tolist() == [[[0.5]]]
    assert draw(steep, Canvas.of((2, 1))).tolist() == [[[1.0], [0.0]]]


# --- regions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("detail", "scale"), [(1, 1), (1, 4), (3, 1), (4, 2), (1, 0.5)])
def test_a_region_is_a_crop_of_the_whole(detail, scale):
    drawer, _ = network(output="sigmoid", omega=10.0, omega_first=10.0)
    native = (120, 90)
    whole = draw(drawer, Canvas.of(native, detail, scale=scale))
    region = Region(30, 16, 90, 80)
    found = draw(drawer, Canvas.of(native, detail, scale=scale, region=region))
    crop = whole[int(16 * scale) : int(80 * scale), int(30 * scale) : int(90 * scale)]
    assert found.shape == crop.shape
    # Positions in float32 agree to rounding; the field's slope is at most some tens.
    assert np.abs(found - crop).max() < 500 * EPS


def test_regions_may_be_fractions_of_pixels_and_reach_beyond():
    ramp = Formula(lambda x, y: (0.5 + 0.1 * x, 0.5 + 0.1 * y))
    found = draw(ramp, Canvas.of((10, 10), width=2, height=2, region=Region(-5, 2.5, 5, 7.5)))
    # 10 pixels are 2 units. x: -5..5 is -2..0, sampled at -1.5 and -0.5; y: 2.5..7.5 is -.5...5.
    expected = np.array([[[0.35, 0.475], [0.45, 0.475]], [[0.35, 0.525], [0.45, 0.525]]])
    np.testing.assert_allclose(found, expected, atol=2 * EPS)


def test_a_region_keeps_its_own_aspect():
    canvas = Canvas.of((100, 100), width=30, region=Region(0, 0, 60, 20))
    assert (canvas.width, canvas.height) == (30, 10)
    assert canvas.samples == (2, 2)
    canvas = Canvas.of((100, 100), scale=2, region=Region(0, 0, 60, 20))
    assert (canvas.width, canvas.height) == (120, 40)
    assert canvas.samples == (1, 1)


# --- strips, memory, errors ----------------------------------------------------------------------


def test_strips_are_whole_rows_in_order():
    drawer = Formula(waves)
    canvas = Canvas.of((150, 333))
    pieces = list(strips(drawer, canvas))
    assert len(pieces) > 1
    assert all(piece.shape[1:] == (150, 3) for piece in pieces)
    assert np.array_equal(np.concatenate(pieces), draw(drawer, canvas))


def test_little_is_evaluated_in_vain():
    """Thin drawings take cells of their own shape; a cell at the edge may be mostly outside."""
    for size in [(5000, 1), (1, 5000), (1000, 1000), (10_000, 3)]:
        drawer = Formula(lambda x, y: (x,))
        draw(drawer, Canvas.of(size))
        assert sum(drawer.calls) < 1.4 * size[0] * size[1] + 4 * CELL


def test_batches_are_whole_cells_and_as_large_as_asked():
    drawer = Formula(lambda x, y: (x,))
    list(strips(drawer, Canvas.of((1000, 300)), batch=5 * CELL))
    assert max(drawer.calls) == 5 * CELL
    assert all(call % CELL == 0 for call in drawer.calls)


def peak(size, detail=1):
    """The most memory that drawing in strips holds, in bytes."""
    drawer = Formula(lambda x, y: (0.5 + 0.0 * x,))
    tracemalloc.start()
    try:
        for _ in strips(drawer, Canvas.of(size, detail), batch=8 * CELL):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_is_that_of_a_strip_however_high_the_drawing():
    low, high = peak((500, 200)), peak((500, 3000))
    assert high < 1.1 * low
    # A strip of 64 rows of 500 float32, and some tens of bytes for each point of a batch.
    assert high < 3 * 64 * 512 * 4 + 8 * CELL * 100


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, "sides go from 1"),
        ({"height": -5}, "sides go from 1"),
        ({"width": 10**7}, "sides go from 1 to 1000000"),
        ({"scale": 0}, "scale is 0; accepted"),
        ({"scale": float("nan")}, "scale is nan"),
        ({"scale": 1e300}, "sides go from 1"),
        ({"width": 5, "scale": 2}, "both a size and a scale"),
    ],
)
def test_what_can_not_be_drawn_is_refused(options, message):
    with pytest.raises(UsageError, match=message):
        Canvas.of((200, 100), **options)


def test_a_region_is_four_numbers_of_any_kind():
    for sides in ((1, 2, 3, 4.5), [1, 2, 3, 4.5], np.array([1, 2, 3, 4.5])):
        assert Region.of(sides) == Region(1.0, 2.0, 3.0, 4.5)
    for sides in ((1, 2, 3), "1,2,3,4", ("a", 0, 1, 1), 5):
        with pytest.raises(UsageError, match="accepted: \\(x0, y0, x1, y1\\)"):
            Region.of(sides)
