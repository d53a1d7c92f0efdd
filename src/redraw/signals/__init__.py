"""What is learned: pictures, tables of pixels, and what their numbers mean.

    colour.py          what the numbers mean: model, alpha, depth, ICC profile, HDR log curve
    picture.py         a picture as an array; fitted values, resizing, two tones
    samples.py         a picture as an engine trains on it
    bundled.py         the pictures that come with redraw
    reading.py         files to pictures; reading_pillow.py, reading_exact.py
    writing.py         pictures to files; writing_plan.py, writing_sinks.py, writing_png.py
    pixel_table.py     pictures as CSV
    formats.py         how a file is recognised, and what each format can hold
    limits.py          the size of picture that is taken without asking
    resampling.py, quantising.py, srgb.py: the arithmetic

Shapes: H rows, W columns, C channels (1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha).
"""

from redraw.signals.bundled import bundled
from redraw.signals.colour import Colour, LogCurve
from redraw.signals.limits import DEFAULT_MAX_PIXELS
from redraw.signals.picture import Picture, looks_like_drawing
from redraw.signals.reading import read
from redraw.signals.writing import RowWriter, open_rows, write

__all__ = [
    "DEFAULT_MAX_PIXELS",
    "Colour",
    "LogCurve",
    "Picture",
    "RowWriter",
    "bundled",
    "looks_like_drawing",
    "open_rows",
    "read",
    "write",
]
