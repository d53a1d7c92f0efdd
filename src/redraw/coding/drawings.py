"""A field of labels as whole numbers, and these as bytes: the sections of a coded drawing.

Labels of pixels come first; which candidates a pixel has, and so where potentials and colours are,
follows from them. Each section is one stream with a model of its own. docs/format.md says what a
reader needs.

Shapes: H rows, W columns, C channels, K labels, B listed pixels, M candidates at most, P
potentials, Q colours.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from redraw import memory
from redraw.coding.drawing_description import Description
from redraw.coding.drawing_places import CELL, Places
from redraw.coding.tables import Model, tables
from redraw.errors import FileFormatError
from redraw.kernels import (
    binary_coder,
    drawing_colours,
    drawing_places,
    drawing_potentials,
    drawing_seeds,
)
from redraw.kernels.binary_coder import WORDS
from redraw.kernels.drawing_bits import CHOOSE, READ, WRITE

# Steps of potentials are in 1/4096, those of colours and detail in 1/65535.
POTENTIAL_UNIT, COLOUR_UNIT = 4096, 65535
# Bits that the most likely bit costs: -log2(1 - 16 / 65536), rounded down.
LEAST_BITS = 0.00035
# Bytes for each pixel while a drawing is unpacked, and for each pixel and label: its nodes.
PER_PIXEL, PER_LABEL = 40, 0.25
Whole = NDArray[np.int32]
# Labels, potentials, colours, detail.
Sections = tuple[bytes, bytes, bytes, bytes]


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
        binary_coder.begin(made.coder, made.data, True)
        return made

    @classmethod
    def writing(cls, room: int) -> "Section":
        """With room for so many bytes; what doesn't fit is counted."""
        made = cls(np.empty(room, np.uint8))
        binary_coder.begin(made.coder, made.data, False)
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
        length = binary_coder.finish(self.coder, self.data)
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
    np.zeros((1, 1), np.int32), np.zeros((1, 1), np.uint8), np.zeros(1, np.int64),
    np.zeros((4, 4, 25), np.int8), np.zeros((1, 1, 1), np.float32),
    np.zeros((1, 1, 1), np.float32), np.zeros((1, 1, 1), np.float32),
)  # fmt: skip


def code_pass(
    section: Section, places: Places, which: int, whole: Whole, misses: NDArray[np.int16],
    task: int, wanted: NDArray[np.float32] | None = None, step: float = 1.0,
    pulls: tuple = NOTHING, hold: float = 0.0, price: float = 0.0,
    rows: tuple[int, int] | None = None,
) -> None:  # fmt: skip
    """Read, write or choose the potentials of one pass: `drawing_potentials.margins`. (P,)

    Of rows of places alone, if these are given: the first and the one after the last.
    """
    top, bottom = rows or (0, len(places.masks))
    drawing_potentials.margins(
        *section.arguments, which, places.seeds, places.several, places.masks, places.starts, whole,
        misses, task, np.zeros(1, np.float32) if wanted is None else wanted, np.float32(step),
        pulls, np.float32(hold), np.float32(price), top, bottom,
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
        *section.arguments, places.slots(), places.candidates, contrasts, whole, task,
        np.zeros((1, 1), np.float32) if wanted is None else wanted, np.float32(price),
    )  # fmt: skip


def packed_labels(seeds: NDArray[np.uint8], labels: int) -> bytes:
    """The section of labels. (H, W)"""
    section = Section.writing(8 * seeds.size + 64)
    code_seeds(section, seeds, labels, WRITE)
    return section.written()


def section_of_potentials(places: Places) -> Section:
    """With room for all potentials."""
    return Section.writing(8 * places.potentials + 64)


def section_of_colours(count: int) -> Section:
    """With room for so many numbers of colours."""
    return Section.writing(10 * count + 64)


def _section_of_detail(places: Places, count: int) -> Section:
    """With room for so many numbers of detail, and which single pixels are listed written."""
    section = Section.writing(10 * count + places.seeds.size + 64)
    several, faint = places.several, places.faint & ~places.several
    drawing_colours.faint(*section.arguments, places.seeds, several, faint, WRITE)
    return section


def chosen_detail(
    about: Description, places: Places, colours: Whole, wanted: NDArray[np.float32], price: float
) -> tuple[Whole, bytes | None]:
    """The detail that costs least, and its section; None where single pixels are listed, as those
    that get none are left out before it is packed.

    Args:
        about: Of the drawing.
        places: Its places.
        colours: In steps. (Q, C)
        wanted: In steps. (B, C)
        price: Of a bit, in squared steps.
    """
    whole = np.zeros(wanted.shape, np.int32)
    faint = (places.faint & ~places.several).any()
    section = Section.writing(0) if faint else _section_of_detail(places, whole.size)
    code_detail(section, about, places, colours, whole, CHOOSE, wanted, price)
    if faint:
        return whole, None
    return whole, section.written() if whole.any() else b""


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

    def packed(self) -> "Sections":
        """Its four sections: labels, potentials, colours, detail (empty if all of it is zero)."""
        places = self.places
        potentials, misses = section_of_potentials(places), places.misses()
        for which in range(drawing_places.PASSES):
            code_pass(potentials, places, which, self.potentials, misses, WRITE)
        colours = section_of_colours(self.colours.size)
        code_colours(colours, places, self.colours, WRITE)
        return (
            packed_labels(places.seeds, self.about.labels), potentials.written(),
            colours.written(), self.packed_detail(),
        )  # fmt: skip

    def packed_detail(self) -> bytes:
        """The section of its detail; empty if all of it is zero."""
        if not self.detail.any():
            return b""
        places = self.places
        detail = _section_of_detail(places, self.detail.size)
        code_detail(detail, self.about, places, self.colours, self.detail, WRITE)
        return detail.written()

    @classmethod
    def of(cls, about: Description, sections: "Sections") -> "Drawing":
        """From its sections; any bytes are some numbers.

        Raises:
            FileFormatError: they are too few, or a label is none of the header's.
            TooLargeError: it takes more memory than there is; one label needs no bytes at all.
        """
        pixels = about.width * about.height
        if about.labels > 1 and 8 * (len(sections[0]) + 8) < LEAST_BITS * pixels:
            raise FileFormatError(f"it has too few bytes for {pixels:,} pixels")
        memory.ask(
            int((PER_PIXEL + PER_LABEL * about.labels) * pixels),
            f"unpacking a drawing of {about.width}x{about.height}",
            "open it where there is more",
        )
        seeds = np.zeros((about.height, about.width), np.uint8)
        code_seeds(Section.reading(sections[0]), seeds, about.labels, READ)
        places = Places.of(seeds, about.labels, squares=about.squares)
        potentials = np.zeros(places.potentials, np.int32)
        misses = places.misses()
        section = Section.reading(sections[1])
        for which in range(drawing_places.PASSES):
            code_pass(section, places, which, potentials, misses, READ)
        colours = np.zeros((places.colours, about.channels), np.int32)
        code_colours(Section.reading(sections[2]), places, colours, READ)
        if sections[3]:
            section = Section.reading(sections[3])
            faint = np.zeros(seeds.shape, bool)
            drawing_colours.faint(*section.arguments, seeds, places.several, faint, READ)
            if faint.any():
                places = places.listing(faint, squares=about.squares)
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
