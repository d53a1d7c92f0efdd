"""A fitted field of labels in few whole numbers, which draw nearly what it draws.

1. Numbers move to where whole ones are (`redraw.engines.labels.whole_start`).
2. Colours take whole steps, potentials after them, from coarse to fine. Each number is the one
   that costs least: what the cells of pixels around are off by, and a price for its bits. What one
   number misses, those after it make up for.
3. What the pixels are then off by is projected back as detail, in steps of its own.

Shapes: H rows, W columns, C channels, K labels, B listed pixels, M candidates at most, P
potentials, Q colours.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.coding import drawings
from redraw.coding.drawing_description import Description
from redraw.coding.drawing_places import Places
from redraw.coding.drawings import (
    Drawing,
    Sections,
    code_colours,
    code_pass,
)
from redraw.engines.cpu.sharing import share
from redraw.engines.labels.detail import solved, widened
from redraw.engines.labels.fineness import Fineness
from redraw.engines.labels.whole_start import SIDES, Start
from redraw.engines.planes import mixing_of
from redraw.fields import Field
from redraw.fields.labels import Labels
from redraw.fields.labels_config import POINT
from redraw.kernels import drawing_places, drawing_start
from redraw.kernels.drawing_bits import CHOOSE
from redraw.kernels.label_tables import NONE

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


def coded(start: Start, fineness: Fineness) -> Coded:
    """A field in whole numbers of some fineness; it does not depend on how many threads work."""
    return _Work(start, fineness).coded()


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
            colours = self._colours()
            coarse = colours[0] * (self.about.colour_step / drawings.COLOUR_UNIT)
            parts.append(self._potentials(coarse.astype(np.float32)))
            parts.append(colours)

        def pixels() -> None:
            labels.append(self.start.labels)

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

    def _colours(self) -> tuple[NDArray[np.int32], bytes]:
        colours, step = self.start.colours, self.about.colour_step / drawings.COLOUR_UNIT
        whole = np.zeros(colours.shape, np.int32)
        nearest = np.rint(colours / step)
        exact = np.abs(colours / step - nearest).max(axis=1) < EXACTLY
        if self.config.steps:
            # All colours of whole numbers are whole steps, those that run as well.
            flat = np.empty(len(colours), bool)
            drawing_start.flat_colours(self.places.rank, nearest, flat)
            exact &= flat
        masses = np.where(exact, np.float32(FLAT), np.float32(1.0)) * self.start.masses
        section = drawings.section_of_colours(colours.size)
        code_colours(
            section, self.places, whole, CHOOSE, (colours / np.float32(step)),
            masses * np.float32(step * step), self.fineness.price,
        )  # fmt: skip
        return whole, section.written()

    def _potentials(self, colours: NDArray[np.float32]) -> tuple[NDArray[np.int32], bytes]:
        """Of which colours are whole already."""
        fineness, places, wanted = self.fineness, self.places, self.start.potentials
        whole = np.zeros(len(wanted), np.int32)
        misses = places.misses()
        section = drawings.section_of_potentials(places)
        step = fineness.potential / drawings.POTENTIAL_UNIT
        now, slots = wanted.copy(), places.slots()
        for which in range(drawing_places.PASSES):
            for rows, pulls in self.start.strips(which, slots, now, colours):
                code_pass(
                    section, places, which, whole, misses, CHOOSE, now, step, pulls,
                    fineness.hold, fineness.price * SIDES**2, rows,
                )  # fmt: skip
            told = drawing_places.in_pass(places.masks, places.starts, which, len(now))
            now[told] = whole[told].astype(np.float32) * np.float32(step)
        return whole, section.written()

    def _detailed(self, made: Drawing, sections: tuple[bytes, bytes, bytes]) -> Coded:
        """With what is left of the pixels: of listed ones, and of others that were."""
        about = made.about
        step = about.detail_step / drawings.COLOUR_UNIT
        places, wanted = self._left(made, step)
        whole, last = drawings.chosen_detail(
            about, places, made.colours, wanted / np.float32(step), self.fineness.price / step**2
        )
        used = np.zeros(places.owner.shape, bool)
        used[places.owner == NONE] = whole.any(axis=1)
        kept = places.listing(places.faint & used, squares=about.squares)
        whole = whole[_kept(places, kept)]
        del places, wanted, used  # they are large, and packing needs room
        found = Drawing(about, kept, made.potentials, made.colours, whole)
        return Coded(found, (*sections, found.packed_detail() if last is None else last))

    def _left(self, made: Drawing, step: float) -> tuple[Places, NDArray[np.float32]]:
        """Places that list what is left of pixels, and what detail they need. (B, C)"""
        start, several = self.start, made.places.several
        sampled = self.config.footprint == POINT
        near = start.listed | several
        near = near if sampled else widened(near)
        left = start.left(made, near)
        faint = start.listed & ~several
        faint[faint] = np.abs(left[faint[near]]).max(axis=1) > 0.5 * step
        places = made.places.listing(faint, squares=made.about.squares)
        listed = places.owner == NONE
        told = listed if sampled else widened(listed)
        wanted = left[told[near]]
        if not sampled:
            wanted = solved(wanted, listed, told, self.threads)[listed[told]]
        return places, wanted


def _kept(before: Places, after: Places) -> NDArray[np.bool_]:
    """Which of the listed pixels are listed still. (B,)"""
    return (after.owner == NONE)[before.owner == NONE]
