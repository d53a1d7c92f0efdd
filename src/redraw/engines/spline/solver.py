"""The alternating solver of spline pyramids, as the table of solvers has it.

It is asked for whatever concerns such fields alone: `redraw.engines.solver` says what that is.
"""

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from redraw.engines.contract import (
    Drawer,
    Loss,
    OptimizerConfig,
    OptimizerState,
    StepSpec,
)
from redraw.engines.made_for import refuse_kernels
from redraw.engines.solver import Lesson, Side, Solver
from redraw.engines.threads import usable_threads
from redraw.errors import EngineError
from redraw.fields.spline_config import SplineConfig
from redraw.signals.samples import PixelSamples, Samples

if TYPE_CHECKING:
    from torch import Tensor

    from redraw.engines.spline.alternating import AlternatingSession
    from redraw.engines.spline.card_session import CardSession
    from redraw.fields import Field, FieldConfig


class AlternatingSolver(Solver):
    """All pixels in a step, no rate, and no plan to keep to; the best linear answer first."""

    name = "alternating"
    whole = True
    rated = False
    early_on = "cpu"
    judges_itself = True

    def fresh(self, field: "Field", optimizer: OptimizerConfig) -> OptimizerState:
        """It remembers how good it is; below 0 before the first step."""
        import torch

        return OptimizerState(0, {"encoding.values": {"left_out": torch.full((1,), -1.0).double()}})

    def refuse(self, field: "Field", spec: StepSpec) -> str | None:
        from redraw.engines.spline.alternating import refuse_alternating

        return refuse_alternating(field, spec)

    @property
    def sides(self) -> Mapping[str, Side]:
        return {"cuda": OnCard(), "cpu": ByKernels(), "reference": Plain()}

    def starts_early(self, field: "FieldConfig", loss: Loss) -> bool:
        """Where the field says no more than the averages, and the squared error is to be least."""
        return (
            isinstance(field.encoding, SplineConfig)
            and field.hidden == ()
            and field.output == "linear"
            and loss == "mse"
        )

    def starting_drawer(self, field: "FieldConfig", samples: Samples, threads: int) -> Drawer:
        from redraw.engines.spline.start import starting_drawer

        assert isinstance(field.encoding, SplineConfig)
        assert isinstance(samples, PixelSamples)
        return starting_drawer(samples, field.encoding, threads)

    def parameters_for(
        self,
        field: "FieldConfig",
        values: NDArray[np.float32],
        known: NDArray[np.bool_] | None,
        psnr: float,
        threads: int,
    ) -> int | None:
        from redraw.engines.spline.size import enough

        if not isinstance(field.encoding, SplineConfig):
            return None
        return enough(values, known, psnr, threads, field.encoding)

    def learns_after(self, field: "Field") -> str:
        return "subpixel detail" if field.encoding.config.subpixel else ""  # type: ignore[union-attr]


class Subpixel(Side):
    """What all sides learn after the steps: the subpixel detail."""

    def plane(self, field: "Field", spec: StepSpec) -> "Tensor":
        """The averages of the first plane over all pixels. (H, W)"""
        raise NotImplementedError

    def lesson(self, field: "Field", samples: Samples, spec: StepSpec, seed: int) -> Lesson | float:
        from redraw.engines.subpixel import lesson_of
        from redraw.fields.spline import Spline

        assert isinstance(field.encoding, Spline)
        return lesson_of(field.encoding, self.plane(field, spec), spec, seed)


class Plain(Subpixel):
    """With the reference engine: the passes in PyTorch; autograd trains such fields as well."""

    def refuse(self, field: "Field", spec: StepSpec) -> str | None:
        return None

    def open(
        self, field: "Field", samples: Samples, spec: StepSpec, state: OptimizerState
    ) -> "AlternatingSession":
        from redraw.engines.spline.alternating import AlternatingSession
        from redraw.engines.spline.alternating_passes import PlainPasses
        from redraw.fields.spline import Spline

        assert isinstance(field.encoding, Spline)
        passes = PlainPasses(field.encoding.config)
        return AlternatingSession(field, samples, spec, state, passes)

    def start(self, field: "Field", samples: Samples, spec: StepSpec) -> float:
        from redraw.engines.spline.alternating import refuse_alternating

        if refuse_alternating(field, dataclasses.replace(spec, loss="mse")) is not None:
            return 0.0
        return self.open(field, samples, spec, OptimizerState()).start()

    def plane(self, field: "Field", spec: StepSpec) -> "Tensor":
        import torch

        from redraw.fields.spline import Spline

        assert isinstance(field.encoding, Spline)
        with torch.no_grad():
            return field.encoding.averages()[0]


class ByKernels(Subpixel):
    """With the cpu engine: training and drawing by kernels, which load when one is opened."""

    def refuse(self, field: "Field", spec: StepSpec) -> str | None:
        from redraw.engines.spline.alternating import refuse_alternating
        from redraw.fields.spline import Spline

        solver = AlternatingSolver.name
        return refuse_kernels(field, spec, Spline, solver, "splines", refuse_alternating)

    def open(
        self, field: "Field", samples: Samples, spec: StepSpec, state: OptimizerState
    ) -> "AlternatingSession":
        from redraw.engines.spline.session import spline_session

        return spline_session(field, samples, spec, state, spec.threads or usable_threads())

    def start(self, field: "Field", samples: Samples, spec: StepSpec) -> float:
        return self.open(field, samples, spec, OptimizerState()).start()

    def plane(self, field: "Field", spec: StepSpec) -> "Tensor":
        import torch

        from redraw.engines.spline.drawer import all_averages
        from redraw.fields.spline import Spline

        assert isinstance(field.encoding, Spline)
        threads = spec.threads or usable_threads()
        return torch.from_numpy(all_averages(field.encoding, threads, planes=1)[0])

    def drawer(self, field: "Field", spec: StepSpec) -> Drawer:
        from redraw.engines.spline.session import spline_drawer

        reason = self.refuse(field, dataclasses.replace(spec, training=False))
        if reason is not None:
            raise EngineError(f"the cpu engine can't draw this: {reason}")
        return spline_drawer(field, spec.threads or usable_threads())


# Planes that a card's kernels were tried with; photographs have one to four.
MOST_PLANES = 64


class OnCard(Subpixel):
    """With the cuda engine: all passes on a card, and drawing."""

    measured = False

    def refuse(self, field: "Field", spec: StepSpec) -> str | None:
        from redraw.engines.spline.alternating import refuse_alternating
        from redraw.fields.spline import Spline

        solver = AlternatingSolver.name
        reason = refuse_kernels(
            field, spec, Spline, solver, "splines", refuse_alternating, engine="cuda"
        )
        if reason is None and field.encoding.features > MOST_PLANES:
            return f"its kernels take up to {MOST_PLANES} planes, not {field.encoding.features}"
        return reason

    def open(
        self, field: "Field", samples: Samples, spec: StepSpec, state: OptimizerState
    ) -> "CardSession":
        from redraw.engines.spline.card_session import opened

        return opened(field, samples, spec, state)

    def start(self, field: "Field", samples: Samples, spec: StepSpec) -> float:
        return self.open(field, samples, spec, OptimizerState()).start()

    def plane(self, field: "Field", spec: StepSpec) -> "Tensor":
        import torch

        from redraw.engines.cuda.card import card_of
        from redraw.engines.spline.card_passes import all_averages
        from redraw.fields.spline import Spline

        assert isinstance(field.encoding, Spline)
        return all_averages(field.encoding, card_of(torch.device(spec.device)))[0]

    def drawer(self, field: "Field", spec: StepSpec) -> Drawer:
        from redraw.engines.spline.card_drawer import spline_drawer

        reason = self.refuse(field, dataclasses.replace(spec, training=False))
        if reason is not None:
            raise EngineError(f"the cuda engine can't draw this: {reason}")
        return spline_drawer(field, spec)
