"""The configuration of a coded picture's field, which says its size without PyTorch."""

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from redraw.coding.description import LEAST_TILE, MOST_OFF, MOST_TILE
from redraw.errors import UsageError
from redraw.fields.encoding_config import EncodingConfig, Sizing
from redraw.fields.ranges import check_ranges
from redraw.fields.subpixel_size import MOST_UNITS, in_subpixel_detail

if TYPE_CHECKING:
    from redraw.fields.config import FieldConfig
    from redraw.fields.wavelet import Wavelet

SIDE_LIMIT = 1 << 20
MOST_VALUES = 1 << 31
# Bytes of a file's other parts, where a size is asked for.
HEAD = 256
# Beside exact pixels what is decoded may be as it likes: it is what takes fewest bytes.
ANY_QUALITY = 1.0


# A picture of so many pixels gets a network for subpixel detail: at twice the size it is
# worth 1.1 dB on kodim05, for 1.5 KB of its file. Smaller files have no room for it.
WORTH_DETAIL, UNITS, DETAIL_BYTES = 1 << 18, 16, 1500
# A picture of so many pixels is coded in tiles of 2 ** TILE pixels a side.
WORTH_TILES, TILE = 1 << 22, 10


@dataclass(frozen=True)
class WaveletConfig(EncodingConfig):
    """The wavelet coefficients of a picture in whole steps, and the cubic spline of its pixels.

    Attributes:
        width: Of the picture, in pixels.
        height: Of the picture.
        planes: Values per pixel.
        depth: Bits of a value.
        bytes: As many as its file may have; 0 for as many as `quality` takes.
        quality: PSNR that the field has at least, in dB.
        subpixel: Units in each of two hidden layers of the network for subpixel detail; 0
            for no such network.
        tile: The picture is coded in tiles of 2 ** tile pixels a side, each of which is read alone;
            0 for one.
        most_off: The field holds the picture's own pixels, no value of them off by more levels; 0
            for exact ones, -1 for a field that is as near as `quality` says.
        straight: Whether these colours are not multiplied by alpha.
        filtered: Whether its planes may be filtered, where that saves more bytes than it takes.

    Raises:
        UsageError: a value is outside of what is accepted.
    """

    kind: ClassVar[str] = "wavelet"
    codec: ClassVar[str] = "wavelet"
    solver: ClassVar[str] = "coding"
    of_signal: ClassVar[tuple[str, ...]] = ("width", "height", "planes", "depth", "straight")
    sized_by: ClassVar[tuple[str, ...]] = ("bytes", "quality")
    width: int = 1
    height: int = 1
    planes: int = 1
    depth: int = 8
    bytes: int = 0
    quality: float = 42.0
    subpixel: int = 0
    tile: int = 0
    most_off: int = -1
    straight: bool = False
    filtered: bool = False

    def __post_init__(self) -> None:
        check_ranges(
            self,
            "wavelet",
            ("width", 1, SIDE_LIMIT),
            ("height", 1, SIDE_LIMIT),
            ("planes", 1, 4),
            ("depth", 8, 16),
            ("bytes", 0, MOST_VALUES),
            ("quality", 1.0, 200.0),
            ("subpixel", 0, MOST_UNITS),
            ("tile", 0, MOST_TILE),
            ("most_off", -1, MOST_OFF),
        )
        if self.exact and self.bytes:
            raise UsageError(
                "bytes and exact pixels were both asked for; leave out one: exact pixels take as"
                " many bytes as they take",
                setting="bytes",
            )
        if 0 < self.tile < LEAST_TILE:
            raise UsageError(f"tile is {self.tile}; accepted: 0, and {LEAST_TILE} to {MOST_TILE}")
        values = self.width * self.height * self.planes
        if values > MOST_VALUES:
            raise UsageError(f"the picture has {values:,} values; accepted: up to {MOST_VALUES:,}")

    @property
    def exact(self) -> bool:
        """Whether the field holds the picture's own pixels."""
        return self.most_off >= 0

    def count(self, dimensions: int) -> tuple[int, int]:
        """As of other encodings; coefficients of a picture that is not known yet are none."""
        _check_flat(dimensions)
        return self.planes, in_subpixel_detail(self.subpixel)

    def build(self, dimensions: int) -> "Wavelet":
        """Raises UsageError if there aren't two dimensions."""
        _check_flat(dimensions)
        from redraw.fields.wavelet import Wavelet

        return Wavelet(self)

    def refuse(self, signal: str) -> str | None:
        if signal == "picture":
            return None
        return f"a wavelet lies over the pixels of a picture; a {signal} has none"

    def sized(self, config: "FieldConfig", sizing: Sizing) -> "FieldConfig":
        """That of a picture; a budget in parameters is one in bytes, four for each."""
        width, height = sizing.extents
        changes: dict[str, float] = {"width": width, "height": height, "planes": config.channels}
        changes["depth"] = sizing.depth
        changes["straight"] = self.exact and sizing.straight
        if self.exact and "quality" not in sizing.fixed:
            changes["quality"] = ANY_QUALITY
        elif sizing.budget is not None and not sizing.fixed & {"bytes", "quality"}:
            changes["bytes"] = 4 * sizing.budget
        bytes_ = changes.get("bytes", self.bytes)
        large = width * height >= WORTH_DETAIL and (not bytes_ or bytes_ >= 32 * DETAIL_BYTES)
        if large and "subpixel" not in sizing.fixed:
            changes["subpixel"] = UNITS
        if not self.exact and "filtered" not in sizing.fixed:
            changes["filtered"] = True
        if width * height >= WORTH_TILES and "tile" not in sizing.fixed:
            changes["tile"] = TILE
        return dataclasses.replace(config, encoding=dataclasses.replace(self, **changes))


def _check_flat(dimensions: int) -> None:
    if dimensions != 2:
        raise UsageError(f"a wavelet of {dimensions} dimensions; accepted: 2")
