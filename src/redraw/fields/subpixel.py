"""Subpixel detail: a small network says of the pixels around what is inside of one.

The averages over the pixels say nothing of their parts; a smooth spline is the best linear guess.
But the pictures of edges and lines are much alike at all scales: how a picture's pixels follow from
averages over 2 x 2 of them also says how the quarters of a pixel differ. A network learns that from
the picture itself (`redraw.engines.subpixel`), and sees 5 x 5 averages, less the middle
one, over their root mean square. It is asked for all eight turned and mirrored views, and the mean
of its answers, turned back, is taken: so a turned picture has the turned subpixel detail.

It gives the three parts in which the quarters of a pixel can differ, so that no answer of it
changes a pixel's average: left less right, top less bottom, and one diagonal less the other.

Shapes: H rows, W columns, N points, U units.

Source of learning from the picture alone: Shocher, Cohen & Irani 2018, "Zero-shot super-resolution
using deep internal learning"; the mean over views: Timofte, Rothe & Van Gool 2016, "Seven ways to
improve example-based single image super resolution".
"""

import functools
import itertools
from typing import NamedTuple

import torch
from torch import Tensor, nn

from redraw.fields.activations import DEFINITIONS
from redraw.fields.lattice import mirrored
from redraw.fields.network import Network
from redraw.fields.subpixel_size import ACTIVATION, AROUND, INPUTS, PARTS

# Added to the root mean square, in units of the values: a flat place stays flat.
FAINT = 1.0 / 256.0
# This module may first be imported, and asked, where tensors are told to hold nothing (on "meta").
CPU = torch.device("cpu")
# The parts' signs in the quarters: top left, top right, bottom left, bottom right. (4, 3)
SIGNS = torch.tensor(
    [[1, 1, 1], [-1, 1, -1], [1, -1, -1], [-1, -1, 1]], dtype=torch.float64, device=CPU
)


class View(NamedTuple):
    """One of the eight ways to turn and mirror a square.

    Attributes:
        seen: Which of the pixels around is seen at each place. (25,)
        parts: The view's parts are this matrix times the parts. (3, 3)
    """

    seen: Tensor
    parts: Tensor


@functools.cache
def views() -> tuple[View, ...]:
    """All eight; the first leaves everything as it is."""
    side = 2 * AROUND + 1
    around = torch.arange(INPUTS, device=CPU).reshape(side, side)
    quarters = torch.arange(4, device=CPU).reshape(2, 2)
    result = []
    for flipped, turns in itertools.product((False, True), range(4)):
        a, q = (torch.rot90(t, turns) for t in (around, quarters))
        if flipped:
            a, q = a.flip(1), q.flip(1)
        result.append(View(a.reshape(-1), SIGNS.T @ SIGNS[q.reshape(-1)] / 4.0))
    return tuple(result)


def network(units: int) -> Network:
    """The network itself, its parameters not yet set; PyTorch's random state is left alone."""
    # Made and thrown away, a start takes a millisecond; `to_empty` on "meta" imports SymPy.
    with torch.device("cpu"), torch.random.fork_rng(devices=()):
        return Network(INPUTS, (units, units), PARTS, activation=ACTIVATION)


def flattened(net: Network) -> Tensor:
    """All its parameters in one list. (count,)"""
    return nn.utils.parameters_to_vector(net.parameters()).detach()


def filled(flat: Tensor, units: int) -> Network:
    """The network whose parameters are these. (count,)"""
    net = network(units).to(flat.device, flat.dtype)
    nn.utils.vector_to_parameters(flat, net.parameters())
    return net.requires_grad_(False)


def seen_as(net: Network, view: View) -> Network:
    """The network that answers as `net` does when it is asked for that view, turned back."""
    flat = flattened(net)
    result = filled(flat.clone(), net.layers[0].out_features)  # type: ignore[arg-type]
    first, last = result.layers[0], result.layers[-1]
    assert isinstance(first, nn.Linear)
    assert isinstance(last, nn.Linear)
    seen, back = view.seen.to(flat.device), view.parts.T.to(flat)
    columns = first.weight.clone()
    first.weight[:, seen] = columns
    last.weight.copy_(back @ last.weight)
    last.bias.copy_(back @ last.bias)
    return result


def neighbourhoods(plane: Tensor, rows: Tensor, columns: Tensor) -> tuple[Tensor, Tensor]:
    """What the network sees of pixels.

    Args:
        plane: (H, W)
        rows: Of the plane, from `AROUND` before the first pixel to as many after the last.
        columns: The same.

    Returns:
        (N, 25) and their root mean square, (N, 1).
    """
    part = plane[rows][:, columns]
    down, across = len(rows) - 2 * AROUND, len(columns) - 2 * AROUND
    middle = part[AROUND : AROUND + down, AROUND : AROUND + across]
    found = part.new_empty(down * across, INPUTS)
    squares = part.new_zeros(down, across)
    for place in range(INPUTS):
        y, x = divmod(place, 2 * AROUND + 1)
        difference = part[y : y + down, x : x + across] - middle
        squares = squares + difference * difference
        found[:, place] = difference.reshape(-1)
    size = (squares / INPUTS).sqrt().reshape(-1, 1) + FAINT
    return found / size, size


def around(first: int, last: int, side: int, device: torch.device | None = None) -> Tensor:
    """Indices of pixels from `first` to `last` and of those around, mirrored at the edges."""
    return mirrored(torch.arange(first - AROUND, last + AROUND, device=device), side)


def answers(nets: list[Network], seen: Tensor, size: Tensor) -> Tensor:
    """The parts of pixels: the mean over the views' networks. (N, 25), (N, 1) -> (N, 3)"""
    total = torch.zeros(len(seen), PARTS, dtype=seen.dtype, device=seen.device)
    for net in nets:
        total = total + net(seen)
    return total * (size / len(nets))


def parts(flat: Tensor, units: int, plane: Tensor) -> Tensor:
    """In which the quarters of all pixels differ. (H, W) -> (3, H, W)"""
    height, width = plane.shape
    seen, size = neighbourhoods(
        plane, around(0, height, height, plane.device), around(0, width, width, plane.device)
    )
    layers = layers_of(flat, units)
    total = torch.zeros(seen.shape[0], PARTS, dtype=seen.dtype, device=seen.device)
    for view in views():
        total = total + answer(layers, seen[:, view.seen.to(seen.device)]) @ view.parts.to(seen)
    return (total * (size / len(views()))).T.reshape(PARTS, height, width)


def layers_of(flat: Tensor, units: int) -> list[tuple[Tensor, Tensor]]:
    """Weights and biases of the network, out of its list of parameters; nothing is copied.

    Args:
        flat: (count,), as `redraw.fields.subpixel_size.in_subpixel_detail` says.
        units: In each of its hidden layers.

    Returns:
        Of each layer (outputs, inputs) and (outputs,).
    """
    layers, at = [], 0
    for fan_in, fan_out in itertools.pairwise((INPUTS, units, units, PARTS)):
        weight = flat[at : at + fan_in * fan_out].reshape(fan_out, fan_in)
        at += fan_in * fan_out
        layers.append((weight, flat[at : at + fan_out]))
        at += fan_out
    return layers


def answer(layers: list[tuple[Tensor, Tensor]], seen: Tensor) -> Tensor:
    """What `Network.forward` gives, without a module, as tracers need it. (N, 25) -> (N, 3)"""
    function = DEFINITIONS[ACTIVATION].function
    for weight, bias in layers[:-1]:
        seen = function(nn.functional.linear(seen, weight, bias), 1.0, 1.0)
    return nn.functional.linear(seen, *layers[-1])


def quarters(parts: Tensor) -> Tensor:
    """What is added in the quarters of the pixels. (3, H, W) -> (2 H, 2 W)"""
    height, width = parts.shape[1:]
    values = torch.einsum("qp,phw->hwq", SIGNS.to(parts), parts)
    return values.reshape(height, width, 2, 2).transpose(1, 2).reshape(2 * height, 2 * width)


def parts_of(finer: Tensor) -> Tensor:
    """In which the quarters of known pixels differ. (2 H, 2 W) -> (3, H, W)"""
    height, width = finer.shape[0] // 2, finer.shape[1] // 2
    values = finer.reshape(height, 2, width, 2).transpose(1, 2).reshape(height, width, 4)
    return torch.einsum("qp,hwq->phw", SIGNS.to(finer) / 4.0, values)
