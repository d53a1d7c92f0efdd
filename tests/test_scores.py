"""Scores of tables, judged by scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics

from redraw.errors import ShapeError
from redraw.scores import (
    classification_scores,
    headline,
    main_score,
    percent,
    regression_scores,
)

draw = np.random.default_rng(8)


@pytest.mark.parametrize("targets", [1, 3])
def test_errors_of_numbers(targets):
    truth = draw.normal(5, 3, (40, targets)) * [1.0, 10.0, 0.1][:targets]
    predicted = truth + draw.normal(0, 1, truth.shape)
    scores = regression_scores(truth, predicted)
    assert scores["rmse"] == pytest.approx(metrics.root_mean_squared_error(truth, predicted))
    assert scores["mae"] == pytest.approx(metrics.mean_absolute_error(truth, predicted))
    assert scores["r2"] == pytest.approx(metrics.r2_score(truth, predicted))


@pytest.mark.parametrize("off", [0.0, 0.5])
def test_a_constant_target_is_met_or_not(off):
    truth = np.full((5, 1), 2.0)
    expected = metrics.r2_score(truth, truth + off)
    assert regression_scores(truth, truth + off)["r2"] == expected == (0.0 if off else 1.0)


@pytest.mark.parametrize("classes", [2, 4])
def test_classes(classes):
    truth = draw.integers(0, classes, 60)
    chances = draw.dirichlet(np.ones(classes), 60)
    chances[np.arange(60), truth] += 0.3
    chances /= chances.sum(axis=1, keepdims=True)
    predicted = chances.argmax(axis=1)
    scores = classification_scores(truth, chances)
    macro = {"average": "macro", "zero_division": 0.0}
    assert scores["accuracy"] == pytest.approx(metrics.accuracy_score(truth, predicted))
    assert scores["precision"] == pytest.approx(metrics.precision_score(truth, predicted, **macro))
    assert scores["recall"] == pytest.approx(metrics.recall_score(truth, predicted, **macro))
    assert scores["f1"] == pytest.approx(metrics.f1_score(truth, predicted, **macro))
    assert scores["cross_entropy"] == pytest.approx(metrics.log_loss(truth, chances))
    assert scores["confusion"] == metrics.confusion_matrix(truth, predicted).tolist()
    assert scores["majority"] == np.bincount(truth).max() / 60


def test_a_class_that_was_never_learned_counts_as_wrong():
    scores = classification_scores([0, 1, 2], [[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    assert scores["accuracy"] == pytest.approx(2 / 3)
    assert scores["confusion"] == [[1, 0], [0, 1], [1, 0]]
    assert np.isfinite(scores["cross_entropy"])


def test_a_certain_mistake_is_finite():
    assert np.isfinite(classification_scores([0], [[0.0, 1.0]])["cross_entropy"])


@pytest.mark.parametrize(
    "call",
    [
        lambda: regression_scores(np.zeros((2, 1)), np.zeros((3, 1))),
        lambda: regression_scores(np.zeros(2), np.zeros(2)),
        lambda: regression_scores(np.zeros((0, 1)), np.zeros((0, 1))),
        lambda: classification_scores([0, 1], np.ones((3, 2))),
        lambda: classification_scores([], np.ones((0, 2))),
    ],
)
def test_what_can_not_be_compared_is_refused(call):
    with pytest.raises(ShapeError):
        call()


def test_what_people_read():
    learned = {"rmse": 0.01234, "mae": 0.0, "r2": 0.999999}
    assert headline({"learned": learned}) == "RMSE 0.0123, R² > 0.9999"
    held = {"learned": {"accuracy": 1.0}, "held_out": {"accuracy": 0.99999}}
    assert headline(held) == "accuracy 100 %; held out > 99.99 %"
    assert main_score(held) == ("accuracy, held out", 0.99999, "> 99.99 %")
    assert percent(0.5) == "50 %"
