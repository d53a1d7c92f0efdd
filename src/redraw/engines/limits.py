"""What this machine can do at best, measured in a quarter of a second: multiply, and move numbers.

Each measurement is the best of many short ones, because other work only ever slows it down.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import torch

# Seconds per measurement, less than a thread runs at a stretch, and how many there are.
TIME, ROUNDS = 0.001, 40
SIDE = 512  # of the matrices for PyTorch's product
TERMS = 128  # of the engine's own: its tile's inputs stay in the first cache
BLOCK = 1 << 18  # bytes that a thread works on at a time: a share of its second cache
LARGEST = 1 << 28  # bytes copied
CARD_SIDE = 4096  # of the matrices that a card multiplies


@dataclass(frozen=True)
class Limits:
    """Rates of this machine, on as many threads as the fit had.

    Attributes:
        multiply: Operations per second of a matrix product.
        by: What reached it: "PyTorch" or "this engine".
        near: Bytes per second, read and written, of copies that stay in the caches.
        far: The same of copies as large as all that a step touches.
    """

    multiply: float
    by: str
    near: float
    far: float


def measure_limits(*, threads: int, precision: str, touched: int, own: bool) -> Limits:
    """Measure them.

    Args:
        threads: As many as the fit had.
        precision: Of the fit. PyTorch's bfloat16 is not measured: float32 is.
        touched: Bytes that a step goes through, besides its blocks.
        own: Whether the engine's own products and copies count, too. They may have to be compiled.
    """
    kind = "float64" if precision == "float64" else "float32"
    touched = min(max(touched, threads * BLOCK), LARGEST)
    products = {"PyTorch": _torch_product(kind, threads)}
    if not own:
        rate = _torch_copy(max(touched, 1 << 26), threads)
        return Limits(products["PyTorch"], "PyTorch", rate, rate)
    products["this engine"] = _own_product(np.dtype(kind), threads)
    by = max(products, key=lambda name: products[name])
    near = _own_copy(BLOCK * threads, threads)
    return Limits(products[by], by, near, _own_copy(touched, threads))


def measure_card_limits(device: str, precision: str) -> Limits:
    """The same of a card, by PyTorch's product and copy, in less than a tenth of a second.

    Args:
        device: Which card.
        precision: Of the products; those of float32 are exact ones, not made of tf32.
    """
    kinds = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float64": torch.float64}
    kind = kinds.get(precision, torch.float32)
    a, b = (torch.ones(CARD_SIDE, CARD_SIDE, dtype=kind, device=device) for _ in range(2))
    source, target = (torch.zeros(LARGEST // 4, device=device) for _ in range(2))

    def rate(work: Callable[[], object], amount: float) -> float:
        began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        best = float("inf")
        for _ in range(4):  # the first is to load what it needs
            began.record()
            work()
            ended.record()
            ended.synchronize()
            best = min(best, began.elapsed_time(ended) / 1e3)
        return amount / best

    with torch.cuda.device(device):
        multiply = rate(lambda: torch.mm(a, a, out=b), 2.0 * CARD_SIDE**3)
        copied = rate(lambda: target.copy_(source), 2.0 * LARGEST)
    return Limits(multiply, "PyTorch", copied, copied)


def _least(work: Callable[[], object]) -> float:
    """The shortest of many calls, in seconds."""
    least = float("inf")
    for _ in range(ROUNDS):
        began = perf_counter()
        work()
        least = min(least, perf_counter() - began)
    return least


def _with_torch(threads: int, work: Callable[[], object], amount: float) -> float:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        work()
        return amount / _least(work)
    finally:
        torch.set_num_threads(before)


def _torch_product(kind: str, threads: int) -> float:
    a, out = (torch.ones(SIDE, SIDE, dtype=getattr(torch, kind)) for _ in range(2))
    return _with_torch(threads, lambda: torch.mm(a, a, out=out), 2.0 * SIDE**3)


def _torch_copy(size: int, threads: int) -> float:
    a, out = (torch.zeros(size // 8) for _ in range(2))
    return _with_torch(threads, lambda: out.copy_(a), 8.0 * a.numel())


def _own_product(dtype: np.dtype, threads: int) -> float:
    from redraw.engines.cpu.layout import aligned
    from redraw.kernels.limits import products
    from redraw.kernels.tiles import ROWS
    from redraw.kernels.vectors import panel as panel_of

    panel = panel_of(dtype.itemsize)
    arrays = [
        (aligned(ROWS * (TERMS + 1), dtype), aligned(TERMS * panel, dtype),
         aligned(ROWS * panel, dtype), TERMS)
        for _ in range(threads)
    ]  # fmt: skip
    return _together(products, arrays, 2.0 * ROWS * panel * TERMS)


def _own_copy(size: int, threads: int) -> float:
    from redraw.engines.cpu.layout import aligned
    from redraw.kernels.limits import copies

    count = max(size // (8 * threads), 16)
    kind = np.dtype(np.float32)
    arrays = [(aligned(count, kind), aligned(count, kind)) for _ in range(threads)]
    return _together(copies, arrays, 8.0 * count)


def _together(kernel: Callable[..., object], arguments: list[tuple], amount: float) -> float:
    """`amount` times the rounds per second that all threads reach side by side.

    Each takes its own shortest time: one that is interrupted does not spoil that of the others.
    """
    kernel(*arguments[0], 1)  # compiled or loaded
    began = perf_counter()
    kernel(*arguments[0], 3)
    rounds = max(1, round(3 * TIME / max(perf_counter() - began, 1e-7)))
    with ThreadPoolExecutor(len(arguments)) as pool:
        times = list(pool.map(lambda a: _least(lambda: kernel(*a, rounds)), arguments))
    return sum(amount * rounds / least for least in times)
