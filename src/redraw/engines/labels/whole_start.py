"""What a field in whole numbers is to draw: what all of its codings have in common.

Each pixel gets the label that has most of it; what candidates it has follows from these labels. The
field's numbers move to the places that follow from these.

Shapes: H rows, W columns, C channels, K labels, B listed pixels, M candidates at most, T pixels
told, P potentials, Q colours.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from redraw.coding.drawing_places import Places, places_of
from redraw.coding.drawings import Drawing, packed_labels
from redraw.engines.cpu.sharing import share
from redraw.engines.labels.detail import own_size, taken
from redraw.engines.labels.drawer import labels_drawer
from redraw.engines.labels.drawn import field_of
from redraw.fields import Field
from redraw.fields.label_cells import CELL, MOST_CANDIDATES
from redraw.fields.labels import Labels
from redraw.fields.labels_config import LabelsConfig
from redraw.kernels import (
    drawing_answers,
    drawing_places,
    drawing_potentials,
    drawing_seeds,
    drawing_start,
    label_tables,
)
from redraw.kernels.label_tables import NONE
from redraw.kernels.labels import AROUND

# A candidate of less than this share of a pixel may get lost; samples along a side that tell.
LEAST, SAMPLES = 0.06, 6
# Rows of places whose answers are held at once.
STRIP = 64
# Along a side of a pixel, its cells that have to come out as they were.
SIDES = 2
# Labels that are less apart than this count as if they were, at most so many times.
PALE, MOST_HEED = 0.2, 16.0


class Start:
    """What of a field all its ways of being whole numbers have in common.

    Attributes:
        places: Of the whole numbers.
        listed: Pixels that were near edges. (H, W) bool
        potentials: Less that of each place's own label, place by place. (P,)
        colours: (Q, C)
        reference: What cells show. (B, cells, C)
        heed: How many times what pixels are off by counts. (B,)
        masses: What the squared error of a colour weighs. (Q,)
    """

    def __init__(self, field: Field, threads: int) -> None:
        encoding = field.encoding
        assert isinstance(encoding, Labels)
        self.field, self.config, self.threads = field, encoding.config, threads
        owner, candidates = (
            t.detach().cpu().numpy() for t in (encoding.owner, encoding.candidates)
        )
        own = [
            t.detach().cpu().float().numpy()
            for t in (encoding.potentials, encoding.colours, encoding.detail)
        ]
        self.listed, self._own = owner == NONE, list[NDArray[np.float32]]()
        old = _old_places(owner, candidates, self.config.labels)
        self.old_colours = own[1]
        potentials = np.empty_like(own[0])
        potentials[old.order] = own[0]
        self.places = Places.of(
            self._seeds(old, potentials, own[1]), self.config.labels, squares=self.config.keeps
        )
        self._moved(old, potentials, own[1])

    def _seeds(
        self, old: Places, potentials: NDArray[np.float32], colours: NDArray[np.float32]
    ) -> NDArray[np.uint8]:
        seeds = np.empty(old.owner.shape, np.uint8)
        shares = self.shown(old, potentials, colours)[1]
        drawing_seeds.seeds_of(old.slots(), old.owner, old.candidates, shares, LEAST, seeds)
        return seeds

    def _moved(
        self, old: Places, potentials: NDArray[np.float32], colours: NDArray[np.float32]
    ) -> None:
        """Numbers of the field at the new places."""
        places = self.places
        self.potentials = np.empty(places.potentials, np.float32)
        drawing_start.moved_potentials(
            old.masks, old.starts, potentials, places.masks, places.starts, self.potentials
        )
        drawing_potentials.to_margins(places.seeds, places.masks, places.starts, self.potentials)
        self.colours = np.empty((places.colours, self.config.planes), np.float32)
        drawing_start.moved_colours(old.rank, colours, places.rank, self.colours)
        self.reference, shares = self.shown(places, self.potentials, self.colours)
        self.heed = _heed(places, self.colours)
        self.masses = np.empty(len(self.colours), np.float32)
        drawing_start.masses_of(
            places.owner, places.candidates, places.listed, shares, places.rank, CELL, self.masses
        )

    @cached_property
    def labels(self) -> bytes:
        """Which label each pixel has, as bytes: the same, however finely numbers are told."""
        return packed_labels(self.places.seeds, self.config.labels)

    def hold(self) -> None:
        """Keep the field's own pixels: several codings are compared with them."""
        self._own = list(self._drawn(self.field))

    def _drawn(self, field: Field) -> Iterable[NDArray[np.float32]]:
        if field is self.field and self._own:
            return self._own
        return own_size(labels_drawer(field, self.threads), field)

    def left(self, drawing: Drawing, told: NDArray[np.bool_]) -> NDArray[np.float32]:
        """What the own pixels told of whole numbers lack of the field's. (T, C)"""
        found = taken(self._drawn(self.field), told, self.config.planes)
        found -= taken(self._drawn(field_of(drawing, self.config)), told, self.config.planes)
        return found

    def error_of(self, drawing: Drawing) -> float:
        """The mean squared difference of own pixels between whole numbers and the field."""
        total, made = 0.0, field_of(drawing, self.config)
        for own, found in zip(self._drawn(self.field), self._drawn(made), strict=True):
            rows = (row.ravel().astype(np.float64) for row in own - found)
            total += sum(float(np.dot(row, row)) for row in rows)
        return total / (self.config.height * self.config.width * self.config.planes)

    def shown(
        self, places: Places, potentials: NDArray[np.float32], colours: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What cells show (B, cells, C), and the shares of candidates (B, M)."""
        nothing = np.empty((0, 0, 0), np.float32)
        turns = np.zeros((4, 4, drawing_answers.PLACES), np.int8)
        rows = np.zeros(1, np.int64)
        return self._asked(places, potentials, colours, (rows, turns, nothing, nothing))

    def strips(
        self,
        which: int,
        slots: NDArray[np.int32],
        potentials: NDArray[np.float32],
        colours: NDArray[np.float32],
    ) -> Iterator[tuple[tuple[int, int], tuple[NDArray, ...]]]:
        """Of a pass: rows of places, and `pulls` as `redraw.kernels.drawing_answers` says.

        The answers of some rows alone are held. What cells are off by is changed by whoever takes
        them, and goes on from rows to rows.

        Args:
            which: Of the passes.
            slots: As of places: one for all passes, as it is large.
            potentials: (P,)
            colours: (Q, C)
        """
        places, cells = self.places, SIDES**2
        turns = np.empty((4, 4, drawing_answers.PLACES), np.int8)
        most = int(drawing_places.turns_of(which, turns))
        rows = np.empty(len(places.candidates) + 1, np.int64)
        drawing_answers.answer_rows(places.candidates, rows)
        off = np.empty((len(places.candidates), cells, colours.shape[1]), np.float32)
        seen = 0
        for top in range(0, len(places.masks), STRIP):
            bottom = min(top + STRIP, len(places.masks))
            # A place is reached by the pixels around.
            begin, end = np.searchsorted(places.listed[:, 0], [top - AROUND + 1, bottom])
            own = rows - rows[begin]
            answers = np.empty((own[end], most, cells), np.float32)
            tints = np.empty((len(answers), cells, colours.shape[1]), np.float32)
            asked = own[begin : end + 1], turns, answers, tints
            shown, _ = self._asked(places, potentials, colours, asked, begin, end)
            tints *= np.repeat(self.heed[begin:end], np.diff(own[begin : end + 1]))[:, None, None]
            off[seen:end] = shown[seen - begin :] - self.reference[seen:end]
            off[seen:end] *= self.heed[seen:end, None, None]
            seen = end
            yield (top, bottom), (slots, places.candidates, own, turns, answers, tints, off)

    def _asked(
        self, places: Places, potentials: NDArray[np.float32], colours: NDArray[np.float32],
        asked: tuple[NDArray, ...], begin: int = 0, end: int | None = None,
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:  # fmt: skip
        """Of the listed pixels from `begin` to `end`."""
        candidates, listed = places.candidates[begin:end], places.listed[begin:end]
        count, channels = len(candidates), colours.shape[1]
        paint = np.empty((count, MOST_CANDIDATES, channels), np.float32)
        drawing_start.painted(listed, candidates, places.rank, colours, CELL, paint)
        shown = np.empty((count, SIDES**2, channels), np.float32)
        shares = np.empty((count, MOST_CANDIDATES), np.float32)
        work = (
            candidates, listed, places.masks, places.starts, potentials, paint,
            np.float32(self.config.sharpness), SAMPLES, SIDES, *asked, shown, shares,
        )  # fmt: skip
        share(
            drawing_answers.sensitivities,
            [(*work, part, self.threads) for part in range(self.threads)],
        )
        return shown, shares


def _heed(places: Places, colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """How many times what listed pixels are off by counts: more where their labels are alike. (B,)

    Else a pale edge, whose pixels are off by little wherever it lies, would be told by no bit.
    """
    paint = np.empty((len(places.candidates), MOST_CANDIDATES, colours.shape[1]), np.float32)
    drawing_start.painted(places.listed, places.candidates, places.rank, colours, CELL, paint)
    there = (places.candidates != NONE)[..., None]
    low = np.where(there, paint, np.inf).min(axis=1)
    high = np.where(there, paint, -np.inf).max(axis=1)
    apart = (high - low).max(axis=1)
    return np.clip(PALE / np.maximum(apart, 1e-6), 1.0, MOST_HEED).astype(np.float32)


def _old_places(owner: NDArray[np.uint8], candidates: NDArray[np.uint8], labels: int) -> Places:
    """The places of a field whose candidates follow from nothing."""
    height, width = owner.shape
    candidates = np.ascontiguousarray(candidates)
    masks, starts, count = places_of(owner, candidates, labels)
    rank = np.empty((labels, *LabelsConfig(width, height).lattice), np.int32)
    colours = int(label_tables.colour_table(owner, candidates, CELL, rank))
    nothing = np.zeros(owner.shape, bool)
    return Places(owner, nothing, owner, candidates, masks, starts, rank, count, colours)
