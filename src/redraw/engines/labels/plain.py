"""The steps of a field of labels in PyTorch: the definition, its gradients by autograd.

Twin of `redraw.engines.labels.session.KernelSession`.

Shapes: B listed pixels with several candidates, M candidates at most, C channels, P potentials, Q
colours, n x n samples in a pixel.
"""

from collections.abc import Iterator
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from redraw.engines.contract import StepResult
from redraw.engines.labels.analysis import Rows
from redraw.engines.labels.seen import FREE, TO_YCC, WEIGHTS, Coded, seen_as
from redraw.engines.labels.session import (
    COLOUR_RATE,
    HOLD,
    SMOOTH,
    LabelsSession,
    across_of,
    bending_of,
    sharpness_of,
    shift_in,
    side_of,
)
from redraw.engines.labels.start import without_noise
from redraw.fields import Field
from redraw.fields.labels import NONE, Labels
from redraw.fields.labels_config import POINT
from redraw.kernels.labels import BLURRED
from redraw.signals.picture.footprints import named
from redraw.signals.picture.jpeg_steps import SIDE, JpegSteps
from redraw.signals.picture.jpeg_traces import cosines

# Pixels whose samples are held at once.
PIECE = 1 << 12


class PlainSession(LabelsSession):
    """Steps as they are defined."""

    def _open(self) -> None:
        encoding = self.encoding
        like = {"dtype": encoding.colours.dtype, "device": encoding.colours.device}
        listed = torch.nonzero(encoding.owner == NONE)
        several = encoding.candidates[:, 1] != NONE
        footprint = encoding.config.footprint
        values, known = without_noise(self._samples, footprint, self._threads)
        wanted = torch.ones(values.shape[:2]) if known is None else torch.from_numpy(known)
        self._at, self._labels = listed[several], encoding.candidates[several].long()
        row, column = self._at.cpu().T
        self._target = torch.from_numpy(values)[row, column].to(**like)
        self._known = wanted[row, column].to(**like)
        self._across = across_of(encoding.config, self._samples)
        config = encoding.config
        places, colours, _ = encoding.nodes()
        self._links = _neighbours(places, config.height + 4, config.width + 4)
        self._colour_links = _neighbours(colours, *config.lattice)

        self._look: tuple[Tensor, ...] = ()
        self._spread: list[Tensor] = []
        seen = seen_as(config.footprint, Rows(config.height, self._threads))
        if seen is not None:
            clean = torch.from_numpy(seen.undone(values, known)).to(**like)
            counted = wanted.to(**like)[..., None]
            self._look = clean, torch.from_numpy(values).to(**like), counted
            if isinstance(seen, Coded) and values.shape[2] >= 3 and known is None:
                self._spread = [torch.from_numpy(each).to(**like) for each in seen.spread(values)]
            self._known = torch.ones_like(self._known)

    def step(
        self, pixels: NDArray[np.int64], step: int, *, rate: float, sharpness: float
    ) -> StepResult:
        began = perf_counter()
        encoding = self.encoding
        sharp = sharpness_of(encoding.config.sharpness, sharpness)
        shift = shift_in(encoding.config, self._samples, step)
        potentials, colours = encoding.potentials, encoding.colours
        total = [torch.zeros_like(potentials), torch.zeros_like(colours)]
        squared = 0.0
        pull = self._seen(sharp, shift) if self._look else None
        for first in range(0, len(self._at), PIECE):
            part = slice(first, first + PIECE)
            if pull is None:
                off = self._means(part, sharp, shift) - self._target[part]
                error = self._known[part] * (off**2).sum(dim=1)
            else:
                error = (2.0 * pull[1][part] * self._means(part, sharp, shift)).sum(dim=1)
            found = torch.autograd.grad(error.sum(), (potentials, colours))
            total = [a + b for a, b in zip(total, found, strict=True)]
            squared += 0.0 if pull is not None else float(error.detach().sum())
        squared += 0.0 if pull is None else pull[0]
        slots = self._state.slots["encoding.colours"]
        held = bending_of(encoding.config) * bending(potentials, self._links) + holding(
            colours - slots["start"], slots["mass"], self._colour_links
        )
        found = torch.autograd.grad(held, (potentials, colours))
        total = [a + b for a, b in zip(total, found, strict=True)]
        total[1][slots["mass"] < 0] = 0.0
        self._state.steps += 1
        with torch.no_grad():
            for name, tensor, slope, speed in (
                ("encoding.potentials", potentials, total[0], rate),
                ("encoding.colours", colours, total[1], rate * COLOUR_RATE),
            ):
                adam(tensor, slope, self._state.slots[name], speed, self._state.steps)
        self._made += 1
        self._seconds += perf_counter() - began
        mean = squared / (self._samples.count * self._samples.channels)
        return StepResult(mean, mean)

    def _seen(self, sharpness: float, shift: NDArray[np.float32]) -> tuple[float, Tensor]:
        """The squared error of the picture seen through its footprint, and half its gradient.

        Returns:
            The sum over all pixels, and what it is by the means over the listed ones. (B, C)
        """
        clean, values, counted = self._look
        parts = range(0, len(self._at), PIECE)
        with torch.no_grad():
            means = torch.cat(
                [self._means(slice(first, first + PIECE), sharpness, shift) for first in parts]
            )
        means.requires_grad_()
        whole = clean.index_put((self._at[:, 0], self._at[:, 1]), means)
        own = named(self.encoding.config.footprint)
        if own.steps is not None:
            squared = beyond_steps((whole - values) * counted, own.steps, self._spread)
        else:
            weights = torch.from_numpy(own.taps()).to(whole)
            squared = ((through(whole, weights) - values).square() * counted).sum()
        (slope,) = torch.autograd.grad(squared, means)
        return float(squared.detach()), 0.5 * slope

    def _means(self, part: slice, sharpness: float, shift: NDArray[np.float32]) -> Tensor:
        """Means over pixels. (B, C)"""
        encoding, at, labels = self.encoding, self._at[part], self._labels[part]
        config, n = encoding.config, self._across
        like = {"dtype": encoding.potentials.dtype, "device": at.device}
        inside = [(torch.arange(n, **like) + float(s)) / n for s in shift]
        y = (at[:, 0, None, None] + inside[0][:, None]).expand(-1, n, n)
        x = (at[:, 1, None, None] + inside[1]).expand(-1, n, n)
        xy = torch.stack([x * (2.0 / config.width) - 1.0, y * (2.0 / config.height) - 1.0], -1)
        potentials = encoding.parts(xy.reshape(-1, 2))[1]
        sharp = self._sharpness(at, sharpness).repeat_interleave(n * n)[:, None]
        weights = torch.softmax(sharp * potentials, dim=1)
        weights = weights.reshape(len(at), n * n, -1).mean(dim=1)
        centre = at.to(like["dtype"]) + 0.5
        colours = encoding.colours_at(labels, centre[:, 1], centre[:, 0])
        return (weights[:, :, None] * colours).sum(dim=1)

    def _sharpness(self, at: Tensor, sharpness: float) -> Tensor:
        """Of samples in pixels, which stand for squares: see `kernels.labels.pixel_sharpness`. (B,)

        at (B, 2)
        """
        encoding, config = self.encoding, self.encoding.config
        like = {"dtype": encoding.potentials.dtype, "device": at.device}
        if self._across == 1:
            return torch.full((len(at),), sharpness, **like)
        inside = torch.tensor([[0.25, 0.25], [0.25, 0.75], [0.75, 0.25], [0.75, 0.75]], **like)
        place = at[:, None].to(like["dtype"]) + inside
        size = torch.tensor([config.height, config.width], **like)
        with torch.no_grad():
            phi = encoding.parts((place * (2.0 / size) - 1.0).flip(2).reshape(-1, 2))[1]
            phi = phi.reshape(len(at), 4, -1)
            highest = phi.sum(dim=1).topk(2, dim=1).indices
            two = torch.gather(phi, 2, highest[:, None].expand(-1, 4, -1))
            a, b, c, d = (two[..., 0] - two[..., 1]).T
            steep = (b - a + d - c) ** 2 + (c - a + d - b) ** 2
            blur = sharpness * BLURRED * side_of(self._across)
            return sharpness / (1.0 + blur**2 * steep).sqrt()


def through(means: Tensor, weights: Tensor) -> Tensor:
    """Means over pixels weighed along both axes, mirrored at the ends. (H, W, C), (2 R + 1,)"""
    for axis in (0, 1):
        count = means.shape[axis]
        place = torch.arange(count)
        total = torch.zeros_like(means)
        for i, weight in enumerate(weights):
            at = (place + i - len(weights) // 2) % (2 * count)
            at = torch.minimum(at, 2 * count - 1 - at)
            total = total + weight * means.index_select(axis, at.to(means.device))
        means = total
    return means


def beyond_steps(off: Tensor, steps: JpegSteps, spread: list[Tensor]) -> Tensor:
    """The weighted squares of what of cosines lies beyond half a step of a JPEG.

    Args:
        off: Means less pixels. (H, W, C)
        steps: Of its cosines.
        spread: What the doubling of both colours took from their neighbours, if it is known.
    """
    colours = 3 if off.shape[2] >= 3 else 1
    total = off[..., colours:].square().sum()
    waves = torch.from_numpy(cosines()).to(off)
    for c in range(colours):
        row = torch.tensor(TO_YCC[c] if colours == 3 else (1.0,)).to(off)
        plane = (off[..., :colours] * row).sum(dim=2)[None, None]
        if c:
            across, down = (2 if halved else 1 for halved in steps.halved)
            even = (0, plane.shape[3] % across, 0, plane.shape[2] % down)
            plane = functional.avg_pool2d(functional.pad(plane, even), (down, across))
            plane = plane + spread[c - 1] if spread else plane
        high, wide = plane.shape[2:]
        plane = functional.pad(plane, (0, -wide % SIDE, 0, -high % SIDE))[0, 0]
        blocks = plane.reshape(plane.shape[0] // SIDE, SIDE, -1, SIDE).transpose(1, 2)
        free = torch.from_numpy(steps.tables[min(c, 1)]).to(off) * (FREE / 255.0)
        over = ((waves @ blocks @ waves.T).abs() - free).clamp(min=0.0)
        total = total + (WEIGHTS[c] if colours == 3 else 1.0) * over.square().sum()
    return total


def adam(values: Tensor, slope: Tensor, slots: dict[str, Tensor], rate: float, count: int) -> None:
    """Adam's `count`-th update (from 1), in place, with decays .9 and .99. Any shape.

    Source: Kingma & Ba 2015, algorithm 1.
    """
    first, second = slots["exp_avg"], slots["exp_avg_sq"]
    first.mul_(0.9).add_(slope, alpha=0.1)
    second.mul_(0.99).addcmul_(slope, slope, value=0.01)
    corrected = first / (1.0 - 0.9**count)
    values -= rate * corrected / ((second / (1.0 - 0.99**count)).sqrt() + 1e-8)


def bending(potentials: Tensor, links: Tensor) -> Tensor:
    """The sum of squared second differences, mixed ones twice, of nodes that have all it takes.

    (P, M), (P, 4)
    """
    left, right, above, below = links.T
    total = potentials.new_zeros(())
    for before, after in ((left, right), (above, below)):
        both = (before >= 0) & (after >= 0)
        second = potentials[before[both]] + potentials[after[both]] - 2.0 * potentials[both]
        total = total + (second**2).sum()
    corner = torch.where(right >= 0, below[right.clamp(min=0)], -1)
    all_four = (right >= 0) & (below >= 0) & (corner >= 0)
    mixed = potentials[all_four] - potentials[right[all_four]] - potentials[below[all_four]]
    return total + 2.0 * ((mixed + potentials[corner[all_four]]) ** 2).sum()


def holding(moves: Tensor, mass: Tensor, links: Tensor) -> Tensor:
    """What moves of colours cost: each by itself, and where neighbours move differently.

    (P, C), (P,), (P, 4)
    """
    total = ((HOLD + mass.clamp(min=0.0))[:, None] * moves**2).sum()
    for side in (links[:, 1], links[:, 3]):
        there = side >= 0
        total = total + SMOOTH * ((moves[there] - moves[side[there]]) ** 2).sum()
    return total


def _neighbours(places: Tensor, rows: int, columns: int) -> Tensor:
    """The nodes to the left, to the right, above and below each, -1 for none. (P, 4)"""
    row, column = places // columns % rows, places % columns
    found = []
    for down, across in ((0, -1), (0, 1), (-1, 0), (1, 0)):
        wanted = places + down * columns + across
        inside = (row + down >= 0) & (row + down < rows)
        inside &= (column + across >= 0) & (column + across < columns)
        at = torch.searchsorted(places, wanted).clamp(max=max(0, len(places) - 1))
        there = inside & (places[at] == wanted) if len(places) else inside
        found.append(torch.where(there, at, -1))
    return torch.stack(found, dim=1)


def plain_means(field: Field, samples: int = 6) -> Iterator[NDArray[np.float32]]:
    """Means over the field's own pixels, from samples x samples positions in each.

    Of samples, what is at the pixels' centres. Row by row. (1, W, C) each
    """
    encoding = field.encoding
    assert isinstance(encoding, Labels)
    config = encoding.config
    samples = 1 if config.footprint == POINT else samples
    across = (np.arange(config.width * samples) + 0.5) * (2.0 / (config.width * samples)) - 1.0
    like = {"dtype": encoding.colours.dtype, "device": encoding.colours.device}
    for row in range(config.height):
        down = (row * samples + np.arange(samples) + 0.5) * (2.0 / (config.height * samples)) - 1.0
        xy = np.stack(np.broadcast_arrays(across[None, :], down[:, None]), axis=-1)
        with torch.no_grad():
            values = field(torch.from_numpy(xy.reshape(-1, 2)).to(**like)).float().cpu().numpy()
        shape = (samples, config.width, samples, config.planes)
        yield values.reshape(shape).mean(axis=(0, 2))[None]
