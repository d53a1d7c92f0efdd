"""Components against SciPy, and which lie near each other against a loop over all pairs."""

from collections import Counter

import numpy as np
import pytest
from scipy import ndimage

from redraw.kernels import label_components


def page(seed=0, shape=(23, 31), colours=4):
    """Random squares of a few colours. (H, W, 1)"""
    random = np.random.default_rng(seed)
    small = random.integers(0, colours, (shape[0] // 3 + 1, shape[1] // 3 + 1))
    large = np.kron(small, np.ones((3, 3), int))[: shape[0], : shape[1]]
    return (large / colours).astype(np.float32)[..., None]


def numbered_by_scipy(values, pure):
    """Flat pixels that touch along an axis and have the same colour, in order of the first."""
    found, count = np.full(pure.shape, -1), 0
    for colour in np.unique(values[..., 0]):
        own, most = ndimage.label(pure & (values[..., 0] == colour))
        found[own > 0] = own[own > 0] - 1 + count
        count += most
    first = np.unique(found[found >= 0], return_index=True)[1]
    order = np.argsort(first)
    number = np.empty(count + 1, int)
    number[order] = np.arange(count)
    return np.where(found >= 0, number[found], -1)


@pytest.mark.parametrize("share", [1.0, 0.8, 0.3, 0.0])
def test_flat_components_are_scipy_s(share):
    values = page()
    pure = np.random.default_rng(1).random(values.shape[:2]) < share
    found, count = label_components.components(values, pure, pure.copy(), 0.01, 0.0, 0.0)
    wanted = numbered_by_scipy(values, pure)
    assert np.array_equal(found, wanted)
    assert count == wanted.max() + 1


def test_areas_of_two_colours_stay_two_where_mixtures_lead_from_one_to_the_other():
    """But a slope, whose flat pixels lead there, is one; and so is what differs too little."""
    mixed = np.linspace(0.5, 0.6, 20, dtype=np.float32)
    values = np.concatenate([np.full((4, 20), 0.5), mixed[None], np.full((4, 20), 0.6)])
    values = values.astype(np.float32)[..., None]
    pure, flat = np.ones((9, 20), bool), np.ones((9, 20), bool)
    flat[3:6] = False

    def counted(values, flat):
        return label_components.components(values, pure, flat, 0.2, 0.2, 0.2)

    found, count = counted(values, flat)
    assert count == 2
    assert (found[:4] == 0).all()
    assert (found[6:] == 1).all()
    assert counted(values, pure)[1] == 1
    assert counted(values * 0.25, flat)[1] == 1


def test_what_components_consist_of():
    values = page(3)
    component, count = label_components.components(
        values, *[np.ones(values.shape[:2], bool)] * 2, 0.01, 0.0, 0.0
    )
    flat = np.random.default_rng(2).random(component.shape) < 0.5
    size, plain = np.empty((2, count), np.int64)
    mean = np.empty((count, 1), np.float32)
    label_components.described(values, component, flat, size, plain, mean)
    for own in range(count):
        assert size[own] == (component == own).sum()
        assert plain[own] == (flat & (component == own)).sum()
        assert mean[own] == pytest.approx(values[component == own].mean())


def test_members_are_told_in_order_and_of_large_areas_some():
    component = np.repeat(np.array([0, 1, 2, -1], np.int32), [50, 7, 50, 13]).reshape(10, 12)
    size = np.array([50, 7, 50])
    places, begins = label_components.members(component, size, np.array([50, 7, 0]), 20)
    flat = component.ravel()
    own = [places[begins[k] : begins[k + 1]] for k in range(3)]
    assert np.array_equal(own[0], np.flatnonzero(flat == 0)[::3])  # an area
    assert np.array_equal(own[1], np.flatnonzero(flat == 1))
    assert np.array_equal(own[2], np.flatnonzero(flat == 2))  # a stroke, whole


def every_pair(values, component, near, differ, around, stride):
    """By a loop over all pixels that lie below, or beside, each pixel."""
    height, width = component.shape
    count = component.max() + 1
    seen = Counter()
    for y, x in np.ndindex(height, width):
        for b in range(y, min(height, y + around + 1)):
            for a in range(max(0, x - around), min(width, x + around + 1)):
                one, two = component[y, x], component[b, a]
                if min(one, two) < 0 or one == two:
                    continue
                close = max(b - y, abs(a - x)) <= near
                strided = (b - y) % stride == 0 and (a - x) % stride == 0
                pair = int(min(one, two)) * count + int(max(one, two))
                if abs(values[y, x, 0] - values[b, a, 0]) > differ:
                    if close or strided:
                        seen[(-1 if close else -2) - 2 * pair] = 1
                elif strided:
                    seen[pair] += 1
    return dict(seen)


@pytest.mark.parametrize("colours", [2, 5, 300])
def test_neighbours_are_those_of_a_loop(colours):
    """300 colours: more pairs than the table of pairs has room for at first."""
    values = page(colours, (40, 60), colours)
    pure = np.random.default_rng(1).random(values.shape[:2]) < 0.9
    limits = (1e-4, 0.0, 0.0)
    component, count = label_components.components(values, pure, pure.copy(), *limits)
    pairs, times = label_components.neighbours(
        values, component, pure, count, 4, 0.301, 0.301, 12, 3
    )
    assert len(np.unique(pairs)) == len(pairs)
    found = dict(zip(pairs.tolist(), times.tolist(), strict=True))
    wanted = every_pair(values, component, 4, 0.301, 12, 3)
    assert {pair: n if pair > 0 else 1 for pair, n in found.items()} == wanted
    if colours == 300:
        assert len(pairs) > 1 << 11


@pytest.mark.parametrize(("step", "slope", "unlike"), [(0.04, 0.0, True), (0.0, 0.02, False)])
def test_pale_steps_are_told_from_slopes(step, slope, unlike):
    """Left and right of a seam: a step of .04, or a slope that rises by as much on the way."""
    x = np.arange(16, dtype=np.float32)
    row = 0.5 + slope * x + step * (x > 7)
    values = np.broadcast_to(row[None, :, None], (8, 16, 1)).astype(np.float32)
    component = np.broadcast_to(np.where(x < 7, 0, np.where(x > 8, 1, -1)), (8, 16))
    component = np.ascontiguousarray(component, dtype=np.int32)
    pairs, _ = label_components.neighbours(
        np.ascontiguousarray(values), component, component >= 0, 2, 3, 0.1, 0.03, 4, 3
    )
    assert bool((pairs < 0).any()) == unlike
