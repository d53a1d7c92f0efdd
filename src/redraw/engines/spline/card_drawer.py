"""Drawing a spline pyramid on a card, where all its B-spline weights lie; twin of `LatticeDrawer`.

Shapes: C planes or channels, H rows, W columns; h x w cells of a drawing, N points.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from redraw.engines.contract import ExactDrawer, StepSpec
from redraw.engines.cuda.card import Card, Host, card_of, in_halves
from redraw.engines.lattice import FILTER, reached, whole
from redraw.engines.planes import mixing_of
from redraw.engines.spline.card_passes import all_averages, launch, parts_of
from redraw.errors import EngineError
from redraw.fields import Field
from redraw.fields.prefilter import REACH
from redraw.fields.spline import Spline
from redraw.fields.subpixel import (
    PARTS,
    answers,
    around,
    filled,
    neighbourhoods,
    quarters,
    seen_as,
    views,
)

# Results of a program.
PROGRAM = 1024
# Pixels whose neighbourhoods are looked at together.
TOGETHER = 1 << 18


class CardLattice:
    """A cubic spline on a lattice, all of whose weights are on a card.

    Args:
        weights: Of the B-splines. (C, H, W)
        card: Where.
    """

    def __init__(self, weights: Tensor, card: Card | Host) -> None:
        self.weights, self.card = weights, card
        self.size = (weights.shape[1], weights.shape[2])
        self._x = np.empty((0, 2))
        self._columns = torch.empty(0), torch.empty(0)

    def values(self, points: Tensor) -> Tensor:
        """At points. (N, 2) -> (N, C)"""
        from redraw.kernels.cuda.spline import at_points_kernel

        channels, (height, width) = len(self.weights), self.size
        out = torch.empty(len(points), channels, device=self.card.device)
        launch(
            at_points_kernel, (parts_of(out.numel(), PROGRAM),),
            self.weights, points, out, out.numel(), width, height, height * width, channels,
            N=PROGRAM,
        )  # fmt: skip
        return out

    def means(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> Tensor:
        """As `ExactDrawer.means`. (w, 2), (h, 2) -> (h, w, C)"""
        from redraw.kernels.cuda.spline import along_columns_kernel, along_rows_kernel

        channels, (high, wide) = len(self.weights), self.size
        if not np.array_equal(x, self._x):  # a drawing's strips have the same columns
            self._x, self._columns = x.copy(), self._sent(*reached(x, wide))
        columns, across = self._columns
        rows, down = reached(y, high)
        first = int(rows.min())
        seen, width, height = int(rows.max()) + 1 - first, len(x), len(y)
        narrow = torch.empty(channels, seen, width, device=self.card.device)
        launch(
            along_rows_kernel, (parts_of(narrow.numel(), PROGRAM),),
            self.weights, columns, across, narrow, first, seen, wide, high * wide, width,
            len(columns), narrow.numel(), N=PROGRAM,
        )  # fmt: skip
        index, shares = self._sent(rows - first, down)
        out = torch.empty(height, width, channels, device=self.card.device)
        launch(
            along_columns_kernel, (parts_of(out.numel(), PROGRAM),),
            narrow, index, shares, out, seen, width, height, len(index), out.numel(),
            channels, N=PROGRAM,
        )  # fmt: skip
        return out

    def _sent(self, index: NDArray, shares: NDArray) -> tuple[Tensor, Tensor]:
        """Which B-splines reach the cells, on the card. (n, T) -> (T, n)"""
        parts = np.ascontiguousarray(index.T, np.int32), np.ascontiguousarray(shares.T)
        index_there, shares_there = (torch.from_numpy(a).to(self.card.device) for a in parts)
        return index_there, shares_there


class CardSplineDrawer(ExactDrawer):
    """Draws a field of splines without hidden layers. After a step it takes a new one.

    Args:
        field: Its tensors are on the card.
        card: Which that is.

    Raises:
        EngineError: the card's memory is too small; names what was needed.
    """

    # Launches are few then, and the copies back long.
    piece = 1 << 22

    def __init__(self, field: Field, card: Card | Host) -> None:
        encoding = field.encoding
        assert isinstance(encoding, Spline)
        self.card, self._size = card, (encoding.config.height, encoding.config.width)
        mixing, shift = mixing_of(field)
        self._first = [float(weight) for weight in mixing[:, 0].astype(np.float32)]
        self._detail = None
        try:
            with card(), torch.no_grad():
                planes = all_averages(encoding, card)
                if encoding.config.subpixel and bool(encoding.subpixel.any()):
                    finer = subpixel_detail(encoding, planes[0])
                    self._detail = CardLattice(filtered(finer[None]), card)
                    del finer
                self._colours = CardLattice(mixed(filtered(planes), mixing, shift), card)
        except torch.OutOfMemoryError as error:
            raise EngineError(
                f"the picture's B-splines take {needed(encoding) / 1e9:.2f} GB of the card's"
                f" memory, of which {card.free() / 1e9:.2f} GB are free; draw with --device cpu,"
                " or close what else runs there"
            ) from error

    def values(self, xy: NDArray[np.float32]) -> NDArray[np.float32]:
        if not len(xy):
            return np.zeros((0, len(self._first)), np.float32)

        def piece(first: int, last: int) -> NDArray[np.float32]:
            part = np.ascontiguousarray(xy[first:last], np.float32)
            points = torch.from_numpy(part).to(self.card.device)
            out = self._colours.values(points)
            if self._detail:
                self._add(self._detail.values(points), out)
            return out.cpu().numpy()

        return in_halves(piece, len(xy), self.card, f"{len(xy):,} points")

    def means(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
        height, width = self._size
        # What is inside of a pixel has no mean over the whole of it.
        detail = self._detail if not (whole(x, width) and whole(y, height)) else None

        def piece(first: int, last: int) -> NDArray[np.float32]:
            out = self._colours.means(x, y[first:last])
            if detail:
                self._add(detail.means(x, y[first:last]), out)
            return out.cpu().numpy()

        return in_halves(piece, len(y), self.card, f"{len(x):,} x {len(y):,} pixels")

    def _add(self, detail: Tensor, out: Tensor) -> None:
        """Subpixel detail to all channels. (..., 1), (..., C)"""
        for channel, weight in enumerate(self._first):
            out[..., channel] += weight * detail[..., 0]


def needed(encoding: Spline) -> int:
    """About what drawing a pyramid takes of a card's memory at most, in bytes."""
    pixels = encoding.config.width * encoding.config.height
    detail = 12 if encoding.config.subpixel else 0
    return 4 * pixels * (2 * encoding.config.planes + detail)


def filtered(averages: Tensor) -> Tensor:
    """B-spline weights of averages, which are overwritten. (C, H, W)"""
    from redraw.kernels.cuda.spline import filter_kernel

    taps = torch.from_numpy(FILTER).to(averages.device)
    _, height, width = averages.shape
    spare, count = torch.empty_like(averages), averages.numel()
    for source, target, side, along in (
        (averages, spare, height, width), (spare, averages, width, 1),
    ):  # fmt: skip
        launch(
            filter_kernel, (parts_of(count, PROGRAM),), source, target, taps, side, along, count,
            REACH=REACH, N=PROGRAM,
        )  # fmt: skip
    return averages


def mixed(planes: Tensor, mixing: NDArray[np.float64], shift: NDArray[np.float64]) -> Tensor:
    """Channels of planes. (C, H, W), (C, C), (C,) -> (C, H, W)"""
    out = torch.empty_like(planes)
    for channel, weights in enumerate(mixing):
        out[channel] = float(shift[channel])
        for plane, weight in enumerate(weights):
            if weight:
                out[channel].add_(planes[plane], alpha=float(weight))
    return out


def subpixel_detail(encoding: Spline, plane: Tensor) -> Tensor:
    """What is added in the quarters of all pixels. (H, W) -> (2 H, 2 W)"""
    height, width = plane.shape
    net = filled(encoding.subpixel.detach().float(), encoding.config.subpixel)
    nets = [seen_as(net, view) for view in views()]
    parts = torch.empty(PARTS, height, width, device=plane.device)
    columns = around(0, width, width, plane.device)
    step = max(1, TOGETHER // width)
    for first in range(0, height, step):
        last = min(first + step, height)
        rows = around(first, last, height, plane.device)
        found = answers(nets, *neighbourhoods(plane, rows, columns))
        parts[:, first:last] = found.T.reshape(PARTS, last - first, width)
    return quarters(parts)


def spline_drawer(field: Field, spec: StepSpec) -> CardSplineDrawer:
    """What draws a field of splines on the card that `spec` names."""
    return CardSplineDrawer(field, card_of(torch.device(spec.device)))
