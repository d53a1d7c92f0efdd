"""`.c`, `.h`: one C99 header, no dependency but <math.h>, no allocation.

Every operation becomes a loop over constant arrays. Coordinates and values are `REDRAW_REAL`, what
is computed on the way is `REDRAW_WIDE`: both double unless the including file defines them as
float. Phases of many radians, places in fine grids and sums of layers lose digits in float (5e-5
of what is drawn); a processor that has no doubles may live with that.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from redraw.export import c_regions, c_whole
from redraw.export.exporter import Option, Subject
from redraw.export.source_code import (
    SourceExporter,
    Text,
    described,
    identifier,
    is_double,
    literal,
    lost,
    numbers,
)
from redraw.fields.program import Activation, Affine, Lattice, Lookup, Program, Sigmoid

# 4 Mi numbers are 50 MB of text, which gcc takes some seconds for.
MOST = 1 << 22

FORMULAS = {
    "tanh": "tanh(z)",
    "sigmoid": "(REDRAW_WIDE)1 / ((REDRAW_WIDE)1 + exp(-z))",
    "relu": "z > 0 ? z : (REDRAW_WIDE)0",
    "silu": "z / ((REDRAW_WIDE)1 + exp(-z))",
    "sine": "sin(omega * z)",
    "finer": "sin(omega * (fabs(z) + (REDRAW_WIDE)1) * z)",
    "gauss": "exp(-(spread * z) * (spread * z))",
    "wire": "cos(omega * z) * exp(-(spread * z) * (spread * z))",
}


def _affine(op: Affine, name: str, take: str, out: str, take_width: int) -> tuple[str, str]:
    types = ["double" if is_double(a) else "float" for a in (op.weight, op.bias)]
    data = (
        f"static const {types[0]} {name}_weight[{op.weight.size}] = {{\n"
        f"    {numbers(op.weight, suffix='f')}}};\n"
        f"static const {types[1]} {name}_bias[{op.bias.size}] = {{\n"
        f"    {numbers(op.bias, suffix='f')}}};\n"
    )
    code = f"""\
    for (int o = 0; o < {op.width}; o++) {{
        REDRAW_WIDE sum = {name}_bias[o];
        for (int i = 0; i < {take_width}; i++)
            sum += {name}_weight[o * {take_width} + i] * {take}[i];
        {out}[o] = sum;
    }}
"""
    return data, code


def _activation(op: Activation, name: str, take: str, out: str, take_width: int) -> tuple[str, str]:
    constants = ""
    omega, spread = literal(op.omega), literal(op.spread)
    if op.name == "wire-complex":
        half = op.width // 2
        return (
            "",
            f"""\
    for (int i = 0; i < {half}; i++) {{
        const REDRAW_WIDE omega = (REDRAW_WIDE){omega}, spread = (REDRAW_WIDE){spread};
        const REDRAW_WIDE re = {take}[i], im = {take}[i + {half}];
        const REDRAW_WIDE size = exp(-omega * im - spread * spread * (re * re + im * im));
        {out}[i] = size * cos(omega * re);
        {out}[i + {half}] = size * sin(omega * re);
    }}
""",
        )
    formula = FORMULAS[op.name]
    if "omega" in formula:
        constants += f"        const REDRAW_WIDE omega = (REDRAW_WIDE){omega};\n"
    if "spread" in formula:
        constants += f"        const REDRAW_WIDE spread = (REDRAW_WIDE){spread};\n"
    return (
        "",
        f"""\
    for (int i = 0; i < {op.width}; i++) {{
{constants}        const REDRAW_WIDE z = {take}[i];
        {out}[i] = {formula};
    }}
""",
    )


def _sigmoid(op: Sigmoid, name: str, take: str, out: str, take_width: int) -> tuple[str, str]:
    return (
        "",
        f"""\
    for (int i = 0; i < {op.width}; i++)
        {out}[i] = (REDRAW_WIDE)1
            / ((REDRAW_WIDE)1 + exp(-(REDRAW_WIDE){literal(op.sharpness)} * {take}[i]));
""",
    )


def _softmax(op: Any, name: str, take: str, out: str, take_width: int) -> tuple[str, str]:
    return (
        "",
        f"""\
    {{
        REDRAW_WIDE most = {take}[0], total = 0;
        for (int i = 1; i < {op.width}; i++) if ({take}[i] > most) most = {take}[i];
        for (int i = 0; i < {op.width}; i++) total += {out}[i] = exp({take}[i] - most);
        for (int i = 0; i < {op.width}; i++) {out}[i] /= total;
    }}
""",
    )


def _lookup(op: Lookup, name: str, take: str, out: str, take_width: int) -> tuple[str, str]:
    axes, features = len(op.levels[0].scale), op.table.shape[1]
    kind = "double" if is_double(op.table) else "float"
    flat = [str(m) + "u" for level in op.levels for m in level.multipliers]
    levels = [
        f"{{{level.first}u, {level.rows - 1 if level.hashed else 0}u}}" for level in op.levels
    ]
    scales = np.array([level.scale for level in op.levels], np.float32)
    data = (
        f"static const {kind} {name}_table[{op.table.size}] = {{\n    {numbers(op.table)}}};\n"
        f"static const float {name}_scale[{scales.size}] = {{{numbers(scales)}}};\n"
        f"static const uint32_t {name}_multiplier[{len(flat)}] = {{{', '.join(flat)}}};\n"
        "/* first row, and the mask of a hash or 0 */\n"
        f"static const uint32_t {name}_level[{len(levels)}][2] = {{{', '.join(levels)}}};\n"
    )
    code = f"""\
    for (int level = 0; level < {len(op.levels)}; level++) {{
        uint32_t near[{axes}];
        REDRAW_WIDE right[{axes}];
        for (int axis = 0; axis < {axes}; axis++) {{
            REDRAW_WIDE at = fmin(fmax(({take}[axis] + (REDRAW_WIDE)1) * (REDRAW_WIDE)0.5,
                (REDRAW_WIDE)0), (REDRAW_WIDE)1);
            at = at * {name}_scale[level * {axes} + axis] + (REDRAW_WIDE)0.5;
            right[axis] = at - floor(at);
            near[axis] = (uint32_t)floor(at);
        }}
        for (int feature = 0; feature < {features}; feature++)
            {out}[level * {features} + feature] = 0;
        for (int corner = 0; corner < {1 << axes}; corner++) {{
            uint32_t row = 0;
            const uint32_t mask = {name}_level[level][1];
            REDRAW_WIDE weight = 1;
            for (int axis = 0; axis < {axes}; axis++) {{
                const uint32_t bit = (uint32_t)corner >> axis & 1u;
                const uint32_t term = (near[axis] + bit)
                    * {name}_multiplier[level * {axes} + axis];
                row = mask ? row ^ term : row + term;
                weight *= bit ? right[axis] : (REDRAW_WIDE)1 - right[axis];
            }}
            if (mask) row &= mask;
            row += {name}_level[level][0];
            for (int feature = 0; feature < {features}; feature++)
                {out}[level * {features} + feature] += weight
                    * {name}_table[row * {features}u + (uint32_t)feature];
        }}
    }}
"""
    return data, code


def _lattice(op: Lattice, name: str, take: str, out: str, take_width: int) -> tuple[str, str]:
    planes, height, width = op.weights.shape
    kind = "double" if is_double(op.weights) else "float"
    data = f"static const {kind} {name}_weights[{op.weights.size}] = {{\n"
    data += f"    {numbers(op.weights)}}};\n"
    code = f"""\
    {{
        REDRAW_WIDE x[4], y[4];
        int32_t across[4], down[4];
        redraw_taps({take}[0], {width}, across, x);
        redraw_taps({take}[1], {height}, down, y);
        for (int plane = 0; plane < {planes}; plane++) {{
            REDRAW_WIDE sum = 0;
            for (int row = 0; row < 4; row++)
                for (int column = 0; column < 4; column++)
                    sum += y[row] * x[column] * {name}_weights[
                        ((int64_t)plane * {height} + down[row]) * {width} + across[column]];
            {out}[plane] = sum;
        }}
    }}
"""
    return data, code


TAPS = """\
#ifndef REDRAW_TAPS
#define REDRAW_TAPS
/* Indices and weights of the four cubic B-splines that reach a place; mirrored at the edges. */
static inline void redraw_taps(
    REDRAW_WIDE place, int32_t side, int32_t index[4], REDRAW_WIDE weight[4])
{
    const REDRAW_WIDE six = 6, far = 1073741824, half = (REDRAW_WIDE)0.5;
    REDRAW_WIDE at = (place + (REDRAW_WIDE)1) * half * (REDRAW_WIDE)side - half;
    at = fmin(fmax(at, -far), far);
    const REDRAW_WIDE cell = floor(at), t = at - cell, left = (REDRAW_WIDE)1 - t;
    for (int32_t step = 0; step < 4; step++) {
        int64_t within = ((int64_t)cell + step - 1) % (2 * (int64_t)side);
        if (within < 0) within += 2 * (int64_t)side;
        index[step] = (int32_t)(within < side ? within : 2 * (int64_t)side - 1 - within);
    }
    weight[0] = left * left * left / six;
    weight[1] = (4 - six * t * t + 3 * t * t * t) / six;
    weight[2] = (4 - six * left * left + 3 * left * left * left) / six;
    weight[3] = t * t * t / six;
}
#endif

"""

Printer = Callable[[Any, str, str, str, int], tuple[str, str]]
PRINTERS: dict[str, Printer] = {
    "affine": _affine,
    "activation": _activation,
    "sigmoid": _sigmoid,
    "softmax": _softmax,
    "lookup": _lookup,
    "lattice": _lattice,
    "regions": c_regions.regions,
}


class CHeader(SourceExporter):
    """The header."""

    endings = (".c", ".h")
    about = "one C99 header, weights inside, no dependency, no allocation"
    options: Mapping[str, Option] = {}
    known = frozenset({*PRINTERS, "join"})
    most = MOST

    def text(self, subject: Subject, path: Path, options: Mapping[str, Any]) -> Text:
        """The header."""
        name = identifier(subject.name)
        lines = "\n".join(f" * {line}" for line in described(subject))
        sizes = "\n".join(
            f"#define {name.upper()}_{what} {value}"
            for what, value in zip(
                ("WIDTH", "HEIGHT", "CHANNELS"),
                (*subject.about.size, subject.program.channels),
                strict=True,
            )
        )
        if subject.whole is not None:
            return Text(c_whole.text(subject.whole, name, lines, f"{sizes}\n"), lost(subject))
        data, code = body(subject.program, name)
        guard = f"REDRAW_FIELD_{name.upper()}_H"
        taps = TAPS if "lattice" in subject.program.kinds else ""
        taps += c_regions.HELPERS if "regions" in subject.program.kinds else ""
        program = subject.program
        content = f"""\
/*
{lines}
 *
 * C99. Call {name}(xy, values):
 * {program.dimensions} coordinates to {program.channels} values, which are not clipped.
 * They are doubles; define REDRAW_REAL as float before including this for floats, and REDRAW_WIDE,
 * too, where the processor has no doubles: then nothing computes in double, and digits are lost.
 */
#ifndef {guard}
#define {guard}

#include <math.h>
#include <stdint.h>
#include <tgmath.h>

#ifndef REDRAW_REAL
#define REDRAW_REAL double
#endif
#ifndef REDRAW_WIDE
#define REDRAW_WIDE double
#endif

{sizes}

{taps}{data}
static inline void {name}(
    const REDRAW_REAL xy[{program.dimensions}], REDRAW_REAL values[{program.channels}])
{{
{code}}}

#endif
"""
        return Text(content, lost(subject))


def body(program: Program, name: str) -> tuple[str, str]:
    """Constants, and the statements of the function."""
    axes = range(program.dimensions)
    data, code = [], [f"    const REDRAW_WIDE v0[] = {{{', '.join(f'xy[{i}]' for i in axes)}}};\n"]
    names = ["v0"]
    for number, step in enumerate(program.steps, 1):
        op = step.operation
        out = f"v{number}"
        code.append(f"    REDRAW_WIDE {out}[{op.width}];\n")
        if op.kind == "join":
            at = 0
            for value in step.inputs:
                width = program.width_of(value)
                code.append(
                    f"    for (int i = 0; i < {width}; i++) {out}[{at} + i] = {names[value]}[i];\n"
                )
                at += width
        else:
            width = program.width_of(step.inputs[0])
            taken = names[step.inputs[0]]
            constants, lines = PRINTERS[op.kind](op, f"{name}_{number}", taken, out, width)
            data.append(constants)
            code.append(lines)
        names.append(out)
    code.append(
        f"    for (int i = 0; i < {program.channels}; i++)"
        f" values[i] = (REDRAW_REAL){names[-1]}[i];\n"
    )
    return "".join(data), "".join(code)
