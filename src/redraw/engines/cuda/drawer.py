"""Drawing on a card: values at points, and means over the pixels of a drawing in one kernel."""

import numpy as np
import torch
from numpy.typing import NDArray

from redraw.engines.contract import GridDrawer, StepSpec
from redraw.engines.cuda.card import Card, Host, in_halves
from redraw.engines.cuda.layout import WARPS, Shape, arrays_of, network_constants, tables_of
from redraw.engines.cuda.opening import is_wide
from redraw.engines.reference import ReferenceDrawer
from redraw.fields import Field


class CudaDrawer(GridDrawer):
    """Evaluates a field as it stands; it reads the parameters where they are."""

    def __init__(self, field: Field, spec: StepSpec, card: Card | Host) -> None:
        self.field, self.card = field, card
        self._plain = ReferenceDrawer(field, spec) if is_wide(field) else None
        if self._plain is not None:
            return
        with card():
            shape = Shape.of(field)
            self._block = shape.block
            self._channels = shape.widths[-1]
            self._tables = tables_of(field, shape, None, spec, card.device)
            self._nothing = torch.zeros(1, device=card.device)
            matrix, table = arrays_of(field, self._nothing)
            self._arrays = (self._tables.addresses, matrix, table, self._tables.levels)
            self._constants = {
                **network_constants(field, shape, spec.precision),
                "N": shape.block,
                "num_warps": WARPS,
                "num_stages": 1,
            }

    def values(self, xy: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._plain is not None:
            return self._plain.values(xy)
        if not len(xy):
            return np.zeros((0, self._channels), np.float32)

        def piece(first: int, last: int) -> NDArray[np.float32]:
            part = np.ascontiguousarray(xy[first:last], np.float32)
            points = torch.from_numpy(part).to(self.card.device)
            out = self._drawn(self._nothing, self._nothing, points, len(part), 1, (1, 1), False)
            return out.cpu().numpy()

        return in_halves(piece, len(xy), self.card, f"{len(xy):,} points")

    def grid(
        self, x: NDArray[np.float32], y: NDArray[np.float32], samples: tuple[int, int]
    ) -> NDArray[np.float32] | None:
        if self._plain is not None or self._constants["D"] != 2:
            return None
        across, down = samples
        width, height = len(x) // across, len(y) // down

        def piece(first: int, last: int) -> NDArray[np.float32]:
            axes = x, y[first * down : last * down]
            columns, rows = (torch.from_numpy(a).to(self.card.device) for a in axes)
            count = width * (last - first)
            out = self._drawn(columns, rows, self._nothing, count, width, samples, True)
            return out.view(last - first, width, self._channels).cpu().numpy()

        return in_halves(piece, height, self.card, f"{width:,} x {height:,} pixels")

    def _drawn(self, x, y, points, count, columns, samples, on_grid) -> torch.Tensor:
        """Values of points or pixels. (count, C)"""
        from redraw.kernels.cuda.drawing import draw_kernel

        out = torch.empty(count, self._channels, device=self.card.device)
        draw_kernel[(-(-count // self._block),)](
            x, y, points, out, *self._arrays, count, columns, float(self.field.sharpness),
            ACROSS=samples[0], DOWN=samples[1], ON_GRID=on_grid, **self._constants,
        )  # fmt: skip
        return out
