"""`.pdf`: a drawing as paths on a page, for printing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from redraw.export.exporter import Option, Subject, Written
from redraw.export.svg_file import OPTIONS, drawn
from redraw.export.vectors.drawing import Drawing
from redraw.export.vectors.labelled import no_regions
from redraw.export.vectors.pdf import pdf
from redraw.files import write_atomically


class PdfFile:
    """Paths for printers."""

    endings = (".pdf",)
    about = "paths on a page: crisp in print (drawings)"
    options: ClassVar[Mapping[str, Option]] = OPTIONS

    def takes(self, subject: Subject) -> str | None:
        """Why a field can't be drawn with paths; None if it can."""
        return no_regions(subject)

    def refuse(self, program: object) -> str | None:
        """Regions are looked for in the field, not in its program."""
        return None

    def write(
        self, subject: Subject, path: Path, options: Mapping[str, Any], *, force: bool
    ) -> Written:
        """Write the file."""
        drawing = drawn(subject, options)
        content = self.print_drawing(drawing, subject, options)

        def put(file: Any) -> None:
            file.write(content)

        write_atomically(path, put, force=force)
        notes = list(drawing.notes)
        if subject.about.colour is not None and subject.about.colour.icc:
            notes.append("the page has no colour profile: its colours are taken for sRGB")
        return Written((path,), tuple(notes))

    def print_drawing(
        self, drawing: Drawing, subject: Subject, options: Mapping[str, Any]
    ) -> bytes:
        """The bytes of the file for a drawing."""
        return pdf(drawing, title=subject.name, about="drawn by redraw")
