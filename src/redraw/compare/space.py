"""What a search for better settings tries: the rate, the frequencies, the depth and the widths."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redraw.engines.solvers import SOLVERS
from redraw.errors import UsageError
from redraw.fields.config import plain
from redraw.fields.sizes import ACTIVATIONS, parameters
from redraw.fitting.plan.budget import sized
from redraw.fitting.plan.config import RunConfig
from redraw.fitting.plan.planning import prepare
from redraw.signals.signal import Signal

# The learning rate is tried from its own over this factor to its own times it; frequencies, too.
RATE, FREQUENCY = 8.0, 4.0
# Hidden layers of a network without a grid, and widths of the small one behind a grid.
LAYERS, BEHIND_GRID = (1, 6), (16, 64)
# Names of these: settings follow from them.
SIZES = {"layers", "width"}


@dataclass(frozen=True)
class Range:
    """The values a name may take.

    Attributes:
        low: The least.
        high: The largest.
        own: The preset's.
        whole: Whether only whole numbers are tried; others lie evenly on a logarithmic scale.
    """

    low: float
    high: float
    own: float
    whole: bool = False

    @classmethod
    def around(cls, own: float, factor: float) -> "Range":
        """From `own` over `factor` to `own` times it."""
        return cls(own / factor, own * factor, own)


class Space:
    """Settings around a preset's own, within a budget of parameters.

    Args:
        signal: What is to be learned.
        model: The preset.
        budget: The most parameters, as for `--budget`; None allows as many as the preset has.

    Attributes:
        ranges: What is tried, by name.

    Raises:
        UsageError: there is no such preset, it has nothing to search, or the budget is too small.

    Example:
        >>> from redraw.signals.picture.picture import Picture
        >>> space = Space(Picture.from_array([[0.0, 1.0], [1.0, 0.0]]), "siren")
        >>> sorted(space.ranges)
        ['layers', 'lr_max', 'omega']
        >>> space.settings({"layers": 2, "lr_max": 0.01, "omega": 15.0})["hidden"]
        (110, 110)
    """

    def __init__(self, signal: Signal, model: str, budget: str | None = None) -> None:
        self.signal, self.model = signal, model
        self.own: RunConfig = prepare(signal, settings={"model": model}, budget=budget)
        if not SOLVERS[self.own.train.optimizer].rated:
            raise UsageError(
                f"preset {model!r} solves for its values and has no rate to search; tune another"
            )
        self.most = parameters(self.own.field)
        self.ranges = self._ranges()

    def settings(self, values: Mapping[str, float]) -> dict[str, Any]:
        """Values of `ranges` as settings for `fit`, sizes included.

        Raises:
            UsageError: not even the smallest widths fit the budget.
        """
        found: dict[str, Any] = {"model": self.model, "lr_max": _figures(values["lr_max"])}
        for name in values:
            if name in {*SIZES, "lr_max"}:
                continue
            whole = self.ranges[name].whole
            found[name] = int(values[name]) if whole else _figures(values[name])
        if "omega" in values:
            found["omega_first"] = found["omega"]
        return found | self._sizes(values)

    def _ranges(self) -> dict[str, Range]:
        field, train = self.own.field, self.own.train
        found = {"lr_max": Range.around(train.lr_max, RATE)}
        for name in ACTIVATIONS[field.activation]:
            found[name] = Range.around(getattr(field, name), FREQUENCY)
        for name, (own, least, most) in field.encoding.searched().items():
            if least is None or most is None:
                found[name] = Range.around(own, FREQUENCY)
            else:
                found[name] = Range(least, most, own, whole=isinstance(own, int))
        if "hidden" not in field.encoding.sized_by:  # a small network behind what is sized
            low, high = BEHIND_GRID
            width = max(field.hidden, default=low)
            found["width"] = Range(min(low, width), max(high, width), width)
        elif field.hidden:
            low, high = LAYERS
            count = len(field.hidden)
            found["layers"] = Range(low, max(high, count), count, whole=True)
        return found

    def _sizes(self, values: Mapping[str, float]) -> dict[str, Any]:
        """Widths, and what else the budget decides."""
        field = self.own.field
        if "width" in values:
            hidden = (round(values["width"]),) * len(field.hidden)
            # The grid takes what the network leaves.
            return {"hidden": hidden, "budget": str(self.most)}
        # Whole numbers of an encoding decide how many features the first layer takes.
        counts = {
            name: int(values[name])
            for name in field.encoding.searched()
            if name in values and self.ranges[name].whole
        }
        if counts:
            encoding = dataclasses.replace(field.encoding, **counts)  # type: ignore[type-var]
            field = dataclasses.replace(field, encoding=encoding)
        if "layers" in values and values["layers"] != len(field.hidden):
            field = dataclasses.replace(field, hidden=(64,) * int(values["layers"]))
        if field != self.own.field:
            field = sized(field, self.signal.extents, self.most)  # type: ignore[arg-type]
        sizes: dict[str, Any] = {"hidden": field.hidden} if field.hidden else {}
        return sizes | {name: getattr(field.encoding, name) for name in field.encoding.scales}


def as_toml(settings: Mapping[str, Any], remarks: list[str]) -> str:
    """Settings as a file for `--config`.

    Args:
        settings: Names and values.
        remarks: Lines of comment before them.

    Example:
        >>> print(as_toml({"model": "siren", "hidden": (8, 8), "omega": 7.5}, ["found"]), end="")
        # found
        model = "siren"
        hidden = [8, 8]
        omega = 7.5
    """
    lines = [f"# {_one_line(remark)}" for remark in remarks]
    return "".join(f"{line}\n" for line in [*lines, *map(_line, settings.items())])


def _line(item: tuple[str, Any]) -> str:
    name, value = item
    value = plain(value)
    if isinstance(value, list):
        return f"{name} = [{', '.join(map(repr, value))}]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name} = "{escaped}"'
    return f"{name} = {value!r}"


def _one_line(text: str) -> str:
    """Without anything that a TOML comment may not hold."""
    return re.sub(r"[\x00-\x1f\x7f]", " ", text)


def _figures(value: float) -> float:
    """Four significant figures: more would only look exact."""
    return float(f"{value:.4g}")
