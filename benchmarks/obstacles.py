"""What stopped the author of the project before this one, reproduced on purpose on a card.

    python -m benchmarks.obstacles [--rows FILE]

Each is a training step of the same small network (4 x 64, 8,192 points), done as it was done then:
what it costs beside the same step without the fault, and beside the CUDA engine's.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from benchmarks.recording import RESULTS, Recorder
from redraw.engines import StepSpec, engines
from redraw.fields import Field, FieldConfig
from redraw.signals.samples import PixelSamples

POINTS, STEPS = 8192, 100
CONFIG = FieldConfig(channels=1, hidden=(64,) * 4)


def timed(work: Callable[[], object], count: int = STEPS) -> float:
    """Milliseconds of a call."""
    for _ in range(5):
        work()
    torch.cuda.synchronize()
    began = time.perf_counter()
    for _ in range(count):
        work()
    torch.cuda.synchronize()
    return (time.perf_counter() - began) / count * 1e3


def eager(
    kind: torch.dtype = torch.float32, points: int = POINTS, after: Callable = lambda _: None
):
    """A step of eager PyTorch; `after` is called with its loss."""
    field = Field.build(CONFIG, dtype=kind).cuda()
    xy = torch.rand(points, 2, device="cuda", dtype=kind) * 2 - 1
    target = torch.rand(points, 1, device="cuda", dtype=kind)
    optimizer = torch.optim.Adam(field.parameters(), fused=True)

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        loss = ((field.raw(xy) - target) ** 2).mean()
        loss.backward()
        optimizer.step()
        after(loss)

    return step


def ours(points: int = POINTS) -> float:
    """Milliseconds of a step of the CUDA engine, in chunks of 64."""
    samples = PixelSamples(np.random.default_rng(0).random((1 << 16, 1), np.float32), 256, 256)
    session = engines()["cuda"].open(
        Field.build(CONFIG).cuda(), samples, StepSpec(device="cuda", batch=points)
    )

    class Order:
        def at(self, step: int) -> np.ndarray:
            return np.arange(points)

    def chunk() -> None:
        session.steps(Order(), 0, rates=[1e-4] * 64, sharpness=[1.0] * 64)

    return timed(chunk, 5) / 64


def allocation() -> float:
    """An eager step where every tensor is allocated on the card and given back."""
    told = {**os.environ, "PYTORCH_NO_CUDA_MEMORY_CACHING": "1"}
    code = "from benchmarks.obstacles import *; print(timed(eager(), 20))"
    found = subprocess.run([sys.executable, "-W", "ignore", "-c", code], env=told,
                           capture_output=True, text=True, timeout=60)  # fmt: skip
    return float(found.stdout)


def through_the_host() -> tuple[float, float]:
    """Ones that are made by the processor and copied, and a sum that it makes: and on the card."""
    a = torch.rand(POINTS, 64, device="cuda")

    def wrong() -> torch.Tensor:
        ones = torch.ones(POINTS).cuda()
        return (a * ones[:, None]).cpu().sum()

    def right() -> torch.Tensor:
        return (a * torch.ones(POINTS, device="cuda")[:, None]).sum()

    return timed(wrong), timed(right)


def products() -> tuple[float, float]:
    """A product as a sum of outer ones, element by element: and as the card's library makes it."""
    a, b = torch.rand(POINTS, 64, device="cuda"), torch.rand(64, 64, device="cuda")
    wrong = timed(lambda: (a[:, :, None] * b[None]).sum(1), 20)
    return wrong, timed(lambda: a @ b)


def not_in_order() -> tuple[float, int]:
    """Two streams without an order: how often what is read is not what was written."""
    side, wrong = torch.cuda.Stream(), 0
    a = torch.zeros(1 << 22, device="cuda")
    began = time.perf_counter()
    for number in range(1, 51):
        torch.cuda.synchronize()
        with torch.cuda.stream(side):
            for _ in range(8):
                a.add_(1.0)
        found = a.sum()  # on the other stream, at once
        wrong += bool(found != 8.0 * number * a.numel())
    return (time.perf_counter() - began) / 50 * 1e3, wrong


def main() -> int:
    """All of them, one by one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        print("there is no card here: nothing was measured")
        return 1
    record = Recorder("obstacles", 1, machine=torch.cuda.get_device_name(), rows=arguments.rows)

    def told(obstacle: str, subject: str, value: float, metric: str = "ms") -> None:
        record.add(obstacle, subject, metric, [value])
        print(f"{obstacle:34s} {subject:38s} {value:10.3f} {metric}", flush=True)

    told("a step", "eager", timed(eager()))
    told("a step", "cuda engine", ours())
    told("allocation", "eager, nothing kept for later", allocation())
    wrong, right = through_the_host()
    told("ones and a sum", "through the processor", wrong)
    told("ones and a sum", "on the card", right)
    wrong, right = products()
    told("product of 8192 x 64 x 64", "element by element", wrong)
    told("product of 8192 x 64 x 64", "by the library", right)
    told("float64", "eager", timed(eager(torch.float64)))
    told("a step of 64 points", "eager", timed(eager(points=64)))
    told("a step of 64 points", "cuda engine", ours(64))
    told("NaN looked for in every step", "eager", timed(eager(after=lambda x: bool(x.isfinite()))))
    spent, wrong_sums = not_in_order()
    told("streams without an order", "wrong sums of 50", wrong_sums, "sums")
    told("streams without an order", "a round", spent)
    record.save()
    return 0


if __name__ == "__main__":
    sys.exit(main())
