"""Pictures of what was learned from a table: curve, surface or boundary, with the rows; residuals.

One input is drawn as a curve, two as a map. Of more, predictions are drawn against the truth.

Shapes: N rows, D inputs, T targets, K classes.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from redraw.engines import Drawer
from redraw.figures.plots import save_figure
from redraw.signals.samples import Samples
from redraw.signals.table.columns import Column, Floats, Schema
from redraw.signals.table.table import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, QUIET, GRID = "#22252b", "#8a8f99", "#e4e6ea"
# Of targets and classes, in order; told apart by the colour-blind as well.
COLOURS = ("#2f6fb7", "#c2412d", "#4b8b57", "#8b5fb0", "#c08a1e", "#3a9aa8", "#a8527c", "#6b7280")
CURVE, MAP = 800, 240  # positions along an axis
MOST_DOTS = 4000  # rows that are drawn; of more, evenly spaced ones, or on a map none
MOST_RINGS = 400  # rows that are drawn on a map in their own colour
MOST_CURVES = len(COLOURS)
FRAME_DPI = 100


@dataclass(frozen=True)
class View:
    """What is drawn: a field's answers over a domain, and rows beside them.

    Attributes:
        schema: What the columns mean.
        ask: The field's values at inputs in the data's units. (N, D) -> (N, C)
        domain: Low and high of each input. (D)
        inputs: Rows to show. (N, D)
        targets: (N, T)
        held: How many of the last rows are held out.
    """

    schema: Schema
    ask: Callable[[Floats], NDArray[Any]]
    domain: Sequence[tuple[float, float]]
    inputs: Floats
    targets: Floats
    held: int = 0


def view_of(table: Table, drawer: Drawer) -> View:
    """A table's own rows over their own domain."""

    def ask(inputs: Floats) -> NDArray[Any]:
        return np.nan_to_num(drawer.values(table.schema.coordinates(inputs)))

    return View(
        table.schema,
        ask,
        [table.extent(axis) for axis in range(len(table.schema.inputs))],
        np.concatenate([table.inputs, table.held_inputs]),
        np.concatenate([table.targets, table.held_targets]),
        table.held_count,
    )


def view_without_rows(schema: Schema, drawer: Drawer) -> View:
    """A field over the domain that its inputs were scaled by."""
    sides = [(c.offset - c.scale, c.offset + c.scale) for c in schema.inputs]

    def ask(inputs: Floats) -> NDArray[Any]:
        return np.nan_to_num(drawer.values(schema.coordinates(inputs)))

    nothing = np.zeros((0, len(sides))), np.zeros((0, len(schema.targets)))
    return View(schema, ask, sides, *nothing)


def frame_of(table: Table, drawer: Drawer) -> bytes:
    """A PNG of a table's field as it stands."""
    return png_of(view_of(table, drawer))


def view_of_samples(samples: Samples, drawer: Drawer) -> View:
    """Samples of any signal, some of them where there are many, over the field's own domain."""
    shown = _thin(samples.count)
    numbers = "xyz" if samples.dimensions <= 3 else ""
    axes = [numbers[axis : axis + 1] or f"x{axis + 1}" for axis in range(samples.dimensions)]
    values = [
        f"value {k + 1}" if samples.channels > 1 else "value" for k in range(samples.channels)
    ]
    schema = Schema("regression", tuple(map(Column, axes)), tuple(map(Column, values)))

    def ask(inputs: Floats) -> NDArray[Any]:
        return np.nan_to_num(drawer.values(np.ascontiguousarray(inputs, np.float32)))

    xy, counts = samples.points(shown, 0)
    first = xy[np.cumsum(counts) - counts]  # of the positions in a cell
    return View(
        schema,
        ask,
        [(-1.0, 1.0)] * samples.dimensions,
        first.astype(np.float64),
        samples.read(shown).astype(np.float64),
    )


def png_of(view: View) -> bytes:
    """A PNG of the field as it stands, for a time-lapse: always of the same size and axes."""
    out = io.BytesIO()
    save_figure(lambda: draw_fit(view, size=(6.4, 4.8)), out, "png", FRAME_DPI)
    return out.getvalue()


def draw_fit(view: View, *, size: tuple[float, float] = (8.0, 6.0)) -> "Figure":
    """The curve or surface over the rows, the boundary between classes, or predictions."""
    figure, axis = blank(size)
    schema = view.schema
    classes = schema.task == "classification"
    if len(schema.inputs) == 1:
        (_class_curves if classes else _curves)(axis, view)
    elif len(schema.inputs) == 2 and len(schema.targets) == 1:
        (_boundary if classes else _surface)(figure, axis, view)
    elif classes:
        _confusion(figure, axis, view)
    else:
        _against_truth(axis, view)
    return figure


def draw_residuals(view: View, *, size: tuple[float, float] = (8.0, 6.0)) -> "Figure":
    """What predictions are off by, beside what they are for; of classes, which are confused."""
    figure, axis = blank(size)
    if view.schema.task == "classification":
        _confusion(figure, axis, view)
        return figure
    shown = _thin(len(view.inputs))
    predicted = view.schema.predictions(view.ask(view.inputs[shown]))
    off = predicted - view.targets[shown]
    single = len(view.schema.inputs) == 1
    held = shown >= len(view.inputs) - view.held
    axis.axhline(0.0, color=QUIET, linewidth=1.0)
    for number, column in enumerate(view.schema.targets[:MOST_CURVES]):
        places = view.inputs[shown, 0] if single else view.targets[shown, number]
        for rows, mark, told in ((~held, "o", ""), (held, "^", ", held out")):
            if rows.any():
                several = len(view.schema.targets) > 1
                axis.scatter(
                    places[rows],
                    off[rows, number],
                    s=14,
                    marker=mark,
                    alpha=0.6,
                    linewidths=0,
                    color=COLOURS[number if several or not told else 1],
                    label=_plain(column.name) + told,
                )
    limit = float(np.abs(off).max()) or 1.0
    axis.set_ylim(-1.1 * limit, 1.1 * limit)
    axis.grid(color=GRID, linewidth=0.8)
    x = view.schema.inputs[0].name if single else "true"
    _label(axis, x, "predicted less true")
    axis.legend(frameon=False, fontsize=9)
    return figure


def blank(size: tuple[float, float]) -> tuple["Figure", "Axes"]:
    """An empty diagram in the style of all."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, facecolor="white")
    FigureCanvasAgg(figure)
    figure.set_layout_engine("constrained", w_pad=0.1, h_pad=0.1)
    axis = figure.subplots()
    axis.tick_params(colors=QUIET, labelcolor=INK, labelsize=8, length=0)
    for side in ("top", "right", "left", "bottom"):
        axis.spines[side].set_visible(False)
    axis.set_axisbelow(True)
    return figure, axis


def _label(axis: "Axes", x: str, y: str) -> None:
    axis.set_xlabel(_plain(x), color=INK)
    axis.set_ylabel(_plain(y), color=INK)


def _plain(text: str) -> str:
    """Names are no formulas: matplotlib would take dollars for those."""
    return text.replace("$", r"\$")


def _thin(count: int) -> NDArray[np.int64]:
    """The rows that are drawn."""
    if count <= MOST_DOTS:
        return np.arange(count)
    return np.linspace(0, count - 1, MOST_DOTS).round().astype(np.int64)


def _padded(low: float, high: float, share: float = 0.06) -> tuple[float, float]:
    room = (high - low) * share or max(abs(low) * share, share)
    return low - room, high + room


def _curves(axis: "Axes", view: View) -> None:
    """One input, numbers: the curve of each target over its rows."""
    low, high = view.domain[0]
    x = np.linspace(low, high, CURVE)
    curves = view.schema.predictions(view.ask(x[:, None]))
    shown = _thin(len(view.inputs))
    columns = view.schema.targets[:MOST_CURVES]
    dots = 14.0 if len(shown) <= 200 else 5.0
    for number, column in enumerate(columns):
        colour = COLOURS[number]
        single = len(columns) == 1
        axis.scatter(
            view.inputs[shown, 0],
            view.targets[shown, number],
            s=dots,
            color=QUIET if single else colour,
            alpha=0.5,
            linewidths=0,
            label="rows" if single else None,
        )
        axis.plot(x, curves[:, number], color=colour, linewidth=1.8, label=_plain(column.name))
    axis.set_xlim(*_padded(low, high, 0.02))
    if len(view.targets):
        axis.set_ylim(*_padded(float(view.targets.min()), float(view.targets.max()), 0.15))
    axis.grid(color=GRID, linewidth=0.8)
    several = len(columns) > 1
    _label(axis, view.schema.inputs[0].name, "" if several else view.schema.targets[0].name)
    if several:
        axis.legend(frameon=False, fontsize=9)


def _class_curves(axis: "Axes", view: View) -> None:
    """One input, classes: the probability of each, and its rows along the edges."""
    low, high = view.domain[0]
    x = np.linspace(low, high, CURVE)
    chances = view.schema.probabilities(view.ask(x[:, None]))
    shown = _thin(len(view.inputs))
    for number, name in enumerate(view.schema.classes[:MOST_CURVES]):
        colour = COLOURS[number]
        axis.plot(x, chances[:, number], color=colour, linewidth=1.8, label=_plain(name))
        rows = view.inputs[shown][view.targets[shown, 0] == number, 0]
        height = -0.05 - 0.03 * number
        axis.plot(rows, np.full(len(rows), height), "|", color=colour, markersize=5, alpha=0.6)
    axis.set_xlim(*_padded(low, high, 0.02))
    axis.set_ylim(-0.08 - 0.03 * min(len(view.schema.classes), MOST_CURVES), 1.05)
    axis.grid(color=GRID, linewidth=0.8)
    _label(axis, view.schema.inputs[0].name, "probability")
    axis.legend(frameon=False, fontsize=9, title=_plain(view.schema.targets[0].name))


def _mesh(view: View) -> tuple[Floats, Floats, NDArray[Any], tuple[float, float, float, float]]:
    """Positions along both axes, the field's values (y, x, C), and where the map ends."""
    (x0, x1), (y0, y1) = (_padded(*ends, 0.03) for ends in view.domain)
    x, y = np.linspace(x0, x1, MAP), np.linspace(y0, y1, MAP)
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return x, y, view.ask(grid).reshape(MAP, MAP, -1), (x0, x1, y0, y1)


def _surface(figure: "Figure", axis: "Axes", view: View) -> None:
    """Two inputs, a number: a map of it, rows in the same colours."""
    x, y, values, extent = _mesh(view)
    height = view.schema.predictions(values.reshape(MAP * MAP, -1)).reshape(MAP, MAP)
    target = view.targets[:, 0] if len(view.targets) else height
    low, high = float(target.min()), float(target.max())
    high = high if high > low else low + 1.0
    drawn = axis.imshow(
        height, extent=extent, origin="lower", aspect="auto", cmap="viridis", vmin=low, vmax=high
    )
    axis.contour(x, y, height, levels=np.linspace(low, high, 11)[1:-1], colors="white",
                 linewidths=0.6, alpha=0.6, linestyles="solid")  # fmt: skip
    if len(view.inputs) <= MOST_RINGS:
        axis.scatter(*view.inputs.T, c=view.targets[:, 0], cmap="viridis", vmin=low, vmax=high,
                     s=18, edgecolors="white", linewidths=0.7)  # fmt: skip
    elif len(view.inputs) <= MOST_DOTS:
        axis.scatter(*view.inputs.T, s=1.5, color="white", alpha=0.5, linewidths=0)
    axis.set_xlim(*extent[:2])
    axis.set_ylim(*extent[2:])
    bar = figure.colorbar(drawn, ax=axis, pad=0.02)
    bar.outline.set_visible(False)  # type: ignore[operator]
    bar.ax.tick_params(colors=QUIET, labelcolor=INK, labelsize=8, length=0)
    bar.set_label(_plain(view.schema.targets[0].name), color=INK)
    _label(axis, *(column.name for column in view.schema.inputs))


def _boundary(figure: "Figure", axis: "Axes", view: View) -> None:
    """Two inputs, classes: the plane in their colours, as sure as the field is; rows; borders."""
    from matplotlib.colors import to_rgb

    x, y, values, extent = _mesh(view)
    chances = view.schema.probabilities(values.reshape(MAP * MAP, -1))
    number = len(view.schema.classes)
    colours = np.array([to_rgb(COLOURS[k % len(COLOURS)]) for k in range(number)])
    plane = (chances.clip(0.0, 1.0) @ colours).clip(0.0, 1.0)
    plane = 1.0 - 0.45 * (1.0 - plane)
    axis.imshow(plane.reshape(MAP, MAP, 3), extent=extent, origin="lower", aspect="auto",
                interpolation="bilinear")  # fmt: skip
    winner = chances.argmax(axis=1).reshape(MAP, MAP)
    for k in range(1 if number == 2 else 0, min(number, MOST_CURVES)):
        if (winner == k).any() and (winner != k).any():
            others = np.delete(chances, k, axis=1).max(axis=1)
            margin = (chances[:, k] - others).reshape(MAP, MAP)
            axis.contour(x, y, margin, levels=[0.0], colors=INK, linewidths=1.0)
    shown = _thin(len(view.inputs))
    size = 40.0 if len(shown) <= 20 else 14.0 if len(shown) <= 500 else 3.0
    for k, name in enumerate(view.schema.classes):
        rows = view.inputs[shown][view.targets[shown, 0] == k]
        axis.scatter(*rows.T, s=size, color=COLOURS[k % len(COLOURS)], label=_plain(name),
                     edgecolors="white", linewidths=0.6 if size > 5 else 0.0)  # fmt: skip
    axis.set_xlim(*extent[:2])
    axis.set_ylim(*extent[2:])
    _label(axis, *(column.name for column in view.schema.inputs))
    if number <= MOST_CURVES:
        figure.legend(
            loc="outside right upper",
            frameon=False,
            fontsize=9,
            title=_plain(view.schema.targets[0].name),
            markerscale=max(1.0, 5.0 / size),
        )


def _against_truth(axis: "Axes", view: View) -> None:
    """Many inputs, numbers: predictions against what they should be."""
    shown = _thin(len(view.inputs))
    predicted = view.schema.predictions(view.ask(view.inputs[shown]))
    truth = view.targets[shown]
    low, high = float(view.targets.min()), float(view.targets.max())
    ends = _padded(low, high, 0.08)
    axis.plot(ends, ends, color=QUIET, linewidth=1.0)
    for number, column in enumerate(view.schema.targets[:MOST_CURVES]):
        axis.scatter(truth[:, number], predicted[:, number], s=10, alpha=0.6, linewidths=0,
                     color=COLOURS[number], label=_plain(column.name))  # fmt: skip
    axis.set_xlim(*ends)
    axis.set_ylim(*ends)
    axis.set_aspect("equal")
    axis.grid(color=GRID, linewidth=0.8)
    _label(axis, "true", "predicted")
    if len(view.schema.targets) > 1:
        axis.legend(frameon=False, fontsize=9)


def _confusion(figure: "Figure", axis: "Axes", view: View) -> None:
    """Many inputs, classes: how often which is taken for which."""
    names = view.schema.classes
    predicted = view.schema.predictions(view.ask(view.inputs))[:, 0].astype(np.int64)
    truth = view.targets[:, 0].astype(np.int64)
    known = truth < len(names)
    counts = np.zeros((len(names), len(names)), np.int64)
    np.add.at(counts, (truth[known], predicted[known]), 1)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axis.imshow(share, cmap="Blues", vmin=0.0, vmax=1.0)
    if len(names) <= 12:
        for row, column in np.ndindex(*counts.shape):
            colour = "white" if share[row, column] > 0.55 else INK
            axis.text(column, row, f"{counts[row, column]:,}", ha="center", va="center",
                      color=colour, fontsize=9)  # fmt: skip
        places = range(len(names))
        axis.set_xticks(places, [_plain(name) for name in names])
        axis.set_yticks(places, [_plain(name) for name in names])
    _label(axis, "predicted", f"true {view.schema.targets[0].name}")
