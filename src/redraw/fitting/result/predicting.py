"""Predictions for the rows of a table, and how good they are where the truth is known.

Shapes: N rows, D inputs.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from redraw.errors import TableError
from redraw.fitting.result.fitted import FittedField
from redraw.scores import classification_scores, regression_scores
from redraw.signals.table.cells import Cells, RawTable
from redraw.signals.table.columns import Floats


@dataclass(frozen=True)
class Predictions:
    """What a field says of a table.

    Attributes:
        columns: To be added: "y_predicted" for each target; of classes "y_probability" as well,
            that of the predicted one. None where a row lacks an input.
        scores: As of `redraw.scores`, where the table has the targets as well; else None.
        notes: Things to tell the user.
    """

    columns: dict[str, list[Any]]
    scores: dict[str, Any] | None
    notes: tuple[str, ...]


def predict_table(field: FittedField, raw: RawTable, *, engine: str = "auto") -> Predictions:
    """Ask a field for every row of a table that has all its inputs, by their names.

    Raises:
        UsageError: a column is missing, or the field is a picture's.
        TableError: a cell is no number, or there are no rows.
    """
    schema = field.schema
    inputs = np.stack([raw.cells(column.name).numbers() for column in schema.inputs], axis=1)
    whole = np.asarray(np.isfinite(inputs).all(axis=1))
    notes: tuple[str, ...] = ()
    if not whole.any():
        raise TableError(f"{raw.name} has no row with all inputs; there is nothing to predict")
    if not whole.all():
        what = "a finite input" if np.isinf(inputs).any() else "an input"
        notes += (f"{(~whole).sum():,} of {len(whole):,} rows lack {what}: left without",)
    outside = (np.abs(schema.coordinates(inputs[whole])) > 1.0 + 1e-6).any(axis=1).sum()
    if outside:
        notes += (
            f"{outside:,} row{' lies' if outside == 1 else 's lie'} outside of what was learned"
            " from: trust those the less",
        )
    added: dict[str, list[Any]] = {}
    scores: dict[str, Any] | None = None
    if schema.task == "classification":
        chances = field.probabilities(inputs[whole], engine=engine)
        best = chances.argmax(axis=1)
        name = schema.targets[0].name
        added[f"{name}_predicted"] = _spread([schema.classes[k] for k in best], whole)
        added[f"{name}_probability"] = _spread(chances.max(axis=1).tolist(), whole)
        scores = _class_scores(field, raw, chances, whole)
    else:
        found = np.asarray(field.predict(inputs[whole], engine=engine)).reshape(whole.sum(), -1)
        for axis, column in enumerate(schema.targets):
            added[f"{column.name}_predicted"] = _spread(found[:, axis].tolist(), whole)
        scores = _number_scores(field, raw, found, whole)
    return Predictions(added, scores, notes)


def _number_scores(
    field: FittedField, raw: RawTable, found: Floats, whole: np.ndarray
) -> dict[str, Any] | None:
    names = [column.name for column in field.schema.targets]
    if not all(name in raw.columns for name in names):
        return None
    try:
        truth = np.stack([raw.cells(name).numbers() for name in names], axis=1)[whole]
    except TableError:
        return None  # whatever these columns hold, it is not what was learned
    known = np.isfinite(truth).all(axis=1)
    return dict(regression_scores(truth[known], found[known])) if known.any() else None


def _class_scores(
    field: FittedField, raw: RawTable, chances: Floats, whole: np.ndarray
) -> dict[str, Any] | None:
    schema = field.schema
    if schema.targets[0].name not in raw.columns:
        return None
    worded = Cells("", schema.classes, "").worded()  # as the classes were named
    labels = raw.cells(schema.targets[0].name).labels(worded=worded)
    unseen = len(schema.classes)
    number = {name: place for place, name in enumerate(schema.classes)}
    truth = np.array([-1 if x is None else number.get(x, unseen) for x in labels])[whole]
    known = truth >= 0
    return classification_scores(truth[known], chances[known]) if known.any() else None


def _spread(found: list[Any], whole: np.ndarray) -> list[Any]:
    """One cell per row: what was found for whole rows, None for the others."""
    cells = iter(found)
    return [next(cells) if there else None for there in whole.tolist()]
