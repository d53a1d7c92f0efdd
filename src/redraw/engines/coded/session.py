"""A session of a coded picture: its start finds one, steps after the first make it better."""

from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray

from redraw.coding.analysis import Analysis
from redraw.coding.description import Description
from redraw.coding.picture import Quantised
from redraw.coding.stronger import finer, stronger
from redraw.engines.coded.answer import answer, exact_pixels_of, forget, room_of
from redraw.engines.coded.answer import pixels_of as wanted_pixels
from redraw.engines.coded.stored import quantised_of
from redraw.engines.contract import (
    OptimizerState,
    Order,
    Session,
    StepResult,
    StepSpec,
    StepTimes,
)
from redraw.engines.solver import Lesson
from redraw.errors import EngineError
from redraw.fields import Field
from redraw.fields.wavelet import Wavelet
from redraw.kernels.quantising import squared_error
from redraw.signals.samples import PixelSamples


class CodingSession(Session):
    """A coded picture and what it learns; see the module."""

    def __init__(
        self, field: Field, samples: PixelSamples, state: OptimizerState, threads: int
    ) -> None:
        assert isinstance(field.encoding, Wavelet)
        self.field, self.encoding = field, field.encoding
        self._samples, self._state, self._threads = samples, state, threads
        self._analysis: Analysis | None = None
        self._settled = False
        config = self.encoding.config
        if (config.width, config.height, config.planes) != (
            samples.width,
            samples.height,
            samples.channels,
        ):
            raise EngineError(
                f"the field is for {config.width} x {config.height} pixels of {config.planes}"
                f" values, the picture has {samples.width} x {samples.height} of {samples.channels}"
            )

    @property
    def state(self) -> OptimizerState:
        return self._state

    def times(self) -> StepTimes:
        return StepTimes({}, 0, 0, 0, 1)

    def start(self) -> float:
        """Find the coded picture; returns the seconds that it took."""
        began = perf_counter()
        put_into(self.field, answer(self._samples, self.encoding.config, self._threads))
        forget(self._samples)
        return perf_counter() - began

    def step(
        self, pixels: NDArray[np.int64], step: int, *, rate: float, sharpness: float
    ) -> StepResult:
        """Says how far the pixels are from what is wanted. (B,)

        From the second step on it makes the field smaller or better first.

        All that a step needs is in the field: one that is made again does the same.
        """
        config = self.encoding.config
        if step and not config.exact and not self._settled:
            self._refine()
        found = quantised_of(self.encoding)
        made = found.pixels()
        wanted = wanted_pixels(self._samples, config)
        if config.exact:
            wanted = exact_pixels_of(self._samples, config, wanted)
        error = int(squared_error(made, wanted)) / made.size / (2**found.about.depth - 1) ** 2
        self._state.steps += 1
        return StepResult(error, error)

    def steps(
        self, order: Order, first: int, *, rates: Sequence[float], sharpness: Sequence[float]
    ) -> list[StepResult]:
        """As of any session; none where one was given up."""
        try:
            return super().steps(order, first, rates=rates, sharpness=sharpness)
        except _GivenUp:
            return []

    def _look_up(self) -> None:
        """Give the step up if the fit should end.

        Raises:
            _GivenUp: it should.
        """
        if self.hurried():
            raise _GivenUp

    def _refine(self) -> None:
        config, found = self.encoding.config, quantised_of(self.encoding)
        if self._analysis is None:
            pixels = wanted_pixels(self._samples, config)
            own = Analysis.by(pixels, config.depth, tile=config.tile, colours=found.about.colours)
            self._analysis = replace(own, filtered=config.filtered)
        size = room_of(config) if config.bytes else 0
        better = None
        for improved in (stronger, finer):
            better = better or improved(
                self._analysis,
                found,
                quality=config.quality,
                size=size,
                threads=self._threads,
                between=self._look_up,
            )
        self._settled = better is None
        if better is not None:
            better.keep()
            put_into(self.field, better.quantised)


class _GivenUp(Exception):
    """A step was not made to its end, and nothing came of it."""


def put_into(field: Field, found: Quantised) -> None:
    """Make `field` show what was found."""
    encoding = field.encoding
    assert isinstance(encoding, Wavelet)
    layer = field.network.layers[0]
    assert isinstance(layer, torch.nn.Linear)
    with torch.no_grad():
        encoding.coefficients.copy_(torch.from_numpy(found.coefficients))
        encoding.step.fill_(found.about.step)
        encoding.places.copy_(torch.tensor(found.about.places))
        if found.about.channels > 2:
            encoding.colours.copy_(torch.tensor(found.about.colours or (0,) * 9))
        if encoding.config.filtered:
            weights = found.about.filter_weights or (0,) * len(encoding.filter_weights)
            encoding.filter_weights.copy_(torch.tensor(weights))
        if found.exact is not None:
            encoding.pixels.copy_(torch.from_numpy(found.exact.pixels.astype(np.int32)))
            encoding.weights.copy_(torch.from_numpy(found.exact.weights))
        layer.weight.copy_(mix_of(found.about))
        if layer.bias is not None:
            layer.bias.zero_()


def mix_of(about: Description) -> torch.Tensor:
    """What planes add to channels. (C, C)"""
    mix = torch.tensor(about.mix, dtype=torch.float64)
    return mix.reshape(about.channels, about.channels) / 16384.0


def lesson_of(field: Field, spec: StepSpec, seed: int) -> Lesson | float:
    """What the network for subpixel detail learns from the decoded pixels.

    It is kept in the 16 bits that a file has for each of its coefficients.
    """
    from redraw.engines.coded.tiles import averages_of
    from redraw.engines.subpixel import lesson_of as of_plane

    encoding = field.encoding
    assert isinstance(encoding, Wavelet)
    found = quantised_of(encoding)
    if found.exact is None:
        averages = averages_of(found.about, found.planes())
    else:
        averages = found.exact.averages(found.about).astype(np.float32)
    plane = torch.from_numpy(averages[0].copy())
    lesson = of_plane(encoding, plane, spec, seed)
    if not isinstance(lesson, Lesson):
        return lesson

    def keep() -> None:
        lesson.keep()
        encoding.subpixel.copy_(encoding.subpixel.half().to(encoding.subpixel))

    return replace(lesson, keep=keep)
