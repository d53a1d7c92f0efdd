// The arithmetic coder of bits, and the mixer of contexts that says how likely each is.
// As docs/format.md says; sums stay below 2^53, so numbers of doubles are exact.

import { Bits } from "./bits.js";
import { exp, floor, inside, min } from "./numbers.js";

const FARTHEST = 3072;
const SQUASH = Int32Array.from({ length: 2 * FARTHEST + 1 }, (_, i) => inside(floor(65536 / (1 + exp((FARTHEST - i) / 256)) + 0.5), 1, 65535));
const STRETCH = Int32Array.from({ length: 65536 }, (_, i) => {
  const p = (i + 0.5) / 65536;
  return inside(floor(256 * Math.log(p / (1 - p)) + 0.5), 1 - FARTHEST, FARTHEST - 1);
});
const DOUBT = Int32Array.from({ length: 256 }, (_, n) => floor((65536 * (n + 1)) / (n + 2)));
const RATES = Int32Array.from({ length: 256 }, (_, n) => floor(655360 / (10 * n + 16)));
// Contexts of a bit, inputs of its mixers, kinds of bits, and how many contexts a source tells apart.
export const [SOURCES, INPUTS, KINDS, CONTEXTS] = [13, 14, 16, 4096];

/** About three steps an octave, at most `most`. */
export function octave(value, most) {
  if (value < 4) return min(value, most);
  const more = value < 1024 ? 0 : 18;
  if (more) value = min(value >> 6, 1023);
  const k = 31 - Math.clz32(value);
  return min(4 + (k - 2) * 3 + ((((value >> (k - 2)) & 3) * 3) >> 2) + more, most);
}

/* global WITH_LEARNED */

/** Take over what was learned from other pictures. */
function begin(coder, model) {
  const slots = coder.chances.length;
  coder.chances.set(new Uint16Array(model, 0, slots));
  for (let i = 0; i < slots; i++) coder.chances[i] *= 8192;
  coder.counts.set(new Uint8Array(model, 2 * slots, slots));
  const weights = new Int16Array(model, 3 * slots, 3 * 256 * KINDS * 16);
  for (let row = 0; row < weights.length / 16; row++) for (let i = 0; i < INPUTS; i++) coder.weights[row * INPUTS + i] = 4096 * weights[row * 16 + i];
  const rest = 3 * slots + 2 * weights.length;
  coder.knots.set(new Uint8Array(model, rest, coder.knots.length));
  for (let i = 0; i < coder.knots.length; i++) coder.knots[i] *= 256;
  coder.escapes.set(new Uint16Array(model, rest + coder.knots.length, 64));
}

/** An arithmetic coder of bits, reading, and what it has learned of them. */
export class Coder extends Bits {
  constructor(data, learned, which) {
    super(data);
    this.chances = new Int32Array(SOURCES * CONTEXTS * KINDS).fill(1 << 21);
    this.counts = new Uint8Array(this.chances.length);
    this.weights = new Int32Array(3 * 256 * KINDS * INPUTS).fill(18350);
    this.knots = Int32Array.from({ length: KINDS * 64 * 33 }, (_, i) => SQUASH[192 * (i % 33)]);
    this.escapes = new Int32Array(64).fill(32768);
    this.inputs = new Int32Array(INPUTS).fill(256);
    this.rows = new Int32Array(3);
    this.dots = new Int32Array(3);
    if (WITH_LEARNED && learned) begin(this, learned.buffer.slice((learned.length / 2) * which, (learned.length / 2) * (which + 1)));
  }

  learn(slot, bit) {
    const chance = this.chances[slot];
    const seen = this.counts[slot];
    this.chances[slot] = chance + floor(((bit ? 4194303 - chance : -chance) * RATES[seen]) / 65536);
    if (seen < 255) this.counts[slot]++;
  }

  /** A bit that one slot alone tells of. */
  plain(slot) {
    const bit = this.bit(inside(this.chances[slot] >> 6, 16, 65520));
    this.learn(slot, bit);
    return bit;
  }

  /** A bit that all contexts tell of: slots are their first ones, those of other kinds follow. */
  mixed(slots, selectors, correction, kind) {
    const { chances, counts, weights, knots, inputs, rows, dots } = this;
    for (let i = 0; i < SOURCES; i++) inputs[i] = (STRETCH[chances[slots[i] + kind] >> 6] * DOUBT[counts[slots[i] + kind]]) >> 16;
    let total = 0;
    for (let m = 0; m < 3; m++) {
      const row = (rows[m] = ((m * 256 + selectors[m]) * KINDS + kind) * INPUTS);
      let dot = 0;
      for (let i = 0; i < INPUTS; i++) dot += weights[row + i] * inputs[i];
      dots[m] = inside(floor(dot / 65536), 1 - FARTHEST, FARTHEST - 1);
      total += dots[m];
    }
    const place = ((total * 21846) >> 16) + FARTHEST;
    const rest = place % 192;
    const knot = (kind * 64 + correction) * 33 + (place - rest) / 192;
    const refined = floor((knots[knot] * (192 - rest) + knots[knot + 1] * rest) / 192);
    const bit = this.bit(inside((SQUASH[place] + refined + 1) >> 1, 16, 65520));
    for (let m = 0; m < 3; m++) {
      const error = 10 * ((bit << 16) - SQUASH[dots[m] + FARTHEST]);
      for (let i = 0, at = rows[m]; i < INPUTS; i++, at++)
        weights[at] = inside(weights[at] + floor((error * inputs[i] + 131072) / 262144), -4194304, 4194304);
    }
    for (let i = 0; i < SOURCES; i++) this.learn(slots[i] + kind, bit);
    const near = rest > 96 ? knot + 1 : knot;
    knots[near] += (65535 * bit - knots[near]) >> 6;
    return bit;
  }

  escape(at) {
    const chance = this.escapes[at];
    const bit = this.bit(inside(chance, 500, 65000));
    this.escapes[at] += (65535 * bit - chance) >> 5;
    return bit;
  }

  rest() {
    let n = 0;
    while (n < 30 && this.escape(n)) n++;
    let value = 1;
    while (n--) value = 2 * value + this.escape(32 + n);
    return value - 1;
  }
}
