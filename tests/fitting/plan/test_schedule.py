import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redraw.fitting.plan.schedule import milestones, rate_at, sharpness_at

QUICK = settings(deadline=None, max_examples=100)
totals = st.integers(1, 10**9)


def cosine(step, total, **more):
    return rate_at(step, total, **{"schedule": "cosine", "lr_max": 1.0, "lr_min": 0.0, **more})


# --- the learning rate ---------------------------------------------------------------------------


def test_cosine_falls_along_half_a_cosine():
    """Loshchilov & Hutter 2017, eq. 5, without restarts."""
    for step in range(11):
        expected = 0.1 + 0.5 * (0.5 - 0.1) * (1 + math.cos(math.pi * step / 10))
        assert cosine(step, 10, lr_max=0.5, lr_min=0.1) == pytest.approx(expected, rel=1e-14)


def test_exponential_loses_the_same_share_each_step():
    rates = [rate_at(k, 20, schedule="exponential", lr_max=1e-2, lr_min=1e-4) for k in range(21)]
    assert rates[0] == pytest.approx(1e-2)
    assert rates[20] == pytest.approx(1e-4)
    shares = [b / a for a, b in itertools.pairwise(rates)]
    assert shares == pytest.approx([100 ** (-1 / 20)] * 20)


def test_exponential_to_zero_ends_at_a_thousandth():
    rate = rate_at(20, 20, schedule="exponential", lr_max=1e-2, lr_min=0.0)
    assert rate == pytest.approx(1e-5)
    assert rate_at(5, 20, schedule="exponential", lr_max=0.0, lr_min=0.0) == 0.0


def test_constant_stays():
    assert {rate_at(k, 9, schedule="constant", lr_max=0.3, lr_min=0.0) for k in range(12)} == {0.3}


@pytest.mark.parametrize("schedule", ["cosine", "exponential", "constant"])
def test_warm_up_rises_linearly_to_the_highest_rate(schedule):
    rates = [
        rate_at(k, 100, schedule=schedule, lr_max=2.0, lr_min=0.1, warmup=0.1) for k in range(100)
    ]
    assert rates[:10] == pytest.approx([0.2 * (k + 1) for k in range(10)])
    assert rates[10] == pytest.approx(2.0)
    # What follows is the schedule over the rest of the plan.
    rest = [rate_at(k, 90, schedule=schedule, lr_max=2.0, lr_min=0.1) for k in range(90)]
    assert rates[10:] == pytest.approx(rest)


def test_nothing_but_warm_up_is_possible():
    assert [cosine(k, 4, warmup=1.0) for k in range(4)] == [0.25, 0.5, 0.75, 1.0]


@QUICK
@given(
    totals,
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from(["cosine", "exponential", "constant"]),
    st.data(),
)
def test_rates_stay_between_the_two_and_end_low(total, a, b, warmup, schedule, data):
    low, high = sorted((a, b))
    options = {"schedule": schedule, "lr_max": high, "lr_min": low, "warmup": warmup}
    step = data.draw(st.integers(0, 2 * total))
    rate = rate_at(step, total, **options)
    assert 0.0 <= rate <= high * (1 + 1e-12)
    if step >= round(warmup * total):
        bottom = high * 1e-3 if schedule == "exponential" and low == 0 else low
        assert rate >= bottom * (1 - 1e-12)
    if schedule == "cosine" and round(warmup * total) < total:
        assert rate_at(total, total, **options) == pytest.approx(low)
        # Beyond the plan it stays there.
        assert rate_at(total + 10, total, **options) == pytest.approx(low)


@QUICK
@given(totals, st.integers(0, 10**9))
def test_the_rate_is_a_function_of_step_and_plan_alone(total, step):
    """So resuming can't restart it: asked in any order, in any process, it is the same number."""
    options = {"schedule": "cosine", "lr_max": 3e-3, "lr_min": 1e-5, "warmup": 0.03}
    first = rate_at(step, total, **options)
    for other in (0, step // 2, total):
        rate_at(other, total, **options)
    assert rate_at(step, total, **options) == first


# --- sharpness -----------------------------------------------------------------------------------


def test_sharpness_grows_linearly_to_its_share_of_the_plan():
    found = [sharpness_at(k, 100, final=20.0, until=0.5) for k in (0, 25, 50, 75, 100)]
    assert found == pytest.approx([1.0, 10.5, 20.0, 20.0, 20.0])


@QUICK
@given(totals, st.floats(1e-3, 1e4), st.floats(1e-6, 1), st.data())
def test_sharpness_starts_at_one_and_never_overshoots(total, final, until, data):
    assert sharpness_at(0, total, final=final, until=until) == 1.0
    step = data.draw(st.integers(0, total))
    low, high = min(1.0, final), max(1.0, final)
    slack = 1e-12 * high
    assert low - slack <= sharpness_at(step, total, final=final, until=until) <= high + slack
    assert sharpness_at(total, total, final=final, until=until) == pytest.approx(final)


# --- milestones ----------------------------------------------------------------------------------


def test_milestones_are_geometric():
    assert milestones(1000, 5) == [0, 1, 10, 100, 1000]
    assert milestones(4096, 14) == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096]


@pytest.mark.parametrize(
    ("total", "count", "expected"),
    [(100, 0, []), (100, 1, [100]), (100, 2, [0, 100]), (100, 3, [0, 1, 100]), (0, 5, [0]),
     (1, 5, [0, 1]), (3, 50, [0, 1, 2, 3])],
)  # fmt: skip
def test_milestones_of_few_steps_or_few_pictures(total, count, expected):
    assert milestones(total, count) == expected


@QUICK
@given(totals, st.integers(2, 200))
def test_milestones_have_both_ends_and_are_no_more_than_asked(total, count):
    found = milestones(total, count)
    assert found == sorted(set(found))
    assert found[0] == 0
    assert found[-1] == total
    assert len(found) <= count
