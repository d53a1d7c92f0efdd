"""The configuration of a field of labels, which says its size without PyTorch."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from redraw.errors import UsageError
from redraw.fields.encoding_config import EncodingConfig, Sizing
from redraw.fields.label_cells import CELL
from redraw.fields.ranges import check_ranges
from redraw.signals.picture.footprints import named

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from redraw.fields.config import FieldConfig
    from redraw.fields.labels import Labels

# Labels in one picture.
MOST_LABELS = 64
LARGEST = 2**31 - 1
AUTO, POINT = "auto", "point"
# As many rounds as the picture asks for.
AUTO_ROUNDS = -1
MOST_ROUNDS = 8
# A fit of fewer seconds for each pixel has none unless they are asked for: each takes as long as
# the steps, up to 75 microseconds a pixel on two threads.
SECONDS_OF_ROUNDS = 3e-4


@dataclass(frozen=True)
class LabelsConfig(EncodingConfig):
    """A field of labels; all but the sharpness follows from the picture.

    Attributes:
        width: Of the picture, in pixels.
        height: Of the picture.
        planes: Values per pixel.
        labels: Sets of regions that share a slowly varying colour.
        listed: Pixels near edges, which have several candidates.
        potentials: Nodes that say where labels end.
        colours: Nodes that say which colours they have.
        sharpness: On potentials: how sharp an edge is at the picture's own size.
        footprint: What a pixel is of the page: "box", "point", "gauss:S", "bicubic", "lanczos",
            with noise "box+noise:S" and so on; or "auto" for what the picture tells, which is put
            in its place.
        rounds: Fits before the fit, whose own pixels the analysis is given in place of the picture:
            each tells more of what a blur hid. -1: as the picture asks, which is put in its place.
        pixel_art: Whether pixels become smooth shapes, or stay ("keep") squares of their colours.
        coding: Whether a fit ends with whole numbers in few bytes ("whole"), or floats.
        bytes: As many as its file may have, of whole numbers; 0 for as many as it takes to be
            nearly what the floats are.
        steps: Of potentials in 1/4096, of colours and of detail in 1/65535, where they are whole
            (`redraw.coding.drawings`); empty for floats.

    Raises:
        UsageError: a value is outside of what is accepted.
    """

    kind: ClassVar[str] = "labels"
    solver: ClassVar[str] = "labels"
    of_signal: ClassVar[tuple[str, ...]] = (
        "width", "height", "planes", "labels", "listed", "potentials", "colours", "steps",
    )  # fmt: skip
    sized_by: ClassVar[tuple[str, ...]] = ()
    width: int = 1
    height: int = 1
    planes: int = 1
    labels: int = 1
    listed: int = 0
    potentials: int = 0
    colours: int = 16
    sharpness: float = 15.0
    footprint: str = "box"
    rounds: int = 0
    pixel_art: Literal["smooth", "keep"] = "smooth"
    coding: Literal["whole", "float"] = "float"
    bytes: int = 0
    steps: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_ranges(
            self,
            "field of labels",
            ("width", 1, LARGEST),
            ("height", 1, LARGEST),
            ("planes", 1, 4096),
            ("labels", 1, MOST_LABELS),
            ("listed", 0, LARGEST),
            ("potentials", 0, LARGEST),
            ("colours", 0, LARGEST),
            ("sharpness", 1e-3, 1e6),
            ("bytes", 0, LARGEST),
            ("rounds", AUTO_ROUNDS, MOST_ROUNDS),
        )
        if self.footprint != AUTO and str(named(self.footprint)) != self.footprint:
            object.__setattr__(self, "footprint", str(named(self.footprint)))
        if len(self.steps) not in (0, 3) or not all(1 <= step <= 1 << 16 for step in self.steps):
            raise UsageError(f"steps are {self.steps}; accepted: three from 1 to 65,536, or none")
        pixels = self.width * self.height
        if pixels > LARGEST:
            raise UsageError(f"the labels have {pixels:,} pixels; accepted: up to {LARGEST:,}")
        if self.listed > pixels:
            raise UsageError(f"{self.listed:,} pixels are listed; there are {pixels:,}")

    @property
    def codec(self) -> str:  # type: ignore[override]
        """As bytes where numbers are whole, as tensors where not."""
        return "drawing" if self.steps else "plain"

    @property
    def lattice(self) -> tuple[int, int]:
        """Rows and columns of the lattice of a label's colours."""
        return (2 * self.height - 1 + CELL) // (2 * CELL) + 4, (2 * self.width - 1 + CELL) // (
            2 * CELL
        ) + 4

    def count(self, dimensions: int) -> tuple[int, int]:
        """As of other encodings."""
        _check_flat(dimensions)
        return self.planes, self.potentials + self.planes * (self.colours + self.listed)

    def build(self, dimensions: int) -> "Labels":
        """Raises UsageError if there aren't two dimensions."""
        _check_flat(dimensions)
        from redraw.fields.labels import Labels

        return Labels(self)

    def describe(self) -> str:
        return f"{self.labels} labels, {self.listed:,} pixels near edges"

    def note(self) -> str:
        if self.keeps:
            return "its pixels stay squares; --pixel-art smooth makes shapes of them"
        if self.footprint in ("box", AUTO):
            return ""
        own = named(self.footprint)
        what = f"its pixels look like {own.describe()}"
        if own.noise:
            return f"{what}, which is left out of the drawing; --footprint box draws it as well"
        if self.footprint == POINT:
            return f"{what}; --pixel-art keep leaves them squares"
        before = ""
        if self.rounds > 0:
            fits = "a fit that finds" if self.rounds == 1 else f"{self.rounds} fits that find"
            before = f", after {fits} what that hid (--set rounds=0 leaves it out)"
        return (
            f"{what}, and are compared with the drawing seen likewise{before}; --footprint box"
            " takes them for averages of their squares"
        )

    def left_out(self) -> str:
        noise = 0.0 if self.footprint == AUTO or self.keeps else named(self.footprint).noise
        return f"its noise of {noise:.2g}" if noise else ""

    @property
    def keeps(self) -> bool:
        """Whether pixels stay squares."""
        return self.pixel_art == "keep"

    @property
    def brief_footprint(self) -> str:
        """Its name without tables of a JPEG's own, which only its steps need."""
        return AUTO if self.footprint == AUTO else str(named(self.footprint).brief)

    def weights(self) -> "NDArray[np.float32] | None":
        return None if self.footprint == AUTO or self.keeps else named(self.footprint).taps()

    def shared(self) -> Mapping[str, Any]:
        return {"footprint": self.footprint}

    def refuse(self, signal: str) -> str | None:
        if signal == "picture":
            return None
        return f"labels lie over the pixels of a picture; a {signal} has none"

    def sized(self, config: "FieldConfig", sizing: Sizing) -> "FieldConfig":
        """The picture's size; all else the solver finds in the picture."""
        width, height = sizing.extents
        own = dataclasses.replace(self, width=width, height=height, planes=config.channels)
        if sizing.seconds is not None and sizing.seconds < SECONDS_OF_ROUNDS * width * height:
            own = dataclasses.replace(own, rounds=max(0, own.rounds))
        return dataclasses.replace(config, encoding=own)


def _check_flat(dimensions: int) -> None:
    if dimensions != 2:
        raise UsageError(f"labels of {dimensions} dimensions; accepted: 2")
