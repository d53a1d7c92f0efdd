"""Labels (`redraw.fields.regions`) in C: their tables, and the statements that look up in them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from redraw.export.source_code import is_double, literal, numbers
from redraw.fields.label_cells import CELL
from redraw.fields.regions import Regions

HELPERS = """\
#ifndef REDRAW_REGIONS
#define REDRAW_REGIONS
/* The four cubic B-splines that reach a place, which lies t after the second. */
static inline void redraw_four(REDRAW_WIDE t, REDRAW_WIDE weight[4])
{
    const REDRAW_WIDE six = 6, left = (REDRAW_WIDE)1 - t;
    weight[0] = left * left * left / six;
    weight[1] = (4 - six * t * t + 3 * t * t * t) / six;
    weight[2] = (4 - six * left * left + 3 * left * left * left) / six;
    weight[3] = t * t * t / six;
}
/* A place in pixels, held inside of the picture (no number is 0); and which pixel that is in. */
static inline int32_t redraw_pixel(REDRAW_WIDE place, int32_t side, REDRAW_WIDE *at)
{
    const REDRAW_WIDE zero = 0, one = 1, half = (REDRAW_WIDE)0.5;
    *at = fmin(fmax((place + one) * half * (REDRAW_WIDE)side, zero), (REDRAW_WIDE)side);
    const int32_t pixel = (int32_t)*at;
    return pixel < side ? pixel : side - 1;
}
#endif

"""


def regions(op: Regions, name: str, take: str, out: str, take_width: int) -> tuple[str, str]:
    """Constants and statements, as every printer of `redraw.export.c_header`."""
    height, width = op.size
    most = op.labels.shape[1]
    rows, columns = op.rank.shape[1:]
    data = "".join(
        _whole(f"{name}_{what}", array)
        for what, array in (
            ("sets", op.sets),
            ("labels", op.labels),
            ("first", op.first),
            ("rank", op.rank),
        )
    )
    data += "".join(
        _floating(f"{name}_{what}", array)
        for what, array in (("potentials", op.potentials), ("colours", op.colours))
    )
    planes = op.width
    detail = ""
    if len(op.detail):
        data += _floating(f"{name}_detail", op.detail)
        last = len(op.detail) - 1
        detail = f"""\
        const int32_t top = (int32_t)floor(y - half) + 1, start = (int32_t)floor(x - half) + 1;
        const REDRAW_WIDE below = y - half - floor(y - half), right = x - half - floor(x - half);
        for (int32_t corner = 0; corner < 4; corner++) {{
            const int32_t b = corner >> 1, a = corner & 1;
            int32_t at = {name}_sets[(top + b) * {width + 2} + start + a];
            if (at > {last}) at = {last};
            const REDRAW_WIDE share = (b ? below : 1 - below) * (a ? right : 1 - right);
            for (int32_t c = 0; c < {planes}; c++)
                {out}[c] += share * {name}_detail[at * {planes} + c];
        }}
"""
    code = f"""\
    {{
        const REDRAW_WIDE half = (REDRAW_WIDE)0.5;
        REDRAW_WIDE x, y, down[4], across[4], power[{most}], most = 0, total = 0;
        const int32_t column = redraw_pixel({take}[0], {width}, &x);
        const int32_t row = redraw_pixel({take}[1], {height}, &y);
        const int32_t set = {name}_sets[(row + 1) * {width + 2} + column + 1];
        const int32_t b0 = y - (REDRAW_WIDE)row >= half, a0 = x - (REDRAW_WIDE)column >= half;
        int32_t count = 0;
        redraw_four(y - (REDRAW_WIDE)(row + b0) + half, down);
        redraw_four(x - (REDRAW_WIDE)(column + a0) + half, across);
        for (; count < {most} && {name}_labels[set * {most} + count] != 255; count++) {{
            REDRAW_WIDE sum = 0;
            for (int32_t b = 0; b < 4; b++) {{
                const int32_t at = {name}_first[(set * {most} + count) * 5 + b0 + b] + a0;
                for (int32_t a = 0; a < 4; a++)
                    sum += down[b] * across[a] * {name}_potentials[at + a];
            }}
            power[count] = sum;
            if (count == 0 || sum > most) most = sum;
        }}
        for (int32_t m = 0; m < count; m++)
            total += power[m] = exp((REDRAW_WIDE){literal(op.sharpness)} * (power[m] - most));
        const int32_t high = (2 * row + {1 + CELL}) / {2 * CELL};
        const int32_t wide = (2 * column + {1 + CELL}) / {2 * CELL};
        redraw_four(y / {CELL} + half - (REDRAW_WIDE)high, down);
        redraw_four(x / {CELL} + half - (REDRAW_WIDE)wide, across);
        for (int32_t c = 0; c < {planes}; c++) {out}[c] = 0;
        for (int32_t m = 0; m < count; m++)
            for (int32_t b = 0; b < 4; b++)
                for (int32_t a = 0; a < 4; a++) {{
                    const int32_t label = {name}_labels[set * {most} + m];
                    const int32_t at = {name}_rank[
                        (label * {rows} + high + b) * {columns} + wide + a];
                    const REDRAW_WIDE share = power[m] / total * down[b] * across[a];
                    for (int32_t c = 0; c < {planes}; c++)
                        {out}[c] += share * {name}_colours[at * {planes} + c];
                }}
{detail}    }}
"""
    return data, code


def _whole(name: str, array: NDArray[Any]) -> str:
    """Whole numbers of at least 0, in the shortest type that holds them."""
    bits = next(bits for bits in (8, 16, 32) if int(array.max(initial=0)) < 1 << bits)
    flat = array.reshape(-1).tolist()
    lines = [", ".join(map(str, flat[at : at + 24])) for at in range(0, len(flat), 24)]
    body = ",\n    ".join(lines)
    # As a signed type, so that sums of indices are signed.
    return f"static const {'u' if bits < 32 else ''}int{bits}_t {name}[] = {{\n    {body}}};\n"


def _floating(name: str, array: NDArray[np.floating]) -> str:
    kind = "double" if is_double(array) else "float"
    return f"static const {kind} {name}[] = {{\n    {numbers(array)}}};\n"
