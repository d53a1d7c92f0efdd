"""Labels (`redraw.fields.regions`) as ONNX operators: Gather from their tables, and arithmetic."""

import numpy as np

from redraw.export.onnx_graph import DOUBLE, INT64, Graph
from redraw.fields.label_cells import CELL
from redraw.fields.regions import NONE, Regions


def regions(graph: Graph, op: Regions, take: str) -> str:
    """The value that holds the mixed colours. (N, 2) -> (N, C)"""
    height, width = op.size
    sets = graph.constant(op.sets.reshape(-1).astype(np.int64))
    x, column, right = _pixel(graph, graph.column(take, 0), width)
    y, row, below = _pixel(graph, graph.column(take, 1), height)
    here = _number(graph, graph.add(row, 1), width + 2, graph.add(column, 1))
    at = graph.node("Gather", sets, here, axis=0)
    shares = _shares(graph, op, at, (x, column, right), (y, row, below))
    total = _colours(graph, op, at, shares, (x, column), (y, row))
    return _detail(graph, op, total, sets, x, y) if len(op.detail) else total


def _pixel(graph: Graph, place: str, side: int) -> tuple[str, str, str]:
    """A place in pixels; its pixel, as a whole number; 1 in the second half of that, else 0."""
    moved = graph.node("Add", place, graph.scalar(1.0, place))
    moved = graph.node("Mul", moved, graph.scalar(0.5 * side, place))
    at = graph.node("Clip", moved, graph.scalar(0.0, place), graph.scalar(float(side), place))
    pixel = graph.node("Cast", graph.node("Floor", at), to=INT64)
    pixel = graph.node("Min", pixel, graph.whole(side - 1))
    inside = graph.node("Sub", at, graph.node("Cast", pixel, to=DOUBLE))
    second = graph.node("GreaterOrEqual", inside, graph.scalar(0.5, place))
    return at, pixel, graph.node("Cast", second, to=INT64)


def _number(graph: Graph, row: str, columns: int, column: str) -> str:
    """row * columns + column"""
    return graph.node("Add", graph.node("Mul", row, graph.whole(columns)), column)


def _shares(
    graph: Graph, op: Regions, at: str, across: tuple[str, str, str], down: tuple[str, str, str]
) -> str:
    """Of the labels of a set, by the softmax of their potentials. (N, M)"""
    weights = []
    for place, pixel, second in (across, down):
        start = graph.node("Cast", graph.node("Add", pixel, second), to=DOUBLE)
        t = graph.node("Add", graph.node("Sub", place, start), graph.scalar(0.5, place))
        weights.append(graph.splines(graph.single(t)))
    rows = op.first.astype(np.int64).transpose(0, 2, 1)  # of each set: its five rows of labels
    first = graph.constant(rows.reshape(-1, rows.shape[2]))
    potentials = graph.constant(op.potentials)
    right = graph.node("Unsqueeze", across[2], graph.whole([1]))
    line = _number(graph, at, 5, down[2])
    total = ""
    for b in range(4):
        start = graph.node("Gather", first, graph.add(line, b), axis=0)
        start = graph.node("Add", start, right)
        for a in range(4):
            node = graph.node("Gather", potentials, graph.add(start, a), axis=0)
            share = graph.node("Mul", weights[1][b], weights[0][a])
            total = graph.weighted(total, node, share)
    # No label is as good as one that is far below all others: its exponential is exactly 0.
    absent = np.where(op.labels == NONE, np.float32(-1e30), np.float32(0.0))
    found = graph.node("Mul", total, graph.scalar(op.sharpness))
    found = graph.node("Add", found, graph.node("Gather", graph.constant(absent), at, axis=0))
    return graph.node("Softmax", found, axis=1)


def _colours(
    graph: Graph, op: Regions, at: str, shares: str, across: tuple[str, str],
    down: tuple[str, str],
) -> str:  # fmt: skip
    """The labels' colours, mixed. (N, C)"""
    rows, columns = op.rank.shape[1:]
    cells, weights = [], []
    for place, pixel in (across, down):
        moved = graph.add(graph.node("Mul", pixel, graph.whole(2)), 1 + CELL)
        cell = graph.node("Div", moved, graph.whole(2 * CELL))
        t = graph.node("Mul", place, graph.scalar(1.0 / CELL, place))
        t = graph.node("Sub", t, graph.node("Cast", cell, to=DOUBLE))
        t = graph.node("Add", t, graph.scalar(0.5, place))
        weights.append(graph.splines(graph.single(t)))
        cells.append(cell)
    known = np.where(op.labels == NONE, 0, op.labels).astype(np.int64)
    label = graph.node("Gather", graph.constant(known * rows), at, axis=0)
    rank = graph.constant(op.rank.reshape(-1).astype(np.int64))
    colours = graph.constant(op.colours)
    wide = graph.node("Unsqueeze", cells[0], graph.whole([1]))
    high = graph.node("Unsqueeze", cells[1], graph.whole([1]))
    line = _number(graph, graph.node("Add", label, high), columns, wide)
    mixed = graph.node("Unsqueeze", shares, graph.whole([2]))
    total = ""
    for b in range(4):
        for a in range(4):
            place = graph.node("Gather", rank, graph.add(line, b * columns + a), axis=0)
            node = graph.node("Mul", graph.node("Gather", colours, place, axis=0), mixed)
            node = graph.node("ReduceSum", node, graph.whole([1]), keepdims=0)
            share = graph.node("Mul", weights[1][b], weights[0][a])
            total = graph.weighted(total, node, share)
    return total


def _detail(graph: Graph, op: Regions, total: str, sets: str, x: str, y: str) -> str:
    """With what is interpolated between the centres of listed pixels. (N, C)"""
    detail, last = graph.constant(op.detail), graph.whole(len(op.detail) - 1)
    wholes, weights = [], []
    for place in (x, y):
        moved = graph.node("Sub", place, graph.scalar(0.5, place))
        floor = graph.node("Floor", moved)
        after = graph.single(graph.node("Sub", moved, floor))
        weights.append((graph.node("Sub", graph.scalar(1.0), after), after))
        wholes.append(graph.add(graph.node("Cast", floor, to=INT64), 1))
    line = _number(graph, wholes[1], op.sets.shape[1], wholes[0])
    for b in range(2):
        for a in range(2):
            place = graph.add(line, b * op.sets.shape[1] + a)
            place = graph.node("Min", graph.node("Gather", sets, place, axis=0), last)
            share = graph.node("Mul", weights[1][b], weights[0][a])
            total = graph.weighted(total, graph.node("Gather", detail, place, axis=0), share)
    return total
