"""What is learned, a folder a kind.

picture/    pictures: arrays with their meaning, from files and to files
table/      tables and functions
large/      pictures larger than memory, in strips of rows
samples.py  a signal as an engine trains on it
reading.py  a file as a picture
source.py   what was named on the command line or in Python, as a signal
kinds.py    The kinds of signals
options.py  What is said of a signal when it is opened
scaling.py  Signals made less for the sake of time
words.py    How a kind of signal is told to people
signal.py   What every signal is: values at coordinates, with a name and a meaning
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redraw.signals.picture.bundled import bundled
    from redraw.signals.picture.colour import Colour, LogCurve
    from redraw.signals.picture.kind import looks_like_drawing
    from redraw.signals.picture.limits import DEFAULT_MAX_PIXELS
    from redraw.signals.picture.picture import Picture
    from redraw.signals.picture.reading import read
    from redraw.signals.picture.writing import RowWriter, open_rows, write

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
_HOMES = {  # imported when they are asked for: what tells of a file needs none of them
    "DEFAULT_MAX_PIXELS": "limits",
    "Colour": "colour",
    "LogCurve": "colour",
    "Picture": "picture",
    "RowWriter": "writing",
    "bundled": "bundled",
    "looks_like_drawing": "kind",
    "open_rows": "writing",
    "read": "reading",
    "write": "writing",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"redraw.signals.picture.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
