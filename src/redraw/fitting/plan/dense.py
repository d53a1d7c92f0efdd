"""Pages with so many edges that a small network can't follow them all."""

from redraw.fitting.plan.config import TrainConfig
from redraw.fitting.subject.quality import fitted_values
from redraw.fitting.subject.subject import AnySignal
from redraw.signals.picture.picture import Picture
from redraw.signals.samples import busy_pixels
from redraw.signals.table.table import Table

# A page is dense when more than this share of its pixels lie beside an edge, and more of them than
# four layers of 64 can follow. The cub has 16 % (6,500 of 40,000), and that network draws it nearly
# as well as a grid; hatching, lettering and a floor plan have 36 to 44 %, and it blurs them.
DENSE_SHARE, DENSE_PIXELS = 0.25, 10_000
# Settings that mean the small network, whatever the page.
OF_THE_SMALL = frozenset({"encoding", "omega", "omega_first"})


def is_dense(picture: Picture) -> bool:
    """Whether so much of a picture is edge that a small network can't follow it all."""
    known = picture.known
    busy = busy_pixels(fitted_values(picture), TrainConfig.flat, known)
    count = int(busy.sum() if known is None else busy[known].sum())
    pixels = busy.size if known is None else int(known.sum())
    return count > DENSE_PIXELS and count > DENSE_SHARE * pixels


def wants_grid(signal: AnySignal, budget: int | None, asked: frozenset[str]) -> bool:
    """Whether a grid serves a drawing better than the small network.

    A budget of less than one parameter per pixel, and settings that mean the small network, keep
    that.

    Args:
        signal: What is to be learned.
        budget: The most parameters, or None.
        asked: Names of the settings that the user gave.
    """
    if isinstance(signal, Table) or asked & OF_THE_SMALL:
        return False
    if budget is not None and budget < signal.width * signal.height:
        return False
    return is_dense(signal)
