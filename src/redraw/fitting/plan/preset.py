"""What a row of the table of presets is: the contract of `PRESETS`.

A preset is a value: configurations, and two functions at most. `suits` says how well it serves a
signal for which none was asked for; a `variant` takes its place where that serves better. To add
one:

    PRESETS.register("mine", Preset("what it is for", FieldConfig(...), TrainConfig(...)))
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from redraw.fields.config import FieldConfig
from redraw.fields.encoding_config import FINEST_CELL, Cells
from redraw.fitting.plan.config import TrainConfig
from redraw.fitting.subject.subject import AnySignal
from redraw.signals.picture.picture import looks_like_drawing
from redraw.signals.table.table import Table

Asked = frozenset[str]


class Suit(NamedTuple):
    """How well a preset suits a signal.

    Attributes:
        score: The highest is chosen; of equals the first in the table.
        because: Why, of the signal and for people: "it looks like a drawing". May be "".
    """

    score: float
    because: str


@dataclass(frozen=True)
class Preset:
    """One row of the table.

    Attributes:
        about: One line for people.
        field: The field, for one channel; a fit sets the channels of its picture.
        train: How it is trained.
        share: The budget when none is given, as a share of the picture's values; None keeps the
            sizes of `field`.
        quality: What sets the budget when none is given, in dB: as many parameters as that takes.
        most_batches: Into how many batches a picture is cut at most: large ones take larger
            batches than `train` has. None for batches of the same size whatever the picture.
        cells: Sides of the coarsest and the finest cells of its grid, in pixels; None keeps what
            `field` says of the coarsest.
        signals: The kinds of signals that it is offered for; () for all.
        suits: How well it suits a signal, given the names of the settings that were asked for; or
            None if it is not to be chosen for it. Without it a preset is never chosen unasked.
        variant: What takes its place for some signals.
    """

    about: str
    field: FieldConfig
    train: TrainConfig
    share: float | None = None
    quality: float | None = None
    most_batches: int | None = None
    cells: Cells = (None, FINEST_CELL)
    signals: tuple[str, ...] = ()
    suits: Callable[[AnySignal, Asked], Suit | None] | None = None
    variant: "Variant | None" = None

    def is_for(self, signal: str) -> bool:
        """Whether it is offered for signals of that kind."""
        return not self.signals or signal in self.signals

    def suited(self, signal: AnySignal, budget: int | None, asked: Asked) -> "Preset":
        """Itself, or what takes its place for a signal.

        Args:
            signal: What is to be learned.
            budget: The most parameters, or None.
            asked: Names of the settings that the user gave.
        """
        variant = self.variant
        return variant.preset if variant and variant.fits(signal, budget, asked) else self


@dataclass(frozen=True)
class Variant:
    """What takes a preset's place for some signals.

    Attributes:
        preset: It.
        where: For which, as it is told: "on a page full of edges".
        fits: Whether a signal is one of them, given the budget and the settings asked for.
    """

    preset: Preset
    where: str
    fits: Callable[[AnySignal, int | None, Asked], bool]


def of_tables(signal: AnySignal, asked: Asked) -> Suit | None:
    """For all tables."""
    return Suit(1.0, "") if isinstance(signal, Table) else None


def of_drawings(signal: AnySignal, asked: Asked) -> Suit | None:
    """For pictures that look drawn."""
    if isinstance(signal, Table) or not looks_like_drawing(signal):
        return None
    return Suit(3.0, "it looks like a drawing")


def of_pictures_with(*settings: str) -> Callable[[AnySignal, Asked], Suit | None]:
    """For all pictures, unless settings are asked for that are none of these."""

    def suits(signal: AnySignal, asked: Asked) -> Suit | None:
        if isinstance(signal, Table) or not asked <= frozenset(settings):
            return None
        return Suit(2.0, "it is no line drawing")

    return suits


def of_pictures(signal: AnySignal, asked: Asked) -> Suit | None:
    """For all pictures, if nothing better is there."""
    return None if isinstance(signal, Table) else Suit(1.0, "it is no line drawing")
