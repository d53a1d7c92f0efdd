"""A picture in the hands of a run."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from redraw.engines import Drawer
from redraw.fitting.plan.config import RunConfig
from redraw.fitting.subject.quality import Judge, fitted_values, training_samples
from redraw.fitting.subject.subject import Quality, Subject
from redraw.signals.picture.picture import Picture
from redraw.storage.about import About
from redraw.storage.run_config import PICTURE

if TYPE_CHECKING:
    from redraw.fitting.subject.subject import Saver


class PictureSubject(Subject):
    """Its pixels are learned; the drawing of them all is compared with it.

    Args:
        picture: What is learned.
        config: How.

    Raises:
        PictureError: no pixel is known.
    """

    kind = "picture"
    file = PICTURE

    def __init__(self, picture: Picture, config: RunConfig) -> None:
        fitted = fitted_values(picture)
        self.picture = picture
        self.samples = training_samples(picture, config.train, config.seed, fitted)
        self.judge = Judge(picture, config.train, fitted)

    @property
    def signal(self) -> Picture:
        return self.picture

    @property
    def size(self) -> tuple[int, int]:
        return self.picture.size

    def measure(self, drawer: Drawer) -> Quality:
        return Quality(*self.judge.measure(drawer))

    def frame(self, drawer: Drawer) -> tuple["Saver", Quality | None]:
        drawn, psnr, iou = self.judge.frame(drawer)

        def save(path: Path) -> None:
            drawn.save(path, force=True)

        return save, None if psnr is None else Quality(psnr, iou)

    def about(self, made: dict[str, Any]) -> About:
        return About(
            size=self.picture.size,
            colour=self.picture.colour,
            detail=self.judge.detail,
            made=made,
        )

    def save(self, path: Path) -> None:
        from redraw.storage.picture_file import save_picture

        save_picture(path, self.picture, force=True)
