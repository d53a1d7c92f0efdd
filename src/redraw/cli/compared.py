"""What is said where plain interpolation would have been better, with the command that is."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from redraw.cli.wording import quoted

# From here on it holds every pixel, to rounding.
EVERY = 100.0


def compared_lines(
    found: Mapping[str, Any] | None, fit: Sequence[str], field: Path | None
) -> list[tuple[str, str]]:
    """Nothing where the fit is no worse; else what is, and the command, as (style, line).

    Args:
        found: `Finished.compared`.
        fit: The words of the fit after `redraw fit`, as they are pasted, without preset and places;
            empty where they are not known.
        field: Where it wrote its field.
    """
    if not found or not (found["worse_own"] or found["worse_between"]):
        return []
    lines = []
    if found["worse_own"]:
        linear = found["linear"]
        kept = "has all pixels" if linear >= EVERY else f"has {linear:.1f} dB"
        lines.append(
            f"note: its pixels are {found['psnr']:.1f} dB; the best linear answer of equal size"
            f" {kept}"
        )
    if found["worse_between"]:
        lines.append(
            f"note: drawn larger it is likely below plain interpolation: {found['between']:.1f} dB,"
            f" and {found['interpolation']:.1f}, on averages held out"
        )
    model, numbers = found["better"], found["numbers"]
    words = [*fit, "--model", model, "--budget", str(numbers)]
    if fit and field is not None:
        stem = field.with_suffix("")
        words += ["-o", quoted(f"{stem}-{model}.redraw"), "--run", quoted(f"{stem}-{model}.run")]
    lines.append(f"      {'redraw fit' if fit else 'fit it with'} {' '.join(words)}")
    return [("yellow", line) for line in lines]
