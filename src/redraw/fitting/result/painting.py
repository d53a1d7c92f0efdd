"""A field drawn, as the kind of its signal says (`redraw.signals.kinds.Kind.painter`)."""

from typing import Any

from redraw import memory
from redraw.coordinates import Region
from redraw.errors import UsageError
from redraw.fitting.result.fitted import FittedField
from redraw.render import Canvas, draw
from redraw.signals.picture.picture import Picture

# Bytes for each value of a drawing: as drawn, as a picture's own, and a copy on the way.
PER_VALUE = 16


def paint_picture(
    field: FittedField,
    *,
    width: int | None = None,
    height: int | None = None,
    scale: float | None = None,
    region: tuple[float, float, float, float] | None = None,
    engine: str = "auto",
    threads: int | None = None,
) -> Picture:
    """A field of a picture, or of nothing known with up to four channels, as a picture.

    Arguments and errors are those of `FittedField.render`.
    """
    canvas = Canvas.of(
        field.about.size,
        field.about.detail,
        width=width,
        height=height,
        scale=scale,
        region=None if region is None else Region.of(region),
    )
    drawn = canvas.width * canvas.height
    memory.ask(
        PER_VALUE * drawn * field.colour.channels,
        f"drawing {canvas.width}x{canvas.height} in memory",
        "draw a part (region), or a smaller size; `redraw render` writes any size in strips",
    )
    values = draw(field.drawer(engine=engine, threads=threads), canvas)
    if field.about.colour is None:
        return Picture.from_array(values, name="field")
    return Picture.from_fitted(values, field.about.colour, name="field")


def refuse_table(field: FittedField, **options: Any) -> Picture:
    """The function of a table is asked, not drawn. Raises UsageError."""
    raise UsageError(
        f"this field is the function {field.schema.names} of a table, no picture;"
        " draw it with `redraw plot`, or ask it with predict"
    )


def refuse(field: FittedField, **options: Any) -> Picture:
    """A kind that brings no painter is asked at coordinates. Raises UsageError."""
    raise UsageError(
        f"this field is of a {field.about.signal}, which has no drawing of its own;"
        " ask it at coordinates: field(xy)"
    )
