"""Drawing a field of labels: at points, and means over the cells of a grid."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from redraw.engines.contract import ExactDrawer
from redraw.engines.cpu.sharing import share
from redraw.engines.labels.axes import Axis, axis_of
from redraw.engines.labels.tables import Tables
from redraw.engines.planes import own
from redraw.fields.label_cells import CELL
from redraw.fields.labels_config import POINT, LabelsConfig
from redraw.kernels import label_drawing, label_tables
from redraw.kernels.label_tables import CHUNK

if TYPE_CHECKING:
    from redraw.fields import Field


class LabelsDrawer(ExactDrawer):
    """Draws labels whose planes are mixed to colours.

    Args:
        config: Of the field.
        tables: Of its nodes.
        potentials: As they are now. (P,)
        colours: (Q, C)
        detail: (B, C)
        mixing: How channels are made of planes: (C, C) and (C,).
        threads: How many work on a drawing.
    """

    def __init__(
        self,
        config: LabelsConfig,
        tables: Tables,
        potentials: NDArray[np.float32],
        colours: NDArray[np.float32],
        detail: NDArray[np.float32],
        mixing: tuple[NDArray, NDArray],
        threads: int,
    ) -> None:
        self.config, self._threads = config, threads
        self._weight, self._bias = (part.astype(np.float32) for part in mixing)
        self._plain = bool((self._weight == np.eye(len(self._weight))).all())
        owner = tables.owner.copy()
        height, width = owner.shape
        before = np.empty((height, -(-width // CHUNK)), np.int32)
        label_tables.listed_before(owner, before)
        self._detailed = bool(detail.any())
        self._field = (
            potentials.copy(), colours.copy(), detail.copy(), owner, tables.candidates.copy(),
            tables.starts, tables.first, tables.rank, before,
        )  # fmt: skip
        self._x: tuple[NDArray, Axis] | None = None

    def values(self, xy: NDArray[np.float32]) -> NDArray[np.float32]:
        out = np.empty((len(xy), self.config.planes), np.float32)
        work = (
            self._field, np.float32(self.config.sharpness), CELL, self._detailed,
            np.ascontiguousarray(xy, np.float32), out,
        )  # fmt: skip
        share(
            label_drawing.point_values,
            [(*work, part, self._threads) for part in range(self._threads)],
        )
        return self._mixed(out)

    def means(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
        if self.config.footprint == POINT:
            columns, rows = own(x, self.config.width), own(y, self.config.height)
            if columns is not None and rows is not None:
                return self._samples(rows, columns)
        if self._x is None or not np.array_equal(self._x[0], x):
            self._x = x.copy(), axis_of(x, self.config.width)
        along = axis_of(y, self.config.height)
        out = np.empty((len(y), len(x), self.config.planes), np.float32)
        work = (
            self._field, along, self._x[1], np.float32(self.config.sharpness), self._larger(x, y),
            self._detailed, out,
        )  # fmt: skip
        share(
            label_drawing.cell_means,
            [(*work, part, self._threads) for part in range(self._threads)],
        )
        return self._mixed(out)

    def _samples(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float32]:
        """Own pixels of a picture whose pixels are samples: what is at their centres. (h, w, C)"""
        x = (columns + 0.5) * (2.0 / self.config.width) - 1.0
        y = (rows + 0.5) * (2.0 / self.config.height) - 1.0
        xy = np.stack(np.broadcast_arrays(x[None, :], y[:, None]), axis=-1)
        values = self.values(xy.reshape(-1, 2).astype(np.float32))
        return values.reshape(len(rows), len(columns), -1)

    def _larger(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> np.float32:
        """How many times larger than the picture such cells are drawn, at least 1."""
        width = float(x[0, 1] - x[0, 0]) * 0.5 * self.config.width
        height = float(y[0, 1] - y[0, 0]) * 0.5 * self.config.height
        side = np.float32(min(width, height))
        return np.float32(max(1.0, 1.0 / side) if side > 0.0 else 1.0)

    def _mixed(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Channels from planes, one product after another: a matrix product rounds by size."""
        if self._plain:
            planes += self._bias
            return planes
        out = np.empty_like(planes)
        for channel, row in enumerate(self._weight):
            out[..., channel] = self._bias[channel]
            for plane, weight in enumerate(row):
                if weight:
                    out[..., channel] += weight * planes[..., plane]
        return out


def labels_drawer(field: "Field", threads: int) -> LabelsDrawer:
    """What draws a field of labels as it is now."""
    from redraw.engines.planes import mixing_of
    from redraw.fields.labels import Labels

    encoding = field.encoding
    assert isinstance(encoding, Labels)
    config = encoding.config
    tables = Tables.of(encoding.owner.numpy(), encoding.candidates.numpy(), config.labels)
    return LabelsDrawer(
        config, tables, encoding.potentials.detach().numpy(), encoding.colours.detach().numpy(),
        encoding.detail.detach().numpy(), mixing_of(field), threads,
    )  # fmt: skip
