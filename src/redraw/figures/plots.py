"""A run's learning curve: loss, PSNR and learning rate against the step."""

import math
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from redraw.errors import RunError, UsageError
from redraw.files import write_atomically
from redraw.scores import main_score, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = {".png": "png", ".svg": "svg", ".pdf": "pdf"}
DOTS_PER_INCH = 160
LEAST_LOGARITHMIC = 3.0  # factor between largest and smallest; below, powers of ten say nothing
MOST_MARKED = 60  # points that are still told apart when each has a mark

INK = "#22252b"
QUIET = "#8a8f99"
GRID = "#e4e6ea"
LOSS, PSNR, RATE = "#2f6fb7", "#c2412d", "#4b8b57"

Points = list[tuple[float, float]]


class Panel(NamedTuple):
    """One of the diagrams: what it shows, in which colour, on which scale."""

    title: str
    points: Points
    colour: str
    logarithmic: bool
    remark: Callable[[Points], tuple[float, float, str]] | None  # about which point, and what
    behind: Sequence[tuple[float, float]] = ()  # a second curve, pale


def plot_log(
    records: Sequence[Mapping[str, Any]], out: str | os.PathLike[str], *, force: bool = False
) -> None:
    """Draw a run's log as three diagrams above each other.

    The loss is logarithmic once it spans a factor of three. The best PSNR and the last loss are
    written out. What a log doesn't hold, or isn't finite, is left out; a diagram without any points
    isn't drawn.

    Args:
        records: The log, in order. Of each, "step" (int) and the numbers "loss", "psnr" (dB) and
            "rate" are used where they are there; other records are passed over. The PSNR of an
            "evaluation" is that of the whole picture; that of others, estimated from the points
            they trained on, is drawn pale behind it. The "scores" of a table are drawn instead.
            Where a step occurs again, the later record holds.
        out: `.png`, `.svg` or `.pdf`.
        force: Replace what is there.

    Raises:
        RunError: No record has a step with a loss, PSNR or rate.
        UsageError: `out` ends in something else.
        OutputError: `out` exists or can't be written.
    """
    kind = check_format(out)
    measured = _points([r for r in records if r.get("event") == "evaluation"], "psnr")
    estimated = _points([r for r in records if r.get("event") != "evaluation"], "psnr")
    quality = _scores_panel(records)
    if quality is None and measured:
        quality = Panel("PSNR, dB", measured, PSNR, False, _best_psnr, behind=estimated)
    panels = [
        Panel("loss", _points(records, "loss"), LOSS, True, _last_loss),
        quality or Panel("PSNR of the batches, dB", estimated, PSNR, False, _best_psnr),
        Panel("learning rate", _points(records, "rate"), RATE, False, None),
    ]
    panels = [panel for panel in panels if panel.points]
    if not panels:
        raise RunError("the log holds no steps yet, so there is nothing to plot; fit for longer")
    write_atomically(out, lambda file: save_figure(lambda: _draw(panels), file, kind), force=force)


def _scores_panel(records: Sequence[Mapping[str, Any]]) -> Panel | None:
    """What a table's evaluations say: of the held-out rows, with those learned pale behind."""
    scored = [record for record in records if record.get("scores")]
    if not scored:
        return None
    front, behind = [], []
    name = ""
    for record in scored:
        name, value, _ = main_score(record["scores"])
        front.append({"step": record.get("step"), "score": value})
        _, value, _ = main_score({"learned": record["scores"]["learned"]})
        behind.append({"step": record.get("step"), "score": value})
    points = _points(front, "score")
    if name.startswith("accuracy"):
        return Panel(name, points, PSNR, False, _best_accuracy, _points(behind, "score"))
    return Panel(name, points, PSNR, True, _least_error, _points(behind, "score"))


def _best_accuracy(points: Points) -> tuple[float, float, str]:
    step, accuracy = max(points, key=lambda point: point[1])
    return step, accuracy, f"{percent(accuracy)} at step {step:,.0f}"


def _least_error(points: Points) -> tuple[float, float, str]:
    step, error = min(points, key=lambda point: point[1])
    return step, error, f"{error:.3g} at step {step:,.0f}"


def _points(records: Sequence[Mapping[str, Any]], key: str) -> Points:
    """(step, value) in order of the steps, one per step, finite values only."""
    found: dict[int, float] = {}
    for record in records:
        step, value = record.get("step"), record.get(key)
        if isinstance(step, int) and isinstance(value, int | float) and math.isfinite(value):
            found[step] = float(value)
    return sorted((float(step), value) for step, value in found.items())


def _last_loss(points: Points) -> tuple[float, float, str]:
    step, loss = points[-1]
    return step, loss, f"{loss:.3g} at the end"


def _best_psnr(points: Points) -> tuple[float, float, str]:
    step, psnr = max(points, key=lambda point: point[1])
    return step, psnr, f"{psnr:.2f} dB at step {step:,.0f}"


def check_format(out: str | os.PathLike[str]) -> str:
    """What kind of file `out` is to be.

    Raises:
        UsageError: it ends in something else than a plot can be written as.
    """
    out = Path(out)
    kind = FORMATS.get(out.suffix.lower())
    if kind is None:
        raise UsageError(
            f"a plot can't be written as {out.name}; end the name in one of {', '.join(FORMATS)}"
        )
    return kind


def save_figure(
    draw: Callable[[], "Figure"], file: BinaryIO, kind: str, dpi: int = DOTS_PER_INCH
) -> None:
    """Draw and write a figure; the same one gives the same bytes.

    Neither the user's style nor the date nor chance are in them.
    """
    import matplotlib
    import matplotlib.style

    metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
    settings: dict[Any, Any] = {"svg.hashsalt": "redraw"}
    with (
        matplotlib.style.context("default"),
        matplotlib.rc_context(settings),
        warnings.catch_warnings(),
    ):
        # Letters that the font lacks are drawn as boxes: names come from people's tables.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        draw().savefig(file, format=kind, dpi=dpi, metadata=metadata)


def _draw(panels: Sequence[Panel]) -> "Figure":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    heights = [2.0 if panel.remark else 1.1 for panel in panels]
    figure = Figure(figsize=(8.0, 0.9 + sum(heights)), facecolor="white")
    FigureCanvasAgg(figure)
    figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.08)
    axes = figure.subplots(len(panels), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for axis, panel in zip(axes, panels, strict=True):
        _draw_panel(axis, panel)
    last = max(panel.points[-1][0] for panel in panels)
    first = min(panel.points[0][0] for panel in panels)
    margin = max(0.5, 0.02 * (last - first))
    axes[-1].set_xlim(first - margin, last + margin)
    axes[-1].set_xlabel("step", color=INK)
    axes[-1].xaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
    axes[-1].xaxis.set_major_formatter(lambda step, _: f"{step:,.0f}" if step % 1 == 0 else "")
    return figure


def _draw_panel(axis: "Axes", panel: Panel) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter

    steps, values = zip(*panel.points, strict=True)
    if panel.behind:
        axis.plot(*zip(*panel.behind, strict=True), color=panel.colour, linewidth=1.0, alpha=0.3)
    mark = "o" if len(values) <= MOST_MARKED else None
    axis.plot(steps, values, color=panel.colour, linewidth=1.6, marker=mark, markersize=2.5)
    span = max(values) / min(values) if min(values) > 0.0 else 0.0
    if panel.logarithmic and span >= LEAST_LOGARITHMIC:
        axis.set_yscale("log")
        axis.yaxis.set_minor_formatter(NullFormatter())
    if panel.logarithmic and LEAST_LOGARITHMIC <= span < 100.0:  # too few powers of ten to read by
        axis.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.yaxis.set_major_formatter(lambda value, _: f"{value:.3g}")
    axis.set_title(panel.title, loc="left", fontsize=10, color=panel.colour, fontweight="bold")
    axis.grid(color=GRID, linewidth=0.8)
    axis.set_axisbelow(True)
    axis.tick_params(colors=QUIET, labelcolor=INK, labelsize=8, which="both", length=0)
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)
    axis.spines["bottom"].set_color(QUIET)
    if panel.remark is not None:
        step, value, text = panel.remark(panel.points)
        axis.plot([step], [value], "o", color=panel.colour, markersize=5, clip_on=False)
        axis.set_title(text, loc="right", fontsize=9, color=INK)
