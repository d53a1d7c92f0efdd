"""Labels (`redraw.fields.regions`) in the common subset of GLSL and WGSL."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from redraw.export.source_code import literal
from redraw.fields.label_cells import CELL
from redraw.fields.regions import Regions

# Whole numbers are floats of the list, exact below 2^24; `taps` stands in `shader_parts`.
NUMBER = """\
float number(int i) {
  return at(i >> 2u)[i & 3];
}
"""


def regions(op: Regions, add: Callable[[NDArray], int]) -> str:
    """The function `vec4 regions(vec2 p)`.

    Args:
        op: Whose tables and values.
        add: Puts vec4s into the list of constants, says where they begin. (n, 4)
    """
    height, width = op.size
    most = op.labels.shape[1]
    rows, columns = op.rank.shape[1:]
    # Of the lists of numbers, four to a vec4, where the first number is; of the others, the vec4.
    sets, labels, first, rank, potentials = (
        4 * add(_fours(array)) for array in (op.sets, op.labels, op.first, op.rank, op.potentials)
    )
    colours = add(_padded(op.colours))
    detail = ""
    if len(op.detail):
        detail = f"""\
  vec2 corner = floor(place - 0.5);
  vec2 after = place - 0.5 - corner;
  int start = {sets} + (int(corner.y) + 1) * {width + 2} + int(corner.x) + 1;
  for (int b = 0; b < 2; b++) {{
    for (int a = 0; a < 2; a++) {{
      int found = min(int(number(start + b * {width + 2} + a)), {len(op.detail) - 1});
      float share = abs(1.0 - float(b) - after.y) * abs(1.0 - float(a) - after.x);
      sum += share * at({add(_padded(op.detail))} + found);
    }}
  }}
"""
    return f"""\
{NUMBER}vec4 regions(vec2 p) {{
  vec2 size = vec2({width}.0, {height}.0);
  vec2 place = clamp((p + 1.0) * 0.5 * size, vec2(0.0), size);
  vec2 pixel = min(floor(place), size - 1.0);
  vec2 second = floor(place - pixel + 0.5);
  vec4 across = taps(place.x - pixel.x - second.x + 0.5);
  vec4 down = taps(place.y - pixel.y - second.y + 0.5);
  int here = int(number({sets} + (int(pixel.y) + 1) * {width + 2} + int(pixel.x) + 1));
  float power[{most}];
  float highest = -1e30;
  for (int m = 0; m < {most}; m++) {{
    float value = 0.0;
    for (int b = 0; b < 4; b++) {{
      int k = {first} + (here * {most} + m) * 5 + int(second.y) + b;
      int node = {potentials} + int(number(k)) + int(second.x);
      for (int a = 0; a < 4; a++) {{
        value += down[b] * across[a] * number(node + a);
      }}
    }}
    if (number({labels} + here * {most} + m) > 254.0) {{
      value = -1e30;
    }}
    power[m] = value;
    highest = max(highest, value);
  }}
  float total = 0.0;
  for (int m = 0; m < {most}; m++) {{
    power[m] = exp({literal(op.sharpness, 9)} * (power[m] - highest));
    total += power[m];
  }}
  int high = (2 * int(pixel.y) + {1 + CELL}) / {2 * CELL};
  int wide = (2 * int(pixel.x) + {1 + CELL}) / {2 * CELL};
  down = taps(place.y / {CELL}.0 + 0.5 - float(high));
  across = taps(place.x / {CELL}.0 + 0.5 - float(wide));
  vec4 sum = vec4(0.0);
  for (int m = 0; m < {most}; m++) {{
    if (power[m] > 0.0) {{
      int label = int(number({labels} + here * {most} + m)) * {rows} + high;
      for (int b = 0; b < 4; b++) {{
        for (int a = 0; a < 4; a++) {{
          int node = int(number({rank} + (label + b) * {columns} + wide + a));
          sum += power[m] / total * down[b] * across[a] * at({colours} + node);
        }}
      }}
    }}
  }}
{detail}  return sum;
}}
"""


def _fours(array: NDArray) -> NDArray[np.float32]:
    """Numbers, four to a row, filled up by zeros. (n, 4)"""
    flat = array.reshape(-1).astype(np.float32)
    return np.concatenate([flat, np.zeros(-len(flat) % 4, np.float32)]).reshape(-1, 4)


def _padded(rows: NDArray) -> NDArray[np.float32]:
    """Rows of up to four numbers, as vec4s. (n, 4)"""
    return np.pad(rows.astype(np.float32), ((0, 0), (0, 4 - rows.shape[1])))
