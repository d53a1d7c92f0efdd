"""`.onnx`: points to values, N free; or with `--image` a picture, its coordinates inside.

Hash grids and splines are Gather and arithmetic; there is no custom operator. What was written is
run by onnxruntime where that is installed, so that a wrong file is not left behind.
"""

import itertools
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from redraw.coordinates import parse_size
from redraw.errors import OutputError, UsageError
from redraw.export.exporter import Option, Subject, Written, unknown_operations
from redraw.export.onnx_graph import INT64, Graph
from redraw.export.onnx_regions import regions
from redraw.export.source_code import described, lost
from redraw.fields.program import Activation, Affine, Lattice, Lookup, Program
from redraw.files import atomic_output, check_output

# The first with BitwiseXor and BitwiseAnd, which hashes need. IR version 9 goes with it.
OPSET, IR_VERSION = 18, 9
# A file of Protocol Buffers ends at 2 GiB.
MOST = 1 << 28


def _size(text: Any) -> tuple[int, int]:
    """Height and width from "HxW"."""
    try:
        height, width = parse_size(str(text))
    except UsageError:
        height = width = None
    if not height or not width:
        raise ValueError("HEIGHTxWIDTH in pixels, for example 512x768")
    return height, width


class OnnxFile:
    """The file."""

    endings: tuple[str, ...] = (".onnx",)
    about = f"a network of ONNX operators (opset {OPSET}): points (N, D) to values (N, C)"
    options: Mapping[str, Option] = {
        "image": Option("HxW: a picture of that size comes out, nothing goes in", _size)
    }

    def refuse(self, program: Program) -> str | None:
        """As of `redraw.export.exporter.Exporter`."""
        if program.numbers > MOST:
            return (
                f"the field holds {program.numbers:,} numbers; .onnx takes up to {MOST:,};"
                " fit it with a smaller --budget or --max-side"
            )
        return unknown_operations(program, frozenset({*PRINTERS, "join"}), ".onnx")

    def write(
        self, subject: Subject, path: Path, options: Mapping[str, Any], *, force: bool
    ) -> Written:
        """As of `redraw.export.exporter.Exporter`."""
        check_output(path, force=force)
        content = model(subject, options.get("image"))
        notes = [*lost(subject), f"opset {OPSET}"]
        checked = _check(content, subject.program, path) if not options.get("image") else None
        if checked:
            notes.append(checked)
        with atomic_output(path, force=force) as file:
            file.write(content)
        return Written((path,), tuple(notes))


def model(subject: Subject, image: tuple[int, int] | None = None) -> bytes:
    """The file's bytes; equal fields make equal bytes.

    Args:
        subject: Any field.
        image: Height and width of a picture to come out, or None for points to go in.

    Raises:
        UsageError: the onnx package is not installed, or a table's field is asked for a picture.
    """
    try:
        import onnx
        from onnx import helper
    except ImportError as error:
        raise UsageError("export to .onnx needs the package onnx: redraw[onnx]") from error
    program = subject.program
    graph = Graph()
    if image is None:
        points = "points"
        inputs = [helper.make_tensor_value_info(points, 1, ["N", program.dimensions])]
        shape: list[Any] = ["N", program.channels]
    else:
        subject.check_picture("--image")
        points, inputs = _coordinates(graph, *image), []
        shape = [*image, program.channels]
    names = [graph.wide(points)]
    for step in program.steps:
        taken = [names[at] for at in step.inputs]
        op: Any = step.operation
        if op.kind == "join":
            names.append(graph.node("Concat", *map(graph.single, taken), axis=1))
        else:
            names.append(PRINTERS[op.kind](graph, op, taken[0]))
    result = graph.single(names[-1])
    if image is not None:
        clipped = graph.node("Clip", result, graph.scalar(0.0), graph.scalar(1.0))
        result = graph.node("Reshape", clipped, graph.whole(shape))
    graph.node("Identity", result, out="values")
    outputs = [helper.make_tensor_value_info("values", 1, shape)]
    made = helper.make_graph(graph.nodes, "field", inputs, outputs, graph.constants)
    result = helper.make_model(
        made,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="redraw",
        doc_string="\n".join(described(subject)),
    )
    onnx.checker.check_model(result)
    return result.SerializeToString(deterministic=True)


def _check(content: bytes, program: Program, path: Path) -> str | None:
    """A note on how far onnxruntime is from the field; None where it is not installed.

    Raises:
        OutputError: it gives something else.
    """
    try:
        import onnxruntime
    except ImportError:
        return None
    generator = np.random.default_rng(0)
    points = generator.uniform(-1, 1, (256, program.dimensions)).astype(np.float32)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    found = np.asarray(session.run(None, {"points": points})[0])
    wanted = program.run(points.astype(np.float64))
    worst = float(np.abs(found - wanted).max()) / max(1.0, float(np.ptp(wanted)))
    if worst > 1e-2:
        raise OutputError(
            f"can't write {path}: onnxruntime gives something else than the field by {worst:.2g} of"
            " its range; please report this"
        )
    return f"onnxruntime agrees with the field to {worst:.1g} of its range at 256 points"


def _coordinates(graph: Graph, height: int, width: int) -> str:
    """The centres of all pixels. (H W, 2)"""
    x = (np.arange(width) + 0.5) * (2.0 / width) - 1.0
    y = (np.arange(height) + 0.5) * (2.0 / height) - 1.0
    shape = graph.whole([height, width, 1])
    wide = graph.node("Expand", graph.constant(x.reshape(1, width, 1)), shape)
    high = graph.node("Expand", graph.constant(y.reshape(height, 1, 1)), shape)
    both = graph.node("Concat", wide, high, axis=2)
    return graph.node("Reshape", both, graph.whole([height * width, 2]))


def _affine(graph: Graph, op: Affine, take: str) -> str:
    weight, bias = (graph.constant(each, take) for each in (op.weight, op.bias))
    return graph.node("Gemm", take, weight, bias, transB=1)


def _activation(graph: Graph, op: Activation, take: str) -> str:
    narrow = graph.single(take)

    def scaled(value: str, factor: float) -> str:
        return value if factor == 1.0 else graph.node("Mul", value, graph.scalar(factor, value))

    def bell(value: str) -> str:
        near = scaled(value, op.spread)
        return graph.node("Exp", graph.node("Neg", graph.node("Mul", near, near)))

    def phase(value: str) -> str:
        """omega times a value; of coordinates without whole turns, which take no digits then."""
        if not graph.is_wide(value):
            return scaled(value, op.omega)
        turns = scaled(value, op.omega / math.tau)
        rest = graph.node("Sub", turns, graph.node("Round", turns))
        return scaled(graph.single(rest), math.tau)

    match op.name:
        case "tanh" | "sigmoid" | "relu":
            return graph.node(op.name.capitalize(), narrow)
        case "silu":
            return graph.node("Mul", narrow, graph.node("Sigmoid", narrow))
        case "sine":
            return graph.node("Sin", phase(take))
        case "finer":
            size = graph.node("Add", graph.node("Abs", take), graph.scalar(1.0, take))
            return graph.node("Sin", phase(graph.node("Mul", size, take)))
        case "gauss":
            return bell(narrow)
        case "wire":
            return graph.node("Mul", graph.node("Cos", phase(take)), bell(narrow))
    half = op.width // 2
    wide, re, im = (
        graph.node("Slice", value, graph.whole([a]), graph.whole([b]), graph.whole([1]))
        for value, a, b in ((take, 0, half), (narrow, 0, half), (narrow, half, op.width))
    )
    bells = graph.node("Mul", bell(re), bell(im))
    size = graph.node("Mul", graph.node("Exp", scaled(im, -op.omega)), bells)
    turn = phase(wide)
    parts = [graph.node("Mul", size, graph.node(kind, turn)) for kind in ("Cos", "Sin")]
    return graph.node("Concat", *parts, axis=1)


def _sigmoid(graph: Graph, op: Any, take: str) -> str:
    return graph.node("Sigmoid", graph.node("Mul", graph.single(take), graph.scalar(op.sharpness)))


def _softmax(graph: Graph, op: Any, take: str) -> str:
    return graph.node("Softmax", graph.single(take), axis=-1)


def _lookup(graph: Graph, op: Lookup, take: str) -> str:
    table = graph.constant(op.table)
    half, one = graph.scalar(0.5, take), graph.scalar(1.0, take)
    moved = graph.node("Mul", graph.node("Add", take, one), half)
    inside = graph.node("Clip", moved, graph.scalar(0.0, take), one)
    found = []
    for level in op.levels:
        scale = graph.constant(np.array(level.scale), take)
        place = graph.node("Add", graph.node("Mul", inside, scale), half)
        cell = graph.node("Floor", place)
        right = graph.single(graph.node("Sub", place, cell))
        left = graph.node("Sub", graph.scalar(1.0), right)
        near = graph.node("Cast", cell, to=INT64)
        # Of each axis what either corner adds to the row, and its share. [axis][bit]: (N,)
        terms: list[list[str]] = []
        shares: list[list[str]] = []
        for axis, multiplier in enumerate(level.multipliers):
            first = graph.column(near, axis)
            second = graph.node("Add", first, graph.whole(1))
            by = graph.whole(multiplier)
            terms.append([graph.node("Mul", each, by) for each in (first, second)])
            shares.append([graph.column(each, axis) for each in (left, right)])
        total = ""
        for corner in itertools.product((0, 1), repeat=len(terms)):
            row, share = "", ""
            for axis, bit in enumerate(corner):
                join = "BitwiseXor" if level.hashed else "Add"
                row = graph.node(join, row, terms[axis][bit]) if row else terms[axis][bit]
                one_share = shares[axis][bit]
                share = graph.node("Mul", share, one_share) if share else one_share
            if level.hashed:
                row = graph.node("BitwiseAnd", row, graph.whole(level.rows - 1))
            row = graph.node("Add", row, graph.whole(level.first))
            total = graph.weighted(total, graph.node("Gather", table, row, axis=0), share)
        found.append(total)
    return graph.node("Concat", *found, axis=1)


def _lattice(graph: Graph, op: Lattice, take: str) -> str:
    planes, height, width = op.weights.shape
    flat = graph.constant(op.weights.reshape(planes, -1).T)
    across, x = _taps(graph, graph.column(take, 0), width)
    down, y = _taps(graph, graph.column(take, 1), height)
    rows = [graph.node("Mul", row, graph.whole(width)) for row in down]
    total = ""
    for j, i in itertools.product(range(4), range(4)):
        place = graph.node("Add", rows[j], across[i])
        reached = graph.node("Gather", flat, place, axis=0)
        total = graph.weighted(total, reached, graph.node("Mul", y[j], x[i]))
    return total


def _taps(graph: Graph, place: str, side: int) -> tuple[list[str], list[str]]:
    """Indices, mirrored, and weights of the four B-splines that reach a place. (N,) each"""
    moved = graph.node("Add", place, graph.scalar(1.0, place))
    position = graph.node("Mul", moved, graph.scalar(0.5 * side, place))
    position = graph.node("Sub", position, graph.scalar(0.5, place))
    cell = graph.node("Floor", position)
    t = graph.single(graph.node("Sub", position, cell))
    near = graph.node("Cast", cell, to=INT64)
    indices = []
    for step in range(-1, 3):
        moved = graph.node("Add", near, graph.whole(step))
        within = graph.node("Mod", moved, graph.whole(2 * side))
        back = graph.node("Sub", graph.whole(2 * side - 1), within)
        indices.append(graph.node("Min", within, back))

    return indices, graph.splines(t)


PRINTERS = {
    "affine": _affine,
    "activation": _activation,
    "sigmoid": _sigmoid,
    "softmax": _softmax,
    "lookup": _lookup,
    "lattice": _lattice,
    "regions": regions,
}
