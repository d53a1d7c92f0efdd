"""The pictures that come with redraw."""

from pathlib import Path

from redraw.errors import PictureError

_FOLDER = Path(__file__).parents[2] / "data"


def bundled(name: str) -> Path:
    """The path of a bundled picture, by its name without extension: "cub" or "cub-two-tone".

    Raises:
        PictureError: There is none of that name.

    Example:
        >>> bundled("cub").name
        'cub.png'
    """
    pictures = _pictures()
    if name not in pictures:
        raise PictureError(
            f"no picture called {name!r} comes with redraw; {', '.join(pictures)} do"
        )
    return pictures[name]


def bundled_names() -> list[str]:
    """The names of them all."""
    return list(_pictures())


def _pictures() -> dict[str, Path]:
    return {path.stem: path for path in sorted(_FOLDER.glob("*.png"))}
