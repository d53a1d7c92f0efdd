"""How shapes lie on each other: where one goes on beneath those that are painted later.

Two shapes that only touched would let the background shine through along their common edge, in
every program that smooths edges. So of two neighbours the one that is painted later draws the edge,
and the other goes on beneath it: straight on, or as its own curve would, if that stays well within
what is painted later; or a little way beside the edge. What is hidden is free to be simple: so it
costs few nodes, and nowhere follows a second edge, where its colour would show as a fringe.

Lengths are in pixels.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.chains import Chains
from redraw.export.vectors.cover import filled
from redraw.export.vectors.curves import coarse
from redraw.export.vectors.fewer import MOST, fewer
from redraw.export.vectors.pieces import Part, Piece
from redraw.export.vectors.planar import Map
from redraw.export.vectors.regions import Loop, Region, Way, points_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Samples per pixel and axis, of what is painted where.
FINE = 4
# What is hidden keeps so far from what is not, and goes so far beneath where it follows an edge.
CLEAR, BENEATH = (0.3, 0.12), (0.9, 0.6, 0.4, 0.25)
# How far straight neighbours of what is hidden go on beneath.
STRAIGHT_ON = (2.0, 0.9, 0.6, 0.4)
# What is hidden leaves the edge at so steep an angle, its sine; else it would only touch it.
STEEP = 0.2
# Samples that an outline may have wrong, for each sample along its region's edge.
WRONG = 0.3
# What goes beside an edge may be off by so much.
COARSE = 0.25
# A stroke beneath an edge is .25 wide on each side, and may be off by less than that.
LOOSE = 0.12
# And what follows an edge by straight lines, where curves went wrong.
OWN = 0.04


class Layers:
    """The outlines of regions, painted in their order."""

    def __init__(
        self,
        map_: Map,
        regions: list[Region],
        sides: dict[tuple[int, bool], int],
        covering: list[bool],
        chains: Chains,
    ) -> None:
        """What is painted where.

        Args:
            map_: The lines of all regions.
            regions: In the order in which they are painted.
            sides: The region to the left of each line, followed forward or not.
            covering: Whether each hides what is beneath it.
            chains: The curves of lines.
        """
        self._map, self._regions, self._sides = map_, regions, sides
        self._covering, self._chains = covering, chains
        self._owner = np.full((map_.height * FINE, map_.width * FINE), -1)
        for number, region in enumerate(regions):
            outlines = [points_of(map_, loop) for loop in region.loops]
            mask, top, left = filled(outlines, *self._owner.shape, FINE)
            self._owner[top : top + mask.shape[0], left : left + mask.shape[1]][mask] = number

    def outline(
        self, number: int, *, beneath: bool = True
    ) -> tuple[list[tuple[Part, ...]], list[tuple[Part, ...]]]:
        """The closed curves of a region, and those along which a stroke has to go beneath others.

        Args:
            number: Which region.
            beneath: Let it go on beneath others; else it ends where it is no longer seen.
        """
        if beneath and number == 0 and all(self._covering):
            return [_page(self._map)], []  # all else is painted on it, and hides it
        loops, strokes = self._outline(number, beneath=beneath)
        if beneath and not self._is_right(number, loops, WRONG):
            loops, strokes = self._outline(number, beneath=False)
            strokes = [
                tuple(self._chains.along([self._chains.span(way)]))
                for loop in self._regions[number].loops
                for way in loop
                if self._hides(number, way)
            ]
        if not self._is_right(number, loops, 2.0 * WRONG):
            loops = [
                tuple(_polygon(_closed(self._map, loop))) for loop in self._regions[number].loops
            ]
        return loops, [_loose(stroke) for stroke in strokes if stroke]

    def _outline(
        self, number: int, *, beneath: bool
    ) -> tuple[list[tuple[Part, ...]], list[tuple[Part, ...]]]:
        loops, strokes = [], []
        for loop in self._regions[number].loops:
            curve, under = self._around(number, loop) if beneath else (self._exact(loop), [])
            if curve:  # a line may be shorter than its ends are moved
                loops.append(curve)
            strokes += under
        return loops, strokes

    def _is_right(self, number: int, loops: list[tuple[Part, ...]], wrong: float) -> bool:
        """Whether curves cover a region and nothing that they would hide, but for its edges."""
        outlines = [points_of(self._map, loop) for loop in self._regions[number].loops]
        around = sum(
            float(np.hypot(*(np.roll(points, -1, axis=0) - points).T).sum()) for points in outlines
        )
        drawn = np.zeros(self._owner.shape, np.bool_)
        if loops:
            t = np.linspace(0.0, 1.0, 16, endpoint=False)
            flat = [np.concatenate([piece.at(t) for piece in loop]) for loop in loops]
            mask, top, left = filled(flat, *self._owner.shape, FINE)
            drawn[top : top + mask.shape[0], left : left + mask.shape[1]] = mask
        missing = ((self._owner == number) & ~drawn).sum()
        hidden = (drawn & ~self._good(number, self._owner, own=True)).sum()
        return bool(missing + hidden <= 4 + wrong * FINE * around)

    def _exact(self, loop: Loop) -> tuple[Part, ...]:
        return self._chains.around([self._chains.span(way) for way in loop])

    def _around(self, number: int, loop: Loop) -> tuple[tuple[Part, ...], list[tuple[Part, ...]]]:
        """The curve of one loop, parts of it beneath others."""
        hidden = [self._hides(number, way) for way in loop]
        if not any(hidden):
            return self._exact(loop), []
        if all(hidden):
            points = points_of(self._map, loop)
            if self._is_free(number, points, points):
                return (), []
            curve = self._exact(loop)
            return curve, [curve]
        pieces: list[Part] = []
        strokes: list[tuple[Part, ...]] = []
        runs = list(_runs(loop, hidden))
        spans = [[self._chains.span(way) for way in ways] for _, ways in runs]
        for place, (beneath, ways) in enumerate(runs):
            exact = self._chains.along(spans[place])
            if not beneath:
                pieces += exact
                continue
            before = self._chains.along(spans[place - 1])[-1:]
            after = self._chains.along(spans[(place + 1) % len(runs)])[:1]
            found = self._beneath(number, ways, exact, before, after) if exact else []
            if found is None:
                pieces += exact
                strokes.append(tuple(exact))
            else:
                pieces += found
        return tuple(pieces), strokes

    def _hides(self, number: int, way: Way) -> bool:
        """Whether what is on the other side of a line is painted later, and hides what is there."""
        other = self._sides.get((way.line, not way.forward), -1)
        return other > number and self._covering[other]

    def _beneath(
        self, number: int, ways: list[Way], exact: list[Part], before: list[Part], after: list[Part]
    ) -> list[Part] | None:
        """Simple pieces from where an edge begins to be hidden to where it ends; None if there are
        none.

        Args:
            number: The region.
            ways: The edge that is hidden.
            exact: Its own pieces.
            before: The piece that ends where it begins, if there is one.
            after: The piece that begins where it ends, if there is one.
        """
        start, end = exact[0].points[0], exact[-1].points[-1]
        edge = _along(self._map, ways)
        t = np.linspace(0.0, 1.0, 24)
        drawn = np.concatenate([piece.at(t) for piece in exact])
        for clear in CLEAR:
            for pieces in self._tried(edge, start, end, before, after):
                path = np.concatenate([piece.at(t) for piece in pieces])
                if not leaves(pieces, drawn, 2.0 * clear) or not to_the_right(path, drawn):
                    continue
                if self._is_clear(number, path, clear) and self._is_free(
                    number, np.vstack([edge, path[::-1]]), edge
                ):
                    return pieces
        return None

    @staticmethod
    def _tried(
        edge: Floats, start: Floats, end: Floats, before: list[Part], after: list[Part]
    ) -> Iterator[list[Part]]:
        """What may go beneath, the simplest first."""
        yield [Piece(np.array([start, end]))]
        length = float(np.hypot(*(end - start)))
        chord = (end - start) / max(length, 1e-12)
        leaves = _heading(before[0], last=True) if before else chord
        comes = _heading(after[0], last=False) if after else chord
        if before and after and before[0].straight and after[0].straight:
            for depth in STRAIGHT_ON:  # its neighbours go on, and are joined to it: no node more
                one, other = start + depth * leaves, end - depth * comes
                yield _polygon(np.stack([start, one, other, end]))
        for share in (0.35, 0.7):
            far = share * length
            handles = [start, start + far * leaves, end - far * comes, end]
            yield [Piece(np.array(handles))]
        for depth in BENEATH:
            beside = _beside(edge, depth)
            yield _polygon(np.vstack([start[None], beside, end[None]]))

    def _is_clear(self, number: int, path: Floats, clear: float) -> bool:
        """Whether all is hidden around a path, so far from it, but for its ends."""
        size = np.array([self._map.width, self._map.height])
        if (path < -1e-6).any() or (path > size + 1e-6).any():
            return False
        far = np.minimum(np.hypot(*(path - path[0]).T), np.hypot(*(path - path[-1]).T))
        inner = path[far > 2.0 * clear]
        for shift in ((0.0, 0.0), (clear, 0.0), (-clear, 0.0), (0.0, clear), (0.0, -clear)):
            if not self._later(number, inner + shift).all():
                return False
        near = path[(far > 0.5 / FINE) & (far <= 2.0 * clear)]
        return bool(self._later(number, near, own=True).all())

    def _later(self, number: int, places: Floats, *, own: bool = False) -> NDArray[np.bool_]:
        """Whether what is painted at places hides a region (or is the region). (N, 2) -> (N,)"""
        high, wide = self._owner.shape
        column = np.clip((places[:, 0] * FINE).astype(int), 0, wide - 1)
        row = np.clip((places[:, 1] * FINE).astype(int), 0, high - 1)
        return self._good(number, self._owner[row, column], own=own)

    def _good(self, number: int, owner: Ints, *, own: bool) -> NDArray[np.bool_]:
        later = (owner > number) & np.array(self._covering)[owner]
        return later | (owner == number) if own else later

    def _is_free(self, number: int, outline: Floats, edge: Floats) -> bool:
        """Whether all within an outline is hidden, but for what is at an edge of the region."""
        mask, top, left = filled([outline], *self._owner.shape, FINE)
        rows, columns = np.nonzero(mask)
        owner = self._owner[rows + top, columns + left]
        bad = ~self._good(number, owner, own=False)
        if not bad.any():
            return True
        if bad.sum() > 4 * len(edge) + 40:
            return False
        places = np.stack([columns[bad] + left + 0.5, rows[bad] + top + 0.5], axis=1) / FINE
        away = np.hypot(*np.moveaxis(places[:, None] - edge[None], 2, 0)).min(axis=1)
        return bool((away <= 1.6 / FINE).all())


def leaves(pieces: list[Part], edge: Floats, far: float) -> bool:
    """Whether pieces leave an edge at both ends, up to so far, and don't only touch it there."""
    close = np.geomspace(1e-4, 1.0, 80)  # a piece may be as long as the picture
    for path in (pieces[0].at(close), pieces[-1].at(1.0 - close)):
        away = np.hypot(*(path - path[0]).T)
        some = int(np.abs(away - far).argmin())
        start, ahead = edge[:-1], np.diff(edge, axis=0)
        under = np.maximum((ahead**2).sum(axis=1), 1e-18)
        t = np.clip(((path[some] - start) * ahead).sum(axis=1) / under, 0.0, 1.0)
        if np.hypot(*(path[some] - start - t[:, None] * ahead).T).min() < STEEP * away[some]:
            return False
    return True


def to_the_right(path: Floats, edge: Floats) -> bool:
    """Whether a path between the ends of an edge lies on the right of it all the way, as seen along
    the edge with y down.

    Where it doesn't, it leaves a gap beside the edge, which a short edge's samples do not show.
    """
    one, other = _moving(path), _moving(edge)
    if min(len(one), len(other)) < 2:
        return False
    along, ahead = np.diff(one, axis=0), np.diff(other, axis=0)
    if ahead[0, 0] * along[0, 1] - ahead[0, 1] * along[0, 0] <= 0.0:
        return False
    # Where the segments' lines meet: so far along the path's, and along the edge's.
    off = other[None, :-1] - one[:-1, None]
    cross = along[:, None, 0] * ahead[None, :, 1] - along[:, None, 1] * ahead[None, :, 0]
    cross[np.abs(cross) < 1e-12] = np.inf  # side by side: one before or after meets
    t = (off[..., 0] * ahead[None, :, 1] - off[..., 1] * ahead[None, :, 0]) / cross
    u = (off[..., 0] * along[:, None, 1] - off[..., 1] * along[:, None, 0]) / cross
    met = (t >= 0.0) & (t <= 1.0) & (u >= 0.0) & (u <= 1.0)
    met[0, 0] = met[-1, -1] = False  # the ends that they share
    return not met.any()


def _moving(points: Floats) -> Floats:
    """Points without those that stay where the one before is. (N, 2) -> (M, 2)"""
    keep = np.ones(len(points), np.bool_)
    keep[1:] = np.abs(np.diff(points, axis=0)).max(axis=1) > 1e-9
    return points[keep]


def _runs(loop: Loop, hidden: list[bool]) -> Iterator[tuple[bool, list[Way]]]:
    """Ways that follow each other and are hidden alike, all around a loop."""
    first = next(k for k in range(len(loop)) if hidden[k] != hidden[k - 1])
    ways, kinds = [*loop[first:], *loop[:first]], [*hidden[first:], *hidden[:first]]
    run: list[Way] = []
    for place, way in enumerate(ways):
        if run and kinds[place] != kinds[place - 1]:
            yield kinds[place - 1], run
            run = []
        run.append(way)
    yield kinds[-1], run


def _along(map_: Map, ways: list[Way]) -> Floats:
    """The points of ways that follow each other. (N, 2)"""
    return np.concatenate(
        [map_.lines[way.line].points[:: 1 if way.forward else -1] for way in ways]
    )


def _heading(piece: Part, *, last: bool) -> Floats:
    """The direction of a piece at one of its ends. (2,)"""
    t = np.array([0.98, 1.0]) if last else np.array([0.0, 0.02])
    one, other = piece.at(t)
    return (other - one) / max(float(np.hypot(*(other - one))), 1e-12)


def _beside(edge: Floats, depth: float) -> Floats:
    """A coarse line to the right of an edge, as seen along it. (N, 2) -> (M, 2)"""
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(edge, axis=0).T))])
    count = max(3, int(lengths[-1] / 0.25) + 1)
    at = np.linspace(0.0, lengths[-1], count)
    even = np.stack([np.interp(at, lengths, edge[:, axis]) for axis in (0, 1)], axis=1)
    ahead = np.gradient(even, axis=0)
    ahead /= np.maximum(np.hypot(*ahead.T), 1e-12)[:, None]
    # To the right with y down: (-dy, dx).
    moved = even + depth * np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
    inset = min(2.0 * depth, 0.3 * lengths[-1])
    kept = moved[(at >= inset) & (at <= lengths[-1] - inset)]
    return coarse(kept if len(kept) else moved[count // 2 : count // 2 + 1], COARSE)


def _closed(map_: Map, loop: Loop) -> Floats:
    """A loop's own points, as few as are near enough. (N, 2)"""
    points = points_of(map_, loop)
    half = len(points) // 2
    halves = points[: half + 1], np.vstack([points[half:], points[:1]])
    return np.vstack([coarse(halves[0], OWN), coarse(halves[1], OWN)[1:]])


def _loose(stroke: tuple[Part, ...]) -> tuple[Part, ...]:
    """Fewer pieces for a stroke that is hidden on one side, and is of its region's colour on the
    other."""
    closed = bool(np.allclose(stroke[0].points[0], stroke[-1].points[-1]))
    return tuple(fewer(list(stroke), LOOSE / MOST, closed=closed, worth=np.inf))


def _page(map_: Map) -> tuple[Part, ...]:
    """The outline of the whole picture."""
    wide, high = float(map_.width), float(map_.height)
    corners = [(0.0, 0.0), (wide, 0.0), (wide, high), (0.0, high), (0.0, 0.0)]
    return tuple(_polygon(np.array(corners)))


def _polygon(points: Floats) -> list[Part]:
    return [Piece(points[k : k + 2]) for k in range(len(points) - 1)]
