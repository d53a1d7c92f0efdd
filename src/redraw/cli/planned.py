"""What a fit would do, and what it would take: `--dry-run`. Nothing is written."""

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from redraw.cli.plain_text import plain
from redraw.cli.screen import put_json, show_rows
from redraw.cli.wording import counted, duration, shown_path, size_of

if TYPE_CHECKING:
    from redraw.fitting.plan.config import RunConfig
    from redraw.signals.signal import Signal


def show_plan(
    signal: "Signal",
    plan: "RunConfig",
    asked: Mapping[str, Any],
    because: str,
    *,
    as_json: bool,
) -> None:
    """Say it.

    Args:
        signal: What would be learned.
        plan: How.
        asked: What `redraw.fitting.plan.planning.prepare` was asked.
        because: Why this preset and size, or "".
        as_json: As one object.
    """
    from redraw.fields.sizes import parameters
    from redraw.fitting.plan.memory import needed
    from redraw.fitting.timing import expected_seconds

    memory = needed(plan, signal.numbers)
    seconds = expected_seconds(signal, plan, asked)
    if as_json:
        put_json(
            {
                "event": "plan",
                "memory": memory,
                "seconds": seconds,
                "notes": list(signal.notes),
                **dataclasses.asdict(plan),
            }
        )
        return
    steps = plan.stops.steps or plan.train.steps
    stops = f"{counted(steps, 'step')}"
    if plan.stops.seconds is not None and plan.stops.steps is None:
        stops = f"as many steps as {plan.stops.seconds:g} s allow"
    if plan.stops.psnr is not None:
        stops += f", or {plan.stops.psnr:g} dB"
    reason = f" ({because})" if because else ""
    show_rows(
        f"{plain(signal.name)}: {signal.describe()}",
        [
            ("preset", f"{plan.model}{reason}"),
            ("parameters", f"{parameters(plan.field):,}"),
            ("learns by", f"{plan.train.optimizer}, {stops}"),
            ("time", "unknown" if seconds is None else f"about {duration(seconds)}"),
            ("memory", f"about {size_of(memory)} beside the program itself"),
            ("would write", shown_path(plan.output) if plan.output else ""),
            *(("note", note) for note in signal.notes),
        ],
    )


def reasons(plan: "RunConfig") -> str:
    """Why this preset and this size were chosen; "" if options asked for them."""
    found = []
    if plan.because or plan.named:
        found.append(f"{plan.because or plan.named}; --model takes another")
    if plan.aim is not None:
        found.append(f"sized for about {plan.aim:g} dB, --budget takes another size")
    return "; ".join(found)
