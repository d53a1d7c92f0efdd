"""A field of labels as whole numbers, and these as bytes: the sections of a coded drawing.

Labels of pixels come first; which candidates a pixel has, and so where potentials and colours are,
follows from them. Each section is one stream with a model of its own. docs/format.md says what a
reader needs.

Shapes: H rows, W columns, C channels, K labels, B listed pixels, M candidates at most, P
potentials, Q colours.
"""

import functools
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from redraw.coding.tables import Model, tables
from redraw.errors import FileFormatError
from redraw.kernels import drawing_bits as bits
from redraw.kernels import drawing_colours, drawing_potentials, drawing_seeds, label_tables
from redraw.kernels.binary_coder import WORDS
from redraw.kernels.drawing_bits import READ, WRITE
from redraw.kernels.label_tables import NONE

# Of a cell of the lattice of colours, in pixels, and candidates at one place: as fields have them.
CELL, MOST_CANDIDATES = 4, 5
SIDE_LIMIT, PIXELS_LIMIT, MOST_LABELS, MOST_CHANNELS = 1 << 20, 1 << 28, 64, 16
# Steps of potentials are in 1/4096, those of colours and detail in 1/65535.
POTENTIAL_UNIT, COLOUR_UNIT = 4096, 65535
STEP_LIMIT = 1 << 16
# Bits that the most likely bit costs: -log2(1 - 16 / 65536), rounded down.
LEAST_BITS = 0.00035
Whole = NDArray[np.int32]


@dataclass(frozen=True)
class Description:
    """What the bytes of a coded drawing mean.

    Attributes:
        width: W.
        height: H.
        channels: C.
        labels: K.
        potential_step: Of potentials, in 1/4096.
        colour_step: Of colours, in 1/65535.
        detail_step: Of detail, in 1/65535.
        squares: Whether pixels stay squares.

    Raises:
        FileFormatError: a value is outside of what is accepted.
    """

    width: int
    height: int
    channels: int
    labels: int
    potential_step: int = 1024
    colour_step: int = 257
    detail_step: int = 1028
    squares: bool = False

    def __post_init__(self) -> None:
        for name, most in (
            ("width", SIDE_LIMIT),
            ("height", SIDE_LIMIT),
            ("channels", MOST_CHANNELS),
            ("labels", MOST_LABELS),
            ("potential_step", STEP_LIMIT),
            ("colour_step", STEP_LIMIT),
            ("detail_step", STEP_LIMIT),
        ):
            if not 1 <= getattr(self, name) <= most:
                raise FileFormatError(f"{name} is {getattr(self, name)}; accepted: 1 to {most}")
        if self.width * self.height > PIXELS_LIMIT:
            raise FileFormatError(
                f"it has {self.width * self.height:,} pixels; accepted: up to {PIXELS_LIMIT:,}"
            )


@dataclass(frozen=True)
class Places:
    """Where the numbers of a drawing are, which follows from the labels of its pixels.

    Attributes:
        seeds: The label of each pixel. (H, W) uint8
        faint: Pixels of one candidate that are listed. (H, W) bool
        owner: (H, W) uint8
        candidates: (B, M) uint8
        masks: (H + 4, W + 4) uint64
        starts: (H + 4, W + 4) int64
        rank: (K, R, S) int32
        potentials: P.
        colours: Q.
    """

    seeds: NDArray[np.uint8]
    faint: NDArray[np.bool_]
    owner: NDArray[np.uint8]
    candidates: NDArray[np.uint8]
    masks: NDArray[np.uint64]
    starts: NDArray[np.int64]
    rank: NDArray[np.int32]
    potentials: int
    colours: int

    @classmethod
    def of(
        cls,
        seeds: NDArray[np.uint8],
        labels: int,
        faint: NDArray[np.bool_] | None = None,
        *,
        squares: bool = False,
    ) -> "Places":
        """Made from the labels of pixels.

        Args:
            seeds: The label of each pixel. (H, W)
            labels: K.
            faint: Which single ones are listed; None for none. (H, W)
            squares: Whether pixels stay squares: then none has several candidates.
        """
        height, width = seeds.shape
        faint = np.zeros(seeds.shape, bool) if faint is None else faint
        most = 1 if squares else MOST_CANDIDATES
        count = drawing_seeds.count_listed(seeds, faint, most)
        owner = np.empty(seeds.shape, np.uint8)
        candidates = np.empty((int(count), MOST_CANDIDATES), np.uint8)
        drawing_seeds.candidates_of(seeds, faint, most, owner, candidates)
        masks = np.empty((height + 4, width + 4), np.uint64)
        potentials = int(drawing_potentials.place_masks(owner, candidates, masks))
        starts = np.empty(masks.shape, np.int64)
        drawing_potentials.place_starts(masks, starts)
        rank = np.empty((labels, *(_nodes(side) for side in seeds.shape)), np.int32)
        colours = int(label_tables.colour_table(owner, candidates, CELL, rank))
        return cls(seeds, faint, owner, candidates, masks, starts, rank, potentials, colours)

    @functools.cached_property
    def listed(self) -> NDArray[np.int32]:
        """Row and column of each listed pixel. (B, 2)"""
        return label_tables.listed_pixels(self.owner, len(self.candidates))

    @functools.cached_property
    def slot(self) -> NDArray[np.int32]:
        """The number of each listed pixel, -1 for the others. (H, W)"""
        result = np.full(self.owner.shape, -1, np.int32)
        result[self.listed[:, 0], self.listed[:, 1]] = np.arange(len(self.listed))
        return result

    @functools.cached_property
    def several(self) -> NDArray[np.bool_]:
        """Which pixels have several candidates. (H, W)"""
        result = np.zeros(self.owner.shape, bool)
        rows = self.listed[self.candidates[:, 1] != NONE]
        result[rows[:, 0], rows[:, 1]] = True
        return result

    @functools.cached_property
    def order(self) -> NDArray[np.int64]:
        """Of potentials label by label, which each is place by place. (P,)"""
        result = np.empty(self.potentials, np.int64)
        drawing_potentials.label_order(self.masks, self.starts, len(self.rank), result)
        return result


def _nodes(side: int) -> int:
    """Of the lattice of colours along a side of so many pixels."""
    return (2 * side - 1 + CELL) // (2 * CELL) + 4


@dataclass(frozen=True)
class Section:
    """A stream, its model and what it needs; `arguments` are what kernels take first."""

    data: NDArray[np.uint8]
    coder: NDArray[np.int64] = field(default_factory=lambda: np.zeros(WORDS, np.int64))
    model: Model = field(default_factory=Model.fresh)

    @classmethod
    def reading(cls, content: bytes) -> "Section":
        """Of bytes that are there."""
        made = cls(np.frombuffer(content, np.uint8).copy())
        bits.begin(made.coder, made.data, True)
        return made

    @classmethod
    def writing(cls, room: int) -> "Section":
        """With room for so many bytes; what doesn't fit is counted."""
        made = cls(np.empty(room, np.uint8))
        bits.begin(made.coder, made.data, False)
        return made

    @property
    def arguments(self) -> tuple[NDArray, ...]:
        made, model = tables(), self.model
        return (
            self.coder, self.data, model.escapes, model.table, model.weights, model.knots,
            made.stretch, made.squash, made.doubt, made.rates, made.costs,
        )  # fmt: skip

    def written(self) -> bytes:
        """Its bytes."""
        length = bits.finish(self.coder, self.data)
        assert length <= len(self.data)
        return self.data[:length].tobytes()


def code_seeds(section: Section, seeds: NDArray[np.uint8], labels: int, task: int) -> None:
    """Read or write the labels of pixels. (H, W)

    Raises:
        FileFormatError: there is one that is none of so many.
    """
    if not drawing_seeds.seeds(*section.arguments, labels, seeds, task):
        raise FileFormatError(f"a pixel's label is none of {labels}")


NOTHING = (
    np.zeros((1, 1), np.int32), np.zeros((1, 1), np.uint8), np.zeros((1, 1, 1, 1), np.float32),
    np.zeros((1, 1, 1, 1), np.float32), np.zeros((1, 1, 1), np.float32), np.float32(0.0),
)  # fmt: skip


def code_pass(
    section: Section, places: Places, which: int, whole: Whole, misses: NDArray[np.int16],
    task: int, wanted: NDArray[np.float32] | None = None, step: float = 1.0,
    pulls: tuple = NOTHING, price: float = 0.0,
) -> None:  # fmt: skip
    """Read, write or choose the potentials of one pass: `drawing_potentials.margins`. (P,)"""
    drawing_potentials.margins(
        *section.arguments, which, places.seeds, places.several, places.masks, places.starts, whole,
        misses, task, np.zeros(1, np.float32) if wanted is None else wanted, np.float32(step),
        pulls, np.float32(price),
    )  # fmt: skip


def code_colours(
    section: Section, places: Places, whole: Whole, task: int,
    wanted: NDArray[np.float32] | None = None, masses: NDArray[np.float32] | None = None,
    price: float = 0.0,
) -> None:  # fmt: skip
    """Read, write or choose the colours: `drawing_colours.colours`. (Q, C)"""
    drawing_colours.colours(
        *section.arguments, places.seeds, places.rank, CELL, whole, task,
        np.zeros((1, 1), np.float32) if wanted is None else wanted,
        np.zeros(1, np.float32) if masses is None else masses, np.float32(price),
    )  # fmt: skip


def code_detail(
    section: Section, about: Description, places: Places, colours: Whole, whole: Whole, task: int,
    wanted: NDArray[np.float32] | None = None, price: float = 0.0,
) -> None:  # fmt: skip
    """Read, write or choose the detail: `drawing_colours.detail`. (B, C)"""
    contrasts = np.empty(len(places.listed), np.uint8)
    drawing_colours.contrasts(
        places.listed, places.candidates, places.rank, colours, about.colour_step, CELL, contrasts
    )
    drawing_colours.detail(
        *section.arguments, places.slot, places.candidates, contrasts, whole, task,
        np.zeros((1, 1), np.float32) if wanted is None else wanted, np.float32(price),
    )  # fmt: skip


@dataclass(frozen=True)
class Drawing:
    """A drawing in whole numbers.

    Attributes:
        about: What they mean.
        places: Where they are.
        potentials: In steps, place by place. (P,) int32
        colours: In steps. (Q, C) int32
        detail: In steps. (B, C) int32
    """

    about: Description
    places: Places
    potentials: Whole
    colours: Whole
    detail: Whole

    def packed(self) -> tuple[bytes, bytes, bytes, bytes]:
        """Its four sections: labels, potentials, colours, detail (empty if all of it is zero)."""
        places, pixels = self.places, self.places.seeds.size
        labels = Section.writing(8 * pixels + 64)
        code_seeds(labels, places.seeds, self.about.labels, WRITE)
        potentials = Section.writing(8 * places.potentials + 64)
        misses = np.zeros(places.masks.shape, np.int16)
        for which in range(drawing_potentials.PASSES):
            code_pass(potentials, places, which, self.potentials, misses, WRITE)
        colours = Section.writing(10 * self.colours.size + 64)
        code_colours(colours, places, self.colours, WRITE)
        last = b""
        if self.detail.any():
            detail = Section.writing(10 * self.detail.size + pixels + 64)
            several, faint = places.several, places.faint & ~places.several
            drawing_colours.faint(*detail.arguments, places.seeds, several, faint, WRITE)
            code_detail(detail, self.about, places, self.colours, self.detail, WRITE)
            last = detail.written()
        return labels.written(), potentials.written(), colours.written(), last

    @classmethod
    def of(cls, about: Description, sections: tuple[bytes, bytes, bytes, bytes]) -> "Drawing":
        """From its sections; any bytes are some numbers.

        Raises:
            FileFormatError: they are too few, or a label is none of the header's.
        """
        pixels = about.width * about.height
        if about.labels > 1 and 8 * (len(sections[0]) + 8) < LEAST_BITS * pixels:
            raise FileFormatError(f"it has too few bytes for {pixels:,} pixels")
        seeds = np.zeros((about.height, about.width), np.uint8)
        code_seeds(Section.reading(sections[0]), seeds, about.labels, READ)
        places = Places.of(seeds, about.labels, squares=about.squares)
        potentials = np.zeros(places.potentials, np.int32)
        misses = np.zeros(places.masks.shape, np.int16)
        section = Section.reading(sections[1])
        for which in range(drawing_potentials.PASSES):
            code_pass(section, places, which, potentials, misses, READ)
        colours = np.zeros((places.colours, about.channels), np.int32)
        code_colours(Section.reading(sections[2]), places, colours, READ)
        if sections[3]:
            section = Section.reading(sections[3])
            faint = np.zeros(seeds.shape, bool)
            drawing_colours.faint(*section.arguments, seeds, places.several, faint, READ)
            if faint.any():
                places = Places.of(seeds, about.labels, faint, squares=about.squares)
            detail = np.zeros((len(places.candidates), about.channels), np.int32)
            code_detail(section, about, places, colours, detail, READ)
        else:
            detail = np.zeros((len(places.candidates), about.channels), np.int32)
        return cls(about, places, potentials, colours, detail)

    def same_as(self, other: "Drawing") -> bool:
        """Whether all numbers are the same."""
        pairs = (
            (self.places.seeds, other.places.seeds), (self.potentials, other.potentials),
            (self.colours, other.colours), (self.detail, other.detail),
        )  # fmt: skip
        return self.about == other.about and all(np.array_equal(a, b) for a, b in pairs)

    @property
    def floats(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Potentials label by label (P,), colours (Q, C) and detail (B, C) as a field has them."""
        about = self.about
        potentials = self.potentials[self.places.order] * (about.potential_step / POTENTIAL_UNIT)
        colours = self.colours.astype(np.float64) * about.colour_step / COLOUR_UNIT
        detail = self.detail.astype(np.float64) * about.detail_step / COLOUR_UNIT
        return (
            potentials.astype(np.float32), colours.astype(np.float32), detail.astype(np.float32)
        )  # fmt: skip
