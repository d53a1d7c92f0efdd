"""What a run needs to know of its signal: samples for the engine, how good it is, how it looks.

A picture and a table are subjects; a run knows this interface alone.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from redraw.engines import Drawer
from redraw.errors import RunError, UsageError
from redraw.fitting.plan.config import RunConfig
from redraw.signals.picture.picture import Picture
from redraw.signals.samples import Samples
from redraw.signals.table.table import Table
from redraw.storage.about import About

if TYPE_CHECKING:
    Saver = Callable[[Path], None]

AnySignal = Picture | Table


@dataclass(frozen=True)
class Quality:
    """How good a field is.

    Attributes:
        psnr: In dB. Of a picture over all known pixels; of a table 10 log10(1 / mean squared
            error) of what is learned, which is scaled to a variance of 1.
        iou: Of the ink, for two-tone pictures.
        scores: Of a table, by the rows they are of: "learned", "held_out". See `redraw.scores`.
        loss: Of the held-out rows: what `--keep best` keeps the least of.
    """

    psnr: float
    iou: float | None = None
    scores: Mapping[str, Any] | None = None
    loss: float | None = None


class Subject(ABC):
    """A signal in the hands of a run.

    Attributes:
        kind: "picture" or "table".
        file: Its name in the run folder.
        samples: What an engine trains on.
    """

    kind: ClassVar[str]
    file: ClassVar[str]
    samples: Samples

    @property
    @abstractmethod
    def signal(self) -> AnySignal:
        """What is learned."""

    @property
    @abstractmethod
    def size(self) -> tuple[int, int]:
        """Width and height of a picture; the rows of a table, and 1."""

    @abstractmethod
    def measure(self, drawer: Drawer) -> Quality:
        """How good the field is, all of it."""

    @abstractmethod
    def frame(self, drawer: Drawer) -> tuple["Saver", Quality | None]:
        """A picture of the field as it stands, and how good it is if that is known with it.

        Returns:
            What writes the picture to a path, as PNG; and the quality or None.
        """

    @abstractmethod
    def about(self, made: dict[str, Any]) -> About:
        """What the field file says beside the parameters."""

    @abstractmethod
    def save(self, path: Path) -> None:
        """Write the signal itself, so that a resume needs nothing else."""


def subject_of(signal: AnySignal, config: RunConfig) -> Subject:
    """The subject for a signal, learned as `config` says.

    Raises:
        PictureError: there is nothing to learn.
        UsageError: the configuration asks of it what it can't give.
    """
    if isinstance(signal, Table):
        from redraw.fitting.subject.table_subject import TableSubject

        return TableSubject(signal, config)
    from redraw.fitting.subject.picture_subject import PictureSubject

    if config.keep == "best":
        raise UsageError("a picture has no held-out rows to find the best by; leave --keep out")
    return PictureSubject(signal, config)


def save_signal(folder: Path, subject: Subject) -> None:
    """Put the signal into a run folder, in the place of any other."""
    from redraw.storage.run_config import PICTURE, TABLE

    subject.save(folder / subject.file)
    for name in {PICTURE, TABLE} - {subject.file}:
        (folder / name).unlink(missing_ok=True)


def extents(signal: AnySignal) -> tuple[int, ...]:
    """About how many different values each coordinate has: a picture's sides, a table's root."""
    if isinstance(signal, Table):
        axes = len(signal.schema.inputs)
        return (max(2, round(signal.count ** (1.0 / axes))),) * axes
    return signal.size


def values_in(signal: AnySignal) -> int:
    """Numbers that are learned: pixels, or rows, times channels."""
    if isinstance(signal, Table):
        return signal.count * signal.schema.channels
    return signal.values.size


def saved_signal(folder: str | os.PathLike[str]) -> AnySignal:
    """The signal in a run folder.

    Raises:
        RunError: there is none.
        FileFormatError: it is damaged.
    """
    from redraw.storage.picture_file import load_picture
    from redraw.storage.run_config import PICTURE, TABLE
    from redraw.storage.table_file import load_table

    folder = Path(folder)
    if (folder / TABLE).exists():
        return load_table(folder / TABLE)
    if not folder.is_dir():
        raise RunError(f"the run folder {folder} does not exist")
    return load_picture(folder / PICTURE)
