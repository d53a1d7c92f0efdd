"""The coding solver, as the table of solvers has it.

Its start finds a picture of the size or quality that is asked for; steps after the first make it
smaller or better.
"""

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

from redraw.engines.contract import (
    Drawer,
    Loss,
    OptimizerConfig,
    OptimizerState,
    Session,
    StepSpec,
)
from redraw.engines.solver import Lesson, Side, Solver
from redraw.engines.threads import usable_threads
from redraw.fields.wavelet_config import WaveletConfig
from redraw.signals.samples import PixelSamples, Samples

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from redraw.fields import Field, FieldConfig


class CodingSolver(Solver):
    """The wavelet coefficients of a picture in whole steps."""

    name = "coding"
    whole = True
    rated = False
    early_on = "cpu"
    keeps_start = True
    judges_itself = True
    timed_steps = 13
    later = 6.0

    def fresh(self, field: "Field", optimizer: OptimizerConfig) -> OptimizerState:
        """Nothing."""
        return OptimizerState(0, {})

    def refuse(self, field: "Field", spec: StepSpec) -> str | None:
        from redraw.fields.outputs import LinearOutput
        from redraw.fields.wavelet import Wavelet

        if not isinstance(field.encoding, Wavelet):
            return "the coding optimizer is for the wavelet encoding only (--set optimizer=adam)"
        if len(field.network.layers) != 1 or not isinstance(field.output, LinearOutput):
            return "coded pictures have no hidden layers, and a linear output"
        if spec.training and spec.loss != "mse":
            return f"the coding optimizer minimises the squared error, not {spec.loss}"
        return None

    def learns_after(self, field: "Field") -> str:
        units = getattr(getattr(field.encoding, "config", None), "subpixel", 0)
        return "subpixel detail" if units else ""

    @property
    def sides(self) -> Mapping[str, Side]:
        return {"cpu": Coded(), "reference": Coded()}

    def starts_early(self, field: "FieldConfig", loss: Loss) -> bool:
        return (
            isinstance(field.encoding, WaveletConfig)
            and field.hidden == ()
            and field.output == "linear"
            and loss == "mse"
        )

    def made_for(
        self,
        field: "FieldConfig",
        values: "NDArray[np.float32]",
        known: "NDArray[np.bool_] | None",
        threads: int,
        said: str = "",
    ) -> "FieldConfig":
        """Better than usual, where that keeps colours that the picture has exactly over areas.

        (H, W, C), (H, W)
        """
        from redraw.engines.coded.flat_colours import quality_for

        config = field.encoding
        assert isinstance(config, WaveletConfig)
        asked = config.bytes or config.quality != WaveletConfig.quality
        if asked or config.exact:  # which keeps all
            return field
        quality = quality_for(values, known, config, threads)
        encoding = dataclasses.replace(config, quality=quality)
        return field if quality == config.quality else dataclasses.replace(field, encoding=encoding)

    def starting_drawer(self, field: "FieldConfig", samples: Samples, threads: int) -> Drawer:
        from redraw.engines.coded.answer import first_guess
        from redraw.engines.coded.drawer import CodedDrawer

        assert isinstance(field.encoding, WaveletConfig)
        assert isinstance(samples, PixelSamples)
        return CodedDrawer(first_guess(samples, field.encoding, threads), threads)


class Coded(Side):
    """The same with both engines: whole numbers leave no choice."""

    def refuse(self, field: "Field", spec: StepSpec) -> str | None:
        if any(tensor.device.type != "cpu" for tensor in field.state_dict().values()):
            return "the field is not on the CPU"
        if spec.training and spec.optimizer.kind != CodingSolver.name:
            return f"it makes coded pictures by --set optimizer={CodingSolver.name} only"
        return CodingSolver().refuse(field, spec)

    def open(
        self, field: "Field", samples: Samples, spec: StepSpec, state: OptimizerState
    ) -> Session:
        from redraw.engines.coded.session import CodingSession

        assert isinstance(samples, PixelSamples)
        return CodingSession(field, samples, state, spec.threads or usable_threads())

    def start(self, field: "Field", samples: Samples, spec: StepSpec) -> float:
        from redraw.engines.coded.session import CodingSession

        assert isinstance(samples, PixelSamples)
        threads = spec.threads or usable_threads()
        return CodingSession(field, samples, OptimizerState(), threads).start()

    def lesson(self, field: "Field", samples: Samples, spec: StepSpec, seed: int) -> Lesson | float:
        from redraw.engines.coded.session import lesson_of

        return lesson_of(field, spec, seed)

    def drawer(self, field: "Field", spec: StepSpec) -> Drawer:
        from redraw.engines.coded.drawer import coded_drawer

        return coded_drawer(field, spec.threads or usable_threads())
