"""A coded picture as an encoding: whole wavelet coefficients, and the cubic spline of their pixels.

What a file holds are coefficients in whole steps (docs/format.md). Integer lifting makes planes of
them, the same on every machine: the definition is here, the fast twin in `redraw.kernels.lifting`
and `redraw.kernels.quantising`. The planes are the averages over the pixels; and the features are
the cubic spline on the pixels' lattice that has these averages, as in `redraw.fields.spline`.

Nothing of it is trained by gradient: the coefficients are found in one go (`redraw.coding`).

Shapes: N points, C planes, H rows, W columns.
"""

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from redraw.coding.description import EXACT_TAPS, Description, weights_of
from redraw.coding.pyramid import steps_of
from redraw.errors import FileFormatError
from redraw.fields import subpixel
from redraw.fields.encoding import Encoding, asked_before
from redraw.fields.plane_filter import filtered
from redraw.fields.program import Builder
from redraw.fields.spline import cubic, lower_averages, spline_from_averages
from redraw.fields.subpixel_size import in_subpixel_detail

if TYPE_CHECKING:
    from redraw.fields.wavelet_config import WaveletConfig

# As in docs/format.md: lifting steps in 1/16384, and the limit of every coefficient.
STEPS = (-25987, -868, 14466, 7266)
LARGEST = 1 << 23
MOST_STEPS = 1 << 20


class Wavelet(Encoding):
    """The spline as PyTorch operations, differentiable in positions.

    Attributes:
        coefficients: In whole steps, as bands lie in a plane. (C, H, W) int32
        step: In 1/256 units of the planes, for a band of norm 1. () int64
        places: Where in their steps sizes of 1, 2 and more are, in 1/64. (6,) int64
        colours: What the first three planes add to colours, in 1/16384; all zeros for the usual
            rows. Only if there are three. (9,) int64
        filter_weights: Of the filter of the planes (`redraw.kernels.filter_layout`); all zeros for
            none. Only if the configuration says so. (count,) int64
        subpixel: The network for subpixel detail, in one list; all zeros: it says nothing.
            Only if the configuration has units for it.
        pixels: The picture's own, which the field shows. Only if the configuration says so. (H, W,
            C) int32
        weights: By which they are coded (`redraw.coding.exact`). (tiles, C, TAPS) int32
    """

    renamed = MappingProxyType({"numbers": "coefficients"})

    coefficients: Tensor
    step: Tensor
    places: Tensor
    colours: Tensor
    filter_weights: Tensor
    subpixel: Tensor
    pixels: Tensor
    weights: Tensor

    def __init__(self, config: "WaveletConfig") -> None:
        super().__init__()
        self.solver = config.solver
        self.config = config
        self.features = config.planes
        self._known: tuple[Any, ...] = ()
        shape = (config.planes, config.height, config.width)
        self.register_buffer("coefficients", torch.zeros(shape, dtype=torch.int32))
        self.register_buffer("step", torch.full((), 1 << 14, dtype=torch.int64))
        self.register_buffer("places", torch.zeros(6, dtype=torch.int64))
        if config.planes > 2:
            self.register_buffer("colours", torch.zeros(9, dtype=torch.int64))
        if config.filtered:
            count = weights_of(config.planes)
            self.register_buffer("filter_weights", torch.zeros(count, dtype=torch.int64))
        if config.subpixel:
            self.register_buffer("subpixel", torch.zeros(in_subpixel_detail(config.subpixel)))
        if config.exact:
            fresh = Description.fresh(
                config.width, config.height, config.planes, config.depth, config.tile
            )
            tiles, own = fresh.tiles, (config.height, config.width, config.planes)
            self.register_buffer("pixels", torch.zeros(own, dtype=torch.int32))
            taps = (tiles, config.planes, EXACT_TAPS)
            self.register_buffer("weights", torch.zeros(taps, dtype=torch.int32))

    def initialise(self, generator: Generator) -> None:
        """A grey picture: nothing is random."""
        self.coefficients.zero_()
        self.step.fill_(1 << 14)
        self.places.zero_()
        if self.config.planes > 2:
            self.colours.zero_()
        if self.config.filtered:
            self.filter_weights.zero_()
        if self.config.subpixel:
            self.subpixel.zero_()
        if self.config.exact:
            self.pixels.fill_(2 ** (self.config.depth - 1))
            self.weights.zero_()

    def check_stored(self, path: str) -> None:
        """Refuse a step and places that docs/format.md does not accept.

        Raises:
            FileFormatError: names them.
        """
        try:
            _ = self.about
        except FileFormatError as error:
            raise FileFormatError(f"{path} is damaged: its {error}") from error

    @property
    def parameter_count(self) -> int:
        """Coefficients that are not zero, and those of the network."""
        detail = in_subpixel_detail(self.config.subpixel)
        if self.coefficients.is_meta:
            return detail
        return int(torch.count_nonzero(self.coefficients)) + detail

    def detail(self) -> tuple[NDArray[np.float32], int] | None:
        """The network for subpixel detail, and its units; None if it says nothing. (count,)"""
        units = self.config.subpixel
        if not units or not bool(self.subpixel.any()):
            return None
        return self.subpixel.detach().cpu().float().numpy(), units

    @property
    def about(self) -> Description:
        """What the coefficients mean."""
        config = self.config
        fresh = Description.fresh(
            config.width, config.height, config.planes, config.depth, config.tile
        )
        places = tuple(self.places.tolist())
        colours = self.colours.tolist() if config.planes > 2 else []
        if not any(colours):
            colours = []
        weights = self.filter_weights.tolist() if config.filtered else []
        if not any(weights):
            weights = []
        return replace(
            fresh,
            step=int(self.step),
            places=places,
            colours=tuple(colours),
            filter_weights=tuple(weights),
        )

    def planes(self) -> Tensor:
        """The planes in whole numbers, with `about.fraction` binary places. (C, H, W) int64"""
        about, coefficients = self.about, self.coefficients.long()
        result = torch.empty_like(coefficients)
        for index in range(about.tiles):
            tile = about.tile_at(index)
            part = (slice(None), tile.rows, tile.columns)
            result[part] = planes_of_tile(tile.about, coefficients[part])
        return result

    def averages(self) -> Tensor:
        """The planes, 1.0 being the largest value of a pixel, the middle added. (C, H, W)"""
        about = self.about
        most = 2**about.depth - 1
        dtype = torch.get_default_dtype()
        rows = torch.tensor(about.rows, dtype=torch.float64).reshape(about.channels, -1)
        middle = rows.sum(1) * 2 ** (about.depth - 1) / most
        if self.config.exact:
            values = self.pixels.double() / most
            if self.config.straight:
                values = torch.cat([values[..., :-1] * values[..., -1:], values[..., -1:]], dim=-1)
            return torch.einsum("pc,hwc->phw", rows.to(values), values).to(dtype)
        planes = self.planes().double() / (2**about.fraction * most)
        return (planes + middle[:, None, None].to(planes)).to(dtype)

    def _known_averages(self) -> Tensor:
        """The same, found once for the same coefficients."""
        if torch.compiler.is_exporting():  # tensors hold no numbers then
            return asked_before(self._known)
        key = tuple((tensor, tensor._version) for tensor in self.buffers())
        dtype = torch.get_default_dtype()
        same = len(self._known) == 2 and all(
            a[0] is b[0] and a[1] == b[1] for a, b in zip(self._known[0][0], key, strict=True)
        )
        if not same or self._known[0][1] != dtype:
            self._known = ((key, dtype), self.averages())
        return self._known[1]

    def forward(self, xy: Tensor) -> Tensor:
        """(N, 2) -> (N, C)."""
        averages = self._known_averages().to(xy)
        values = cubic(spline_from_averages(averages), xy)
        if not self.config.subpixel:
            return values
        parts = subpixel.parts(self.subpixel.to(xy), self.config.subpixel, averages[0])
        detail = cubic(spline_from_averages(subpixel.quarters(parts)[None]), xy)
        return torch.cat([values[:, :1] + detail, values[:, 1:]], dim=1)

    def lower(self, builder: Builder, xy: int) -> int:
        averages = self.averages().double()  # as the definition, asked in float64
        flat = self.subpixel.to(averages) if self.config.subpixel else None
        return lower_averages(builder, xy, averages, flat, self.config.subpixel)


def planes_of_tile(about: Description, coefficients: Tensor) -> Tensor:
    """The planes of a picture without tiles from its coefficients. (C, H, W) int64 each"""
    steps, pyramid = steps_of(about.step, about.levels), about.pyramid
    result = torch.empty_like(coefficients)
    for plane in range(len(coefficients)):
        places = about.places[3:] if plane else about.places[:3]
        for level in range(about.levels):
            for third in range(3):
                part = (plane, *pyramid.rectangle(level, third))
                result[part] = restored(coefficients[part], int(steps[level, third]), places)
        corner = (plane, slice(int(pyramid.downs[-1])), slice(int(pyramid.acrosses[-1])))
        result[corner] = restored(coefficients[corner], int(steps[-1, 3]), (0, 0, 0))
    for level in range(about.levels - 1, -1, -1):
        h, w = int(pyramid.downs[level]), int(pyramid.acrosses[level])
        n, m = int(pyramid.downs[level + 1]), int(pyramid.acrosses[level + 1])
        made = joined(result[:, :h, :w], n, 1)
        made = joined(made, m, 2)
        result[:, :h, :w] = made.clamp(-LARGEST, LARGEST)
    for plane in range(len(coefficients)):
        weights = about.filter_of(plane)
        if weights:
            result[plane] = filtered(result[plane], about.step, torch.tensor(weights))
    return result


def restored(coefficients: Tensor, step: int, places: tuple[int, ...]) -> Tensor:
    """Values of coefficients in whole steps of `step` / 256. Any shape, int64."""
    size = coefficients.abs().clamp(max=MOST_STEPS)
    own = torch.tensor([0, *places])[size.clamp(max=3)]
    value = (((size << 6) + own) * step + (1 << 13)) >> 14
    value = torch.where(size > 0, value.clamp(max=LARGEST), torch.zeros_like(value))
    return value * coefficients.sign()


def joined(coefficients: Tensor, low: int, axis: int) -> Tensor:
    """Undo the lifting along an axis, of whose coefficients the first `low` are low. (C, H, W)"""
    even, odd = coefficients.split([low, coefficients.shape[axis] - low], axis)
    if odd.shape[axis] == 0:
        return coefficients
    for k in (3, 2, 1, 0):
        if k % 2:
            beside = torch.cat([odd.narrow(axis, 0, 1), odd, odd.narrow(axis, -1, 1)], axis)
            count = even.shape[axis]
            even = even - lifted(beside, count, axis, STEPS[k])
        else:
            beside = torch.cat([even, even.narrow(axis, -1, 1)], axis)
            odd = odd - lifted(beside, odd.shape[axis], axis, STEPS[k])
    result = torch.empty_like(coefficients)
    for first, part in ((0, even), (1, odd)):
        index = torch.arange(first, coefficients.shape[axis], 2)
        result.index_copy_(axis, index, part)
    return result


def lifted(beside: Tensor, count: int, axis: int, factor: int) -> Tensor:
    """`factor` / 16384 times the sums of neighbours, rounded. (C, H, W) int64"""
    total = beside.narrow(axis, 0, count) + beside.narrow(axis, 1, count)
    return (factor * total + (1 << 13)) >> 14
