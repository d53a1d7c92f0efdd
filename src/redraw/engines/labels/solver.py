"""The solver of fields of labels, as the table of solvers has it.

It is asked for whatever concerns such fields alone: `redraw.engines.solver` says what that is.
"""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from redraw.engines.contract import (
    Drawer,
    ExactDrawer,
    Loss,
    OptimizerConfig,
    OptimizerState,
    StepSpec,
)
from redraw.engines.made_for import refuse_kernels
from redraw.engines.solver import Side, Solver
from redraw.engines.threads import usable_threads
from redraw.errors import EngineError
from redraw.fields.labels_config import AUTO, AUTO_ROUNDS, POINT, LabelsConfig
from redraw.memory import give_large_blocks_back
from redraw.signals.picture.footprints import BLUR, estimated, named
from redraw.signals.samples import PixelSamples, Samples

if TYPE_CHECKING:
    from redraw.engines.labels.session import LabelsSession
    from redraw.fields import Field, FieldConfig

# Of labels whose pixels are samples. These do not say where between two of them an edge lies, and a
# crisp one half a pixel off costs more than a soft one. (benchmarks.damage, sampled: cartoon +1.8
# dB over Lanczos, logo +.6; the cartoon at 3 +2.0. Not tried there since detail is of centres: 15.)
SAMPLED_SHARPNESS = 6.0
# Fits before that of a blurred page, by how many pixels it has at the most: each takes one to three
# seconds of 200 x 200.
ROUNDS_UP_TO = ((600_000, 2), (1_500_000, 1))
# Values of pictures whose arrays are worth giving back as soon as they are freed.
MANY = 1 << 20


class LabelsSolver(Solver):
    """Adam on potentials and colours, from where an analysis of the drawing puts them."""

    name = "labels"
    whole = True
    begins_again = True
    early_on = "cpu"
    whole_numbers = True

    def fresh(self, field: "Field", optimizer: OptimizerConfig) -> OptimizerState:
        """As the steps need it."""
        from redraw.engines.labels.session import fresh_state

        return fresh_state(field)

    def refuse(self, field: "Field", spec: StepSpec) -> str | None:
        from redraw.engines.labels.session import refuse_labels

        return refuse_labels(field, spec)

    @property
    def sides(self) -> Mapping[str, Side]:
        return {"cpu": ByKernels(), "reference": Plain()}

    def starts_early(self, field: "FieldConfig", loss: Loss) -> bool:
        return (
            isinstance(field.encoding, LabelsConfig)
            and field.hidden == ()
            and field.output == "linear"
            and loss == "mse"
        )

    def starting_drawer(self, field: "FieldConfig", samples: Samples, threads: int) -> Drawer:
        from redraw.engines.labels.rounds import starting_drawer

        assert isinstance(field.encoding, LabelsConfig)
        assert isinstance(samples, PixelSamples)
        return starting_drawer(samples, field.encoding, threads)

    def learns_after(self, field: "Field") -> str:
        return "what labels leave over of the pixels near edges"

    def kept(self, field: "Field", spec: StepSpec, beside: int = 0) -> "Field":
        """Whole numbers, where they are asked for (`LabelsConfig.coding`)."""
        from redraw.fields.labels import Labels

        assert isinstance(field.encoding, Labels)
        config = field.encoding.config
        if config.coding != "whole" or spec.precision != "float32" or spec.device != "cpu":
            return field
        most = max(1, config.bytes - beside) if config.bytes else 0
        return self.small(field, spec.threads or usable_threads(), most)

    def small(
        self, field: "Field", threads: int, most_bytes: int = 0, most_error: float = 0.0
    ) -> "Field":
        """As of other solvers."""
        from redraw.engines.labels.small import as_whole

        return as_whole(field, threads, most_bytes, most_error)

    def floats(self, field: "Field") -> "Field":
        """As of other solvers."""
        from redraw.engines.labels.drawn import as_floats

        return as_floats(field)

    def made_for(
        self,
        field: "FieldConfig",
        values: NDArray[np.float32],
        known: NDArray[np.bool_] | None,
        threads: int,
        said: str = "",
    ) -> "FieldConfig":
        from redraw.engines.labels.rounds import start_for

        assert isinstance(field.encoding, LabelsConfig)
        if values.size >= MANY:
            give_large_blocks_back()
        footprint = field.encoding.footprint
        if footprint == AUTO:
            footprint = str(estimated(values, said))
        rounds = rounds_for(field.encoding, footprint, values)
        sharpness = field.encoding.sharpness
        if footprint == POINT and sharpness == LabelsConfig.sharpness:
            sharpness = SAMPLED_SHARPNESS
        encoding = dataclasses.replace(
            field.encoding, footprint=footprint, sharpness=sharpness, rounds=rounds
        )
        found = start_for(values, known, threads, encoding)
        return dataclasses.replace(field, encoding=found.sized(encoding))


def rounds_for(config: LabelsConfig, footprint: str, values: "NDArray[np.float32]") -> int:
    """Fits before the fit of a picture: those that were asked for, or as many as pay.

    Each takes as long as the fit; only where pixels are of a blurred page do they find much more.
    (H, W, C)
    """
    own = named(footprint)
    if config.keeps or (own.steps is None and own.taps() is None):
        return 0
    if config.rounds != AUTO_ROUNDS:
        return config.rounds
    if own.kind != BLUR:
        return 0
    pixels = values.shape[0] * values.shape[1]
    return next((rounds for most, rounds in ROUNDS_UP_TO if pixels <= most), 0)


class ByKernels(Side):
    """With the cpu engine: training and drawing by kernels."""

    def refuse(self, field: "Field", spec: StepSpec) -> str | None:
        from redraw.engines.labels.session import refuse_labels
        from redraw.fields.labels import Labels

        solver = LabelsSolver.name
        return refuse_kernels(field, spec, Labels, solver, "labels", refuse_labels)

    def open(
        self, field: "Field", samples: Samples, spec: StepSpec, state: OptimizerState
    ) -> "LabelsSession":
        from redraw.engines.labels.rounds import start_again
        from redraw.engines.labels.session import KernelSession

        return KernelSession(field, samples, spec, state, start_again(field, samples, spec, state))

    def start(self, field: "Field", samples: Samples, spec: StepSpec) -> float:
        from redraw.engines.labels.rounds import begin

        return begin(field, samples, spec.threads or usable_threads())

    def lesson(self, field: "Field", samples: Samples, spec: StepSpec, seed: int) -> float:
        from redraw.engines.labels.detail import own_size, project_back

        threads = spec.threads or usable_threads()

        def means() -> Iterator[NDArray[np.float32]]:
            yield from own_size(self.drawer(field, spec), field)

        return project_back(field, samples, means(), threads)

    def drawer(self, field: "Field", spec: StepSpec) -> ExactDrawer:
        from redraw.engines.labels.drawer import labels_drawer

        reason = self.refuse(field, dataclasses.replace(spec, training=False))
        if reason is not None:
            raise EngineError(f"the cpu engine can't draw this: {reason}")
        return labels_drawer(field, spec.threads or usable_threads())


class Plain(Side):
    """With the reference engine: the loss in PyTorch, its gradients by autograd."""

    def refuse(self, field: "Field", spec: StepSpec) -> str | None:
        return None

    def open(
        self, field: "Field", samples: Samples, spec: StepSpec, state: OptimizerState
    ) -> "LabelsSession":
        from redraw.engines.labels.plain import PlainSession
        from redraw.engines.labels.rounds import start_again

        return PlainSession(field, samples, spec, state, start_again(field, samples, spec, state))

    def start(self, field: "Field", samples: Samples, spec: StepSpec) -> float:
        from redraw.engines.labels.rounds import begin

        if spec.training and spec.optimizer.kind != LabelsSolver.name:
            return 0.0
        return begin(field, samples, spec.threads or usable_threads())

    def lesson(self, field: "Field", samples: Samples, spec: StepSpec, seed: int) -> float:
        from redraw.engines.labels.detail import project_back
        from redraw.engines.labels.plain import plain_means

        threads = spec.threads or usable_threads()
        return project_back(field, samples, plain_means(field), threads)
