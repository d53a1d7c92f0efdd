"""What the page asks of a kind of signal: never which it is, so that it shows all of them."""

from typing import Any

from redraw.signals.kinds import KINDS, is_raster, words_of

# Kinds that can be begun on the page; others are begun on the command line, and seen here.
SIGNALS = ("picture", "table")


def told_of(kind: str) -> dict[str, Any]:
    """How signals of a kind are shown and told, for the page.

    Args:
        kind: Its name; one that is not known here is told as any signal.

    Returns:
        "raster", whether there is a picture of it, drawn in pixels; "rows", whether it is judged by
        scores; what its "positions" and its "decibels" are called.
    """
    words = words_of(kind)
    return {
        "raster": is_raster(kind),
        "rows": kind in KINDS and bool(KINDS[kind].rows),
        "positions": words.positions,
        "decibels": words.decibels,
    }
