"""Fields of splines in the hands of the kernels: a session, and a drawer."""

import functools

import numpy as np

from redraw.engines.contract import OptimizerConfig, OptimizerState, StepSpec
from redraw.engines.lattice import Lattice, LatticeDrawer
from redraw.engines.planes import mixing_of
from redraw.engines.spline.alternating import AlternatingSession
from redraw.engines.spline.drawer import Windows
from redraw.engines.spline.kernel_passes import KernelPasses
from redraw.engines.spline.start import warm_up
from redraw.fields import Field, FieldConfig
from redraw.fields.spline import Spline
from redraw.fields.spline_config import SplineConfig
from redraw.signals.samples import PixelSamples, Samples


def spline_drawer(field: Field, threads: int) -> LatticeDrawer:
    """What draws a field of splines without hidden layers. After a step it takes a new one."""
    encoding = field.encoding
    assert isinstance(encoding, Spline)
    detail: Lattice | None = None
    if encoding.config.subpixel and bool(encoding.subpixel.any()):
        from redraw.engines.subpixel_drawer import SubpixelDetail

        first = Windows(encoding, threads, planes=1)
        made = SubpixelDetail(encoding.subpixel, encoding.config.subpixel, first)
        detail = Lattice(made.size, 1, made.weights, threads)
    return LatticeDrawer(Windows(encoding, threads), mixing_of(field), threads, detail)


def spline_session(
    field: Field, samples: Samples, spec: StepSpec, state: OptimizerState, threads: int
) -> AlternatingSession:
    """An alternating session whose passes are kernels."""
    assert isinstance(field.encoding, Spline)
    _warm_up()
    passes = KernelPasses(field.encoding.config, threads)
    return AlternatingSession(field, samples, spec, state, passes)


@functools.cache
def _warm_up() -> None:
    """Compile or load all kernels, in one thread, so that no step and no thread waits for it."""
    warm_up()
    values = np.linspace(0.0, 1.0, 768, dtype=np.float32).reshape(256, 3)[::-1].copy()
    config = FieldConfig(
        channels=3, hidden=(), bias=False, encoding=SplineConfig(16, 16, 3, 300, transforms=2)
    )
    field = Field.build(config)
    spec = StepSpec(optimizer=OptimizerConfig(kind="alternating"))
    assert isinstance(field.encoding, Spline)
    passes = KernelPasses(field.encoding.config, 1)
    session = AlternatingSession(
        field, PixelSamples(values, 16, 16), spec, OptimizerState(), passes
    )
    session.start()
    session.step(np.zeros(0, np.int64), 0, rate=0.0, sharpness=1.0)
