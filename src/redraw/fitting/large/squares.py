"""Squares of a large picture with fields of their own, which draw it larger.

Each square is fitted as a picture of its own, with some pixels around it, by a preset that makes
drawings crisp; the squares are always the same, so neither threads, machines nor kills change them.
A square has no field where it is flat, or where its field would draw it larger with more error than
the surface through its pixels: that surface draws it then, as the rest of the picture.

Shapes: H rows, W columns, C channels.
"""

import dataclasses
import tempfile
import zlib
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from redraw.coding.blocks.layout import Layout
from redraw.engines.squares import Grid
from redraw.errors import UsageError
from redraw.files import atomic_output
from redraw.fitting.large.passes import Job, Reader
from redraw.fitting.large.samples import Sample
from redraw.fitting.plan.presets import PRESETS, best_preset, preset
from redraw.signals.picture.colour import Colour
from redraw.signals.picture.picture import Picture
from redraw.storage.block_file import Squares

if TYPE_CHECKING:
    from redraw.fitting.result.fitted import FittedField

# Pixels along a side, and around it (`python -m benchmarks.squares` has others).
SIDE, MARGIN = 512, 32
# Of labels: a square is fitted once, unless it is asked for.
ONCE = {"rounds": 0}
# A square whose values differ by no more is flat: a step of 8 bits.
FLAT = 1.01 / 255.0


@dataclass(frozen=True)
class Wanted:
    """How squares are fitted, in plain values: other machines are sent it.

    Attributes:
        model: The preset.
        settings: Of it, as for `--set`, by name.
        steps: Of each fit; None for the preset's own.
        side: Pixels along a side of a square. It changes the result.
        margin: Pixels around it that its fit sees too. It changes the result.
    """

    model: str
    settings: tuple[tuple[str, Any], ...] = ()
    steps: int | None = None
    side: int = SIDE
    margin: int = MARGIN

    @property
    def all_settings(self) -> dict[str, Any]:
        """With those that nobody asked for."""
        own = preset(self.model).field.encoding.settings()
        return {name: value for name, value in ONCE.items() if name in own} | dict(self.settings)


@dataclass(frozen=True)
class SquareJob(Job):
    """Squares in the place of strips: one after another, row by row.

    Attributes:
        grid: Where they are.
    """

    grid: Grid = dataclasses.field(default_factory=lambda: Grid((1, 1), SIDE, MARGIN))

    def strips(self, level: int) -> int:
        """How many squares there are."""
        down, across = self.grid.counts
        return down * across

    def read(self, level: int, strip: int, reader: Reader | None) -> NDArray[np.uint16]:
        """The pixels of a square and around it. (h, w, C)"""
        assert reader is not None
        top, bottom, left, right = self.grid.window(*divmod(strip, self.grid.counts[1]))
        return np.ascontiguousarray(reader(top, bottom)[:, left:right])

    def place(self, square: int) -> Path:
        """Where the field of a square is kept: an empty file if it has none."""
        return self.folder / f"square-{square}.redraw"

    @property
    def begun(self) -> int:
        """The first square that is not kept yet."""
        count = self.strips(0)
        return next((n for n in range(count) if not self.place(n).exists()), count)

    def joined(self, file: BinaryIO) -> Squares:
        """Write all fields one after another, and say where they are."""
        lengths, checksums = [], []
        for square in range(self.strips(0)):
            content = self.place(square).read_bytes()
            file.write(content)
            lengths.append(len(content))
            checksums.append(zlib.crc32(content))
        return Squares(
            self.grid.side,
            self.grid.margin,
            np.array(lengths, np.int64),
            np.array(checksums, np.uint32),
        )


def job_of(job: Job, wanted: Wanted) -> SquareJob:
    """Squares of the picture of another job."""
    size = job.layout.width, job.layout.height
    return SquareJob(job.layout, job.folder, job.tile, Grid(size, wanted.side, wanted.margin))


def fit_square(
    job: Job,
    level: int,
    square: int,
    held: NDArray[np.uint16],
    pool: Executor,
    *,
    wanted: Wanted,
    colour: Colour,
    threads: int | None,
) -> int:
    """Fit one square, unless it is kept already; the bytes of its field file.

    `held`: its pixels and those around it. (h, w, C)
    """
    assert isinstance(job, SquareJob)
    path = job.place(square)
    if not path.exists():
        values = held.astype(np.float32) / np.float32(2**job.layout.depth - 1)
        content = field_of(values, wanted, colour, threads)
        with atomic_output(path, force=True) as file:
            file.write(content)
    return path.stat().st_size


def field_of(
    values: NDArray[np.float32], wanted: Wanted, colour: Colour, threads: int | None
) -> bytes:
    """The field file of a square, or b"" where it is better drawn without. (H, W, C)"""
    if float(np.ptp(values, axis=(0, 1)).max()) <= FLAT:
        return b""
    from redraw.fitting.plan.planning import prepare
    from redraw.fitting.run.guard import judged, numbers_of, plain_colour
    from redraw.fitting.run.run import Run, fit_again

    picture = Picture.from_fitted(values, plain_colour(colour), name="square")
    plan = prepare(
        picture,
        model=wanted.model,
        settings=wanted.all_settings,
        steps=wanted.steps,
        frames=0,
        threads=threads,
    )
    run = Run.start(picture, plan)
    run.guarded = False
    for _ in run.events():
        pass
    assert run.result is not None
    asked = dataclasses.replace(plan, because="nobody named it for a square")
    numbers = numbers_of(run.field.parameter_count, None)
    verdict = judged(picture, asked, float(run.result.made["psnr"]), numbers, fit_again)
    if verdict.worse_own or verdict.worse_between:
        return b""
    return _bytes_of(run.result)


def _bytes_of(fitted: "FittedField") -> bytes:
    """Its file, the same whenever and wherever it is made."""
    made = {name: value for name, value in fitted.made.items() if name != "seconds"}
    fitted.about = dataclasses.replace(fitted.about, made=made)
    with tempfile.TemporaryDirectory(prefix="redraw-") as folder:
        path = Path(folder, "square.redraw")
        fitted.save(path)
        return path.read_bytes()


def check_model(name: str, model: str) -> None:
    """Refuse a preset that can't be fitted in squares.

    Raises:
        UsageError: it needs the whole picture.
    """
    if preset(model).squares:
        return
    known = ", ".join(one for one, row in PRESETS.items() if row.squares)
    raise UsageError(
        f"{name} is fitted in strips, and --model {model} needs it in memory; leave it out, take"
        f" {known} for drawings, shrink the picture first, or raise --max-pixels"
    )


def shared_settings(
    wanted: Wanted, samples: Sequence[Sample], layout: Layout, colour: Colour
) -> Wanted:
    """What was found in the part of most contrast, and holds for all squares.

    Args:
        wanted: How squares are fitted.
        samples: Parts of the picture.
        layout: Of the picture.
        colour: What its values mean.
    """
    from redraw.fitting.plan.planning import prepare

    parts = [_picture_of(sample, layout, colour) for sample in samples]
    busiest = max(parts, key=lambda part: float(np.var(part.values)))
    plan = prepare(busiest, model=wanted.model, settings=dict(wanted.settings))
    found = {**plan.field.encoding.shared(), **dict(wanted.settings)}
    return dataclasses.replace(wanted, settings=tuple(sorted(found.items())))


def better_in_squares(samples: Sequence[Sample], layout: Layout, colour: Colour) -> str:
    """The preset that would draw most parts of a picture crisp, "" if none would."""
    found = Counter(
        best_preset(_picture_of(one, layout, colour), trying=False)[0] for one in samples
    )
    name, count = found.most_common(1)[0]
    return name if preset(name).squares and 2 * count > len(samples) else ""


def _picture_of(sample: Sample, layout: Layout, colour: Colour) -> Picture:
    from redraw.fitting.run.guard import plain_colour

    values = sample.pixels.astype(np.float32) / np.float32(2**layout.depth - 1)
    return Picture.from_fitted(values, plain_colour(colour), name="part")
