"""What a row of the table of presets is: the contract of `PRESETS`.

A preset is a value: configurations, and two functions at most. `suits` says how well it serves a
signal for which none was asked for; a `variant` takes its place where that serves better. To add
one:

    PRESETS.register("mine", Preset("what it is for", FieldConfig(...), TrainConfig(...)))
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from redraw.fields.config import FieldConfig
from redraw.fields.encoding_config import FINEST_CELL, Cells
from redraw.fitting.plan.config import TrainConfig
from redraw.signals.signal import Signal

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
        perhaps: For which signals it is tried out whether it suits them.
        variant: What takes its place for some signals.
        squares: Whether squares of a picture larger than memory may be fitted with it, each by
            itself.
        strips: Whether such a picture is fitted with it as a whole, strip by strip.
        linear: Whether it begins from the best linear answer, and never ends below it.
    """

    about: str
    field: FieldConfig
    train: TrainConfig
    share: float | None = None
    quality: float | None = None
    most_batches: int | None = None
    cells: Cells = (None, FINEST_CELL)
    signals: tuple[str, ...] = ()
    suits: Callable[[Signal, Asked], Suit | None] | None = None
    perhaps: "Perhaps | None" = None
    variant: "Variant | None" = None
    squares: bool = False
    strips: bool = False
    linear: bool = False

    def is_for(self, signal: str) -> bool:
        """Whether it is offered for signals of that kind."""
        return not self.signals or signal in self.signals

    def suited(self, signal: Signal, budget: int | None, asked: Asked) -> "Preset":
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
    fits: Callable[[Signal, int | None, Asked], bool]


@dataclass(frozen=True)
class Perhaps:
    """Signals that a preset may suit: where it draws a halved part of one better, it does.

    Attributes:
        suits: As of a preset; asked only where it would then be chosen.
        field: What is fitted to the half.
    """

    suits: Callable[[Signal, Asked], Suit | None]
    field: FieldConfig


def of_trait(
    name: str, score: float = 1.0, *, only: Iterable[str] | None = None
) -> Callable[[Signal, Asked], Suit | None]:
    """For signals with a trait (`Signal.traits`).

    Args:
        name: Of the trait: "drawing", "picture", "table".
        score: How well it suits them.
        only: The settings that mean something to the preset; where others are asked for it is not
            chosen. None: all.
    """
    known = None if only is None else frozenset(only)

    def suits(signal: Signal, asked: Asked) -> Suit | None:
        if known is not None and not asked <= known:
            return None
        found = {trait.name: trait.because for trait in signal.traits}
        return Suit(score, found[name]) if name in found else None

    return suits


def of_any(signal: Signal, asked: Asked) -> Suit | None:
    """For all signals, if nothing better is there."""
    return Suit(0.0, signal.traits[0].because)
