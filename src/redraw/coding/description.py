"""What the bytes of a coded picture mean: the few numbers that a reader needs beside them."""

import functools
from dataclasses import dataclass, replace

from redraw.coding.pyramid import MOST_LEVELS, Pyramid, levels_of
from redraw.errors import FileFormatError
from redraw.kernels.exact_layout import TAPS as EXACT_TAPS  # noqa: F401 (for fields, too)
from redraw.kernels.filter_layout import CLASSES, HEAVIEST, TAPS, weights_of
from redraw.kernels.filter_layout import LIMITS as FILTER_LIMITS  # noqa: F401 (for fields, too)
from redraw.kernels.filter_layout import PAIRS as FILTER_PAIRS  # noqa: F401
from redraw.kernels.filter_layout import WEIGHT_SHIFT as FILTER_SHIFT  # noqa: F401

# Colours of three channels as orthonormal rows: brightness, red against blue, green against both.
COLOURS = (
    (3**-0.5, 3**-0.5, 3**-0.5),
    (2**-0.5, 0.0, -(2**-0.5)),
    (-(6**-0.5), 2 * 6**-0.5, -(6**-0.5)),
)
# Binary places of planes whose pixels have that many bits.
FRACTIONS = {8: 6, 16: 0}
SIDE_LIMIT, STEP_LIMIT = 1 << 20, 1 << 24
# Bits that the most likely zero costs: -log2(1 - 16 / 65536), rounded down.
LEAST_BITS = 0.00035
# Values in one picture.
VALUES_LIMIT = 1 << 31
# Sides of tiles are powers of two, of these exponents.
LEAST_TILE, MOST_TILE = 6, 15
# By how many levels exact pixels may be off.
MOST_OFF = 255
# Kinds of models: nothing known before, and what was learned from other pictures.
KINDS_OF_MODELS = 2
# Of what a plane adds to a colour, in 1/16384.
COLOUR_LIMIT = 1 << 15


@dataclass(frozen=True)
class Part:
    """Some levels of a tile.

    Attributes:
        tile: Which tile.
        level: The finest level of it.
        pieces: Of each stream, the bytes that follow those of the part before.
    """

    tile: int
    level: int
    pieces: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Bytes of all pieces."""
        return sum(map(len, self.pieces))


@dataclass(frozen=True)
class Tile:
    """A part of a picture that is a picture of its own to the coder.

    Attributes:
        rows: Of the picture.
        columns: Of the picture.
        about: What its bytes mean, as a picture without tiles.
    """

    rows: slice
    columns: slice
    about: "Description"


@dataclass(frozen=True)
class Meaning:
    """What the coefficients of any coded picture mean, in tiles or in blocks.

    Attributes:
        width: W.
        height: H.
        channels: C, 1 to 4; the last of 2 and of 4 is alpha.
        depth: Bits of a value, 8 or 16.
        levels: Of the wavelet; a smaller tile has as many as it needs.
        step: In 1/256 units of the planes, for a band of norm 1.
        places: Where in their steps sizes of 1, 2 and more are, in 1/64: of the first plane, then
            of the others. (6,)

    Raises:
        FileFormatError: a value is outside of what is accepted.
    """

    width: int
    height: int
    channels: int
    depth: int
    levels: int
    step: int = 256
    places: tuple[int, ...] = (0,) * 6

    def __post_init__(self) -> None:
        for name, least, most in (
            ("width", 1, SIDE_LIMIT),
            ("height", 1, SIDE_LIMIT),
            ("channels", 1, 4),
            ("levels", 0, MOST_LEVELS),
            ("step", 1, STEP_LIMIT),
        ):
            if not least <= getattr(self, name) <= most:
                raise FileFormatError(
                    f"{name} is {getattr(self, name)}; accepted: {least} to {most}"
                )
        if self.depth not in FRACTIONS:
            raise FileFormatError(f"depth is {self.depth}; accepted: 8 and 16")
        if len(self.places) != 6 or not all(-64 < place < 64 for place in self.places):
            raise FileFormatError(f"places are {self.places}; accepted: six from -63 to 63")

    @property
    def fraction(self) -> int:
        """Binary places of the planes."""
        return FRACTIONS[self.depth]


@dataclass(frozen=True)
class Description(Meaning):
    """What a coded picture's bytes mean, whole or in tiles.

    Attributes:
        tile: Tiles have 2 ** tile pixels a side; 0 for one.
        model: What the coder's model begins with.
        colours: Rows of the picture's own, what each plane adds to a colour in 1/16384. (9,)
        filter_weights: Of the filter of its planes (`redraw.kernels.filter_layout`): those of each
            class of the first plane, then of the others; empty for none.

    Raises:
        FileFormatError: a value is outside of what is accepted.
    """

    tile: int = 0
    model: int = 0
    colours: tuple[int, ...] = ()
    filter_weights: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.tile and not LEAST_TILE <= self.tile <= MOST_TILE:
            raise FileFormatError(
                f"tile is {self.tile}; accepted: 0, and {LEAST_TILE} to {MOST_TILE}"
            )
        if not 0 <= self.model < KINDS_OF_MODELS:
            raise FileFormatError(
                f"model is {self.model}; accepted: 0 to {KINDS_OF_MODELS - 1} (upgrade redraw)"
            )
        if self.colours and (
            self.channels < 3
            or len(self.colours) != 9
            or max(map(abs, self.colours)) >= COLOUR_LIMIT
        ):
            raise FileFormatError(f"colours are {self.colours}; accepted: nine, of three channels")
        own = self.filter_weights
        if own and (len(own) != weights_of(self.channels) or max(map(abs, own)) > HEAVIEST):
            raise FileFormatError(
                "weights of a filter are not as many and not as small as accepted"
            )
        if self.width * self.height * self.channels > VALUES_LIMIT:
            raise FileFormatError(f"the picture has more than {VALUES_LIMIT:,} values")

    @classmethod
    def fresh(
        cls, width: int, height: int, channels: int, depth: int, tile: int = 0
    ) -> "Description":
        """That of a picture whose step and places are not chosen, with levels as fields have."""
        most = 1 << tile if tile else SIDE_LIMIT
        levels = levels_of(min(width, most), min(height, most))
        return cls(width, height, channels, depth, levels, tile=tile, model=KINDS_OF_MODELS - 1)

    @property
    def streams(self) -> int:
        """How many streams each tile has: one for the first plane, one for the others."""
        return min(self.channels, 2)

    @property
    def across(self) -> int:
        """How many tiles there are in a row."""
        return -(-self.width >> self.tile) if self.tile else 1

    @property
    def tiles(self) -> int:
        """How many tiles there are."""
        return self.across * (-(-self.height >> self.tile) if self.tile else 1)

    def tile_at(self, index: int) -> Tile:
        """A tile: they go row by row from the top left."""
        if not self.tile:
            return Tile(slice(0, self.height), slice(0, self.width), self)
        y, x = divmod(index, self.across)
        top, left = y << self.tile, x << self.tile
        bottom, right = (
            min(self.height, top + (1 << self.tile)),
            min(self.width, left + (1 << self.tile)),
        )
        height, width = bottom - top, right - left
        levels = min(self.levels, levels_of(width, height))
        own = replace(self, height=height, width=width, levels=levels, tile=0)
        return Tile(slice(top, bottom), slice(left, right), own)

    def tiles_of(self, rows: slice, columns: slice) -> list[int]:
        """Which tiles hold pixels of a region."""
        if not self.tile:
            return [0]
        down = range(rows.start >> self.tile, (rows.stop - 1 >> self.tile) + 1)
        right = range(columns.start >> self.tile, (columns.stop - 1 >> self.tile) + 1)
        return [y * self.across + x for y in down for x in right]

    @property
    def fewest_bytes(self) -> int:
        """With fewer bytes than this its coefficients were never written: no bit costs less."""
        return int(self.width * self.height * self.channels * LEAST_BITS) // 8 - 8

    @functools.cached_property
    def pyramid(self) -> Pyramid:
        """The bands of the picture."""
        return Pyramid(self.height, self.width, self.levels, self.channels)

    def filter_of(self, plane: int) -> tuple[tuple[int, ...], ...]:
        """The sets of weights with which a plane is filtered, one or of each class; () for none."""
        if not self.filter_weights:
            return ()
        first = TAPS * (CLASSES + plane - 1) if plane else 0
        own = self.filter_weights[first : first + TAPS * (1 if plane else CLASSES)]
        if not any(own):
            return ()
        return tuple(own[i : i + TAPS] for i in range(0, len(own), TAPS))

    @property
    def rows(self) -> tuple[float, ...]:
        """What each channel adds to a plane, row by row: orthonormal. (C * C,)"""
        count = self.channels
        rows: tuple[tuple[float, ...], ...] = COLOURS if count > 2 else ((1.0,),)
        if self.colours:  # an orthonormal matrix is undone by its mirror image
            rows = tuple(tuple(own / 16384 for own in self.colours[p::3]) for p in range(3))
        return tuple(
            rows[r][c] if max(r, c) < len(rows) else float(r == c)
            for r in range(count)
            for c in range(count)
        )

    @property
    def mix(self) -> tuple[int, ...]:
        """What each plane adds to a channel, in 1/16384, row by row. (C * C,)"""
        count, rows = self.channels, self.rows
        return tuple(round(16384 * rows[p * count + c]) for c in range(count) for p in range(count))


@dataclass(frozen=True)
class ExactBytes:
    """A picture's own pixels, coded beside the picture that is near them.

    Attributes:
        off: No value is off by more levels.
        straight: Whether colours are not multiplied by alpha.
        tiles: Of each tile, weights of predictions and streams (`redraw.coding.exact`).
    """

    off: int
    straight: bool
    tiles: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Bytes of all tiles."""
        return sum(map(len, self.tiles))


@dataclass(frozen=True)
class Coded:
    """A picture in few bytes.

    Attributes:
        about: What the bytes mean.
        parts: The bytes: of each tile its levels, from the coarsest on, tiles in any order.
        exact: Its own pixels, where they are held beside.
    """

    about: Description
    parts: tuple[Part, ...]
    exact: ExactBytes | None = None

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts)

    @functools.cached_property
    def _by_tile(self) -> dict[int, list[Part]]:
        found: dict[int, list[Part]] = {}
        for part in self.parts:
            found.setdefault(part.tile, []).append(replace(part, tile=0))
        return found

    def of_tile(self, index: int) -> "Coded":
        """A tile as a picture of its own."""
        return Coded(self.about.tile_at(index).about, tuple(self._by_tile.get(index, ())))
