"""How good the predictions of a table are: RMSE, MAE, R2; accuracy, precision, recall, F1.

Plain NumPy in float64. Shapes: N rows, T targets, K classes.

Source: the definitions of `sklearn.metrics`: `r2_score` over several targets, and precision, recall
and F1 as means over classes ("macro").
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from redraw.errors import ShapeError

# A probability is taken to be at least this where its logarithm is: that of float32's rounding.
LEAST_PROBABILITY = 2.0**-24


def regression_scores(truth: ArrayLike, predicted: ArrayLike) -> dict[str, float]:
    """Errors of numbers. (N, T) both; several targets are averaged, each counting the same.

    Returns:
        rmse: Root of the mean squared error, in the data's units.
        mae: Mean absolute error.
        r2: 1 less the squared error over that of the targets' mean: 1 is perfect, 0 as good as the
            mean. Of a constant target 1 if it is met exactly, else 0.

    Raises:
        ShapeError: the shapes differ, or there are no rows.

    Example:
        >>> scores = regression_scores([[1.0], [2.0], [6.0]], [[1.0], [2.0], [3.0]])
        >>> {name: round(value, 3) for name, value in scores.items()}
        {'rmse': 1.732, 'mae': 1.0, 'r2': 0.357}
    """
    truth, predicted = _pair(truth, predicted)
    error = predicted - truth
    squared = np.square(error).mean(axis=0)
    variance = np.square(truth - truth.mean(axis=0)).mean(axis=0)
    varies = variance > 0.0
    unexplained = np.divide(squared, variance, out=(squared > 0.0).astype(float), where=varies)
    return {
        "rmse": float(np.sqrt(squared).mean()),
        "mae": float(np.abs(error).mean()),
        "r2": float((1.0 - unexplained).mean()),
    }


def classification_scores(truth: ArrayLike, probabilities: ArrayLike) -> dict[str, Any]:
    """How well classes are told apart.

    Args:
        truth: Numbers of classes; one from K on was never learned, so it counts as wrong. (N,)
        probabilities: Of the classes. (N, K)

    Returns:
        accuracy: Share of rows whose most probable class is the true one.
        majority: Share of the most frequent class: what knowing nothing else gives.
        cross_entropy: Mean -log of the true class's probability.
        precision, recall, f1: Means over the classes that are there or were predicted; 0 where
            one is not defined.
        confusion: Rows are true classes, columns predicted ones. (K or more, K), nested lists.

    Raises:
        ShapeError: the lengths differ, or there are no rows.

    Example:
        >>> scores = classification_scores([0, 1, 1], [[0.9, 0.1], [0.8, 0.2], [0.4, 0.6]])
        >>> round(scores["accuracy"], 3), scores["confusion"]
        (0.667, [[1, 0], [1, 1]])
    """
    truth, probabilities = np.asarray(truth, np.int64), np.asarray(probabilities, np.float64)
    if truth.ndim != 1 or probabilities.ndim != 2 or len(truth) != len(probabilities):
        raise ShapeError(
            f"classes are {truth.shape} and probabilities {probabilities.shape};"
            " expected (N,) and (N, K)"
        )
    if not len(truth):
        raise ShapeError("there are no rows to compare")
    classes = probabilities.shape[1]
    predicted = probabilities.argmax(axis=1)
    rows = max(classes, int(truth.max()) + 1)
    confusion = np.bincount(truth * classes + predicted, minlength=rows * classes)
    confusion = confusion.reshape(rows, classes)
    known = truth < classes
    given = np.zeros(len(truth))
    given[known] = probabilities[known, truth[known]]
    hits = np.zeros(rows)
    hits[:classes] = np.diagonal(confusion)
    there = confusion.sum(axis=1).astype(float)
    called = np.zeros(rows)
    called[:classes] = confusion.sum(axis=0)
    counted = (there + called) > 0
    precision, recall = _ratio(hits, called), _ratio(hits, there)
    f1 = _ratio(2.0 * hits, there + called)
    return {
        "accuracy": float((predicted == truth).mean()),
        "majority": float(there.max() / len(truth)),
        "cross_entropy": float(-np.log(np.maximum(given, LEAST_PROBABILITY)).mean()),
        "precision": float(precision[counted].mean()),
        "recall": float(recall[counted].mean()),
        "f1": float(f1[counted].mean()),
        "confusion": confusion.tolist(),
    }


def headline(scores: Mapping[str, Any]) -> str:
    """ "RMSE 0.0123, R² 0.998; held out RMSE 0.0131", for people.

    Args:
        scores: "learned" and perhaps "held_out", each as one of the functions above gives them.

    Example:
        >>> headline({"learned": {"accuracy": 0.9825, "majority": 0.5}})
        'accuracy 98.25 %'
    """
    learned, held = scores["learned"], scores.get("held_out")
    if "accuracy" in learned:
        told = f"accuracy {percent(learned['accuracy'])}"
        return told + (f"; held out {percent(held['accuracy'])}" if held else "")
    told = f"RMSE {learned['rmse']:.3g}, R² {_below_one(learned['r2'])}"
    return told + (f"; held out RMSE {held['rmse']:.3g}" if held else "")


def main_score(scores: Mapping[str, Any]) -> tuple[str, float, str]:
    """The one that says most: accuracy or RMSE, of the held-out rows if there are any.

    Example:
        >>> main_score({"learned": {"rmse": 0.5}, "held_out": {"rmse": 0.75}})
        ('RMSE, held out', 0.75, '0.75')
    """
    held = scores.get("held_out")
    found, where = held or scores["learned"], ", held out" if held else ""
    if "accuracy" in found:
        return f"accuracy{where}", found["accuracy"], percent(found["accuracy"])
    return f"RMSE{where}", found["rmse"], f"{found['rmse']:.3g}"


def percent(share: float) -> str:
    """ "98.25 %"; 100 % only where it is all of it."""
    shown = f"{100 * share:.2f}"
    return f"{'> 99.99' if shown == '100.00' and share < 1.0 else shown.removesuffix('.00')} %"


def _below_one(r2: float) -> str:
    """Four figures; 1 only where it is met exactly."""
    return "> 0.9999" if 0.99995 <= r2 < 1.0 else f"{r2:.4g}"


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _pair(a: ArrayLike, b: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if first.ndim != 2 or first.shape != second.shape or not len(first):
        raise ShapeError(
            f"targets are {first.shape} and predictions {second.shape}; expected (N, T) of both"
        )
    return first, second
