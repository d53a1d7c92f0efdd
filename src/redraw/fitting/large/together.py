"""Putting the file of a large picture together from what its fit kept on the disk."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redraw.coding.blocks.block import Chances
from redraw.coding.pyramid import SHARES
from redraw.errors import OutputError
from redraw.files import atomic_output
from redraw.fitting.large.passes import Job
from redraw.fitting.large.scratch import writing
from redraw.fitting.large.spread import decibels
from redraw.fitting.large.squares import SquareJob
from redraw.signals.picture.colour import Colour
from redraw.storage.about import About
from redraw.storage.block_file import Blocks, write_blocks


@dataclass(frozen=True)
class Result:
    """What came of it.

    Attributes:
        psnr: In dB.
        bytes: Of the file.
        step: In 1/256.
    """

    psnr: float
    bytes: int
    step: int


def put_together(
    job: Job,
    state: Mapping[str, NDArray],
    made: tuple[Mapping[str, Any], Colour],
    output: Path,
    squares: SquareJob | None,
    *,
    force: bool,
) -> Result:
    """Write the file.

    Args:
        job: Of the fit, its step known.
        state: All that the fit found.
        made: What the file says of how it was made, and the picture's colours.
        output: The file.
        squares: Those that were fitted by themselves, if any were.
        force: Replace what is there.

    Raises:
        OutputError: it can't be written.
    """
    layout = job.layout
    psnr = _psnr(job, state)
    blocks = Blocks(
        layout,
        state["corner"].astype(np.int32),
        Chances(state["chances"], state["sure"]),
        state["lengths"],
        state["checksums"],
    )
    told, colour = made
    about = About((layout.width, layout.height), colour, made={**told, "psnr": round(psnr, 3)})
    path = job.folder / "fields.bin"
    try:
        with contextlib.ExitStack() as opened:
            fields = None
            if squares is not None:
                with writing(path), open(path, "wb") as file:
                    table = squares.joined(file)
                fields = table, opened.enter_context(open(path, "rb"))
            data = opened.enter_context(open(job.folder / "blocks.bin", "rb"))
            file = opened.enter_context(atomic_output(output, force=force))
            write_blocks(file, blocks, about, data, fields)
    except OutputError as error:
        raise OutputError(f"{error}; what is finished is kept") from error
    return Result(psnr, output.stat().st_size, layout.step)


def _psnr(job: Job, state: Mapping[str, NDArray]) -> float:
    """What the pixels have, from what the coefficients miss."""
    layout = job.layout
    norms = [(one, one, both) for one, both, _ in SHARES[: layout.levels]]
    norm = np.array(norms or [(16384,) * 3]) / 16384.0
    error = float((state["missed"] / norm**2).sum() * state["share"])
    values = layout.width * layout.height * layout.channels
    return min(decibels(error, layout.depth, layout.fraction, values), 99.0)
