"""What numbers mean survives JSON, and light survives its curve to the precision of float32."""

import contextlib
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from redraw.errors import FileFormatError, PictureError
from redraw.signals.picture.colour import MAX_ICC_BYTES, Colour, LogCurve

CURVE = LogCurve(scale=0.01, low=-1.0, high=50_000.0)

colours = st.one_of(
    st.builds(
        Colour,
        st.sampled_from(["grey", "rgb"]),
        alpha=st.booleans(),
        depth=st.sampled_from([8, 16]),
        icc=st.none() | st.binary(max_size=200),
    ),
    st.just(Colour("grey", depth=1)),
    st.builds(
        lambda alpha, scale, low, span: Colour(
            "rgb", alpha=alpha, depth=32, curve=LogCurve(scale, low, low + span)
        ),
        st.booleans(),
        st.floats(1e-6, 1e6),
        st.floats(-1e6, 1e6),
        st.floats(1.0, 1e9),
    ),
)


@settings(deadline=None)
@given(colours)
def test_json_brings_everything_back(colour):
    assert Colour.from_json(json.loads(json.dumps(colour.to_json()))) == colour


@pytest.mark.parametrize(
    ("model", "alpha", "channels"), [("grey", 0, 1), ("grey", 1, 2), ("rgb", 0, 3), ("rgb", 1, 4)]
)
def test_channels(model, alpha, channels):
    assert Colour(model, alpha=bool(alpha)).channels == channels


@pytest.mark.parametrize(
    "parts",
    [
        {"model": "cmyk"},
        {"model": "rgb", "depth": 10},
        {"model": "rgb", "depth": 1},
        {"model": "grey", "depth": 1, "alpha": True},
        {"model": "grey", "depth": 32},
        {"model": "grey", "depth": 8, "curve": CURVE},
    ],
)
def test_parts_that_do_not_go_together_are_refused(parts):
    with pytest.raises(PictureError):
        Colour(**parts)


GOOD = Colour("rgb", alpha=True, depth=32, icc=b"profile", curve=CURVE).to_json()


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        "grey",
        {},
        GOOD | {"extra": 1},
        {key: value for key, value in GOOD.items() if key != "icc"},
        GOOD | {"model": 3},
        GOOD | {"model": "cmyk"},
        GOOD | {"alpha": 1},
        GOOD | {"depth": "8"},
        GOOD | {"depth": True},
        GOOD | {"depth": 8},  # with a curve
        GOOD | {"icc": "not base64!"},
        GOOD | {"icc": [1, 2]},
        GOOD | {"icc": "A" * 4 * (MAX_ICC_BYTES // 3 + 3)},
        GOOD | {"curve": None},
        GOOD | {"curve": [1, 2, 3]},
        GOOD | {"curve": {"scale": 1.0, "low": 0.0}},
        GOOD | {"curve": {"scale": 0.0, "low": 0.0, "high": 1.0}},
        GOOD | {"curve": {"scale": -1.0, "low": 0.0, "high": 1.0}},
        GOOD | {"curve": {"scale": 1.0, "low": 1.0, "high": 1.0}},
        GOOD | {"curve": {"scale": 1.0, "low": 0.0, "high": float("inf")}},
        GOOD | {"curve": {"scale": 1.0, "low": float("nan"), "high": 1.0}},
        GOOD | {"curve": {"scale": 1.0, "low": 0.0, "high": 1e300}},
        GOOD | {"curve": {"scale": 1.0, "low": 0.0, "high": 10**400}},
        GOOD | {"curve": {"scale": 1.0, "low": False, "high": 1.0}},
    ],
)
def test_foreign_json_is_refused_in_one_line(wrong):
    with pytest.raises(FileFormatError) as refusal:
        Colour.from_json(wrong)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 300


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(list(GOOD)), json_values).map(lambda odd: GOOD | odd)
    | json_values
)
def test_nothing_but_a_file_format_error_comes_out_of_foreign_json(data):
    with contextlib.suppress(FileFormatError):
        assert isinstance(Colour.from_json(data), Colour)


def test_the_curve_is_the_formula_it_states():
    light = np.array([-1.0, -0.01, 0.0, 0.01, 1.0, 50_000.0])
    start, end = np.arcsinh(-100.0), np.arcsinh(5e6)
    expected = (np.log(light / 0.01 + np.hypot(light / 0.01, 1)) - start) / (end - start)
    np.testing.assert_allclose(CURVE.encode(light), expected, rtol=0, atol=2**-24)
    assert CURVE.decode(np.array([0.0, 1.0])).tolist() == [-1.0, 50_000.0]


@settings(deadline=None)
@given(
    npst.arrays(
        np.float32,
        st.integers(1, 30),
        elements=st.floats(-(2.0**40), 2.0**40, width=32, allow_subnormal=False),
    )
)
def test_light_survives_its_curve(light):
    curve = LogCurve.covering(light)
    encoded = curve.encode(light)
    assert encoded.dtype == np.float32
    assert (encoded >= 0).all()
    assert (encoded <= 1).all()
    back = curve.decode(encoded)
    assert back.dtype == np.float32
    # Half a unit in the last place of `encoded` (at most 2^-25), stretched by the curve's slope
    # (end - start) * sqrt(v^2 + scale^2); the rest is rounding of v itself.
    v = light.astype(np.float64)
    slope = (curve.end - curve.start) * np.hypot(v, curve.scale)
    tolerance = slope * 2.0**-25 * 1.01 + np.abs(v) * 2.0**-23 + 1e-37
    assert (np.abs(back - v) <= tolerance).all()


def test_the_curve_clips_what_lies_outside():
    assert CURVE.encode(np.array([-5.0, 1e9])).tolist() == [0.0, 1.0]
    assert CURVE.decode(np.array([-0.5, 1.5])).tolist() == [-1.0, 50_000.0]


@pytest.mark.parametrize("light", [0.0, 7.0, -7.0, 1e-30, 3e38])
def test_a_picture_of_one_value_has_a_curve(light):
    curve = LogCurve.covering(np.full(5, light, np.float32))
    back = curve.decode(curve.encode(np.float32([light])))
    np.testing.assert_allclose(back, np.float32([light]), rtol=1e-6)


def test_a_few_brilliant_pixels_do_not_cost_the_others_their_digits():
    light = np.linspace(0.1, 1, 10_000).astype(np.float32)
    light[0] = 1e6
    encoded = LogCurve.covering(light).encode(light)
    assert len(np.unique(encoded[1:])) == len(encoded) - 1
    assert encoded[1:].max() - encoded[1:].min() > 0.1
