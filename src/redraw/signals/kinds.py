"""The kinds of signals: one row says where everything is that belongs to one of them.

A row names things as "module:name"; they are imported when they are asked for, never before. So
the command line starts without what it does not use, and the rooms above this one are named here
without being imported.

Another package adds one as to every table (`redraw.registry`):

    KINDS.register("sound", Kind("sound", signal="redraw_sound:Sound"))
"""

import importlib
from dataclasses import dataclass
from functools import cache
from typing import Any

from redraw.errors import UsageError
from redraw.registry import Registry
from redraw.signals.signal import Signal
from redraw.signals.words import NEUTRAL, NextStep, Words


@dataclass(frozen=True)
class Kind:
    """One row: a kind of signal, and where what belongs to it is.

    Attributes:
        name: `Signal.kind`.
        signal: The subclass of `Signal`.
        opener: `(named, options) -> Signal | None`: what was named on the command line or in
            Python as such a signal, or None if it is none; see `redraw.signals.source`.
        codec: How a run folder keeps it: an object with `save(path, signal)` and `load(path)`. By
            default what `Signal.stored` says.
        subject: The subclass of `redraw.fitting.subject.subject.Subject`: it in the hands of a run.
        painter: `(field, *, engine, threads, ...)`: a field of it drawn; what comes has
            `save(path, force=False)`. Of `width`, `height`, `scale` and `region` it takes those
            that mean something for the kind; others are refused by their names.
        drawn: Endings of the files that such a drawing is saved as; () for any.
        raster: Whether a drawing is pixels, which go into a file of a picture strip by strip.
        topic: The subclass of `redraw.compare.topic.Topic`: it learned by several networks.
        view: `(fit, subject)`: what the studio shows while it is learned.
        scaling: A `redraw.signals.scaling.Scaling`: how less is made of it where its fit has too
            few seconds for all of it; "" for kinds that are always learned whole.
        guard: `(signal, config, psnr, numbers, again) -> Verdict | None`: a fit beside a plainer
            way (`redraw.fitting.run.guard`); "" where there is none.
        rows: `(signal, drawer) -> View`: its rows and what was learned of them, for a plot; ""
            where there are none.
        words: What it is told in.
    """

    name: str
    signal: str
    opener: str = ""
    codec: str = "redraw.storage.signal_file:PLAIN"
    subject: str = "redraw.fitting.subject.sampled_subject:SampledSubject"
    painter: str = "redraw.fitting.result.painting:refuse"
    topic: str = "redraw.compare.sampled_topic:SampledTopic"
    view: str = "redraw.studio.diagram:Diagram"
    scaling: str = ""
    guard: str = ""
    rows: str = ""
    drawn: tuple[str, ...] = ()
    raster: bool = False
    words: Words = NEUTRAL

    @property
    def file(self) -> str:
        """Its name in a run folder."""
        return f"{self.name}.safetensors"

    def part(self, name: str) -> Any:
        """What one of the attributes names, imported.

        Raises:
            UsageError: the kind has none.
        """
        found = getattr(self, name)
        if not found:
            raise UsageError(f"signals of the kind {self.name} have no {name}")
        return imported(found)


ROWS: dict[str, Kind] = {
    # The last to be asked what a file is: it says what is wrong with one that is nothing.
    "picture": Kind(
        "picture",
        signal="redraw.signals.picture.picture:Picture",
        opener="redraw.signals.picture.opening:open_picture",
        codec="redraw.storage.picture_file:PICTURE_FILE",
        subject="redraw.fitting.subject.picture_subject:PictureSubject",
        topic="redraw.compare.picture_topic:PictureTopic",
        painter="redraw.fitting.result.painting:paint_picture",
        view="redraw.studio.preview:preview_of",
        scaling="redraw.signals.picture.scaling:SCALING",
        guard="redraw.fitting.run.guard:judged",
        raster=True,
        words=Words(
            "pixel",
            whole="the whole picture",
            decibels="PSNR",
            levels=255,
            rated=True,
            steps=(NextStep("render", "-4x.png", "draw it larger", options="--scale 4"),),
        ),
    ),
    "table": Kind(
        "table",
        signal="redraw.signals.table.table:Table",
        opener="redraw.signals.table.opening:open_table",
        codec="redraw.storage.table_file:TABLE_FILE",
        subject="redraw.fitting.subject.table_subject:TableSubject",
        topic="redraw.compare.table_topic:TableTopic",
        painter="redraw.fitting.result.painting:refuse_table",
        rows="redraw.figures.table_plots:view_of",
        words=Words(
            "row",
            steps=(NextStep("plot", ".png", "see what it learned", "run", "--show fit"),),
        ),
    ),
}
KINDS: Registry[Kind] = Registry("kind of signal", ROWS)


def kinds() -> tuple[Kind, ...]:
    """All of them, those of packages first: their openers are asked before the project's own."""
    return tuple(reversed([*KINDS.values()]))


def kind_of(signal: Signal) -> Kind:
    """The kind of a signal.

    Raises:
        UsageError: no row is there for it.
    """
    return KINDS.named(signal.kind)


def is_raster(name: str) -> bool:
    """Whether fields of a kind are drawn in pixels, by its name; of none that is not known here."""
    return name in KINDS and KINDS[name].raster


def words_of(name: str) -> Words:
    """What a kind is told in, by its name; one that is not known here in neutral words."""
    return KINDS[name].words if name in KINDS else NEUTRAL


@cache
def imported(reference: str) -> Any:
    """What a "module:name" is."""
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)
