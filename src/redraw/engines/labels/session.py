"""Training a field of labels: potentials and colours by Adam on pixels near edges.

A step asks every listed pixel at n x n places inside of it, each of which stands for a square, and
compares the mean with the pixel.
Where pixels are more than averages over their squares, all means together are weighed as the
footprint says (`redraw.engines.labels.seen`), and the loss is the squared difference from the
picture; pixels of one label count as the analysis has them. Besides, potentials are kept from
bending, and colours near where the analysis had them: all that pixels of a single label have to say
is in that start, and in how firmly a node is held to it.

Shapes: C channels, P potentials, Q colours, B listed pixels.
"""

from abc import abstractmethod
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray

from redraw.engines.contract import OptimizerState, Session, StepResult, StepSpec, StepTimes
from redraw.engines.cpu.sharing import share
from redraw.engines.labels.analysis import Rows
from redraw.engines.labels.seen import seen_as
from redraw.engines.labels.start import Start, forget, without_noise
from redraw.engines.labels.tables import Blocks, Tables
from redraw.engines.made_for import refuse_steps
from redraw.engines.solver import ADAM_MOMENTS
from redraw.engines.threads import usable_threads
from redraw.errors import EngineError
from redraw.fields import Field
from redraw.fields.label_cells import CELL
from redraw.fields.labels import Labels
from redraw.fields.labels_config import POINT, LabelsConfig
from redraw.kernels import label_colours, label_updates, labels
from redraw.kernels.labels import ALONE, BACK, MEANS
from redraw.signals.picture.footprints import named
from redraw.signals.samples import PixelSamples, Samples, step_key, strata

# Weights of the squared second derivatives of potentials; of moves of colours, of their differences
# between neighbours and of the moves themselves.
BENDING, SMOOTH, HOLD = 1e-4, 0.02, 1e-3
# Of potentials whose pixels are samples: anything between two of them is as likely, the smoothest
# most (the cartoon, sampled: +.4 dB against 1e-4).
SAMPLED_BENDING = 1e-2
# And of those that JPEG rounded. (JPEG 75, 96 x 88 pixels of three pages: +.18, +.11, +.01 dB.)
CODED_BENDING = 5e-4
# With noise, which bends them: so many times more at this deviation, and in proportion to its
# square. (Noise of .03: cartoon +.45, anime +.06, logo -.05 dB; of .01 cartoon -.6 by as much.)
NOISY_BENDING, AT_NOISE = 4.0, 0.03
# The rate of colours over that of potentials; and colours move in every so many-th step.
COLOUR_RATE, COLOUR_EVERY = 0.06, 1
# How sharp edges are at first, against the end.
BLUNT = 0.1


def start_field(field: Field, found: Start) -> None:
    """Put a field where the analysis says."""
    encoding = field.encoding
    assert isinstance(encoding, Labels)
    with torch.no_grad():
        layer = field.network.layers[0]
        assert isinstance(layer, torch.nn.Linear)
        layer.weight.copy_(torch.eye(len(layer.weight)))
        if layer.bias is not None:
            layer.bias.zero_()
        for tensor, array in (
            (encoding.owner, found.owner),
            (encoding.candidates, found.candidates),
            (encoding.potentials, found.potentials),
            (encoding.colours, found.colours),
        ):
            tensor.copy_(torch.from_numpy(array))
        encoding.detail.zero_()


def fresh_state(field: Field) -> OptimizerState:
    """Moments of potentials and colours; where colours began, and how firmly they are held."""
    slots: dict[str, dict[str, torch.Tensor]] = {}
    for name, own in field.encoding.named_parameters():
        if name in ("potentials", "colours"):
            zeros = {moment: torch.zeros_like(own.detach()) for moment in ADAM_MOMENTS}
            slots[f"encoding.{name}"] = zeros
            if name == "colours":
                zeros["start"] = torch.zeros_like(own.detach())
                zeros["mass"] = torch.zeros_like(own.detach()[:, 0])
    return OptimizerState(0, slots)


class LabelsSession(Session):
    """A field of labels and its picture; see the module.

    Args:
        field: As `start_field` or earlier steps left it.
        samples: The picture.
        spec: How it is learned.
        state: Of the optimizer.
        found: What the analysis of the picture gives; needed before the first step.
    """

    def __init__(
        self,
        field: Field,
        samples: Samples,
        spec: StepSpec,
        state: OptimizerState,
        found: Start | None = None,
    ) -> None:
        assert isinstance(field.encoding, Labels)
        if not isinstance(samples, PixelSamples):
            raise EngineError("labels are for pictures, not for tables; take another preset")
        config = field.encoding.config
        if (config.width, config.height, config.planes) != (
            samples.width,
            samples.height,
            samples.channels,
        ):
            raise EngineError(
                f"the labels are for {config.width} x {config.height} pixels of {config.planes}"
                f" values, the picture has {samples.width} x {samples.height} of"
                f" {samples.channels}"
            )
        self.field, self.encoding = field, field.encoding
        self._samples, self._state = samples, state
        self._threads = spec.threads or usable_threads()
        self._made, self._seconds = 0, 0.0
        if found is not None:
            slots = state.slots["encoding.colours"]
            if slots["mass"].shape != found.mass.shape:
                raise EngineError(
                    f"the labels have {slots['mass'].shape[0]} colours, the analysis of the picture"
                    f" gives {len(found.mass)}; begin with Run.start"
                )
            with torch.no_grad():
                slots["start"].copy_(torch.from_numpy(found.colours))
                slots["mass"].copy_(torch.from_numpy(found.mass))
            forget()
        self._open()

    @abstractmethod
    def _open(self) -> None:
        """Make all that a step needs and that does not change."""

    @property
    def state(self) -> OptimizerState:
        return self._state

    def times(self) -> StepTimes:
        pixels = self._made * self._samples.count
        return StepTimes({"optimizer": self._seconds}, pixels, pixels, self._made, self._threads)


class KernelSession(LabelsSession):
    """Steps by kernels."""

    def _open(self) -> None:
        """All that a step needs and that does not change."""
        encoding = self.encoding
        channels = self._samples.channels
        tables = Tables.of(
            encoding.owner.numpy(), encoding.candidates.numpy(), encoding.config.labels, linked=True
        )
        self._links, self._beside, self._rank = tables.links, tables.beside, tables.rank
        self._blocks = blocks = Blocks.of(tables, channels)
        at = blocks.places[..., 0].astype(np.int64) * self._samples.width + blocks.places[..., 1]
        footprint, known = encoding.config.footprint, blocks.known
        pixels, where = without_noise(self._samples, footprint, self._threads)
        values = pixels.reshape(-1, channels)[at]
        if where is not None:
            known = known * where.reshape(-1)[at].astype(np.float32)
        self._target = np.ascontiguousarray(values.transpose(0, 2, 1))
        self._seen = seen_as(footprint, Rows(self._samples.height, self._threads))
        self._weighed = np.zeros(self._target.shape if self._seen else (1, channels, 1), np.float32)
        if self._seen is not None:
            self._pixels, self._where = pixels, where
            self._means = self._seen.undone(self._pixels, self._where)
            self._at, known = at, blocks.known
        self._known = known
        self._paint = np.zeros(blocks.paints, np.float32)
        self._pull = np.zeros(blocks.paints, np.float32)
        self._gradient = np.zeros(encoding.potentials.numel(), np.float32)
        self._colour_gradient = np.zeros(encoding.colours.shape, np.float32)
        self._totals = np.zeros(len(blocks.begins) - 1)
        shards = np.arange(len(self._totals))
        self._turns = [turn for turn in (shards[::2], shards[1::2]) if len(turn)]
        self._samples_across = across_of(encoding.config, self._samples)
        self._side = side_of(self._samples_across)
        self._painted = -1

    def _share(self, kernel, *arguments) -> None:
        share(kernel, [(*arguments, part, self._threads) for part in range(self._threads)])

    def step(
        self, pixels: NDArray[np.int64], step: int, *, rate: float, sharpness: float
    ) -> StepResult:
        """One step over all listed pixels, whichever are named. (B,)"""
        began = perf_counter()
        encoding = self.encoding
        potentials, colours = (
            encoding.potentials.detach().numpy(),
            encoding.colours.detach().numpy(),
        )
        blocks = self._blocks
        version = encoding.colours._version
        if version != self._painted:
            self._paint_all(colours)
            self._painted = version
        sharp = sharpness_of(encoding.config.sharpness, sharpness)
        moves = step % COLOUR_EVERY == 0
        work = (
            blocks.blocks, blocks.begins, blocks.first, self._paint, self._pull, self._target,
            self._known, potentials, self._gradient, self._samples_across,
            shift_in(encoding.config, self._samples, step), sharp, self._side, self._totals,
        )  # fmt: skip
        if self._seen is None:
            self._train(work, ALONE)
            squared = float(self._totals.sum())
        else:
            self._train(work, MEANS)
            squared = self._look()
            self._train(work, BACK)
        self._state.steps += 1
        self._share(
            label_updates.add_bending, potentials, self._gradient, self._links, self._beside,
            np.float32(bending_of(encoding.config)),
        )  # fmt: skip
        slots = self._state.slots["encoding.potentials"]
        self._share(
            label_updates.update_potentials, potentials, self._gradient, slots["exp_avg"].numpy(),
            slots["exp_avg_sq"].numpy(), *rates_of(rate, self._state.steps),
        )  # fmt: skip
        if moves:
            self._move_colours(colours, rate, step // COLOUR_EVERY + 1)
        else:
            self._pull[:] = 0
        self._made += 1
        self._seconds += perf_counter() - began
        error = squared / (self._samples.count * self._samples.channels)
        return StepResult(error, error)

    def _train(self, work: tuple, phase: int) -> None:
        for turn in self._turns:
            share(
                labels.train_shards,
                [
                    (turn, part, self._threads, *work, phase, self._weighed)
                    for part in range(self._threads)
                ],
            )

    def _look(self) -> float:
        """From the means of listed pixels to how the loss changes by them; the squared error."""
        assert self._seen is not None
        flat = self._means.reshape(-1, self._means.shape[2])
        flat[self._at] = self._weighed.transpose(0, 2, 1)
        squared, back = self._seen.pull(self._means, self._pixels, self._where)
        self._weighed[:] = back.reshape(flat.shape)[self._at].transpose(0, 2, 1)
        return squared

    def _paint_all(self, colours: NDArray[np.float32]) -> None:
        blocks = self._blocks
        self._share(
            label_colours.paint_blocks, blocks.blocks, blocks.places, blocks.names,
            self._rank, colours, CELL, self._paint,
        )  # fmt: skip

    def _move_colours(self, colours: NDArray[np.float32], rate: float, count: int) -> None:
        blocks, rank = self._blocks, self._rank
        self._share(
            label_colours.colour_slopes, blocks.blocks, blocks.places, blocks.names, self._known,
            rank, self._pull, CELL, self._colour_gradient,
        )  # fmt: skip
        self._pull[:] = 0
        slots = {k: t.numpy() for k, t in self._state.slots["encoding.colours"].items()}
        self._share(
            label_colours.update_colours, colours, self._colour_gradient, slots["exp_avg"],
            slots["exp_avg_sq"], slots["start"], slots["mass"], rank, np.float32(SMOOTH),
            np.float32(HOLD), *rates_of(rate * COLOUR_RATE * COLOUR_EVERY, count),
        )  # fmt: skip
        self._paint_all(colours)


def rates_of(rate: float, count: int) -> tuple[np.float32, np.float32, np.float32]:
    """Adam's rate, and the corrections of its moments at the `count`-th update (from 1)."""
    first, second = 1.0 / (1.0 - 0.9**count), 1.0 / (1.0 - 0.99**count)
    return np.float32(rate), np.float32(first), np.float32(second)


def sharpness_of(final: float, course: float) -> float:
    """Of the softmax in a step: geometrically from a tenth of its final value to that.

    Args:
        final: As the field is drawn.
        course: As a session's step is told: from 1 to 2.
    """
    return final * BLUNT ** (2.0 - min(course, 2.0))


def shift_of(seed: int, step: int) -> NDArray[np.float32]:
    """How far the samples of a step are moved, down and right, in parts of their distance. (2,)"""
    key = step_key(seed, step)
    # In 256 parts: none is so near to a pixel's end that rounding puts it into the next.
    parts = np.array([key >> 24, key >> 16 & 0xFF], np.float32)
    return (parts + np.float32(0.5)) / np.float32(256.0)


def bending_of(config: LabelsConfig) -> float:
    """The weight of potentials' bending."""
    if config.footprint == POINT:
        return SAMPLED_BENDING
    own = named(config.footprint)
    if own.noise:
        return BENDING * (1.0 + NOISY_BENDING * min(1.0, own.noise / AT_NOISE) ** 2)
    return BENDING if own.steps is None else CODED_BENDING


def across_of(config: LabelsConfig, samples: PixelSamples) -> int:
    """Places along each axis of a pixel that are asked: its centre alone where it is a sample."""
    return 1 if config.footprint == POINT else strata(samples.samples)[0]


def side_of(across: int) -> float:
    """Of the square that a sample stands for, in pixels; 0 for the centre of a pixel. n -> side"""
    return 1.0 / across if across > 1 else 0.0


def shift_in(config: LabelsConfig, samples: PixelSamples, step: int) -> NDArray[np.float32]:
    """As `shift_of`, and none where centres are asked. (2,)"""
    if config.footprint == POINT:
        return np.full(2, 0.5, np.float32)
    return shift_of(samples.seed, step)


def refuse_labels(field: Field, spec: StepSpec) -> str | None:
    """Why a field can't be trained as labels, or None."""
    return refuse_steps(field, spec, Labels, "labels", "the encoding of labels")
