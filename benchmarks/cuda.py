"""The CUDA engine on this machine's card, beside eager PyTorch and torch.compile in the same run.

    python -m benchmarks.cuda PICTURES [--parts limits,steps,...] [--case NAME] [--rows FILE]

PICTURES is a folder with photographs as PNG; the cub comes with redraw. Without a card it says so
and ends with 1. Rows carry the card's name; without --rows they go to results.csv.
"""

import argparse
import copy
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

import redraw
from benchmarks.recording import RESULTS, Recorder
from redraw.engines import OptimizerConfig, StepSpec
from redraw.engines.cuda.engine import CudaEngine
from redraw.engines.cuda.opening import can_be_fused
from redraw.engines.solvers import fresh_state
from redraw.fields import Field, FieldConfig
from redraw.fields.hash_grid_config import HashGridConfig
from redraw.render import Canvas, strips
from redraw.signals.samples import PixelSamples

CUDA = "cuda"
# Tiny-cuda-nn's published steps of its image example, on an RTX 4090: point-steps a second.
PUBLISHED = 2.6e8
GRID = HashGridConfig(16, 2, 15, 16.0, 1.5)
CASES = {
    "hash 2 x 64, 2^18": (
        FieldConfig(channels=3, hidden=(64, 64), activation="relu", encoding=GRID), 1 << 18, "mse",
    ),
    "siren 3 x 256, 2^16": (FieldConfig(channels=3, hidden=(256,) * 3), 1 << 16, "mse"),
    "siren 4 x 64, 2^13": (FieldConfig(channels=3, hidden=(64,) * 4), 1 << 13, "mse"),
    "hash 300k, 2^13": (
        FieldConfig(channels=3, hidden=(32, 32), activation="relu",
                    encoding=HashGridConfig(16, 2, 13, 16.0, 1.3)), 1 << 13, "mse",
    ),
}  # fmt: skip


class Fixed:
    """The same pixels in every step: what is timed is the step."""

    def __init__(self, pixels: np.ndarray) -> None:
        self.pixels = pixels

    def at(self, step: int) -> np.ndarray:
        return self.pixels


def synchronised(work: Callable[[], object], rounds: int) -> list[float]:
    """Seconds of each call, the card's work included."""
    times = []
    for _ in range(rounds + 1):
        torch.cuda.synchronize()
        began = time.perf_counter()
        work()
        torch.cuda.synchronize()
        times.append(time.perf_counter() - began)
    return times[1:]


def plain_step(
    field: Field, xy: torch.Tensor, target: torch.Tensor, precision: str, compiled: bool
):
    """A step as one writes it in PyTorch, fused Adam and all."""
    optimizer = torch.optim.Adam(field.parameters(), lr=1e-3, fused=True)

    def loss(points: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        with torch.autocast(CUDA, torch.bfloat16, enabled=precision == "bfloat16"):
            raw = field.raw(points)
        return ((raw.float() - values) ** 2).mean()

    function = torch.compile(loss) if compiled else loss

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        function(xy, target).backward()
        optimizer.step()

    return step


def steps(record: Recorder, case: str = "") -> None:
    """Point-steps a second of the cases with `case` in their names."""
    side = 1024
    samples = PixelSamples(
        np.random.default_rng(0).random((side * side, 3), np.float32), side, side, seed=1
    )
    for name, (config, batch, loss) in CASES.items():
        if case not in name:
            continue
        pixels = np.random.default_rng(1).permutation(samples.count)[:batch]
        for precision in ("float32", "tf32", "bfloat16", "float16"):
            field = Field.build(config, 1).to(CUDA)
            spec = StepSpec(
                loss=loss, optimizer=OptimizerConfig(beta2=0.99), precision=precision, device=CUDA,
                batch=batch,
            )  # fmt: skip
            count = 64 if batch < 1 << 16 else 32
            subjects: dict[str, tuple[Callable[[], object], int]] = {}
            # Wide layers one by one and in a kernel of our own: the faster one is to be the default
            # (redraw.engines.cuda.opening.FUSED_WIDE).
            ways = [("cuda, layer by layer", False), ("cuda, wide fused", True)]
            for subject, fused in ways if can_be_fused(field, spec) else [("cuda", False)]:
                try:
                    engine = CudaEngine()
                    engine.fused_wide = fused
                    own = copy.deepcopy(field)
                    session = engine.open(own, samples, spec, fresh_state(own, spec.optimizer))
                    order = Fixed(pixels)

                    def chunk(session=session, order=order, count=count) -> None:
                        session.steps(order, 0, rates=[1e-4] * count, sharpness=[1.0] * count)

                    subjects[subject] = chunk, count
                except Exception as error:
                    print(f"{name} {precision} {subject}: {type(error).__name__}:"
                          f" {str(error)[:200]}")  # fmt: skip
            if precision in ("float32", "bfloat16"):
                xy = torch.rand(batch, 2, device=CUDA) * 2 - 1
                target = torch.rand(batch, 3, device=CUDA)
                for compiled in (False, True):
                    twin = Field.build(config, 1).to(CUDA)
                    one = plain_step(twin, xy, target, precision, compiled)
                    subjects["torch.compile" if compiled else "eager"] = several(one, 5), 5
            rates: dict[str, float] = {}
            for subject, (work, number) in subjects.items():
                try:
                    took = [t / number for t in synchronised(work, 5)]
                except Exception as error:
                    print(f"{name} {precision} {subject}: {str(error)[:200]}")
                    continue
                rates[subject] = record.add(
                    name, f"{subject} {precision}", "Mpoints/s", [batch / t / 1e6 for t in took]
                )
            told = ", ".join(f"{subject} {rate:.1f}" for subject, rate in rates.items())
            print(f"{name} {precision}: {told} million point-steps a second", flush=True)
            record.save()  # what follows may be stopped


def several(work: Callable[[], object], count: int) -> Callable[[], None]:
    """`work`, so many times."""

    def together() -> None:
        for _ in range(count):
            work()

    return together


def limits(record: Recorder) -> None:
    """What this card can do at best."""
    for precision in ("float32", "bfloat16"):
        rate = product_rate(getattr(torch, precision)) / 1e12
        record.add("product of 8192", "PyTorch", f"TFLOP/s {precision}", [rate])
        print(f"a product of 8192 in {precision}: {rate:.0f} TFLOP/s")
    copied = record.add("copy of 2 GiB", "PyTorch", "GB/s", [copy_rate() / 1e9])
    print(f"a copy: {copied:.0f} GB/s", flush=True)


def product_rate(kind: torch.dtype) -> float:
    """Operations a second of a large product."""
    a, b = (torch.randn(8192, 8192, device=CUDA, dtype=kind) for _ in range(2))
    out = torch.empty_like(a)
    times = synchronised(several(lambda: torch.mm(a, b, out=out), 5), 3)
    return 5 * 2.0 * 8192**3 / min(times)


def copy_rate() -> float:
    """Bytes read and written a second."""
    a = torch.randn(1 << 28, device=CUDA)
    b = torch.empty_like(a)
    return 10 * 8.0 * a.numel() / min(synchronised(several(lambda: b.copy_(a), 10), 3))


def fitted(path: Any, device: str = CUDA, **how: Any) -> dict[str, Any]:
    """A fit on a device: what it ended with, and the wall-clock seconds of the call."""
    told: dict[str, Any] = {}

    def listen(event: Any) -> None:
        told[type(event).__name__] = event

    began = time.perf_counter()
    told["field"] = redraw.fit(path, device=device, frames=0, on_event=listen, **how)
    told["wall"] = time.perf_counter() - began
    return told


def fits(record: Recorder, pictures: list[Path]) -> None:
    """Seconds to a quality, and quality after seconds."""
    cub = Path(redraw.__file__).parent / "data/cub.png"
    for model, wanted in (("ink", 28.06), ("siren", 28.06), ("siren", 60.0)):
        fitted(cub, model=model, steps=20)  # compiled
        found = [fitted(cub, model=model, psnr=wanted) for _ in range(3)]
        ends = [f["Finished"] for f in found]
        record.add(
            f"cub to {wanted} dB", f"{model} ({ends[0].engine})", "s", [e.seconds for e in ends]
        )
        print(f"cub {model} to {wanted} dB: {[round(e.seconds, 3) for e in ends]} s,"
              f" {[round(e.psnr, 2) for e in ends]} dB", flush=True)  # fmt: skip
    how = {"model": "hash", "budget": 300_000}
    fitted(pictures[0], steps=20, **how)
    for seconds in (0.5, 1.0, 2.0):
        ends = [fitted(path, seconds=seconds, **how)["Finished"] for path in pictures]
        record.add(f"{len(pictures)} photographs", f"hash 300k after {seconds} s", "dB",
                   [e.psnr for e in ends])  # fmt: skip
        print(f"hash after {seconds} s: {[round(e.psnr, 2) for e in ends]},"
              f" mean {np.mean([e.psnr for e in ends]):.2f}", flush=True)  # fmt: skip
    steps_made = [e.steps / e.seconds for e in ends]
    record.add(f"{len(pictures)} photographs", "hash 300k", "steps/s", steps_made)


def splines(record: Recorder, pictures: list[Path]) -> None:
    """A spline at 25 % on the card and on the processor: which of them "auto" should take."""
    budget = 768 * 512 * 3 // 4  # the development pictures are of that size
    for settings in ({}, {"subpixel": "0"}):
        told = "" if not settings else ", no subpixel detail"
        for device in ("cuda", "cpu"):
            how = {"model": "spline", "budget": budget, "settings": settings}
            fitted(pictures[0], device, steps=2, **how)  # compiled
            ends = [fitted(path, device, **how)["Finished"] for path in pictures]
            seconds = [end.seconds for end in ends]
            record.add(f"spline at 25 %{told}", f"{ends[0].engine} on {device}", "s", seconds)
            record.add(f"spline at 25 %{told}", f"{ends[0].engine} on {device}", "dB",
                       [end.psnr for end in ends])  # fmt: skip
            print(f"spline at 25 %{told}, {device}: {[round(s, 3) for s in seconds]} s,"
                  f" mean {np.mean([end.psnr for end in ends]):.2f} dB", flush=True)  # fmt: skip
    field = redraw.fit(pictures[0], model="spline", budget=budget, device="cpu", frames=0)
    for engine in ("cuda", "cpu", "cuda", "cpu"):
        drawing(record, "spline at 25 %", field.to(CUDA if engine == "cuda" else "cpu"), engine)


def drawing(record: Recorder, case: str, field: Any, engine: str) -> None:
    """A drawing of 16,384 x 16,384, strip by strip; what draws is opened in that time."""
    began = time.perf_counter()
    drawer = field.drawer(engine=engine)
    canvas = Canvas.of(field.size, 1, width=16384, height=16384)
    rows = sum(len(strip) for strip in strips(drawer, canvas))
    took = time.perf_counter() - began
    assert rows == 16384
    record.add(f"{case} drawn at 16384 x 16384", engine, "s", [took])
    print(f"{case}: 16384 x 16384 drawn in {took:.2f} s by {type(drawer).__name__}", flush=True)


def large(record: Recorder) -> None:
    """A picture of 16 megapixels, and a drawing of 16,384 x 16,384."""
    side = 4096
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side
    waves = np.sin(40 * x * (1 + y)) * np.cos(60 * y * y + 9 * x)
    picture = np.stack([0.5 + 0.4 * waves, 0.5 + 0.4 * np.sin(80 * x * y), x * y], -1)
    torch.cuda.reset_peak_memory_stats()
    how = {"model": "hash", "budget": 2_000_000, "seconds": 5.0}
    found = fitted(picture.astype(np.float32), **how)
    end = found["Finished"]
    record.add("16 megapixels", "hash 2M after 5 s", "dB", [end.psnr])
    record.add("16 megapixels", "hash 2M", "Mpixel-steps/s", [
        end.steps * (side * side // 96) / end.seconds / 1e6])  # fmt: skip
    record.add("16 megapixels", "hash 2M", "MB on the card",
               [torch.cuda.max_memory_allocated() / 1e6])  # fmt: skip
    print(f"16 megapixels: {end.psnr:.2f} dB, {end.steps} steps in {end.seconds:.2f} s,"
          f" {found['wall']:.1f} s in all", flush=True)  # fmt: skip
    drawing(record, "hash 2M", found["field"].to(CUDA), "cuda")


def chosen(arguments: argparse.Namespace) -> Iterator[tuple[str, Callable[[Recorder], None]]]:
    """The parts that were asked for."""
    pictures = sorted(arguments.pictures.glob("*.png"))
    parts = {
        "limits": limits,
        "steps": lambda r: steps(r, arguments.case),
        "fits": lambda r: fits(r, pictures),
        "splines": lambda r: splines(r, pictures),
        "large": large,
    }
    for name in arguments.parts.split(","):
        yield name, parts[name]


def main() -> int:
    """Run the parts; each by itself, so that one that fails does not hide the others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--parts", default="limits,steps,fits,splines,large")
    parser.add_argument("--case", default="", help="Of the steps: those with this in their name.")
    parser.add_argument("--rows", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        print("there is no card here: nothing was measured")
        return 1
    torch.backends.cuda.matmul.allow_tf32 = False
    status = 0
    for name, part in chosen(arguments):
        record = Recorder("cuda", 1, machine=torch.cuda.get_device_name(), rows=arguments.rows)
        try:
            part(record)
        except Exception as error:
            print(f"{name} failed: {type(error).__name__}: {str(error)[:300]}")
            status = 1
        record.save()
    return status


if __name__ == "__main__":
    sys.exit(main())
