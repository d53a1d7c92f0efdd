"""The table of `redraw fit --profile`: where the time went, and what would help."""

from typing import TYPE_CHECKING

from redraw.cli.screen import console, say, show
from redraw.cli.wording import counted, duration

if TYPE_CHECKING:
    from rich.table import Table

    from redraw.engines.limits import Limits
    from redraw.fitting.run.profile import Part, Profile

WHAT = {
    "encoding": "position to features",
    "forward": "the network's values",
    "loss": "against the picture",
    "backward": "which way to change",
    "scatter": "same, for the grid",
    "optimizer": "numbers changed",
    "step": "all of a step",
    "waiting": "for other threads",
    "Python": "picking pixels, loop",
    "drawing": "frames, measuring",
    "input/output": "writing files",
    "resting": "as --rest says",
    "starting": "getting ready",
    "finishing": "learned after them",
}
# A part below this share of the time is told without rates: they would be noise.
TOLD = 0.001


def show_profile(profile: "Profile") -> None:
    """Print the table and its advice."""
    say()
    say_bold(title(profile))
    show(table(profile))
    if profile.limits:
        say(limits_line(profile.limits))
    say_bold(f"Advice: {profile.advice}.")


def say_bold(line: str) -> None:
    """A line of text, bold on a terminal."""
    if console().is_terminal:
        from rich.text import Text

        console().print(Text(line, style="bold"), soft_wrap=True)
    else:
        say(line)


def title(profile: "Profile") -> str:
    """What the table is about."""
    facts = profile.facts
    return (
        f"Where {duration(profile.seconds)} went: {counted(profile.steps, 'step')} of"
        f" {counted(facts.batch, 'pixel')}, {facts.engine} engine,"
        f" {counted(profile.threads, 'thread')}, {facts.precision}"
    )


def limits_line(limits: "Limits") -> str:
    """What "of limit" is measured by."""
    line = (
        f"Limits of this machine: products {limits.multiply / 1e9:.0f} GFLOP/s (by {limits.by}),"
        f" copies {limits.near / 1e9:.0f} GB/s"
    )
    if limits.near != limits.far:
        line += f" of blocks, {limits.far / 1e9:.0f} of all parameters"
    return line


def table(profile: "Profile") -> "Table":
    """The parts of a fit, with their sum."""
    from rich import box
    from rich.table import Table

    made = Table(
        box=box.SIMPLE, show_edge=False, pad_edge=False, collapse_padding=True, show_footer=True
    )
    made.add_column("part", "all", no_wrap=True)
    made.add_column("seconds", f"{profile.seconds:.2f}", justify="right", no_wrap=True)
    made.add_column("share", "100 %", justify="right", no_wrap=True)
    made.add_column("GFLOP/s", justify="right", no_wrap=True)
    made.add_column("GB/s", justify="right", no_wrap=True)
    made.add_column("of limit", justify="right", no_wrap=True)
    made.add_column("what it is", style="dim", no_wrap=True)
    for part in profile.parts:
        made.add_row(*row(part))
    return made


def row(part: "Part") -> tuple[str, ...]:
    """One part, as text."""
    rates = (part.gflops, part.gigabytes) if part.share >= TOLD else (None, None)
    reached = part.of_limit if part.share >= TOLD else None
    return (
        part.name,
        f"{part.seconds:.2f}",
        f"{100 * part.share:.0f} %",
        *("" if rate is None else f"{rate:.3g}" if rate < 100 else f"{rate:.0f}" for rate in rates),
        "" if reached is None else f"{100 * reached:.0f} %" if reached >= 0.01 else "< 1 %",
        WHAT[part.name],
    )
