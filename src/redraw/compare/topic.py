"""What a comparison is about: how a fit of it is measured, and what is kept to be shown.

A picture and a table are topics; the race and the report know this interface alone.
"""

import tempfile
from abc import ABC, abstractmethod
from pathlib import Path

from redraw.compare.results import Measure, Outcome
from redraw.compare.views import Sheet
from redraw.fitting.result.fitted import FittedField
from redraw.fitting.run.events import Finished
from redraw.fitting.run.run import Run
from redraw.signals.kinds import kind_of
from redraw.signals.signal import Signal


class Topic(ABC):
    """A signal, learned by several networks.

    Attributes:
        measures: Which numbers are taken; the first is what counts.
        targets: Values of the first whose times are told.
        whole: What is measured, in words: "the whole picture".
        fields: What the fits came to, by entrant and seed.
    """

    measures: tuple[Measure, ...]
    targets: tuple[float, ...]
    whole: str

    def __init__(self) -> None:
        self.fields: dict[tuple[str, int], FittedField] = {}

    @property
    @abstractmethod
    def signal(self) -> Signal:
        """What is learned."""

    @property
    @abstractmethod
    def about(self) -> dict[str, str]:
        """Facts for people, by name."""

    @abstractmethod
    def quality(self, run: Run) -> float:
        """The main measure of a fit as it stands; quickly, since it is taken often."""

    @abstractmethod
    def final(self, finished: Finished) -> float:
        """The main measure of a fit at its end."""

    @abstractmethod
    def judged(self, run: Run, finished: Finished) -> dict[str, float | None]:
        """All measures of a fit at its end, by key; None where one does not apply."""

    @abstractmethod
    def sheet(
        self,
        outcomes: list[Outcome],
        region: tuple[int, int, int, int] | None = None,
        threads: int | None = None,
    ) -> Sheet:
        """The pictures of the report.

        Args:
            outcomes: Whose fields to show, in order.
            region: Of a picture, what is shown larger: x0, y0, x1, y1 in pixels.
            threads: CPU threads.
        """

    def bytes(self, run: Run) -> int:
        """Of the field file.

        Raises:
            OutputError: the field can't be stored: its numbers are not finite.
        """
        with tempfile.TemporaryDirectory(prefix="redraw-") as folder:
            path = Path(folder, "field.redraw")
            run.result.save(path)
            return path.stat().st_size

    def keep(self, outcome: Outcome, run: Run) -> None:
        """Remember the field that came of a fit, to be shown in the report."""
        self.fields[outcome.name, outcome.seed] = run.result


def topic_of(signal: Signal) -> Topic:
    """The topic for a signal, as its kind says."""
    return kind_of(signal).part("topic")(signal)
