"""Numbers, times and paths as people read them."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from redraw import shell
from redraw.cli.plain_text import plain
from redraw.scores import headline
from redraw.signals.words import Words

SPARKS = "▁▂▃▄▅▆▇█"
LEVELS = 255  # of an 8-bit value, in which errors are told
IOU = "IoU of ink"


def size_of(count: float) -> str:
    """Bytes: "512 bytes", "51.9 KB", "1.2 MB" (of 1000)."""
    if count < 1000:
        return f"{count:.0f} bytes"
    for unit in ("KB", "MB", "GB", "TB"):
        count /= 1000
        if count < 999.5 or unit == "TB":
            break
    return f"{count:.3g} {unit}" if count < 100 else f"{count:.0f} {unit}"


def clock(seconds: float) -> str:
    """A time that passes: "0:07", "12:34", "1:02:03"."""
    whole = int(max(0.0, seconds) + 0.5)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours}:{minutes:02}:{whole % 60:02}"
    return f"{minutes}:{whole % 60:02}"


def duration(seconds: float) -> str:
    """A time that passed: "0.42 s", "31.5 s", "12 min 34 s", "3 h 2 min"."""
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    whole = int(seconds + 0.5)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def speed(per_second: float, noun: str = "pixels") -> str:
    """ "950 pixels/s", "1.25 M pixels/s"."""
    for limit, unit in ((1e9, "G "), (1e6, "M "), (1e3, "k ")):
        if per_second >= limit:
            return f"{per_second / limit:.3g} {unit}{noun}/s"
    return f"{per_second:.0f} {noun}/s"


def off_by(psnr: float, words: Words) -> str:
    """What decibels mean: the root mean square error in levels where the kind has some."""
    from redraw.metrics import BEST_PSNR

    if not words.levels:
        return ""
    if psnr >= BEST_PSNR:
        return f"every {words.position} is exact"
    levels = words.levels * 10 ** (-psnr / 20)
    shown = f"{levels:.2f}" if levels < 1 else f"{levels:.1f}" if levels < 10 else f"{levels:.0f}"
    return f"typically {shown} of {words.levels} levels off"


def quality(psnr: float, iou: float | None, scores: Mapping[str, Any] | None = None) -> str:
    """ "38.42 dB", "38.42 dB, IoU of ink 0.992", or of a table "accuracy 98.2 %"."""
    if scores is not None:
        return headline(scores)
    return f"{psnr:.2f} dB" + ("" if iou is None else f", {IOU} {iou:.3f}")


def shown_path(path: str | os.PathLike[str]) -> str:
    """For a sentence: relative where it is below the current folder, on one line."""
    return plain(relative_path(path))


def relative_path(path: str | os.PathLike[str]) -> str:
    """Below the current folder, where it is; else as it is."""
    path = Path(path)
    try:
        where = Path(os.path.realpath(path.parent)) / path.name
        return str(where.relative_to(os.path.realpath(Path.cwd())))
    except (ValueError, OSError):
        return str(path)


def quoted(path: str | os.PathLike[str]) -> str:
    """A path as it is typed in a shell from here, whatever it holds; never like an option."""
    return shell.quoted(relative_path(path))


def counted(count: int, noun: str) -> str:
    """ "1 frame", "1,234 frames"."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def sparkline(points: Sequence[tuple[float, float]], width: int) -> str:
    """The values of (place, value) points, by place, as small bars.

    Each column shows the last value at or before its end.
    """
    if len(points) < 2 or width < 1:
        return ""
    first, last = points[0][0], points[-1][0]
    low, high = min(value for _, value in points), max(value for _, value in points)
    scale = (len(SPARKS) - 1) / (high - low) if high > low else 0.0
    bars, index = [], 0
    for column in range(1, width + 1):
        end = first + (last - first) * column / width
        while index + 1 < len(points) and points[index + 1][0] <= end:
            index += 1
        bars.append(SPARKS[round((points[index][1] - low) * scale)])
    return "".join(bars)
