// Networks in whole numbers: their files, and the same values as everywhere. As docs/format.md says,
// whose letters are used here; numbers of doubles hold all products and sums exactly.

import { Bits } from "./bits.js";
import { fromHalf } from "./bytes.js";
import { EMPTY, Reader } from "./chunks.js";
import { FUNCTIONS } from "./functions.js";
import { abs, floor, inside, max, min, round } from "./numbers.js";

/* global WITH_CELLS, WITH_CHECKS */

const UNIT = 65536;
const PRIME = 2654435761;

/** Lists of whole numbers; each learns anew. */
class Lists extends Bits {
  learned(at) {
    const chance = this.chances[at];
    const bit = this.bit(chance);
    this.chances[at] = inside(chance + ((65535 * bit - chance) >> 5), 64, 65472);
    return bit;
  }

  number() {
    let [n, value] = [0, 1];
    while (n < 29 && this.learned(n)) n++;
    for (let place = 0; place < n; place++) {
      const bit = place === n - 1 ? this.learned(30) : place < 3 ? this.learned(30 + 8 * n + (value % 8)) : this.bit(32768);
      value = 2 * value + bit;
    }
    value--;
    return value % 2 ? -(value + 1) / 2 : value / 2;
  }

  list(count) {
    this.chances = new Int32Array(270).fill(32768);
    return Float32Array.from({ length: count }, () => inside(this.number(), -32767, 32767));
  }
}

/** The nearest whole number, of two the even one. */
const rint = (value) => (abs(value % 1) === 0.5 ? 2 * round(value / 2) : round(value));

/** The nearest number with so many binary digits: as [m, k], m / 2^k. */
function shortened(real, digits) {
  const most = inside(digits, 1, 28);
  let power = most - 1 - floor(Math.log2(real));
  while (real * 2 ** power >= 2 ** most) power--;
  while (real * 2 ** power < 2 ** (most - 1)) power++;
  return [rint(real * 2 ** power), power];
}

const digitsOf = (number) => max(number, 1).toString(2).length;
const halves = (reader, count) => Float64Array.from(new Uint16Array(reader.take(2 * count).slice().buffer), fromHalf);
const floats = (reader, count) => Float32Array.from(new Float32Array(reader.take(4 * count).slice().buffer));

/** No bit costs less than a thousandth of one. */
function check(count, reader) {
  if (WITH_CHECKS && !(count <= 8000 * (reader.bytes.length - reader.at + 8))) throw new Error(EMPTY);
}

/** A hash grid as a step. */
function gridOf(content, add) {
  const reader = new Reader(content);
  const [count, features, bits] = [reader.number(), reader.number(), reader.number()];
  if (WITH_CHECKS && !(count && count <= 32 && features && features <= 16 && bits <= 24)) throw new Error(EMPTY);
  const cells = floats(reader, 2 * count);
  const steps = halves(reader, count);
  let [rows, unit] = [0, 0];
  const levels = Array.from(steps, (step, i) => {
    const own = [cells[2 * i], cells[2 * i + 1]];
    const vertices = own.map((c) => floor(c + 0.5) + 2);
    const shared = vertices[0] * vertices[1] > 2 ** bits;
    const level = { by: own.map((c) => rint(4096 * c)), vertices, first: rows, mask: shared ? 2 ** bits - 1 : 0, step };
    rows += shared ? 2 ** bits : vertices[0] * vertices[1];
    return level;
  });
  check(rows * features, reader);
  const table = new Float32Array(rows * features);
  const lists = new Lists(reader.take());
  levels.forEach(({ first, step }, i) => {
    const own = lists.list(((levels[i + 1] ? levels[i + 1].first : rows) - first) * features);
    table.set(own, first * features);
    unit = max(unit, step * own.reduce((most, value) => max(most, abs(value)), 1));
  });
  unit /= 2 ** 20;
  for (const level of levels) {
    const [m, k] = shortened(level.step / (2 ** 20 * unit), 17);
    level.factor = m / 2 ** k;
  }
  return [add("cells", count * features, { table, features, levels }), unit];
}

/**
 * The steps of a network's chunks.
 * @param {object} chunks as of chunks.js
 * @param {object} said what its chunk NE says
 * @param {(kind, width, rest) => void} add adds a step, which takes what the one before gave
 */
export function lowerWhole({ WE, GR }, said, add) {
  const reader = new Reader(WE[0]);
  const layers = said.layers.map((layer, i) => {
    const count = layer.shape[0];
    return { omega: 1, spread: 1, largest: 1, ...layer, scales: halves(reader, count), biases: (i ? halves : floats)(reader, count) };
  });
  if (WITH_CHECKS) check(layers.reduce((sum, { shape: [O, I] }) => sum + O * I, 0), reader);
  const lists = new Lists(reader.take());
  for (const layer of layers) layer.weight = lists.list(layer.shape[0] * layer.shape[1]);
  let [unit, reach] = [1 / UNIT, UNIT];
  if (WITH_CELLS && GR[0]) [unit, reach] = [gridOf(GR[0], add)[1], 2 ** 20];
  layers.forEach((layer, depth) => {
    const { shape, function: name, omega, spread, weight, scales, biases } = layer;
    const largest = name === "relu" || name === "silu" ? layer.largest : 1;
    const [width, taken] = shape;
    const sizes = sumsOf(layer);
    const following = layers[depth + 1];
    let next = following ? 16384 : 0;
    if (following) {
      const all = sumsOf(following).map((sum, o) => sum + abs(following.biases[o]) / (following.scales[o] * largest));
      while (next > 16 && max(...all) * next >= 2 ** 24 - 1) next /= 2;
    }
    const places = placesOf(name, layer, largest, next);
    const bias = Float64Array.from(biases, (b, o) => rint(b / (scales[o] * unit)));
    const bounds = sizes.map((sum, o) => sum * reach + abs(bias[o]));
    const factors = bounds.map((bound, o) => shortened(scales[o] * (unit * places), 52 - digitsOf(bound)));
    const bend = name === "finer" ? shortened((omega * 16384) / (2 * Math.PI) / 2 ** 28, 16) : [1, 0];
    const far = bounds.some((bound, o) => (bound * factors[o][0]) / 2 ** factors[o][1] >= 2 ** 30);
    add("whole", width, { name, omega, spread, largest, weight, bias, factors, bend, places, reach: next, far, taken, points: !depth && !GR[0], exact: depth > 0 || !GR[0] });
    [unit, reach] = [largest / next, next];
  });
  if (said.sharpness) add("sigmoid", layers[layers.length - 1].shape[0], { sharpness: said.sharpness });
}

function sumsOf({ shape: [outputs, inputs], weight }) {
  return Array.from({ length: outputs }, (_, o) => weight.subarray(o * inputs, (o + 1) * inputs).reduce((sum, v) => sum + abs(v), 0));
}

/** How many places of a layer's function a unit of its argument is. */
function placesOf(name, { omega, spread }, largest, next) {
  if (name === "sine") return (omega * 16384) / (2 * Math.PI);
  if (name === "finer") return 16384;
  if (name === "relu") return next / largest;
  if (!name) return UNIT;
  return 8192 / ({ tanh: 6, sigmoid: 12, silu: largest }[name] || 3.5 / spread);
}

const held = (value, factor, most) => inside(floor(value * factor + 0.5), -most, most);

/** What a layer's function gives of a sum. */
function valueOf(step, sum, factor, bend) {
  const { name, omega, spread, largest, reach, places } = step;
  if (!name) return held(sum, factor, 2 ** 26) / UNIT;
  if (name === "relu") return max(held(sum, factor, reach), 0);
  const bent = name === "finer";
  if (!bent && name !== "sine") return rint(reach * (FUNCTIONS[name](held(sum, factor, 8192) / places, omega, spread) / largest));
  let t = held(sum, factor, bent ? 2 ** 18 : 2 ** 30);
  if (bent) t = held((abs(t) + 16384) * t, bend, 2 ** 30);
  return rint(reach * Math.sin(2 * Math.PI * ((t & 16383) / 16384)));
}

export const whole = (value) => rint(UNIT * inside(value, -1, 1));

/** A layer at points: whole numbers to such, and from the last layer values. */
export function runWhole(step, [z], n) {
  const { weight, bias, factors, bend, taken, width } = step;
  const inputs = step.points ? z.map((row) => Float64Array.from(row, whole)) : z;
  return Array.from({ length: width }, (_, o) => {
    const sums = new Float64Array(n).fill(bias[o]);
    for (let i = 0; i < taken; i++) {
      const [factor, from] = [weight[o * taken + i], inputs[i]];
      if (factor) for (let p = 0; p < n; p++) sums[p] += factor * from[p];
    }
    const [m, k] = factors[o];
    return Float32Array.from(sums, (sum) => valueOf(step, sum, m / 2 ** k, bend[0] / 2 ** bend[1]));
  });
}

/** A hash grid's features at points, whole numbers within 2^20. */
export function runCells({ table, features, levels, width }, [xy], n) {
  const out = Array.from({ length: width }, () => new Float32Array(n));
  levels.forEach(({ by, vertices, first, mask, factor }, level) => {
    for (let p = 0; p < n; p++) {
      const [[x, r], [y, s]] = [0, 1].map((axis) => {
        const place = (UNIT + whole(xy[axis][p])) * by[axis] + 2 ** 28;
        const cell = min(floor(place / 2 ** 29), vertices[axis] - 2);
        return [cell, min(floor((place - cell * 2 ** 29) / 2 ** 19), 1024)];
      });
      for (let f = 0; f < features; f++) {
        let sum = 0;
        for (let corner = 0; corner < 4; corner++) {
          const [across, down] = [corner & 1, corner >> 1];
          const row = mask ? ((x + across) ^ Math.imul(y + down, PRIME)) & mask : (y + down) * vertices[0] + x + across;
          sum += (across ? r : 1024 - r) * (down ? s : 1024 - s) * table[(first + row) * features + f];
        }
        out[level * features + f][p] = floor(sum * factor + 0.5);
      }
    }
  });
  return out;
}
