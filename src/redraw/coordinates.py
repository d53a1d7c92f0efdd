"""Where pixels are.

x points right, y down; a picture's *edges* are at -1 and 1 and pixel centres lie inside, the
`align_corners=False` convention of `torch.nn.functional.grid_sample`.
Shapes: H rows, W columns, N points.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from redraw.errors import UsageError

LARGEST_SIDE = 1_000_000


@dataclass(frozen=True)
class Region:
    """A rectangle of a picture, in the pixels of the picture as it was fitted.

    (0, 0) is the top left corner of the top left pixel. Parts outside of the picture are allowed:
    there a field says whatever it has learned to say.
    """

    x0: float
    y0: float
    x1: float
    y1: float

    def __post_init__(self) -> None:
        # Differences of finite numbers need not be finite.
        sides = (self.x0, self.y0, self.width, self.height)
        if not np.isfinite(sides).all() or self.width <= 0 or self.height <= 0:
            raise UsageError(
                f"region {self.x0:g},{self.y0:g},{self.x1:g},{self.y1:g} is empty;"
                " accepted: x0,y0,x1,y1 with x0 < x1 and y0 < y1, in pixels of the fitted picture"
            )

    @property
    def width(self) -> float:
        """In pixels of the fitted picture."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """In pixels of the fitted picture."""
        return self.y1 - self.y0

    @classmethod
    def of(cls, sides: Sequence[float] | NDArray[np.floating]) -> "Region":
        """From four numbers: x0, y0, x1, y1. (4,)

        Raises:
            UsageError: it is not four numbers.
        """
        try:
            x0, y0, x1, y1 = (float(side) for side in sides)
        except (TypeError, ValueError):
            raise UsageError(
                f"region is {str(sides)[:60]!r}; accepted: (x0, y0, x1, y1), in pixels"
            ) from None
        return cls(x0, y0, x1, y1)

    @classmethod
    def parse(cls, text: str) -> "Region":
        """From "x0,y0,x1,y1".

        Raises:
            UsageError: it is not four numbers.
        """
        try:
            x0, y0, x1, y1 = (float(part) for part in text.split(","))
        except ValueError:
            raise UsageError(
                f"region {text[:60]!r} is not four numbers; accepted: x0,y0,x1,y1,"
                " for example 50,50,100,100"
            ) from None
        return cls(x0, y0, x1, y1)


def parse_size(text: str) -> tuple[int | None, int | None]:
    """ "640x480", "640x" or "x480" (the other side follows from the aspect), or "640" for a width.

    Raises:
        UsageError: it is none of these, or a side is not at least 1.

    Example:
        >>> parse_size("640x"), parse_size("x480"), parse_size("640x480")
        ((640, None), (None, 480), (640, 480))
    """
    # Ten digits are more than any side has, and Python refuses to read thousands.
    match = re.fullmatch(r"\s*(-?\d{1,10})?\s*(?:[xX×]\s*(-?\d{1,10})?)?\s*", text)
    if match is None or not (match[1] or match[2]):
        raise UsageError(
            f"size {text[:40]!r} is not WIDTHxHEIGHT; for example 1024x768, 1024x or x768"
        )
    width = int(match[1]) if match[1] else None
    height = int(match[2]) if match[2] else None
    for side in (width, height):
        if side is not None and not 1 <= side <= LARGEST_SIDE:
            raise UsageError(f"size {text!r} has a side of {side}; accepted: 1 to {LARGEST_SIDE}")
    return width, height


def complete_size(
    native: tuple[float, float], width: int | None, height: int | None, scale: float | None = None
) -> tuple[int, int]:
    """The size in whole pixels, the aspect kept where only one side or a scale is given.

    Args:
        native: Width and height that scale 1 means.
        width: In pixels, or None.
        height: In pixels, or None.
        scale: Factor on `native`, instead of a size.

    Raises:
        UsageError: both a size and a scale are given, or the result has no or too many pixels.
    """
    for name, value in (("width", width), ("height", height), ("scale", scale)):
        if value is not None and not isinstance(value, int | float | np.number):
            raise UsageError(f"{name} is {value!r}; accepted: numbers above 0")
    if scale is not None and (width is not None or height is not None):
        raise UsageError("both a size and a scale are given; accepted: one of them")
    if scale is not None and not (np.isfinite(scale) and scale > 0):
        raise UsageError(f"scale is {scale:g}; accepted: numbers above 0")
    if width is None and height is None:
        factor = scale or 1.0
    elif width is not None:
        factor = width / native[0]
    else:
        assert height is not None
        factor = height / native[1]
    sides = (
        width if width is not None else max(1.0, native[0] * factor),
        height if height is not None else max(1.0, native[1] * factor),
    )
    for side in sides:
        if not 1 <= side <= LARGEST_SIDE:
            raise UsageError(f"size {sides[0]:g}x{sides[1]:g}: sides go from 1 to {LARGEST_SIDE}")
    return round(sides[0]), round(sides[1])


def pixel_centres(width: int, height: int) -> NDArray[np.float32]:
    """The centres of all pixels, row after row. (H * W, 2)

    Example:
        >>> pixel_centres(2, 1)
        array([[-0.5,  0. ],
               [ 0.5,  0. ]], dtype=float32)
    """
    x = (np.arange(width) + 0.5) * (2.0 / width) - 1.0
    y = (np.arange(height) + 0.5) * (2.0 / height) - 1.0
    return (
        np.stack(np.broadcast_arrays(x[None, :], y[:, None]), -1).reshape(-1, 2).astype(np.float32)
    )
