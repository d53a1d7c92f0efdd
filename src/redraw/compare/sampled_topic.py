"""Any signal, learned by several networks: what a kind gets that brings no topic of its own."""

import io
from dataclasses import replace

from PIL import Image

from redraw.compare.results import PSNR, Measure, Outcome
from redraw.compare.topic import Topic
from redraw.compare.views import Sheet, Strip, Tile, png_view
from redraw.figures.table_plots import png_of, view_of_samples
from redraw.fitting.result.fitted import open_drawer
from redraw.fitting.run.events import Finished
from redraw.fitting.run.run import Run
from redraw.signals.kinds import words_of
from redraw.signals.signal import Signal


class SampledTopic(Topic):
    """Measured by the mean squared error at all its samples, in decibels.

    Args:
        signal: What is learned.
    """

    targets: tuple[float, ...] = ()

    def __init__(self, signal: Signal) -> None:
        super().__init__()
        self._signal = signal
        words = words_of(signal.kind)
        self.whole = f"all {words.positions}"
        self.measures: tuple[Measure, ...] = (replace(PSNR, label=words.decibels),)

    @property
    def signal(self) -> Signal:
        return self._signal

    @property
    def about(self) -> dict[str, str]:
        return {"what": self._signal.describe()}

    def quality(self, run: Run) -> float:
        return run.subject.measure(run.drawer()).psnr

    def final(self, finished: Finished) -> float:
        return finished.psnr

    def judged(self, run: Run, finished: Finished) -> dict[str, float | None]:
        return {"psnr": finished.psnr}

    def sheet(
        self,
        outcomes: list[Outcome],
        region: tuple[int, int, int, int] | None = None,
        threads: int | None = None,
    ) -> Sheet:
        samples, tiles = self._signal.samples(), []
        for outcome in outcomes:
            field = self.fields[outcome.name, outcome.seed]
            drawer = open_drawer(field, engine=outcome.engine, threads=threads)
            drawn = Image.open(io.BytesIO(png_of(view_of_samples(samples, drawer))))
            tiles.append(Tile(outcome.name, png_view(drawn.convert("RGB")), entrant=True))
        strip = Strip("fit", "What each of them says, and the samples", tuple(tiles), wide=True)
        return Sheet((strip,))
