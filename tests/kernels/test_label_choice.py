"""Which components share a label: as a colouring of a graph."""

import numpy as np

from redraw.kernels.label_choice import choose_labels


def chosen(pairs, weights, colour, most, size=None):
    """The labels of components, whose neighbours are given as pairs."""
    count = len(colour)
    both = [(a, b, w) for (a, b), w in zip(pairs, weights, strict=True)]
    both = sorted(both + [(b, a, w) for a, b, w in both])
    begins = np.searchsorted([a for a, _, _ in both], np.arange(count + 1)).astype(np.int64)
    others = np.array([b for _, b, _ in both], np.int32)
    strengths = np.array([w for _, _, w in both], np.float64)
    size = np.ones(count) if size is None else np.asarray(size, float)
    order = np.argsort(-size, kind="stable")
    return choose_labels(
        order, begins, others, strengths, size.astype(np.int64), np.float32(colour),
        np.float32(0.1), most,
    )  # fmt: skip


def test_those_that_conflict_never_share_a_label_where_there_are_enough():
    rng = np.random.default_rng(32)
    pairs = [(a, b) for a in range(20) for b in range(a) if rng.random() < 0.3]
    label, used = chosen(pairs, [-1.0] * len(pairs), rng.random((20, 3)), 20)
    assert all(label[a] != label[b] for a, b in pairs)
    degree = max(sum(n in pair for pair in pairs) for n in range(20))
    assert used == len(set(label.tolist())) <= degree + 1  # greedy colouring's bound


def test_those_that_attract_share_one():
    label, _ = chosen([(0, 1), (1, 2), (0, 2)], [5.0, -1.0, -1.0], [[0.1], [0.9], [0.5]], 5)
    assert label[0] == label[1] != label[2]


def test_like_colours_share_one_wherever_they_are():
    colour = [[0.1], [0.9], [0.12], [0.88]]
    pairs = [(0, 1), (2, 3), (0, 3), (1, 2)]
    label, used = chosen(pairs, [-1.0] * 4, colour, 5)
    assert used == 2
    assert label[0] == label[2] != label[1] == label[3]


def test_with_too_few_labels_the_fewest_conflicts_stay():
    pairs = [(a, b) for a in range(4) for b in range(a)]
    label, used = chosen(pairs, [-1.0] * 6, np.arange(4)[:, None], 3)
    assert used == 3
    assert sorted(np.bincount(label).tolist()) == [1, 1, 2]
