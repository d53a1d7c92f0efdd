"""Drawing coded pictures: their own pixels to the bit, everything else smooth between them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from redraw.coding.description import Description
from redraw.coding.picture import Coded, Quantised, pixels_of
from redraw.engines.lattice import Averages, Held, Lattice, LatticeDrawer
from redraw.engines.planes import own

if TYPE_CHECKING:
    from redraw.fields import Field


# Alpha of what is not seen, so that the colour below it is not lost when it is divided by it.
UNSEEN = np.float32(2.0**-60)


class CodedDrawer(LatticeDrawer):
    """Draws a coded picture.

    Args:
        coded: Or what it unpacks to.
        threads: How many work on a drawing.
        inside: Makes what is added to the first plane inside of the pixels, given its averages:
            called when something is drawn that shows it. It may take PyTorch.
    """

    def __init__(
        self,
        coded: Coded | Quantised,
        threads: int,
        inside: Callable[[Averages], Lattice] | None = None,
    ) -> None:
        found = Quantised.of(coded, threads=threads) if isinstance(coded, Coded) else coded
        about, self._most = found.about, np.float32(2**found.about.depth - 1)
        self._straight = found.exact is not None and found.exact.straight
        if found.exact is None:
            planes = found.planes()
            self._pixels, averages = pixels_of(about, planes), averages_of(about, planes)
        else:
            self._pixels = found.exact.pixels
            averages = found.exact.averages(about).astype(np.float32)
        mixing = np.array(about.mix) / 16384.0
        shape = (about.channels, about.channels)
        mix = mixing.reshape(shape), np.zeros(about.channels)
        super().__init__(Held(averages, threads), mix, threads)
        self._make, self._first = inside, Held(averages[:1], threads)

    def _complete(self) -> None:
        """The subpixel detail, the first time that it shows."""
        if self._make is not None:
            self._inside = self._make(self._first)
            self._make = None

    def values(self, xy: NDArray[np.float32]) -> NDArray[np.float32]:
        self._complete()
        return super().values(xy)

    def means(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
        height, width = self._pixels.shape[:2]
        columns, rows = own(x, width), own(y, height)
        if columns is None or rows is None:
            self._complete()
            return super().means(x, y)
        values = self._pixels[rows][:, columns].astype(np.float32) / self._most
        if self._straight:
            alpha = values[..., -1:]
            alpha[alpha == 0.0] = UNSEEN
            values[..., :-1] *= alpha
        return values


def averages_of(about: Description, planes: NDArray[np.int32]) -> NDArray[np.float32]:
    """Planes as numbers, 1.0 being the largest value of a pixel, the middle added. (C, H, W)"""
    most = 2**about.depth - 1
    rows = np.array(about.rows).reshape(about.channels, about.channels)
    middle = rows.sum(axis=1) * 2 ** (about.depth - 1) / most
    scale = 1.0 / (2**about.fraction * most)
    result = planes.astype(np.float32)
    result *= np.float32(scale)
    result += middle.astype(np.float32)[:, None, None]
    return result


def coded_drawer(field: "Field", threads: int) -> CodedDrawer:
    """What draws a field as it is now."""
    from redraw.engines.coded.stored import quantised_of
    from redraw.fields.wavelet import Wavelet

    encoding = field.encoding
    assert isinstance(encoding, Wavelet)
    found = quantised_of(encoding)
    detail = encoding.detail()
    return CodedDrawer(found, threads, inside_of(*detail) if detail else None)


def inside_of(network: NDArray[np.float32], units: int) -> Callable[[Averages], Lattice]:
    """What a network says of subpixel detail, made when it is asked for.

    Args:
        network: All its parameters in one list. (count,)
        units: In each of its hidden layers.
    """

    def make(first: Averages) -> Lattice:
        import torch

        from redraw.engines.subpixel_drawer import SubpixelDetail

        detail = SubpixelDetail(torch.from_numpy(network), units, first)
        return Lattice(detail.size, 1, detail.weights, first.threads)

    return make
