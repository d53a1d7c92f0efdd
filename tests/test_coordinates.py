import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from redraw.coordinates import LARGEST_SIDE, Region, complete_size, parse_size, pixel_centres
from redraw.errors import RedrawError, UsageError

QUICK = settings(deadline=None, max_examples=100)
sides = st.integers(1, LARGEST_SIDE)


# --- pixel centres -------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 1), (5, 3), (200, 7)])
def test_centres_are_those_of_grid_sample(width, height):
    """Reading a picture at its own centres gives back its values: the convention of torch."""
    picture = torch.rand(1, 1, height, width, generator=torch.Generator().manual_seed(0))
    xy = torch.from_numpy(pixel_centres(width, height)).reshape(1, height, width, 2)
    read = torch.nn.functional.grid_sample(picture, xy, align_corners=False)
    # A position's rounding moves it by width * 2^-25 pixels.
    assert (read - picture).abs().max() < 2 * max(width, height) * 2**-24


def test_centres_lie_half_a_pixel_inside_the_edges():
    xy = pixel_centres(4, 2).reshape(2, 4, 2)
    assert xy.dtype == np.float32
    assert xy[0, :, 0].tolist() == [-0.75, -0.25, 0.25, 0.75]
    assert xy[:, 0, 1].tolist() == [-0.5, 0.5]


# --- sizes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("640x480", (640, 480)),
        ("640X480", (640, 480)),
        ("640×480", (640, 480)),
        (" 640 x 480 ", (640, 480)),
        ("640x", (640, None)),
        ("640", (640, None)),
        ("x480", (None, 480)),
        ("1x1", (1, 1)),
        ("1000000x1", (1_000_000, 1)),
    ],
)
def test_sizes_are_read(text, expected):
    assert parse_size(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "x", " ", "axb", "640x480x3", "640,480", "1.5x2", "-", "-x5", "5x-", "1e3", "9" * 6000],
)
def test_what_is_no_size_is_refused_with_an_example(text):
    with pytest.raises(UsageError, match=r"is not WIDTHxHEIGHT; for example 1024x768") as caught:
        parse_size(text)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("text", ["0x5", "5x0", "-5x5", "5x-5", "0", "1000001x1"])
def test_sides_out_of_range_are_refused(text):
    with pytest.raises(UsageError, match="accepted: 1 to 1000000"):
        parse_size(text)


@QUICK
@given(st.text(st.sampled_from("0123456789x×X- .,"), max_size=12) | st.text(max_size=12))
def test_nothing_but_our_error_comes_out_of_a_size(text):
    try:
        width, height = parse_size(text)
    except UsageError:
        return
    assert width or height
    assert all(side is None or 1 <= side <= LARGEST_SIDE for side in (width, height))


@QUICK
@given(sides, sides)
def test_sizes_round_trip(width, height):
    assert parse_size(f"{width}x{height}") == (width, height)


@pytest.mark.parametrize(
    ("native", "asked", "expected"),
    [
        ((200, 100), {}, (200, 100)),
        ((200, 100), {"width": 50}, (50, 25)),
        ((200, 100), {"height": 50}, (100, 50)),
        ((200, 100), {"width": 50, "height": 99}, (50, 99)),
        ((200, 100), {"scale": 2.5}, (500, 250)),
        ((5000, 1), {"width": 50}, (50, 1)),  # never less than a pixel
        ((5000, 1), {"scale": 0.001}, (5, 1)),
        ((3.0, 1.5), {"width": 7}, (7, 4)),  # 3.5 rounds to the even
    ],
)
def test_the_aspect_is_kept(native, asked, expected):
    width, height = asked.get("width"), asked.get("height")
    assert complete_size(native, width, height, asked.get("scale")) == expected


@pytest.mark.parametrize(
    ("native", "asked", "message"),
    [
        ((200, 100), (50, None, 2.0), "both a size and a scale"),
        ((200, 100), (None, None, 0.0), "scale is 0; accepted: numbers above 0"),
        ((200, 100), (None, None, -1.0), "scale is -1"),
        ((200, 100), (None, None, math.nan), "scale is nan"),
        ((200, 100), (None, None, math.inf), "scale is inf"),
        ((200, 100), (0, None, None), "sides go from 1"),
        ((200, 100), (None, None, 1e5), "sides go from 1 to 1000000"),
        ((200, 100), (None, None, 1e308), "sides go from 1 to 1000000"),
        ((1, 5000), (1000, None, None), "size 1000x5e\\+06: sides go from 1"),
        ((1e-300, 1e300), (5, None, None), "sides go from 1 to 1000000"),
    ],
)
def test_sizes_that_can_not_be_drawn_are_refused(native, asked, message):
    with pytest.raises(UsageError, match=message):
        complete_size(native, *asked)


positive = st.floats(0, exclude_min=True)


@QUICK
@given(
    st.tuples(positive, positive),
    st.none() | st.integers(),
    st.none() | st.integers(),
    st.none() | st.floats(),
)
def test_nothing_but_our_error_comes_out_of_completing(native, width, height, scale):
    try:
        found = complete_size(native, width, height, scale)
    except RedrawError:
        return
    assert all(type(side) is int and 1 <= side <= LARGEST_SIDE for side in found)


# --- regions -------------------------------------------------------------------------------------


def test_regions_are_read():
    region = Region.parse("10,20.5,-0,1e2".replace("-0", "30"))
    assert (region.x0, region.y0, region.x1, region.y1) == (10, 20.5, 30, 100)
    assert (region.width, region.height) == (20, 79.5)
    assert Region.parse("-5,-5,5,5") == Region(-5, -5, 5, 5)  # beyond the picture


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1;2;3;4", "x" * 5000])
def test_what_is_not_four_numbers_is_refused(text):
    with pytest.raises(UsageError, match="is not four numbers; accepted: x0,y0,x1,y1") as caught:
        Region.parse(text)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "text", ["5,5,5,9", "5,5,9,5", "9,0,5,5", "nan,0,1,1", "0,0,inf,1", "-1e308,0,1e308,1"]
)
def test_empty_and_endless_regions_are_refused(text):
    with pytest.raises(UsageError, match="is empty; accepted: x0,y0,x1,y1 with x0 < x1"):
        Region.parse(text)
