"""Which part of a file is wanted, and how much of it is taken."""

from dataclasses import dataclass

from redraw.errors import PictureError, UsageError
from redraw.signals.picture.limits import DEFAULT_MAX_PIXELS


@dataclass(frozen=True)
class Wanted:
    """What the user asked for beside the path.

    Args:
        max_pixels: Larger pictures are refused before they are decoded.
        page: Which of several pictures in a file, from 1; None: the main one.
        layer: The name of a layer; None: the main one.
        partial: Whether what is there of a file that was cut short is taken.

    Raises:
        UsageError: A number below 1.
    """

    max_pixels: int = DEFAULT_MAX_PIXELS
    page: int | None = None
    layer: str | None = None
    partial: bool = False

    def __post_init__(self) -> None:
        if self.page is not None and self.page < 1:
            raise UsageError(f"the page is {self.page}; accepted: whole numbers from 1")

    def place(self, count: int, name: str, what: str = "picture") -> int | None:
        """The page asked for, from 0; None if none was.

        Raises:
            PictureError: The file has fewer.
        """
        if self.page is not None and self.page > count:
            has = f"{count} {what}{'' if count == 1 else 's'}"
            raise PictureError(f"{name} has {has}; --page takes 1 to {count}, not {self.page}")
        return None if self.page is None else self.page - 1

    def without_layers(self, name: str, kind: str) -> None:
        """Refuse a layer of a format that has none.

        Raises:
            PictureError: One was asked for.
        """
        if self.layer is not None:
            raise PictureError(f"{name} is {kind}, which has no layers; leave --layer out")
