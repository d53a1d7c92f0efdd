"""A field being trained on a card: chunks of steps, each recorded once and played back.

A step is two or three launches, and none of them is told anything by the host: which pixels, the
key of the jitter, rates and sharpness lie in tables on the card, in a row for each step of a chunk,
which are copied there before the chunk. So a recording of some steps serves any of them. After the
chunk the losses come back. Nothing is allocated in between.

Shapes: K steps of a chunk, B pixels of a batch.
"""

from collections.abc import Callable, Sequence
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from redraw.engines.contract import (
    OptimizerState,
    Order,
    Session,
    StepResult,
    StepSpec,
    StepTimes,
)
from redraw.engines.cpu.engine import set_rates
from redraw.engines.cuda.card import Card, Host
from redraw.engines.cuda.layout import (
    BLOCK,
    WARPS,
    Shape,
    arrays_of,
    axes_of,
    loss_number,
    network_constants,
    sampling_constants,
    tables_of,
    update_constants,
)
from redraw.errors import EngineError
from redraw.fields import Field
from redraw.fields.hash_grid import HashGrid
from redraw.signals.samples import PixelSamples, PointSamples, Samples, step_key

# The longest chunk; recordings there are, the longest first; and the seconds that a chunk is to
# take, so that a run is asked often enough what it is to do.
CHUNK = 64
RECORDED = (16, 4, 1)
SECONDS = 0.02
# Steps that the card is told of together.
TOLD = 16
# Programs per multiprocessor; and points that all of them may have at work.
PROGRAMS, POINTS = 2, 1 << 20


class CudaSession(Session):
    """A field trained by fused kernels.

    Args:
        field, samples, spec, state: As of `Engine.open`.
        card: Where.
        points: That are computed at once, at most: memory against speed.
    """

    points = POINTS
    block = BLOCK

    def __init__(
        self,
        field: Field,
        samples: Samples,
        spec: StepSpec,
        state: OptimizerState,
        card: Card | Host,
        *,
        points: int | None = None,
    ) -> None:
        from redraw.kernels.cuda.network import STEP_REALS, STEP_WORDS

        self.field, self.spec, self.card = field, spec, card
        self._state = state
        self._samples = samples
        self._at_work = points or self.points
        if samples.dimensions != axes_of(field):
            raise EngineError(
                f"the samples have {samples.dimensions} coordinates, the field takes"
                f" {axes_of(field)}"
            )
        pixels = samples if isinstance(samples, PixelSamples) else None
        self._seed = pixels.seed if pixels else 0
        self._size = (pixels.width, pixels.height) if pixels else (1, 1)
        box = pixels is not None and pixels.footprint == "box"
        self._most = pixels.samples if pixels and box else 1
        self._busy = pixels.busy if pixels and box and self._most > 1 else None
        self._whole = spec.batch >= samples.count and samples.held
        self._batch = max(1, min(spec.batch, samples.count))
        self.at_once = 1
        self._chunk = CHUNK if samples.held else 1
        self._recordings: dict[int, Callable[[], None]] = {}
        self._made = self._points = self._pixels = 0
        self._seconds = 0.0
        self._step_words, self._step_reals = STEP_WORDS, STEP_REALS
        with card():
            self._allocate(samples)
            self._prepare()

    # --- what lies on the card -------------------------------------------------------------------

    def _allocate(self, samples: Samples) -> None:
        field, spec, card = self.field, self.spec, self.card
        self._shape = Shape.of(field, self._most, self.block)
        self._tables = tables_of(field, self._shape, self._state, spec, card.device)
        self._hold(samples)
        words = 4 + self._chunk * (self._step_words + self._step_reals)
        self._control = card.pinned(torch.zeros(words, dtype=torch.int32))
        self._told = self._control.to(card.device, copy=True)
        first = self._first_real = 4 + self._chunk * self._step_words
        self._cursor, self._steps = self._told[:4], self._told[4:first]
        self._reals = self._told[first:].view(torch.float32)
        told = self._control.numpy()
        self._host_steps = told[4:first].reshape(self._chunk, self._step_words)
        self._host_reals = told[first:].view(np.float32).reshape(self._chunk, self._step_reals)
        self._host_results = card.pinned(torch.zeros(self._chunk, 2, dtype=torch.float64))
        self._results = self._new(self._chunk, 2, dtype=torch.float64)
        batches = 1 if self._whole else self._chunk
        self._host_order = card.pinned(torch.zeros(batches, self._batch, dtype=torch.int32))
        self._order = self._host_order.to(card.device, copy=True)
        self._stale = True
        self._whole_busy = -1
        self._parts = 1 if self._busy is None else 2
        self._work()

    def _work(self) -> None:
        """What a step's launches need."""
        field, spec, shape = self.field, self.spec, self._shape
        from redraw.kernels.cuda.encodings import FRACTION

        self._sampling = [
            sampling_constants(self._samples, shape, part) for part in range(self._parts)
        ]
        blocks = max(-(-self._batch // own["PIXELS"]) for own in self._sampling)
        room = max(1, self._at_work // shape.block)
        self._programs = min(PROGRAMS * self.card.processors, blocks, room)
        self._partials = self._new(self._parts * self._programs, shape.total)
        self._totals = self._new(self._parts * self._programs, 2)
        self._sums = self._new(self._programs, shape.block * max(1, sum(shape.padded[1:-1])))
        matrix, table = arrays_of(field, self._new(1))
        grid = isinstance(field.encoding, HashGrid)
        self._table_sums = self._new(table.numel() if grid else 1, dtype=torch.int64)
        self._arrays = (matrix, table, self._table_sums, self._tables.levels)
        self._constants = {
            **network_constants(field, shape, spec.precision),
            "STARTS": shape.starts,
            "LOSS": loss_number(spec.loss),
            "UNIT": float(1 << FRACTION),
            "STEP_WORDS": self._step_words,
            "STEP_REALS": self._step_reals,
            "num_warps": WARPS,
            "num_stages": 1,
        }
        self._updating = {
            **update_constants(spec),
            "PIXELS": self._sampling[0]["PIXELS"],
            "SINGLES": self._sampling[-1]["PIXELS"],
            "PARTS": self._parts,
            "ALL": False,
        }

    def _new(self, *shape: int, dtype: torch.dtype = torch.float32) -> Tensor:
        return torch.zeros(*shape, dtype=dtype, device=self.card.device)

    def _hold(self, samples: Samples) -> None:
        """The samples on the card: all of them, or room for those of a batch."""
        device, pixels = self.card.device, isinstance(samples, PixelSamples)
        self._index, self._positions = self._new(1, dtype=torch.int32), self._new(1)
        if not samples.held:
            self._values = self._new(self._batch, samples.channels)
            if pixels:
                self._index = self._new(self._batch, dtype=torch.int32)
            else:
                self._positions = self._new(self._batch, samples.dimensions)
            return
        self._values = torch.from_numpy(samples.all_values()).to(device)
        if isinstance(samples, PointSamples):
            self._positions = torch.from_numpy(samples.all_positions()).to(device)
        elif isinstance(samples, PixelSamples) and samples.index is not None:
            self._index = torch.from_numpy(samples.index.astype(np.int32)).to(device)

    # --- steps -----------------------------------------------------------------------------------

    @property
    def state(self) -> OptimizerState:
        return self._state

    def step(
        self, pixels: NDArray[np.int64], step: int, *, rate: float, sharpness: float
    ) -> StepResult:
        if not 1 <= len(pixels) <= self._batch:
            raise EngineError(
                f"a batch of {len(pixels)} pixels; the session was opened for 1 to {self._batch}"
            )
        return self._run([pixels], step, [rate], [sharpness])[0]

    def steps(
        self, order: Order, first: int, *, rates: Sequence[float], sharpness: Sequence[float]
    ) -> list[StepResult]:
        results: list[StepResult] = []
        for begin in range(0, len(rates), self._chunk):
            part = slice(begin, begin + self._chunk)
            number = len(rates[part])
            batches = [order.at(first + begin + k) for k in range(number)]
            results += self._run(batches, first + begin, rates[part], sharpness[part])
        return results

    def _run(
        self,
        batches: Sequence[NDArray[np.int64]],
        first: int,
        rates: Sequence[float],
        sharpness: Sequence[float],
    ) -> list[StepResult]:
        """A chunk of steps."""
        began = perf_counter()
        number = len(batches)
        with self.card():
            self._control[0] = 0  # the cursor
            self._told[:4].copy_(self._control[:4], non_blocking=True)
            # The card is at work on some steps while the next are told to it.
            for begin in range(0, number, TOLD):
                end = min(begin + TOLD, number)
                for k in range(begin, end):
                    busy = self._sort_in(k, batches[k])
                    self._tell(k, len(batches[k]), busy, first + k, rates[k], sharpness[k])
                self._send(begin, end)
                left = end - begin
                for size in RECORDED:
                    for _ in range(left // size):
                        self._recordings[size]()
                    left %= size
            self._host_results.copy_(self._results, non_blocking=True)
            self.card.wait()
        self.field.sharpness = sharpness[-1]
        self._state.steps += number
        took = perf_counter() - began
        self._made += number
        self._seconds += took
        self._pace(took / number)
        found = self._host_results[:number].tolist()
        return [StepResult(loss, squared) for loss, squared in found]

    def _send(self, begin: int, end: int) -> None:
        """Copy rows of the tables and their pixels to the card."""
        for table, height in ((4, self._step_words), (self._first_real, self._step_reals)):
            rows = slice(table + begin * height, table + end * height)
            self._told[rows].copy_(self._control[rows], non_blocking=True)
        if self._whole and self._stale:
            self._order.copy_(self._host_order, non_blocking=True)
        elif not self._whole:
            self._order[begin:end].copy_(self._host_order[begin:end], non_blocking=True)
        self._stale = False

    def _prepare(self) -> None:
        """Compile all kernels by a step that changes nothing, and record the others."""
        still = self._host_reals[0]
        still[:] = 0.0
        # No pixels, no rate, moments as they are: and nothing is divided by zero.
        for rates in (still[:10], still[10:20]):
            rates[2] = rates[4] = rates[7] = rates[9] = 1.0
            rates[8] = 1.0
        self._host_steps[0] = 0
        self._told.copy_(self._control)
        self._launch()
        self.card.wait()

        def several(size: int) -> Callable[[], None]:
            def work() -> None:
                for _ in range(size):
                    self._launch()

            return work

        self._recordings = {size: self.card.recorded(several(size)) for size in RECORDED}

    def _pace(self, seconds: float) -> None:
        """How many steps to take at once from now on, by the seconds that one took."""
        wanted = max(1, min(self._chunk, int(SECONDS / max(seconds, 1e-9))))
        self.at_once = next(size for size in (CHUNK, *RECORDED) if size <= wanted)

    def _sort_in(self, k: int, pixels: NDArray[np.int64]) -> int:
        """Put a batch where the card reads it, pixels of several samples first: how many these are.

        All is sorted in the order that the batch has, so that results depend on it alone.
        """
        number = len(pixels)
        if self._whole and self._whole_busy >= 0 and number == self._batch:
            return self._whole_busy
        self._stale = True
        if not self._samples.held:
            return self._ask(pixels)
        target = self._host_order[0 if self._whole else k].numpy()
        if self._busy is None:
            target[:number] = pixels
            busy = number
        else:
            several = self._busy[pixels]
            busy = int(np.count_nonzero(several))
            target[:busy] = pixels[several]
            target[busy:number] = pixels[~several]
        if self._whole:
            self._whole_busy = busy if number == self._batch else -1
        return busy

    def _ask(self, pixels: NDArray[np.int64]) -> int:
        """Read a batch of samples that are not in memory; the card sees them alone."""
        part, number = self._samples.some(pixels), len(pixels)
        busy, order = number, np.arange(number)
        if isinstance(part, PixelSamples):
            assert part.index is not None  # those of some pixels name them
            self._index[:number].copy_(torch.from_numpy(part.index.astype(np.int32)))
            if part.busy is not None and self._most > 1:
                order = np.argsort(~part.busy, kind="stable")
                busy = int(np.count_nonzero(part.busy))
        elif isinstance(part, PointSamples):
            self._positions[:number].copy_(torch.from_numpy(part.all_positions()))
        self._values[:number].copy_(torch.from_numpy(part.all_values()))
        self._host_order[0].numpy()[:number] = order
        return busy

    def _tell(
        self, k: int, pixels: int, busy: int, step: int, rate: float, sharpness: float
    ) -> None:
        """Fill in a row of the tables."""
        optimizer = self.spec.optimizer
        begin = 0 if self._whole else k * self._batch
        key = np.uint32(step_key(self._seed, step)).view(np.int32)
        self._host_steps[k] = key, begin, busy, pixels
        reals = self._host_reals[k]
        count = self._state.steps + k + 1
        set_rates(reals[:10], optimizer, rate, count)
        set_rates(reals[10:20], optimizer, rate * optimizer.encoding_rate, count)
        reals[20] = sharpness
        reals[21] = 1.0 / (pixels * self._samples.channels)
        self._points += busy * self._most + pixels - busy
        self._pixels += pixels

    def _launch(self) -> None:
        """All launches of one step."""
        from redraw.kernels.cuda.network import train_kernel

        width, height = self._size
        matrix, table, sums, levels = self._arrays
        for own in self._sampling:
            train_kernel[(self._programs,)](
                self._order, self._index, self._values, self._positions, self._steps, self._reals,
                self._cursor, self._tables.addresses, matrix, table, sums, levels, self._partials,
                self._totals, self._sums, width, height, self._shape.total, **self._constants,
                **own,
            )  # fmt: skip
        self._update()

    def _update(self) -> None:
        """The last launch of a step."""
        from redraw.kernels.cuda.update import update_kernel

        update_kernel[(len(self._tables.pieces) + 1,)](
            self._tables.pieces, self._tables.homes, self._partials, self._table_sums, self._totals,
            self._steps, self._reals, self._cursor, self._results, self._programs,
            len(self._totals), self._shape.total, **self._updating,
        )  # fmt: skip

    def times(self) -> StepTimes:
        seconds = {"step": self._seconds}
        return StepTimes(seconds, self._points, self._pixels, self._made, 1)

    def close(self) -> None:
        self._recordings.clear()
