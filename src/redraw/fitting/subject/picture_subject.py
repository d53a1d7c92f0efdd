"""A picture in the hands of a run."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redraw.engines import Drawer
from redraw.fitting.plan.config import RunConfig
from redraw.fitting.subject.quality import Judge
from redraw.fitting.subject.subject import Quality, Subject, asking_of, refuse_best
from redraw.signals.picture.picture import Picture
from redraw.storage.about import About

if TYPE_CHECKING:
    from redraw.fitting.subject.subject import Saver


class PictureSubject(Subject):
    """Its pixels are learned; the drawing of them all is compared with it.

    Args:
        picture: What is learned.
        config: How.

    Raises:
        PictureError: no pixel is known.
        UsageError: the best state on held-out rows is asked for; a picture has none.
    """

    def __init__(self, picture: Picture, config: RunConfig) -> None:
        refuse_best(picture, config)
        learned = picture.learned()
        self.picture = picture
        self._colour = picture.drawn_colour
        if config.field.encoding.exact:  # what it shows is its own
            self._colour = replace(picture.colour, cut_out=False, flats=(), whole=True)
        self.samples = picture.samples(asking_of(config.train, config.seed), learned)
        weights, flats = config.field.encoding.weights(), self._colour.flats
        self.judge = Judge(picture, config.train, learned, weights, flats)

    @property
    def signal(self) -> Picture:
        return self.picture

    def measure(self, drawer: Drawer) -> Quality:
        return Quality(*self.judge.measure(drawer))

    def png(self, drawer: Drawer) -> bytes:
        from redraw.signals.picture.writing import png_bytes

        return png_bytes(self.judge.frame(drawer)[0])

    def frame(self, drawer: Drawer) -> tuple["Saver", Quality | None]:
        drawn, psnr, iou = self.judge.frame(drawer)

        def save(path: Path) -> None:
            drawn.save(path, force=True)

        return save, None if psnr is None else Quality(psnr, iou)

    def about(self, made: dict[str, Any]) -> About:
        return About(
            size=self.picture.size,
            colour=replace(self._colour, flats=self.judge.flats),
            detail=self.judge.detail,
            made=made,
        )
