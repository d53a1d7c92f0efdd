"""A table in the hands of a run."""

from typing import Any

import numpy as np

from redraw.engines import Drawer
from redraw.errors import UsageError
from redraw.fitting.plan.config import RunConfig
from redraw.fitting.subject.subject import Quality, Subject
from redraw.metrics import psnr_of
from redraw.scores import classification_scores, regression_scores
from redraw.signals.table.columns import Floats
from redraw.signals.table.table import Table
from redraw.storage.about import About


class TableSubject(Subject):
    """Its rows are learned; the predictions for them, and for those held out, are scored.

    Args:
        table: What is learned.
        config: How.

    Raises:
        UsageError: the best state on held-out rows is asked for, and none are.
    """

    def __init__(self, table: Table, config: RunConfig) -> None:
        if config.keep == "best" and not table.held_count:
            raise UsageError(
                "the best state is told by held-out rows, and there are none;"
                " hold some out: --held-out 20%",
                setting="keep",
            )
        self.table = table
        self.samples = self._rows = table.samples()
        self._held = table.schema.coordinates(table.held_inputs)

    @property
    def signal(self) -> Table:
        return self.table

    def measure(self, drawer: Drawer) -> Quality:
        values = np.nan_to_num(drawer.values(self._rows.all_positions()))
        error = float(np.square(values.astype(np.float64) - self._rows.all_values()).mean())
        scores: dict[str, Any] = {"learned": self._scores(self.table.targets, values)}
        loss = None
        if self.table.held_count:
            found = np.nan_to_num(drawer.values(self._held))
            scores["held_out"] = self._scores(self.table.held_targets, found)
            loss = self._loss(scores["held_out"], found)
        return Quality(psnr_of(error), None, scores, loss)

    def _scores(self, targets: Floats, values: np.ndarray) -> dict[str, Any]:
        schema = self.table.schema
        if schema.task == "regression":
            return regression_scores(targets, schema.predictions(values))
        numbers = targets[:, 0].astype(np.int64)
        return classification_scores(numbers, schema.probabilities(values))

    def _loss(self, scores: dict[str, Any], values: np.ndarray) -> float:
        """Of the held-out rows, as they are learned: the squared error, or the cross-entropy."""
        if self.table.schema.task == "classification":
            return scores["cross_entropy"]
        wanted = self.table.schema.values(self.table.held_targets)
        return float(np.square(values.astype(np.float64) - wanted).mean())

    def png(self, drawer: Drawer) -> bytes:
        from redraw.figures.table_plots import frame_of

        return frame_of(self.table, drawer)

    def about(self, made: dict[str, Any]) -> About:
        return About(size=self.size, made=made, schema=self.table.schema)
