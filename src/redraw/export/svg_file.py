"""`.svg`: a drawing as paths, crisp at any size, in colour."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from redraw.export.exporter import Option, Subject, Written
from redraw.export.vectors.drawing import Drawing, Options, vector_drawing
from redraw.export.vectors.labelled import labelled, no_regions
from redraw.export.vectors.svg import svg
from redraw.files import write_atomically


def positive(least: float, most: float) -> Callable[[Any], float]:
    """A check of a number within bounds."""

    def check(value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = float("nan")
        if not least <= number <= most:
            raise ValueError(f"a number from {least:g} to {most:g}")
        return number

    return check


def yes_or_no(value: Any) -> bool:
    """A check of a flag."""
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("yes", "true", "1", ""):
        return True
    if str(value).lower() in ("no", "false", "0"):
        return False
    raise ValueError("yes or no")


OPTIONS: Mapping[str, Option] = {
    "tolerance": Option(
        "how far a curve may be from the edge, in pixels of the source; by default .05",
        positive(1e-3, 10.0),
    ),
    "stacked": Option(
        "shapes lie on each other, without holes; 'no' ends each where the next begins", yes_or_no
    ),
    "flat": Option("no small pictures where no gradient fits", yes_or_no),
    "min_area": Option(
        "regions of fewer square pixels become part of what is around them", positive(0.0, 1e9)
    ),
}


def drawn(
    subject: Subject, options: Mapping[str, Any], told: Callable[[float], object] = lambda _: None
) -> Drawing:
    """The shapes of a field, as options say."""
    return vector_drawing(labelled(subject), Options(**options), told)


class SvgFile:
    """Paths for whoever draws with vectors: browsers, editors, plotters."""

    endings = (".svg",)
    about = "paths: crisp at any size, for editors and browsers (drawings)"
    options: ClassVar[Mapping[str, Option]] = OPTIONS
    without_profile = "SVG has no colour profiles: its colours are taken for sRGB"

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
        drawing = drawn(subject, options, subject.progress)
        content = self.print_drawing(drawing, subject, options)

        def put(file: Any) -> None:
            file.write(content)

        write_atomically(path, put, force=force)
        notes = list(drawing.notes)
        if subject.about.colour is not None and subject.about.colour.icc:
            notes.append(self.without_profile)
        return Written((path,), tuple(notes))

    def print_drawing(
        self, drawing: Drawing, subject: Subject, options: Mapping[str, Any]
    ) -> bytes:
        """The bytes of the file for a drawing."""
        model = subject.about.made.get("model", "")
        about = (
            f"{drawing.width} x {drawing.height}, drawn by redraw from its {model} field".strip()
        )
        digits = 2 if options.get("tolerance", 0.05) >= 0.02 else 3
        text = svg(drawing, title=subject.name, about=about, decimals=digits)
        return text.encode("utf-8")
