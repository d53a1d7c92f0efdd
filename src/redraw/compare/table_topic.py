"""A table or function, learned by several networks."""

import io
from typing import Any

from PIL import Image

from redraw.compare.results import Measure, Outcome
from redraw.compare.topic import Topic
from redraw.compare.views import Sheet, Strip, Tile, png_view
from redraw.figures.table_plots import draw_fit, view_of
from redraw.fitting.result.fitted import open_drawer
from redraw.fitting.run.events import Finished
from redraw.fitting.run.run import Run
from redraw.signals.table.table import Table

REGRESSION = (
    Measure("rmse", "RMSE", style=".3g", rising=False),
    Measure("mae", "MAE", style=".3g", rising=False),
    Measure("r2", "R²", style=".5f"),
)
CLASSIFICATION = (
    Measure("accuracy", "accuracy", "%", scale=100.0),
    Measure("cross_entropy", "cross-entropy", style=".3g", rising=False),
    Measure("precision", "precision", style=".4f"),
    Measure("recall", "recall", style=".4f"),
    Measure("f1", "F1", style=".4f"),
)
# Shares of rows told right whose times are told.
ACCURACIES = (0.9, 0.95, 0.99, 1.0)
# The plots: in inches, and dots in one.
SIZE, DOTS = (6.0, 4.5), 110


class TableTopic(Topic):
    """Measured on the rows held out, where there are any, and else on those learned.

    Args:
        table: What is learned.
    """

    def __init__(self, table: Table) -> None:
        super().__init__()
        self.table = table
        self.rows = "held_out" if table.held_count else "learned"
        self.whole = "the rows held out" if table.held_count else "all rows"
        classes = table.schema.task == "classification"
        self.measures = CLASSIFICATION if classes else REGRESSION
        self.targets = ACCURACIES if classes else ()

    @property
    def signal(self) -> Table:
        return self.table

    @property
    def about(self) -> dict[str, str]:
        return {"rows": self.table.describe(), "measured on": f"measured on {self.whole}"}

    def quality(self, run: Run) -> float:
        scores = run.subject.measure(run.drawer()).scores
        assert scores is not None
        return float(scores[self.rows][self.measures[0].key])

    def final(self, finished: Finished) -> float:
        return float(self._scores(finished)[self.measures[0].key])

    def judged(self, run: Run, finished: Finished) -> dict[str, float | None]:
        scores = self._scores(finished)
        return {measure.key: float(scores[measure.key]) for measure in self.measures}

    def _scores(self, finished: Finished) -> Any:
        assert finished.scores is not None
        return finished.scores[self.rows]

    def sheet(
        self,
        outcomes: list[Outcome],
        region: tuple[int, int, int, int] | None = None,
        threads: int | None = None,
    ) -> Sheet:
        tiles = [
            Tile(
                outcome.name,
                png_view(self._plot(outcome, threads)),
                entrant=True,
            )
            for outcome in outcomes
        ]
        return Sheet(
            (Strip("fit", "What each of them says, and the rows", tuple(tiles), wide=True),)
        )

    def _plot(self, outcome: Outcome, threads: int | None) -> Image.Image:
        field = self.fields[outcome.name, outcome.seed]
        drawer = open_drawer(field, engine=outcome.engine, threads=threads)
        figure = draw_fit(view_of(self.table, drawer), size=SIZE)
        out = io.BytesIO()
        figure.savefig(out, format="png", dpi=DOTS)
        return Image.open(out).convert("RGB")
