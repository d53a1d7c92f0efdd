"""A vector drawing as SVG, in pixels of the source, as short as its precision allows."""

import base64
import io
from collections.abc import Iterable
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.drawing import UNDER, Drawing, Shape
from redraw.export.vectors.fills import Flat, Gradient, Image, mean_colour
from redraw.export.vectors.pieces import Arc, Part

Floats = NDArray[np.float64]


def svg(drawing: Drawing, *, title: str, about: str = "", decimals: int = 2) -> str:
    """The text of an SVG file.

    Args:
        drawing: What to print.
        title: For screen readers; any text.
        about: A longer description; any text.
        decimals: Digits after the point of coordinates.
    """
    size = f'width="{drawing.width}" height="{drawing.height}"'
    # Inkscape 1.2 shows no picture that is named without the old prefix, which all others know.
    pictures = any(isinstance(shape.fill, Image) for shape in drawing.shapes)
    prefix = 'xmlns:xlink="http://www.w3.org/1999/xlink" ' if pictures else ""
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {prefix}'
        f'{size} viewBox="0 0 {drawing.width} {drawing.height}" role="img"'
        ' aria-labelledby="title about">',
        f'<title id="title">{escape(_printable(title))}</title>',
        f'<desc id="about">{escape(_printable(about))}</desc>',
    ]
    for number, shape in enumerate(drawing.shapes):
        out += _printed(shape, number, drawing, decimals)
    out.append("</svg>\n")
    return "\n".join(out)


def path_data(loops: Iterable[tuple[Part, ...]], decimals: int, *, closed: bool = True) -> str:
    """The `d` of a path: relative and rounded so that errors do not add up.

    Example:
        >>> from redraw.export.vectors.pieces import Piece
        >>> square = [[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]
        >>> sides = tuple(Piece(np.array(square[k : k + 2], float)) for k in range(4))
        >>> path_data([sides], 1)
        'M0 0h2v2h-2z'
    """
    unit = 10**decimals
    text: list[str] = []
    for loop in loops:
        here = np.rint(loop[0].points[0] * unit).astype(np.int64)
        text.append("M" + _numbers(here, unit))
        last = len(loop) - 1
        for place, piece in enumerate(loop):
            points = np.rint(piece.points[1:] * unit).astype(np.int64)
            moved = points - here
            if isinstance(piece, Arc):
                text.append(_arc(piece, moved[0], unit))
            elif piece.straight:
                if closed and place == last:
                    break  # `z` draws it
                dx, dy = (int(value) for value in moved[0])
                if dx and dy:
                    text.append("l" + _numbers(moved[0], unit))
                elif dx or dy:
                    text.append(("h" if dx else "v") + _number(dx or dy, unit))
            else:
                text.append("c" + _numbers(moved.ravel(), unit))
            here = points[-1]
        if closed:
            text.append("z")
    return "".join(text)


def _arc(arc: Arc, moved: NDArray[np.int64], unit: int) -> str:
    """An arc to where it ends, from where the last piece did.

    Of half a turn the radii are a little too small: whoever draws it makes them as large as they
    have to be (SVG 2, 9.5.1), and the centre is in the middle. A little too large, and the centre
    would be off by the root of that.
    """
    half = abs(abs(arc.sweep) - np.pi) < 1e-6
    exact = np.array(arc.radii) * unit
    radii = np.floor(exact * 0.998 if half else exact + 0.5).astype(np.int64)
    turn = 0 if radii[0] == radii[1] else round(float(np.degrees(arc.turn)) * 10.0)
    head = f"{_numbers(radii, unit)} {_number(turn, 10)} 0 {int(arc.sweep > 0.0)}"
    text = _numbers(moved, unit)
    return "a" + head + (text if text.startswith("-") else f" {text}")


def _printed(shape: Shape, number: int, drawing: Drawing, decimals: int) -> list[str]:
    """The elements of a shape."""
    data = path_data(shape.loops, decimals)
    if isinstance(shape.fill, Image):
        x0, y0, x1, y1 = shape.fill.box
        source = base64.b64encode(_png(shape.fill.values, drawing.alpha)).decode()
        mean, opacity = _colour(mean_colour(shape.fill), drawing.alpha)
        return [
            *_under(shape, mean, opacity, decimals),  # before what it must not cover
            f'<clipPath id="c{number}"><path clip-rule="evenodd" d="{data}"/></clipPath>',
            f'<image id="r{number}" x="{x0}" y="{y0}" width="{x1 - x0}" height="{y1 - y0}"'
            f' clip-path="url(#c{number})" preserveAspectRatio="none"'
            f' xlink:href="data:image/png;base64,{source}"/>',
        ]
    out, paint, opacity = [], "", ""
    if isinstance(shape.fill, Flat):
        paint, opacity = _colour(shape.fill.colour, drawing.alpha)
    else:
        out.append(_gradient(shape.fill, f"g{number}", drawing.alpha))
        paint = f"url(#g{number})"
    faint = f' fill-opacity="{opacity}"' if opacity else ""
    out.append(f'<path id="r{number}" fill="{paint}"{faint} fill-rule="evenodd" d="{data}"/>')
    return out + _under(shape, paint, opacity, decimals)


def _under(shape: Shape, paint: str, opacity: str, decimals: int) -> list[str]:
    """What goes on for a little under later shapes, where an outline can't."""
    if not shape.under:
        return []
    faint = f' stroke-opacity="{opacity}"' if opacity else ""
    data = path_data(shape.under, decimals, closed=False)
    return [f'<path fill="none" stroke="{paint}"{faint} stroke-width="{UNDER:g}" d="{data}"/>']


def _gradient(gradient: Gradient, name: str, alpha: bool) -> str:
    """The element of a gradient."""
    (x0, y0), (x1, y1) = gradient.start, gradient.end
    if gradient.radial:
        radius = float(np.hypot(x1 - x0, y1 - y0))
        kind, where = "radialGradient", f'cx="{x0:.2f}" cy="{y0:.2f}" r="{radius:.2f}"'
    else:
        kind = "linearGradient"
        where = f'x1="{x0:.2f}" y1="{y0:.2f}" x2="{x1:.2f}" y2="{y1:.2f}"'
    stops = []
    for offset, colour in zip(gradient.offsets, gradient.colours, strict=True):
        paint, opacity = _colour(colour, alpha)
        faint = f' stop-opacity="{opacity}"' if opacity else ""
        stops.append(f'<stop offset="{offset:g}" stop-color="{paint}"{faint}/>')
    return f'<{kind} id="{name}" gradientUnits="userSpaceOnUse" {where}>{"".join(stops)}</{kind}>'


def _colour(colour: Floats, alpha: bool) -> tuple[str, str]:
    """A colour as SVG writes it, and its opacity; "" if it is opaque."""
    opacity = float(np.clip(colour[-1], 0.0, 1.0)) if alpha else 1.0
    values = colour[:-1] if alpha else colour
    if len(values) == 1:
        values = np.repeat(values, 3)
    levels = [round(255.0 * value) for value in np.clip(values[:3], 0.0, 1.0)]
    text = "#{:02x}{:02x}{:02x}".format(*levels)
    if text[1::2] == text[2::2]:
        text = f"#{text[1::2]}"
    return text, "" if opacity >= 1.0 - 0.5 / 255.0 else f"{opacity:.3g}"


def _png(values: Floats, alpha: bool) -> bytes:
    """A small picture as PNG."""
    from PIL import Image as Pillow

    levels = np.rint(255.0 * values).astype(np.uint8)
    mode = {(1, False): "L", (2, True): "LA", (3, False): "RGB", (4, True): "RGBA"}
    name = mode[levels.shape[2], alpha]
    picture = Pillow.fromarray(levels[..., 0] if name == "L" else levels, name)
    file = io.BytesIO()
    picture.save(file, "png", optimize=True)
    return file.getvalue()


def _numbers(values: Floats | NDArray[np.int64], unit: int) -> str:
    """Numbers one after another."""
    text = last = ""
    for value in values:
        number = _number(int(value), unit)
        # A minus sign parts numbers, and so does the point of one after another's.
        parted = number[0] == "-" or (number[0] == "." and "." in last)
        text += number if not text or parted else f" {number}"
        last = number
    return text


def _number(value: int, unit: int) -> str:
    """A number of so many units, as short as it can be written."""
    sign, value = ("-", -value) if value < 0 else ("", value)
    whole, rest = divmod(value, unit)
    if not rest:
        return f"{sign}{whole}"
    digits = f"{rest:0{len(str(unit)) - 1}d}".rstrip("0")
    return f"{sign}{whole or ''}.{digits}"


def _printable(text: str) -> str:
    """Without characters that XML does not know."""
    return "".join(c for c in text if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff"))


__all__ = ["path_data", "svg"]
