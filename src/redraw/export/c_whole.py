"""A network in whole numbers as a C99 header in whole numbers: the same values as everywhere.

What it computes is said in docs/format.md, "Networks". No sum or product has more than 52 binary
digits, and nothing is a float.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from redraw.coding.grids import FACTOR_BITS, REACH, WholeGrid, shortened
from redraw.coding.networks import FUNCTIONS, UNIT, WholeNetwork, sigmoid_table
from redraw.errors import UsageError
from redraw.kernels import whole_network
from redraw.kernels.whole_functions import HALF, MOST_BENT, TURN

HELPERS = """\
#ifndef REDRAW_WHOLE
#define REDRAW_WHOLE
/* floor(a m / 2^k + 1/2), within +- most; a m has at most 52 binary digits, k is 1 to 62 */
static inline int64_t redraw_place(int64_t a, int32_t m, int k, int64_t most)
{
    const int64_t sum = a * m + ((int64_t)1 << (k - 1));
    const int64_t t = sum < 0 ? ~(~sum >> k) : sum >> k;
    return t > most ? most : t < -most ? -most : t;
}
/* A sine of 16384 places a turn, from a quarter of it. */
static inline int32_t redraw_turn(const int16_t quarter[4097], int64_t t)
{
    const int32_t at = (int32_t)(t & 8191), size = quarter[at > 4096 ? 8192 - at : at];
    return t & 8192 ? -size : size;
}
/* (|z| + 1) z of a bent sine, in 1/2^28. */
static inline int64_t redraw_bent(int64_t z) { return ((z < 0 ? -z : z) + 16384) * z; }
static inline int64_t redraw_rising(int64_t z) { return z > 0 ? z : 0; }
#endif

"""


def text(network: WholeNetwork, name: str, comment: str, head: str) -> str:
    """The header.

    Args:
        network: What is printed.
        name: Of the function.
        comment: Lines that begin with " *".
        head: Further lines before the function.

    Raises:
        UsageError: a place is more than 62 binary digits hold.
    """
    data, code = _body(network, name)
    guard = f"REDRAW_FIELD_{name.upper()}_H"
    channels = len(network.layers[-1].weights)
    return f"""\
/*
{comment}
 *
 * C99, in whole numbers alone. Call {name}(xy, values):
 * {network.dimensions} coordinates in 1/{UNIT}, from -{UNIT} to {UNIT},
 * to {channels} values in 1/{UNIT}, which are not clipped.
 * Every machine gives the same numbers.
 */
#ifndef {guard}
#define {guard}

#include <stdint.h>

{head}
{HELPERS}{data}
static inline void {name}(const int32_t xy[{network.dimensions}], int32_t values[{channels}])
{{
    int32_t at[{network.dimensions}];
    for (int i = 0; i < {network.dimensions}; i++)
        at[i] = xy[i] > {UNIT} ? {UNIT} : xy[i] < -{UNIT} ? -{UNIT} : xy[i];
{code}}}

#endif
"""


def _body(network: WholeNetwork, name: str) -> tuple[str, str]:
    """Constants, and the statements of the function."""
    made, data, code = network.ready, "", ""
    taken, unit = "at", 1.0 / UNIT
    if network.grid is not None:
        data, code = _grid(network.grid, name)
        taken, unit = "v0", network.grid.unit
    for number, layer in enumerate(network.layers):
        row, last = made.plan[number], number == len(network.layers) - 1
        outputs, inputs = layer.weights.shape
        own, out = f"{name}_{number + 1}", "values" if last else f"v{number + 1}"
        first = int(row[whole_network.FACTORS])
        factors = [_ratio(made.factors[2 * (first + o)]) for o in range(outputs)]
        reach = int(row[whole_network.LARGEST])
        biases = np.rint(layer.biases.astype(float) / (layer.scales.astype(float) * unit))
        unit = FUNCTIONS[layer.function].whole(layer) / reach if reach else 0.0
        data += _numbers("int16_t", f"{own}_weight", layer.weights.ravel())
        # All but the first layer's sums are below 2^24.
        kind = "int32_t" if number else "int64_t"
        data += _numbers(kind, f"{own}_bias", biases.astype(np.int64))
        data += _numbers("int32_t", f"{own}_factor", [m for m, _ in factors])
        data += _numbers("int8_t", f"{own}_shift", [k for _, k in factors])
        at, size = int(row[whole_network.TABLE]), _table_size(int(row[whole_network.FUNCTION]))
        if size:
            data += _numbers("int16_t", f"{own}_table", made.tables[at : at + size].astype(int))
        value = _value(int(row[whole_network.FUNCTION]), own, reach, made.bends[number, 0])
        code += f"""\
    {"" if last else f"int32_t {out}[{outputs}];"}
    for (int o = 0; o < {outputs}; o++) {{
        {kind} sum = {own}_bias[o];
        for (int i = 0; i < {inputs}; i++)
            sum += ({kind}){own}_weight[o * {inputs} + i] * {taken}[i];
        {out}[o] = (int32_t){value};
    }}
"""
        taken = out
    if network.sharpness:
        table = sigmoid_table().astype(int)
        data += _numbers("uint16_t", f"{name}_rest", table[: len(table) // 2 + 1][::-1])
        code += f"""\
    for (int o = 0; o < {len(network.layers[-1].weights)}; o++) {{
        const int64_t t = redraw_place(values[o], {round(1024 * network.sharpness)}, 16, 16384);
        values[o] = t < 0 ? {name}_rest[-t] : {UNIT} - {name}_rest[t];
    }}
"""
    return data, code.replace("    \n", "")


def _table_size(kind: int) -> int:
    """How much of a table is printed: of what repeats, a quarter."""
    if kind in (whole_network.PERIODIC, whole_network.BENT):
        return TURN // 4 + 1
    return 2 * HALF + 1 if kind == whole_network.ENDING else 0


def _value(kind: int, own: str, reach: int, bend: float) -> str:
    """What a layer's function gives of `sum`."""

    def place(most: int) -> str:
        return f"redraw_place(sum, {own}_factor[o], {own}_shift[o], {most})"

    if kind == whole_network.PERIODIC:
        return f"redraw_turn({own}_table, {place(1 << 30)})"
    if kind == whole_network.BENT:
        most, (m, k) = round(MOST_BENT), _ratio(bend)
        return (
            f"redraw_turn({own}_table, redraw_place(redraw_bent({place(most)}), {m}, {k},"
            f" {1 << 30}))"
        )
    if kind == whole_network.ENDING:
        return f"{own}_table[{HALF} + {place(HALF)}]"
    if kind == whole_network.RISING:
        return f"redraw_rising({place(reach)})"
    return place(round(whole_network.MOST))


def _ratio(factor: float) -> tuple[int, int]:
    """m and k, m / 2^k being the factor; k from 1 to 62.

    Raises:
        UsageError: m is more than 31 binary digits hold.
    """
    above, below = float(factor).as_integer_ratio()
    m, k = above, below.bit_length() - 1
    if k < 1:
        m, k = 2 * m, 1
    if k > 62:  # what it multiplies has at most 46 binary digits
        return 0, 1
    if m >= 1 << 31:
        raise UsageError(
            "places of this network are too far away for whole numbers of C;"
            " `redraw convert FIELD floats.redraw` makes floats of it, which export as .c"
        )
    return m, k


def _grid(grid: WholeGrid, name: str) -> tuple[str, str]:
    """A hash grid's constants, and the statements that read it."""
    features, count = grid.table.shape[1], len(grid.cells)
    levels: list[tuple[int, ...]] = []
    for own, cells, step in zip(grid.levels, grid.cells, grid.steps, strict=True):
        factor = shortened(float(step) / (2.0**20 * grid.unit), FACTOR_BITS)
        mask = own.rows - 1 if own.shared else 0
        by = (int(side) for side in np.rint(cells.astype(float) * 4096))
        levels.append((*by, *own.vertices, own.first, mask, *_ratio(factor)))
    rows = ",\n    ".join("{" + ", ".join(map(str, level)) + "}" for level in levels)
    data = _numbers("int16_t", f"{name}_table", grid.table.ravel())
    data += "/* cells in 1/4096, vertices, the first row, the mask of a hash or 0, a factor */\n"
    data += f"static const int64_t {name}_level[{count}][8] = {{\n    {rows}}};\n"
    code = f"""\
    int32_t v0[{count * features}];
    for (int level = 0; level < {count}; level++) {{
        const int64_t *const own = {name}_level[level];
        int64_t cell[2], right[2];
        for (int axis = 0; axis < 2; axis++) {{
            const int64_t place = ({UNIT} + (int64_t)at[axis]) * own[axis] + ((int64_t)1 << 28);
            cell[axis] = place >> 29;
            if (cell[axis] > own[2 + axis] - 2) cell[axis] = own[2 + axis] - 2;
            right[axis] = (place - cell[axis] * ((int64_t)1 << 29)) >> 19;
            if (right[axis] > 1024) right[axis] = 1024;
        }}
        for (int feature = 0; feature < {features}; feature++) {{
            int64_t sum = 0;
            for (int corner = 0; corner < 4; corner++) {{
                const int64_t x = cell[0] + (corner & 1), y = cell[1] + (corner >> 1);
                const int64_t row = own[4] + (own[5]
                    ? (int64_t)((uint32_t)x ^ (uint32_t)y * 2654435761u) & own[5]
                    : y * own[2] + x);
                sum += (corner & 1 ? right[0] : 1024 - right[0])
                    * (corner >> 1 ? right[1] : 1024 - right[1])
                    * {name}_table[row * {features} + feature];
            }}
            v0[level * {features} + feature] = (int32_t)redraw_place(
                sum, (int32_t)own[6], (int)own[7], {2 * REACH});
        }}
    }}
"""
    return data, code


def _numbers(kind: str, name: str, values: Iterable[Any], columns: int = 16) -> str:
    """A constant array, some numbers to a line."""
    written = [str(int(value)) for value in values]
    lines = [", ".join(written[at : at + columns]) for at in range(0, len(written), columns)]
    inside = ",\n    ".join(lines)
    return f"static const {kind} {name}[{len(written)}] = {{\n    {inside}}};\n"
