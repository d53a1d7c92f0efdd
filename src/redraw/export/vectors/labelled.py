"""A field as regions: by the labels that it has itself, or by the two sides of one half."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from redraw.errors import UsageError
from redraw.export.exporter import Subject
from redraw.signals.picture.picture import Picture

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Positions that are asked for at once.
BLOCK = 1 << 16
# A grey field has two sides where this share of its pixels is within `NEAR` of one of two tones.
TWO_TONE, NEAR = 0.8, 0.2


def labelled(subject: Subject) -> "FieldLabels | TwoSides":
    """The regions of a field.

    Raises:
        UsageError: it has none: its colours run into each other.
    """
    if hasattr(subject.field.encoding, "parts"):
        return FieldLabels(subject)
    reason = no_regions(subject)
    if reason:
        raise UsageError(reason)
    return TwoSides(subject)


def no_regions(subject: Subject) -> str | None:
    """Why a field has no regions, with the way out; None if it has."""
    if subject.about.schema is not None:
        return "it is the function of a table, and paths show a picture; see `redraw plot`"
    if subject.about.colour is not None and subject.about.colour.curve is not None:
        return "it has light above white, which paths can't say; export it as .html"
    if hasattr(subject.field.encoding, "parts"):
        return None
    colour = subject.about.colour
    if colour is None or colour.model != "grey" or colour.alpha:
        return (
            "its colours run into each other, and paths need regions; fit the picture with"
            " --model cel, whose labels have edges"
        )
    return TwoSides(subject).why_not()


class FieldLabels:
    """The labels of a field that has some.

    Attributes:
        width: In pixels.
        height: In pixels.
        alpha: Whether its colours have an alpha.
    """

    def __init__(self, subject: Subject) -> None:
        self._subject, self._encoding = subject, subject.field.encoding
        self.width, self.height = subject.about.size
        self.alpha = bool(subject.about.colour and subject.about.colour.alpha)

    def labels(self, x: Floats, y: Floats) -> Ints:
        """The label of the highest potential at positions in pixels. (N,), (N,) -> (N,)"""
        found = np.empty(len(x), np.int64)
        with torch.no_grad():
            for start in range(0, len(x), BLOCK):
                block = slice(start, start + BLOCK)
                labels, potentials, _ = self._parts(x[block], y[block])
                best = potentials.argmax(dim=1, keepdim=True)
                found[block] = labels.gather(1, best)[:, 0].numpy()
        return found

    def colours(self, x: Floats, y: Floats, label: int) -> Floats:
        """Straight colours of a label there. (N,), (N,) -> (N, C)"""
        values = np.empty((len(x), self._encoding.features))
        with torch.no_grad():
            for start in range(0, len(x), BLOCK):
                block = slice(start, start + BLOCK)
                labels, potentials, colours = self._parts(x[block], y[block])
                wanted = torch.where(labels == label, potentials, -torch.inf)
                one = wanted.argmax(dim=1)
                rows = torch.arange(len(one))
                chosen = colours[rows, one]
                # Where it is no candidate, what is there instead is as near as it gets.
                values[block] = chosen.numpy()
        return straight(values, self._subject)

    def _parts(self, x: Floats, y: Floats) -> tuple[Tensor, Tensor, Tensor]:
        parameter = next(self._subject.field.parameters())
        xy = np.stack([x * (2.0 / self.width) - 1.0, y * (2.0 / self.height) - 1.0], axis=1)
        place = torch.from_numpy(xy).to(parameter.dtype).to(parameter.device)
        return tuple(part.cpu() for part in self._encoding.parts(place))  # type: ignore[return-value]


class TwoSides:
    """A grey field by the line where it is half way between its two tones.

    Attributes:
        width: In pixels.
        height: In pixels.
        alpha: False.
    """

    alpha = False

    def __init__(self, subject: Subject) -> None:
        self.width, self.height = subject.about.size
        self._drawer = subject.drawer()
        x, y = np.meshgrid(np.arange(self.width) + 0.5, np.arange(self.height) + 0.5)
        self._subject = subject
        self._values = self._at(x.ravel().astype(np.float64), y.ravel().astype(np.float64))
        low, high = self._values <= 0.5, self._values > 0.5
        self.tones = tuple(
            float(np.median(self._values[side])) if side.any() else float(side is high)
            for side in (low, high)
        )

    def why_not(self) -> str | None:
        """Why it has no two sides; None if it has."""
        near = np.minimum(*(np.abs(self._values - tone) for tone in self.tones)) < NEAR
        if near.mean() >= TWO_TONE:
            return None
        return (
            f"only {100 * near.mean():.0f} % of its pixels have one of two tones, and paths need"
            " regions; fit the picture with --model cel, whose labels have edges"
        )

    def labels(self, x: Floats, y: Floats) -> Ints:
        """0 where it is darker, 1 where it is lighter. (N,), (N,) -> (N,)"""
        half = (self.tones[0] + self.tones[1]) / 2.0
        return (self._at(x, y) > half).astype(np.int64)

    def colours(self, x: Floats, y: Floats, label: int) -> Floats:
        """The tone of a side. (N,), (N,) -> (N, 1)"""
        return np.full((len(x), 1), self.tones[label])

    def _at(self, x: Floats, y: Floats) -> Floats:
        xy = np.stack([x * (2.0 / self.width) - 1.0, y * (2.0 / self.height) - 1.0], axis=1)
        return self._drawer.values(xy.astype(np.float32))[:, 0].astype(np.float64)


def straight(values: Floats, subject: Subject) -> Floats:
    """Values of a field as a picture shows them, not multiplied by their alpha. (N, C) -> (N, C)"""
    colour = subject.about.colour
    if colour is None:
        return np.clip(values, 0.0, 1.0)
    clipped = np.clip(values, 0.0, 1.0).astype(np.float32)
    return Picture.from_fitted(clipped[None], colour, name="colours").values[0].astype(np.float64)
