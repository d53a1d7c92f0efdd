// A coded picture's whole numbers to its planes: as redraw.fields.wavelet, exact on every machine.

import { filter } from "./filter.js";
import { abs, floor, inside, max, min } from "./numbers.js";
import { halvings, joinLine } from "./pyramid.js";

const STEPS = [-25987, -868, 14466, 7266];
const LARGEST = 2 ** 23;
const MOST_STEPS = 2 ** 20;
// 16384 over the norm of a band's synthesis function, by level: of the bands that are low along
// one axis, of the one that is high along both, and of the low coefficients.
const SHARES = [
  [16201, 20810, 12613], [12418, 16939, 9103], [8970, 11925, 6748], [6655, 8726, 5075],
  [5007, 6538, 3835], [3783, 4935, 2901], [2862, 3732, 2195], [2165, 2823, 1661],
  [1639, 2136, 1257], [1240, 1617, 951], [938, 1223, 720], [710, 926, 545],
];
const ROWS = [[3 ** -0.5, 3 ** -0.5, 3 ** -0.5], [2 ** -0.5, 0, -(2 ** -0.5)], [-(6 ** -0.5), 2 * 6 ** -0.5, -(6 ** -0.5)]];

/** floor((a * b + half) / 2^14), exact for numbers of doubles. */
const scaled = (a, b) => floor((a * b + 8192) / 16384);
const lifted = (k, sum) => scaled(STEPS[k], sum);

/* global WITH_FILTER */

/**
 * All planes, in whole numbers.
 * @param {{width, height, planes, depth}} config
 * @param {ArrayLike<number>} coefficients in whole steps, planes x height x width
 * @param {number} step in 1/256 units of the planes, for a band of norm 1
 * @param {number[]} places where in their steps sizes of 1, 2 and more are, in 1/64: six
 * @param {?Int32Array[]} weights of the planes' filter, if there is one
 * @returns {Float64Array[]}
 */
export function planesOf({ width, height, planes }, coefficients, step, places, weights) {
  let levels = 0;
  while (max(width, height) > 8 * 2 ** levels) levels++;
  const [across, down] = [halvings(width, levels), halvings(height, levels)];
  const half = (max(width, height) + 1) >> 1;
  const line = [new Float64Array(half), new Float64Array(half)];
  const result = [];
  for (let plane = 0; plane < planes; plane++) {
    const values = new Float64Array(width * height);
    const restore = (top, bottom, left, right, share, own) => {
      const size = max(1, scaled(step, share));
      for (let y = top; y < bottom; y++) {
        for (let i = y * width + left; i < y * width + right; i++) {
          const coefficient = coefficients[plane * width * height + i];
          if (!coefficient) continue;
          const n = min(abs(coefficient), MOST_STEPS);
          values[i] = Math.sign(coefficient) * min(scaled(n * 64 + own[min(n, 3) - 1], size), LARGEST);
        }
      }
    };
    const own = places.slice(plane ? 3 : 0, plane ? 6 : 3);
    for (let level = 0; level < levels; level++) {
      const [h, n, w, m] = [down[level], down[level + 1], across[level], across[level + 1]];
      restore(0, n, m, w, SHARES[level][0], own);
      restore(n, h, 0, m, SHARES[level][0], own);
      restore(n, h, m, w, SHARES[level][1], own);
    }
    restore(0, down[levels], 0, across[levels], levels ? SHARES[levels - 1][2] : 16384, [0, 0, 0]);
    for (let level = levels - 1; level >= 0; level--) {
      const [h, w] = [down[level], across[level]];
      for (let x = 0; x < w; x++) joinLine(values, x, width, h, down[level + 1], line, lifted, 1);
      for (let y = 0; y < h; y++) joinLine(values, y * width, 1, w, across[level + 1], line, lifted, 1);
      for (let y = 0; y < h; y++) for (let i = y * width; i < y * width + w; i++) values[i] = inside(values[i], -LARGEST, LARGEST);
    }
    if (WITH_FILTER && weights) filter(values, width, height, step, weights[plane]);
    result.push(values);
  }
  return result;
}

/**
 * What channels add to a plane.
 * @param {?ArrayLike<number>} mix what the first three planes add to colours, in 1/16384, if not the usual
 */
export function rowOf(plane, planes, mix) {
  if (mix && plane < 3) return [0, 3, 6].map((first) => mix[first + plane] / 16384);
  return planes > 2 ? ROWS[plane] || [0, 0, 0, 1] : Array.from({ length: planes }, (_, c) => +(c === plane));
}

/** Pixel averages of a plane of whole numbers, to which channels add `row`. */
export function averagesOf(whole, row, depth) {
  const most = 2 ** depth - 1;
  const middle = (row.reduce((a, b) => a + b, 0) * 2 ** (depth - 1)) / most;
  return Float32Array.from(whole, (value) => value / (2 ** (depth === 8 ? 6 : 0) * most) + middle);
}
