"""What a comparison is about: how a fit of it is measured, and what is kept to be shown."""

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from redraw.compare.results import IOU, PSNR, SSIM, Measure, Outcome
from redraw.fitting.events import Finished
from redraw.fitting.fitted import FittedField
from redraw.fitting.quality import FRAME_SIDE
from redraw.fitting.run import BEST_PSNR, Run
from redraw.metrics import SSIM_RADIUS, ssim
from redraw.render import Canvas, draw
from redraw.signals.picture import Picture

# Rows of windows whose SSIM is computed at once: a large picture's would take a dozen times its
# memory.
SSIM_ROWS = 256


class Subject:
    """A picture, learned by several networks.

    Args:
        signal: The picture.

    Attributes:
        signal: The same.
        measures: Which numbers are taken; the first is what counts.
        fields: What the fits came to, by entrant and seed.
    """

    def __init__(self, signal: Picture) -> None:
        self.signal = signal
        self.measures: tuple[Measure, ...] = (PSNR, SSIM)
        if signal.two_tone:
            self.measures = (PSNR, SSIM, IOU)
        self.fields: dict[tuple[str, int], FittedField] = {}

    @property
    def about(self) -> dict[str, str]:
        """Facts for people."""
        picture = self.signal
        facts = {
            "size": f"{picture.width} × {picture.height} pixels",
            "colour": picture.colour.describe(),
        }
        if picture.known is not None:
            facts["known"] = f"{int(picture.known.sum()):,} of {picture.known.size:,} pixels"
        return facts

    def quality(self, run: Run) -> float:
        """The main measure of a fit as it stands, quickly: within .01 dB for small pictures."""
        psnr = None
        if max(self.signal.size) <= FRAME_SIDE:
            psnr = run.judge.frame(run.drawer())[1]
        if psnr is None:
            psnr = run.judge.measure(run.drawer())[0]
        return min(psnr, BEST_PSNR)

    def final(self, finished: Finished) -> float:
        """The main measure of a fit at its end."""
        return finished.psnr

    def judged(self, run: Run, finished: Finished) -> dict[str, float | None]:
        """All measures of a fit at its end, by key."""
        found: dict[str, float | None] = {"psnr": finished.psnr, "ssim": None}
        if self.signal.known is None:  # a window over unknown pixels says nothing
            canvas = Canvas.of(self.signal.size, run.judge.detail)
            found["ssim"] = ssim_in_bands(run.judge.truth, draw(run.drawer(), canvas))
        if self.signal.two_tone:
            found["iou"] = finished.iou
        return found

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
        """Remember the field that came of a fit, to be drawn for the report."""
        self.fields[outcome.name, outcome.seed] = run.result


def ssim_in_bands(a: NDArray[np.float32], b: NDArray[np.float32], rows: int = SSIM_ROWS) -> float:
    """`metrics.ssim`, in bands of bounded memory: the mean over the same windows.

    Args:
        a, b: The pictures. (H, W, C)
        rows: Rows of windows in a band.
    """
    windows = len(a) - 2 * SSIM_RADIUS
    if windows <= rows:
        return ssim(a, b)
    total = 0.0
    for top in range(0, windows, rows):
        count = min(rows, windows - top)
        band = slice(top, top + count + 2 * SSIM_RADIUS)
        total += count * ssim(a[band], b[band])
    return total / windows
