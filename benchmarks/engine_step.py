"""How long does one training step take, and what share of the machine does it reach?

    python -m benchmarks.engine_step [--threads N] [--rounds N] [--case NAME] [--record]

Each case runs the same step on the CPU engine and on the reference engine (eager PyTorch), and a
2048^3 float32 product by PyTorch on the same threads, in turns, so that other work on the machine
falls on all alike. Shares use medians; the least of all rounds is printed beside them.

Counted are the multiplications and additions of the network's products alone: forward, weight
gradient and, where something below learns, input gradient. Encoding, activations, loss and update
are overhead.
"""

import argparse
import copy
import statistics
from dataclasses import dataclass

import numpy as np
import torch

from benchmarks.recording import Recorder, interleaved, machine
from redraw.engines.contract import OptimizerConfig, StepSpec
from redraw.engines.costs import costs, products
from redraw.engines.cpu.engine import CpuEngine
from redraw.engines.reference import ReferenceEngine
from redraw.fields import Field, FieldConfig
from redraw.fields.encoding_configs import FourierConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.signals.samples import PixelSamples

SIDE = 512


@dataclass(frozen=True)
class Case:
    """A field, its batch, and what the engine is expected to reach.

    Attributes:
        ratio: Least step time of the reference engine over the CPU engine's.
        share: Least share of PyTorch's own matrix product's rate, or None.
    """

    config: FieldConfig
    batch: int
    ratio: float
    share: float | None = None


CASES = {
    "siren-3x256": Case(FieldConfig(channels=3, hidden=(256,) * 4), 65_536, 2.3, 0.60),
    "siren-4x64": Case(FieldConfig(channels=1, hidden=(64,) * 4), 4096, 3.0),
    # 32 features by the cheapest encoding that gives so many: its time is counted, its work isn't.
    "relu-2x64": Case(
        FieldConfig(
            channels=3, hidden=(64, 64), activation="relu", bias=False, encoding=FourierConfig(16)
        ),
        65_536,
        2.3,
        0.45,
    ),
    "hash-2x64": Case(
        FieldConfig(
            channels=3, hidden=(64, 64), activation="relu", bias=False, encoding=HashGridConfig()
        ),
        65_536,
        8.0,
    ),
}


def measure(name: str, case: Case, threads: int, rounds: int, record: Recorder) -> None:
    """One case: print a line or two, and add its rows."""
    field = Field.build(case.config, seed=1)
    values = np.random.default_rng(0).random((SIDE * SIDE, case.config.channels))
    samples = PixelSamples(values.astype(np.float32), SIDE, SIDE)
    spec = StepSpec(threads=threads, batch=case.batch, optimizer=OptimizerConfig())
    ours = CpuEngine().open(field, samples, spec)
    theirs = ReferenceEngine().open(copy.deepcopy(field), samples, spec)
    # A shuffled batch, as in a fit.
    pixels = np.random.default_rng(1).permutation(SIDE * SIDE)[: case.batch]
    a, out = torch.randn(2048, 2048), torch.empty(2048, 2048)
    flops = sum(products(field)) * case.batch
    repeat = max(1, round(2e9 / flops))

    def fused() -> None:
        for step in range(repeat):
            ours.step(pixels, step, rate=1e-4, sharpness=1.0)

    def eager() -> None:
        theirs.step(pixels, 0, rate=1e-4, sharpness=1.0)

    def product() -> None:
        torch.mm(a, a, out=out)

    times = interleaved([fused, eager, product], rounds, warm_up=2)
    ours.close()
    step = [t / repeat for t in times[0]]
    record.add(name, "cpu", "seconds", step)
    record.add(name, "reference", "seconds", times[1])
    record.add(name, "torch 2048^3 product", "GFLOP/s", [2 * 2048**3 / t / 1e9 for t in times[2]])
    record.add(name, "cpu", "GFLOP/s", [flops / t / 1e9 for t in step])
    ratio = statistics.median(times[1]) / statistics.median(step)
    limit = 2 * 2048**3 / statistics.median(times[2]) / 1e9
    reached = flops / statistics.median(step) / 1e9
    record.add(name, "cpu", "times faster than reference", [ratio])
    record.add(name, "cpu", "share of torch's product", [reached / limit])
    print(
        f"{name:12} cpu {statistics.median(step) * 1e3:8.2f} ms (least {min(step) * 1e3:.2f}), "
        f"reference {statistics.median(times[1]) * 1e3:8.1f} ms: {ratio:5.1f}x"
        f" (wanted {case.ratio}x)"
    )
    wanted = f" (wanted {case.share:.0%})" if case.share else ""
    todo = costs(field, spec.optimizer, points=case.batch, pixels=case.batch, steps=1)
    moved = sum(todo[part].bytes for part in ("forward", "backward", "optimizer"))
    print(
        f"{'':12} {flops / 1e9:.2f} G operations, {moved / 1e6:.0f} MB beyond the first cache"
        f" ({flops / moved:.0f} per byte); torch's product {limit:.0f} GFLOP/s;"
        f" reached {reached:.0f}: {reached / limit:.0%}{wanted}"
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--case", choices=sorted(CASES), action="append")
    parser.add_argument("--record", action="store_true", help="append rows to results.csv")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    record = Recorder("engine_step", args.threads)
    print(f"{machine()}, {args.threads} threads, median of {args.rounds} rounds in turns")
    for name in args.case or CASES:
        measure(name, CASES[name], args.threads, args.rounds, record)
    if args.record:
        record.save()


if __name__ == "__main__":
    main()
