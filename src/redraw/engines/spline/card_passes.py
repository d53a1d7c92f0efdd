"""The passes of an alternating step on a card; twin of `alternating_passes`.

All arrays lie there, made once. What a pass asks of the next stays there, too; to the host go sums
by matrix (a few kilobytes), and which coefficients would be kept, a byte for each: how many bytes
that takes in a file is told by a chain of chances, each of which depends on the bit before, and
that the processor counts faster than a card.

Shapes: C planes, H rows, W columns, M matrices, B blocks, K kept coefficients.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from redraw.coding.pyramid import halvings, levels_of
from redraw.engines.cuda.card import Card, Host
from redraw.fields.bands import bands_of
from redraw.fields.spline import Spline
from redraw.fields.spline_config import SplineConfig

# Coefficients, blocks and pairs of samples of a program; blocks correlated together.
TILE, BLOCKS, PAIRS, CORRELATED = 4096, 512, 1024, 128
# The bits that are counted by in turns, the sign apart.
ROUNDS = ((31, 20), (20, 10), (10, 0))
# Programs of the sums by matrix, for each multiprocessor.
PROGRAMS = 2


def parts_of(count: int, size: int) -> int:
    """Programs that take `size` each; one at least, so that there is a launch."""
    return max(1, -(-count // size))


def block_list(config: SplineConfig) -> NDArray[np.int32]:
    """Where the first coefficient of each block is; its complement if columns come first. (B,)"""
    found = [np.zeros(0, np.int64)]
    for band in bands_of(config.width, config.height, config.planes):
        rows = band.top + 2 * np.arange(band.down, dtype=np.int64)
        columns = band.left + 2 * np.arange(band.across, dtype=np.int64)
        planes = np.arange(config.planes, dtype=np.int64) * config.height * config.width
        first = planes[:, None, None] + rows[:, None] * config.width + columns
        found.append((~first if band.turned else first).reshape(-1))
    return np.concatenate(found).astype(np.int32)


def bytes_of(config: SplineConfig) -> int:
    """About what a picture's pyramid takes of a card's memory."""
    # Three arrays of floats while the picture is analysed, a mask, and six bytes a block.
    values = config.planes * config.height * config.width
    return 13 * values + 6 * config.blocks + 8 * config.kept


def sides_of(config: SplineConfig) -> list[tuple[int, int]]:
    """Rows and columns of the low coefficients after each level. (L + 1)"""
    levels = levels_of(config.width, config.height)
    down, across = halvings(config.height, levels), halvings(config.width, levels)
    return list(zip(down, across, strict=True))


def launch(kernel: Any, grid: tuple[int, ...], *arguments: Any, **constants: Any) -> None:
    """Launch a kernel of Triton; what it is compiled for goes by name."""
    kernel[grid](*arguments, **constants)


def lift(kernel: Any, source: Tensor, target: Tensor, side: tuple[int, int], axis: int) -> None:
    """Run a kernel of the wavelet along an axis of the top left of all planes.

    Args:
        kernel: Of `redraw.kernels.cuda.pyramid`.
        source: (C, H, W)
        target: Another array. (C, H, W)
        side: Rows and columns of the top left.
        axis: 1 for columns of samples, 2 for rows.
    """
    _, height, width = source.shape
    rows, columns = side
    along, across, own, lines = (
        (width, 1, rows, columns) if axis == 1 else (1, width, columns, rows)
    )
    grid = parts_of((own + 1) // 2 * lines, PAIRS), len(source)
    launch(
        kernel,
        grid,
        source,
        target,
        own,
        lines,
        along,
        across,
        height * width,
        N=PAIRS,
        ALONG_FIRST=axis == 2,
    )


def analyse(planes: Tensor, spare: Tensor, config: SplineConfig) -> None:
    """Pixel averages to coefficients, in place; `spare` is overwritten. (C, H, W)"""
    from redraw.kernels.cuda.pyramid import split_kernel

    for side in sides_of(config)[:-1]:
        lift(split_kernel, planes, spare, side, 1)
        lift(split_kernel, spare, planes, side, 2)


def synthesise(planes: Tensor, spare: Tensor, config: SplineConfig) -> None:
    """Coefficients to pixel averages, in place; `spare` is overwritten. (C, H, W)"""
    from redraw.kernels.cuda.pyramid import join_kernel

    for side in reversed(sides_of(config)[:-1]):
        lift(join_kernel, planes, spare, side, 2)
        lift(join_kernel, spare, planes, side, 1)


def multiply(
    source: Tensor,
    target: Tensor,
    blocks: Tensor,
    matrices: Tensor,
    chosen: Tensor,
    *,
    turned: bool,
) -> None:
    """Each block times its matrix, or its transpose. (C, H, W), (B,), (M, 4, 4), (B,) uint8"""
    from redraw.kernels.cuda.sparse import multiply_kernel

    count = len(chosen)
    if count:
        launch(multiply_kernel, (parts_of(count, BLOCKS),),
            source, target, blocks, matrices, chosen, count, source.shape[2], TURNED=turned,
            N=BLOCKS,
        )  # fmt: skip


def averages_into(encoding: Spline, blocks: Tensor, planes: Tensor, spare: Tensor) -> None:
    """What the field has for all pixels, into `planes`; `spare` is overwritten. (C, H, W)"""
    from redraw.kernels.cuda.sparse import spread_kernel

    values, significant = encoding.values.detach(), encoding.significant
    planes.zero_()
    if len(values):
        launch(
            spread_kernel,
            (parts_of(len(values), TILE),),
            significant,
            values,
            planes,
            len(values),
            N=TILE,
        )
    multiply(
        planes,
        planes,
        blocks,
        encoding.transforms.detach(),
        encoding.block_transforms,
        turned=False,
    )
    synthesise(planes, spare, encoding.config)


def all_averages(encoding: Spline, card: Card | Host) -> Tensor:
    """The averages over all pixels, on the card. (C, H, W)"""
    config = encoding.config
    with card():
        blocks = torch.from_numpy(block_list(config)).to(card.device)
        planes = torch.empty(config.planes, config.height, config.width, device=card.device)
        averages_into(encoding, blocks, planes, torch.empty_like(planes))
    return planes


class CardPasses:
    """The arrays of a picture's pyramid on a card, and what is done with them.

    Args:
        encoding: Its tensors are read and written where they are.
        card: Where.

    Attributes:
        original: Coefficients before any block is multiplied. (C, H, W)
        turned: After. (C, H, W)
        picked: Which matrix each block takes. (B,) uint8
        mask: On the host: which coefficients would be kept, as `taken` left it. (C, H, W) uint8
        used: On the host: the matrices of blocks that would keep anything. (B,) uint8
    """

    def __init__(self, encoding: Spline, card: Card | Host) -> None:
        from redraw.kernels.cuda.sparse import BINS, WORDS

        self.encoding, self.card = encoding, card
        config = self.config = encoding.config
        shape = config.planes, config.height, config.width
        self._count, matrices = config.planes * config.height * config.width, config.transforms
        self._of_blocks = config.blocks
        self.original, self.turned = self._new(*shape), self._new(*shape)
        self.blocks = torch.from_numpy(block_list(config)).to(card.device)
        self.picked, self._used = (self._new(config.blocks, dtype=torch.uint8) for _ in range(2))
        self._mask = self._new(*shape, dtype=torch.uint8)
        self._tiles = parts_of(self._count, TILE)
        self._kept = self._new(self._tiles, dtype=torch.int32)
        self._before = self._new(self._tiles, dtype=torch.int32)
        self._squares = self._new(self._tiles, dtype=torch.float64)
        self._bins = self._new(BINS.value, dtype=torch.int32)
        self._words = self._new(WORDS, dtype=torch.int32)
        self._leasts = self._new(parts_of(config.kept, TILE))
        self._programs = min(PROGRAMS * card.processors, parts_of(config.blocks, CORRELATED))
        self._matrices = max(16, 1 << (matrices - 1).bit_length())
        self._sums = self._new(self._programs, self._matrices, 16, dtype=torch.float64)
        self._counts = self._new(self._programs, self._matrices, dtype=torch.float64)
        self._gathered = self._new(matrices, 17, dtype=torch.float64)
        # Inverses, what naming each costs, and the square of the threshold.
        self._asked = self._new(17 * matrices + 1)
        self.inverses = self._asked[: 16 * matrices].view(matrices, 4, 4)
        # A list without numbers is one of -1 to kernels.
        some = config.kept > 0
        self._significant = encoding.significant if some else self.blocks.new_full((1,), -1)
        self._host_asked = card.pinned(torch.zeros(17 * matrices + 1))
        self._host_transforms = card.pinned(torch.zeros(matrices, 4, 4))
        self._host_words = card.pinned(torch.zeros(WORDS, dtype=torch.int32))
        self._host_gathered = card.pinned(torch.zeros(matrices, 17, dtype=torch.float64))
        self._host_kept = card.pinned(torch.zeros(self._tiles, dtype=torch.int32))
        self._host_squares = card.pinned(torch.zeros(self._tiles, dtype=torch.float64))
        self._host_mask = card.pinned(torch.zeros(*shape, dtype=torch.uint8))
        self._host_used = card.pinned(torch.zeros(config.blocks, dtype=torch.uint8))
        self.mask, self.used = self._host_mask.numpy(), self._host_used.numpy()
        self._recordings: dict[str, Callable[[], None]] = {}
        self._record()

    def _new(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        return torch.zeros(*shape, dtype=dtype, device=self.card.device)

    def _record(self) -> None:
        """Compile all kernels by runs that leave the field as it is, and record them."""
        work = {"learn": self._learn, "choose": self._choose, "take": self._take}
        for launches in work.values():
            launches()
        significant, values = torch.zeros_like(self._significant), self._new(len(self._significant))
        self._collect(significant, values)
        self.card.wait()
        work["keep"] = lambda: self._collect(self._significant, self.encoding.values.detach())
        self._recordings = {name: self.card.recorded(one) for name, one in work.items()}

    # --- launches --------------------------------------------------------------------------------

    def _learn(self) -> None:
        from redraw.kernels.cuda import sparse

        kept, blocks, encoding = self.config.kept, self._of_blocks, self.encoding
        launch(
            sparse.least_kernel,
            (len(self._leasts),),
            encoding.values.detach(),
            self._significant,
            self._leasts,
            kept,
            N=TILE,
        )
        launch(
            sparse.threshold_kernel,
            (1,),
            self._leasts,
            self._significant,
            self._words,
            len(self._leasts),
            N=256,
        )
        launch(sparse.correlate_kernel, (self._programs,),
            self.original, self.blocks, encoding.transforms.detach(), encoding.block_transforms,
            self._words, self._sums, self._counts, blocks, self.config.width,
            MATRICES=self._matrices, N=CORRELATED,
        )  # fmt: skip
        launch(
            sparse.gather_kernel,
            (self.config.transforms,),
            self._sums,
            self._counts,
            self._gathered,
            self._programs,
            MATRICES=self._matrices,
        )

    def _choose(self) -> None:
        from redraw.kernels.cuda.sparse import choose_kernel

        matrices = self.config.transforms
        if self._of_blocks:
            launch(choose_kernel, (parts_of(self._of_blocks, BLOCKS),),
                self.original, self.blocks, self.inverses, self._asked[16 * matrices :],
                self._asked[17 * matrices :], self.picked, self._of_blocks, self.config.width,
                matrices, N=BLOCKS,
            )  # fmt: skip
        # The coefficients that are in no block stay as they are.
        self.turned.copy_(self.original)
        multiply(self.original, self.turned, self.blocks, self.inverses, self.picked, turned=False)

    def _take(self) -> None:
        from redraw.kernels.cuda import sparse

        grid = (self._tiles,)
        for top, low in ROUNDS:
            launch(
                sparse.histogram_kernel,
                grid,
                self.turned,
                self._words,
                self._bins,
                self._count,
                TOP=top,
                LOW=low,
                N=TILE,
            )
            launch(sparse.pick_kernel, (1,), self._words, self._bins, self._count, TOP=top, LOW=low)
        self._mark()

    def _mark(self) -> None:
        """What lies above the threshold that was found."""
        from redraw.kernels.cuda import sparse

        launch(
            sparse.mark_kernel,
            (self._tiles,),
            self.turned,
            self._words,
            self._mask,
            self._kept,
            self._squares,
            self._count,
            N=TILE,
        )
        if self._of_blocks:
            launch(sparse.used_kernel, (parts_of(self._of_blocks, BLOCKS),),
                self._mask, self.blocks, self.picked, self._used, self._of_blocks,
                self.config.width, N=BLOCKS,
            )  # fmt: skip

    def _collect(self, significant: Tensor, values: Tensor) -> None:
        from redraw.kernels.cuda import sparse

        significant.fill_(-1)
        values.zero_()
        launch(sparse.before_kernel, (1,), self._kept, self._before, self._tiles, N=1024)
        launch(sparse.collect_kernel, (self._tiles,),
            self.turned, self._mask, self._before, significant, values, self._count,
            self.config.kept, N=TILE,
        )  # fmt: skip

    # --- what a step asks for --------------------------------------------------------------------

    def learned(self) -> tuple[NDArray[np.float64], NDArray[np.int64], float]:
        """As `Passes.correlate`, and the threshold just below the smallest kept coefficient.

        Returns:
            (M, 4, 4), (M,), and the threshold.
        """
        self._recordings["learn"]()
        self._host_transforms.copy_(self.encoding.transforms.detach(), non_blocking=True)
        self._host_gathered.copy_(self._gathered, non_blocking=True)
        self._host_words.copy_(self._words, non_blocking=True)
        self.card.wait()
        found = self._host_gathered.numpy()
        return found[:, :16].reshape(-1, 4, 4).copy(), found[:, 16].astype(np.int64), self._word(3)

    def inverses_before(self) -> NDArray[np.float32]:
        """Of the matrices as they stood when `learned` was asked. (M, 4, 4)"""
        return self._host_transforms.numpy().transpose(0, 2, 1)

    def choose(self, inverses: NDArray, square: float, costs: NDArray) -> None:
        """As `Passes.choose`, and then each block is multiplied. (M, 4, 4), (M,)"""
        asked, matrices = self._host_asked.numpy(), self.config.transforms
        asked[: 16 * matrices] = inverses.reshape(-1)
        asked[16 * matrices : -1] = costs
        asked[-1] = square
        self._asked.copy_(self._host_asked, non_blocking=True)
        self._recordings["choose"]()

    def taken(self, keep: int) -> tuple[float, int, float]:
        """The threshold above which there are at most `keep` coefficients; `mask` and `used`.

        Returns:
            It, how many coefficients lie above it, and the sum of the squares of the others.
        """
        self._host_words[2] = keep
        self._words.copy_(self._host_words, non_blocking=True)
        self._recordings["take"]()
        return self._marked()

    def left_out(self) -> float:
        """Sum of the squares of what the field leaves out as it stands; it overwrites `turned`."""
        self._learn()
        self._words[1].copy_(self._words[3])
        self.turned.copy_(self.original)
        multiply(
            self.original, self.turned, self.blocks, self.encoding.transforms.detach(),
            self.encoding.block_transforms, turned=True,
        )  # fmt: skip
        self._mark()
        return self._marked()[2]

    def keep(self) -> None:
        """What `taken` found, into the field; the matrices are left to others."""
        self._recordings["keep"]()
        self.encoding.block_transforms.copy_(self._used)

    def _marked(self) -> tuple[float, int, float]:
        for host, there in (
            (self._host_mask, self._mask), (self._host_used, self._used),
            (self._host_kept, self._kept), (self._host_squares, self._squares),
            (self._host_words, self._words),
        ):  # fmt: skip
            host.copy_(there, non_blocking=True)
        self.card.wait()
        kept, squares = self._host_kept.numpy(), self._host_squares.numpy()
        return self._word(1), int(kept.sum()), float(squares.sum())

    def _word(self, index: int) -> float:
        """A word as a float's bits."""
        return float(self._host_words.numpy()[index : index + 1].view(np.float32)[0])

    def close(self) -> None:
        """Give back the recordings."""
        self._recordings.clear()
