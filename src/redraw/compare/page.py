"""The report of a comparison as one HTML file, which fetches nothing."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from redraw.compare.charts import Line, chart
from redraw.compare.results import Comparison, Measure, Outcome, Spread, Standing
from redraw.compare.views import Sheet

TEMPLATE = Path(__file__).with_name("page.html")
# Colours in the style sheet, before they repeat.
COLOURS = 8
# Drawings of the charts: for wide windows and for narrow ones, whose type would become too small.
WIDE, NARROW = (620.0, 340.0), (350.0, 300.0)


def make_page(comparison: Comparison, sheet: Sheet | None, command: str = "") -> str:
    """The page as text.

    Args:
        comparison: What was found.
        sheet: The pictures; None where there are none.
        command: How to make it again.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                              lstrip_blocks=True)  # fmt: skip
    environment.filters |= {
        "spread": spread, "count": count, "bytes": size, "seconds": seconds, "rate": rate,
    }  # fmt: skip
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    standings = comparison.standings()
    colours = {name: place % COLOURS for place, name in enumerate(comparison.order)}
    return template.render(
        comparison=comparison,
        main=comparison.main,
        standings=standings,
        colours=colours,
        sheet=sheet,
        command=command,
        terms=told_terms(comparison),
        verdict=verdict(comparison, standings),
        charts=[
            (heading, *(Markup(_chart(comparison, standings, colours, key, heading, *size_))
                        for size_ in (WIDE, NARROW)))
            for key, heading in (("seconds", "against time"), ("step", "against steps"))
        ],
        curves=Markup(_curves(standings, comparison.main.scale)),
        finishers={standing.name for standing in standings},
        tells={s.name: _told_of(s.typical, comparison.main) for s in standings},
        best=_best(comparison, standings),
    )  # fmt: skip


def verdict(comparison: Comparison, standings: Sequence[Standing]) -> str:
    """Who did best, in a sentence; "" if nobody came to an end."""
    if not standings:
        return ""
    main = comparison.main
    best = standings[0]
    told = _told(best.values[main.key], main)
    if len(standings) == 1:
        return f"{best.name} reaches {told}."
    second = standings[1]
    first, other = best.values[main.key], second.values[main.key]
    if first is None or other is None:
        return f"{best.name} reaches {told}."
    overlap = other.high >= first.low if main.rising else other.low <= first.high
    if overlap:
        return (
            f"{best.name} reaches {told}; {second.name}, with {_told(other, main)}, is level"
            " with it: their seeds overlap."
            if len(best.outcomes) > 1
            else f"{best.name} and {second.name} both reach {told}."
        )
    difference = main.told(abs(first.median - other.median))
    ahead = "ahead of" if main.rising else "below"
    return f"{best.name} reaches {told}, {difference} {ahead} {second.name}."


def told_terms(comparison: Comparison) -> list[str]:
    """What was equal for all, in words."""
    terms = comparison.terms
    told = [
        f"{terms['seconds']:g} s of fitting each"
        if terms["seconds"]
        else f"{terms['steps']:,} steps each"
    ]
    if terms["budget"]:
        budget = str(terms["budget"])
        told.append(f"at most {budget} {'of its values as ' if '%' in budget else ''}parameters")
    told.append("one seed" if terms["seeds"] == 1 else f"{terms['seeds']} seeds")
    if terms["threads"]:
        told.append("one thread" if terms["threads"] == 1 else f"{terms['threads']} threads")
    return told


def _told(spread_: Spread | None, measure: Measure) -> str:
    if spread_ is None:
        return "nothing"
    told = measure.told(spread_.median)
    return told if measure.unit else f"{measure.label} {told}"


def _told_of(outcome: Outcome, measure: Measure) -> str:
    value = outcome.values.get(measure.key)
    return "" if value is None else measure.told(value)


def _chart(
    comparison: Comparison,
    standings: Sequence[Standing],
    colours: dict[str, int],
    key: str,
    heading: str,
    width: float,
    height: float,
) -> str:
    lines = [
        Line(
            standing.name,
            colours[standing.name],
            _places(standing.typical, key, comparison.main.scale),
            tuple(
                _places(o, key, comparison.main.scale)
                for o in standing.outcomes
                if o is not standing.typical
            ),
        )
        for standing in standings
    ]
    unit = "seconds of fitting" if key == "seconds" else "steps"
    title = f"{comparison.main.label} {heading}, one line for each of {len(lines)} entrants"
    main = comparison.main
    return chart(
        lines,
        unit=unit,
        title=title,
        width=width,
        height=height,
        logarithmic=not main.rising,
    )


def _places(outcome: Outcome, key: str, scale: float) -> list[tuple[float, float]]:
    places = [(float(getattr(point, key)), scale * point.value) for point in outcome.curve]
    return [place for place in places if place[0] > 0.0]


def _curves(standings: Sequence[Standing], scale: float) -> str:
    """The typical curves as JSON that may stand inside of a script element."""
    curves = {
        standing.name: [
            [round(p.seconds, 4), p.step, float(f"{scale * p.value:.6g}")]
            for p in standing.typical.curve
        ]
        for standing in standings
    }
    return json.dumps(curves).replace("<", "\\u003c")


def _best(comparison: Comparison, standings: Sequence[Standing]) -> dict[str, set[str]]:
    """Who is best, by column; nobody where all are alike."""
    columns: dict[str, tuple[dict[str, float], bool]] = {
        measure.key: (
            {s.name: v.median for s in standings if (v := s.values[measure.key])},
            measure.rising,
        )
        for measure in comparison.measures
    }
    columns["bytes"] = ({s.name: s.typical.bytes for s in standings}, False)
    columns["parameters"] = ({s.name: s.typical.parameters for s in standings}, False)
    columns["points"] = ({s.name: s.typical.points_per_second for s in standings}, True)
    by_steps = bool(comparison.terms["steps"])  # else all have the same time
    columns["seconds"] = ({s.name: s.seconds.median for s in standings if by_steps}, False)
    for target in comparison.targets:
        times = {s.name: t.median for s in standings if (t := s.times[target])}
        columns[f"to {target:g}"] = (times, False)
    found: dict[str, set[str]] = {}
    for key, (numbers, rising) in columns.items():
        best = (max if rising else min)(numbers.values(), default=0.0)
        winners = {name for name, value in numbers.items() if value == best}
        found[key] = winners if len(winners) < len(standings) else set()
    return found


# --- numbers as people read them -----------------------------------------------------------------


def spread(value: Spread | None, written: Callable[[float], str]) -> Markup:
    """A median with its extremes below it, if they differ as they are written."""
    if value is None:
        return Markup('<span class="none">–</span>')
    low, middle, high = map(written, (value.low, value.median, value.high))
    if low == high:
        return Markup("<b>{}</b>").format(middle)
    return Markup("<b>{}</b><small>{} – {}</small>").format(middle, low, high)


def seconds(value: Spread | None) -> Markup:
    """As `spread`, with as many digits as tell seconds apart."""
    long = value.median if value else 0.0
    digits = 0 if long >= 99.5 else 1 if long >= 9.95 else 2
    return spread(value, lambda number: f"{number:.{digits}f}")


def count(value: float) -> str:
    """A whole number in groups of three."""
    return f"{value:,.0f}"


def size(value: float) -> str:
    """Bytes: "512 B", "51.9 KB" (of 1000)."""
    units = ["B", "KB", "MB", "GB"]
    while value >= 999.5 and len(units) > 1:
        value /= 1000
        units.pop(0)
    plain = value >= 99.5 or units[0] == "B"
    return f"{value:.0f} {units[0]}" if plain else f"{value:.3g} {units[0]}"


def rate(value: float) -> str:
    """A number per second: "950", "12.3 k", "1.25 M"."""
    for limit, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= limit:
            return f"{value / limit:.3g}{unit}"
    return f"{value:.0f}"
