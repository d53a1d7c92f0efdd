"""What another package may bring: an encoding with its solver, two presets, and an engine.

Not a file of the project is edited for them: `register` is all, by hand or as an entry point.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from redraw.engines import ENGINES, Drawer, Session, StepResult
from redraw.engines.contract import OptimizerState
from redraw.engines.reference import ReferenceEngine
from redraw.engines.solver import Side, Solver
from redraw.engines.solvers import SOLVERS
from redraw.fields.config import FieldConfig
from redraw.fields.encoding_config import EncodingConfig
from redraw.fields.encoding_configs import ENCODINGS
from redraw.fields.ranges import check_ranges
from redraw.fitting.plan.config import TrainConfig
from redraw.fitting.plan.preset import Preset, Suit
from redraw.fitting.plan.presets import PRESETS

# --- an encoding: the mean over each of SIDE x SIDE blocks of a picture ---------------------------


@dataclass(frozen=True)
class BlocksConfig(EncodingConfig):
    """Blocks of one colour each.

    Attributes:
        blocks: Along each side.
        planes: Values of each.
    """

    kind: ClassVar[str] = "blocks"
    solver: ClassVar[str] = "means"
    of_signal: ClassVar[tuple[str, ...]] = ("planes",)
    sized_by: ClassVar[tuple[str, ...]] = ("blocks",)
    blocks: int = 4
    planes: int = 1

    def __post_init__(self):
        check_ranges(self, "blocks", ("blocks", 1, 4096), ("planes", 1, 16))

    def count(self, dimensions):
        return self.planes, self.blocks**2 * self.planes

    def build(self, dimensions):
        return made_blocks(self)

    def refuse(self, signal):
        return None if signal == "picture" else f"blocks lie on a picture; a {signal} is none"

    def sized(self, config, sizing):
        own = replace(self, planes=config.channels)
        if sizing.budget is not None and "blocks" not in sizing.fixed:
            room = max(1, sizing.budget - config.channels**2)  # the layer behind them
            own = replace(own, blocks=max(1, int((room / config.channels) ** 0.5)))
        return replace(config, encoding=own)


def made_blocks(config):
    """The module; PyTorch comes with it."""
    import torch

    from redraw.fields.encoding import Encoding

    class Blocks(Encoding):
        solver = BlocksConfig.solver

        def __init__(self):
            super().__init__()
            self.features = config.planes
            self.means = torch.nn.Parameter(
                torch.zeros(config.planes, config.blocks, config.blocks)
            )

        def forward(self, xy):
            place = ((xy + 1) * (config.blocks / 2)).long().clamp(0, config.blocks - 1)
            return self.means[:, place[:, 1], place[:, 0]].T

    return Blocks()


# --- its solver: there is nothing to learn but the means ------------------------------------------


def means_of(samples, blocks):
    """The mean over each block. (C, blocks, blocks)"""
    pixels = np.asarray(samples.values).reshape(samples.height, samples.width, -1)
    rows, columns = (np.arange(side) * blocks // side for side in (samples.height, samples.width))
    owner = (rows[:, None] * blocks + columns).reshape(-1)
    count = np.maximum(np.bincount(owner, minlength=blocks**2), 1)
    sums = [
        np.bincount(owner, pixels[:, :, c].reshape(-1), blocks**2) for c in range(pixels.shape[2])
    ]
    return (np.array(sums) / count).reshape(-1, blocks, blocks).astype(np.float32)


class MeansDrawer(Drawer):
    """Draws means, by NumPy."""

    def __init__(self, means):
        self.means = means

    def values(self, xy):
        blocks = self.means.shape[1]
        place = ((xy + 1) * (blocks / 2)).astype(int).clip(0, blocks - 1)
        return self.means[:, place[:, 1], place[:, 0]].T.copy()


class MeansSession(Session):
    """A step changes nothing: it was all said at the start."""

    def __init__(self, field, samples, state):
        self.field, self._state = field, state
        self.error = float(np.var(np.asarray(samples.values)))

    @property
    def state(self):
        return self._state

    def step(self, pixels, step, *, rate, sharpness):
        self._state.steps += 1
        return StepResult(self.error, self.error)


class OnReference(Side):
    """How the reference engine runs it."""

    def refuse(self, field, spec):
        return None

    def open(self, field, samples, spec, state):
        return MeansSession(field, samples, state)

    def start(self, field, samples, spec):
        import torch

        with torch.no_grad():
            means = means_of(samples, field.encoding.means.shape[1])
            field.encoding.means.copy_(torch.from_numpy(means))
            field.network.layers[0].weight.copy_(torch.eye(len(means)))
        return 0.0


class MeansSolver(Solver):
    """In closed form."""

    name = "means"
    whole = True
    rated = False
    early_on = "reference"

    @property
    def sides(self) -> Mapping[str, Side]:
        return {"reference": OnReference()}

    def fresh(self, field, optimizer):
        return OptimizerState()

    def refuse(self, field, spec):
        known = getattr(field.encoding, "solver", "") == self.name
        return None if known else "means are of blocks only (--set encoding=blocks)"

    def starts_early(self, field, loss):
        return field.encoding.kind == BlocksConfig.kind

    def starting_drawer(self, field, samples, threads):
        return MeansDrawer(means_of(samples, field.encoding.blocks))

    def parameters_for(self, field, values, known, psnr, threads):
        return max(1, int(values.size * psnr / 400))


# --- an engine: the reference, quicker by name ----------------------------------------------------


class EagerEngine(ReferenceEngine):
    """Takes networks of ReLU, and leaves the rest to others."""

    name = "eager"
    rank = 99

    def refuse(self, field, spec):
        if field.network.activation != "relu":
            return "it knows relu alone"
        return super().refuse(field, spec)


# --- presets: values -----------------------------------------------------------------------------

PLAIN = Preset("a plain preset", FieldConfig(hidden=(8,)), TrainConfig(steps=3))


def blocky() -> Preset:
    """Blocks for every picture that is called a board; its solver is there by now."""
    return Preset(
        "blocks of one colour",
        FieldConfig(hidden=(), bias=False, encoding=BlocksConfig()),
        TrainConfig(steps=2, optimizer="means"),
        quality=20.0,
        signals=("picture",),
        suits=lambda signal, asked: Suit(9.0, "it is a board") if signal.name == "board" else None,
    )


def register() -> None:
    """A row each."""
    ENCODINGS.register(BlocksConfig.kind, BlocksConfig)
    SOLVERS.register(MeansSolver.name, MeansSolver())
    ENGINES.register(EagerEngine.name, EagerEngine)
    PRESETS.register("plain", PLAIN)
    PRESETS.register("blocky", blocky())


@contextmanager
def registered() -> Iterator[None]:
    """They are there meanwhile."""
    register()
    try:
        yield
    finally:
        for table, name in (
            (ENCODINGS, "blocks"),
            (SOLVERS, "means"),
            (ENGINES, "eager"),
            (PRESETS, "plain"),
            (PRESETS, "blocky"),
        ):
            table.withdraw(name)
