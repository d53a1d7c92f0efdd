"""Drawing coded pictures: their own pixels to the bit, everything else by the cubic spline."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from redraw.coding.description import Description
from redraw.coding.picture import Coded, Quantised, pixels_of
from redraw.engines.spline.drawer import Held, Lattice, SplineDrawer

if TYPE_CHECKING:
    from redraw.fields import Field


class CodedDrawer(SplineDrawer):
    """Draws a coded picture.

    Args:
        coded: Or what it unpacks to.
        threads: How many work on a drawing.
        inside: Of the pixels, added to the first plane.
    """

    def __init__(
        self, coded: Coded | Quantised, threads: int, inside: Lattice | None = None
    ) -> None:
        found = Quantised.of(coded, threads=threads) if isinstance(coded, Coded) else coded
        about, planes = found.about, found.planes()
        self._pixels, self._most = pixels_of(about, planes), np.float32(2**about.depth - 1)
        averages, mixing = averages_of(about, planes), np.array(about.mix) / 16384.0
        shape = (about.channels, about.channels)
        mix = mixing.reshape(shape), np.zeros(about.channels)
        super().__init__(Held(averages, threads), mix, threads, inside)

    def means(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
        height, width = self._pixels.shape[:2]
        columns, rows = own(x, width), own(y, height)
        if columns is None or rows is None:
            return super().means(x, y)
        return self._pixels[rows][:, columns].astype(np.float32) / self._most


def averages_of(about: Description, planes: NDArray[np.int32]) -> NDArray[np.float32]:
    """Planes as numbers, 1.0 being the largest value of a pixel, the middle added. (C, H, W)"""
    most = 2**about.depth - 1
    rows = np.array(about.rows).reshape(about.channels, about.channels)
    middle = rows.sum(axis=1) * 2 ** (about.depth - 1) / most
    scale = 1.0 / (2**about.fraction * most)
    result = planes * np.float32(scale)
    result += middle.astype(np.float32)[:, None, None]
    return result


def own(edges: NDArray[np.float64], side: int) -> NDArray[np.int64] | None:
    """Which pixels the cells of an axis are, if each is just one. (n, 2) -> (n,)"""
    place = (edges + 1.0) * (0.5 * side)
    nearest = np.round(place)
    if (np.abs(place - nearest) > 1e-6).any() or (nearest[:, 1] - nearest[:, 0] != 1.0).any():
        return None
    index = nearest[:, 0].astype(np.int64)
    inside = len(index) and index.min() >= 0 and index.max() < side
    return index if inside else None


def coded_drawer(field: "Field", threads: int) -> CodedDrawer:
    """What draws a field as it is now."""
    from redraw.engines.coded.session import quantised_of
    from redraw.fields.wavelet import Wavelet

    encoding = field.encoding
    assert isinstance(encoding, Wavelet)
    found = quantised_of(encoding)
    inside: Lattice | None = None
    units = encoding.config.subpixel
    if units and bool(encoding.subpixel.any()):
        from redraw.engines.spline.subpixel_drawer import SubpixelDetail

        first = Held(averages_of(found.about, found.planes())[:1], threads)
        insides = SubpixelDetail(encoding.subpixel, units, first)
        inside = Lattice(insides.size, 1, insides.weights, threads)
    return CodedDrawer(found, threads, inside)
