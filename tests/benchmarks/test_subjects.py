import numpy as np
import pytest


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cub", "hatching", "lettering", "plan", "cartoon"])
def test_a_smaller_drawing_is_the_exact_average_of_a_larger_one(name):
    from benchmarks.subjects import SUBJECTS

    large, small = SUBJECTS[name].draw(800), SUBJECTS[name].draw(200)
    channels = 3 if name == "cartoon" else 1
    assert small.shape == (200, 200, channels)
    averaged = large.reshape(200, 4, 200, 4, channels).mean(axis=(1, 3), dtype=np.float64)
    # Both were rounded to float32 once.
    np.testing.assert_allclose(small, averaged, rtol=0, atol=2.0**-23)
    assert 0.0 <= small.min() < 0.3
    assert 0.9 < small.max() <= 1.0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hatching", "lettering", "plan"])
def test_drawings_are_ink_on_paper(name):
    from benchmarks.subjects import SUBJECTS

    large = SUBJECTS[name].draw(800)
    assert 0.05 < 1 - large.mean() < 0.2
    assert np.mean((large == 0) | (large == 1)) > 0.85  # the rest are edges


def test_a_picture_like_a_photograph_has_the_same_statistics_at_any_size():
    from benchmarks.subjects import photograph_like

    small, large = photograph_like(96, 64), photograph_like(384, 256)
    assert small.shape == (64, 96, 3)
    assert small.dtype == np.uint8
    assert np.array_equal(photograph_like(96, 64), small)
    assert abs(small.mean() - large.mean()) < 12
    assert abs(small.std() - large.std()) < 12
    # Neighbours are alike, as in a photograph: nothing like noise.
    steps = np.abs(np.diff(large.astype(int), axis=1)).mean()
    assert 1 < steps < 0.15 * large.std()
