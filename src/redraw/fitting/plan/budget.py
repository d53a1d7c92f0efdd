"""Sizes that follow from the picture and from a budget of parameters."""

import re

from redraw.errors import UsageError
from redraw.fields import FieldConfig
from redraw.fields.encoding_config import FINEST_CELL, Cells, Sizing

MOST_PARAMETERS = 2**40
MOST_BYTES = 2**31


def parse_budget(text: str, values: int) -> int:
    """Parameters that a budget allows.

    Args:
        text: A count ("300000", "300k", "1.5M") or a percentage of the picture's values ("25%").
        values: Pixels times channels of the picture.

    Raises:
        UsageError: it is neither, or allows less than one parameter.

    Example:
        >>> parse_budget("25%", 1000), parse_budget("12k", 1000)
        (250, 12000)
    """
    match = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*([kKmM%]?)\s*", text)
    if match is None:
        raise UsageError(
            f"budget {text!r} is not a number of parameters; for example 300000, 300k or 25%",
            setting="budget",
        )
    factor = {"": 1.0, "k": 1e3, "m": 1e6, "%": values / 100.0}[match[2].lower()]
    count = int(float(match[1]) * factor)
    if not 1 <= count <= MOST_PARAMETERS:
        raise UsageError(
            f"budget {text!r} allows {count:,} parameters; accepted: from 1 to {MOST_PARAMETERS:,}",
            setting="budget",
        )
    return count


def parse_bytes(text: str) -> int:
    """How many bytes a file may have: "30000", "30k" or "1.5M".

    Raises:
        UsageError: it is no such number.

    Example:
        >>> parse_bytes("1.5k")
        1500
    """
    match = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*([kKmM]?)[bB]?\s*", text)
    if match is None:
        raise UsageError(f"bytes {text!r} is no size of a file; for example 30000, 30k or 1.5M")
    count = int(float(match[1]) * {"": 1.0, "k": 1e3, "m": 1e6}[match[2].lower()])
    if not 1 <= count <= MOST_BYTES:
        raise UsageError(f"bytes is {count:,}; accepted: from 1 to {MOST_BYTES:,}")
    return count


def sized(
    config: FieldConfig,
    size: tuple[int, ...],
    budget: int | None = None,
    fixed: frozenset[str] = frozenset(),
    cells: Cells = (None, FINEST_CELL),
    depth: int = 8,
    straight: bool = False,
    seconds: float | None = None,
) -> FieldConfig:
    """`config` made to fit a signal and a budget, as its encoding says.

    Widths, frequencies or a table grow or shrink to the largest that the budget allows; the number
    of layers stays.

    Args:
        config: From a preset, its channels set.
        size: Width and height of the picture; of a table, about how many values each input has.
        budget: The most parameters, or None to keep the preset's own sizes.
        fixed: Names of settings given by the user, which are left as they are.
        cells: Sides of a grid's coarsest and finest cells in pixels of the picture; None keeps
            the coarsest of `config`.
        depth: Bits of a picture's values.
        straight: Whether it has alpha by which its colours are not multiplied.
        seconds: That all of the fit may take by the clock, or None.

    Raises:
        UsageError: not even the smallest sizes fit.
    """
    sizing = Sizing(size, budget, fixed, cells, depth, straight, seconds)
    return config.encoding.sized(config, sizing)
