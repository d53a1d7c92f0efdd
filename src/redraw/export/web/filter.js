// The filter of a coded picture's planes: as redraw.fields.plane_filter, exact on every machine.

import { Coder } from "./coder.js";
import { abs, floor, inside, max, min } from "./numbers.js";

const LARGEST = 2 ** 23;
const CLASSES = 9;
// Down and right, to one of two neighbours on opposite sides; each pair has two weights.
const PAIRS = [[0, 1], [0, 2], [0, 3], [1, -2], [1, -1], [1, 0], [1, 1], [1, 2], [2, -1], [2, 0], [2, 1], [3, 0]];
const TAPS = 2 * PAIRS.length;

/** Of each plane its weights, set after set, from a chunk. */
export function filterOf(content, planes) {
  const coder = new Coder(content);
  return Array.from({ length: planes }, (_, plane) =>
    Int32Array.from({ length: TAPS * (plane ? 1 : CLASSES) }, () => {
      const z = coder.rest();
      return z % 2 ? (z + 1) / 2 : -z / 2;
    }),
  );
}

/** Filter a plane of whole numbers in place; `step` is that of the picture. */
export function filter(values, width, height, step, weights) {
  if (weights.every((weight) => !weight)) return;
  const plane = values.slice();
  const limit = floor((step * 90) / 65536);
  const at = (y, x) => plane[inside(y, 0, height - 1) * width + inside(x, 0, width - 1)];
  const held = (value) => inside(value, -limit, limit);
  const bends = weights.length > TAPS && [[1, 0], [0, 1], [1, 1], [1, -1]].map(([dy, dx]) => bent(at, width, height, dy, dx));
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [kind, turn] = bends ? chosen(bends[0][i], bends[1][i], bends[2][i], bends[3][i], step) : [0, 0];
      const here = plane[i];
      let total = 64;
      for (let k = 0; k < PAIRS.length; k++) {
        let [dy, dx] = PAIRS[k];
        if (turn === 1) [dy, dx] = [dx, dy];
        else if (turn) dx = -dx;
        const one = at(y + dy, x + dx) - here;
        const other = at(y - dy, x - dx) - here;
        const place = kind * TAPS + 2 * k;
        total += weights[place] * (one + other) + weights[place + 1] * (held(one) + held(other));
      }
      values[i] = inside(here + floor(total / 128), -LARGEST, LARGEST);
    }
  }
}

/** How far pixels are from the middle between two neighbours, over 5 x 5. */
function bent(at, width, height, dy, dx) {
  const own = new Float64Array(width * height);
  for (let y = 0, i = 0; y < height; y++) for (let x = 0; x < width; x++, i++) own[i] = abs(2 * at(y, x) - at(y - dy, x - dx) - at(y + dy, x + dx));
  const across = new Float64Array(own.length);
  const result = new Float64Array(own.length);
  for (let y = 0, i = 0; y < height; y++) for (let x = 0; x < width; x++, i++) for (let k = -2; k < 3; k++) across[i] += own[y * width + inside(x + k, 0, width - 1)];
  for (let y = 0, i = 0; y < height; y++) for (let x = 0; x < width; x++, i++) for (let k = -2; k < 3; k++) result[i] += across[inside(y + k, 0, height - 1) * width + x];
  return result;
}

/** The class of a pixel, and how its weights are turned. */
function chosen(v, h, falling, rising, step) {
  const busy = 1024 * (v + h);
  const kind = 3 * ((busy >= 5 * step) + (busy >= 25 * step));
  if (abs(v - h) >= abs(falling - rising)) return max(v, h) > 2 * min(v, h) ? [kind + 1, h > v ? 1 : 0] : [kind, 0];
  return max(falling, rising) > 2 * min(falling, rising) ? [kind + 2, rising > falling ? 2 : 0] : [kind, 0];
}
