// Running a program in plain JavaScript: where there is no WebGL2, and to test by.
// Values are kept number by number, each an array over points.

import { FUNCTIONS, sigmoid } from "./functions.js";
import { abs, exp, floor, inside, max, min, round } from "./numbers.js";
import { mirrored } from "./pyramid.js";
import { meaningOf } from "./plan.js";
import { runRegions } from "./regions.js";
import { runCells, runWhole } from "./whole.js";

const make = (count, length) => Array.from({ length: count }, () => new Float32Array(length));

/* global WITH_AFFINE, WITH_ACTIVATIONS, WITH_COMPLEX, WITH_GRIDS, WITH_LATTICES, WITH_LABELS, WITH_WHOLE, WITH_CELLS, WITH_PROGRAMS */

const OPERATIONS = {
  ...(WITH_AFFINE && { affine }),
  ...(WITH_ACTIVATIONS && { activation }),
  ...((WITH_ACTIVATIONS || WITH_WHOLE) && { sigmoid: logistic }),
  ...(WITH_PROGRAMS && { softmax }),
  ...(WITH_GRIDS && { lookup }),
  ...(WITH_LABELS && { regions: (step, [xy], n) => runRegions(step, xy, n) }),
  ...(WITH_WHOLE && { whole: runWhole }),
  ...(WITH_CELLS && { cells: runCells }),
  ...(WITH_PROGRAMS && { lattice }),
  ...(WITH_LATTICES && { join: (step, values) => values.flat() }),
};

function affine({ weight, bias, width }, [z], n) {
  const out = make(width, n);
  for (let o = 0; o < width; o++) {
    const row = out[o].fill(bias[o]);
    for (let i = 0; i < z.length; i++) {
      const factor = weight[o * z.length + i];
      if (factor) for (let p = 0, from = z[i]; p < n; p++) row[p] += factor * from[p];
    }
  }
  return out;
}

function activation({ name, omega, spread, width }, [z], n) {
  if (!WITH_COMPLEX || name !== "wire-complex") return z.map((row) => row.map((value) => FUNCTIONS[name](value, omega, spread)));
  const out = make(width, n);
  const half = width / 2;
  for (let i = 0; i < half; i++) {
    for (let p = 0; p < n; p++) {
      const [re, im] = [z[i][p], z[i + half][p]];
      const size = exp(-omega * im - spread * spread * (re * re + im * im));
      out[i][p] = size * Math.cos(omega * re);
      out[i + half][p] = size * Math.sin(omega * re);
    }
  }
  return out;
}

function logistic({ sharpness }, [z]) {
  return z.map((row) => row.map((value) => sigmoid(sharpness * value)));
}

function softmax({ width }, [z], n) {
  const out = make(width, n);
  for (let p = 0; p < n; p++) {
    const most = max(...z.map((row) => row[p]));
    const powers = z.map((row) => exp(row[p] - most));
    const total = powers.reduce((a, b) => a + b);
    powers.forEach((power, i) => (out[i][p] = power / total));
  }
  return out;
}

function lookup({ table, features, levels, width }, [xy], n) {
  const out = make(width, n);
  const axes = xy.length;
  levels.forEach(({ scale, multipliers, first, mask }, level) => {
    const [near, right] = [new Uint32Array(axes), new Float64Array(axes)];
    for (let p = 0; p < n; p++) {
      for (let axis = 0; axis < axes; axis++) {
        const at = inside((xy[axis][p] + 1) / 2) * scale[axis] + 0.5;
        near[axis] = floor(at);
        right[axis] = at - near[axis];
      }
      for (let corner = 0; corner < 1 << axes; corner++) {
        let row = 0;
        let share = 1;
        for (let axis = 0; axis < axes; axis++) {
          const bit = (corner >> axis) & 1;
          const term = Math.imul(near[axis] + bit, multipliers[axis]);
          row = mask ? row ^ term : row + term;
          share *= bit ? right[axis] : 1 - right[axis];
        }
        const at = (first + (mask ? row & mask : row)) * features;
        for (let f = 0; f < features; f++) out[level * features + f][p] += share * table[at + f];
      }
    }
  });
  return out;
}

function lattice(step, [xy], n) {
  const out = make(step.width, n);
  for (let p = 0; p < n; p++) {
    const across = reached(((xy[0][p] + 1) / 2) * step.columns - 0.5, 0, step.columns);
    const down = reached(((xy[1][p] + 1) / 2) * step.rows - 0.5, 0, step.rows);
    for (let c = 0; c < step.width; c++) out[c][p] = weighed(step, c, across, down);
  }
  return out;
}

/** A cubic B-spline, or its integral less the middle. */
function bspline(t) {
  const d = min(abs(t), 2);
  return d <= 1 ? 2 / 3 - d * d + d ** 3 / 2 : (2 - d) ** 3 / 6;
}
function integral(t) {
  const d = min(abs(t), 2);
  return Math.sign(t) * (d <= 1 ? (d * 2) / 3 - d ** 3 / 3 + d ** 4 / 8 : 0.5 - (2 - d) ** 4 / 24);
}

/** Which B-splines reach a cell, and with what share of its mean: [index, share] one after another. */
function reached(middle, length, side) {
  const [start, end] = [middle - length / 2, middle + length / 2];
  const result = [];
  for (let i = floor(start) - 1; i <= floor(end) + 2; i++)
    result.push(mirrored(i, side), length < 1e-4 ? bspline(middle - i) : (integral(end - i) - integral(start - i)) / length);
  return result;
}

function weighed({ weights, columns, rows }, plane, across, down) {
  let sum = 0;
  for (let j = 0; j < down.length; j += 2) {
    const line = (plane * rows + down[j]) * columns;
    let inner = 0;
    for (let i = 0; i < across.length; i += 2) inner += across[i + 1] * weights[line + across[i]];
    sum += down[j + 1] * inner;
  }
  return sum;
}

/** Values at points: arrays over points for each coordinate, to such for each value. */
export function run(program, xy, special = OPERATIONS) {
  const values = [xy];
  for (const step of program.steps) values.push((special[step.kind] || OPERATIONS[step.kind])(step, step.inputs.map((i) => values[i]), xy[0].length));
  return values[values.length - 1];
}

/**
 * Draw what a plan says.
 * @returns {Uint8ClampedArray} RGBA, straight alpha
 */
export function draw(field, plan) {
  const { width, height, samples } = plan;
  const pixels = new Uint8ClampedArray(4 * width * height);
  const meaning = meaningOf(field);
  const xs = Float64Array.from({ length: width * samples }, (_, i) => plan.x + i * plan.step[0]);
  const sums = make(field.program.channels, width);
  for (let y = 0; y < height; y++) {
    for (const row of sums) row.fill(0);
    for (let j = 0; j < samples; j++) {
      const at = plan.y + (y * samples + j) * plan.step[1];
      const found = (WITH_LATTICES || WITH_LABELS) && plan.linear ? meansOf(field.program, xs, at, plan) : run(field.program, [xs, new Float64Array(xs.length).fill(at)]);
      found.forEach((row, c) => {
        for (let i = 0; i < row.length; i++) sums[c][floor(i / samples)] += plan.linear ? row[i] : inside(row[i]);
      });
    }
    for (let x = 0; x < width; x++) paint(pixels, 4 * (y * width + x), sums.map((row) => row[x] / samples ** 2), meaning);
  }
  return pixels;
}

/** One row of exact means over cells. */
function meansOf(program, xs, y, { step }) {
  return run(program, [xs, xs], {
    ...(WITH_LABELS && { regions: (op) => runRegions(op, [xs, new Float64Array(xs.length).fill(y)], xs.length, step) }),
    ...(WITH_LATTICES && { lattice: (op) => latticeMeans(op, xs, y, step) }),
  });
}

function latticeMeans(op, xs, y, step) {
  const { columns, rows, width } = op;
  const down = reached(((y + 1) / 2) * rows - 0.5, (step[1] * rows) / 2, rows);
  const out = make(width, xs.length);
  for (let i = 0; i < xs.length; i++) {
    const across = reached(((xs[i] + 1) / 2) * columns - 0.5, (step[0] * columns) / 2, columns);
    for (let c = 0; c < width; c++) out[c][i] = weighed(op, c, across, down);
  }
  return out;
}

/** Values of one pixel as RGBA. */
function paint(pixels, at, found, { grey, alpha, curve, cut, flats }) {
  const values = kept(found.map((value) => inside(value)), flats);
  const cover = alpha ? values[values.length - 1] : 1;
  for (let c = 0; c < 3; c++) {
    let value = values[grey ? 0 : c];
    if (alpha) value = cover ? min(value / cover, 1) : 0;
    if (curve) {
      const light = inside(Math.sinh(value * (curve.end - curve.start) + curve.start) * curve.scale);
      value = light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
    }
    pixels[at + c] = round(255 * value);
  }
  pixels[at + 3] = round(255 * (cut ? inside((cover - cut) / (1 - 2 * cut)) : cover));
}

/** What is drawn near a flat colour is meant to be it; what is twice as far away stays. */
function kept(drawn, flats) {
  let values = drawn;
  for (const flat of flats) {
    const off = drawn.map((value, c) => value - flat[c]);
    const far = max(...off.map(abs));
    const reach = flat[drawn.length];
    if (far < 2 * reach) values = off.map((value, c) => flat[c] + value * min((2 * max(far - reach, 0)) / max(far, 1e-12), 1));
  }
  return values;
}
