"""Where a fit of labels begins: candidates against sets, potentials against their sum."""

import numpy as np

from redraw.kernels.label_start import candidates_of, start_potentials, with_faint
from redraw.kernels.label_tables import NONE

LABELS, H, W = 3, 8, 9


def mixture(seed=0):
    """Pixels of one label each: what they consist of, as `unmix` tells it."""
    label = np.kron(
        np.random.default_rng(seed).integers(0, LABELS, (4, 5)), np.ones((2, 2), int)
    )[:H, :W].astype(np.int32)  # fmt: skip
    begins = np.zeros(H + 1, np.int64)
    none = np.zeros((0, 3), np.int8), np.zeros((0, 3), np.float32)
    return label, np.ones((H, W), np.bool_), begins, *none


def test_candidates_are_the_labels_around():
    made = mixture()
    label, owner = made[0], np.zeros((H, W), np.uint8)
    found = np.zeros((H, W, 4), np.uint8)
    for first, last in ((0, 3), (3, H)):
        candidates_of(made, LABELS, owner, found[first:last], first, last)
    for y in range(H):
        for x in range(W):
            near = {
                int(label[b, a])
                for b in range(H)
                for a in range(W)
                if (b - y) ** 2 + (a - x) ** 2 <= 2
            }
            told = found[y, x][found[y, x] != NONE].tolist()
            assert told == sorted(near)
            assert owner[y, x] == (next(iter(near)) if len(near) == 1 else NONE)


def test_of_too_many_the_nearest_stay():
    label = np.array([[0, 1, 2]], np.int32)
    made = label, np.ones((1, 3), np.bool_), np.zeros(2, np.int64), *mixture()[3:]
    owner, found = np.zeros((1, 3), np.uint8), np.zeros((1, 3, 2), np.uint8)
    candidates_of(made, LABELS, owner, found, 0, 1)
    assert found[0].tolist() == [[0, 1], [0, 1], [1, 2]]


def test_faint_pixels_are_listed_for_their_own_label():
    owner = np.array([[0, NONE, 2, 1]], np.uint8)
    faint = np.array([[True, True, False, True]])
    out = np.zeros((3, 3), np.uint8)
    with_faint(owner, faint, np.array([[0, 2, NONE]], np.uint8), out)
    assert out.tolist() == [[0, NONE, NONE], [0, 2, NONE], [1, NONE, NONE]]
    assert owner.tolist() == [[NONE, NONE, 2, NONE]]


def test_potentials_are_high_within_a_label_and_fall_off():
    made = mixture(1)
    label, blur = made[0], np.array([0.4, 0.2, 0.1], np.float32)
    nodes = (H + 4) * (W + 4)
    rows = np.full((LABELS, H + 5), nodes, np.int32)
    rows[0] = np.arange(H + 5) * (W + 4)
    columns = np.tile(np.arange(W + 4), H + 4).astype(np.int32)
    out = np.zeros(nodes, np.float32)
    for first, last in ((0, 5), (5, H + 4)):
        start_potentials(made, rows, columns, blur, out, first, last)
    own = (label == 0).astype(float)
    far = np.pad(own, 6, mode="edge")  # beyond the picture its nearest pixel goes on
    weights = np.outer(*[np.concatenate([blur[:0:-1], blur])] * 2)
    for row in range(H + 4):
        for column in range(W + 4):
            y, x = row + 4, column + 4
            total = (far[y - 2 : y + 3, x - 2 : x + 3] * weights).sum()
            square = far[y - 4 : y + 5, x - 4 : x + 5]
            b, a = np.nonzero(square)
            near = min(25, ((b - 4) ** 2 + (a - 4) ** 2).min(initial=25))
            expected = 2 * total - 1 - 1.5 * np.clip(np.sqrt(near) - 1, 0, 4)
            assert abs(out[row * (W + 4) + column] - expected) < 1e-5
