"""A spline pyramid trained on a card: the alternating steps, their arrays all there.

Shapes: C planes, H rows, W columns, M matrices, P known pixels.
"""

import functools
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from redraw.engines.contract import OptimizerState, StepResult, StepSpec
from redraw.engines.cuda.card import Card, Host, card_of
from redraw.engines.planes import decorrelation, fill_around, mixing_of, unmixing_of
from redraw.engines.spline.alternating import TURNS, SplineSession, costs_of, improved
from redraw.engines.spline.card_passes import CardPasses, analyse, averages_into, bytes_of, launch
from redraw.engines.spline.start import Taken, search
from redraw.errors import EngineError
from redraw.fields import Field
from redraw.fields.spline import Spline
from redraw.fields.spline_config import SplineConfig
from redraw.signals.samples import Samples


class CardSession(SplineSession):
    """A spline pyramid and its picture on a card; what is computed defines
    `redraw.engines.spline.alternating`.
    """

    def __init__(
        self, field: Field, samples: Samples, spec: StepSpec, state: OptimizerState,
        card: Card | Host,
    ) -> None:  # fmt: skip
        super().__init__(field, samples, spec, state)
        self.card = card
        with card():
            self.passes = CardPasses(self.encoding, card)
            index = self._samples.index
            self._index = None
            if index is not None:
                self._index = torch.from_numpy(index.astype(np.int32)).to(card.device)
            # Planes of the known pixels, if not all are; and whether the coefficients are there.
            self._known = torch.zeros(0, device=card.device)
            self._analysed = False
        _warm_up()

    def start(self) -> float:
        """As `AlternatingSession.start`."""
        began = perf_counter()
        encoding, config, passes = self.encoding, self.config, self.passes
        mixing = decorrelation(config.planes).T
        with self.card(), torch.no_grad():
            layer = self.field.network.layers[0]
            assert isinstance(layer, torch.nn.Linear)
            layer.weight.copy_(torch.from_numpy(mixing))
            if layer.bias is not None:
                layer.bias.zero_()
            encoding.transforms[0].copy_(torch.eye(4))
            pixels = self._samples.all_values()
            if self._samples.index is not None:
                pixels = fill_around(pixels, self._samples.index, (config.height, config.width))
            self._analyse(self._planes(pixels))
            self._analysed = self._index is None
            passes.turned.copy_(passes.original)
            passes.picked.zero_()
            found = self._taking(0)
            self._keep(found)
        return perf_counter() - began

    def step(
        self, pixels: NDArray[np.int64], step: int, *, rate: float, sharpness: float
    ) -> StepResult:
        """As `AlternatingSession.step`, whichever pixels are named (B,)."""
        began = perf_counter()
        passes = self.passes
        with self.card(), torch.no_grad():
            if not self._analysed:
                self._renew()
            if self._left_out[0] < 0.0:
                self._left_out[0] = passes.left_out()
            sums, counts, threshold = passes.learned()
            inverses = improved(passes.inverses_before(), sums, counts)
            threshold *= TURNS[step % len(TURNS)]
            passes.choose(inverses, threshold * threshold, costs_of(threshold, counts))
            found = self._taking(int(self.encoding.bits))
            # With holes the coefficients change from step to step: nothing to compare with.
            if self._index is not None or found.left_out < float(self._left_out[0]):
                self.encoding.transforms.copy_(passes.inverses.transpose(1, 2))
                self._keep(found)
                self.card.wait()
        return self._made_one(began)

    def _planes(self, pixels: NDArray[np.float32]) -> Tensor:
        """The planes that the field's mixing makes these pixels of. (P, C) -> (C, P)"""
        weight, shift = unmixing_of(*mixing_of(self.field))
        weight, shift, pixels = (
            torch.from_numpy(a.astype(np.float32, copy=False)).to(self.card.device)
            for a in (weight, shift, pixels)
        )
        return torch.addmm(shift[:, None], weight, pixels.T)

    def _analyse(self, planes: Tensor) -> None:
        """Coefficients of all pixels. (C, H W)"""
        self.passes.original.copy_(planes.view(self.passes.original.shape))
        analyse(self.passes.original, self.passes.turned, self.config)

    def _renew(self) -> None:
        """The coefficients of the picture; where pixels are not known, what the field says."""
        if self._index is None:
            self._analyse(self._planes(self._samples.all_values()))
            self._analysed = True
            return
        from redraw.kernels.cuda.pyramid import set_at_kernel

        passes, count = self.passes, len(self._index)
        if not len(self._known):
            self._known = self._planes(self._samples.all_values()).contiguous()
        averages_into(self.encoding, passes.blocks, passes.original, passes.turned)
        launch(set_at_kernel, (-(-count // 1024), self.config.planes),
            self._known, self._index, passes.original, count,
            self.config.width * self.config.height, N=1024,
        )  # fmt: skip
        analyse(passes.original, passes.turned, self.config)

    def _taking(self, bits: int) -> Taken:
        """The largest coefficients, as many as there is room for; see `search`."""
        from redraw.kernels import significance

        passes, config = self.passes, self.config

        def taking(keep: int) -> Taken:
            threshold, count, left_out = passes.taken(keep)
            size = significance.bytes_needed(
                passes.mask, 0, passes.used, config.bands, config.corner, config.transform_bits
            )
            return Taken(threshold, count, 8 * size, left_out)

        return search(taking, config, passes.mask.size, bits)

    def _keep(self, found: Taken) -> None:
        """What was taken last, into the field."""
        self.passes.keep()
        self.encoding.bits.fill_(found.bits)
        self._left_out[0] = found.left_out

    def close(self) -> None:
        self.passes.close()


@functools.cache
def _warm_up() -> None:
    """Compile or load what counts bytes, so that no step waits for it."""
    from redraw.kernels import significance

    config = SplineConfig(16, 16, 1, 300, transforms=2)
    mask, used = np.zeros((1, 16, 16), np.uint8), np.zeros(config.blocks, np.uint8)
    significance.bytes_needed(mask, 0, used, config.bands, config.corner, config.transform_bits)


def opened(field: Field, samples: Samples, spec: StepSpec, state: OptimizerState) -> CardSession:
    """A session on the card that `spec` names.

    Raises:
        EngineError: the card's memory is too small; names what was needed.
    """
    card = card_of(torch.device(spec.device))
    try:
        return CardSession(field, samples, spec, state, card)
    except torch.OutOfMemoryError as error:
        assert isinstance(field.encoding, Spline)
        needed = bytes_of(field.encoding.config)
        raise EngineError(
            f"the picture's coefficients take {needed / 1e9:.2f} GB of the card's memory, of which"
            f" {card.free() / 1e9:.2f} GB are free; take --device cpu, or close what else"
            " runs there"
        ) from error
