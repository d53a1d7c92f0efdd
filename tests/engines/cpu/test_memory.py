"""A step of the CPU engine makes no arrays, no tensors, and keeps no Python objects."""

import gc
import threading
import tracemalloc

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from redraw.engines.contract import StepSpec
from redraw.engines.cpu.engine import CpuEngine
from redraw.fields import Field, FieldConfig
from redraw.signals.samples import PixelSamples

CONFIG = FieldConfig(channels=3, hidden=(32, 32))


class Counting(TorchDispatchMode):
    """Counts the PyTorch operations that run inside it."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def __torch_dispatch__(self, function, kinds, args=(), kwargs=None):
        self.calls.append(str(function))
        return function(*args, **(kwargs or {}))


@pytest.fixture
def session():
    values = np.random.default_rng(0).random((4096, 3)).astype(np.float32)
    samples = PixelSamples(values, 64, 64, footprint="box", samples=4)
    opened = CpuEngine().open(Field.build(CONFIG), samples, StepSpec(threads=2, batch=2048))
    yield opened
    opened.close()


def test_steps_allocate_nothing_that_grows_with_the_work(session):
    pixels = np.arange(2048)
    step = 0

    def some(number):
        nonlocal step
        for _ in range(number):
            session.step(pixels, step, rate=1e-3, sharpness=1.0)
            step += 1

    some(20)
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        some(5)
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        some(50)
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    # One array of the batch would be 8 KiB for a single channel; numbers and tuples come and go.
    assert peak - before < 4096
    assert after - before < 1024


def test_steps_call_no_pytorch_operation(session):
    pixels = np.arange(2048)
    session.step(pixels, 0, rate=1e-3, sharpness=1.0)
    with Counting() as counting:
        session.step(pixels, 1, rate=1e-3, sharpness=1.0)
        assert counting.calls == []
        torch.zeros(1)
    assert counting.calls, "the counter counts nothing"


def test_closing_ends_the_threads(session):
    # Others, such as those of the hash grid's operator, live as long as the process.
    others = set(threading.enumerate())
    session.step(np.arange(10), 0, rate=1e-3, sharpness=1.0)
    session.step(np.arange(10), 1, rate=1e-3, sharpness=1.0)
    assert len(set(threading.enumerate()) - others) == 1
    session.close()
    assert set(threading.enumerate()) <= others
    session.close()
