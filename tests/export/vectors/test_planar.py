"""Lines between regions, against areas and places that are known."""

import numpy as np
import pytest

from redraw.export.vectors.planar import OUTSIDE, planar_map
from redraw.export.vectors.regions import loops_where, points_of, regions_of


def scene(x, y):
    """A ring (1) on a ground (0), beneath a bar (2), and a box at the border (3)."""
    labels = np.zeros(len(x), np.int64)
    away = np.hypot(x - 30.0, y - 30.0)
    labels[(away < 20.0) & (away > 8.0)] = 1
    labels[(x > 40.0) & (y > 35.0) & (y < 50.0)] = 2
    labels[(x > 30.0) & (x < 60.0) & (y < 10.0)] = 3
    return labels


@pytest.fixture(scope="module")
def regions():
    return planar_map(scene, 64, 64), regions_of(planar_map(scene, 64, 64))


def test_areas_are_those_of_geometry_and_fill_the_picture(regions):
    _, found = regions
    areas = {(region.label, len(region.loops)): region.area for region in found}
    assert sum(region.area for region in found) == pytest.approx(64.0 * 64.0, abs=1e-6)
    assert areas[2, 1] == pytest.approx(24.0 * 15.0, abs=0.1)
    assert areas[3, 1] == pytest.approx(300.0, abs=0.1)
    inner = min(region.area for region in found if region.label == 0)
    assert inner == pytest.approx(np.pi * 64.0, rel=1e-3)


def test_each_line_parts_two_labels_and_is_there_once(regions):
    map_, found = regions
    for line in map_.lines:
        assert line.left != line.right
    ways = [way for region in found for loop in region.loops for way in loop]
    assert len(set(ways)) == len(ways)
    outer = sum(OUTSIDE in (line.left, line.right) for line in map_.lines)
    assert len(ways) == 2 * len(map_.lines) - outer


def test_points_lie_where_labels_change(regions):
    map_, _ = regions
    ring = next(line for line in map_.lines if line.closed and 1 in (line.left, line.right))
    assert np.abs(np.hypot(*(ring.points - 30.0).T) - 8.0).max() < 1e-3


def test_the_left_of_a_line_is_its_left(regions):
    map_, _ = regions
    for line in map_.lines:
        at = len(line.points) // 2
        one, other = line.points[at - 1], line.points[at]
        ahead = (other - one) / np.hypot(*(other - one))
        left = (one + other) / 2.0 + 0.02 * np.array([ahead[1], -ahead[0]])
        if not 0.0 < left.min() <= left.max() < 64.0:
            continue
        assert scene(left[:1], left[1:])[0] == line.left


def test_a_picture_of_one_label_is_its_rectangle():
    map_ = planar_map(lambda x, y: np.zeros(len(x), np.int64), 5, 3)
    (region,) = regions_of(map_)
    assert region.area == pytest.approx(15.0)
    points = points_of(map_, region.loops[0])
    assert points.min(axis=0).tolist() == [0.0, 0.0]
    assert points.max(axis=0).tolist() == [5.0, 3.0]


@pytest.mark.parametrize("joined", [0, 1])
def test_where_two_labels_meet_crosswise_one_of_them_is_connected(joined):
    def crossed(x, y):
        labels = ((x < 4.1) == (y < 4.1)).astype(np.int64)
        labels[np.hypot(x - 4.1, y - 4.1) < 0.1] = joined
        return labels

    found = regions_of(planar_map(crossed, 8, 8))
    assert [region.label for region in found].count(joined) == 1
    assert len(found) == 3


def test_four_labels_meet_in_a_node():
    def quarters(x, y):
        return (x > 4.1) + 2 * (y > 3.9).astype(np.int64)

    map_ = planar_map(quarters, 8, 8)
    inner = [node for node in map_.nodes if node.min() > 0.1 and node.max() < 7.9]
    assert len(inner) == 1
    assert np.abs(inner[0] - [4.1, 3.9]).max() < 0.13
    assert len(regions_of(map_)) == 4


def test_the_border_of_several_labels_leaves_out_what_is_between_them(regions):
    map_, _ = regions
    loops = loops_where(map_, {0, 1, 2, 3}.__contains__)
    assert len(loops) == 1
    assert np.ptp(points_of(map_, loops[0]), axis=0).tolist() == [64.0, 64.0]
