// What the streams of a coded drawing share: numbers by place, contexts of few values, bits by these.

import { Coder, CONTEXTS, KINDS, SOURCES } from "./coder.js";
import { abs, floor, min } from "./numbers.js";

export const sum = (list) => list.reduce((a, b) => a + b, 0);
export const sizes = (list) => sum(list.map(abs));
export const hashed = (value) => (floor((value * 40503) / 16) ^ value) & 4095;
export const moves = (list, stride) => list.map(([b, a]) => b * stride + a);

/** Two steps an octave, at most `most`. */
export function few(value, most) {
  if (value < 4) return min(value, most);
  const whole = min(value, 2 ** 30);
  const shift = 30 - Math.clz32(whole);
  return min(2 + 2 * shift + ((whole >> shift) & 1), most);
}

/** Truths as digits of a number, the first the highest; and signs, in base 3. */
export const bits = (list, test) => list.reduce((number, value) => 2 * number + (test(value) ? 1 : 0), 0);
export const thirds = (list) => list.reduce((number, value) => 3 * number + (value > 0 ? 1 : value < 0 ? 2 : 0), 0);

/** A list of numbers by place, with so many rows and columns of `empty` all around. */
export class Grid {
  constructor(rows, columns, margin, Kind, empty = 0) {
    this.stride = columns + 2 * margin;
    this.margin = margin;
    this.list = new Kind((rows + 2 * margin) * this.stride).fill(empty);
  }

  place(y, x) {
    return (y + this.margin) * this.stride + x + this.margin;
  }
}

/** A stream of bits that contexts tell of. */
export class Section extends Coder {
  constructor(data) {
    super(data);
    this.slots = new Int32Array(SOURCES);
    this.signs = new Int32Array(SOURCES);
  }

  plainBit(source, context, kind) {
    return this.plain((source * CONTEXTS + context) * KINDS + kind);
  }

  put(slots, contexts) {
    for (let i = 0; i < SOURCES; i++) slots[i] = (i * CONTEXTS + ((contexts[i] || 0) & (CONTEXTS - 1))) * KINDS;
    return slots;
  }

  bitOf(contexts, selectors, correction, kind) {
    return this.mixed(this.put(this.slots, contexts), selectors, correction, kind);
  }

  number(contexts, selectors, correction, signs, signSelectors) {
    if (!this.bitOf(contexts, selectors, correction, 0)) return 0;
    const negative = this.mixed(this.put(this.signs, signs), signSelectors, 0, 15);
    let m = 1;
    while (m < 14 && this.mixed(this.slots, selectors, correction, m)) m++;
    if (m === 14) m = min(m + this.rest(), 2 ** 24);
    return negative ? -m : m;
  }
}

/** How many bits of a number are 1. */
export function ones(number) {
  let count = 0;
  for (; number; number &= number - 1) count++;
  return count;
}
