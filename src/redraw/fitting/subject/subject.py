"""What a run needs to know of its signal: samples for the engine, how good it is, how it looks.

Which subject a signal has says its kind (`redraw.signals.kinds`); a run knows this interface alone.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redraw.engines import Drawer
from redraw.errors import UsageError
from redraw.files import atomic_output
from redraw.fitting.plan.config import RunConfig, TrainConfig
from redraw.signals.kinds import kind_of
from redraw.signals.samples import Asking, Samples
from redraw.signals.signal import Signal
from redraw.storage.about import About

if TYPE_CHECKING:
    Saver = Callable[[Path], None]


@dataclass(frozen=True)
class Quality:
    """How good a field is.

    Attributes:
        psnr: In dB. Of a picture over all known pixels; of other signals 10 log10(1 / mean squared
            error) of what is learned, which is scaled to a variance of 1.
        iou: Of the drawn part, for two-tone pictures.
        scores: Of a table, by the rows they are of: "learned", "held_out". See `redraw.scores`.
        loss: Of the held-out rows: what `--keep best` keeps the least of.
    """

    psnr: float
    iou: float | None = None
    scores: Mapping[str, Any] | None = None
    loss: float | None = None


class Subject(ABC):
    """A signal in the hands of a run.

    Args:
        signal: What is learned.
        config: How.

    Attributes:
        samples: What an engine trains on.

    Raises:
        PictureError: there is nothing to learn.
        UsageError: the best state on held-out rows is asked for, and none are.
    """

    samples: Samples

    @property
    @abstractmethod
    def signal(self) -> Signal:
        """What is learned."""

    @property
    def kind(self) -> str:
        """That of its signal."""
        return self.signal.kind

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a picture; the positions of any other signal, and 1."""
        return self.signal.size

    @abstractmethod
    def measure(self, drawer: Drawer) -> Quality:
        """How good the field is, all of it."""

    @abstractmethod
    def png(self, drawer: Drawer) -> bytes:
        """A picture of the field as it stands: always of the same size."""

    def frame(self, drawer: Drawer) -> tuple["Saver", Quality | None]:
        """The same for a file, and how good the field is if that is known with it.

        Returns:
            What writes the picture to a path; and the quality or None.
        """
        drawn = self.png(drawer)

        def save(path: Path) -> None:
            with atomic_output(path, force=True) as file:
                file.write(drawn)

        return save, self.measure(drawer)

    def about(self, made: dict[str, Any]) -> About:
        """What the field file says beside the parameters."""
        return About(size=self.size, made=made, kind=self.kind, meaning=self.signal.meaning)


def subject_of(signal: Signal, config: RunConfig) -> Subject:
    """The subject for a signal, learned as `config` says.

    Raises:
        PictureError: there is nothing to learn.
        UsageError: the configuration asks of it what it can't give.
    """
    return kind_of(signal).part("subject")(signal, config)


def refuse_best(signal: Signal, config: RunConfig) -> None:
    """For kinds without held-out values.

    Raises:
        UsageError: the best state is to be kept.
    """
    if config.keep == "best":
        raise UsageError(
            f"a {signal.kind} has no held-out rows to find the best by; leave --keep out",
            setting="keep",
        )


def asking_of(train: TrainConfig, seed: int) -> Asking:
    """Where a field is asked inside of the cells of a raster, as it is trained so."""
    return Asking(train.footprint, train.samples, train.flat, seed)
