"""What a request names to be learned, as a signal."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redraw.signals.signal import Signal


def signal_of(asked: dict[str, Any]) -> "Signal":
    """What is to be learned.

    Args:
        asked: "picture" (a path) with "max_side" and "threshold", "function", "formula" with
            "domain", or "table" (a path) with "inputs" and "targets".

    Raises:
        RedrawError: it can't be read, or is none.
    """
    from redraw.signals.picture.opening import as_picture
    from redraw.signals.table.examples import example
    from redraw.signals.table.function import sampled
    from redraw.signals.table.table import Table

    if asked.get("function"):
        return example(asked["function"])
    if asked.get("formula"):
        return sampled(asked["formula"], asked["domain"])
    if asked.get("table"):
        return Table.read(asked["table"], asked.get("inputs") or None, asked["targets"])
    return as_picture(
        asked["picture"], max_side=asked.get("max_side"), threshold=asked.get("threshold")
    )
