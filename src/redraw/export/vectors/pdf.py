"""A vector drawing as a page of PDF, through ReportLab. One pixel of the source is one point."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redraw.errors import UsageError
from redraw.export.vectors.drawing import UNDER, Drawing, Shape
from redraw.export.vectors.fills import Flat, Gradient, Image, mean_colour
from redraw.export.vectors.pieces import Part

Floats = NDArray[np.float64]

EVEN_ODD = 0  # ReportLab's name for it is its number


def pdf(drawing: Drawing, *, title: str, about: str = "") -> bytes:
    """The bytes of a PDF file; the same drawing gives the same bytes.

    Args:
        drawing: What to print.
        title: Of the document.
        about: Its subject.

    Raises:
        UsageError: ReportLab is not installed.
    """
    try:
        from reportlab.pdfgen.canvas import Canvas
    except ImportError:
        raise UsageError("PDF needs redraw[pdf]: pip install 'redraw[pdf]'") from None
    file = io.BytesIO()
    page = Canvas(file, (drawing.width, drawing.height), invariant=1, pageCompression=1)
    page.setTitle(title)
    page.setSubject(about)
    page.setCreator("redraw")
    # PDF counts from below.
    page.translate(0, drawing.height)
    page.scale(1, -1)
    for shape in drawing.shapes:
        _paint(page, shape, drawing)
    page.showPage()
    page.save()
    return file.getvalue()


def _paint(page: Any, shape: Shape, drawing: Drawing) -> None:
    page.saveState()
    if isinstance(shape.fill, Flat):
        colour, opacity = _colour(shape.fill.colour, drawing.alpha)
        page.setFillColorRGB(*colour)
        page.setFillAlpha(opacity)
        page.drawPath(_path(page, shape.loops), stroke=0, fill=1, fillMode=EVEN_ODD)
        _paint_under(page, shape, colour, opacity)
    else:
        # Before what it must not cover, and what cuts it off.
        _paint_under(page, shape, *_colour(mean_colour(shape.fill), drawing.alpha))
        page.clipPath(_path(page, shape.loops), stroke=0, fill=0, fillMode=EVEN_ODD)
        if isinstance(shape.fill, Gradient):
            _paint_gradient(page, shape.fill, drawing.alpha)
        else:
            _paint_image(page, shape.fill, drawing.alpha)
    page.restoreState()


def _paint_under(
    page: Any, shape: Shape, colour: tuple[float, float, float], opacity: float
) -> None:
    """What goes on under later shapes."""
    if not shape.under:
        return
    page.setStrokeColorRGB(*colour)
    page.setStrokeAlpha(opacity)
    page.setLineWidth(UNDER)
    page.drawPath(_path(page, shape.under, closed=False), stroke=1, fill=0)


def _paint_gradient(page: Any, gradient: Gradient, alpha: bool) -> None:
    from reportlab.lib.colors import Color

    found = [_colour(colour, alpha) for colour in gradient.colours]
    # A gradient of PDF has no alpha of its own: the mean of its stops'.
    page.setFillAlpha(float(np.mean([opacity for _, opacity in found])))
    colours, offsets = [Color(*colour) for colour, _ in found], gradient.offsets.tolist()
    (x0, y0), (x1, y1) = gradient.start, gradient.end
    if gradient.radial:
        radius = float(np.hypot(x1 - x0, y1 - y0))
        page.radialGradient(x0, y0, radius, colours, offsets, extend=True)
    else:
        page.linearGradient(x0, y0, x1, y1, colours, offsets, extend=True)


def _paint_image(page: Any, image: Image, alpha: bool) -> None:
    from PIL import Image as Pillow
    from reportlab.lib.utils import ImageReader

    levels = np.rint(255.0 * image.values).astype(np.uint8)
    mode = {(1, False): "L", (2, True): "LA", (3, False): "RGB", (4, True): "RGBA"}
    name = mode[levels.shape[2], alpha]
    picture = Pillow.fromarray(levels[..., 0] if name == "L" else levels, name)
    x0, y0, x1, y1 = image.box
    page.saveState()
    page.translate(x0, y1)
    page.scale(1, -1)
    page.drawImage(ImageReader(picture), 0, 0, x1 - x0, y1 - y0, mask="auto")
    page.restoreState()


def _path(page: Any, loops: tuple[tuple[Part, ...], ...], *, closed: bool = True) -> Any:
    path = page.beginPath()
    for loop in loops:
        path.moveTo(*loop[0].points[0].tolist())
        for piece in (curve for part in loop for curve in part.curves()):
            if piece.straight:
                path.lineTo(*piece.points[1].tolist())
            else:
                path.curveTo(*piece.points[1:].ravel().tolist())
        if closed:
            path.close()
    return path


def _colour(colour: Floats, alpha: bool) -> tuple[tuple[float, float, float], float]:
    """Red, green and blue, and the opacity."""
    opacity = float(np.clip(colour[-1], 0.0, 1.0)) if alpha else 1.0
    values = np.clip(colour[:-1] if alpha else colour, 0.0, 1.0)
    red, green, blue = np.repeat(values, 3)[:3] if len(values) == 1 else values[:3]
    return (float(red), float(green), float(blue)), opacity
