import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redraw.signals.samples import PixelSamples, busy_pixels, mix32, step_key, strata

QUICK = settings(deadline=None, max_examples=40)
WORD = 0xFFFFFFFF


# --- the hash, once more in plain Python ---------------------------------------------------------


def mix(x):
    """lowbias32 of Chris Wellons' hash prospector."""
    x ^= x >> 16
    x = x * 0x7FEB352D & WORD
    x ^= x >> 15
    x = x * 0x846CA68B & WORD
    return x ^ x >> 16


def key(seed, step):
    result = 0
    for word in (seed & WORD, seed >> 32, step & WORD):
        result = mix(result ^ word)
    return result


def jitter(seed, step, pixel, sample, axis):
    inner = mix((2 * sample + axis + key(seed, step)) & WORD)
    return (mix((pixel + inner) & WORD) >> 8) / 2**24


def made(width=7, height=5, *, samples=6, footprint="box", **more):
    values = np.random.default_rng(0).random((width * height, 2), np.float32)
    if (index := more.get("index")) is not None:
        values = values[: len(index)]
    return PixelSamples(values, width, height, samples=samples, footprint=footprint, **more)


@QUICK
@given(st.lists(st.integers(0, WORD), min_size=1, max_size=20))
def test_mix32_is_the_published_hash(words):
    assert mix32(np.array(words, np.uint32)).tolist() == [mix(word) for word in words]


def test_mix32_at_values_worked_out_by_hand():
    # 0 stays 0. 1: no shift reaches it, 1 * 0x7feb352d; >> 15 of that is 0xffd6.
    first = 0x7FEB352D ^ 0xFFD6
    second = first * 0x846CA68B % 2**32
    assert mix32(np.array([0, 1], np.uint32)).tolist() == [0, second ^ second >> 16]


@QUICK
@given(st.integers(0, 2**63 - 1), st.integers(0, 10**12))
def test_step_key_is_the_scalar_one(seed, step):
    assert step_key(seed, step) == key(seed, step)


@QUICK
@given(
    st.integers(0, 2**63 - 1),
    st.integers(0, 10**6),
    st.integers(1, 12),
    st.integers(1, 60),
    st.integers(1, 60),
    st.data(),
)
def test_positions_are_those_of_plain_python(seed, step, samples, width, height, data):
    held = made(width, height, samples=samples, seed=seed)
    pixels = data.draw(st.lists(st.integers(0, width * height - 1), min_size=1, max_size=5))
    xy, counts = held.points(np.array(pixels), step)
    columns, rows = strata(samples)
    expected = []
    for pixel in pixels:
        for sample in range(samples):
            u = (sample % columns + jitter(seed, step, pixel, sample, 0)) / columns
            v = (sample // columns + jitter(seed, step, pixel, sample, 1)) / rows
            x, y = pixel % width + u, pixel // width + v
            expected.append((2 * x / width - 1, 2 * y / height - 1))
    assert counts.tolist() == [samples] * len(pixels)
    assert xy.dtype == np.float32
    # Rounded to float32 in [-1, 1], perhaps after another rounding in float64.
    assert np.abs(xy - np.array(expected)).max() <= 2.0**-25 + 1e-15


@QUICK
@given(st.integers(1, 255))
def test_strata_are_as_square_as_can_be(samples):
    columns, rows = strata(samples)
    assert columns * rows == samples
    assert columns >= rows
    assert not any(samples % d == 0 for d in range(rows + 1, int(samples**0.5) + 1))


# --- where positions lie -------------------------------------------------------------------------


@QUICK
@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 16), st.integers(0, 1000))
def test_positions_lie_in_their_pixel_and_stratum(width, height, samples, step):
    held = made(width, height, samples=samples)
    pixels = np.random.default_rng(step).integers(0, width * height, 50)
    xy, counts = held.points(pixels, step)
    assert counts.tolist() == [samples] * 50
    xy = xy.astype(np.float64).reshape(50, samples, 2)
    columns, rows = strata(samples)
    sample = np.arange(samples)
    for axis, (side, many, at, stratum) in enumerate(
        [
            (width, columns, pixels % width, sample % columns),
            (height, rows, pixels // width, sample // columns),
        ]
    ):
        position = (xy[:, :, axis] + 1) / 2 * side
        low = at[:, None] + stratum[None, :] / many
        slack = side * 2.0**-24  # of float32 in [-1, 1]
        assert (position >= low - slack).all()
        assert (position <= low + 1 / many + slack).all()


def test_point_footprints_are_pixel_centres_at_every_step():
    held = made(4, 2, footprint="point", samples=9)
    for step in (0, 17):
        xy, counts = held.points(np.arange(8), step)
        assert counts.tolist() == [1] * 8
        assert xy[:, 0].tolist() == [-0.75, -0.25, 0.25, 0.75] * 2
        assert xy[:, 1].tolist() == [-0.5] * 4 + [0.5] * 4


def chi_square(values, bins=64):
    """(X2 - degrees) / standard deviation: a standard normal for uniform values."""
    found = np.histogram(values, bins, (0, 1))[0]
    expected = len(values) / bins
    return (((found - expected) ** 2 / expected).sum() - (bins - 1)) / np.sqrt(2 * (bins - 1))


def unit(held, step, pixels):
    """Jitter within the strata, in [0, 1]. (B, samples, 2)"""
    xy, counts = held.points(pixels, step)
    columns, rows = strata(held.samples)
    x = (xy[:, 0].astype(np.float64) + 1) / 2 * held.width * columns
    y = (xy[:, 1].astype(np.float64) + 1) / 2 * held.height * rows
    return (np.stack([x, y], -1) % 1.0).reshape(len(counts), -1, 2)


def test_jitter_is_uniform_and_its_parts_are_independent():
    held = made(64, 64, samples=4, seed=5)
    u = unit(held, 3, np.arange(4096))
    # Of 24 checks none beyond 4 deviations, whose chance is less than 1 in 300; the seed is fixed.
    for sample in range(4):
        for axis in range(2):
            assert abs(chi_square(u[:, sample, axis])) < 4
    flat = u.reshape(4096, 8)
    correlations = np.corrcoef(flat.T)[np.triu_indices(8, 1)]
    assert np.abs(correlations).max() < 4 / np.sqrt(4096)
    # Neighbours in x, in y, and successive steps.
    later = unit(held, 4, np.arange(4096)).reshape(4096, 8)
    for other in (np.roll(flat, 1, 0), np.roll(flat, 64, 0), later):
        for column in range(8):
            assert abs(np.corrcoef(flat[:, column], other[:, column])[0, 1]) < 4 / np.sqrt(4096)
    # Pairs fill the square: 8 x 8 cells.
    cells = np.floor(u[:, 0] * 8).clip(0, 7)
    assert abs(chi_square((cells[:, 0] * 8 + cells[:, 1] + 0.5) / 64)) < 4


def test_one_pixel_sees_uniform_positions_over_the_steps():
    held = made(3, 3, samples=1, seed=9)
    u = np.concatenate([unit(held, step, np.array([4])) for step in range(3000)])[:, 0]
    for axis in range(2):
        assert abs(chi_square(u[:, axis], bins=30)) < 4
        assert abs(np.corrcoef(u[:-1, axis], u[1:, axis])[0, 1]) < 4 / np.sqrt(3000)


def test_positions_depend_on_seed_step_pixel_and_sample_alone():
    held = made(samples=4, seed=1)
    pixels = np.array([3, 9, 20])
    base = held.points(pixels, 5)[0].reshape(3, 4, 2)
    # The same whatever else is in the batch, and in whatever order.
    assert np.array_equal(held.points(np.array([20, 3]), 5)[0].reshape(2, 4, 2), base[[2, 0]])
    assert np.array_equal(held.points(pixels, 5)[0].reshape(3, 4, 2), base)
    for other in (
        held.points(pixels, 6)[0],
        made(samples=4, seed=2).points(pixels, 5)[0],
        made(samples=4, seed=1 + 2**32).points(pixels, 5)[0],
    ):
        assert (other.reshape(3, 4, 2) != base).all()
    inside = unit(held, 5, pixels).reshape(-1)
    assert len(set(inside.round(6))) == len(inside)


# --- holes and busy pixels -----------------------------------------------------------------------


def test_with_holes_the_index_says_where_a_pixel_is():
    index = np.array([2, 11, 33])
    held, whole = made(index=index, samples=4), made(samples=4)
    rows = np.array([2, 0, 1])
    xy, _ = held.points(rows, 8)
    assert np.array_equal(xy, whole.points(index[rows], 8)[0])
    assert held.count == 3
    assert held.channels == 2


def test_pixels_in_flat_surroundings_take_one_position():
    busy = np.zeros(35, bool)
    busy[[4, 8]] = True
    held, full = made(busy=busy, samples=6), made(samples=6)
    pixels = np.array([3, 4, 5, 8, 9])
    xy, counts = held.points(pixels, 2)
    assert counts.tolist() == [1, 6, 1, 6, 1]
    assert counts.tolist() == held.counts(pixels).tolist()
    assert len(xy) == 15
    # Busy ones as ever; the others anywhere in their whole pixel.
    assert np.array_equal(xy[1:7], full.points(np.array([4]), 2)[0])
    assert np.array_equal(xy[8:14], full.points(np.array([8]), 2)[0])
    single = made(samples=1)
    assert np.array_equal(xy[[0, 7, 14]], single.points(np.array([3, 5, 9]), 2)[0])


def busy_by_loops(values, threshold, known):
    height, width, channels = values.shape
    result = np.zeros((height, width), bool)
    for y in range(height):
        for x in range(width):
            window = (slice(max(y - 1, 0), y + 2), slice(max(x - 1, 0), x + 2))
            there = values[window][known[window]]
            if len(there):
                result[y, x] = any(
                    there[:, c].max() - there[:, c].min() > threshold for c in range(channels)
                )
    return result


@QUICK
@given(
    st.integers(1, 7), st.integers(1, 7), st.integers(1, 4), st.integers(0, 2**32), st.booleans()
)
def test_busy_is_a_range_above_the_threshold_in_three_by_three(w, h, channels, seed, holes):
    rng = np.random.default_rng(seed)
    values = (rng.integers(0, 5, (h, w, channels)) * (rng.random((h, w, 1)) < 0.2)).astype(
        np.float32
    )
    known = rng.random((h, w)) < 0.6 if holes else np.ones((h, w), bool)
    found = busy_pixels(values, 2.0, known if holes else None)
    assert np.array_equal(found, busy_by_loops(values, 2.0, known))


def test_what_stands_in_holes_does_not_make_pixels_busy():
    values = np.zeros((5, 5, 1), np.float32)
    known = np.ones((5, 5), bool)
    known[2, 2] = False
    values[2, 2] = np.nan
    assert not busy_pixels(values, 0.0, known).any()


# --- values that are asked for -------------------------------------------------------------------


class Asked:
    """Rows that are read when they are asked for."""

    def __init__(self, rows):
        self.rows, self.shape = rows, rows.shape

    def __getitem__(self, indices):
        return self.rows[indices]


@pytest.mark.parametrize("footprint", ["box", "point"])
@pytest.mark.parametrize("holes", [False, True])
def test_some_pixels_alone_are_asked_where_they_are_among_all(footprint, holes):
    rng = np.random.default_rng(0)
    values = rng.random((35, 3), np.float32)
    index = np.flatnonzero(rng.random(35) < 0.7) if holes else None
    rows = values if index is None else values[index]
    samples = PixelSamples(
        Asked(rows), 7, 5, index=index, footprint=footprint, samples=4,
        busy=rng.random(len(rows)) < 0.5, seed=3,
    )  # fmt: skip
    assert not samples.held
    assert np.array_equal(samples.all_values(), rows)
    pixels = np.array([9, 2, 17, 2])
    some = samples.some(pixels)
    assert some.held
    assert np.array_equal(some.values, rows[pixels])
    every = np.arange(4)
    for found, wanted in zip(some.points(every, 11), samples.points(pixels, 11), strict=True):
        assert np.array_equal(found, wanted)


def test_a_memory_map_is_held(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((6, 1), np.float32))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    samples = PixelSamples(mapped, 3, 2)
    assert samples.held
    assert np.shares_memory(samples.all_values(), mapped)
