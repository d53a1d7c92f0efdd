"""What the subpixel detail of a picture is learned from: the picture itself.

Its pixels are averaged by twos, and its halves once more, each at the four places where the squares
can begin: so there are pixels whose quarters are known. A network learns how these differ from the
quarters that the cubic spline has (`redraw.fields.subpixel`), by Adam on a sample of pixels, each
turned or mirrored by chance; where there is more to see a pixel is taken more often, so that the
squared error of the picture is what is made small.

Shapes: H rows, W columns, P pixels sampled.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol

import torch
from torch import Tensor

from redraw.engines.contract import StepSpec
from redraw.engines.solver import Lesson
from redraw.fields import Field
from redraw.fields.encodings import Identity
from redraw.fields.lattice import mirrored
from redraw.fields.network import Network
from redraw.fields.outputs import LinearOutput
from redraw.fields.spline import spline_from_averages
from redraw.fields.subpixel import (
    AROUND,
    FAINT,
    INPUTS,
    PARTS,
    flattened,
    network,
    parts_of,
    views,
)
from redraw.signals.samples import PointSamples

# Pixels sampled, and of them those by which the result is judged.
SAMPLED, JUDGED = 65_536, 4096
# Steps of Adam, pixels in one, and its rate at the start, which falls to zero by a cosine.
STEPS, BATCH, RATE = 1200, 4096, 1e-2
# Of the answers at each scale, by what they would have to be multiplied to fit best: at least that.
# On kodim19 (a picket fence; averages over 2 x 2) it is .65 where others have 1.06 and more, and
# drawn larger the network loses .57 dB there. So many pixels tell it.
ALIKE, FEWEST = 0.85, 100
# How much of the detail follows from the averages, as a share of its square: where it is nearly all
# of it, or a good part and far more than at the coarser halving, the network knows a pattern by
# heart, and the picture's own pixels show it in another phase. Of seventeen drawn fences it was .58
# to .97, and up to twelve times as much as at the coarser halving: drawn larger most of them lose,
# up to 13.6 dB. Bricks have .84 against .24 (-3.7 dB), a clock .60 against .40 (-.9), text .51
# against .18 (-.6). Photographs and discs, which gain, have up to .64, and as much at both.
BY_HEART, GOOD_PART, FAR_MORE = 0.75, 0.4, 1.25
# Of what is answered so much is drawn: finer detail is fainter than coarser detail tells. Of 27
# pictures, learned from averages over 2 x 2 and drawn at twice the size, .86 of the answers were
# best in the median, .41 to 1.15 of each. All that is answered gains .54 dB on average and loses
# .11 at worst (a slide under a microscope, out of focus); .85 of it gains .57, and loses .02.
DRAWN = 0.85
# With less than this part of the steps nothing is learned.
LEAST = 1 / 8
# Each halving of the picture that is learned from, at the four places where squares can begin.
HALVINGS, STARTS = 2, ((0, 0), (1, 1), (0, 1), (1, 0))
# A halved picture has at least so many pixels along each side.
SMALLEST = 16
# Pixels along its edges that are not learned from: what lies beyond is not known.
EDGE = AROUND + 1
# Of a picture with more pixels than this, so many are looked at, in squares of such a side.
MOST, TILE = 1 << 20, 256
# Means of the cubic B-splines at -1, 0, 1 and 2 from the middle of a pixel to its end.
HALF = (30.0 / 384.0, 230.0 / 384.0, 122.0 / 384.0, 2.0 / 384.0)


@dataclass(frozen=True)
class Pairs:
    """Pixels whose parts are known, sampled.

    Attributes:
        seen: What the network sees. (P, 25)
        parts: What it shall answer. (P, 3)
        halving: Which halving of the picture each is of, 0 for the first. (P,) uint8
    """

    seen: Tensor
    parts: Tensor
    halving: Tensor


class WithDetail(Protocol):
    """An encoding that holds a network for subpixel detail.

    Attributes:
        config: Its configuration, whose `subpixel` is the units in each of two hidden layers.
        subpixel: All parameters of the network in one list. (count,)
    """

    config: Any
    subpixel: Tensor


def lesson_of(encoding: WithDetail, plane: Tensor, spec: StepSpec, seed: int) -> Lesson | float:
    """What the network for subpixel detail has to learn from the averages of the first plane.

    Where it turns out no better than the spline alone, or is never kept, the network says nothing.

    Args:
        encoding: Holds the network, which is written there when the lesson is kept.
        plane: (H, W)
        spec: Of the fit: its device.
        seed: Of all that is drawn.

    Returns:
        The lesson; or the seconds that it took to see that there is none.
    """
    began = perf_counter()
    with torch.no_grad():
        encoding.subpixel.zero_()
        generator = torch.Generator().manual_seed(seed)
        pairs = sampled(plane.cpu(), generator)
    spent = perf_counter() - began
    if pairs is None:
        return spent
    learner = Field(Identity(INPUTS), network(encoding.config.subpixel), LinearOutput())
    learner.network.initialise(generator)
    with torch.no_grad():
        torch.nn.init.zeros_(learner.network.layers[-1].weight)  # type: ignore[arg-type]
        torch.nn.init.zeros_(learner.network.layers[-1].bias)  # type: ignore[arg-type]
    learner.to(spec.device, pairs.seen.dtype)

    def keep() -> None:
        held = (pairs.seen, pairs.parts, pairs.halving)
        seen, parts, halving = (tensor[-JUDGED:].to(spec.device) for tensor in held)
        with torch.no_grad():
            answers = answered(learner.network, seen)
            error = torch.mean((answers - parts) ** 2)
            # Also false where it is not a number.
            better = bool(error < torch.mean(parts**2))
            judged = answers, parts, halving
            if better and alike(*judged) and not by_heart(*judged):
                last = learner.network.layers[-1]
                last.weight.mul_(DRAWN)  # type: ignore[operator]
                last.bias.mul_(DRAWN)  # type: ignore[operator]
                encoding.subpixel.copy_(flattened(learner.network))

    samples = PointSamples(pairs.parts.float().numpy(), pairs.seen.float().numpy())
    rows = len(pairs.seen) - JUDGED
    return Lesson(learner, samples, rows, generator, STEPS, BATCH, RATE, LEAST, keep, spent)


def answered(net: Network, seen: Tensor) -> Tensor:
    """What is drawn: the mean of the network's answers to all views, turned back. (P, 25)"""
    total = torch.zeros(len(seen), PARTS, dtype=seen.dtype, device=seen.device)
    for view in views():
        own = seen[:, view.seen.to(seen.device)]
        total += net(own) @ view.parts.to(total)
    return total / len(views())


def alike(answers: Tensor, parts: Tensor, halving: Tensor) -> bool:
    """Whether a picture's scales are alike, so that what is learned of its halves serves itself.

    By what the answers would have to be multiplied to fit best tells it, for each halving: about 1
    where they say what is there. Where they are too large at one scale, the picture has detail
    that looks otherwise when it is averaged, such as the pickets of a fence.

    Args:
        answers: Of the network, to pixels that it did not learn from. (P, 3)
        parts: What is there. (P, 3)
        halving: (P,)
    """
    for number in range(HALVINGS):
        own = halving == number
        if int(own.sum()) < FEWEST:
            continue
        said, there = answers[own].double(), parts[own].double()
        if float((said * there).sum()) < ALIKE * float((said**2).sum()):
            return False
    return True


def by_heart(answers: Tensor, parts: Tensor, halving: Tensor) -> bool:
    """Whether the network knows patterns of its scales, which say nothing of finer ones.

    Args:
        answers: Of the network, to pixels that it did not learn from. (P, 3)
        parts: What is there. (P, 3)
        halving: (P,)
    """
    shares = []
    for number in range(HALVINGS):
        own = halving == number
        if int(own.sum()) < FEWEST:
            break
        said, there = answers[own].double(), parts[own].double()
        shares.append(float((said**2).sum()) / max(float((there**2).sum()), 1e-300))
    if not shares:
        return False
    first = shares[0]
    coarser = shares[1] if len(shares) > 1 else first
    return first > BY_HEART or (first > GOOD_PART and first > FAR_MORE * coarser)


def sampled(plane: Tensor, generator: torch.Generator) -> Pairs | None:
    """Pixels of halved pictures, their order drawn; None where there is nothing to see. (H, W)"""
    found = [
        (*pair, number // len(STARTS))
        for tile in tiles(plane, generator)
        for number, pair in enumerate(halved(tile))
        if min(pair[0].shape) >= SMALLEST
    ]
    contrasts = [contrast(coarse) for coarse, _, _ in found]
    sums = [float(squares.sum(dtype=torch.float64)) for squares in contrasts]
    if not 0.0 < sum(sums) < math.inf:  # also false where one is not a number
        return None
    numbers = [round(SAMPLED * own / sum(sums)) for own in sums]
    total = sum(numbers)
    if total < 2 * JUDGED:
        return None
    # All is written where it stays: copies of it would be more than a small picture.
    order = torch.randperm(total, generator=generator)
    pairs = Pairs(
        plane.new_empty(total, INPUTS),
        plane.new_empty(total, PARTS),
        torch.empty(total, dtype=torch.uint8, device=plane.device),
    )
    for (coarse, finer, which), squares, number in zip(found, contrasts, numbers, strict=True):
        rows, order = order[:number], order[number:]
        one = sample(coarse, finer, squares, number, generator)
        pairs.seen[rows], pairs.parts[rows] = one
        pairs.halving[rows] = which
    for first, view in enumerate(views()):
        own = slice(first, None, len(views()))
        pairs.seen[own] = pairs.seen[own][:, view.seen]
        pairs.parts[own] = pairs.parts[own] @ view.parts.T.to(pairs.parts)
    return pairs


def tiles(plane: Tensor, generator: torch.Generator) -> list[Tensor]:
    """The picture; of a large one, squares from all over it. (H, W)"""
    if plane.numel() <= MOST:
        return [plane]
    down, across = (max(1, side // TILE) for side in plane.shape)
    drawn = torch.randperm(down * across, generator=generator)[: MOST // TILE**2].tolist()
    corners = [(n // across * TILE, n % across * TILE) for n in drawn]
    return [plane[top : top + TILE, left : left + TILE] for top, left in corners]


def halved(plane: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Pictures averaged by twos, and what they were made of: (H, W) and (2 H, 2 W)."""
    for _ in range(HALVINGS):
        for top, left in STARTS:
            finer = plane[top:, left:]
            finer = finer[: finer.shape[0] // 2 * 2, : finer.shape[1] // 2 * 2]
            if not finer.numel():
                return
            yield means(finer), finer
        plane = means(plane[: plane.shape[0] // 2 * 2, : plane.shape[1] // 2 * 2])


def means(finer: Tensor) -> Tensor:
    """Over squares of 2 x 2. (2 H, 2 W) -> (H, W)"""
    height, width = finer.shape[0] // 2, finer.shape[1] // 2
    return finer.reshape(height, 2, width, 2).mean(dim=(1, 3))


def contrast(coarse: Tensor) -> Tensor:
    """The mean square of what the network sees of the pixels that are not beside an edge.

    (H, W) -> (H - 4, W - 4)
    """
    inner = beside(coarse, INPUTS // 2)
    squares = torch.zeros_like(inner)
    for place in range(INPUTS):
        squares += (beside(coarse, place) - inner) ** 2
    return squares / INPUTS


def sample(
    coarse: Tensor, finer: Tensor, squares: Tensor, number: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Pixels of `coarse`, the more often the more there is around them: seen, and parts.

    Args:
        coarse: A picture. (H, W)
        finer: What its pixels are means of. (2 H, 2 W)
        squares: As `contrast` says. (H - 4, W - 4)
        number: How many.
        generator: Draws them.
    """
    known = parts_of(finer - quarters_of_spline(coarse))
    sums = squares.double().reshape(-1).cumsum(0)
    drawn = torch.rand(number, generator=generator, dtype=torch.float64)
    drawn = (torch.arange(number) + drawn) * (sums[-1] / max(1, number))
    chosen = torch.searchsorted(sums, drawn).clamp(max=len(sums) - 1)
    y, x = chosen // squares.shape[1] + EDGE, chosen % squares.shape[1] + EDGE
    size = squares.reshape(-1)[chosen].sqrt()[:, None] + FAINT
    seen = torch.empty(number, INPUTS, dtype=coarse.dtype)
    for place in range(INPUTS):
        down, across = (n - AROUND for n in divmod(place, 2 * AROUND + 1))
        seen[:, place] = coarse[y + down, x + across] - coarse[y, x]
    return seen / size, known[:, y, x].T / size


def beside(plane: Tensor, place: int) -> Tensor:
    """The plane without its edges, moved to a place around. (H, W) -> (H - 4, W - 4)"""
    down, across = (n - AROUND for n in divmod(place, 2 * AROUND + 1))
    height, width = plane.shape
    return plane[EDGE + down : height - EDGE + down, EDGE + across : width - EDGE + across]


def quarters_of_spline(averages: Tensor) -> Tensor:
    """Means over the quarters of pixels of the cubic spline. (H, W) -> (2 H, 2 W)"""
    result = spline_from_averages(averages[None])[0]
    for axis in (0, 1):
        side = result.shape[axis]
        at = torch.arange(side)
        halves = []
        for sign in (-1, 1):
            total = torch.zeros_like(result)
            for tap, share in zip((-1, 0, 1, 2), HALF, strict=True):
                total += share * result.index_select(axis, mirrored(at + sign * tap, side))
            halves.append(total)
        result = torch.stack(halves, dim=axis + 1).flatten(axis, axis + 1)
    return result
