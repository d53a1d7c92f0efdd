// Where the kept coefficients of a spline pyramid are: the adaptive binary range coder, reading.
// As redraw.kernels.significance, which writes; all in whole numbers, so that every machine agrees.

import { floor, min } from "./numbers.js";

const SCALE = 15;
const RATE = 5;
const TOP = 1 << 24;
const ACTIVITIES = 10;
const FLAGS = 2 * 4 * ACTIVITIES * 3 * 3;
const BUSY = 7;

/** Reads one bit after another; each context learns how likely a zero is. */
class Reader {
  constructor(bytes, contexts) {
    this.bytes = bytes;
    this.at = 0;
    this.range = 0xffffffff;
    this.code = 0;
    this.chances = new Uint16Array(contexts).fill(1 << (SCALE - 1));
    for (let i = 0; i < 4; i++) this.code = ((this.code << 8) | this.next()) >>> 0;
  }

  next() {
    return this.at < this.bytes.length ? this.bytes[this.at++] : 0;
  }

  bit(context) {
    const chance = this.chances[context];
    const bound = (this.range >>> SCALE) * chance;
    let bit = 0;
    if (this.code < bound) {
      this.range = bound;
      this.chances[context] = chance + (((1 << SCALE) - chance) >> RATE);
    } else {
      bit = 1;
      this.code -= bound;
      this.range -= bound;
      this.chances[context] = chance - (chance >> RATE);
    }
    while (this.range < TOP) {
      this.range *= 256;
      this.code = ((this.code << 8) | this.next()) >>> 0;
    }
    return bit;
  }

  /** A number of some bits, the highest first. */
  tree(base, bits) {
    let node = 1;
    for (let i = 0; i < bits; i++) node = 2 * node + this.bit(base + node);
    return node - (1 << bits);
  }
}

/**
 * Which coefficients are kept, and which matrix each block takes.
 * @param {Uint8Array} code what the file holds
 * @param {{width, height, planes, bands, corner, blocks, bits}} shape see pyramid.js
 * @returns {{mask: Uint8Array, transforms: Uint8Array}} mask is planes x height x width
 */
export function readKept(code, shape) {
  const { width, height, planes, bands, corner, blocks, bits } = shape;
  const singles = FLAGS + (40 << bits);
  const reader = new Reader(code, singles + 2 * (bands.length + 3));
  const mask = new Uint8Array(planes * height * width);
  const transforms = new Uint8Array(blocks);
  const counts = new Uint8Array(blocks);
  if (!code.length) return { mask, transforms };
  const levels = bands.length / 3;
  for (let level = levels; level >= 0; level--) {
    for (let third = 0; third < (level < levels ? 3 : 1); third++) {
      const k = 3 * level + third;
      const band = level < levels ? bands[k] : { top: 0, left: 0, rows: corner[0], columns: corner[1], down: 0, across: 0 };
      for (let plane = 0; plane < planes; plane++) {
        if (level < levels) readBlocks(reader, mask, transforms, counts, shape, k, plane);
        const context = singles + 2 * k + min(plane, 1);
        for (let y = 0; y < band.rows; y++) {
          const line = (plane * height + band.top + y) * width + band.left;
          for (let x = y >= 2 * band.down ? 0 : 2 * band.across; x < band.columns; x++)
            mask[line + x] = reader.bit(context);
        }
      }
    }
  }
  return { mask, transforms };
}

/** The blocks of one band of one plane; `counts` says how many coefficients each block keeps. */
function readBlocks(reader, mask, transforms, counts, { width, height, bands, planes, bits }, k, plane) {
  const { top, left, down, across, turned, first } = bands[k];
  const level = floor(k / 3);
  const coarser = bands[k + 3];
  const parents = coarser ? coarser.first + plane * coarser.down * coarser.across : 0;
  const flags = (min(plane, 1) * 4 + min(level, 3)) * ACTIVITIES * 9;
  const trees = FLAGS + (32 << bits);
  const family = min(level, 2) * 2 + (k % 3 === 2 ? 1 : 0);
  for (let by = 0; by < down; by++) {
    for (let bx = 0; bx < across; bx++) {
      const at = first + (plane * down + by) * across + bx;
      // What is known of a block beforehand: how much its neighbours keep.
      const beside = (bx ? counts[at - 1] : 0) + (by ? counts[at - across] : 0);
      const around = 2 * beside + (by && bx + 1 < across ? counts[at - across + 1] : 0);
      const activity = around < 6 ? min(around, 5) : min(4 + floor(around / 3), ACTIVITIES - 1);
      let parent = 0;
      if (coarser && by >> 1 < coarser.down && bx >> 1 < coarser.across)
        parent = min((counts[parents + (by >> 1) * coarser.across + (bx >> 1)] + 1) >> 1, 2);
      const before = plane ? min((counts[at - down * across] + 1) >> 1, 2) : 0;
      if (!reader.bit(flags + (activity * 3 + parent) * 3 + before)) continue;
      const transform = reader.tree(trees + (family << bits), bits);
      const pattern = reader.tree(FLAGS + ((transform * 2 + (around > BUSY ? 1 : 0)) << 4), 4);
      transforms[at] = transform;
      counts[at] = (pattern & 1) + ((pattern >> 1) & 1) + ((pattern >> 2) & 1) + (pattern >> 3);
      const index = (plane * height + top + 2 * by) * width + left + 2 * bx;
      mask[index] = pattern & 1;
      mask[index + 1] = (pattern >> (turned ? 2 : 1)) & 1;
      mask[index + width] = (pattern >> (turned ? 1 : 2)) & 1;
      mask[index + width + 1] = pattern >> 3;
    }
  }
}
