"""A fit that keeps to the seconds it was given, however large its picture.

A part of the picture is fitted once, in the same way, from its planning to its file: so it is known
what all of it takes besides steps. Where that is more than there is time for, the picture is made
smaller first, which is said; what the end takes is kept free of steps.
"""

import math
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from redraw.engines.solvers import SOLVERS
from redraw.fitting.early import EarlyFrame
from redraw.fitting.plan.budget import MOST_BYTES, parse_budget, parse_bytes
from redraw.fitting.plan.clock import Clock
from redraw.fitting.plan.config import RunConfig, Stops
from redraw.fitting.plan.planning import chosen_preset, prepare, seconds_of
from redraw.fitting.plan.presets import preset
from redraw.signals.kinds import kind_of
from redraw.signals.scaling import Scaling
from redraw.signals.signal import Signal

# Sides of the part that is tried; and of that of a picture with fewer pixels than `LEAST`, which is
# never made smaller.
PART, LEAST, SMALL_PART = 192, 4 * 192 * 192, 64
# Where all would take more than this share of the seconds left, a larger part is tried, if that
# takes less than that share of them; of the smaller picture again, so often at most; which becomes
# smaller still only where it would by more than this.
CLOSE, LARGE_PART, SPARED, AGAIN, NEARLY = 0.3, 384, 0.08, 3, 0.93
# Of the seconds that are left, so much may go into what is not steps: all but a margin where a
# solver has no plan of steps, half where steps are what makes it good.
UNPLANNED, STEPPED = 0.8, 0.4
# Steps by which one is timed; the least share of a part's time that is put down to its pixels.
FEW, FREE = 5, 0.3
# A picture is not made smaller than this side for the sake of time.
SMALLEST_SIDE = 256


@dataclass(frozen=True)
class Tried:
    """What a part took.

    Attributes:
        pixels: Of the part.
        before: Seconds from its plan to the last step.
        ending: Seconds from there to its end.
        step: Of `before`, those that a step took.
        fixed: Of `before` and `ending` together, those that any picture takes, however small.
    """

    pixels: int
    before: float
    ending: float
    step: float = 0.0
    fixed: float = 0.0

    def seconds(self, pixels: int) -> float:
        """For a picture of so many, one step of it made."""
        return self.fixed + self.a_pixel * pixels

    @property
    def a_pixel(self) -> float:
        """Seconds that each pixel adds."""
        return (self.before + self.ending - self.fixed) / self.pixels


def prepare_within(
    signal: Signal, began: float, asked: Mapping[str, Any], early: EarlyFrame | None = None
) -> tuple[Signal, RunConfig, Clock | None]:
    """The plan of a fit, and its signal: made smaller where its seconds are too few for all of it.

    Args:
        signal: What is to be learned.
        began: When the command began, by `time.monotonic`.
        asked: What `redraw.fitting.plan.planning.prepare` takes.
        early: Draws the first frame before it is tried what the seconds are enough for.

    Returns:
        The signal, the plan, and the clock of a fit that has so many seconds.

    Raises:
        UsageError: a name or value is not accepted.
    """
    seconds = seconds_of(**asked)
    if seconds is None:
        return signal, prepare(signal, **asked), None
    clock = Clock(seconds, began)
    scaling = scaling_of(signal)
    if scaling is None or not scaling.takes(signal):
        return signal, prepare(signal, **asked), clock
    with clock.starting_up():
        import redraw.kernels.compiling
    model, reasons = chosen_preset(signal, clock=clock, **asked)
    asked = {**asked, "model": model}
    part, plan = _part(signal, PART), None
    if early and early.worth(part, _part_of(asked, part, signal), signal, clock):
        plan = replace(prepare(signal, **asked), **reasons)
        early.draw(signal, plan)
    try:
        with clock.starting_up():
            import redraw.fitting.run.run  # noqa: F401 (brings PyTorch, and takes seconds)
        smaller, tried = _small_enough(signal, clock, asked)
        if plan is None or smaller is not signal:
            if early:
                early.drop()
            plan = replace(prepare(smaller, **asked), **reasons)
    except BaseException:
        if early:
            early.drop()
        raise
    share = tried.ending / max(1e-9, tried.before + tried.ending)
    clock.ending = share * tried.seconds(smaller.count)
    return smaller, plan, clock


def try_part(picture: Signal, clock: Clock, asked: Mapping[str, Any]) -> Tried:
    """Fit a part of a picture, thrice: the first time brings all kernels, of frames too.

    Args:
        picture: What is to be learned.
        clock: The first time is start-up.
        asked: As of `prepare`; its preset is named.
    """
    parts = [_part(picture, side) for side in (SMALL_PART, PART)]
    if parts[0].count == parts[1].count or picture.count < LEAST:
        parts = parts[:1]
    options = [_options(asked, part.count / picture.count) for part in parts]
    with clock.starting_up():
        _once(parts[0], {**options[0], "frames": 2})
    small, *larger = [_once(*one) for one in zip(parts, options, strict=True)]
    if not larger:
        return small
    (large,) = larger
    # What a busy machine adds to the smaller part must not make pixels free.
    both = [one.before + one.ending for one in (small, large)]
    slope = (both[1] - both[0]) / (large.pixels - small.pixels)
    slope = min(max(slope, FREE * both[1] / large.pixels), both[1] / large.pixels)
    return replace(large, fixed=both[1] - slope * large.pixels)


def _small_enough(picture: Signal, clock: Clock, asked: Mapping[str, Any]) -> tuple[Signal, Tried]:
    """The picture or a smaller one, and what a part of that took.

    A pixel of a smaller picture has more to tell, its edges lie closer: it is tried again. Only a
    part is made smaller for that; and as making all of it smaller takes time too, what comes of it
    is made still smaller where that was too much.
    """
    rated = SOLVERS[preset(asked["model"]).train.optimizer].rated
    tried = try_part(picture, clock, asked)
    size = size_within(picture, tried, clock, rated)
    for _ in range(AGAIN):
        count = math.prod(size)
        if picture.count < LEAST or tried.seconds(count) < CLOSE * clock.left:
            break
        side = LARGE_PART if tried.seconds(LARGE_PART**2) < SPARED * clock.left else PART
        part = _part_at(picture, size, side)
        again = _once(part, _options(asked, part.count / count))
        fixed = min(tried.fixed, (1.0 - FREE) * (again.before + again.ending))
        tried = replace(again, fixed=fixed)
        smaller = size_within(picture, tried, clock, rated)
        if math.prod(smaller) > NEARLY * count:
            break
        size = smaller
        if min(size) <= SMALLEST_SIDE:  # it does not become smaller
            break
    if size == picture.size:
        return picture, tried
    found = _scaled_to(picture, size)
    smaller = size_within(found, tried, clock, rated)
    if math.prod(smaller) < NEARLY * found.count:
        size = smaller
    return _scaled_to(found, size, _told(picture, size, tried, clock, rated)), tried


def _part_of(asked: Mapping[str, Any], part: Signal, picture: Signal) -> dict[str, Any]:
    """What is asked for, of a part that is drawn once."""
    return {**asked, **_scaled(asked, part.count / picture.count), "output": None, "run": None}


def _options(asked: Mapping[str, Any], share: float) -> dict[str, Any]:
    """What is asked for, of a part."""
    return {**asked, **_scaled(asked, share), "frames": 0, "seconds": None, "psnr": None}


def scaling_of(signal: Signal) -> Scaling[Any] | None:
    """How less is made of a signal, if its kind says so."""
    kind = kind_of(signal)
    return kind.part("scaling") if kind.scaling else None


def _part(signal: Signal, most: int) -> Signal:
    """Of at most so many positions along each side."""
    return kind_of(signal).part("scaling").part(signal, most)


def _part_at(picture: Signal, size: tuple[int, int], most: int) -> Signal:
    """A part of the picture as it is when that has another size."""
    factor = size[0] / picture.size[0]
    part = _part(picture, math.ceil(most / factor))
    if size == picture.size:
        return part
    width, height = (max(1, round(side * factor)) for side in part.size)
    return _scaled_to(part, (width, height))


def _scaled_to(picture: Signal, size: tuple[int, int], note: str = "") -> Signal:
    """All of it in fewer pixels."""
    return kind_of(picture).part("scaling").smaller(picture, *size, note)


def _once(part: Signal, options: Mapping[str, Any]) -> Tried:
    """One fit of a part, from its plan to its file."""
    from redraw.fitting.run.run import Run

    folder = Path(tempfile.mkdtemp(prefix="redraw-"))
    try:
        began = time.monotonic()
        places = {"output": folder / "part.redraw", "run": folder / "part.run"}
        plan = prepare(part, **{**options, **places})
        steps = FEW if SOLVERS[plan.train.optimizer].rated else 1
        plan = replace(plan, stops=Stops(steps), because="")
        run = Run.start(part, plan, places["run"])
        run.trying = True
        stepped, first = began, run.at.seconds
        for event in run.events():
            if event.kind == "progress":
                stepped = time.monotonic()
        ended = time.monotonic()
        step = (run.at.seconds - first) / steps if run.at.step else 0.0
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Tried(part.count, stepped - began - (steps - 1) * step, ended - stepped, step)


def _scaled(asked: Mapping[str, Any], share: float) -> dict[str, Any]:
    """Sizes that were asked for, for a part."""
    found: dict[str, Any] = {}
    if asked.get("bytes") is not None:
        found["bytes"] = max(3000, int(parse_bytes(str(asked["bytes"])) * share))
    budget = asked.get("budget")
    if budget is not None and not str(budget).strip().endswith("%"):
        found["budget"] = max(6000, int(parse_budget(str(budget), MOST_BYTES) * share))
    return found


def expected_seconds(signal: Signal, plan: RunConfig, asked: Mapping[str, Any]) -> float | None:
    """About how long a fit takes, start-up aside; None where only a fit can tell.

    Args:
        signal: What would be learned.
        plan: How.
        asked: As of `prepare`.
    """
    if plan.stops.seconds is not None and plan.stops.steps is None:
        return plan.stops.seconds
    if scaling_of(signal) is None:
        return None
    tried = try_part(signal, Clock(math.inf), {**asked, "model": plan.model})
    scale = signal.count / tried.pixels
    steps = plan.stops.steps or plan.train.steps
    whole = SOLVERS[plan.train.optimizer].whole
    step = tried.step * (scale if whole else _batches(plan, signal) / _batches(plan, tried))
    return tried.seconds(signal.count) - tried.step + steps * step


def _batches(plan: RunConfig, of: "Signal | Tried") -> int:
    """Pixels in a step."""
    pixels = of.count if isinstance(of, Signal) else of.pixels
    return pixels if plan.train.batch == "full" else min(plan.train.batch, pixels)


def size_within(picture: Signal, tried: Tried, clock: Clock, rated: bool) -> tuple[int, int]:
    """The size at which the clock leaves time for a picture: its own, or a smaller one.

    Args:
        picture: What is to be learned.
        tried: What a part of it took.
        clock: Of the fit.
        rated: Whether steps are what makes the fit good, and need time of their own.

    Returns:
        Width and height.
    """
    if picture.count < LEAST:
        return picture.size
    most = max(1.0, (clock.left * _share(rated) - tried.fixed) / tried.a_pixel)
    if picture.count <= most:
        return picture.size
    factor = max(math.sqrt(most / picture.count), min(1.0, SMALLEST_SIDE / min(picture.size)))
    width, height = (max(1, round(side * factor)) for side in picture.size)
    return width, height


def _told(picture: Signal, size: tuple[int, int], tried: Tried, clock: Clock, rated: bool) -> str:
    """The note of a picture that is learned at another size."""
    wanted = clock.spent + tried.seconds(picture.count) / _share(rated)
    return (
        f"in {clock.seconds:g} s it is learned at {size[0]} × {size[1]}; all of it takes about"
        f" --seconds {_rounded(wanted)}"
    )


def _share(rated: bool) -> float:
    """Of the seconds that are left, for what is not steps."""
    return STEPPED if rated else UNPLANNED


def _rounded(seconds: float) -> int:
    """Up to two digits, upwards."""
    step = 10 ** max(0, math.floor(math.log10(max(seconds, 1.0))) - 1)
    return math.ceil(seconds / step) * step
