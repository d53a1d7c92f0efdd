// Subpixel detail: a small network says, of the averages around a pixel, how its quarters differ.
// It is asked for all eight turned and mirrored views; the mean of its answers, turned back, is
// taken. As redraw.fields.subpixel.

import { exp, floor, sqrt } from "./numbers.js";
import { mirrored } from "./pyramid.js";

const SIDE = 5;
const INPUTS = SIDE * SIDE;
const FAINT = 1 / 256;
// Where the surroundings differ by less than a quarter of a step of 8 bits, so does what is inside.
const FLAT = 1 / 1024;
const SIGNS = [[1, 1, 1], [-1, 1, -1], [1, -1, -1], [-1, -1, 1]];

/** A quarter turn (against the clock) of a square, row after row. */
const turned = (square, side) => square.map((_, i) => square[(i % side) * side + side - 1 - floor(i / side)]);
const flipped = (square, side) => square.map((_, i) => square[floor(i / side) * side + side - 1 - (i % side)]);

/** What is seen at each place in each view, and how the view's parts follow from the parts. */
function views() {
  const result = [];
  for (const flip of [false, true]) {
    for (let turns = 0; turns < 4; turns++) {
      let seen = [...Array(INPUTS).keys()];
      let quarters = [0, 1, 2, 3];
      for (let i = 0; i < turns; i++) [seen, quarters] = [turned(seen, SIDE), turned(quarters, 2)];
      if (flip) [seen, quarters] = [flipped(seen, SIDE), flipped(quarters, 2)];
      const parts = [0, 1, 2].map((p) => [0, 1, 2].map((r) => quarters.reduce((sum, q, i) => sum + SIGNS[i][p] * SIGNS[q][r], 0) / 4));
      result.push({ seen, parts });
    }
  }
  return result;
}

/**
 * What is added in the quarters of all pixels.
 * @param {Float32Array} flat the network's parameters: weights and biases, layer by layer
 * @param {number} units of its hidden layers
 * @param {Float32Array} plane averages, height x width
 * @returns {Float32Array} 2 height x 2 width
 */
export function quartersOf(flat, units, plane, width, height) {
  const second = INPUTS * units + units;
  const last = second + units * units + units;
  const all = views();
  const seen = new Float32Array(INPUTS);
  const hidden = new Float32Array(units);
  const result = new Float32Array(4 * width * height);
  const [dx, dy] = [new Int32Array(width * SIDE), new Int32Array(height * SIDE)];
  for (const [side, index] of [[width, dx], [height, dy]])
    for (let i = 0; i < side; i++) for (let d = 0; d < SIDE; d++) index[i * SIDE + d] = mirrored(i + d - 2, side);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const middle = plane[y * width + x];
      let squares = 0;
      for (let i = 0; i < INPUTS; i++) {
        const value = plane[dy[y * SIDE + floor(i / SIDE)] * width + dx[x * SIDE + (i % SIDE)]] - middle;
        seen[i] = value;
        squares += value * value;
      }
      const root = sqrt(squares / INPUTS);
      if (root < FLAT) continue;
      const size = root + FAINT;
      const answer = [0, 0, 0];
      for (const view of all) {
        for (let u = 0; u < units; u++) {
          let z = 0;
          for (let i = 0; i < INPUTS; i++) z += flat[u * INPUTS + i] * seen[view.seen[i]];
          z = z / size + flat[INPUTS * units + u];
          hidden[u] = z / (1 + exp(-z));
        }
        const found = [flat[last + 3 * units], flat[last + 3 * units + 1], flat[last + 3 * units + 2]];
        for (let u = 0; u < units; u++) {
          let z = flat[second + units * units + u];
          const row = second + u * units;
          for (let i = 0; i < units; i++) z += flat[row + i] * hidden[i];
          z /= 1 + exp(-z);
          for (let p = 0; p < 3; p++) found[p] += flat[last + p * units + u] * z;
        }
        for (let p = 0; p < 3; p++) for (let r = 0; r < 3; r++) answer[r] += view.parts[p][r] * found[p];
      }
      for (let q = 0; q < 4; q++) {
        const [a, b, c] = SIGNS[q];
        const at = (2 * y + (q >> 1)) * 2 * width + 2 * x + (q & 1);
        result[at] = ((a * answer[0] + b * answer[1] + c * answer[2]) * size) / 8;
      }
    }
  }
  return result;
}
