"""The size of picture that is taken without asking."""

from redraw import memory
from redraw.errors import PictureError, TooLargeError

# Bytes for each pixel while a picture is read: three channels of floats, and what is decoded.
PER_PIXEL = 24
DEFAULT_MAX_PIXELS = 100_000_000  # as float RGB 1.2 GB


def check_pixels(width: int, height: int, max_pixels: int, name: str) -> None:
    """Refuse a picture that is too large, before memory is taken for it.

    Raises:
        PictureError: No pixels at all.
        TooLargeError: More than `max_pixels`, or than there is memory for.
    """
    if width < 1 or height < 1:
        raise PictureError(f"{name} has no pixels: its size is {width}x{height}")
    if width * height > max_pixels:
        raise TooLargeError(
            f"{name} is {width}x{height}, {width * height:,} pixels; at most {max_pixels:,} are "
            "read into memory. If it is meant to be that large, raise the limit with --max-pixels;"
            " `redraw fit` takes pictures larger than memory too, with redraw[large]:"
            " pip install 'redraw[large]'"
        )
    check_memory(width, height, name)


def check_memory(width: int, height: int, name: str) -> None:
    """Refuse a picture that takes more memory than there is, before any is taken for it.

    Raises:
        TooLargeError: So it would.
    """
    memory.ask(
        PER_PIXEL * width * height,
        f"reading {name}, {width}x{height},",
        "make it smaller first, or fit it in strips with redraw[large]",
    )
