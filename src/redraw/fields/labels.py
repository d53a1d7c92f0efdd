"""A picture as labels: sets of regions that share a slowly varying colour, and where they end.

f(x) is the sum over labels k of softmax_k(s phi_k(x)) c_k(x): the label whose potential phi_k is
highest shows its colour c_k. Where two potentials are equal lies an edge, as sharp as the sharpness
s says; where three are, a junction. Potentials are cubic splines with a node at each pixel's
centre, but only near edges: each pixel there is listed, with two to five labels as candidates, and
all nodes that reach it are there. Elsewhere one label is certain and nothing is stored. Colours are
cubic splines on cells of four pixels. What labels can't say, such as faint texture beside an edge,
is interpolated linearly between the listed pixels and added on top; pixels that their one label
does not explain are listed for that alone.

Outside of the picture its nearest pixel goes on.

Source: of the cubic splines, Unser 1999, "Splines: a perfect fit", eq. 7.

Shapes: N points, C planes, H rows, W columns, K labels, B listed pixels (that have candidates), M
candidates at most, P potentials, Q colours.
"""

from typing import TYPE_CHECKING

import torch
from torch import Generator, Tensor, nn

from redraw.errors import FileFormatError
from redraw.fields.encoding import Encoding, asked_before
from redraw.fields.label_cells import CELL, MOST_CANDIDATES
from redraw.fields.lowering import as_array
from redraw.fields.program import Builder
from redraw.fields.regions import Regions

if TYPE_CHECKING:
    from redraw.fields.labels_config import LabelsConfig

# Stands for "no label" among candidates, and for a pixel that has several.
NONE = 255


class Labels(Encoding):
    """Labels as PyTorch operations: differentiable in potentials, colours, detail and positions.

    Potentials are in the order of their labels, rows and columns; so are colours.

    Attributes:
        potentials: (P,)
        colours: (Q, C)
        detail: What is added, at the centres of the listed pixels, row by row. (B, C)
        owner: The one label of each pixel, or `NONE` where it is listed. (H, W) uint8
        candidates: Of the listed pixels, filled up by `NONE`. (B, M) uint8
        seeds: Where numbers are whole steps: the label that each pixel shows most, from which all
            candidates follow. (H, W) uint8
        packed: What whole numbers were packed to, for who packs them; nothing is drawn by it.
    """

    owner: Tensor
    candidates: Tensor
    seeds: Tensor

    def __init__(self, config: "LabelsConfig") -> None:
        super().__init__()
        self.solver = config.solver
        self.config = config
        self.features = config.planes
        self.potentials = nn.Parameter(torch.zeros(config.potentials))
        self.colours = nn.Parameter(torch.zeros(config.colours, config.planes))
        self.detail = nn.Parameter(torch.zeros(config.listed, config.planes))
        shape = (config.height, config.width)
        self.register_buffer("owner", torch.zeros(shape, dtype=torch.uint8))
        shape = (config.listed, MOST_CANDIDATES)
        self.register_buffer("candidates", torch.full(shape, NONE, dtype=torch.uint8))
        if config.steps:
            self.register_buffer("seeds", torch.zeros_like(self.owner))
        self._known: tuple[object, ...] = ()
        self.packed: object = None

    def initialise(self, generator: Generator) -> None:
        """Everything is zero and of the first label; the first pixels are those that are listed."""
        with torch.no_grad():
            for tensor in (self.potentials, self.colours, self.detail):
                tensor.zero_()
        self.candidates.fill_(NONE)
        self.owner.zero_()

    def nodes(self) -> tuple[Tensor, Tensor, Tensor]:
        """Where things are.

        Returns:
            The place of each potential, and of each colour, as (label * rows + row) * columns +
            column, rising; and the number of each listed pixel, -1 for the others. (P,), (Q,),
            (H, W) int64
        """
        if torch.compiler.is_exporting():  # tensors hold no numbers then
            return asked_before(self._known)
        key = (self.owner, self.owner._version, self.candidates, self.candidates._version)
        if len(self._known) != 2 or not _same(self._known[0], key):
            self._known = (key, self._find())
        return self._known[1]  # type: ignore[return-value]

    def _find(self) -> tuple[Tensor, Tensor, Tensor]:
        config = self.config
        listed = self.owner == NONE
        rows, columns = torch.nonzero(listed, as_tuple=True)
        slot = torch.full_like(self.owner, -1, dtype=torch.int64)
        slot[listed] = torch.arange(len(rows), device=slot.device)
        candidates = self.candidates.long()
        used = (candidates != NONE) & (candidates[:, 1:2] != NONE)  # one alone is certain
        potentials = _around(
            candidates, rows, columns, used, 5, config.height + 4, config.width + 4
        )
        y, x = torch.nonzero(~listed, as_tuple=True)
        single = self.owner[y, x].long()[:, None]
        all_rows, all_columns = torch.cat([rows, y]), torch.cat([columns, x])
        most = torch.full((len(y), MOST_CANDIDATES), NONE, device=y.device)
        most[:, :1] = single
        labels = torch.cat([candidates, most])
        colours = _around(
            labels, _cell(all_rows), _cell(all_columns), labels != NONE, 4, *config.lattice
        )
        return torch.unique(potentials), torch.unique(colours), slot

    def check_stored(self, path: str) -> None:
        """Refuse what no fit could have made.

        Raises:
            FileFormatError: labels are out of range, or other nodes are needed than there are.
        """
        config = self.config
        listed = int((self.owner == NONE).sum())
        used = self.candidates != NONE
        labels = torch.cat([self.owner[self.owner != NONE], self.candidates[used]])
        if listed != config.listed:
            what = f"it lists {listed:,} pixels, not {config.listed:,}"
        elif len(labels) and int(labels.max()) >= config.labels:
            what = f"it has the label {int(labels.max())}; it should have {config.labels}"
        elif len(used) and not bool(used[:, 0].all()):
            what = "a listed pixel has no candidate"
        elif bool((used[:, 1:] & ~used[:, :-1]).any()):  # kernels take the first so many
            what = "a listed pixel has a gap among its candidates"
        else:
            potentials, colours, _ = self.nodes()
            if (len(potentials), len(colours)) == (config.potentials, config.colours):
                return
            what = "its candidates need other nodes than it has"
        raise FileFormatError(f"{path} is damaged: {what}")

    def forward(self, xy: Tensor) -> Tensor:
        """(N, 2) -> (N, C)."""
        _, potentials, colours = self.parts(xy)
        weights = torch.softmax(self.config.sharpness * potentials, dim=1)
        return (weights[:, :, None] * colours).sum(dim=1) + self.added(xy)

    def lower(self, builder: Builder, xy: int) -> int:
        """As of other encodings."""
        config = self.config
        potentials, colours, _ = (as_array(each) for each in self.nodes())
        values = [as_array(each) for each in (self.potentials, self.colours, self.detail)]
        operation = Regions.of(
            as_array(self.owner), as_array(self.candidates), (potentials, colours),
            (values[0], values[1], values[2]), config.sharpness, config.labels, config.lattice,
        )  # fmt: skip
        return builder.add(operation, xy)

    def parts(self, xy: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What is mixed at positions: exporters trace the lines where two potentials are equal.

        Args:
            xy: In [-1, 1]. (N, 2)

        Returns:
            The labels that are candidates, `NONE` for none; their potentials, minus infinity for
            none; their colours. (N, M), (N, M), (N, M, C)
        """
        config = self.config
        x, column = _pixel(xy[:, 0], config.width)
        y, row = _pixel(xy[:, 1], config.height)
        slot = self.nodes()[2]
        at = slot[row, column]
        # No shape here depends on numbers of the field, so that exporters can follow.
        single = self.owner[row, column].long()[:, None]
        none = torch.full((xy.shape[0], MOST_CANDIDATES - 1), NONE, device=xy.device)
        labels = torch.cat([single, none], dim=1)
        listed = at >= 0
        if len(self.candidates):
            several = self.candidates[at.clamp(min=0)].long()
            labels = torch.where(listed[:, None], several, labels)
        potentials = self._potentials_at(labels, listed, x, y)
        return labels, potentials, self.colours_at(labels, x, y)

    def _potentials_at(self, labels: Tensor, listed: Tensor, x: Tensor, y: Tensor) -> Tensor:
        """Potentials of candidates at positions in pixels. (N, M), (N,), (N,), (N,) -> (N, M)"""
        config, places = self.config, self.nodes()[0]
        row, column = _index(y, config.height), _index(x, config.width)
        used = labels != NONE
        inside = used & listed[:, None] & (labels[:, 1:2] != NONE)
        total = torch.zeros(labels.shape, dtype=x.dtype, device=x.device)
        across, down = _five(x - column), _five(y - row)
        for b in range(5):
            for a in range(5):
                line = (labels * (config.height + 4) + (row + b)[:, None]) * (config.width + 4)
                value = _read(self.potentials, places, line + (column + a)[:, None], inside)
                total = total + (down[:, b] * across[:, a])[:, None] * value
        return torch.where(used, total, -torch.inf)

    def colours_at(self, labels: Tensor, x: Tensor, y: Tensor) -> Tensor:
        """Colours of labels at positions in pixels. (N, M), (N,), (N,) -> (N, M, C)"""
        config, places = self.config, self.nodes()[1]
        row, column = _cell(_index(y, config.height)), _cell(_index(x, config.width))
        down, across = _four(y / CELL + 0.5 - row), _four(x / CELL + 0.5 - column)
        used = labels != NONE
        total = torch.zeros(*labels.shape, config.planes, dtype=x.dtype, device=x.device)
        for b in range(4):
            for a in range(4):
                line = (labels * config.lattice[0] + (row + b)[:, None]) * config.lattice[1]
                value = _read(self.colours, places, line + (column + a)[:, None], used)
                total = total + (down[:, b] * across[:, a])[:, None, None] * value
        return total

    def added(self, xy: Tensor) -> Tensor:
        """The detail at positions in [-1, 1]. (N, 2) -> (N, C)"""
        config = self.config
        x, y = _pixel(xy[:, 0], config.width)[0], _pixel(xy[:, 1], config.height)[0]
        slot = self.nodes()[2]
        row, column = (y - 0.5).detach().floor().long(), (x - 0.5).detach().floor().long()
        down, across = y - 0.5 - row, x - 0.5 - column
        total = torch.zeros(x.shape[0], config.planes, dtype=x.dtype, device=x.device)
        for b in range(2):
            for a in range(2):
                r, c = row + b, column + a
                inside = (r >= 0) & (r < config.height) & (c >= 0) & (c < config.width)
                at = torch.where(
                    inside, slot[r.clamp(0, config.height - 1), c.clamp(0, config.width - 1)], -1
                )
                if len(self.detail):
                    value = torch.where((at >= 0)[:, None], self.detail[at.clamp(min=0)], 0.0)
                    share = torch.abs((1 - b) - down) * torch.abs((1 - a) - across)
                    total = total + share[:, None] * value
        return total


def _same(first: object, second: tuple[object, ...]) -> bool:
    """Whether two lists hold the very same objects, or equal numbers."""
    return isinstance(first, tuple) and all(
        a is b or (isinstance(a, int) and a == b) for a, b in zip(first, second, strict=True)
    )


def _around(
    labels: Tensor, rows: Tensor, columns: Tensor, used: Tensor, size: int, high: int, wide: int
) -> Tensor:
    """Places of the nodes from a row and column on, `size` a side, of each label that is used."""
    found = []
    for b in range(size):
        for a in range(size):
            place = (labels * high + (rows + b)[:, None]) * wide + (columns + a)[:, None]
            found.append(torch.unique(place[used]))
    return torch.cat(found)


def _cell(pixel: Tensor) -> Tensor:
    """The first of the four nodes of the colours' lattice that reach a pixel."""
    return (2 * pixel + 1 + CELL) // (2 * CELL)


def _pixel(position: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """From [-1, 1] to pixels, held inside of the picture; and in which pixel that lies."""
    place = ((position + 1.0) * (0.5 * side)).nan_to_num().clamp(0.0, side)
    return place, _index(place, side)


def _index(place: Tensor, side: int) -> Tensor:
    """In which pixel a position in pixels lies, within the picture."""
    return place.detach().floor().long().clamp(0, side - 1)


def _read(values: Tensor, places: Tensor, wanted: Tensor, used: Tensor) -> Tensor:
    """The values at the wanted places where they are used, else 0."""
    if not len(values):
        return torch.zeros((*wanted.shape, *values.shape[1:]), dtype=values.dtype)
    index = torch.searchsorted(places, wanted).clamp(max=len(places) - 1)
    mask = used.reshape(*used.shape, *[1] * (values.ndim - 1))
    return torch.where(mask, values[index], 0.0)


def _four(t: Tensor) -> Tensor:
    """Of the cubic B-splines that reach a place, which lies t after the second. (N, 4)"""
    left = 1.0 - t
    return torch.stack(
        [
            left**3 / 6.0,
            (4.0 - 6.0 * t * t + 3.0 * t**3) / 6.0,
            (4.0 - 6.0 * left * left + 3.0 * left**3) / 6.0,
            t**3 / 6.0,
        ],
        dim=1,
    )


def _five(inside: Tensor) -> Tensor:
    """Of the five B-splines around a pixel, at positions inside of it, from 0 to 1. (N, 5)"""
    first = inside < 0.5
    four = _four(torch.where(first, inside + 0.5, inside - 0.5))
    zero = torch.zeros_like(four[:, :1])
    return torch.where(
        first[:, None], torch.cat([four, zero], dim=1), torch.cat([zero, four], dim=1)
    )
