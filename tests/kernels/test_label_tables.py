"""Where the numbers of a field of labels lie, against sets of nodes."""

import numpy as np
from scipy.interpolate import BSpline

from redraw.kernels.label_tables import (
    AROUND,
    CHUNK,
    NONE,
    count_potentials,
    cubic_weights,
    listed_before,
    listed_pixels,
    potential_tables,
    starts_of,
)

LABELS, H, W = 3, 7, 21


def drawn():
    """A small picture: most pixels have one label, some have candidates, of which a few are one."""
    rng = np.random.default_rng(19)
    owner = rng.integers(0, LABELS, (H, W)).astype(np.uint8)
    owner[rng.random((H, W)) < 0.3] = NONE
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
    starts = np.zeros(len(candidates) + 1, np.int32)
    starts_of(candidates, starts)
    several = (candidates != NONE).sum(axis=1)
    np.testing.assert_array_equal(np.diff(starts), np.where(several > 1, several, 0))
    first = np.full((starts[-1], AROUND), -7, np.int32)
    links, beside = np.zeros((len(expected), 2), np.int32), np.zeros(len(expected), np.uint8)
    rows, columns = np.zeros((LABELS, H + 5), np.int32), np.zeros(len(expected), np.int32)
    potential_tables(owner, candidates, LABELS, starts, first, links, beside, rows, columns)
    assert columns.tolist() == [x for _, _, x in expected]
    for label in range(LABELS):
        for y in range(H + 5):
            assert rows[label, y] == sum((k, row) < (label, y) for k, row, _ in expected)
    for slot, (y, x) in enumerate(np.argwhere(owner == NONE).tolist()):
        for m in range(several[slot] if several[slot] > 1 else 0):
            k = int(candidates[slot, m])
            wanted = [number[k, y + b, x] for b in range(AROUND)]
            assert first[starts[slot] + m].tolist() == wanted
    for n, (k, y, x) in enumerate(expected):
        assert links[n].tolist() == [number.get((k, y + d, x), -1) for d in (-1, 1)]
        assert beside[n] == ((k, y, x - 1) in number) + 2 * ((k, y, x + 1) in number)


def test_listed_pixels_are_those_with_candidates_row_by_row():
    owner, candidates = drawn()
    found = listed_pixels(owner, len(candidates))
    np.testing.assert_array_equal(found, np.argwhere(owner == NONE))
    before = np.zeros((H, -(-W // CHUNK)), np.int32)
    listed_before(owner, before)
    flat = np.cumsum(owner.ravel() == NONE)
    for y in range(H):
        for chunk in range(before.shape[1]):
            at = y * W + chunk * CHUNK
            assert before[y, chunk] == (flat[at - 1] if at else 0)


def test_weights_are_those_of_the_cubic_b_spline():
    spline = BSpline.basis_element(np.arange(5.0), extrapolate=False)
    for t in (0.0, 0.25, 0.9):
        out = np.zeros(4)
        cubic_weights.py_func(t, out)
        expected = [spline(place) for place in (t + 3, t + 2, t + 1, t)]
        np.testing.assert_allclose(out, np.nan_to_num(expected), atol=1e-15)
