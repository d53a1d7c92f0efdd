"""Pages with so many edges that a small network can't follow them all."""

from redraw.fitting.plan.config import TrainConfig
from redraw.signals.signal import Signal

# A page is dense when more than this share of its pixels lie beside an edge, and more of them than
# four layers of 64 can follow. The cub has 16 % (6,500 of 40,000), and that network draws it nearly
# as well as a grid; hatching, lettering and a floor plan have 36 to 44 %, and it blurs them.
DENSE_SHARE, DENSE_PIXELS = 0.25, 10_000
# Settings that mean the small network, whatever the page.
OF_THE_SMALL = frozenset({"encoding", "omega", "omega_first"})


def is_dense(signal: Signal) -> bool:
    """Whether so much of a signal is edge that a small network can't follow it all."""
    found = signal.edges(TrainConfig.flat)
    if found is None:
        return False
    edges, cells = found
    return edges > DENSE_PIXELS and edges > DENSE_SHARE * cells


def wants_grid(signal: Signal, budget: int | None, asked: frozenset[str]) -> bool:
    """Whether a grid serves a drawing better than the small network.

    A budget of less than one parameter per pixel, and settings that mean the small network, keep
    that.

    Args:
        signal: What is to be learned.
        budget: The most parameters, or None.
        asked: Names of the settings that the user gave.
    """
    if asked & OF_THE_SMALL:
        return False
    if budget is not None and budget < signal.numbers // signal.channels:
        return False
    return is_dense(signal)
