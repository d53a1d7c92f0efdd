"""What a fit says at its end: how good, where everything is, what to do next."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from redraw.cli.compared import compared_lines
from redraw.cli.plain_text import plain
from redraw.cli.reporting import result_line
from redraw.cli.wording import counted, duration, off_by, quality, quoted, shown_path, size_of
from redraw.signals.kinds import words_of
from redraw.signals.words import Words

if TYPE_CHECKING:
    from redraw.fitting.run.events import Finished
    from redraw.signals.signal import Signal


def finished_lines(
    event: "Finished",
    source: Path | None,
    signal: "Signal",
    fit: Sequence[str] = (),
    left_out: str = "",
) -> list[tuple[str, str]]:
    """The summary as (style, line).

    Args:
        event: The last event of the run.
        source: The signal's file, to compare sizes with; None if it is not known.
        signal: What was learned.
        fit: The words of the fit, to make another like it; see `compared_lines`.
        left_out: What the field has not on purpose, which counts as a difference.
    """
    early = {"psnr": " early, as good as asked for", "seconds": ", as the time is over"}
    lines = [("bold green", f"Done{early.get(event.reason, '')}: {result_line(event)}")]
    words = words_of(signal.kind)
    if event.psnr < 100 and (off := off_by(event.psnr, words)):
        meant = f", {left_out} left out on purpose" if left_out else ""
        lines.append(("dim", f"      {off}{meant}"))
    if event.clock is not None and event.starting is not None:
        told = f"{duration(event.clock)} by the clock, and {duration(event.starting)} to start"
        lines.append(("dim", f"      {told}"))
    lines += compared_lines(event.compared, fit, event.field)
    lines.append(("", ""))
    places = []
    if event.field:
        places.append((shown_path(event.field), _field_facts(event, source, signal, words)))
    if event.run:
        places.append((shown_path(event.run), _run_facts(event.run)))
    widest = max((len(name) for name, _ in places), default=0)
    lines += [("", f"  {name:<{widest}}   {facts}") for name, facts in places]
    if event.field and event.run:
        lines += [("", ""), ("dim", "Next:"), *_next(event, words)]
    return lines


def stopped_lines(event: "Finished", step_total: int) -> list[tuple[str, str]]:
    """The end of a fit that the user stopped."""
    where = f" of {step_total:,}" if step_total else ""
    told = f"{duration(event.seconds)}, {quality(event.psnr, event.iou, event.scores)}"
    lines = [("bold yellow", f"Stopped after step {event.steps:,}{where}: {told}")]
    if event.run:
        lines.append(
            ("", f"Everything is saved; continue with:  redraw resume {quoted(event.run)}")
        )
    return lines


def _field_facts(event: "Finished", source: Path | None, signal: "Signal", words: Words) -> str:
    field = Path(event.field or "")
    count = counted(event.parameters, "parameter")
    try:
        stored = field.stat().st_size
        facts = f"the field: {count} in {size_of(stored)}"
        if words.rated:
            facts += f", {8 * stored / math.prod(signal.size):.3g} bits per {words.position}"
        if source is not None:
            facts += f" ({plain(source.name)}: {size_of(source.stat().st_size)})"
        return facts
    except OSError:
        return f"the field: {count}"


def _run_facts(run: Path) -> str:
    frames = sum(1 for _ in (run / "frames").glob("*.png"))
    bytes_ = sum(path.stat().st_size for path in run.rglob("*") if path.is_file())
    return f"the run: checkpoint, log and {counted(frames, 'frame')}, {size_of(bytes_)}"


def _next(event: "Finished", words: Words) -> list[tuple[str, str]]:
    assert event.field is not None
    assert event.run is not None
    stem = event.field.with_suffix("")
    name, folder = quoted(event.field), quoted(event.run)
    commands: list[tuple[str, str]] = []
    for step in words.steps:
        read = folder if step.of == "run" else name
        told = f"redraw {step.command} {read} {quoted(f'{stem}{step.ending}')} {step.options}"
        commands.append((told.rstrip(), step.what))
    if any((event.run / "frames").glob("*.png")):
        commands.append((f"redraw timelapse {folder} {quoted(f'{stem}.gif')}", "watch it learn"))
    commands.append((f"redraw resume {folder} --steps {max(1, event.steps)}", "let it learn on"))
    widest = max(len(command) for command, _ in commands)
    return [("", f"  {command:<{widest}}   # {what}") for command, what in commands]
