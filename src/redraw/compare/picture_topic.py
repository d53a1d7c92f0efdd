"""A picture, learned by several networks."""

import numpy as np
from numpy.typing import NDArray

from redraw.compare.picture_views import Brush, make_sheet
from redraw.compare.results import IOU, PSNR, SSIM, TARGETS, Measure, Outcome
from redraw.compare.topic import Topic
from redraw.compare.views import Sheet
from redraw.fitting.run.events import Finished
from redraw.fitting.run.run import Run
from redraw.fitting.subject.picture_subject import PictureSubject
from redraw.fitting.subject.quality import FRAME_SIDE, Judge
from redraw.metrics import BEST_PSNR, SSIM_RADIUS, ssim
from redraw.render import Canvas, draw
from redraw.signals.picture.flats import kept
from redraw.signals.picture.picture import Picture

# Rows of windows whose SSIM is computed at once: a large picture's would take a dozen times its
# memory.
SSIM_ROWS = 256


class PictureTopic(Topic):
    """Measured by PSNR and SSIM, and by the IoU of what is drawn where it is two-tone.

    Args:
        picture: What is learned.
    """

    targets = TARGETS
    whole = "the whole picture"

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self.picture = picture
        self.measures: tuple[Measure, ...] = (PSNR, SSIM, IOU) if picture.two_tone else (PSNR, SSIM)

    @property
    def signal(self) -> Picture:
        return self.picture

    @property
    def about(self) -> dict[str, str]:
        picture = self.picture
        facts = {
            "size": f"{picture.width} × {picture.height} pixels",
            "colour": picture.colour.describe(),
        }
        if picture.known is not None:
            facts["known"] = f"{int(picture.known.sum()):,} of {picture.known.size:,} pixels known"
        return facts

    def quality(self, run: Run) -> float:
        """Within .01 dB for small pictures."""
        psnr = None
        if max(self.picture.size) <= FRAME_SIDE:
            psnr = _judge(run).frame(run.drawer())[1]
        if psnr is None:
            psnr = _judge(run).measure(run.drawer())[0]
        return min(psnr, BEST_PSNR)

    def final(self, finished: Finished) -> float:
        return finished.psnr

    def judged(self, run: Run, finished: Finished) -> dict[str, float | None]:
        found: dict[str, float | None] = {"psnr": finished.psnr, "ssim": None}
        if self.picture.known is None:  # a window over unknown pixels says nothing
            judge = _judge(run)
            drawn = draw(run.drawer(), Canvas.of(self.picture.size, judge.detail))
            drawn = kept(drawn, judge.flats)
            found["ssim"] = ssim_in_bands(judge.truth, drawn)
        if self.picture.two_tone:
            found["iou"] = finished.iou
        return found

    def sheet(
        self,
        outcomes: list[Outcome],
        region: tuple[int, int, int, int] | None = None,
        threads: int | None = None,
    ) -> Sheet:
        brushes = {
            outcome.name: Brush(self.fields[outcome.name, outcome.seed], outcome.engine, threads)
            for outcome in outcomes
        }
        return make_sheet(self.picture, brushes, region)


def _judge(run: Run) -> Judge:
    assert isinstance(run.subject, PictureSubject)
    return run.subject.judge


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
