"""A field as regions: by the labels that it has itself, or by the two sides of one half."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from redraw.errors import UsageError
from redraw.export.exporter import Subject
from redraw.signals.kinds import is_raster
from redraw.signals.picture.picture import Picture

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Positions that are asked for at once.
BLOCK = 1 << 15
# Stands for "no label" among the candidates of a field.
NO_LABEL = 255
# A grey field has two sides where this share of its pixels is within `NEAR` of one of two tones.
TWO_TONE, NEAR = 0.8, 0.2
# Of a field of labels: then the line half way between its tones is nearer to the page than its
# labels are, which leave faint ends of strokes to what is added to them.
INK_ALONE = 0.97
# A side of fewer of its pixels is none: then the sides are those of the middle of its own range.
FEW = 5e-4


def labelled(subject: Subject) -> "FieldLabels | TwoSides":
    """The regions of a field.

    Raises:
        UsageError: it has none: its colours run into each other.
    """
    if hasattr(subject.field.encoding, "parts"):
        colour = subject.about.colour
        if colour is not None and colour.model == "grey" and not colour.alpha:
            sides = TwoSides(subject)
            if sides.share >= INK_ALONE:
                return sides
        return FieldLabels(subject)
    reason = no_regions(subject)
    if reason:
        raise UsageError(reason)
    return TwoSides(subject)


def no_regions(subject: Subject) -> str | None:
    """Why a field has no regions, with the way out; None if it has."""
    if subject.about.schema is not None:
        return "it is the function of a table, and paths show a picture; see `redraw plot`"
    if not is_raster(subject.about.signal):
        return f"it is the field of a {subject.about.signal}, and paths show a picture"
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
        self._subject = subject
        self._encoding: Any = subject.field.encoding  # whichever has labels
        self.width, self.height = subject.about.size
        self.alpha = bool(subject.about.colour and subject.about.colour.alpha)
        self._drawer = subject.drawer()
        # As arrays: asked millions of times, and PyTorch's searches are slow where cores are busy.
        places, _, slot = (part.cpu().numpy() for part in self._encoding.nodes())
        self._slot = slot
        self._owner = self._encoding.owner.cpu().numpy().astype(np.int64)
        self._candidates = self._encoding.candidates.cpu().numpy().astype(np.int64)
        self._potentials = self._encoding.potentials.detach().cpu().numpy().astype(np.float64)
        self._starts = self._starts_of_rows(places, slot)

    def labels(self, x: Floats, y: Floats) -> Ints:
        """The label of the highest potential at positions in pixels. (N,), (N,) -> (N,)"""
        found = np.empty(len(x), np.int64)
        for start in range(0, len(x), BLOCK):
            block = slice(start, start + BLOCK)
            found[block] = self._highest(x[block], y[block])
        return found

    def colours(self, x: Floats, y: Floats, label: int) -> Floats:
        """Straight colours of a label there. (N,), (N,) -> (N, C)"""
        values = np.empty((len(x), self._encoding.features))
        with torch.no_grad():
            for start in range(0, len(x), BLOCK):
                block = slice(start, start + BLOCK)
                row, column = self._index(y[block], self.height), self._index(x[block], self.width)
                slot = self._slot[row, column]
                # Where it is no candidate, what is there instead is as near as it gets.
                shown = self._owner[row, column]
                listed = slot >= 0
                candidates = self._candidates[slot[listed]]
                has = (candidates == label).any(axis=1)
                shown[listed] = np.where(has, label, candidates[:, 0])
                places = (self._tensor(x[block], self.width), self._tensor(y[block], self.height))
                one = torch.from_numpy(shown)[:, None]
                values[block] = self._encoding.colours_at(one, *places)[:, 0].cpu().numpy()
        return straight(values, self._subject)

    def values(self, x: Floats, y: Floats) -> Floats:
        """What the field draws, detail included, as stored (multiplied by alpha). (N, C)"""
        xy = np.stack([x * (2.0 / self.width) - 1.0, y * (2.0 / self.height) - 1.0], axis=1)
        return self._drawer.values(xy.astype(np.float32)).astype(np.float64)

    def _highest(self, x: Floats, y: Floats) -> Ints:
        """Labels at few positions: potentials are summed only where there are several."""
        row, column = self._index(y, self.height), self._index(x, self.width)
        slot = self._slot[row, column]
        labels = self._owner[row, column]
        listed = np.flatnonzero(slot >= 0)
        slot = slot[listed]
        labels[listed] = self._candidates[slot, 0]
        several = self._candidates[slot, 1] != NO_LABEL
        listed, slot = listed[several], slot[several]
        if not len(listed):
            return labels
        across = cubic(np.clip(x[listed], 0.0, self.width) - column[listed])
        down = cubic(np.clip(y[listed], 0.0, self.height) - row[listed])
        nodes = self._potentials[self._starts[slot][..., None] + np.arange(5)]
        potentials = np.einsum("nb,nmba,na->nm", down, nodes, across)
        candidates = self._candidates[slot]
        potentials[candidates == NO_LABEL] = -np.inf
        best = potentials.argmax(axis=1)
        labels[listed] = candidates[np.arange(len(best)), best]
        return labels

    def _starts_of_rows(self, places: Ints, slot: Ints) -> Ints:
        """Where the five rows of five potentials begin that reach a listed pixel. (B, M, 5)

        All five of a row are stored, one after another.
        """
        row, column = np.nonzero(slot >= 0)
        first = self._candidates * (self.height + 4) + row[:, None]
        first = (first[..., None] + np.arange(5)) * (self.width + 4) + column[:, None, None]
        return np.searchsorted(places, first).clip(0, max(len(places) - 5, 0))

    def _tensor(self, place: Floats, side: int) -> Tensor:
        parameter = self._encoding.colours
        return torch.from_numpy(place.clip(0.0, side)).to(parameter.device, parameter.dtype)

    @staticmethod
    def _index(place: Floats, side: int) -> Ints:
        return np.floor(place).astype(np.int64).clip(0, side - 1)


def cubic(t: Floats) -> Floats:
    """Of the five cubic B-splines around a pixel's centre, t from the pixel's left. (N, 5)

    The first or the last is zero, depending on the half of the pixel.
    """
    first = t < 0.5
    t = np.where(first, t + 0.5, t - 0.5)
    left = 1.0 - t
    four = np.stack(
        [left**3, 4.0 - 6.0 * t * t + 3.0 * t**3, 4.0 - 6.0 * left * left + 3.0 * left**3, t**3],
        axis=1,
    )
    four /= 6.0
    before, after = np.pad(four, ((0, 0), (0, 1))), np.pad(four, ((0, 0), (1, 0)))
    return np.where(first[:, None], before, after)


class TwoSides:
    """A grey field by the line where it is half way between its two tones.

    Attributes:
        width: In pixels.
        height: In pixels.
        alpha: False.
    """

    alpha = False
    values = None

    def __init__(self, subject: Subject) -> None:
        self.width, self.height = subject.about.size
        self._drawer = subject.drawer()
        x, y = np.meshgrid(np.arange(self.width) + 0.5, np.arange(self.height) + 0.5)
        self._subject = subject
        self._values = self._at(x.ravel().astype(np.float64), y.ravel().astype(np.float64))
        # Half way between black and white, or what is faint would have one side alone.
        half = 0.5
        if min((self._values <= half).mean(), (self._values > half).mean()) < FEW:
            half = float(self._values.min() + self._values.max()) / 2.0
        low, high = self._values <= half, self._values > half
        self.tones = tuple(
            float(np.median(self._values[side])) if side.any() else float(side is high)
            for side in (low, high)
        )

    @property
    def share(self) -> float:
        """How many of its pixels have one of the two tones, of 1."""
        near = np.minimum(*(np.abs(self._values - tone) for tone in self.tones)) < NEAR
        return float(near.mean())

    def why_not(self) -> str | None:
        """Why it has no two sides; None if it has."""
        if self.share >= TWO_TONE:
            return None
        return (
            f"only {100 * self.share:.0f} % of its pixels have one of two tones, and paths need"
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
