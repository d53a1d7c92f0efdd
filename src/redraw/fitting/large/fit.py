"""The whole fit of a picture larger than memory.

    read every strip: split it, count its coefficients, keep low ones   (from the finest level on)
    find the step: what the counts say, corrected by parts that are fitted in memory
    split again, write the blocks                                       (from the coarsest level on)
    fit squares of it, if that is asked for
    put the file together

Whatever the size of tiles, the number of threads, and however often it was killed, the file is the
same to the byte: all arithmetic is on whole numbers, and blocks lie where the format says.
"""

import functools
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redraw.coding.blocks.block import Chances
from redraw.coding.blocks.layout import Layout
from redraw.coding.pyramid import MOST_LEVELS, levels_of
from redraw.engines.threads import usable_threads
from redraw.errors import PictureError, UsageError
from redraw.files import check_output
from redraw.fitting.large.passes import (
    UNIT,
    Crew,
    Encoded,
    Job,
    Threads,
    encode,
    keep_samples,
    sample_shape,
    take_apart,
)
from redraw.fitting.large.progress import Progress
from redraw.fitting.large.samples import Sample, ratio, taught
from redraw.fitting.large.scratch import Scratch, put, writing
from redraw.fitting.large.spread import Spread, squares
from redraw.fitting.large.squares import (
    Wanted,
    better_in_squares,
    fit_square,
    job_of,
    shared_settings,
)
from redraw.fitting.large.together import Result, put_together
from redraw.memory import give_large_blocks_back
from redraw.signals.large.strips import Strips
from redraw.storage.field_name import check_field_name

# What it aims at without a word, in dB: as `wavelet` does.
QUALITY = 42.0
# Another form of what is kept on the disk: what an older redraw kept is thrown away.
VERSION = 2
READING, CODING = 0, 1
BETTER = (
    "it looks like a drawing; drawn larger it is smooth between its pixels, at least as near to the"
    " page as plain interpolation, but not crisp; --model {model} makes it so, square by square, in"
    " a minute and more for each megapixel"
)


class LargeFit:
    """A fit of a picture in strips.

    Args:
        source: The picture.
        output: The field file to write.
        quality: In dB.
        tile: Samples along a side of what one thread works on; it changes nothing else.
        threads: How many work.
        force: Replace what is there.
        folder: Where it is kept meanwhile; by default beside the output, NAME.parts.
        told: What the file says of how it was made.
        crew: Makes who carries strips out, given the fit; by default threads of this process.
        squares: How squares are fitted besides; None for none.

    Attributes:
        stopped: Set it, and the fit ends after the next strip, to be continued.
        stages: Of its progress, in order.
        notes: What the user should know; all of it when it has ended.

    Raises:
        OutputError, RunError: the output or the folder can't be written, or are in use.
        UsageError: an option is impossible.
    """

    def __init__(
        self,
        source: Strips,
        output: str | os.PathLike[str],
        *,
        quality: float = QUALITY,
        tile: int = 4 * UNIT,
        threads: int | None = None,
        force: bool = False,
        folder: str | os.PathLike[str] | None = None,
        told: dict[str, Any] | None = None,
        crew: "Callable[[LargeFit], Crew] | None" = None,
        squares: Wanted | None = None,
    ) -> None:
        if not 10.0 <= quality <= 90.0:
            raise UsageError(f"the quality is {quality:g} dB; accepted: 10 to 90")
        if tile < UNIT or tile % UNIT:
            raise UsageError(f"tiles are {tile}; accepted: multiples of {UNIT}")
        self.source, self.output, self.quality = source, Path(output), quality
        self.threads, self.stopped = threads or usable_threads(), False
        self._force, self._told, self._squares = force, told or {}, squares
        self.stages = ("reading", "coding", *(("squares",) if squares else ()))
        self._alone = crew is None
        self._crew = crew or (lambda fit: Threads(fit.source.rows, fit.threads))
        check_field_name(self.output)
        check_output(self.output, force=force)
        levels = min(levels_of(source.width, source.height), MOST_LEVELS)
        self._stamp = source.stamp()
        own = Path(folder) if folder else self.output.with_name(f"{self.output.stem}.parts")
        layout = Layout(source.width, source.height, source.channels, source.depth, levels)
        self.job = Job(layout, own, tile)
        colour = replace(source.colour, icc=None).to_json()
        self.scratch = Scratch(
            own,
            {
                "version": VERSION,
                "source": source.name,
                "stamp": self._stamp,
                "size": [source.width, source.height, source.channels, source.depth],
                "colour": {key: value for key, value in colour.items() if key != "icc"},
                "quality": quality,
                "tile": tile,
                **({"squares": asdict(squares)} if squares else {}),
            },
        )
        self.result: Result | None = None
        self.notes = source.notes

    @property
    def resumed(self) -> bool:
        """Whether an earlier fit got somewhere."""
        return bool(self.scratch.state)

    def events(self) -> Iterator[Progress]:
        """Carry it out; ends early if `stopped` is set. `result` says what came of it.

        Raises:
            PictureError: the picture can't be read, or was changed meanwhile; what is finished is
                kept.
            OutputError: the disk is full; the same.
        """
        give_large_blocks_back()
        crew = self._crew(self)
        try:
            yield from self._read(crew)
            if not self.stopped:
                self._find()
                yield from self._encode(crew)
            if self._squares and not self.stopped:
                yield from self._fit_squares(crew, self._squares)
        finally:
            crew.close()
        if not self.stopped:
            self._check()
            self._finish()

    def stop(self) -> None:
        """Ask for an end after the present strip; safe from threads."""
        self.stopped = True

    def close(self) -> None:
        """Give the folder and the picture back; what was kept stays, unless it is done."""
        self.source.close()
        self.scratch.close()

    def _check(self) -> None:
        """Raises PictureError if the picture is not what it was."""
        if self.source.stamp() != self._stamp:
            self.scratch.remove()
            raise PictureError(
                f"{self.source.name} was changed while it was fitted; what was found of it is"
                " thrown away, and the same command begins anew"
            )

    # ---------------------------------------------------------------- reading

    def _read(self, crew: Crew) -> Iterator[Progress]:
        state, layout = self.scratch.state, self.job.layout
        if state and int(state["stage"]) != READING:
            return
        spread = Spread.none(layout.levels, layout.channels)
        first = 0, 0
        if state:
            spread = Spread(state["counts"], state["sums"])
            first = int(state["level"]), int(state["strip"])
        else:
            put(self.job.samples_path, 0, b"")
        done = 0

        def reached(level: int, strip: int) -> dict[str, Any]:
            return {
                "stage": READING,
                "level": level,
                "strip": strip,
                "counts": spread.counts,
                "sums": spread.sums,
            }

        for level in range(layout.levels):
            begin = first[1] if level == first[0] else 0
            h, w = layout.sides[level]
            if level < first[0]:
                done += h * w
                continue
            strips = range(begin, self.job.strips(level))
            for strip, found in crew.carried_out(self.job, take_apart, level, strips):
                spread.counts[level] += found.counts[0]
                spread.sums[level] += found.sums[0]
                bottom = self.job.rows(level, strip)[1]
                yield Progress("reading", (done + bottom * w) / (4 / 3 * self._pixels))
                if self.stopped or self.scratch.due():
                    self._check()
                    self.scratch.save(reached(level, strip + 1))
                if self.stopped:
                    return
            done += h * w
        if not layout.levels:
            pixels = self.source.rows(0, layout.height)
            keep_samples(self.job, pixels, (0, layout.height), 0)
        self.scratch.save(reached(layout.levels, 0))

    @property
    def _pixels(self) -> int:
        return self.job.layout.width * self.job.layout.height

    # ---------------------------------------------------------------- the step

    def _find(self) -> None:
        """The step for the wanted quality."""
        state, layout = self.scratch.state, self.job.layout
        if int(state["stage"]) != READING:
            return
        spread = Spread(state["counts"], state["sums"])
        h, w = sample_shape(layout)
        kept = np.fromfile(self.job.samples_path, np.uint16)
        samples = [Sample(part, layout.depth) for part in kept.reshape(-1, h, w, layout.channels)]
        values = self._pixels * layout.channels
        wanted = squares(self.quality, layout.depth, layout.fraction, values)
        step, places, share = 0, (0,) * 6, 1.0
        for turn in range(2):  # the share hardly depends on the step
            step = spread.step_for(wanted / share) if layout.levels else 256
            places = spread.judged(step)[1]
            if turn == 0:
                share = ratio(samples, step, places)
        chances = taught(samples, step, places)
        corner = self._corner(replace(layout, step=step))
        shared, better = self._squares, ""
        if shared is not None:
            shared = shared_settings(shared, samples, layout, self.source.colour)
        else:
            better = better_in_squares(samples, layout, self.source.colour)
        self.scratch.save(
            {
                "shared": json.dumps(dict(shared.settings) if shared else {}),
                "better": better,
                "stage": CODING,
                "level": layout.levels - 1,
                "strip": 0,
                "step": step,
                "places": np.array(places),
                "share": share,
                "chances": chances.chances,
                "sure": chances.counts,
                "corner": corner,
                "lengths": np.zeros(0, np.int64),
                "checksums": np.zeros(0, np.uint32),
                "missed": np.zeros((max(layout.levels, 1), 3), np.int64),
            }
        )

    def _corner(self, layout: Layout) -> NDArray[np.int32]:
        """The low coefficients of the last level, in steps. (C, h, w)"""
        h, _ = layout.sides[-1]
        if layout.levels:
            low = np.moveaxis(self.job.low(layout.levels).read(0, h), 1, 0)
        else:
            pixels = self.source.rows(0, layout.height)
            job = Job(layout, self.job.folder)
            low = job.samples(0, 0, pixels, (0, layout.height, 0, layout.width))
        return np.rint(low * (256.0 / layout.steps[-1, 3])).astype(np.int32)

    # ---------------------------------------------------------------- coding

    def _encode(self, crew: Crew) -> Iterator[Progress]:
        state = self.scratch.state
        job, chances = self._coded_job(), Chances(state["chances"], state["sure"])
        layout = job.layout
        lengths, checksums = state["lengths"].tolist(), state["checksums"].tolist()
        missed = state["missed"].copy()
        path = job.folder / "blocks.bin"
        put(path, 0, b"")
        with writing(path):
            os.truncate(path, sum(lengths))
        done = 0
        at = sum(lengths)
        for level in range(layout.levels - 1, -1, -1):
            h, w = layout.sides[level]
            if level > int(state["level"]):
                done += h * w
                continue
            begin = int(state["strip"]) if level == int(state["level"]) else 0
            strips = range(begin, job.strips(level))
            work = functools.partial(encode, chances=chances)
            for strip, found in crew.carried_out(job, work, level, strips):
                self._put(found, len(lengths), path, at)
                lengths += found.lengths
                checksums += found.checksums
                at += sum(found.lengths)
                missed[level] += found.missed
                bottom = job.rows(level, strip)[1]
                yield Progress("coding", (done + bottom * w) / (4 / 3 * self._pixels))
                last = level == 0 and strip + 1 == job.strips(0)
                if self.stopped or last or self.scratch.due():
                    self._check()
                    self.scratch.save(
                        {
                            **state,
                            "level": level,
                            "strip": strip + 1,
                            "lengths": np.array(lengths, np.int64),
                            "checksums": np.array(checksums, np.uint32),
                            "missed": missed,
                        }
                    )
                if self.stopped:
                    return
            done += h * w
            job.told(level + 1).unlink(missing_ok=True)

    # ---------------------------------------------------------------- squares

    def _fit_squares(self, crew: Crew, wanted: Wanted) -> Iterator[Progress]:
        state, job = self.scratch.state, job_of(self.job, wanted)
        shared = json.loads(str(state["shared"]))
        work = functools.partial(
            fit_square,
            wanted=replace(wanted, settings=tuple(sorted(shared.items()))),
            colour=self.source.colour,
            threads=self.threads if self._alone else 1,
        )
        squares = range(job.begun, job.strips(0))
        for square, _ in crew.carried_out(job, work, 0, squares):
            yield Progress("squares", (square + 1) / squares.stop)
            self._check()
            if self.stopped:
                return

    def _put(self, found: Encoded, expected: int, path: Path, at: int) -> None:
        if found.first != expected:
            raise AssertionError(f"block {found.first} where {expected} was to come")
        put(path, at, b"".join(found.contents))

    def _coded_job(self) -> Job:
        state = self.scratch.state
        places = tuple(state["places"].tolist())
        return replace(
            self.job, layout=replace(self.job.layout, step=int(state["step"]), places=places)
        )

    # ---------------------------------------------------------------- the end

    def _finish(self) -> None:
        """Put the file together."""
        state, job = self.scratch.state, self._coded_job()
        made = self._told, self.source.colour
        squares = job_of(self.job, self._squares) if self._squares else None
        self.result = put_together(job, state, made, self.output, squares, force=self._force)
        if str(state["better"]):
            self.notes = (*self.notes, BETTER.format(model=state["better"]))
        self.scratch.remove()


def fit_large(source: Strips, output: str | os.PathLike[str], **options: Any) -> Result:
    """A whole fit; as `LargeFit`."""
    fit = LargeFit(source, output, **options)
    try:
        for _ in fit.events():
            pass
    finally:
        fit.close()
    assert fit.result is not None
    return fit.result
