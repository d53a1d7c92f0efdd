"""`.glsl` and `.wgsl`: a function `field(p)` for shaders of others.

Operations are printed in a subset of GLSL that turns into WGSL word by word (`_wgsl`): every
declaration on a line of its own, no ternary, loops over whole numbers from 0. All constants stand
in one list of vec4. A short list is part of the text; a longer one than shaders can hold goes to a
file beside it, for a texture (GLSL) or a storage buffer (WGSL).
"""

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from redraw.errors import UsageError
from redraw.export.exporter import Option, Subject
from redraw.export.shader_parts import CORNERS, FUNCTIONS, LATTICE, SINE, TAPS
from redraw.export.shader_regions import regions
from redraw.export.source_code import SourceExporter, Text, described, literal, lost
from redraw.fields.program import Affine, Lattice, Lookup, Program
from redraw.fields.regions import Regions

# vec4s in the text of a shader: 64 KiB of constants, what drivers take without complaint.
INLINE = 4096
# Texels in a row of the texture.
ROW = 1024
# The largest texture that every WebGL2 has to take is 2048 high; nearly all take 8192.
MOST = 4 * ROW * 8192

MAIN_IMAGE = """
void mainImage(out vec4 colour, in vec2 place) {{
  const vec2 size = vec2({width}.0, {height}.0);
  float scale = min(iResolution.x / size.x, iResolution.y / size.y);
  vec3 sum = vec3(0.0);
  for (int i = 0; i < 4; i++) {{
    vec2 pixel = place + vec2(float(i & 1), float(i >> 1)) * 0.5 - 0.25;
    vec2 p = (pixel - 0.5 * iResolution.xy) * vec2(2.0, -2.0) / (scale * size);
    vec4 v = clamp(field(p), 0.0, 1.0);
    sum += abs(p.x) > 1.0 || abs(p.y) > 1.0 ? vec3(0.5) : {rgb};
  }}
  colour = vec4(sum / 4.0, 1.0);
}}
"""


class _Constants:
    """The list of vec4s in the making, and functions that read it."""

    def __init__(self) -> None:
        self.functions: list[str] = []
        self.parts: list[NDArray[np.float32]] = []
        self.count = 0

    def add(self, rows: NDArray) -> int:
        """Add vec4s, returns where they begin. (n, 4)"""
        self.parts.append(np.ascontiguousarray(rows, np.float32))
        self.count += len(rows)
        return self.count - len(rows)

    def all(self) -> NDArray[np.float32]:
        """(n, 4)"""
        return np.concatenate(self.parts) if self.parts else np.zeros((1, 4), np.float32)


def _quads(width: int) -> int:
    return -(-width // 4)


def _lane(name: str, at: int) -> str:
    return f"{name}[{at // 4}].{'xyzw'[at % 4]}"


def _affine(op: Affine, out: str, take: str, constants: _Constants) -> list[str]:
    outputs, inputs = _quads(op.width), _quads(op.weight.shape[1])
    padded = np.zeros((4 * outputs, 4 * inputs), np.float32)
    padded[: op.width, : op.weight.shape[1]] = op.weight
    bias = np.zeros((outputs, 1, 4), np.float32)
    bias.reshape(-1)[: op.width] = op.bias
    # Of each four outputs the biases, then a vec4 of weights for each input.
    columns = padded.reshape(outputs, 4, 4 * inputs).transpose(0, 2, 1)
    base = constants.add(np.concatenate([bias, columns], axis=1).reshape(-1, 4))
    stride = 4 * inputs + 1
    return [
        f"for (int o = 0; o < {outputs}; o++) {{",
        f"  int k = {base} + o * {stride};",
        "  vec4 sum = at(k);",
        f"  for (int i = 0; i < {inputs}; i++) {{",
        f"    vec4 x = {take}[i];",
        "    int m = k + 1 + 4 * i;",
        "    sum += at(m) * x.x + at(m + 1) * x.y + at(m + 2) * x.z + at(m + 3) * x.w;",
        "  }",
        f"  {out}[o] = sum;",
        "}",
    ]


def _activation(op: Any, out: str, take: str, constants: _Constants) -> list[str]:
    omega, spread = literal(op.omega, 9), literal(op.spread, 9)
    if op.name == "wire-complex":
        half = op.width // 2
        lines = []
        for i in range(half):
            re, im = _lane(take, i), _lane(take, i + half)
            lines += [
                f"float size{i} = exp(-{omega} * {im}"
                f" - {spread} * {spread} * ({re} * {re} + {im} * {im}));",
                f"float turn{i} = {omega} * {re};",
                f"vec4 wave{i} = sine(vec4(turn{i}, turn{i} + 1.57079633, 0.0, 0.0));",
                f"{_lane(out, i)} = size{i} * wave{i}.y;",
                f"{_lane(out, i + half)} = size{i} * wave{i}.x;",
            ]
        return ["{", *lines, "}"]
    formula = FUNCTIONS[op.name].format(omega=omega, spread=spread)
    return [
        f"for (int i = 0; i < {_quads(op.width)}; i++) {{",
        f"  vec4 z = {take}[i];",
        f"  {out}[i] = {formula};",
        "}",
    ]


def _sigmoid(op: Any, out: str, take: str, constants: _Constants) -> list[str]:
    return [
        f"for (int i = 0; i < {_quads(op.width)}; i++) {{",
        f"  {out}[i] = 1.0 / (1.0 + exp(-{literal(op.sharpness, 9)} * {take}[i]));",
        "}",
    ]


def _softmax(op: Any, out: str, take: str, constants: _Constants) -> list[str]:
    lanes = [_lane(take, i) for i in range(op.width)]
    most = lanes[0]
    for lane in lanes[1:]:
        most = f"max({most}, {lane})"
    return [
        f"float most{out} = {most};",
        *(f"{_lane(out, i)} = exp({lane} - most{out});" for i, lane in enumerate(lanes)),
        f"float total{out} = {' + '.join(_lane(out, i) for i in range(op.width))};",
        *(f"{_lane(out, i)} /= total{out};" for i in range(op.width)),
    ]


def _lookup(op: Lookup, out: str, take: str, constants: _Constants) -> list[str]:
    rows, features = op.table.shape
    groups = _quads(features)
    table = np.zeros((rows, 4 * groups), np.float32)
    table[:, :features] = op.table
    base = constants.add(table.reshape(-1, 4))
    lines = []
    for number, level in enumerate(op.levels):
        scale = ", ".join(literal(s, 9) for s in level.scale)
        by = ", ".join(f"{m}u" for m in level.multipliers)
        mask = level.rows - 1 if level.hashed else 0
        for group in range(groups):
            first = base + level.first * groups
            lines.append(
                f"vec4 found{out}_{number}_{group} = corners({take}[0].xy, vec2({scale}),"
                f" uvec2({by}), {mask}u, {first}, {group}, {groups});"
            )
            for feature in range(4 * group, min(4 * group + 4, features)):
                lane = _lane(out, number * features + feature)
                lines.append(f"{lane} = found{out}_{number}_{group}.{'xyzw'[feature % 4]};")
    return lines


def _lattice(op: Lattice, out: str, take: str, constants: _Constants) -> list[str]:
    planes, height, width = op.weights.shape
    texels = np.zeros((height * width, 4), np.float32)
    texels[:, :planes] = op.weights.reshape(planes, -1).T
    base = constants.add(texels)
    return [f"{out}[0] = lattice({take}[0].xy, {base}, {width}, {height});"]


def _regions(op: Regions, out: str, take: str, constants: _Constants) -> list[str]:
    constants.functions.append(regions(op, constants.add))
    return [f"{out}[0] = regions({take}[0].xy);"]


Printer = Callable[[Any, str, str, _Constants], list[str]]
PRINTERS: dict[str, Printer] = {
    "affine": _affine,
    "activation": _activation,
    "sigmoid": _sigmoid,
    "softmax": _softmax,
    "lookup": _lookup,
    "lattice": _lattice,
    "regions": _regions,
}


def printed(program: Program) -> tuple[str, NDArray[np.float32]]:
    """The functions in the common subset, without `at`; and the constants it reads. (n, 4)"""
    constants = _Constants()
    lines = ["vec4 v0[1];", "v0[0] = vec4(p, 0.0, 0.0);"]
    for number, step in enumerate(program.steps, 1):
        op: Any = step.operation
        out = f"v{number}"
        lines.append(f"vec4 {out}[{_quads(op.width)}];")
        if op.kind == "join":
            at = 0
            for value in step.inputs:
                for i in range(program.width_of(value)):
                    lines.append(f"{_lane(out, at)} = {_lane(f'v{value}', i)};")
                    at += 1
        else:
            lines += PRINTERS[op.kind](op, out, f"v{step.inputs[0]}", constants)
    kinds = program.kinds
    helpers = SINE if "activation" in kinds else ""
    helpers += TAPS if kinds & {"lattice", "regions"} else ""
    helpers += LATTICE if "lattice" in kinds else ""
    helpers += CORNERS if "lookup" in kinds else ""
    helpers += "".join(constants.functions)
    body = "\n".join(f"  {line}" for line in lines)
    text = f"{helpers}vec4 field(vec2 p) {{\n{body}\n  return v{len(program.steps)}[0];\n}}\n"
    return text, constants.all()


class ShaderExporter(SourceExporter):
    """What both languages share."""

    known = frozenset({*PRINTERS, "join"})
    most = MOST

    def refuse(self, program: Program) -> str | None:
        """As of `redraw.export.exporter.Exporter`."""
        if program.dimensions != 2 or program.channels > 4:
            return (
                f"a shader draws pictures, and the field takes {program.dimensions} coordinates and"
                f" gives {program.channels} values; export it as .py, .c or .onnx"
            )
        wide = {s.operation.kind: s.operation for s in program.steps if s.operation.width > 4}
        if wide.keys() & {"lattice", "regions"}:
            return "it has more than 4 planes; export it as .py, .c or .onnx"
        return super().refuse(program)


class Glsl(ShaderExporter):
    """`vec4 field(vec2 p)` for GLSL ES 3.0 and later, and Shadertoy's `mainImage`."""

    endings = (".glsl", ".frag")
    about = "a GLSL function vec4 field(vec2 p)"
    options: Mapping[str, Option] = {
        "shadertoy": Option("also a mainImage, for shadertoy.com", bool),
    }

    def text(self, subject: Subject, path: Path, options: Mapping[str, Any]) -> Text:
        """The shader."""
        functions, constants = printed(subject.program)
        inline = len(constants) <= INLINE
        shadertoy = options.get("shadertoy", False)
        if shadertoy and not inline:
            raise UsageError(
                f"can't export for Shadertoy: the field has {constants.size:,} numbers; a shader"
                f" there holds up to {4 * INLINE:,}; fit it with a smaller --budget"
            )
        lines = [f"// {line}" for line in described(subject)]
        lines.append("// For GLSL ES 3.0 and later; highp is needed. Values are not clipped.")
        lines.append("#define select(no, yes, which) ((which) ? (yes) : (no))")
        beside: tuple[tuple[str, bytes], ...] = ()
        notes = list(lost(subject))
        if inline:
            rows = ",\n  ".join(_vec4(row) for row in constants)
            lines.append(f"const vec4 weights[{len(constants)}] = vec4[](\n  {rows});")
            lines.append("vec4 at(int i) { return weights[i]; }")
        else:
            name, height = f"{path.stem}.rgba32f", math.ceil(len(constants) / ROW)
            padded = np.zeros((ROW * height, 4), "<f4")
            padded[: len(constants)] = constants
            beside = ((name, padded.tobytes()),)
            lines.append(f"// weights: {ROW} x {height} texels, RGBA32F, nearest; raw in {name}")
            lines.append("uniform highp sampler2D weights;")
            fetch = f"texelFetch(weights, ivec2(i & {ROW - 1}, i / {ROW}), 0)"
            lines.append(f"vec4 at(int i) {{ return {fetch}; }}")
            notes.append(
                f"{constants.size:,} numbers are more than the {4 * INLINE:,} that a shader holds:"
                f" they are in {name}, for a texture of {ROW} x {height} RGBA32F"
            )
        content = "\n".join(lines) + "\n" + functions
        if shadertoy:
            width, height = subject.about.size
            channels = subject.program.channels
            grey = "vec3(v.x)" if channels < 3 else "v.rgb"
            cover = {2: "v.y", 4: "v.w"}.get(channels)
            rgb = f"{grey} + 1.0 - {cover}" if cover else grey
            content += MAIN_IMAGE.format(width=width, height=height, rgb=rgb)
        return Text(content, tuple(notes), beside)


class Wgsl(ShaderExporter):
    """`fn field(p: vec2f) -> vec4f` for WebGPU."""

    endings = (".wgsl",)
    about = "a WGSL function fn field(p: vec2f) -> vec4f"
    options: Mapping[str, Option] = {}

    def text(self, subject: Subject, path: Path, options: Mapping[str, Any]) -> Text:
        """The shader."""
        functions, constants = printed(subject.program)
        lines = [f"// {line}" for line in described(subject)]
        lines.append("// Values are not clipped.")
        beside: tuple[tuple[str, bytes], ...] = ()
        notes = list(lost(subject))
        if len(constants) <= INLINE:
            rows = ",\n  ".join(_vec4(row).replace("vec4", "vec4f") for row in constants)
            count = len(constants)
            lines.append(f"var<private> weights: array<vec4f, {count}> = array<vec4f, {count}>(")
            lines.append(f"  {rows});")
        else:
            name = f"{path.stem}.vec4f"
            beside = ((name, constants.astype("<f4").tobytes()),)
            lines.append(f"// The storage buffer holds {name} as it is; bind it where you like.")
            lines.append("@group(0) @binding(0) var<storage, read> weights: array<vec4f>;")
            notes.append(
                f"{constants.size:,} numbers are more than the {4 * INLINE:,} that a shader holds:"
                f" they are in {name}, for a storage buffer"
            )
        lines.append("fn at(i: i32) -> vec4f { return weights[i]; }")
        return Text("\n".join(lines) + "\n" + _wgsl(functions), tuple(notes), beside)


def _vec4(row: NDArray[np.float32]) -> str:
    return "vec4(" + ", ".join(literal(float(x), 9) for x in row) + ")"


TYPES = {
    "vec4": "vec4f", "vec2": "vec2f", "uvec2": "vec2u", "float": "f32", "int": "i32", "uint": "u32",
}  # fmt: skip


def _wgsl(text: str) -> str:
    """The common subset as WGSL, line by line.

    Example:
        >>> print(_wgsl("  vec4 sum = vec4(0.0);"))
          var sum: vec4f = vec4f(0.0);
    """
    names = "|".join(TYPES)
    text = re.sub(rf"\b({names})\(", lambda m: f"{TYPES[m[1]]}(", text)
    text = re.sub(r"for \(int (\w+) = ", r"for (var \1: i32 = ", text)

    def function(found: re.Match[str]) -> str:
        parts = [part.split() for part in found[3].split(", ")]
        given = ", ".join(f"{name}: {TYPES[kind]}" for kind, name in parts)
        return f"fn {found[2]}({given}) -> {TYPES[found[1]]} {{"

    text = re.sub(rf"^({names}) (\w+)\(([^)]*)\) \{{$", function, text, flags=re.M)
    text = re.sub(
        rf"^( *)({names}) (\w+)\[(\d+)\];$",
        lambda m: f"{m[1]}var {m[3]}: array<{TYPES[m[2]]}, {m[4]}>;",
        text,
        flags=re.M,
    )
    return re.sub(
        rf"^( *)({names}) (\w+) = ",
        lambda m: f"{m[1]}var {m[3]}: {TYPES[m[2]]} = ",
        text,
        flags=re.M,
    )
