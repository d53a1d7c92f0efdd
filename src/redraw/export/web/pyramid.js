// The spline pyramid: kept coefficients to pixel averages (an inverse 9/7 wavelet whose blocks are
// multiplied by matrices), and averages to the weights of cubic B-splines.
// As redraw.fields.lattice, .bands and .prefilter; planes are Float32Arrays, row after row.

import { floor, max, min, sqrt } from "./numbers.js";

const COARSEST = 8;
const STEPS = [-1.586134342059924, -0.052980118572961, 0.882911075530934, 0.443506852043971];
const GAIN = 1.149604398860241;
const AVERAGES = [230 / 384, 76 / 384, 1 / 384];
const REACH = 18;

/** How many low coefficients there are along a side after 0, 1, ... levels. */
export function halvings(side, levels) {
  const result = [side];
  for (let i = 0; i < levels; i++) result.push((result[i] + 1) >> 1);
  return result;
}

/** Levels, bands and blocks of a pyramid, all from its size. */
export function shapeOf({ width, height, planes, transforms }) {
  let levels = 0;
  while (max(width, height) > COARSEST * 2 ** levels) levels++;
  const across = halvings(width, levels);
  const down = halvings(height, levels);
  const bands = [];
  let first = 0;
  for (let level = 0; level < levels; level++) {
    const [high, low] = [down[level], down[level + 1]];
    const [wide, narrow] = [across[level], across[level + 1]];
    for (const [top, left, rows, columns, turned] of [
      [0, narrow, low, wide - narrow, false],
      [low, 0, high - low, narrow, true],
      [low, narrow, high - low, wide - narrow, false],
    ]) {
      const band = { top, left, rows, columns, turned, first, down: rows >> 1, across: columns >> 1 };
      bands.push(band);
      first += planes * band.down * band.across;
    }
  }
  const bits = transforms > 1 ? 32 - Math.clz32(transforms - 1) : 0;
  return { width, height, planes, bands, blocks: first, bits, corner: [down[levels], across[levels]], across, down };
}

/** Multiply the blocks of all bands by the matrices they chose: row times matrix, in place. */
export function multiplyBlocks(plane, number, shape, transforms, matrices) {
  const { width, bands } = shape;
  const block = [0, 0, 0, 0];
  for (const { top, left, down, across, turned, first } of bands) {
    const steps = turned ? [0, width, 1, width + 1] : [0, 1, width, width + 1];
    for (let b = 0; b < down * across; b++) {
      const at = (top + 2 * floor(b / across)) * width + left + 2 * (b % across);
      let any = false;
      for (let i = 0; i < 4; i++) any = (block[i] = plane[at + steps[i]]) !== 0 || any;
      if (!any) continue;
      const m = 16 * transforms[first + number * down * across + b];
      for (let j = 0; j < 4; j++)
        plane[at + steps[j]] = block[0] * matrices[m + j] + block[1] * matrices[m + 4 + j] + block[2] * matrices[m + 8 + j] + block[3] * matrices[m + 12 + j];
    }
  }
}

/** Pixel averages of coefficients, in place. */
export function synthesise(plane, { width, across, down }) {
  const line = [0, 0].map(() => new Float32Array(max(across[0], down[0])));
  const lifted = (k, sum) => STEPS[k] * sum;
  for (let level = across.length - 2; level >= 0; level--) {
    for (let y = 0; y < down[level]; y++) joinLine(plane, y * width, 1, across[level], across[level + 1], line, lifted, GAIN);
    for (let x = 0; x < across[level]; x++) joinLine(plane, x, width, down[level], down[level + 1], line, lifted, GAIN);
  }
  return plane;
}

/**
 * Undo the lifting of a line of coefficients, of which the first `low` are low.
 * @param {ArrayLike<number>} values where it lies: `count` of them from `start` on, `stride` apart
 * @param {ArrayLike<number>[]} line room for low and for high ones
 * @param {(k, sum) => number} lifted what step k took away for a sum of two neighbours
 * @param {number} gain what low ones were multiplied by, and high ones divided by
 */
export function joinLine(values, start, stride, count, low, [even, odd], lifted, gain) {
  const high = count - low;
  if (!high) return;
  for (let i = 0; i < low; i++) even[i] = values[start + i * stride] / gain;
  for (let i = 0; i < high; i++) odd[i] = values[start + (low + i) * stride] * gain;
  for (let k = 3; k >= 0; k--) {
    if (k % 2) for (let i = 0; i < low; i++) even[i] -= lifted(k, odd[max(i - 1, 0)] + odd[min(i, high - 1)]);
    else for (let i = 0; i < high; i++) odd[i] -= lifted(k, even[i] + even[min(i + 1, low - 1)]);
  }
  for (let i = 0; i < count; i++) values[start + i * stride] = (i % 2 ? odd : even)[i >> 1];
}

/** Any whole number as one of 0 to side - 1: lattices go on mirrored at their edges. */
export function mirrored(index, side) {
  const within = ((index % (2 * side)) + 2 * side) % (2 * side);
  return min(within, 2 * side - 1 - within);
}

/** The middle and one side of the filter that makes B-spline weights of averages. */
export function inverseFilter() {
  const [middle, beside, far] = AVERAGES;
  const root = sqrt(beside * beside - 4 * far * (middle - 2 * far));
  const sums = [(-beside + root) / (2 * far), (-beside - root) / (2 * far)];
  const result = new Float64Array(REACH + 1);
  sums.forEach((own, i) => {
    const pole = (own + sqrt(own * own - 4)) / 2;
    const factor = ((1 / (far * (own - sums[1 - i]))) * -pole) / (1 - pole * pole);
    for (let d = 0; d <= REACH; d++) result[d] += factor * pole ** d;
  });
  return result;
}

/** The weights of the cubic B-splines that have these averages: rows first, then columns. */
export function splineFromAverages(plane, width, height) {
  const filter = inverseFilter();
  for (const [side, lines] of [[width, height], [height, width]]) {
    // What comes out lies the other way round: columns are rows, then rows again.
    const result = new Float32Array(plane.length);
    const padded = new Float64Array(side + 2 * REACH);
    for (let y = 0; y < lines; y++) {
      for (let x = -REACH; x < side + REACH; x++) padded[x + REACH] = plane[y * side + mirrored(x, side)];
      for (let x = 0; x < side; x++) {
        let sum = filter[0] * padded[x + REACH];
        for (let d = 1; d <= REACH; d++) sum += filter[d] * (padded[x + REACH - d] + padded[x + REACH + d]);
        result[x * lines + y] = sum;
      }
    }
    plane = result;
  }
  return plane;
}
