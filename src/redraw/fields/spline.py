"""The spline pyramid: a cubic spline whose pixel averages are given by few coefficients.

Of all coefficients of a wavelet pyramid (`redraw.fields.lattice`) a field keeps the few that
matter. They give the average over each pixel; and the features are the cubic spline on the pixels'
lattice that has these averages. So a field of this kind begins where transform coding ends: with
nothing learned, it is the best that a linear basis has to say about the picture. The spline has two
continuous derivatives, and goes on mirrored at the edges.

A small network may add subpixel detail (`redraw.fields.subpixel`): then another such
spline is added, on a lattice twice as fine, whose averages over the quarters of a pixel are what
the network says of it. The average over a whole pixel stays what it was.

What counts as a parameter is what a file has to hold: the kept coefficients, the matrices, the
network, and the bits that say where the kept ones are and which matrix each block takes, over 32.

Shapes: N points, C planes, H rows, W columns, K coefficients at most, M matrices, B blocks.

Source of the spline from averages: Unser, Aldroubi & Eden 1993, "B-spline signal processing", part
I: the samples of a quartic B-spline are the averages of a cubic one, and a digital filter inverts
them.
"""

import math
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Generator, Tensor, nn

from redraw.errors import FileFormatError
from redraw.fields import subpixel
from redraw.fields.bands import bands_of
from redraw.fields.encoding import Encoding
from redraw.fields.lattice import mirrored, read_blocks, synthesise, with_blocks
from redraw.fields.lowering import as_array
from redraw.fields.prefilter import REACH, inverse_filter
from redraw.fields.program import Affine, Builder, Join, Lattice
from redraw.fields.subpixel_size import in_subpixel_detail

if TYPE_CHECKING:
    from redraw.fields.spline_config import SplineConfig


class Spline(Encoding):
    """The spline as PyTorch operations: differentiable in coefficients, matrices and positions.

    Attributes:
        values: The kept coefficients, and zeros for those that are not used. (K,)
        transforms: What the coefficients of a block are multiplied by: row times matrix. (M, 4, 4)
        significant: Where in the planes each kept coefficient is, rising; -1 after the last.
            (K,) int32
        block_transforms: Which matrix each block takes. (B,) uint8
        bits: How many bits significance and transforms take in a file. () int64
        subpixel: The network for subpixel detail, in one list; all zeros: it says nothing. It
            is no parameter: nothing about the pixels depends on it. Only if the configuration has
            units for it.
    """

    renamed = MappingProxyType({"places": "significant", "choices": "block_transforms"})

    significant: Tensor
    block_transforms: Tensor
    bits: Tensor
    subpixel: Tensor

    def __init__(self, config: "SplineConfig") -> None:
        super().__init__()
        self.solver = config.solver
        self.config = config
        self.features = config.planes
        self.values = nn.Parameter(torch.zeros(config.kept))
        self.transforms = nn.Parameter(torch.zeros(config.transforms, 4, 4))
        self.register_buffer("significant", torch.full((config.kept,), -1, dtype=torch.int32))
        self.register_buffer("block_transforms", torch.zeros(config.blocks, dtype=torch.uint8))
        self.register_buffer("bits", torch.zeros((), dtype=torch.int64))
        if config.subpixel:
            self.register_buffer("subpixel", torch.zeros(in_subpixel_detail(config.subpixel)))

    def initialise(self, generator: Generator) -> None:
        """Nothing kept; the first matrix leaves a block as it is, the others are drawn."""
        drawn = torch.randn(self.transforms.shape, generator=generator, dtype=torch.float64)
        drawn[0] = torch.eye(4)
        with torch.no_grad():
            self.transforms.copy_(orthonormal(drawn).to(self.transforms.dtype))
            self.values.zero_()
        self.significant.fill_(-1)
        self.block_transforms.zero_()
        self.bits.zero_()
        if self.config.subpixel:
            self.subpixel.zero_()

    def check_stored(self, path: str) -> None:
        """Refuse what is out of range, and bits that no significance takes.

        Raises:
            FileFormatError: they can't be of this spline.
        """
        config = self.config
        values = config.planes * config.height * config.width
        significant, block_transforms, bits = (
            self.significant,
            self.block_transforms,
            int(self.bits),
        )
        kept = significant[: int((significant >= 0).sum())]
        # A flag, a transform or a pattern takes at most 16 bits for each of its own, in the coder.
        most = 16 * (values + config.blocks * (config.transform_bits + 5)) + 64
        if len(kept) and not (bool((kept >= 0).all()) and bool((kept[1:] > kept[:-1]).all())):
            what = "its significant coefficients do not rise to a last one"
        elif len(kept) and int(kept[-1]) >= values:
            what = f"it keeps a coefficient at {int(kept[-1]):,}; it has {values:,}"
        elif len(block_transforms) and int(block_transforms.max()) >= config.transforms:
            what = f"a block takes matrix {int(block_transforms.max())}; it has {config.transforms}"
        elif not 0 <= bits <= most:
            what = f"its significance takes {bits:,} bits; accepted: 0 to {most:,}"
        else:
            return
        raise FileFormatError(f"{path} is damaged: {what}")

    @property
    def parameter_count(self) -> int:
        """Coefficients kept, those in matrices and network, and other bits over 32."""
        detail = in_subpixel_detail(self.config.subpixel)
        if self.significant.is_meta:  # nothing is known but how many it may be
            return max(self.config.room, self.transforms.numel()) + detail
        kept = int((self.significant >= 0).sum())
        return kept + self.transforms.numel() + detail + math.ceil(int(self.bits) / 32)

    def coefficients(self) -> Tensor:
        """All coefficients of the pyramid, as the kept ones say. (C, H, W)"""
        config = self.config
        shape = (config.planes, config.height, config.width)
        count = math.prod(shape)
        # What is not used goes to a place of its own after the last, so no shape depends on it.
        significant = torch.where(self.significant >= 0, self.significant, count).long()
        flat = torch.zeros(count + 1, dtype=self.values.dtype, device=self.values.device)
        result = flat.index_put((significant,), self.values)[:count].reshape(shape)
        for band in bands_of(config.width, config.height, config.planes):
            count = config.planes * band.down * band.across
            if count:
                chosen = self.block_transforms[band.first : band.first + count].long()
                blocks = read_blocks(result, band)
                result = with_blocks(
                    result, band, torch.einsum("bi,bij->bj", blocks, self.transforms[chosen])
                )
        return result

    def averages(self) -> Tensor:
        """The average over each pixel. (C, H, W)"""
        return synthesise(self.coefficients())

    def forward(self, xy: Tensor) -> Tensor:
        """(N, 2) -> (N, C)."""
        averages = self.averages()
        values = cubic(spline_from_averages(averages), xy)
        if not self.config.subpixel:
            return values
        parts = subpixel.parts(self.subpixel, self.config.subpixel, averages[0])
        detail = cubic(spline_from_averages(subpixel.quarters(parts)[None]), xy)
        return torch.cat([values[:, :1] + detail, values[:, 1:]], dim=1)

    def lower(self, builder: Builder, xy: int) -> int:
        flat = self.subpixel if self.config.subpixel else None
        return lower_averages(builder, xy, self.averages(), flat, self.config.subpixel)


def lower_averages(
    builder: Builder, xy: int, averages: Tensor, flat: Tensor | None, units: int
) -> int:
    """Add the spline that has these averages, and the subpixel detail that a network says.

    Args:
        builder: Is added to.
        xy: The value of the coordinates.
        averages: (C, H, W)
        flat: The network's parameters; None for no network.
        units: Of its hidden layers.

    Returns:
        The value that holds the features.
    """
    values = builder.add(Lattice(as_array(spline_from_averages(averages))), xy)
    if flat is None:
        return values
    parts = subpixel.parts(flat, units, averages[0])
    finer = spline_from_averages(subpixel.quarters(parts)[None])
    detail = builder.add(Lattice(as_array(finer)), xy)
    planes = len(averages)
    both = builder.add(Join(planes + 1), values, detail)
    mix = np.eye(planes, planes + 1, dtype=np.float32)
    mix[0, -1] = 1.0
    return builder.add(Affine(mix, np.zeros(planes, mix.dtype)), both)


def orthonormal(matrices: Tensor) -> Tensor:
    """The orthonormal matrices that are nearest. (..., n, n)"""
    left, _, right = torch.linalg.svd(matrices)
    return left @ right


def spline_from_averages(averages: Tensor) -> Tensor:
    """The weights of the cubic B-splines that have these averages. (C, H, W) -> (C, H, W)"""
    weights = averages
    for axis in (1, 2):
        side = weights.shape[axis]
        at = torch.arange(-REACH, side + REACH, device=averages.device)
        around = weights.index_select(axis, mirrored(at, side))
        total = torch.zeros_like(weights)
        for distance, factor in enumerate(inverse_filter()):
            for start in {REACH + distance, REACH - distance}:
                total = total.add(around.narrow(axis, start, side), alpha=factor)
        weights = total
    return weights


def cubic(weights: Tensor, xy: Tensor) -> Tensor:
    """The cubic spline at positions in [-1, 1], whose knots are the pixels' centres.

    Args:
        weights: Of the B-splines. (C, H, W)
        xy: (N, 2)

    Returns:
        (N, C)
    """
    height, width = weights.shape[1:]
    across, x = _taps((xy[:, 0] + 1.0) * (0.5 * width) - 0.5, width)
    down, y = _taps((xy[:, 1] + 1.0) * (0.5 * height) - 0.5, height)
    total = torch.zeros(weights.shape[0], xy.shape[0], dtype=weights.dtype, device=weights.device)
    for row in range(4):
        inner = torch.zeros_like(total)
        for column in range(4):
            inner = inner + x[column] * weights[:, down[row], across[column]]
        total = total + y[row] * inner
    return total.T


def _taps(position: Tensor, side: int) -> tuple[list[Tensor], list[Tensor]]:
    """Indices and weights of the four B-splines that reach a position between the centres."""
    cell = position.detach().floor()
    t = position - cell
    near = cell.nan_to_num().clamp(-(2.0**40), 2.0**40).long()
    left = 1.0 - t
    return [mirrored(near + step, side) for step in (-1, 0, 1, 2)], [
        left**3 / 6.0,
        (4.0 - 6.0 * t * t + 3.0 * t**3) / 6.0,
        (4.0 - 6.0 * left * left + 3.0 * left**3) / 6.0,
        t**3 / 6.0,
    ]
