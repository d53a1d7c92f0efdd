"""Subpixel detail of a spline for drawing: B-spline weights on the lattice twice as fine."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from redraw.engines.contract import StepSpec
from redraw.engines.cpu.drawer import CpuDrawer
from redraw.engines.lattice import Averages, Window, filtered_by, folded
from redraw.fields import Field
from redraw.fields.encodings import Identity
from redraw.fields.outputs import LinearOutput
from redraw.fields.prefilter import REACH
from redraw.fields.subpixel import (
    AROUND,
    INPUTS,
    PARTS,
    around,
    filled,
    neighbourhoods,
    quarters,
    seen_as,
    views,
)

# Pixels whose neighbourhoods are looked at together.
TOGETHER = 1 << 16


class SubpixelDetail:
    """What is added to the first plane, of any window; the same, to the bit, in whichever.

    Args:
        network: All its parameters in one list. (count,)
        units: In each of its hidden layers.
        averages: Of the first plane.
    """

    def __init__(self, network: Tensor, units: int, averages: Averages) -> None:
        self._side = averages.size
        self.size = (2 * averages.size[0], 2 * averages.size[1])
        self._averages = averages
        self._threads = averages.threads
        net = filled(network.detach().cpu().float(), units)
        spec = StepSpec(training=False, threads=averages.threads)
        self._nets = [
            CpuDrawer(Field(Identity(INPUTS), seen_as(net, view), LinearOutput()), spec)
            for view in views()
        ]

    def weights(self, window: Window, out: NDArray[np.float32]) -> None:
        """Give the B-spline weights of a window of the finer lattice. (1, h, w)"""
        top, bottom, left, right = window
        rows = folded(top - REACH, bottom + REACH, self.size[0])
        columns = folded(left - REACH, right + REACH, self.size[1])
        pixels = (rows[0] // 2, (rows[1] + 1) // 2, columns[0] // 2, (columns[1] + 1) // 2)
        detail = quarters(torch.from_numpy(self._parts(pixels))).numpy()[None]
        start = (2 * pixels[0], 2 * pixels[2])
        filtered_by(detail, start, window, self.size, out, self._threads)

    def _parts(self, window: Window) -> NDArray[np.float32]:
        """In which the quarters of a window's pixels differ. (3, h, w)"""
        top, bottom, left, right = window
        high, wide = self._side
        seen_rows = folded(top - AROUND, bottom + AROUND, high)
        seen_columns = folded(left - AROUND, right + AROUND, wide)
        plane = torch.from_numpy(self._averages.averages((*seen_rows, *seen_columns))[0])
        columns = around(left, right, wide) - seen_columns[0]
        out = np.empty((PARTS, bottom - top, right - left), np.float32)
        step = max(1, TOGETHER // (right - left))
        for first in range(top, bottom, step):
            last = min(first + step, bottom)
            rows = around(first, last, high) - seen_rows[0]
            seen, size = neighbourhoods(plane, rows, columns)
            total = sum(net.values(seen.numpy()) for net in self._nets)
            total *= size.numpy() / np.float32(len(self._nets))
            out[:, first - top : last - top] = total.T.reshape(PARTS, last - first, -1)
        return out
