"""A picture: an array of values, and what they mean.

Shapes: H rows, W columns, C channels (1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha).
"""

import dataclasses
import os
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from redraw.errors import PictureError, ShapeError, UsageError
from redraw.signals.picture import resizing
from redraw.signals.picture.alpha import straight
from redraw.signals.picture.colour import Colour, Depth
from redraw.signals.picture.flats import flats_of
from redraw.signals.picture.inputs import as_pixels, depth_of, whole_numbers
from redraw.signals.samples import Asking, PixelSamples, busy_pixels
from redraw.signals.signal import Signal, Trait

CUT_OUT = 0.9  # the share of pixels whose alpha is exactly 0 or 1 that makes a picture cut out
PROFILE_HEAD = 16  # bytes that a profile's chunk has beside its content
LUMA = (0.299, 0.587, 0.114)  # Rec. 601, what Pillow's own conversion to grey takes


@dataclass(eq=False, repr=False)
class Picture(Signal):
    """A raster picture: H x W x C values and what they mean.

    Args:
        values: As encoded in the file, 0 to 1 (1-bit: 1.0 = white paper); HDR: linear light. Alpha,
            where there is one, is the last channel; colours are straight, or multiplied by it where
            `colour.premultiplied` says so. (H, W, C) float32
        colour: What the values mean.
        known: False where the source says nothing (a table with missing rows); None: all is known.
            (H, W) bool
        name: What to call it in messages.
        notes: What the user should be told about how it was read.
        footprint: What its file says that its pixels are of what they show: the steps of a JPEG
            (`redraw.signals.picture.footprints`); "" for nothing.

    Raises:
        ShapeError: The arrays don't fit each other or `colour`.

    Example:
        >>> ramp = Picture.from_array([[0.0, 0.5, 1.0]], name="ramp")
        >>> ramp
        <Picture ramp: 3x1, 8-bit grey>
    """

    kind = "picture"
    raster = True

    values: NDArray[np.float32]
    colour: Colour
    known: NDArray[np.bool_] | None = None
    name: str = "picture"
    notes: tuple[str, ...] = ()
    footprint: str = ""

    def __post_init__(self) -> None:
        self.values = np.asarray(self.values, np.float32)
        if self.values.ndim != 3 or self.values.shape[2] != self.colour.channels:
            raise ShapeError(
                f"{self.name}: values are (H, W, {self.colour.channels}) for "
                f"{self.colour.describe()}, not {self.values.shape}"
            )
        if 0 in self.values.shape:
            raise ShapeError(f"{self.name}: a picture has at least 1x1 pixels, not {self.size}")
        if self.known is not None:
            self.known = np.asarray(self.known, np.bool_)
            if self.known.shape != self.values.shape[:2]:
                raise ShapeError(
                    f"{self.name}: known is {self.values.shape[:2]} like the picture, "
                    f"not {self.known.shape}"
                )
            if self.known.all():
                self.known = None

    @classmethod
    def from_array(cls, array: ArrayLike, *, name: str = "array", light: bool = False) -> Self:
        """A picture from numbers: (H, W) or (H, W, C) with C from 1 to 4.

        The type decides what they mean: bool is two-tone (True = white paper), uint8 and uint16 are
        8- and 16-bit, other whole numbers either by the largest; floats within 0 to 1 make an 8-bit
        picture (and are kept unrounded), floats beyond are HDR light. Masked pixels are not known.
        Tensors may have channels first.

        Args:
            array: The numbers.
            name: What to call it in messages.
            light: Floats are HDR light, also where they look like levels of 255.

        Raises:
            ShapeError: Not a picture's shape, or axes that can't be told apart.
            PictureError: Another type, floats that aren't finite, or levels of 255 as floats.
        """
        array, known = as_pixels(array, name)
        if array.dtype.kind in "iu" and array.dtype not in (np.uint8, np.uint16):
            array = whole_numbers(array, name)
        grey, alpha = array.shape[2] <= 2, array.shape[2] in (2, 4)
        depth, curve = depth_of(array, alpha, name, light=light)
        colour = Colour("grey" if grey else "rgb", alpha=alpha, depth=depth, curve=curve)
        scale = {np.dtype(np.uint8): 255, np.dtype(np.uint16): 65535}.get(array.dtype)
        values = array.astype(np.float32)
        if scale is not None:
            values /= np.float32(scale)
        return cls(values, colour, known=known, name=name)

    @property
    def height(self) -> int:
        """Rows."""
        return self.values.shape[0]

    @property
    def width(self) -> int:
        """Columns."""
        return self.values.shape[1]

    @property
    def channels(self) -> int:
        """Values per pixel, alpha included."""
        return self.values.shape[2]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)"""
        return self.width, self.height

    @property
    def outcome(self) -> Literal["unit"]:
        return "unit"

    @property
    def count(self) -> int:
        """Pixels with a value."""
        return self.width * self.height if self.known is None else int(self.known.sum())

    @property
    def numbers(self) -> int:
        """Pixels times channels, holes included."""
        return self.values.size

    @property
    def bits(self) -> int:
        """Light on its curve takes 16."""
        return 8 if self.colour.depth <= 8 else 16

    @property
    def in_levels(self) -> bool:
        return self.colour.depth != 32

    @property
    def straight(self) -> bool:
        return self.colour.alpha and not self.colour.premultiplied

    @property
    def kept_bytes(self) -> int:
        icc = self.colour.icc
        return 0 if icc is None else len(zlib.compress(icc, 9)) + PROFILE_HEAD

    @property
    def extents(self) -> tuple[int, ...]:
        """Its sides, as it has no other."""
        return self.size

    @cached_property
    def _traits(self) -> tuple[Trait, ...]:  # asked for by each preset that suits some
        from redraw.signals.picture.kind import traits_of  # which imports this module

        return traits_of(self)

    @property
    def traits(self) -> tuple[Trait, ...]:
        return self._traits

    @property
    def two_tone(self) -> bool:
        """Whether it is grey without alpha and nothing but black (0) and white (1) occurs."""
        if self.colour.model != "grey" or self.colour.alpha or self.colour.depth == 32:
            return False
        values = self.values[..., 0] if self.known is None else self.values[..., 0][self.known]
        return bool(((values == 0) | (values == 1)).all())

    def fitted(self) -> NDArray[np.float32]:
        """What a field learns: within [0, 1], alpha premultiplied, light through its log curve.

        Returns:
            A new array. (H, W, C)
        """
        colour, alpha = self._split()
        curve = self.colour.curve
        colour = np.clip(colour, 0, 1) if curve is None else curve.encode(colour)
        if alpha is None:
            return colour
        alpha = np.clip(alpha, 0, 1)
        if not self.colour.premultiplied:
            colour = colour * alpha
        return np.concatenate([colour, alpha], axis=2)

    def as_premultiplied(self) -> Self:
        """With colours multiplied by alpha; itself where there is none, or where they are."""
        if not self.colour.alpha or self.colour.premultiplied:
            return self
        values = np.concatenate(
            [self.values[..., :-1] * self.values[..., -1:], self.values[..., -1:]], axis=2
        )
        return dataclasses.replace(
            self, values=values, colour=dataclasses.replace(self.colour, premultiplied=True)
        )

    @property
    def drawn_colour(self) -> Colour:
        """What drawings of it mean: the same, with what it has exactly over areas: nothing and
        everything of alpha, where it is cut out, and its flat colours.
        """
        colour = self.colour
        if colour.depth in (8, 16) and not colour.flats:
            colour = dataclasses.replace(colour, flats=flats_of(self.learned(), self.known))
        if not colour.alpha or colour.premultiplied or colour.cut_out:
            return colour
        alpha = self.values[..., -1]
        empty, full = float((alpha == 0).mean()), float((alpha == 1).mean())
        if empty + full < CUT_OUT or empty == 0:
            return colour
        return dataclasses.replace(colour, cut_out=True)

    def learned(self) -> NDArray[np.float32]:
        """What `fitted` says, without a copy where the picture's own values are that.

        A large picture is the most that a fit holds in memory: everything that reads it shares it.

        Returns:
            Not to be written to. (H, W, C)
        """
        colour, values = self.colour, self.values
        if colour.alpha or colour.curve is not None or values.min() < 0.0 or values.max() > 1.0:
            return self.fitted()
        return np.ascontiguousarray(values)

    def in_rows(self) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None]:
        """(H, W, C), (H, W)"""
        return self.learned(), self.known

    def samples(
        self, asking: Asking | None = None, learned: NDArray[np.float32] | None = None
    ) -> PixelSamples:
        """Its known pixels, as they are learned.

        Args:
            asking: Where in a pixel the field is asked; by default in its centre.
            learned: What `learned` says, where that is known already. (H, W, C)

        Raises:
            PictureError: no pixel is known.
        """
        asking = asking or Asking()
        if self.known is not None and not self.known.any():
            raise PictureError(f"{self.name} has no pixel with a value; there is nothing to learn")
        learned = self.learned() if learned is None else learned
        own = self.values if self.straight else None
        return PixelSamples.of(learned, self.known, asking, own=own)

    def edges(self, flat: float) -> tuple[int, int]:
        busy = busy_pixels(self.learned(), flat, self.known)
        return int(busy.sum() if self.known is None else busy[self.known].sum()), self.count

    def content(self) -> tuple[NDArray[Any] | None, ...]:
        return self.values, self.known

    def describe(self) -> str:
        return f"{self.width} × {self.height}, {self.colour.describe()}"

    @classmethod
    def from_fitted(
        cls, values: NDArray[np.floating], colour: Colour, *, name: str = "picture"
    ) -> Self:
        """The inverse of `fitted`, for whatever a field gives: clipped, alpha made straight.

        Values aren't rounded to the depth; that happens when they are written.

        Args:
            values: (H, W, C)
            colour: What the values mean; C is `colour.channels`.
            name: What to call it in messages.
        """
        return cls(straight(np.asarray(values, np.float32), colour), colour, name=name)

    def resized(self, width: int, height: int) -> Self:
        """At another size, by Lanczos in float (premultiplied, antialiased when shrinking).

        A two-tone picture becomes 8-bit grey, for edges get grey. Holes stay holes: their values
        have no part in their neighbours'.

        Raises:
            UsageError: The size isn't at least 1x1, or is absurd.
        """
        return resizing.resized(self, width, height)

    def shrunk(self, max_side: int) -> Self:
        """Resized so that no side is longer than `max_side`, the aspect kept; never enlarged.

        Raises:
            UsageError: `max_side` isn't at least 1.
        """
        if max_side < 1:
            raise UsageError(f"the longest side can't be {max_side}; it is at least 1")
        factor = min(1.0, max_side / max(self.size))
        return self.resized(*(max(1, round(side * factor)) for side in self.size))

    def thresholded(self, threshold: float) -> Self:
        """Two-tone: white paper where the picture is at least `threshold` bright, black elsewhere.

        Colours count by their luma, transparent pixels as seen on white paper, HDR light by its
        place on the log curve.

        Raises:
            UsageError: `threshold` isn't between 0 and 1.
        """
        if not 0 < threshold <= 1:
            raise UsageError(
                f"the threshold {threshold} is impossible; it is above 0 and at most 1"
            )
        seen = self.on_paper()
        bright = seen[..., 0] if seen.shape[2] == 1 else seen @ np.array(LUMA, np.float32)
        paper = (bright >= threshold)[..., None]
        return dataclasses.replace(
            self, values=paper.astype(np.float32), colour=Colour("grey", depth=1)
        )

    def save(
        self, path: str | os.PathLike[str], *, depth: Depth | None = None, force: bool = False
    ) -> None:
        """Write it to a file; the extension chooses the format. See `picture.writing.write`.

        Args:
            path: Where to.
            depth: Bits per value; by default those of the source, as far as the format has them.
            force: Replace an existing file.
        """
        from redraw.signals.picture import writing  # which imports this module

        writing.write(self, path, depth=depth, force=force)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """What `numpy.asarray` gives: levels as in a file of its depth, grey as (H, W).

        `values` are the numbers from 0 to 1, always (H, W, C).
        """
        from redraw.signals.picture.for_others import as_array  # which imports this module

        if copy is False:
            raise ValueError("levels are made of a picture's values; use .values without a copy")
        array = as_array(self)
        return array if dtype is None else array.astype(dtype)

    def to_pil(self) -> Any:
        """The same as a `PIL.Image.Image` of 8 bits a value, alpha straight, light clipped."""
        from redraw.signals.picture.for_others import as_pillow  # which imports this module

        return as_pillow(self)

    def _repr_png_(self) -> bytes:
        """How notebooks show it."""
        from redraw.signals.picture import writing

        return writing.png_bytes(self)

    def __repr__(self) -> str:
        holes = "" if self.known is None else f", {int((~self.known).sum())} pixels missing"
        return f"<Picture {self.name}: {self.width}x{self.height}, {self.colour.describe()}{holes}>"

    def on_paper(self) -> NDArray[np.float32]:
        """The colour of each pixel on white paper, within [0, 1]. (H, W, 1 or 3)"""
        fitted = self.fitted()
        if not self.colour.alpha:
            return fitted
        return fitted[..., :-1] + (1 - fitted[..., -1:])

    def _split(self) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
        if not self.colour.alpha:
            return self.values, None
        return self.values[..., :-1], self.values[..., -1:]
