"""A fitted field of labels in few whole numbers, which draw nearly what it draws.

1. Each pixel gets the label that has most of it; what candidates it has follows from these labels.
2. Colours take whole steps, potentials after them, from coarse to fine. Each number is the one
   that costs least: what the cells of pixels around are off by, and a price for its bits. What one
   number misses, those after it make up for.
3. What the pixels are then off by is projected back as detail, in steps of its own.

Shapes: H rows, W columns, C channels, K labels, B listed pixels, M candidates at most, P
potentials, Q colours.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from redraw.coding import drawings
from redraw.coding.drawings import Description, Drawing, Places, Section, code_colours, code_pass
from redraw.engines.cpu.pool import share
from redraw.engines.labels.detail import own_size, solved, widened
from redraw.engines.labels.drawer import labels_drawer
from redraw.engines.labels.drawn import field_of
from redraw.engines.planes import mixing_of
from redraw.errors import UsageError
from redraw.fields import Field
from redraw.fields.label_cells import CELL, MOST_CANDIDATES
from redraw.fields.labels import Labels
from redraw.fields.labels_config import POINT, LabelsConfig
from redraw.kernels import drawing_colours, drawing_potentials, drawing_seeds, drawing_start
from redraw.kernels.drawing_bits import CHOOSE
from redraw.kernels.label_tables import NONE

# A candidate of less than this share of a pixel may get lost; samples along a side that tell.
LEAST, SAMPLES = 0.06, 6
# Colours so near to a whole step are those of flat areas, which stay what they are: their errors
# count so many times.
EXACTLY, FLAT = 1e-3, 100.0
# Where fewer colours than this share are such, values have more than 8 bits: their step.
OF_STEPS, FINER = 0.1, 16
# Bytes of a file beside its sections; how much more a bit may cost to make it small; tries.
BESIDE, DEAREST, TRIES = 320, 4096.0, 8


@dataclass(frozen=True)
class Fineness:
    """How finely numbers are told.

    Attributes:
        price: What a bit may cost, in squared errors of a pixel's value.
        potential: Step of potentials, in 1/4096.
        colour: Of colours, in 1/65535.
        detail: Of detail, in 1/65535; 0 for none.
        cells: Along a side of a pixel that have to come out as they were.
        hold: Weight of the squared differences of potentials from what they were.
    """

    price: float = 3e-5
    potential: int = 768
    colour: int = 257
    detail: int = 1028
    cells: int = 2
    hold: float = 3e-5

    @classmethod
    def times(cls, factor: float) -> "Fineness":
        """One whose bits may cost so many times less or more than usual, and steps that suit it."""
        usual = cls()
        coarser = 1 if factor < 4.0 else (2 if factor < 40.0 else 4)
        return replace(
            usual,
            price=usual.price * factor,
            potential=usual.potential * coarser,
            detail=max(257, round(usual.detail * factor**0.5)) if factor < 64.0 else 0,
        )


def refuse_whole(field: Field) -> str | None:
    """Why a field of labels can't be whole numbers, or None."""
    if not isinstance(field.encoding, Labels):
        return "it is no field of labels"
    weight, bias = mixing_of(field)
    if len(field.network.layers) != 1 or not (weight == np.eye(len(weight))).all() or bias.any():
        return "its layers were changed"
    return None


def quantised(field: Field, fineness: Fineness, threads: int) -> Drawing:
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
    return _Work(field, fineness, threads).drawing()


class _Work:
    """On the way from a field to whole numbers; each method is a part of the way."""

    def __init__(self, field: Field, fineness: Fineness, threads: int) -> None:
        encoding = field.encoding
        assert isinstance(encoding, Labels)
        self.field, self.config, self.fineness = field, encoding.config, fineness
        self.threads = threads
        owner, candidates = (
            t.detach().cpu().numpy() for t in (encoding.owner, encoding.candidates)
        )
        own = [
            t.detach().cpu().float().numpy()
            for t in (encoding.potentials, encoding.colours, encoding.detail)
        ]
        self.old = old = _old_places(owner, candidates, self.config.labels)
        self.old_colours, self.old_detail = own[1], own[2]
        self.old_potentials = np.empty_like(own[0])
        self.old_potentials[old.order] = own[0]

    def drawing(self) -> Drawing:
        config, fineness = self.config, self.fineness
        about = Description(
            config.width, config.height, config.planes, config.labels, fineness.potential,
            self._colour_step(), fineness.detail or 1, config.keeps,
        )  # fmt: skip
        seeds = self._seeds()
        places = Places.of(seeds, config.labels, squares=config.keeps)
        potentials = np.empty(places.potentials, np.float32)
        drawing_start.moved_potentials(
            self.old.masks, self.old.starts, self.old_potentials, places.masks, places.starts,
            potentials,
        )  # fmt: skip
        drawing_potentials.to_margins(seeds, places.masks, places.starts, potentials)
        colours = np.empty((places.colours, config.planes), np.float32)
        drawing_start.moved_colours(self.old.rank, self.old_colours, places.rank, colours)
        reference, shares = self._shown(places, potentials, colours)[2:]
        whole_colours = self._colours(about, places, colours, shares)
        coarse = (whole_colours * (about.colour_step / drawings.COLOUR_UNIT)).astype(np.float32)
        whole = self._potentials(places, potentials, coarse, reference)
        nothing = np.zeros((len(places.candidates), config.planes), np.int32)
        made = Drawing(about, places, whole, whole_colours, nothing)
        return self._detailed(made) if fineness.detail else made

    def _colour_step(self) -> int:
        """The usual one, if flat areas are of such colours (8 bits); else finer."""
        steps = self.old_colours * (drawings.COLOUR_UNIT / self.fineness.colour)
        whole = np.abs(steps - np.rint(steps)).max(axis=1, initial=0.0) < EXACTLY
        if whole.all() or (whole.mean() > OF_STEPS and not self.config.keeps):
            return self.fineness.colour
        return 1 if self.config.keeps else FINER

    def _shown(
        self, places: Places, potentials: NDArray[np.float32], colours: NDArray[np.float32],
        *, answers: bool = False,
    ) -> tuple[NDArray[np.float32], ...]:  # fmt: skip
        """By `drawing_potentials.sensitivities`: answers, their colours, what is shown, shares."""
        count, channels = len(places.candidates), colours.shape[1]
        cells = self.fineness.cells**2
        paint = np.empty((count, MOST_CANDIDATES, channels), np.float32)
        drawing_start.painted(places.listed, places.candidates, places.rank, colours, CELL, paint)
        rows = count if answers else 0
        made = (
            np.empty((rows, MOST_CANDIDATES, drawing_potentials.AROUND**2, cells), np.float32),
            np.empty((rows, MOST_CANDIDATES, cells, channels), np.float32),
            np.empty((count, cells, channels), np.float32),
            np.empty((count, MOST_CANDIDATES), np.float32),
        )
        work = (
            places.owner, places.candidates, places.listed, places.masks, places.starts,
            potentials, paint, np.float32(self.config.sharpness), SAMPLES, self.fineness.cells,
            *made,
        )  # fmt: skip
        share(
            drawing_potentials.sensitivities,
            [(*work, part, self.threads) for part in range(self.threads)],
        )
        return made

    def _seeds(self) -> NDArray[np.uint8]:
        old = self.old
        seeds = np.empty(old.owner.shape, np.uint8)
        shares = self._shown(old, self.old_potentials, self.old_colours)[3]
        drawing_seeds.seeds_of(old.slot, old.owner, old.candidates, shares, LEAST, seeds)
        return seeds

    def _colours(
        self, about: Description, places: Places, colours: NDArray[np.float32],
        shares: NDArray[np.float32],
    ) -> NDArray[np.int32]:  # fmt: skip
        masses = np.empty(len(colours), np.float32)
        drawing_start.masses_of(
            places.owner, places.candidates, places.listed, shares, places.rank, CELL, masses
        )
        whole = np.zeros(colours.shape, np.int32)
        step = about.colour_step / drawings.COLOUR_UNIT
        exact = np.abs(colours / step - np.rint(colours / step)).max(axis=1) < EXACTLY
        masses[exact] *= FLAT
        code_colours(
            Section.writing(0), places, whole, CHOOSE, (colours / np.float32(step)),
            masses * np.float32(step * step), self.fineness.price,
        )  # fmt: skip
        return whole

    def _potentials(
        self, places: Places, potentials: NDArray[np.float32], colours: NDArray[np.float32],
        reference: NDArray[np.float32],
    ) -> NDArray[np.int32]:  # fmt: skip
        fineness = self.fineness
        whole = np.zeros(len(potentials), np.int32)
        misses = np.zeros(places.masks.shape, np.int16)
        section, step = Section.writing(0), fineness.potential / drawings.POTENTIAL_UNIT
        told = np.zeros(len(potentials), bool)
        now = potentials.copy()
        for which in range(drawing_potentials.PASSES):
            answers, paint, shown, _ = self._shown(places, now, colours, answers=True)
            pulls = (
                places.slot, places.candidates, answers, paint, shown - reference,
                np.float32(fineness.hold),
            )  # fmt: skip
            code_pass(
                section, places, which, whole, misses, CHOOSE, now, step, pulls,
                fineness.price * fineness.cells**2,
            )  # fmt: skip
            told |= drawing_potentials.in_pass(places.masks, places.starts, which, len(told))
            now = np.where(told, whole * np.float32(step), potentials)
        return whole

    def _drawn(self, field: Field) -> NDArray[np.float32]:
        """Its own pixels. (H, W, C)"""
        return np.concatenate(list(own_size(labels_drawer(field, self.threads), field)))

    def _detailed(self, made: Drawing) -> Drawing:
        """With what is left of the pixels: of listed ones, and of others that were."""
        about, places = made.about, made.places
        before = self._drawn(self.field)
        left = before - self._drawn(field_of(made, self.config))
        faint = (self.old.owner == NONE) & ~places.several
        faint &= np.abs(left).max(axis=2) > 0.5 * about.detail_step / drawings.COLOUR_UNIT
        places = Places.of(places.seeds, about.labels, faint, squares=about.squares)
        listed = places.owner == NONE
        sampled = self.config.footprint == POINT
        told = listed if sampled else widened(listed)
        wanted = left[told]
        if not sampled:
            wanted = solved(wanted, listed, told, self.threads)[listed[told]]
        step = about.detail_step / drawings.COLOUR_UNIT
        whole = np.zeros(wanted.shape, np.int32)
        section = Section.writing(0)
        several, singles = places.several, faint & ~places.several
        drawing_colours.faint(*section.arguments, places.seeds, several, singles, 1)
        drawings.code_detail(
            section, about, places, made.colours, whole, CHOOSE,
            (wanted / np.float32(step)), self.fineness.price / step**2,
        )  # fmt: skip
        used = np.zeros(listed.shape, bool)
        used[listed] = whole.any(axis=1)
        kept = Places.of(places.seeds, about.labels, faint & used, squares=about.squares)
        return Drawing(about, kept, made.potentials, made.colours, whole[_kept(places, kept)])


def _kept(before: Places, after: Places) -> NDArray[np.bool_]:
    """Which of the listed pixels are listed still. (B,)"""
    return (after.owner == NONE)[before.owner == NONE]


def _old_places(owner: NDArray[np.uint8], candidates: NDArray[np.uint8], labels: int) -> Places:
    """The places of a field whose candidates follow from nothing."""
    height, width = owner.shape
    masks = np.empty((height + 4, width + 4), np.uint64)
    candidates = np.ascontiguousarray(candidates)
    count = int(drawing_potentials.place_masks(owner, candidates, masks))
    starts = np.empty(masks.shape, np.int64)
    drawing_potentials.place_starts(masks, starts)
    rank = np.empty((labels, *LabelsConfig(width, height).lattice), np.int32)
    colours = int(drawings.label_tables.colour_table(owner, candidates, CELL, rank))
    nothing = np.zeros(owner.shape, bool)
    return Places(owner, nothing, owner, candidates, masks, starts, rank, count, colours)


def as_whole(field: Field, threads: int, most_bytes: int = 0) -> Field:
    """A field in whole numbers; itself if it can't be.

    Args:
        field: As of `quantised`.
        threads: As there.
        most_bytes: Of its file; 0 for as many as it takes to be nearly what it was.

    Raises:
        UsageError: a file of so few bytes draws nothing.
    """
    if refuse_whole(field):
        return field
    assert isinstance(field.encoding, Labels)
    made = quantised(field, Fineness(), threads)
    if most_bytes:
        made = _within(field, most_bytes - BESIDE, threads, made)
    return field_of(made, field.encoding.config)


def _within(field: Field, room: int, threads: int, usual: Drawing) -> Drawing:
    """The drawing whose sections nearly fill so many bytes."""

    def size(drawing: Drawing) -> int:
        return sum(map(len, drawing.packed()))

    if size(usual) <= room:
        return usual
    low, high, best = 1.0, DEAREST, None
    found = 0
    for _ in range(TRIES):
        factor = (low * high) ** 0.5
        made = quantised(field, Fineness.times(factor), threads)
        found = size(made)
        if found <= room:
            high, best = factor, made
        else:
            low = factor
    if best is None:
        raise UsageError(
            f"{room + BESIDE:,} bytes are too few for this drawing: it takes {found + BESIDE:,}",
            setting="bytes",
        )
    return best
