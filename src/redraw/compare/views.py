"""The pictures of a report, as a page holds them: tiles in strips."""

import base64
import io
from dataclasses import dataclass

from PIL import Image

from redraw.signals.picture.picture import Picture
from redraw.signals.picture.writing import png_bytes


@dataclass(frozen=True)
class View:
    """A picture in the page.

    Attributes:
        uri: The picture itself, as a data URI.
        width: Of the picture, in its own pixels.
        height: Likewise.
        sharp: Whether its pixels should stay squares when it is shown larger.
    """

    uri: str
    width: int
    height: int
    sharp: bool = True


@dataclass(frozen=True)
class Tile:
    """A picture with its name.

    Attributes:
        name: Of the entrant, or of what it is compared with.
        view: The picture.
        entrant: Whether it is one of an entrant.
        remark: In a word; an entrant's is its main measure.
        frame: A part of it to point out: left, top, width, height, in shares of its sides.
    """

    name: str
    view: View
    entrant: bool = False
    remark: str = ""
    frame: tuple[float, float, float, float] | None = None


@dataclass(frozen=True)
class Strip:
    """Pictures of one kind, to be compared with each other.

    Attributes:
        kind: In a word or two.
        heading: In a line.
        tiles: The pictures.
        scale: What their colours mean: the colours, what the first means, and the last.
        wide: Whether they need more room than pictures do.
    """

    kind: str
    heading: str
    tiles: tuple[Tile, ...]
    scale: tuple[View, str, str] | None = None
    wide: bool = False


@dataclass(frozen=True)
class Sheet:
    """All pictures of a report."""

    strips: tuple[Strip, ...]


def view(picture: Picture, *, sharp: bool = True) -> View:
    """A picture as it is shown in a page: all its 8-bit values, in a form that browsers read."""
    with Image.open(io.BytesIO(png_bytes(picture))) as opened:
        kind = "RGBA" if opened.mode in ("LA", "RGBA", "PA") else "RGB"
        profile = opened.info.get("icc_profile")
        uri = webp(opened.convert(kind), lossless=True, exact=True, icc_profile=profile)
    return View(uri, picture.width, picture.height, sharp)


def png_view(pixels: Image.Image) -> View:
    """A diagram, without loss."""
    return View(webp(pixels, lossless=True), pixels.width, pixels.height, sharp=False)


def webp(pixels: Image.Image, **options: object) -> str:
    """A data URI."""
    file = io.BytesIO()
    pixels.save(file, "WEBP", method=4, **options)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()
