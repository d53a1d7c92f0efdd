"""What the built-in functions are learned to, each by the preset that it gets by default.

    python -m benchmarks.functions [--only xor ...] [--record]

xor: from how many of 20 seeds all four corners come within .02, and how long each fit takes.
lottery: share of 10,000 fresh points, at least .2 away from the curve, on the right side of it.
two-spirals: share of 10,000 fresh points of the spirals. sinc: RMSE at 10,000 fresh points.
linear: the preset `linear` against least squares, in predictions and coefficients.
Every fit but the last on one thread; the first compiles, and is not counted.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
from scipy.spatial import KDTree

import redraw
from benchmarks.recording import Recorder, machine
from redraw.signals.table.columns import Floats
from redraw.signals.table.examples import (
    LOTTERY_DOMAIN,
    example,
    lottery_class,
    lottery_curve,
    spirals,
)

SEEDS = 20
FRESH = 10_000
MARGIN = 0.2
CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def away_from_the_curve(points: Floats) -> np.ndarray:
    """Which points are at least `MARGIN` from the lottery's curve. (N, 2) -> (N,)"""
    end = LOTTERY_DOMAIN + 1.0
    x = np.concatenate([np.linspace(-end, end, 400_001), np.linspace(-2.0, 2.0, 4_000_001)])
    curve = np.stack([x, lottery_curve(x)], axis=1)
    curve = curve[np.abs(curve[:, 1]) <= end]
    distance, _ = KDTree(curve).query(points, distance_upper_bound=MARGIN)
    return ~np.isfinite(distance)


def xor(recorder: Recorder) -> None:
    """Four corners within .02, seed by seed."""
    off, seconds = [], []
    for seed in range(SEEDS):
        began = time.perf_counter()
        field = redraw.fit("xor", seed=seed, steps=500, threads=1)
        seconds.append(time.perf_counter() - began)
        found = field.probabilities(CORNERS)[:, 1]
        off.append(float(np.abs(found - [0.0, 1.0, 1.0, 0.0]).max()))
    solved = sum(value <= 0.02 for value in off)
    print(f"xor: {solved} of {SEEDS} seeds within .02 (worst {max(off):.4f}),", end=" ")
    print(f"{np.median(seconds):.2f} s each, at most {max(seconds):.2f}")
    recorder.add("xor", "table, 500 steps", "seeds solved of 20", [solved])
    recorder.add("xor", "table, 500 steps", "largest error", off)
    recorder.add("xor", "table, 500 steps", "seconds", seconds)


def lottery(recorder: Recorder) -> None:
    """Fresh points, no closer to the curve than the margin."""
    draws = np.random.default_rng(77)
    points = draws.uniform(-LOTTERY_DOMAIN, LOTTERY_DOMAIN, (3 * FRESH, 2))
    points = points[away_from_the_curve(points)][:FRESH]
    shares, seconds = [], []
    for seed in range(3):
        field = redraw.fit("lottery", seed=seed, threads=1)
        right = field.predict(points) == np.where(lottery_class(points) > 0, "1", "0")
        shares.append(float(right.mean()))
        seconds.append(field.made["seconds"])
    report(recorder, "lottery", f"share of {len(points):,} fresh points", shares, seconds)


def two_spirals(recorder: Recorder) -> None:
    """Fresh points between those learned."""
    places = np.random.default_rng(78).uniform(0.0, 96.0, FRESH // 2)
    points, truth = spirals(places)
    shares, seconds = [], []
    for seed in range(3):
        field = redraw.fit("two-spirals", seed=seed, threads=1)
        shares.append(float((field.predict(points) == truth.astype(int).astype(str)).mean()))
        seconds.append(field.made["seconds"])
    report(recorder, "two-spirals", f"share of {len(points):,} fresh points", shares, seconds)


def sinc(recorder: Recorder) -> None:
    """Root mean squared error at fresh points."""
    x = np.random.default_rng(79).uniform(-8.0, 8.0, FRESH)
    errors, seconds = [], []
    for seed in range(3):
        field = redraw.fit("sinc", seed=seed, threads=1)
        errors.append(float(np.sqrt(np.mean((field.predict(x) - np.sinc(x)) ** 2))))
        seconds.append(field.made["seconds"])
    report(recorder, "sinc", "RMSE", errors, seconds)


def linear(recorder: Recorder) -> None:
    """Against least squares, which NumPy solves directly."""
    table = example("linear")
    with_one = np.hstack([table.inputs, np.ones((table.count, 1))])
    best, *_ = np.linalg.lstsq(with_one, table.targets[:, 0], rcond=None)
    field = redraw.fit("linear", model="linear", threads=1)
    off = np.abs(field.predict(table.inputs) - with_one @ best).max()
    # What is asked at the origin and at the ends of the axes tells the coefficients.
    origin = field.predict(np.zeros((1, 3)))[0]
    found = [*(field.predict(np.eye(3)) - origin), origin]
    coefficients = float(np.abs(np.array(found) - best).max())
    seconds = [field.made["seconds"]]
    report(recorder, "linear", "largest difference of a prediction", [float(off)], seconds)
    report(recorder, "linear", "largest difference of a coefficient", [coefficients], seconds)


def report(
    recorder: Recorder, case: str, metric: str, values: list[float], seconds: list[float]
) -> None:
    """One line, two rows."""
    print(f"{case}: {metric} {', '.join(f'{v:.6g}' for v in values)};", end=" ")
    print(f"{np.median(seconds):.2f} s of fitting", flush=True)
    preset = "linear" if case == "linear" else "table"
    recorder.add(case, preset, metric, values)
    recorder.add(case, preset, "seconds", seconds)


CASES: dict[str, Callable[[Recorder], None]] = {
    "xor": xor,
    "lottery": lottery,
    "two-spirals": two_spirals,
    "sinc": sinc,
    "linear": linear,
}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    recorder = Recorder("functions", 1)
    print(machine())
    redraw.fit("xor", steps=2, threads=1)  # compiles or loads the kernels
    for name in args.only:
        CASES[name](recorder)
    if args.record:
        recorder.save()


if __name__ == "__main__":
    main()
