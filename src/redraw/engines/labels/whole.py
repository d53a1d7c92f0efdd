"""A fitted field of labels in few whole numbers, which draw nearly what it draws.

1. Each pixel gets the label that has most of it; what candidates it has follows from these labels.
2. Colours take whole steps, potentials after them, from coarse to fine. Each number is the one
   that costs least: what the cells of pixels around are off by, and a price for its bits. What one
   number misses, those after it make up for.
3. What the pixels are then off by is projected back as detail, in steps of its own.

Shapes: H rows, W columns, C channels, K labels, B listed pixels, M candidates at most, P
potentials, Q colours.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.coding import drawings
from redraw.coding.drawing_places import Places, places_of
from redraw.coding.drawings import (
    Description,
    Drawing,
    Section,
    Sections,
    code_colours,
    code_pass,
)
from redraw.engines.cpu.sharing import share
from redraw.engines.labels.detail import own_size, solved, widened
from redraw.engines.labels.drawer import labels_drawer
from redraw.engines.labels.drawn import field_of
from redraw.engines.labels.fineness import Fineness
from redraw.engines.planes import mixing_of
from redraw.errors import UsageError
from redraw.fields import Field
from redraw.fields.label_cells import CELL, MOST_CANDIDATES
from redraw.fields.labels import Labels
from redraw.fields.labels_config import POINT, LabelsConfig
from redraw.kernels import (
    drawing_answers,
    drawing_places,
    drawing_potentials,
    drawing_seeds,
    drawing_start,
    label_tables,
)
from redraw.kernels.drawing_bits import CHOOSE
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
# Colours so near to a whole step are those of flat areas, which stay what they are: their errors
# count so many times.
EXACTLY, FLAT = 1e-3, 100.0
# Where fewer colours than this share are such, values have more than 8 bits: their step.
OF_STEPS, FINER = 0.1, 16


def refuse_whole(field: Field) -> str | None:
    """Why a field of labels can't be whole numbers, or None."""
    if not isinstance(field.encoding, Labels):
        return "it is no field of labels"
    weight, bias = mixing_of(field)
    if len(field.network.layers) != 1 or not (weight == np.eye(len(weight))).all() or bias.any():
        return "its layers were changed"
    return None


@dataclass(frozen=True)
class Coded:
    """A drawing in whole numbers.

    Attributes:
        drawing: The numbers.
        sections: As bytes.
    """

    drawing: Drawing
    sections: Sections

    @property
    def size(self) -> int:
        """Bytes of its sections."""
        return sum(map(len, self.sections))


def quantised(field: Field, fineness: Fineness, threads: int) -> Coded:
    """The whole numbers of a field.

    Args:
        field: As its fit left it, on the CPU.
        fineness: How near they are.
        threads: How many work on it; the result does not depend on it.

    Raises:
        UsageError: it has no such numbers.
    """
    problem = refuse_whole(field)
    if problem:
        raise UsageError(f"this field can't be in whole numbers: {problem}")
    return Start(field, threads).coded(fineness)


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
        self.listed = owner == NONE
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
        drawing_seeds.seeds_of(old.slot, old.owner, old.candidates, shares, LEAST, seeds)
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

    @functools.cached_property
    def drawn(self) -> NDArray[np.float32]:
        """The field's own pixels. (H, W, C)"""
        return _drawn(self.field, self.threads)

    def left_of(self, drawing: Drawing) -> NDArray[np.float32]:
        """What own pixels of whole numbers lack of the field's. (H, W, C)"""
        left = _drawn(field_of(drawing, self.config), self.threads)
        return np.subtract(self.drawn, left, out=left)

    def error_of(self, drawing: Drawing) -> float:
        """The mean squared difference of own pixels between whole numbers and the field."""
        left = self.left_of(drawing)
        rows = (row.ravel().astype(np.float64) for row in left)
        return sum(float(np.dot(row, row)) for row in rows) / left.size

    def shown(
        self, places: Places, potentials: NDArray[np.float32], colours: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What cells show (B, cells, C), and the shares of candidates (B, M)."""
        nothing = np.empty((0, 0, 0), np.float32)
        turns = np.zeros((4, 4, drawing_answers.PLACES), np.int8)
        rows = np.zeros(1, np.int64)
        return self._asked(places, potentials, colours, (rows, turns, nothing, nothing))

    def strips(
        self, which: int, potentials: NDArray[np.float32], colours: NDArray[np.float32]
    ) -> Iterator[tuple[tuple[int, int], tuple[NDArray, ...]]]:
        """Of a pass: rows of places, and `pulls` as `redraw.kernels.drawing_answers` says.

        The answers of some rows alone are held. What cells are off by is changed by whoever takes
        them, and goes on from rows to rows.

        Args:
            which: Of the passes.
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
            yield (top, bottom), (places.slot, places.candidates, own, turns, answers, tints, off)

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

    def coded(self, fineness: Fineness) -> Coded:
        """The field in whole numbers of some fineness."""
        return _Work(self, fineness).coded()


class _Work:
    """On the way to whole numbers; each method is a part of the way."""

    def __init__(self, start: Start, fineness: Fineness) -> None:
        self.start, self.fineness = start, fineness
        self.config, self.places, self.threads = start.config, start.places, start.threads
        self.about = Description(
            self.config.width, self.config.height, self.config.planes, self.config.labels,
            fineness.potential, self._colour_step(), fineness.detail or 1, self.config.keeps,
        )  # fmt: skip

    def coded(self) -> Coded:
        labels: list[bytes] = []
        parts: list[tuple[NDArray[np.int32], bytes]] = []

        def numbers() -> None:
            colours, section = self._colours()
            coarse = colours * (self.about.colour_step / drawings.COLOUR_UNIT)
            parts.append(self._potentials(coarse.astype(np.float32)))
            parts.append((colours, section.written()))

        def pixels() -> None:
            labels.append(drawings.packed_labels(self.places.seeds, self.about.labels))

        if self.threads > 1:
            share(lambda call: call(), [(numbers,), (pixels,)])
        else:
            numbers()
            pixels()
        (potentials, second), (colours, third) = parts
        nothing = np.zeros((len(self.places.candidates), self.config.planes), np.int32)
        made = Drawing(self.about, self.places, potentials, colours, nothing)
        if self.fineness.detail:
            return self._detailed(made, (labels[0], second, third))
        return Coded(made, (labels[0], second, third, b""))

    def _colour_step(self) -> int:
        """The usual one, if flat areas are of such colours (8 bits); else finer."""
        steps = self.start.old_colours * (drawings.COLOUR_UNIT / self.fineness.colour)
        whole = np.abs(steps - np.rint(steps)).max(axis=1, initial=0.0) < EXACTLY
        if whole.all() or (whole.mean() > OF_STEPS and not self.config.keeps):
            return self.fineness.colour
        return 1 if self.config.keeps else FINER

    def _colours(self) -> tuple[NDArray[np.int32], Section]:
        colours, step = self.start.colours, self.about.colour_step / drawings.COLOUR_UNIT
        whole = np.zeros(colours.shape, np.int32)
        # Of a drawing in whole numbers all colours are whole steps, those that run as well.
        exact, nearest = np.empty(len(colours), bool), np.rint(colours / step)
        drawing_start.flat_colours(self.places.rank, nearest, exact)
        exact &= np.abs(colours / step - nearest).max(axis=1) < EXACTLY
        masses = np.where(exact, np.float32(FLAT), np.float32(1.0)) * self.start.masses
        section = drawings.section_of_colours(colours.size)
        code_colours(
            section, self.places, whole, CHOOSE, (colours / np.float32(step)),
            masses * np.float32(step * step), self.fineness.price,
        )  # fmt: skip
        return whole, section

    def _potentials(self, colours: NDArray[np.float32]) -> tuple[NDArray[np.int32], bytes]:
        """Of which colours are whole already."""
        fineness, places, wanted = self.fineness, self.places, self.start.potentials
        whole = np.zeros(len(wanted), np.int32)
        misses = places.misses()
        section = drawings.section_of_potentials(places)
        step = fineness.potential / drawings.POTENTIAL_UNIT
        told = np.zeros(len(wanted), bool)
        now = wanted
        for which in range(drawing_places.PASSES):
            for rows, pulls in self.start.strips(which, now, colours):
                code_pass(
                    section, places, which, whole, misses, CHOOSE, now, step, pulls,
                    fineness.hold, fineness.price * SIDES**2, rows,
                )  # fmt: skip
            told |= drawing_places.in_pass(places.masks, places.starts, which, len(told))
            now = np.where(told, whole * np.float32(step), wanted)
        return whole, section.written()

    def _detailed(self, made: Drawing, sections: tuple[bytes, bytes, bytes]) -> Coded:
        """With what is left of the pixels: of listed ones, and of others that were."""
        about, start, step = made.about, self.start, made.about.detail_step / drawings.COLOUR_UNIT
        left = start.left_of(made)
        faint = start.listed & ~made.places.several
        faint[faint] = np.abs(left[faint]).max(axis=1) > 0.5 * step
        places = made.places.listing(faint, squares=about.squares)
        listed = places.owner == NONE
        sampled = self.config.footprint == POINT
        told = listed if sampled else widened(listed)
        wanted = left[told]
        del left
        if not sampled:
            wanted = solved(wanted, listed, told, self.threads)[listed[told]]
        whole, section = drawings.chosen_detail(
            about, places, made.colours, wanted / np.float32(step), self.fineness.price / step**2
        )
        used = np.zeros(listed.shape, bool)
        used[listed] = whole.any(axis=1)
        kept = places.listing(faint & used, squares=about.squares)
        found = Drawing(about, kept, made.potentials, made.colours, whole[_kept(places, kept)])
        single = bool((faint & ~places.several).any())
        last = found.packed_detail() if single or not whole.any() else section.written()
        return Coded(found, (*sections, last))


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


def _drawn(field: Field, threads: int) -> NDArray[np.float32]:
    """Its own pixels. (H, W, C)"""
    config = field.encoding.config
    assert isinstance(config, LabelsConfig)
    drawn, at = np.empty((config.height, config.width, config.planes), np.float32), 0
    for strip in own_size(labels_drawer(field, threads), field):
        drawn[at : at + len(strip)] = strip
        at += len(strip)
    return drawn


def _kept(before: Places, after: Places) -> NDArray[np.bool_]:
    """Which of the listed pixels are listed still. (B,)"""
    return (after.owner == NONE)[before.owner == NONE]


def _old_places(owner: NDArray[np.uint8], candidates: NDArray[np.uint8], labels: int) -> Places:
    """The places of a field whose candidates follow from nothing."""
    height, width = owner.shape
    candidates = np.ascontiguousarray(candidates)
    masks, starts, count = places_of(owner, candidates, labels)
    rank = np.empty((labels, *LabelsConfig(width, height).lattice), np.int32)
    colours = int(label_tables.colour_table(owner, candidates, CELL, rank))
    nothing = np.zeros(owner.shape, bool)
    return Places(owner, nothing, owner, candidates, masks, starts, rank, count, colours)
