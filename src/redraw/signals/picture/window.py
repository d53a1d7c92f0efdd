"""Where a picture's data stand within what is shown: the two windows of an EXR.

Source: "Technical Introduction to OpenEXR": the display window is the picture, the data window the
    part of it for which there are pixels.
"""

from dataclasses import dataclass
from typing import Any, Self

from redraw.errors import FileFormatError

_MOST = 2**30


@dataclass(frozen=True)
class Window:
    """The part of a picture that its file had pixels for.

    Args:
        origin: x and y of the display window.
        size: Its width and height: the picture's.
        data: Left, top, right and bottom of the data, in pixels from the picture's corner.

    Example:
        >>> Window((0, 0), (100, 50), (10, 10, 60, 40)).scaled(200, 100).data
        (20, 20, 120, 80)
    """

    origin: tuple[int, int]
    size: tuple[int, int]
    data: tuple[int, int, int, int]

    def __post_init__(self) -> None:
        left, top, right, bottom = self.data
        width, height = self.size
        if not (0 <= left < right <= width <= _MOST and 0 <= top < bottom <= height <= _MOST):
            raise ValueError(f"the data window {self.data} isn't within {self.size}")
        if max(abs(value) for value in self.origin) > _MOST:
            raise ValueError(f"the display window starts at {self.origin}")

    def scaled(self, width: int, height: int) -> Self:
        """For a drawing of the same picture at another size: every pixel touched is kept."""
        across, down = width / self.size[0], height / self.size[1]
        left, top, right, bottom = self.data
        first = min(int(left * across), width - 1), min(int(top * down), height - 1)
        last = (
            max(first[0] + 1, min(-int(-right * across // 1), width)),
            max(first[1] + 1, min(-int(-bottom * down // 1), height)),
        )
        return type(self)(self.origin, (width, height), (*first, *last))

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values; `from_json` is the inverse."""
        return {"origin": list(self.origin), "size": list(self.size), "data": list(self.data)}

    @classmethod
    def from_json(cls, data: Any) -> Self:
        """Read back what `to_json` gave, trusting nothing.

        Raises:
            FileFormatError: it isn't that.
        """
        lengths = {"origin": 2, "size": 2, "data": 4}
        if not isinstance(data, dict) or data.keys() != lengths.keys():
            raise FileFormatError("colour: window is an object with origin, size and data")
        for name, length in lengths.items():
            numbers = data[name]
            fine = isinstance(numbers, list) and len(numbers) == length
            if not fine or not all(type(number) is int for number in numbers):
                raise FileFormatError(f"colour: window: {name} is {length} whole numbers")
        try:
            return cls(*(tuple(data[name]) for name in lengths))  # type: ignore[arg-type]
        except ValueError as error:
            raise FileFormatError(f"colour: window: {error}") from error
