"""The size of picture that is taken without asking."""

from redraw.errors import PictureError, TooLargeError

DEFAULT_MAX_PIXELS = 100_000_000  # as float RGB 1.2 GB


def check_pixels(width: int, height: int, max_pixels: int, name: str) -> None:
    """Refuse a picture that is too large, before memory is taken for it.

    Raises:
        PictureError: No pixels at all.
        TooLargeError: More than `max_pixels`.
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
