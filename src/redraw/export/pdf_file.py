"""`.pdf`: a drawing as paths on a page, for printing."""

from collections.abc import Mapping
from typing import Any

from redraw.export.exporter import Subject
from redraw.export.svg_file import SvgFile
from redraw.export.vectors.drawing import Drawing
from redraw.export.vectors.pdf import pdf


class PdfFile(SvgFile):
    """Paths for printers: the same shapes as those of SVG."""

    endings = (".pdf",)
    about = "paths on a page: crisp in print (drawings)"
    without_profile = "the page has no colour profile: its colours are taken for sRGB"

    def print_drawing(
        self, drawing: Drawing, subject: Subject, options: Mapping[str, Any]
    ) -> bytes:
        """The bytes of the file for a drawing."""
        return pdf(drawing, title=subject.name, about="drawn by redraw")
