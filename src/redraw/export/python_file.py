"""`.py`: one file that needs NumPy alone, with the parameters inside as text.

The operations are those of `redraw.fields.program`, written out again so that the file stands
alone; a test runs both.
"""

import base64
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from redraw.export.exporter import Option, Subject
from redraw.export.source_code import (
    SourceExporter,
    Text,
    described,
    is_double,
    lost,
)
from redraw.fields.label_cells import CELL
from redraw.fields.program import Values, arrays_of
from redraw.signals.kinds import is_raster

MOST = 1 << 24

FUNCTIONS = {
    "tanh": "np.tanh({z})",
    "sigmoid": "logistic({z})",
    "relu": "np.maximum({z}, 0)",
    "silu": "{z} * logistic({z})",
    "sine": "np.sin({omega} * {z})",
    "finer": "np.sin({omega} * (np.abs({z}) + 1) * {z})",
    "gauss": "np.exp(-(({spread} * {z}) ** 2))",
    "wire": "np.cos({omega} * {z}) * np.exp(-(({spread} * {z}) ** 2))",
    "wire-complex": "gabor({z}, {omega}, {spread})",
}
HELPERS = {
    "logistic": '''
def logistic(z):
    """1 / (1 + exp(-z)), safe for any z."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, small) / (1.0 + small)
''',
    "gabor": '''
def gabor(z, omega, spread):
    """exp(j omega z - |s z|^2), real parts before imaginary ones."""
    re, im = np.split(z, 2, axis=1)
    size = np.exp(-omega * im - spread * spread * (re * re + im * im))
    return np.concatenate([size * np.cos(omega * re), size * np.sin(omega * re)], axis=1)
''',
    "lookup": '''
def lookup(xy, table, levels):
    """Features of grid cells' corners, interpolated linearly, level after level."""
    inside = np.clip((xy + 1) * 0.5, 0, 1)
    found = []
    for scale, multipliers, first, mask in levels:
        position = inside * np.array(scale) + 0.5
        cell = np.floor(position)
        right, near = position - cell, cell.astype(np.int64)
        total = 0.0
        for corner in itertools.product((0, 1), repeat=len(scale)):
            row, weight = 0, 1.0
            for axis, bit in enumerate(corner):
                term = (near[:, axis] + bit) * multipliers[axis]
                row = row ^ term if mask else row + term
                weight = weight * (right[:, axis] if bit else 1 - right[:, axis])
            row = row & mask if mask else row
            total = total + weight[:, None] * table[first + row]
        found.append(total)
    return np.concatenate(found, axis=1)
''',
    "lattice": '''
def taps(place, side):
    """Indices and weights of the four cubic B-splines that reach a place, mirrored at the edges."""
    position = (place + 1) * (0.5 * side) - 0.5
    cell = np.floor(position)
    t = position - cell
    left = 1 - t
    within = (cell.astype(np.int64)[None] + np.arange(-1, 3)[:, None]) % (2 * side)
    return np.minimum(within, 2 * side - 1 - within), (
        left**3 / 6,
        (4 - 6 * t * t + 3 * t**3) / 6,
        (4 - 6 * left * left + 3 * left**3) / 6,
        t**3 / 6,
    )


def lattice(xy, weights):
    """A cubic B-spline on a lattice."""
    across, x = taps(xy[:, 0], weights.shape[2])
    down, y = taps(xy[:, 1], weights.shape[1])
    total = 0.0
    for row in range(4):
        for column in range(4):
            total = total + (y[row] * x[column]) * weights[:, down[row], across[column]]
    return total.T
''',
    "regions": '''
def four(t):
    """The cubic B-splines that reach a place, which lies t after the second."""
    left = 1 - t
    return (
        left**3 / 6,
        (4 - 6 * t * t + 3 * t**3) / 6,
        (4 - 6 * left * left + 3 * left**3) / 6,
        t**3 / 6,
    )


def regions(xy, sets, labels, first, rank, potentials, colours, detail, sharpness, cell):
    """Colours of labels, mixed by the softmax of their potentials; detail near edges is added."""
    height, width = sets.shape[0] - 2, sets.shape[1] - 2
    x, y = (np.clip(np.nan_to_num((p + 1) * (n / 2)), 0, n) for p, n in zip(xy.T, (width, height)))
    column = np.minimum(x.astype(np.int64), width - 1)
    row = np.minimum(y.astype(np.int64), height - 1)
    at = sets[row + 1, column + 1]
    used = labels[at] != 255
    right, below = (x - column >= 0.5).astype(np.int64), (y - row >= 0.5).astype(np.int64)
    across, down = four(x - column + 0.5 - right), four(y - row + 0.5 - below)
    height_of = np.zeros(used.shape)
    for b in range(4):
        start = np.take_along_axis(first[at], (below + b)[:, None, None], 2)[..., 0]
        for a in range(4):
            node = potentials[start + right[:, None] + a]
            height_of += (down[b] * across[a])[:, None] * node
    powers = np.where(used, height_of, -np.inf)
    powers = np.exp(sharpness * (powers - powers.max(1)[:, None]))
    shares = powers / powers.sum(1)[:, None]
    high, wide = (2 * row + 1 + cell) // (2 * cell), (2 * column + 1 + cell) // (2 * cell)
    across, down = four(x / cell + 0.5 - wide), four(y / cell + 0.5 - high)
    label = np.where(used, labels[at], 0)
    total = 0.0
    for b in range(4):
        for a in range(4):
            node = colours[rank[label, (high + b)[:, None], (wide + a)[:, None]]]
            mixed = np.einsum("nm,nmc->nc", shares, node)
            total = total + (down[b] * across[a])[:, None] * mixed
    if len(detail):
        row, column = (np.floor(p - 0.5).astype(np.int64) for p in (y, x))
        below, right = y - 0.5 - row, x - 0.5 - column
        for b in range(2):
            for a in range(2):
                share = np.abs(1 - b - below) * np.abs(1 - a - right)
                at = np.minimum(sets[row + 1 + b, column + 1 + a], len(detail) - 1)
                total = total + share[:, None] * detail[at]
    return total
''',
    "softmax": '''
def softmax(z):
    """exp(z) over their sum."""
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
''',
}
RENDER = '''
def render(width=WIDTH, height=HEIGHT, samples=SAMPLES):
    """The picture at any size, clipped to [0, 1]: means of samples x samples. (H, W, C)"""
    x = (np.arange(width * samples) + 0.5) * (2.0 / (width * samples)) - 1.0
    y = (np.arange(height * samples) + 0.5) * (2.0 / (height * samples)) - 1.0
    rows = []
    for row in range(height):
        part = y[row * samples : (row + 1) * samples]
        grid = np.stack(np.broadcast_arrays(x[None, :], part[:, None]), axis=-1).reshape(-1, 2)
        values = np.clip(field(grid), 0.0, 1.0).reshape(samples, width, samples, -1)
        rows.append(values.mean(axis=(0, 2)))
    return np.stack(rows)


if __name__ == "__main__":
    import sys

    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    picture = render(max(1, round(WIDTH * scale)), max(1, round(HEIGHT * scale)))
    grey = (picture.mean(axis=2) * 255).round().astype(np.uint8)
    sys.stdout.buffer.write(b"P5 %d %d 255\\n" % grey.shape[::-1] + grey.tobytes())
'''


class PythonFile(SourceExporter):
    """The file."""

    endings = (".py",)
    about = "one Python file that needs NumPy alone"
    options: Mapping[str, Option] = {}
    known = frozenset(
        {"affine", "activation", "sigmoid", "softmax", "lookup", "lattice", "regions", "join"}
    )
    most = MOST

    def text(self, subject: Subject, path: Path, options: Mapping[str, Any]) -> Text:
        """The file."""
        program = subject.program
        constants, statements, needed = [], [], set()
        names = ["xy"]
        for number, step in enumerate(program.steps, 1):
            op: Any = step.operation
            for letter, array in zip("ABCDEFG", arrays_of(op), strict=False):
                constants.append(f"{letter}{number} = {packed(array)}\n")
            taken = [names[at] for at in step.inputs]
            line, helpers = _statement(op, number, taken)
            needed |= helpers
            statements.append(f"    v{number} = {line}\n")
            names.append(f"v{number}")
        helpers = "".join(f"\n{HELPERS[name]}" for name in HELPERS if name in needed)
        lines = described(subject)
        is_picture = program.dimensions == 2 and is_raster(subject.about.signal)
        width, height = subject.about.size
        size = f"WIDTH, HEIGHT = {width}, {height}\n"
        size += f"SAMPLES = {subject.about.detail}  # along each side of a pixel, at that size\n"
        content = (
            f'"""{lines[0]}\n\n' + "\n".join(lines[1:]) + "\n\n"
            f"field(points) takes (N, {program.dimensions}) coordinates and gives"
            f" (N, {program.channels}) values, not clipped. NumPy only.\n"
            '"""\n\n'
            "import base64\nimport itertools\nimport zlib\n\nimport numpy as np\n\n"
            + (size if is_picture else "")
            + '\n\ndef array(text, shape, kind="<f4"):\n'
            '    """Numbers from text."""\n'
            "    data = zlib.decompress(base64.b85decode(text))\n"
            "    found = np.frombuffer(data, kind).reshape(shape)\n"
            '    return found.astype(np.float64) if "f" in kind else found\n'
            f"{helpers}\n\n" + "".join(constants) + "\n\n"
            "def field(points):\n"
            f'    """Values at points. (N, {program.dimensions}) -> (N, {program.channels})"""\n'
            "    xy = np.asarray(points, np.float64)\n"
            + "".join(statements)
            + f"    return {names[-1]}\n"
            + (f"\n{RENDER}" if is_picture else "")
        )
        if "itertools" not in helpers:
            content = content.replace("import itertools\n", "")
        return Text(content, lost(subject))


def _statement(op: Any, number: int, taken: list[str]) -> tuple[str, set[str]]:
    """An operation as an expression, and the helpers that it needs."""
    z = taken[0]
    if op.kind == "affine":
        return f"{z} @ A{number}.T + B{number}", set()
    if op.kind == "join":
        return f"np.concatenate([{', '.join(taken)}], axis=1)", set()
    if op.kind == "sigmoid":
        return f"logistic({op.sharpness!r} * {z})", {"logistic"}
    if op.kind == "activation":
        text = FUNCTIONS[op.name].format(z=z, omega=op.omega, spread=op.spread)
        return text, {name for name in ("logistic", "gabor") if name in text}
    if op.kind == "lookup":
        levels = ", ".join(
            f"({lv.scale}, {lv.multipliers}, {lv.first}, {lv.rows - 1 if lv.hashed else 0})"
            for lv in op.levels
        )
        return f"lookup({z}, A{number}, [{levels}])", {"lookup"}
    if op.kind == "regions":
        tables = ", ".join(f"{letter}{number}" for letter in "ABCDEFG")
        return f"regions({z}, {tables}, {op.sharpness!r}, {CELL})", {"regions"}
    return f"{op.kind}({z}" + (f", A{number})" if op.kind == "lattice" else ")"), {op.kind}


def packed(array: Values) -> str:
    """An array as an expression: its bytes, compressed, as text."""
    floats = "<f8" if is_double(array) else "<f4"
    kind = floats if array.dtype.kind == "f" else array.dtype.newbyteorder("<").str
    data = zlib.compress(np.ascontiguousarray(array, kind).tobytes(), 9)
    text = base64.b85encode(data).decode("ascii")
    pieces = [text[at : at + 90] for at in range(0, len(text), 90)] or [""]
    lines = "\n".join(f'    "{piece}"' for piece in pieces)
    shape = tuple(int(side) for side in array.shape)
    return f'array((\n{lines}\n), {shape}, "{kind}")'
