"""Where the numbers of a field of labels lie, against sets of nodes."""

import numpy as np
from scipy.interpolate import BSpline

from redraw.kernels.label_tables import (
    AROUND,
    NONE,
    count_potentials,
    cubic_weights,
    listed_pixels,
    potential_tables,
)

LABELS = 3


def drawn():
    """A small picture: most pixels have one label, some have two or three candidates."""
    rng = np.random.default_rng(19)
    owner = rng.integers(0, LABELS, (7, 9)).astype(np.uint8)
    owner[rng.random((7, 9)) < 0.3] = NONE
    count = int((owner == NONE).sum())
    candidates = np.full((count, 3), NONE, np.uint8)
    for row in candidates:
        several = np.sort(rng.permutation(LABELS)[: rng.integers(1, 4)])
        row[: len(several)] = several
    return owner, candidates


def needed(owner, candidates):
    """Nodes as label, row, column, in order: five by five around each pixel that has several."""
    found = set()
    for (y, x), row in zip(np.argwhere(owner == NONE), candidates, strict=True):
        own = row[row != NONE]
        if len(own) > 1:
            found |= {
                (int(k), int(y) + b, int(x) + a)
                for k in own
                for b in range(AROUND)
                for a in range(AROUND)
            }
    return sorted(found)


def test_there_is_a_potential_where_a_pixel_needs_one():
    owner, candidates = drawn()
    assert count_potentials(owner, candidates, LABELS) == len(needed(owner, candidates))


def test_tables_lead_to_the_nodes_around_each_pixel_and_beside_each_node():
    owner, candidates = drawn()
    expected = needed(owner, candidates)
    number = {node: n for n, node in enumerate(expected)}
    first = np.full((*candidates.shape, AROUND), -7, np.int32)
    links = np.zeros((len(expected), 4), np.int32)
    nodes = np.zeros((len(expected), 3), np.int32)
    potential_tables(owner, candidates, LABELS, first, links, nodes)
    assert [tuple(node) for node in nodes.tolist()] == expected
    for slot, (y, x) in enumerate(np.argwhere(owner == NONE).tolist()):
        several = (candidates[slot] != NONE).sum() > 1
        for m, k in enumerate(candidates[slot].tolist()):
            if k != NONE and several:
                assert first[slot, m].tolist() == [number[k, y + b, x] for b in range(AROUND)]
    for n, (k, y, x) in enumerate(expected):
        around = ((k, y, x - 1), (k, y, x + 1), (k, y - 1, x), (k, y + 1, x))
        assert links[n].tolist() == [number.get(node, -1) for node in around]


def test_listed_pixels_are_those_with_candidates_row_by_row():
    owner, candidates = drawn()
    found = listed_pixels(owner, len(candidates))
    np.testing.assert_array_equal(found, np.argwhere(owner == NONE))


def test_weights_are_those_of_the_cubic_b_spline():
    spline = BSpline.basis_element(np.arange(5.0), extrapolate=False)
    for t in (0.0, 0.25, 0.9):
        out = np.zeros(4)
        cubic_weights.py_func(t, out)
        expected = [spline(place) for place in (t + 3, t + 2, t + 1, t)]
        np.testing.assert_allclose(out, np.nan_to_num(expected), atol=1e-15)
