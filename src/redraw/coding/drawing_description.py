"""What the bytes of a coded drawing mean. Without kernels: many files are told of, few unpacked."""

from dataclasses import dataclass

from redraw.errors import FileFormatError

SIDE_LIMIT, PIXELS_LIMIT, MOST_LABELS, MOST_CHANNELS = 1 << 20, 1 << 28, 64, 16
STEP_LIMIT = 1 << 16


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
