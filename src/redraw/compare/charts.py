"""Curves of a measure against time or steps, as SVG for a page.

Colours, type and line widths are the page's: lines carry the class `line` and `--c`, the number of
their entrant's colour.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

Places = Sequence[tuple[float, float]]

# Below this factor between its ends, an axis of round numbers is labelled 1, 2, 5; above, 1.
FEW_DECADES = 300.0


@dataclass(frozen=True)
class Line:
    """One entrant's curves.

    Attributes:
        name: At the end of the line.
        colour: Number of its colour.
        typical: The curve of the fit that stands for it, by x.
        others: Those of its other fits, drawn pale.
    """

    name: str
    colour: int
    typical: Places
    others: tuple[Places, ...] = ()


@dataclass(frozen=True)
class Frame:
    """Where numbers come to lie: the plot's corners in the drawing, and their values.

    Attributes:
        left, right, top, bottom: In the drawing's units.
        first, last: Of the x axis, which is logarithmic; above 0.
        low, high: Of the y axis.
        logarithmic: Whether the y axis is, too.
    """

    left: float
    right: float
    top: float
    bottom: float
    first: float
    last: float
    low: float
    high: float
    logarithmic: bool = False

    def x(self, value: float) -> float:
        """Where a value of x lies."""
        span = math.log(self.last / self.first)
        return self.left + (self.right - self.left) * math.log(value / self.first) / span

    def y(self, value: float) -> float:
        """Where a value of y lies."""
        share = (value - self.low) / (self.high - self.low)
        if self.logarithmic:
            share = math.log(max(value, self.low) / self.low) / math.log(self.high / self.low)
        return self.bottom - (self.bottom - self.top) * share

    def heights(self) -> list[float]:
        """Values of y that get a line and a label."""
        if self.logarithmic:
            return round_numbers(self.low, self.high, 7)
        step = nice_step(self.high - self.low, 5)
        return [self.low + step * i for i in range(round((self.high - self.low) / step) + 1)]


def chart(
    lines: Sequence[Line],
    *,
    unit: str,
    title: str,
    width: float = 620,
    height: float = 340,
    logarithmic: bool = False,
) -> str:
    """The curves as an `<svg>` element.

    Args:
        lines: What to draw; empty curves are left out. All x are above 0.
        unit: Of the x axis, as its title.
        title: What the chart says, for those who don't see it.
        width: Of the drawing, in CSS pixels, as is all else.
        height: Likewise.
        logarithmic: Whether the y axis is, which the x axis always is.

    Returns:
        SVG markup with names and texts escaped; "" when there is no curve.
    """
    lines = [line for line in lines if line.typical]
    if not lines:
        return ""
    frame = _frame(lines, width, height, logarithmic)
    parts = [*_grid(frame, unit)]
    for line in lines:
        style = f'style="--c:var(--c{line.colour})" data-name="{escape(line.name)}"'
        pale = "".join(f'<path d="{_path(frame, p)}" class="pale"/>' for p in line.others if p)
        dots = "".join(
            f'<circle cx="{frame.x(x):.1f}" cy="{frame.y(y):.1f}" r="2"/>' for x, y in line.typical
        )
        parts.append(
            f'<g class="line" {style}>{pale}<path d="{_path(frame, line.typical)}"/>{dots}</g>'
        )
    parts += _end_labels(frame, lines)
    parts.append(f'<line class="cursor" y1="{frame.top}" y2="{frame.bottom}"/>')
    facts = (
        f'data-left="{frame.left}" data-right="{frame.right}"'
        f' data-first="{frame.first!r}" data-last="{frame.last!r}"'
    )
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}"'
        f" {facts}>{''.join(parts)}</svg>"
    )


def _frame(lines: Sequence[Line], width: float, height: float, logarithmic: bool) -> Frame:
    places = [place for line in lines for curve in (line.typical, *line.others) for place in curve]
    first, last = min(x for x, _ in places), max(x for x, _ in places)
    low, high = min(y for _, y in places), max(y for _, y in places)
    if last <= first:
        first, last = first / 2.0, last * 2.0
    if logarithmic:
        # Below a millionth of the largest there is only rounding.
        low = max(low, high * 1e-6) or 1e-12
        low, high = low / 1.15, max(high * 1.15, low * 1.5)
    else:
        step = nice_step(high - low, 5)
        low, high = step * math.floor(low / step), step * math.ceil(high / step)
        if low == high:
            high = low + step
    longest = max(len(_short(line.name)) for line in lines)
    return Frame(
        left=42, right=width - 12 - 6.6 * longest, top=12, bottom=height - 40,
        first=first, last=last, low=low, high=high, logarithmic=logarithmic,
    )  # fmt: skip


def nice_step(span: float, parts: int) -> float:
    """The round number (1, 2 or 5 times a power of ten) that cuts `span` into about `parts`.

    Example:
        >>> nice_step(37.0, 5)
        10.0
    """
    if not span > 0.0:
        return 1.0
    rough = span / parts
    power = 10.0 ** math.floor(math.log10(rough))
    return power * min((1.0, 2.0, 5.0, 10.0), key=lambda n: abs(math.log(n * power / rough)))


def round_numbers(first: float, last: float, most: int = 9) -> list[float]:
    """Round numbers from `first` to `last` for a logarithmic axis, at most about `most` of them.

    Example:
        >>> round_numbers(0.04, 6.0)
        [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0]
    """
    digits = (1, 2, 5) if last / first <= FEW_DECADES else (1,)
    powers = range(math.floor(math.log10(first)), math.ceil(math.log10(last)) + 1)
    found = [float(f"{digit}e{power}") for power in powers for digit in digits]
    found = [number for number in found if first <= number <= last]
    return found[:: max(1, math.ceil(len(found) / most))]


def shortly(number: float) -> str:
    """A number for an axis: "0.05", "2", "500", "20k"."""
    if number >= 1e6:
        return f"{number / 1e6:g}M"
    return f"{number / 1e3:g}k" if number >= 1e4 else f"{number:g}"


def _grid(frame: Frame, unit: str) -> list[str]:
    parts = []
    for value in frame.heights():
        y = frame.y(value)
        parts.append(
            f'<line class="grid" x1="{frame.left}" x2="{frame.right}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="tick" x="{frame.left - 6}" y="{y + 4:.1f}" text-anchor="end">'
            f"{value:.6g}</text>"
        )
    room = max(3, int((frame.right - frame.left) / 46))
    for value in round_numbers(frame.first, frame.last, room):
        x = frame.x(value)
        parts.append(
            f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{frame.bottom}"'
            f' y2="{frame.bottom + 4}"/>'
            f'<text class="tick" x="{x:.1f}" y="{frame.bottom + 17}" text-anchor="middle">'
            f"{shortly(value)}</text>"
        )
    middle = (frame.left + frame.right) / 2
    parts.append(
        f'<text class="tick" x="{middle:.1f}" y="{frame.bottom + 34}" text-anchor="middle">'
        f"{escape(unit)}</text>"
    )
    return parts


def _path(frame: Frame, places: Places) -> str:
    return "M" + "L".join(f"{frame.x(x):.1f} {frame.y(y):.1f}" for x, y in places)


def _end_labels(frame: Frame, lines: Sequence[Line]) -> list[str]:
    """The names beside the ends of their lines, moved apart where they would overlap."""
    ends = sorted(((frame.y(line.typical[-1][1]), line) for line in lines), key=lambda end: end[0])
    wanted = [y for y, _ in ends]
    parts = []
    for y, (_, line) in zip(apart(wanted, 14.0, frame.top, frame.bottom), ends, strict=True):
        x = frame.x(line.typical[-1][0]) if len(lines) == 1 else frame.right
        parts.append(
            f'<text class="name" style="--c:var(--c{line.colour})" data-name="{escape(line.name)}"'
            f' x="{x + 8:.1f}" y="{y + 4:.1f}">{escape(_short(line.name))}</text>'
        )
    return parts


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places near the `wanted` ones, at least `gap` from each other, within the limits if they fit.

    Args:
        wanted: Ascending.
        gap: Least distance.
        low: Least place.
        high: Largest place.

    Example:
        >>> apart([10.0, 11.0, 40.0], 6.0, 0.0, 50.0)
        [7.5, 13.5, 40.0]
    """
    # Neighbours that collide become one group around the mean of their requests.
    groups: list[list[float]] = []
    for place in wanted:
        groups.append([place])
        while len(groups) > 1 and _start(groups[-1], gap, low, high) < _end(
            groups[-2], gap, low, high
        ):
            last = groups.pop()
            groups[-1] += last
    return [
        _start(group, gap, low, high) + gap / 2 + gap * place
        for group in groups
        for place in range(len(group))
    ]


def _start(group: Sequence[float], gap: float, low: float, high: float) -> float:
    """Where a group of labels begins, half a gap before the first."""
    height = gap * len(group)
    start = sum(group) / len(group) - height / 2
    return max(min(start, high + gap / 2 - height), low - gap / 2)


def _end(group: Sequence[float], gap: float, low: float, high: float) -> float:
    return _start(group, gap, low, high) + gap * len(group) - 1e-9


def _short(name: str, most: int = 14) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"
