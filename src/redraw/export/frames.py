"""The pictures of how something was learned, for a page that plays them."""

import base64
import io
import json
from collections.abc import Callable
from pathlib import Path

from redraw.errors import UsageError
from redraw.storage.run_folder import RunFolder

# So many frames of at most so many pixels on a side, and so many bytes together: a page for all.
MOST, SIDE = 48, 256
LARGEST = 96 * 1024


def frames_of(run: Path, progress: Callable[[float], object] = lambda _: None) -> str:
    """JSON: [[step, data URL], ...], evenly chosen; small enough for a page.

    Args:
        run: The run folder; frames are pictures by step.
        progress: Told the share that is done: of the first try, which nearly always does, and of
            half of what is left by each of the others.

    Raises:
        UsageError: it has none.
        RunError: it is no run folder.
    """
    from PIL import Image

    frames = RunFolder.open(run, writable=False).frames()
    if not frames:
        raise UsageError(f"--animate {run}: the run has no frames; fit with --frames 24, or more")
    tries = ((MOST, SIDE, 60), (32, SIDE, 50), (24, 192, 45), (16, 160, 40))
    found = ""
    for number, (count, side, quality) in enumerate(tries):
        listed = []
        chosen = _evenly(frames, count)
        for at, (step, path) in enumerate(chosen):
            with Image.open(path) as image:
                picture = image.convert("RGBA" if "A" in image.getbands() else "RGB")
            picture.thumbnail((side, side), Image.Resampling.LANCZOS)
            out = io.BytesIO()
            picture.save(out, "WEBP", quality=quality, method=6)
            text = base64.b64encode(out.getvalue()).decode("ascii")
            listed.append([step, f"data:image/webp;base64,{text}"])
            progress(1.0 - 0.5**number * (1.0 - 0.5 * (at + 1) / len(chosen)))
        found = json.dumps(listed, separators=(",", ":"))
        if len(found) <= LARGEST:
            break
    return found


def _evenly(frames: list[tuple[int, Path]], most: int) -> list[tuple[int, Path]]:
    """Some of the frames, the first and the last among them: early ones closer together."""
    if len(frames) <= most:
        return frames
    last = len(frames) - 1
    places = sorted({round(last * (k / (most - 1)) ** 1.5) for k in range(most)})
    return [frames[at] for at in places]
