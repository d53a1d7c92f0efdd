"""A picture to paths in one go: fitted with labels, followed with curves, compared with itself."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from redraw.errors import UsageError
from redraw.export.api import checked_options
from redraw.export.exporter import Subject
from redraw.export.registry import exporter_for
from redraw.export.svg_file import drawn
from redraw.export.vectors.palette import line_art, with_colours
from redraw.export.vectors.raster import rasterised
from redraw.files import write_atomically
from redraw.fitting.api import fit
from redraw.fitting.plan.chosen_presets import WITH_REGIONS
from redraw.fitting.plan.presets import PRESETS
from redraw.fitting.result.fitted import open_drawer
from redraw.metrics import psnr
from redraw.shell import as_text
from redraw.signals.picture.opening import as_picture


@dataclass(frozen=True)
class Wanted:
    """What paths should be like.

    Attributes:
        colours: The most colours; None for as many as there are.
        line_art: Ink in black on empty paper.
        model: The preset; by default the one whose fields have regions.
        options: Of the exporter.
    """

    colours: int | None = None
    line_art: bool = False
    model: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Traced:
    """What came of it.

    Attributes:
        shapes: How many.
        nodes: Ends of their pieces.
        paths: How near the paths are to the picture at its own size, in dB.
        field: How near the field is.
        notes: What was lost, a sentence each.
    """

    shapes: int
    nodes: int
    paths: float
    field: float
    notes: tuple[str, ...]


def traced(
    picture: str | os.PathLike[str],
    out: str | os.PathLike[str],
    wanted: Wanted,
    picture_options: Mapping[str, Any],
    *,
    field: str | os.PathLike[str] | None = None,
    force: bool = False,
    told: Callable[[str], object] = lambda _: None,
) -> Traced:
    """Trace a picture into a file.

    Args:
        picture: As `redraw.fit` takes it.
        out: Its ending says how: .svg or .pdf.
        wanted: What paths should be like.
        picture_options: What is done to the picture first.
        field: Where to write the field as well.
        force: Replace what is there.
        told: Hears what is done.

    Raises:
        RedrawError: it can't be read, fitted or written.
    """
    if wanted.colours is not None and wanted.colours < 1:
        raise UsageError(f"the number of colours is {wanted.colours}; accepted: from 1")
    out = Path(out)
    exporter = exporter_for(out)
    options = checked_options(exporter, wanted.options)
    signal = as_picture(picture, **picture_options)
    model = wanted.model or WITH_REGIONS
    PRESETS.named(model)
    told(f"{signal.name}: {signal.width} x {signal.height}; looking for its regions")
    fitted = fit(signal, model=model, output=field, force=force)
    subject = Subject(fitted, fitted.about, as_text(out.stem), lambda: open_drawer(fitted))
    told(f"fitted to {fitted.made.get('psnr', 0.0):.1f} dB; following the edges")
    drawing = drawn(subject, options)
    if wanted.line_art:
        drawing = line_art(drawing)
    elif wanted.colours is not None:
        drawing = with_colours(drawing, wanted.colours)
    content = exporter.print_drawing(drawing, subject, options)  # type: ignore[attr-defined]

    def put(file: Any) -> None:
        file.write(content)

    write_atomically(out, put, force=force)
    flat = rasterised(drawing)
    truth = signal.values.astype(np.float64)
    if drawing.alpha:
        truth = np.concatenate([truth[..., :-1] * truth[..., -1:], truth[..., -1:]], axis=2)
    if flat.shape[2] != truth.shape[2]:
        flat = np.repeat(flat[..., :1], truth.shape[2], axis=2)
    return Traced(
        len(drawing.shapes),
        drawing.nodes,
        float(psnr(truth, flat)),
        float(fitted.made.get("psnr", 0.0)),
        drawing.notes,
    )
