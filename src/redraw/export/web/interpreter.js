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
  ...(WITH_LABELS && { regions: runRegions }),
  ...(WITH_WHOLE && { whole: runWhole }),
  ...(WITH_CELLS && { cells: runCells }),
  ...(WITH_LATTICES && { lattice }),
  ...(WITH_PROGRAMS && { join: (step, values) => values.flat() }),
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

/** Means over cells around points, which come row by row; or `shares` of them added to another value. */
function lattice({ weights, columns, rows, width, shares }, [[xs, ys], before], n, [wide, high]) {
  const out = make(width, n);
  let down;
  for (let p = 0; p < n; p++) {
    if (!p || ys[p] !== ys[p - 1]) down = reached(((ys[p] + 1) / 2) * rows - 0.5, (high * rows) / 2, rows);
    const across = reached(((xs[p] + 1) / 2) * columns - 0.5, (wide * columns) / 2, columns);
    for (let c = 0; c < (shares ? 1 : width); c++) {
      let sum = 0;
      for (let j = 0; j < down.length; j += 2) {
        const line = (c * rows + down[j]) * columns;
        let inner = 0;
        for (let i = 0; i < across.length; i += 2) inner += across[i + 1] * weights[line + across[i]];
        sum += down[j + 1] * inner;
      }
      if (shares) out.forEach((row, c) => (row[p] = before[c][p] + shares[c] * sum));
      else out[c][p] = sum;
    }
  }
  return out;
}

/** The integral of a cubic B-spline, less the middle. */
function integral(t) {
  const d = min(abs(t), 2);
  return Math.sign(t) * (d <= 1 ? (d * 2) / 3 - d ** 3 / 3 + d ** 4 / 8 : 0.5 - (2 - d) ** 4 / 24);
}

/** Which B-splines reach a cell, and with what share of its mean: [index, share] one after another. A point is a small cell. */
function reached(middle, length, side) {
  const half = max(length, 1e-4) / 2;
  const result = [];
  for (let i = floor(middle - half) - 1; i <= floor(middle + half) + 2; i++)
    result.push(mirrored(i, side), (integral(middle + half - i) - integral(middle - half - i)) / (2 * half));
  return result;
}

/**
 * Values at points, or of splines and labels means over cells of a size around them.
 * @param {ArrayLike<number>[]} xy over points, of each coordinate
 * @returns {Float32Array[]} over points, of each value
 */
export function run(program, xy, cell = [0, 0]) {
  const values = [xy];
  for (const step of program.steps) values.push(OPERATIONS[step.kind](step, step.inputs.map((i) => values[i]), xy[0].length, cell));
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
      run(field.program, [xs, new Float64Array(xs.length).fill(at)], plan.linear ? plan.step : undefined).forEach((row, c) => {
        for (let i = 0; i < row.length; i++) sums[c][floor(i / samples)] += plan.linear ? row[i] : inside(row[i]);
      });
    }
    for (let x = 0; x < width; x++) paint(pixels, 4 * (y * width + x), sums.map((row) => row[x] / samples ** 2), meaning);
  }
  return pixels;
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
