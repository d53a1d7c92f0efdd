"""Drawing coded pictures: their own pixels to the bit, everything else smooth between them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from redraw.coding.picture import Coded, Quantised
from redraw.engines.coded.tiles import FirstPlane, Shown, Tiles
from redraw.engines.lattice import Averages, Held, Lattice, LatticeDrawer
from redraw.engines.planes import own

if TYPE_CHECKING:
    from redraw.fields import Field


# Alpha of what is not seen, so that the colour below it is not lost when it is divided by it.
UNSEEN = np.float32(2.0**-60)


class CodedDrawer(LatticeDrawer):
    """Draws a coded picture.

    Args:
        coded: Or what it unpacks to. One in tiles is unpacked as far as what is drawn takes.
        threads: How many work on a drawing.
        detail: Makes what is added to the first plane inside of the pixels, given its averages:
            called when something is drawn that shows it. It may take PyTorch.
    """

    def __init__(
        self,
        coded: Coded | Quantised,
        threads: int,
        detail: Callable[[Averages], Lattice] | None = None,
    ) -> None:
        about = coded.about
        self._most, self._straight = np.float32(2**about.depth - 1), _is_straight(coded)
        mixing = np.array(about.mix) / 16384.0
        shape = (about.channels, about.channels)
        mix = mixing.reshape(shape), np.zeros(about.channels)
        if isinstance(coded, Coded) and about.tiles > 1:
            tiles = Tiles(coded, threads)
            self.pixels, averages, self._first = tiles.pixels, tiles, FirstPlane(tiles)
        else:
            found = Quantised.of(coded, threads=threads) if isinstance(coded, Coded) else coded
            shown = Shown.of(found)
            self.pixels = lambda rows, columns: shown.pixels[rows][:, columns]
            averages = Held(shown.averages, threads)
            self._first = Held(shown.averages[:1], threads)
        super().__init__(averages, mix, threads)
        self._size, self._make = averages.size, detail

    def _complete(self) -> None:
        """The subpixel detail, the first time that it shows."""
        if self._make is not None:
            self._detail = self._make(self._first)
            self._make = None

    def values(self, xy: NDArray[np.float32]) -> NDArray[np.float32]:
        self._complete()
        return super().values(xy)

    def means(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float32]:
        height, width = self._size
        columns, rows = own(x, width), own(y, height)
        if columns is None or rows is None:
            self._complete()
            return super().means(x, y)
        values = self.pixels(rows, columns).astype(np.float32) / self._most
        if self._straight:
            alpha = values[..., -1:]
            alpha[alpha == 0.0] = UNSEEN
            values[..., :-1] *= alpha
        return values


def _is_straight(coded: Coded | Quantised) -> bool:
    """Whether its pixels' colours are not multiplied by alpha."""
    return coded.exact is not None and coded.exact.straight


def coded_drawer(field: "Field", threads: int) -> CodedDrawer:
    """What draws a field as it is now."""
    from redraw.engines.coded.stored import quantised_of
    from redraw.fields.wavelet import Wavelet

    encoding = field.encoding
    assert isinstance(encoding, Wavelet)
    found = quantised_of(encoding)
    detail = encoding.detail()
    return CodedDrawer(found, threads, detail_of(*detail) if detail else None)


def detail_of(network: NDArray[np.float32], units: int) -> Callable[[Averages], Lattice]:
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
