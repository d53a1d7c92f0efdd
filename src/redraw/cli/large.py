"""`redraw fit` of a picture larger than memory: when it is one, what it takes, what is said."""

import functools
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redraw.cli.exit_codes import INTERRUPTED
from redraw.cli.interrupts import StopRequests
from redraw.cli.options import PictureOptions, TableOptions, given
from redraw.cli.plain_text import plain
from redraw.cli.screen import console, is_live, put_json, say
from redraw.cli.wording import clock, duration, shown_path, size_of
from redraw.errors import TooLargeError, UsageError

if TYPE_CHECKING:
    from redraw.fitting.large.fit import LargeFit
    from redraw.signals.large.strips import Strips

# Seconds between lines where there is no live display.
EVERY = 10.0


def large_named(signal: str | None, picture: PictureOptions) -> "Strips | None":
    """The source, if the name can only mean a picture in strips: tiles of deep zoom, zarr."""
    if signal is None or not os.path.exists(signal):
        return None
    from redraw.signals.large.opening import is_large, strips_of

    return strips_of(signal, picture.page) if is_large(signal) else None


def strips_instead(signal: str | None, picture: PictureOptions, error: TooLargeError) -> "Strips":
    """The source in strips, of a picture that is too large for memory.

    Raises:
        TooLargeError: what reads in strips is not installed.
        PictureError: it can't be read so.
        UsageError: a part of it is wanted.
    """
    from redraw.fitting.large.asked import NOT_IN_PART
    from redraw.signals.large.opening import strips_of

    if picture.partial:
        raise UsageError(NOT_IN_PART.format(name=Path(signal or "").name))
    try:
        return strips_of(Path(signal or ""), picture.page)
    except UsageError:
        raise error from None


def fit_large_picture(
    source: "Strips",
    output: Path,
    stops: StopRequests,
    *,
    asked: Mapping[str, Any],
    values: Mapping[str, str],
    picture: PictureOptions,
    table: TableOptions,
    ray: str | None,
    force: bool,
    json: bool,
    quiet: bool,
) -> int:
    """Fit it; returns the exit code.

    Raises:
        UsageError: something was asked for that such a fit does not take.
        RedrawError: it can't be read or written.
    """
    from redraw.fitting.large.asked import wanted_of
    from redraw.fitting.large.fit import QUALITY, LargeFit
    from redraw.fitting.plan.chosen_presets import WHOLE_PICTURES

    quality, squares = wanted_of(source.name, {**asked, **given(picture), **given(table)}, values)
    crew = None
    if ray is not None:
        from redraw.cluster.strips import RayStrips

        crew = functools.partial(RayStrips, ray)
    fit = LargeFit(
        source,
        output,
        crew=crew,
        quality=QUALITY if quality is None else quality,
        threads=asked.get("threads"),
        force=force,
        told={"model": squares.model if squares else WHOLE_PICTURES, "source": source.name},
        squares=squares,
    )
    try:
        if not (quiet or json):
            _begun(fit)
        stops.begin()
        stops.attach(fit)
        began = time.monotonic()
        for progress in _shown(fit, quiet=quiet or json):
            if json:
                put_json({"event": "progress", "stage": progress.stage, "done": progress.done})
        seconds = time.monotonic() - began
    finally:
        fit.close()
    if fit.result is None:
        if not quiet:
            say(f"stopped; the same command goes on, {shown_path(fit.job.folder)} keeps the rest")
        return INTERRUPTED
    _ended(fit, seconds, json=json, quiet=quiet)
    return 0


def _begun(fit: "LargeFit") -> None:
    source = fit.source
    pixels = source.width * source.height / 1e6
    say(
        f"{plain(source.name)}: {source.width} × {source.height}, {pixels:,.3g} megapixels,"
        f" {source.colour.describe()}; fitted in strips, at {fit.quality:g} dB"
    )
    for note in source.notes:
        say(f"note: {note}")
    if fit.resumed:
        say(f"goes on from what {shown_path(fit.job.folder)} keeps")


def _shown(fit: "LargeFit", *, quiet: bool) -> "Any":
    """Its events, shown on the way."""
    screen = console()
    live = is_live(screen) and not quiet
    from rich.progress import BarColumn, Progress, TextColumn

    bar = Progress(
        BarColumn(bar_width=40), TextColumn("{task.description}"), console=screen, transient=True
    )
    stages = fit.stages
    task = bar.add_task(stages[0], total=float(len(stages)))
    # Where the present stage was begun, and when: each takes its own time.
    first: tuple[str, float, float] | None = None
    last = time.monotonic()
    if live:
        bar.start()
    try:
        for progress in fit.events():
            now = time.monotonic()
            stage = min(progress.done, 1.0)
            whole = stage + stages.index(progress.stage)
            if first is None or first[0] != progress.stage:
                first = progress.stage, stage, now
            passed = stage - first[1]
            left = clock((now - first[2]) / passed * (1.0 - stage)) if passed > 0.01 else ""
            told = f"{progress.stage}, {left} left" if left else progress.stage
            if live:
                bar.update(task, completed=whole, description=told)
            elif not quiet and now - last > EVERY:
                last = now
                say(f"{100 * whole / len(stages):.0f} %  {told}")
            yield progress
    finally:
        if live:
            bar.stop()
        sys.stdout.flush()


def _ended(fit: "LargeFit", seconds: float, *, json: bool, quiet: bool) -> None:
    result = fit.result
    assert result is not None
    pixels = fit.source.width * fit.source.height
    if json:
        put_json(
            {
                "event": "finished",
                "output": str(fit.output),
                "psnr": round(result.psnr, 3),
                "bytes": result.bytes,
                "bits_per_pixel": 8 * result.bytes / pixels,
                "seconds": round(seconds, 3),
                "notes": list(fit.notes),
            }
        )
    elif not quiet:
        say(
            f"{shown_path(fit.output)}: {result.psnr:.2f} dB, {size_of(result.bytes)}"
            f" ({8 * result.bytes / pixels:.3g} bits per pixel), {duration(seconds)},"
            f" {pixels / 1e6 / seconds:.2g} megapixels a second"
        )
        for note in fit.notes[len(fit.source.notes) :]:
            say(f"note: {note}")
