"""`redraw.fit`."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from redraw.files import check_output
from redraw.fitting.early import EarlyFrame
from redraw.fitting.run.events import Event
from redraw.fitting.start import start_fit
from redraw.fitting.timing import prepare_within
from redraw.signals.options import Columns, Learnable, Targets
from redraw.signals.source import any_signal
from redraw.storage.field_name import check_field_name

if TYPE_CHECKING:
    from redraw.fitting.result.fitted import FittedField


def fit(
    signal: Learnable,
    targets: Targets = None,
    *,
    inputs: str | Sequence[str] | None = None,
    task: str | None = None,
    held_out: float | str | os.PathLike[str] | None = None,
    scaling: str = "range",
    keep: str | None = None,
    model: str | None = None,
    steps: int | None = None,
    seconds: float | None = None,
    psnr: float | None = None,
    seed: int | None = None,
    engine: str | None = None,
    device: str | None = None,
    precision: str | None = None,
    threads: int | None = None,
    max_side: int | None = None,
    size: str | tuple[int, int] | None = None,
    threshold: float | None = None,
    max_pixels: int | None = None,
    footprint: str | None = None,
    samples: int | None = None,
    budget: str | int | None = None,
    bytes: str | int | None = None,  # noqa: A002 (the option's name)
    bpp: float | None = None,
    lossless: bool | int | None = None,
    run: str | os.PathLike[str] | None = None,
    frames: int | None = None,
    rest: float | None = None,
    checkpoint_every: float | None = None,
    output: str | os.PathLike[str] | None = None,
    force: bool = False,
    on_event: Callable[[Event], object] | None = None,
    profile: bool = False,
    config: str | os.PathLike[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    **more_settings: Any,
) -> "FittedField":
    """Teach a small network to be a picture, or the function behind a table.

    What is not given is the preset's. The environment is not asked.

    Args:
        signal: A path to a picture or a CSV of pixels, the name of a bundled picture ("cub"), a
            `Picture`, or an array (H, W) or (H, W, C). With `targets`, a path to a table or an
            array of inputs (N,) or (N, D), a data frame, or a dict of columns; alone, a `Table` or
            the name of an example ("xor").
        targets: Names of columns ("y", "u,v", ["u", "v"]), or for arrays numbers or classes (N,) or
            (N, T).
        inputs: Names of a table's columns; by default all that are no targets.
        task: "regression" or "classification"; by default the targets tell.
        held_out: A share of a table's rows ("20%"), or a file of others, to judge by.
        scaling: Of a table's inputs: "range" to [-1, 1], or "standard" to mean 0, deviation 1.
        keep: "best" to end with the state that was best on the held-out rows.
        model: A preset (`redraw presets` lists them); by default the one that suits the signal
            best: line drawings, other drawings, photographs and tables have one each.
        steps: How many steps to plan.
        seconds: On the wall, from here to the saved field: the plan comes from the measured rate of
            steps. A picture that is too large for them is made smaller first, and noted.
        psnr: Quality in dB that is enough: it ends early.
        seed: Of everything random. The same seed gives the same field.
        engine: "auto" or an engine's name.
        device: "auto", "cpu", "cuda" or "mps".
        precision: "float32", "float64", "tf32", "bfloat16" or "float16".
        threads: CPU threads; all by default.
        max_side: Shrink the picture first so that no side is longer.
        size: Resample the picture first, to (width, height) or "640x480".
        threshold: Make the picture two-tone first: paper where it is at least so bright.
        max_pixels: Files with more pixels are refused.
        footprint: "box" to train on averages over pixels, "point" on their centres; with
            drawings also "gauss:S", "bicubic", "lanczos", "jpeg:Q", or "auto" by what they show.
        samples: Positions inside a pixel (box).
        budget: The most parameters: a count, or a share of the picture's values such as "25%".
            Widths, or the sizes of the grid, follow.
        bytes: The most bytes of the file of a photograph, a drawing made of labels or a network: a
            count, or "100k".
        bpp: The same, as bits per pixel.
        lossless: Whether the field of a photograph holds the picture's own pixels, alpha and 16
            bits included; a number: none of its values off by more levels.
        run: A run folder to keep checkpoints, log and frames in; None keeps all in memory.
        frames: Pictures saved as it learns, with `run`; 20 by default.
        rest: Seconds of pause after each of them.
        checkpoint_every: Seconds between checkpoints, with `run`.
        output: Where to write the field file as well.
        force: Replace an existing run and output.
        on_event: Called with every event of `redraw.fitting.run.events`.
        profile: Whether the last event but one is a `Profiled`: where the time went.
        config: A TOML or JSON file of settings; arguments come before it.
        settings: Any of the preset's values by name, as for `--set`: {"omega": 15}.
        **more_settings: The same, as arguments: `omega=15, hidden=(32, 32)`.

    Returns:
        The field: draw it with `render`, write it with `save`, ask it for values.

    Raises:
        RedrawError: something in the request can't be done; the message says what to do.

    Example:
        >>> field = fit([[0.0, 1.0], [1.0, 0.0]], model="siren", steps=5, hidden=(8,))
        >>> field.render(4, 4)
        <Picture field: 4x4, 8-bit grey>
    """
    began = time.monotonic()
    learned = any_signal(
        signal,
        Columns(targets, inputs, task, held_out, scaling),
        max_side=max_side,
        size=size,
        threshold=threshold,
        max_pixels=max_pixels,
    )
    if frames is None and run is None:
        frames = 0
    asked: dict[str, Any] = {
        "config": config,
        "settings": {**(settings or {}), **more_settings},
        "steps": steps,
        "output": output,
        "run": run,
        "model": model,
        "seconds": seconds,
        "psnr": psnr,
        "seed": seed,
        "engine": engine,
        "device": device,
        "precision": precision,
        "threads": threads,
        "footprint": footprint,
        "samples": samples,
        "budget": budget,
        "bytes": bytes,
        "bpp": bpp,
        "lossless": lossless or None if isinstance(lossless, bool) else lossless,
        "frames": frames,
        "rest": rest,
        "checkpoint_every": checkpoint_every,
        "keep": keep,
    }
    if output is not None:
        check_field_name(output)
        check_output(output, force=force)
    early = EarlyFrame(run, force=force, on_frame=on_event)
    learned, plan, clock = prepare_within(learned, began, asked, early)
    fitting = start_fit(
        learned, plan, run, force=force, on_frame=on_event, clock=clock, early=early
    )
    fitting.profiling = profile
    for event in fitting.events():
        if on_event:
            on_event(event)
    return fitting.result
