"""The step at which a picture has a wanted size or quality, found on one analysis."""

import math
from collections.abc import Callable

from redraw.coding.analysis import Analysis
from redraw.coding.description import STEP_LIMIT
from redraw.coding.filter_weights import packed_weights
from redraw.coding.picture import Written, pixels_of, psnr
from redraw.coding.pyramid import steps_of
from redraw.errors import UsageError
from redraw.kernels.block_coder import LARGEST

# No coefficient has more steps than this share of the most that are written: beyond, it is cut off.
MOST_OF_LARGEST = 0.5
# Finer ones say nothing more, coarser ones leave nothing.
LEAST_STEP, MOST_STEP = 16, STEP_LIMIT // 4
# How near is near enough: of a size, its share; of a quality, dB.
NEAR_SIZE, NEAR_PSNR = 0.003, 0.02
# How the logarithm of the size, and dB, fall with the logarithm of the step, at first guess.
SIZE_SLOPE, PSNR_SLOPE = -0.8, -6.0
TRIES = 14
# A quality is guessed so often before anything is coded: four crops at 34, 40 and 42.4 dB then take
# 27 writes instead of 36. Slopes are of steps whose logarithms differ by so much.
GUESSES, LEAST_MOVE = 2, 0.02
# From this quality on, in dB, roundings of pixels count, of which guesses know nothing.
FINEST_GUESSED = 50.0
# Beside exact pixels, the step with which both take fewest bytes, in 1/255 of the range; all from
# 2.5 to 40 are within 3 % of the fewest (kodim05, 15, 23, 256 pixels a side; docs/log.md).
STEP_BESIDE_EXACT = 10.0
# A step of so many 1/255 of the range gives about this quality.
GUESS = (10.0, 42.0)


def step_of_psnr(wanted: float) -> float:
    """About the step, in 1/255 of the range, at which pictures have a quality in dB."""
    return GUESS[0] * math.exp((wanted - GUESS[1]) / PSNR_SLOPE)


def step_of_size(most: int, values: int) -> float:
    """About the step at which so many values take so many bytes."""
    return GUESS[0] * math.exp(math.log(8 * max(1, most) / (0.7 * values)) / SIZE_SLOPE)


def with_psnr(
    analysis: Analysis,
    wanted: float,
    *,
    threads: int = 2,
    guess: tuple[float, float] | None = None,
) -> tuple[Written, float]:
    """The smallest that is at least so good, or the best there is.

    Args:
        analysis: Of the picture.
        wanted: In dB.
        threads: How many work.
        guess: What `guess_of_psnr` says, where that is known already.

    Returns:
        It, and its PSNR.
    """
    depth = analysis.about.depth

    def quality(written: Written) -> float:
        found = written.quantised
        made = pixels_of(found.about, found.planes(threads=threads))
        return psnr(analysis.pixels, made, depth)

    at, slope = guess or guess_of_psnr(analysis, wanted, threads)
    return _found(analysis, quality, wanted, at, slope, NEAR_PSNR, threads)


def guess_of_psnr(analysis: Analysis, wanted: float, threads: int) -> tuple[float, float]:
    """About the logarithm of the step of a quality, and the slope there; without coding."""
    unit = math.log(_unit(analysis))
    at, slope = unit + math.log(step_of_psnr(wanted)), PSNR_SLOPE
    before: tuple[float, float] | None = None
    for _ in range(GUESSES if wanted < FINEST_GUESSED else 0):
        found = analysis.guessed_psnr(round(math.exp(at)), threads=threads)
        if before is not None and abs(at - before[0]) > LEAST_MOVE:
            slope = min(max((found - before[1]) / (at - before[0]), 2 * PSNR_SLOPE), PSNR_SLOPE / 4)
        before = at, found
        at += min(max((wanted - found) / slope, -2.0), 2.0)
        at = min(max(at, math.log(finest_step(analysis))), math.log(MOST_STEP))
    return at, slope


def with_size(analysis: Analysis, most: int, *, threads: int = 2) -> tuple[Written, float]:
    """The best whose parts have at most so many bytes.

    Raises:
        UsageError: not even the coarsest step makes it so small.
    """
    guess = math.log(_unit(analysis) * step_of_size(most, analysis.coefficients.size))
    found, size = _found(
        analysis,
        lambda written: -math.log(max(1, size_of(written))),
        -math.log(max(1, most)),
        guess,
        -SIZE_SLOPE,
        NEAR_SIZE,
        threads,
    )
    if size_of(found) > most:
        raise UsageError(
            f"{most:,} bytes are too few for this picture: the coarsest has {size_of(found):,};"
            " ask for more, or fit a smaller one (--max-side)"
        )
    return found, size


def size_of(written: Written) -> int:
    """Bytes of its parts and its filter."""
    return written.coded.size + len(packed_weights(written.coded.about.filter_weights))


def finest_step(analysis: Analysis) -> int:
    """The finest step at which all coefficients of a picture can be written."""
    shares = steps_of(MOST_STEP, analysis.about.tile_at(0).about.levels) / MOST_STEP
    found = analysis.coefficients
    most = max(1, int(found.max(initial=0)), -int(found.min(initial=0)))
    finest = 256.0 * most / (float(shares.min()) * MOST_OF_LARGEST * LARGEST)
    return min(max(LEAST_STEP, math.ceil(finest)), MOST_STEP)


def whole_step(logarithm: float) -> int:
    """The step of a logarithm, as far as steps say anything."""
    low, high = math.log(LEAST_STEP), math.log(MOST_STEP)
    return round(math.exp(min(max(logarithm, low), high)))


def step_beside_exact(analysis: Analysis) -> int:
    """The step beside exact pixels, where no quality asks for a finer one."""
    return round(_unit(analysis) * STEP_BESIDE_EXACT)


def beside_exact(analysis: Analysis, least: float, *, threads: int = 2) -> Written:
    """What is written beside exact pixels: as few bytes as both take, and at least so good, in dB.

    Args:
        analysis: Of the picture.
        least: In dB.
        threads: How many work.
    """
    written = analysis.written(step_beside_exact(analysis), threads=threads)
    found = written.quantised
    if psnr(analysis.pixels, found.pixels(threads=threads), analysis.about.depth) >= least:
        return written
    return with_psnr(analysis, least, threads=threads)[0]


def _unit(analysis: Analysis) -> float:
    """A step of 1/255 of the range."""
    return (2**analysis.about.depth - 1) / 255.0 * 2**analysis.about.fraction * 256.0


def _found(
    analysis: Analysis,
    value: Callable[[Written], float],
    wanted: float,
    guess: float,
    slope: float,
    near: float,
    threads: int,
) -> tuple[Written, float]:
    """The coarsest step whose value is at least `wanted`; if none is, the finest one.

    Args:
        analysis: Of the picture.
        value: Falls as the step grows, if `slope` is negative; else it grows.
        wanted: Of `value`.
        guess: The logarithm of a step.
        slope: Of the value over that logarithm.
        near: A value that is so much more than wanted is taken.
        threads: How many work.
    """
    low, high = math.log(finest_step(analysis)), math.log(MOST_STEP)
    sign = 1.0 if slope < 0 else -1.0
    enough: tuple[float, float, Written] | None = None  # logarithm of the step, value, what it is
    failed: tuple[float, float] | None = None
    best: tuple[float, float, Written] | None = None
    before: tuple[float, float] | None = None
    first, good, run = slope, True, 0  # the last try's outcome, and how many were alike
    at = min(max(guess, low), high)
    for _ in range(TRIES):
        written = analysis.written(round(math.exp(at)), threads=threads)
        found = value(written)
        if enough is None and (best is None or found > best[1]):
            best = at, found, written
        run = run + 1 if (found >= wanted) == good else 1
        good = found >= wanted
        if good:
            if enough is None or found < enough[1]:
                enough, best = (at, found, written), None
        elif failed is None or enough or found > failed[1]:
            failed = at, found
        if (enough and enough[1] <= wanted + near) or (enough and failed and _same(enough, failed)):
            break
        aim = wanted + 0.4 * near
        if enough and failed:
            span = failed[0] - enough[0]
            share = (enough[1] - aim) / max(enough[1] - failed[1], 1e-9)
            # Where one end stays twice, the value is far from a line: halves from then on.
            far = run > 1 or not math.isfinite(share)
            share = 0.5 if far else min(max(share, 0.03), 0.97)
            following = enough[0] + span * share
        else:
            if before is not None and math.isfinite(found - before[1]) and at != before[0]:
                measured = (found - before[1]) / (at - before[0])
                slope = sign * -min(max(abs(measured), 0.1 * abs(first)), 2.0 * abs(first))
            move = (aim - found) / slope if math.isfinite(found) else sign * 2.0
            following = at + min(max(move, -2.5), 2.5)
        following = min(max(following, low), high)
        if following == at:
            break
        before = at, found
        at = following
    chosen = enough or best
    assert chosen is not None
    return chosen[2], chosen[1]


def _same(enough: tuple[float, float, Written], failed: tuple[float, float]) -> bool:
    """Whether no step lies between."""
    return abs(round(math.exp(enough[0])) - round(math.exp(failed[0]))) <= 1
