"""Sizes that follow from the picture and from a budget of parameters."""

import dataclasses
import re

from redraw.errors import UsageError
from redraw.fields import FieldConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.fields.sizes import in_network, in_subpixel_detail
from redraw.fields.spline_config import MATRIX, SplineConfig

# The hash grid's finest cells, in pixels of the picture: the best of 1, 1.2, 1.5 and 2 at equal
# budgets, by `python -m benchmarks.search photo hash`.
FINEST_CELL = 1.2
# A spline's matrices take at most this part of its room.
MATRIX_SHARE = 32
# A spline's network for the insides of pixels takes at most this part of the budget; a smaller one
# than of so many units is not worth having.
NETWORK_SHARE, FEWEST_UNITS = 32, 16
# A preset's share of the picture's values is at least this, so that a tiny picture works too.
LEAST_SHARE = 6000
MOST_PARAMETERS = 2**40
# Sides of a grid's coarsest and finest cells, in pixels; None for a coarsest that is set elsewhere.
Cells = tuple[float | None, float]


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
            f"budget {text!r} is not a number of parameters; for example 300000, 300k or 25%"
        )
    factor = {"": 1.0, "k": 1e3, "m": 1e6, "%": values / 100.0}[match[2].lower()]
    count = int(float(match[1]) * factor)
    if not 1 <= count <= MOST_PARAMETERS:
        raise UsageError(
            f"budget {text!r} allows {count:,} parameters; accepted: from 1 to {MOST_PARAMETERS:,}"
        )
    return count


def parameters(config: FieldConfig) -> int:
    """Learned numbers of a field of that configuration; none is made."""
    features, own = config.encoding.count(config.dimensions)
    return own + in_network(
        features, config.hidden, config.channels, activation=config.activation, bias=config.bias
    )


def sized(
    config: FieldConfig,
    size: tuple[int, ...],
    budget: int | None = None,
    fixed: frozenset[str] = frozenset(),
    cells: Cells = (None, FINEST_CELL),
) -> FieldConfig:
    """`config` made to fit a picture and a budget.

    Widths, Fourier frequencies or the hash table grow or shrink to the largest that the budget
    allows; the number of layers stays.

    Args:
        config: From a preset, its channels set.
        size: Width and height of the picture; of a table, about how many values each input has.
        budget: The most parameters, or None to keep the preset's own sizes.
        fixed: Names of settings given by the user, which are left as they are.
        cells: Sides of the grid's coarsest and finest cells in pixels of the picture; None keeps
            the coarsest of `config`.

    Raises:
        UsageError: not even the smallest sizes fit.
    """
    if isinstance(config.encoding, SplineConfig):
        return _spline_for(config, config.encoding, size, budget, fixed)
    if isinstance(config.encoding, HashGridConfig):
        config = dataclasses.replace(
            config, encoding=_grid_for(config.encoding, size, fixed, cells)
        )
    if budget is None:
        return config
    grid = isinstance(config.encoding, HashGridConfig)
    if ("table" if grid else "hidden") in fixed:
        found = parameters(config)
        if found <= budget:
            return config
        raise UsageError(
            f"the sizes given make {found:,} parameters, more than the budget of {budget:,}"
        )
    if grid:
        return _largest_grid(config, size, budget, fixed, cells)
    return _largest_widths(config, budget)


def _spline_for(
    config: FieldConfig,
    spline: SplineConfig,
    size: tuple[int, ...],
    budget: int | None,
    fixed: frozenset[str],
) -> FieldConfig:
    """The spline of a picture, with room for what the budget leaves besides the network."""
    changes: dict[str, int] = {"width": size[0], "height": size[1], "planes": config.channels}
    if budget is not None and "room" not in fixed:
        if "subpixel" not in fixed:
            changes["subpixel"] = units_within(spline.subpixel, budget)
        # Nothing but a network of that many inputs is there to be counted.
        inside = changes.get("subpixel", spline.subpixel)
        bare = SplineConfig(1, 1, config.channels, room=0, transforms=1, subpixel=inside)
        room = budget - parameters(dataclasses.replace(config, encoding=bare)) + MATRIX
        if room < MATRIX + 1:
            raise UsageError(
                f"the smallest such field has {budget - room + MATRIX + 1} parameters;"
                f" the budget is {budget}"
            )
        changes["room"] = room
        if "transforms" not in fixed:
            count = spline.transforms
            while count > 1 and MATRIX * count * MATRIX_SHARE > room:
                count //= 2
            changes["transforms"] = count
    return dataclasses.replace(config, encoding=dataclasses.replace(spline, **changes))


def units_within(units: int, budget: int) -> int:
    """How large a network for the insides of pixels a budget allows.

    Args:
        units: At most.
        budget: Of the whole field, in parameters.
    """
    while units and in_subpixel_detail(units) * NETWORK_SHARE > budget:
        units = units // 2 if units > FEWEST_UNITS else 0
    return units


def _grid_for(
    grid: HashGridConfig, size: tuple[int, ...], fixed: frozenset[str], cells: Cells
) -> HashGridConfig:
    """The grid with square cells, from coarse to about the pixels of the picture."""
    longest = max(size)
    coarsest_cell, finest_cell = cells
    coarsest = grid.coarsest
    changes: dict[str, object] = {}
    if coarsest_cell is not None and "coarsest" not in fixed:
        changes["coarsest"] = coarsest = max(2.0, longest / coarsest_cell)
    if "aspect" not in fixed:
        changes["aspect"] = tuple(max(side / longest, 1 / 1024) for side in size)
    if "growth" not in fixed and grid.levels > 1:
        finest = max(longest / finest_cell, coarsest)
        changes["growth"] = (finest / coarsest) ** (1.0 / (grid.levels - 1))
    return dataclasses.replace(grid, **changes)  # type: ignore[arg-type]


def _largest_grid(
    config: FieldConfig,
    size: tuple[int, ...],
    budget: int,
    fixed: frozenset[str],
    cells: Cells,
) -> FieldConfig:
    """The largest table, and then the most levels of it, that the budget allows."""
    assert isinstance(config.encoding, HashGridConfig)
    best: FieldConfig | None = None
    most = 0
    least = config.encoding.levels if "levels" in fixed else 4
    for table in range(6, 23):
        fits = False
        for levels in range(config.encoding.levels, least - 1, -1):
            grid = dataclasses.replace(config.encoding, table=table, levels=levels)
            grid = _grid_for(grid, size, fixed, cells)
            candidate = dataclasses.replace(config, encoding=grid)
            found = parameters(candidate)
            # A larger table with fewer levels is worth it only if it uses the budget better.
            if most * 1.05 < found <= budget:
                best, most = candidate, found
            if found <= budget:
                fits = True
                break  # fewer levels have fewer parameters
        if not fits:  # and a larger table has no fewer parameters, whatever the levels
            break
    if best is None:
        return _largest_widths(
            dataclasses.replace(
                config, encoding=dataclasses.replace(config.encoding, table=6, levels=least)
            ),
            budget,
        )
    return best


def _largest_widths(config: FieldConfig, budget: int) -> FieldConfig:
    """The widths in the preset's proportions that come closest to the budget from below."""
    if not config.hidden:
        raise UsageError("a budget needs hidden layers to size; this field has none")
    low, high = 0.0, 2.0
    while parameters(_scaled(config, high)) <= budget and high < 1e5:
        high *= 2.0
    if parameters(_scaled(config, low)) > budget:
        least = parameters(_scaled(config, low))
        raise UsageError(f"the smallest such field has {least} parameters; the budget is {budget}")
    for _ in range(40):
        middle = (low + high) / 2.0
        if parameters(_scaled(config, middle)) <= budget:
            low = middle
        else:
            high = middle
    return _scaled(config, low)


def _scaled(config: FieldConfig, factor: float) -> FieldConfig:
    """Widths times `factor`, at least 1; Fourier frequencies with them."""
    hidden = tuple(max(1, min(65_536, int(width * factor))) for width in config.hidden)
    encoding = config.encoding
    frequencies = getattr(encoding, "frequencies", None)
    if frequencies is not None:
        encoding = dataclasses.replace(
            encoding,  # type: ignore[type-var]
            frequencies=max(1, min(65_536, int(frequencies * factor))),
        )
    return dataclasses.replace(config, hidden=hidden, encoding=encoding)
