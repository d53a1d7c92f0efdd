"""Signals made less for the sake of time: what a kind may bring for its fits."""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from redraw.signals.signal import Signal

Own = TypeVar("Own", bound=Signal)


class Scaling(ABC, Generic[Own]):
    """How less is made of signals of a kind (`redraw.signals.kinds.Kind.scaling`)."""

    @abstractmethod
    def takes(self, signal: Own) -> bool:
        """Whether this one can be made smaller, and a part of it stands for all of it."""

    @abstractmethod
    def part(self, signal: Own, most: int) -> Own:
        """What a fit is tried on: a part with about as much to tell as any other of its size, of at
        most so many positions along each side.
        """

    @abstractmethod
    def smaller(self, signal: Own, width: int, height: int, note: str) -> Own:
        """All of it at fewer positions, with one more note if that is not empty. Its `size` is then
        width and height; at those that it has, it costs nothing.
        """
