"""The pictures that a run saved as it learned, as one animation or one sheet.

GIF, WebP and MP4 move; a PNG shows up to twelve of the frames side by side.
"""

import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from redraw import memory
from redraw.errors import OutputError, RunError, UsageError
from redraw.files import write_atomically
from redraw.scores import main_score
from redraw.signals.picture.reading import read

if TYPE_CHECKING:
    from av import VideoStream

# How long a time-lapse moves, if nobody says.
USUAL_SECONDS = 6.0
LONGER_SIDE = 800  # pixels of a moving frame, by default
TILE_SIDE = 320  # pixels of a picture on a sheet, by default
MOST_TILES = 12
MOST_SIDE = 8192  # of a picture: screens have fewer, and players refuse more
HELD = 4  # pages of a moving one that are in memory at once, with what packs them
MOST_SECONDS = 3600.0
FRAMES_PER_SECOND = 25  # GIF counts hundredths of a second, so 4 of them exactly

PAPER = (255, 255, 255)
BAND = (28, 30, 36)
CAPTION = (236, 238, 242)


@dataclass(frozen=True)
class Scene:
    """What is shown, in order, for how long, and how large.

    Args:
        frames: (step, file), at least one, by step.
        labels: The caption of a step.
        seconds: From the first frame to the last.
        hold: The last one stays for so long.
        side: The longer side of a picture, in pixels, at most.
        progress: Told which share of the frames has been drawn, 0 to 1.
    """

    frames: Sequence[tuple[int, Path]]
    labels: Mapping[int, str]
    seconds: float
    hold: float
    side: int
    progress: Callable[[float], object]


def make_timelapse(
    frames: Sequence[tuple[int, Path]],
    out: str | os.PathLike[str],
    *,
    seconds: float = USUAL_SECONDS,
    hold: float = 1.5,
    size: int | None = None,
    labels: Mapping[int, str] | None = None,
    force: bool = False,
    progress: Callable[[float], object] = lambda _: None,
) -> None:
    """Show how a picture was learned; the ending of `out` says as what.

    Frames follow each other evenly, so those saved at geometric steps slow down with the learning.
    More than 25 per second are thinned out. Small pictures are enlarged by a whole factor, so that
    their pixels stay squares; large ones are shrunk.

    Args:
        frames: (step, picture file), in any order, all of one size.
        out: `.gif`, `.webp`, `.mp4` (needs the extra `video`), or `.png` for a sheet of up to
            twelve frames.
        seconds: How long it moves, in all; then it stays on the last frame for `hold` seconds.
        hold: See above.
        size: The longer side of a picture, in pixels, at most; 800 by default, 320 on a sheet.
        labels: What to write below the frame of a step; "step N" where nothing is given. See
            `captions`.
        force: Replace what is there.
        progress: Told which share of the frames has been drawn, 0 to 1.

    Raises:
        RunError: There are no frames, or their sizes differ.
        UsageError: `out` ends in something else, or a number is out of range.
        OutputError: `out` exists or can't be written, or `av` is missing.
        PictureError: A frame can't be read.
    """
    out = Path(out)
    kind = out.suffix.lower()
    if kind not in _WRITERS:
        raise UsageError(
            f"a time-lapse can't be written as {out.name}; end the name in one of"
            f" {', '.join(_WRITERS)} (.png makes a sheet of frames)"
        )
    if not frames:
        raise RunError(
            "the run has no frames to show; fit again with --frames 40 to have some saved"
        )
    side = size if size is not None else (TILE_SIDE if kind == ".png" else LONGER_SIDE)
    if not 1 <= side <= MOST_SIDE:
        raise UsageError(f"the size of a time-lapse is {side}; accepted: 1 to {MOST_SIDE:,} pixels")
    if not 0.0 < seconds <= MOST_SECONDS:
        raise UsageError(
            f"the seconds of a time-lapse are {seconds:g}; accepted: above 0 to {MOST_SECONDS:g}"
        )
    if not 0.0 <= hold <= MOST_SECONDS:
        raise UsageError(
            f"the seconds to hold the last frame are {hold:g}; accepted: 0 to {MOST_SECONDS:g}"
        )
    # A sheet holds all its pictures, and itself.
    held = 2 * min(len(frames), MOST_TILES) if kind == ".png" else HELD
    memory.ask(
        3 * side**2 * held, f"a time-lapse of {side} x {side} pixels", "name a smaller --size"
    )
    shown = sorted(frames, key=lambda frame: frame[0])
    scene = Scene(shown, labels or {}, float(seconds), float(hold), side, progress)
    write_atomically(out, lambda file: _WRITERS[kind](scene, file), force=force)


def captions(
    frames: Iterable[tuple[int, Path]], records: Iterable[Mapping[str, Any]]
) -> dict[int, str]:
    """Say below each frame at which step it was saved and how good it was, from a run's log.

    Args:
        frames: (step, file) as `make_timelapse` takes them.
        records: The log's records. Of those with "step" and "psnr" (dB), an "evaluation" measured
            the whole picture, and others estimated it from the points they trained on. Where
            several of a kind have the same step, the last one holds. "scores", of a table, are
            told instead.

    Returns:
        For each frame's step "step 1,000   31.42 dB", "step 1,000   about 31.4 dB" (an estimate),
        or only "step 1,000" where the log has neither.
    """
    measured: dict[int, str] = {}
    estimated: dict[int, str] = {}
    for record in records:
        step, psnr = record.get("step"), record.get("psnr")
        if not isinstance(step, int) or not isinstance(psnr, int | float):
            continue
        if scores := record.get("scores"):
            name, _, told = main_score(scores)
            measured[step] = f"   {name.split(',')[0]} {told}"
        elif record.get("event") == "evaluation":
            measured[step] = f"   {psnr:.2f} dB"
        else:
            estimated[step] = f"   about {psnr:.1f} dB"
    return {step: f"step {step:,}" + {**estimated, **measured}.get(step, "") for step, _ in frames}


def _write_gif(scene: Scene, file: BinaryIO) -> None:
    def in_few_colours(page: Image.Image) -> Image.Image:
        # Grey needs no palette of its own: all 256 levels fit, exactly.
        return page if page.mode == "L" else page.quantize()

    _write_moving(scene, file, "GIF", in_few_colours)


def _write_webp(scene: Scene, file: BinaryIO) -> None:
    _write_moving(scene, file, "WEBP", lambda page: page.convert("RGB"), quality=90, method=4)


def _write_moving(
    scene: Scene,
    file: BinaryIO,
    kind: str,
    prepare: Callable[[Image.Image], Image.Image],
    **options: Any,
) -> None:
    frames = _evenly(scene.frames, max(1, int(scene.seconds * FRAMES_PER_SECOND)))
    durations = [1000 * scene.seconds / len(frames)] * len(frames)
    durations[-1] += 1000 * scene.hold
    # Rounded in the sum, not one by one, or a long animation would drift.
    ends = [10 * round(end / 10) for end in np.cumsum(durations)]
    pages = (prepare(page) for page in _pages(scene, frames))
    next(pages).save(
        file,
        kind,
        save_all=True,
        append_images=pages,
        duration=np.diff([0, *ends]).astype(int).tolist(),
        loop=0,
        **options,
    )


def _write_mp4(scene: Scene, file: BinaryIO) -> None:
    try:
        import av
    except ImportError:
        raise OutputError(
            "an MP4 time-lapse needs PyAV; install redraw[video], or write a .gif or .webp"
        ) from None
    frames = _evenly(scene.frames, max(1, int(scene.seconds * FRAMES_PER_SECOND)))
    with av.open(file, "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream: VideoStream | None = None
        shown = 0
        for index, page in enumerate(_pages(scene, frames)):
            # Players and 4:2:0 colour want even sides.
            image = _on_paper(page.convert("RGB"), *(side + side % 2 for side in page.size))
            if stream is None:
                stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND)
                stream.width, stream.height = image.size
                stream.pix_fmt = "yuv420p"
                stream.options = {"crf": "17", "preset": "slow"}
            last = index == len(frames) - 1
            until = scene.seconds * (index + 1) / len(frames) + (scene.hold if last else 0.0)
            frame = av.VideoFrame.from_image(image)
            for tick in range(shown, max(shown + 1, round(until * FRAMES_PER_SECOND))):
                frame.pts = tick
                container.mux(stream.encode(frame))
                shown = tick + 1
        if stream is not None:
            container.mux(stream.encode())


def _write_sheet(scene: Scene, file: BinaryIO) -> None:
    frames = _evenly(scene.frames, MOST_TILES)
    tiles = list(_pages(scene, frames))
    width, height = tiles[0].size
    gap = max(4, width // 32)
    columns = _columns(len(tiles), width + gap, height + gap)
    rows = math.ceil(len(tiles) / columns)
    size = columns * (width + gap) + gap, rows * (height + gap) + gap
    sheet = Image.new(tiles[0].mode, size, _in_mode((214, 217, 222), tiles[0].mode))
    for index, tile in enumerate(tiles):
        row, column = divmod(index, columns)
        sheet.paste(tile, (gap + column * (width + gap), gap + row * (height + gap)))
    sheet.save(file, "PNG", optimize=True)


_WRITERS: dict[str, Callable[[Scene, BinaryIO], None]] = {
    ".gif": _write_gif,
    ".webp": _write_webp,
    ".mp4": _write_mp4,
    ".png": _write_sheet,
}


def _evenly(frames: Sequence[tuple[int, Path]], most: int) -> list[tuple[int, Path]]:
    """At most `most` frames, the first and (before it) the last among them."""
    if len(frames) <= most:
        return list(frames)
    if most == 1:
        return [frames[-1]]
    return [frames[round(i * (len(frames) - 1) / (most - 1))] for i in range(most)]


def _columns(count: int, width: int, height: int) -> int:
    """How many columns make the sheet about 4:3, with few places left empty."""

    def badness(columns: int) -> float:
        rows = math.ceil(count / columns)
        shape = abs(math.log(columns * width / (rows * height) / (4 / 3)))
        return shape + (columns * rows - count) / count

    return min(range(1, count + 1), key=badness)


def _pages(scene: Scene, frames: Sequence[tuple[int, Path]]) -> Iterator[Image.Image]:
    """Each frame at its size in the end, above its caption; all grey ("L") or all "RGB"."""
    texts = [scene.labels.get(step, f"step {step:,}") for step, _ in frames]
    first: tuple[tuple[int, int], str] | None = None
    for count, ((step, path), text) in enumerate(zip(frames, texts, strict=True), 1):
        image = _load(path)
        if first is None:
            first = image.size, image.mode
        if image.size != first[0]:
            raise RunError(
                f"the frame of step {step} has {image.width}x{image.height} pixels and the first"
                f" one {first[0][0]}x{first[0][1]}; a time-lapse needs frames of one size"
            )
        yield _captioned(_at_side(image.convert(first[1]), scene.side), text, texts)
        scene.progress(count / len(frames))


def _load(path: Path) -> Image.Image:
    """A frame in 8 bits, "L" or "RGB", as seen on white paper."""
    picture = read(path)
    values = picture.fitted()
    if picture.colour.alpha:
        values = values[..., :-1] + (1.0 - values[..., -1:])
    pixels = np.rint(values.clip(0.0, 1.0) * 255.0).astype(np.uint8)
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def _at_side(image: Image.Image, side: int) -> Image.Image:
    """Enlarged by the largest whole factor that `side` allows, or shrunk to it."""
    longer = max(image.size)
    if longer <= side:
        factor = side // longer
        return image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
    size = [max(1, round(length * side / longer)) for length in image.size]
    return image.resize((size[0], size[1]), Image.Resampling.LANCZOS)


def _captioned(image: Image.Image, text: str, texts: Sequence[str]) -> Image.Image:
    """`image` above a band with `text`; wide enough for any of `texts`."""
    font = _font(min(22, max(12, max(image.size) // 26)))
    margin = round(font.size * 0.6)
    widest = max(math.ceil(font.getlength(each)) for each in texts)
    band = round(font.size * 1.7)
    width = max(image.width, widest + 2 * margin)
    page = _on_paper(image, width, image.height + band)
    draw = ImageDraw.Draw(page)
    draw.rectangle((0, image.height, width, page.height), fill=_in_mode(BAND, page.mode))
    middle = image.height + band / 2
    draw.text((margin, middle), text, fill=_in_mode(CAPTION, page.mode), font=font, anchor="lm")
    return page


def _on_paper(image: Image.Image, width: int, height: int) -> Image.Image:
    """`image` at the top, centred, of a white page."""
    if image.size == (width, height):
        return image
    page = Image.new(image.mode, (width, height), _in_mode(PAPER, image.mode))
    page.paste(image, ((width - image.width) // 2, 0))
    return page


def _in_mode(colour: tuple[int, int, int], mode: str) -> int | tuple[int, int, int]:
    return colour if mode == "RGB" else round(sum(colour) / 3)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # Pillow's wheels bring FreeType
    return font
