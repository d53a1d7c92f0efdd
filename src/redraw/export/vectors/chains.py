"""Lines of a map as curves that go on through nodes.

Where lines meet, two of them are often one and the same edge, which passes by the end of a third:
the outline of a disc on which two other regions meet. Those are fitted as one curve, a chain; it is
cut where the third ends, exactly. Where no two go on in each other's direction, all end.

A line of the map is a span of a chain: from one parameter to another, whole numbers being the ends
of its pieces.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from redraw.export.vectors.crossing import crossings, straight_where, up_to
from redraw.export.vectors.curves import fitted
from redraw.export.vectors.nodes import Arm, arms_of, meetings, points_from, side_of, through
from redraw.export.vectors.pieces import Arc, Part, Piece
from redraw.export.vectors.planar import OUTSIDE, Line, Map
from redraw.export.vectors.regions import Way
from redraw.export.vectors.sides import BENT, distances

Floats = NDArray[np.float64]

# Places of each piece at which the nearest to a node is looked for, to begin with.
LOOKED = 24
# Of two places on a chain as near to a node, the one that is about as far along is meant: so much
# farther away counts what is a pixel aside.
ASIDE = 0.1
# Pieces that cross become straight ones within such shares of the tolerance, while some cross.
FINER = (1.0, 0.4)


@dataclass(frozen=True)
class Span:
    """A part of a chain, followed forward (start < end) or backward.

    Attributes:
        chain: Its number.
        start: The parameter where it begins.
        end: The parameter where it ends; of a closed chain it may lie beyond its last piece.
    """

    chain: int
    start: float
    end: float


class Chains:
    """The curves of a map, each fitted once."""

    def __init__(self, map_: Map, tolerance: Callable[[Line], float]) -> None:
        """Fit them all.

        Args:
            map_: Whose lines.
            tolerance: How far a curve may be from a line, in pixels.
        """
        self.map = map_
        arms = arms_of(map_)
        pairs = through(map_, arms)
        self.meetings = meetings(map_, arms, pairs)
        self._spans: dict[int, Span] = {}
        rows = list(_rows(map_, pairs))
        points = [self._points(row, closed=closed) for row, closed in rows]
        near = [min(tolerance(map_.lines[arm.line]) for arm in row) for row, _ in rows]
        self._closed = [closed for _, closed in rows]
        curves = [
            _border(some, map_)
            if OUTSIDE in _sides(map_, row[0])
            else fitted(some, off, closed=closed)
            for (row, closed), some, off in zip(rows, points, near, strict=True)
        ]
        self._laid(rows, points, curves)
        wanted, count = self._crossing(rows)
        for share in FINER:
            if not count:
                break
            tried = [
                straight_where(pieces, wanted[number], some, share * off)
                if number in wanted
                else pieces
                for number, (pieces, some, off) in enumerate(zip(curves, points, near, strict=True))
            ]
            self._laid(rows, points, tried)
            found, left = self._crossing(rows)
            if left < count:
                curves, wanted, count = tried, found, left
            else:
                self._laid(rows, points, curves)

    def _laid(
        self, rows: list[tuple[list[Arm], bool]], points: list[Floats], curves: list[list[Part]]
    ) -> None:
        """Let all lines have their spans, and chains end on those that pass there."""
        self._pieces = [list(pieces) for pieces in curves]
        passed: dict[int, tuple[int, float]] = {}
        for number, (row, _) in enumerate(rows):
            for node, at in self._passed(number, row, points[number][0]).items():
                passed[node] = number, at
        for number, (row, closed) in enumerate(rows):
            if closed:
                continue
            for first, node in ((True, _start(self.map, row[0])), (False, _end(self.map, row[-1]))):
                if node in passed:
                    self._move_end(number, self.place(*passed[node]), first=first)

    def _crossing(self, rows: list[tuple[list[Arm], bool]]) -> tuple[dict[int, set[int]], int]:
        """Of pieces that cross the shorter ones, by chains, and how many cross; those along the
        picture's border aside."""
        owner = [
            (number, place)
            for number, (row, _) in enumerate(rows)
            if OUTSIDE not in _sides(self.map, row[0])
            for place in range(len(self._pieces[number]))
        ]
        pieces = [self._pieces[number][place] for number, place in owner]
        found: dict[int, set[int]] = {}
        pairs = crossings(pieces)
        for pair in pairs:
            shorter = min(pair, key=lambda at: float(np.hypot(*np.ptp(pieces[at].points, axis=0))))
            number, place = owner[shorter]
            found.setdefault(number, set()).add(place)
        return found, len(pairs)

    def span(self, way: Way) -> Span:
        """The span of a line, in the direction in which it is followed."""
        span = self._spans[way.line]
        return span if way.forward else Span(span.chain, span.end, span.start)

    def place(self, chain: int, at: float) -> Floats:
        """The position at a parameter of a chain. (2,)"""
        pieces = self._pieces[chain]
        at = at % len(pieces) if self._closed[chain] else min(max(at, 0.0), float(len(pieces)))
        number = min(int(at), len(pieces) - 1)
        return pieces[number].at(np.array([at - number]))[0]

    def along(self, spans: Iterable[Span]) -> list[Part]:
        """Pieces along spans that follow each other, whole where a chain goes on."""
        rows: list[Span] = []
        for span in spans:
            if rows and self._goes_on(rows[-1], span):
                rows[-1] = replace(rows[-1], end=rows[-1].end + span.end - span.start)
            else:
                rows.append(span)
        return [piece for span in rows for piece in self._of(span)]

    def around(self, spans: list[Span]) -> tuple[Part, ...]:
        """As `along`, for spans that end where they begin."""
        # Begin where a chain ends, so that none is cut at the seam.
        for shift in range(len(spans)):
            if not self._goes_on(spans[shift - 1], spans[shift]):
                return tuple(self.along(spans[shift:] + spans[:shift]))
        chain, forward = spans[0].chain, spans[0].end > spans[0].start
        whole = float(len(self._pieces[chain]))
        return tuple(self._of(Span(chain, 0.0, whole) if forward else Span(chain, whole, 0.0)))

    def _goes_on(self, one: Span, other: Span) -> bool:
        if one.chain != other.chain or (one.end > one.start) != (other.end > other.start):
            return False
        gap = abs(one.end - other.start)
        if self._closed[one.chain]:
            whole = len(self._pieces[one.chain])
            gap = min(gap % whole, -gap % whole)
        return gap < 1e-9

    def _of(self, span: Span) -> list[Part]:
        """The pieces of a span."""
        if span.end < span.start:
            forward = self._of(Span(span.chain, span.end, span.start))
            return [piece.reversed() for piece in reversed(forward)]
        pieces = self._pieces[span.chain]
        found: list[Part] = []
        at = span.start
        while at < span.end - 1e-9:
            whole = float(np.floor(at + 1e-9))
            end = min(whole + 1.0, span.end)
            piece = pieces[int(whole) % len(pieces)]
            low, high = max(at - whole, 0.0), min(end - whole, 1.0)
            found.append(piece if high - low > 1.0 - 1e-9 else piece.part(low, high))
            at = end
        return found

    def _points(self, row: list[Arm], *, closed: bool) -> Floats:
        """The points that a chain is fitted to. (N, 2)"""
        map_ = self.map
        ring = map_.lines[row[0].line].closed
        parts = [points_from(map_, arm) if ring else _inner(map_, arm) for arm in row]
        if closed:
            whole = np.concatenate(parts)
            if not ring and len(whole) < 3:
                whole = np.concatenate([points_from(map_, arm)[:-1] for arm in row])
            if not ring:
                whole = np.vstack([whole, whole[:1]])
        else:
            ends = self.meetings[[_start(map_, row[0]), _end(map_, row[-1])]]
            inner = up_to(up_to(np.concatenate(parts), ends[1])[::-1], ends[0])[::-1]
            whole = np.concatenate([ends[:1], inner, ends[1:]])
        return _apart(whole)

    def _passed(self, number: int, row: list[Arm], begin: Floats) -> dict[int, float]:
        """Give the lines of a chain, which begins so, their spans; the nodes that it passes, and
        where."""
        map_, pieces, closed = self.map, self._pieces[number], self._closed[number]
        if map_.lines[row[0].line].closed:
            self._spans[row[0].line] = Span(number, 0.0, float(len(pieces)))
            return {}
        lengths = np.cumsum([_length(points_from(map_, arm)) for arm in row])
        shares = lengths / max(float(lengths[-1]), 1e-12)
        nodes, wanted = [_start(map_, arm) for arm in row], np.concatenate([[0.0], shares[:-1]])
        trail = _Trail(pieces)
        if closed:
            wanted = (wanted + trail.share(begin)) % 1.0
        else:
            nodes, wanted = nodes[1:], wanted[1:]
        passed = {
            node: trail.nearest(self.meetings[node], float(share))
            for node, share in zip(nodes, wanted, strict=True)
        }
        last = float(len(pieces))
        for place, arm in enumerate(row):
            # A chain may begin or end at a node that it also passes.
            first, final = not closed and place == 0, not closed and place == len(row) - 1
            start = 0.0 if first else passed[_start(map_, arm)]
            end = last if final else passed[_end(map_, arm)]
            if closed and end <= start + 1e-9:
                end += last
            span = Span(number, start, max(end, start))
            self._spans[arm.line] = span if arm.first else Span(number, span.end, span.start)
        return passed

    def _move_end(self, chain: int, place: Floats, *, first: bool) -> None:
        """Let a chain end at a place on the one that passes there."""
        pieces = self._pieces[chain]
        at = 0 if first else len(pieces) - 1
        piece = pieces[at]
        if isinstance(piece, Arc):
            return  # it is drawn from where the piece before it ends
        points = piece.points.copy()
        end = 0 if first else -1
        shift = place - points[end]
        points[end] = place
        if not piece.straight:
            points[1 if first else 2] += shift
        pieces[at] = Piece(points)


class _Trail:
    """Places along pieces, to find the nearest to some place."""

    def __init__(self, pieces: list[Part]) -> None:
        t = (np.arange(LOOKED) + 0.5) / LOOKED
        self._pieces = pieces
        self._at = np.concatenate([number + t for number in range(len(pieces))])
        self._places = np.concatenate([piece.at(t) for piece in pieces])
        lengths = np.array(
            [
                _length(piece.at(np.linspace(0.0, 1.0, 2 if piece.straight else LOOKED)))
                for piece in pieces
            ]
        )
        self._before = np.concatenate([[0.0], np.cumsum(lengths)])
        self._total = max(float(self._before[-1]), 1e-12)

    def share(self, place: Floats) -> float:
        """How far along is what is nearest to a place, of the whole."""
        best = int(np.argmin(np.hypot(*(self._places - place).T)))
        return self._share(float(self._at[best]))

    def nearest(self, place: Floats, share: float) -> float:
        """The parameter nearest to a place, about so far along."""
        best, found = np.inf, 0.0
        for number, piece in enumerate(self._pieces):
            at = number + _nearest(piece, place)
            aside = abs(self._share(at) - share)
            aside = min(aside, 1.0 - aside) * self._total
            away = float(np.hypot(*(self._pieces[number].at(np.array([at - number]))[0] - place)))
            if away + ASIDE * aside < best:
                best, found = away + ASIDE * aside, at
        return found

    def _share(self, at: float) -> float:
        number = min(int(at), len(self._pieces) - 1)
        part = (at - number) * (self._before[number + 1] - self._before[number])
        return float(self._before[number] + part) / self._total


def _nearest(piece: Part, place: Floats) -> float:
    """The parameter of a piece that is nearest to a place, as exactly as numbers are."""
    if piece.straight:
        start, end = piece.points
        ahead = end - start
        t = float((place - start) @ ahead) / max(float(ahead @ ahead), 1e-18)
        return min(max(t, 0.0), 1.0)
    low, high = 0.0, 1.0
    while high - low > 1e-9:
        t = np.linspace(low, high, LOOKED + 1)
        at = int(np.argmin(np.hypot(*(piece.at(t) - place).T)))
        low, high = float(t[max(at - 1, 0)]), float(t[min(at + 1, LOOKED)])
    return (low + high) / 2.0


def _rows(map_: Map, pairs: dict[Arm, Arm]) -> Iterator[tuple[list[Arm], bool]]:
    """Lines that follow each other as one edge, each by the end where it is begun; and whether they
    end where they begin without a corner."""
    used: set[int] = set()

    def followed(arm: Arm) -> tuple[list[Arm], bool]:
        row = [arm]
        used.add(arm.line)
        while True:
            on = pairs.get(Arm(row[-1].line, not row[-1].first))
            if on is None:
                return row, False
            if on.line in used:
                return row, on == row[0]
            used.add(on.line)
            row.append(on)

    for number, line in enumerate(map_.lines):
        if line.closed:
            yield [Arm(number, True)], True
            used.add(number)
            continue
        for arm in (Arm(number, True), Arm(number, False)):
            if number not in used and arm not in pairs:
                yield followed(arm)
    for number in range(len(map_.lines)):
        if number not in used:
            yield followed(Arm(number, True))


def _inner(map_: Map, arm: Arm) -> Floats:
    """The points of a line without its ends, and without what is bent beside them. (N, 2)"""
    points = points_from(map_, arm)
    line = map_.lines[arm.line]
    if OUTSIDE in (line.left, line.right):
        return points[1:-1]
    first, last = side_of(map_, arm), side_of(map_, Arm(arm.line, not arm.first))
    away = distances(points)
    low = BENT if first is not None and first.long else 0.0
    high = BENT if last is not None and last.long else 0.0
    inner = (away > low) & (away < away[-1] - high)
    inner[[0, -1]] = False
    return points[inner]


def _sides(map_: Map, arm: Arm) -> tuple[int, int]:
    line = map_.lines[arm.line]
    return line.left, line.right


def _start(map_: Map, arm: Arm) -> int:
    line = map_.lines[arm.line]
    return line.start if arm.first else line.end


def _end(map_: Map, arm: Arm) -> int:
    return _start(map_, Arm(arm.line, not arm.first))


def _border(points: Floats, map_: Map) -> list[Part]:
    """Along the picture's border, exactly: from corner to corner of it."""
    across = np.isin(points[:, 0], (0.0, float(map_.width)))
    down = np.isin(points[:, 1], (0.0, float(map_.height)))
    kept = across & down
    if np.array_equal(points[0], points[-1]) and kept.any():
        first = int(np.argmax(kept))
        points = np.vstack([points[first:-1], points[: first + 1]])
        kept = np.concatenate([kept[first:-1], kept[: first + 1]])
    kept[[0, -1]] = True
    places = _apart(points[kept])
    return [Piece(places[k : k + 2]) for k in range(len(places) - 1)]


def _length(points: Floats) -> float:
    return float(np.hypot(*np.diff(points, axis=0).T).sum())


def _apart(points: Floats) -> Floats:
    """Without points that follow one at the same place."""
    keep = np.ones(len(points), bool)
    keep[1:] = np.abs(np.diff(points, axis=0)).max(axis=1) > 1e-9
    if keep.sum() < 2:
        keep[[0, -1]] = True
    return points[keep]
