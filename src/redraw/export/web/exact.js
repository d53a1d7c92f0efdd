// A picture's own pixels, beside a coded one that is near them: as redraw.kernels.exact_pixels.
// As docs/format.md says, line by line; sums stay below 2^53, so numbers of doubles are exact.

import { EMPTY, Reader } from "./chunks.js";
import { Coder, CONTEXTS, KINDS, octave, SOURCES } from "./coder.js";
import { abs, floor, inside, max, min } from "./numbers.js";

/* global WITH_CHECKS */

const BORDER = 3;
const ORDERS = [, [0], [1, 0], [1, 0, 2], [3, 1, 0, 2]];
// Places of taps down and right: of what was missed, of what is near, and of the channels before.
const MISSED = [[0, -1], [-1, 0], [-1, -1], [-1, 1], [0, -2], [-2, 0], [-2, 1]];
const NEAR = [[0, -1], [0, 1], [-1, 0], [1, 0], [-1, -1], [-1, 1], [1, -1], [1, 1]];
const BEFORE = [[0, 0], [0, -1], [0, 1], [-1, 0], [1, 0], [-1, -1], [-1, 1]];
const WIDE = [[0, -1], [0, -2], [0, -3], [-1, 0], [-2, 0], [-1, -1], [-1, 1], [-1, 2], [-1, -2], [-2, -1], [-2, 1], [-2, 2]];
// By what power of two the second and the third of three predictors learn.
const GAINS = [0, 2 ** 24, 2 ** 27];

/** About three steps an octave of sizes without end, at most `most`. */
function sized(value, most) {
  let more = 0;
  for (; value >= 1024; more += 12) value = floor(value / 16);
  return min(octave(value, 99) + more, most);
}

/** A difference as one of nine: its sign and about its size. */
function signed(value) {
  const size = abs(value);
  const kind = size < 4 ? 0 : size < 16 ? 1 : size < 48 ? 2 : size < 160 ? 3 : 4;
  return value > 0 ? 4 + kind : 4 - kind;
}

/** The averages of a coded picture's own pixels over these: planes, row after row; see readCoded. */
export function exactAverages({ averages, beside: { contents, tiles, rows, mix } }) {
  if (WITH_CHECKS && tiles.length !== contents.length) throw new Error(EMPTY);
  const result = averages.map((plane) => new Float32Array(plane.length));
  contents.forEach((content, index) => {
    const { size, whole, put } = tiles[index];
    const part = new Reader(content);
    const number = part.number();
    if (WITH_CHECKS && number !== index) throw new Error(EMPTY);
    const { channels, straight } = exactTile(part.take(), size, whole, mix);
    const most = 2 ** size.depth - 1;
    const alpha = straight && channels[channels.length - 1];
    const shown = (channel, i) => (channel[i] / most) * (alpha && channel !== alpha ? alpha[i] / most : 1);
    put(result, rows.map((row) => Float32Array.from(channels[0], (_, i) => channels.reduce((sum, channel, c) => sum + (row[c] || 0) * shown(channel, i), 0))));
  });
  return result;
}

/**
 * The pixels of a tile.
 * @param {Uint8Array} content of its chunk, after the tile's number
 * @param {{width, height, planes, depth}} size
 * @param {ArrayLike<number>[]} whole the decoded planes, in whole numbers
 * @param {ArrayLike<number>} mix what each plane adds to a channel, in 1/16384, row by row
 * @returns {{channels: Int32Array[], straight: boolean}} straight: colours are not multiplied by alpha
 */
function exactTile(content, { width, height, planes, depth }, whole, mix) {
  const head = new Reader(content);
  const off = head.number();
  const straight = head.take(1)[0] > 0;
  const order = ORDERS[planes];
  const weights = order.map((_, i) => new Int16Array(head.take(30 + 14 * min(i, 2)).slice().buffer));
  const lengths = new Uint32Array(head.take(4 * planes - 4).slice().buffer);
  const streams = order.map((_, i) => head.take(lengths[i]));
  const most = 2 ** depth - 1;
  const stride = width + 2 * BORDER;
  const part = 2 ** (depth === 8 ? 16 : 10);
  const place = (y, x) => (inside(y, 0, height - 1) * width) + inside(x, 0, width - 1);
  const bordered = (values) => Int32Array.from({ length: stride * (height + 2 * BORDER) }, (_, i) => values[place(floor(i / stride) - BORDER, (i % stride) - BORDER)]);
  const empty = () => new Int32Array(stride * (height + 2 * BORDER));
  const channels = [];
  const [missed, errors] = [[], []];
  order.forEach((channel, which) => {
    const near = Float64Array.from({ length: width * height }, (_, i) => {
      let sum = part / 2;
      for (let p = 0; p < planes; p++) sum += mix[channel * planes + p] * whole[p][i];
      const value = inside(floor(sum / part) + 2 ** (depth + 3), 0, 16 * most);
      if (!straight || !which) return value;
      const alpha = channels[order[0]][i];
      return alpha ? min(floor((value * most) / alpha), 16 * most) : 0;
    });
    missed[which] = empty();
    errors[which] = empty();
    const shape = { width, height, depth, stride, off: straight && !which ? 0 : off };
    channels[channel] = readChannel(streams[which], weights[which], bordered(near), missed, errors, which, shape);
  });
  return { channels, straight };
}

/** One channel, which comes after `which` others; fills what predictions of it `missed` and their `errors`. */
function readChannel(stream, fixed, d, missed, errors, which, { width, height, depth, stride, off }) {
  const coder = new Coder(stream);
  const lows = new Int32Array(256).fill(32768);
  const at = (list) => list.map(([dy, dx]) => dy * stride + dx);
  const [ofMissed, ofNear, ofBefore, ofWide] = [MISSED, NEAR, BEFORE, WIDE].map(at);
  const [e, own] = [missed[which], errors[which]];
  const others = min(which, 2);
  const [before, second] = [errors[which - 1], errors[which - 2]];
  const count = fixed.length;
  const taps = new Float64Array(count);
  const shares = Array.from({ length: 3 }, () => Float64Array.from(fixed, (weight) => 8 * weight));
  let guesses = [0, 0, 0].map(() => new Int32Array(stride));
  let above = [0, 0, 0].map(() => new Int32Array(stride));
  const [said, misses] = [[0, 0, 0], [0, 0, 0]];
  const [slots, signs] = [new Int32Array(SOURCES), new Int32Array(SOURCES)];
  const put = (into, contexts) => {
    for (let i = 0; i < SOURCES; i++) into[i] = (i * CONTEXTS + (contexts[i] || 0)) * KINDS;
  };
  const size = (i) => abs(own[i]);
  const most = 2 ** depth - 1;
  const step = 2 * off + 1;
  const values = new Int32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = (y + BORDER) * stride + x + BORDER;
      const here = d[i];
      let t = 0;
      for (let k = 0; k < ofMissed.length; k++) taps[t++] = e[i + ofMissed[k]];
      for (let k = 0; k < ofNear.length; k++) taps[t++] = d[i + ofNear[k]] - here;
      for (let o = 1; o <= others; o++) for (let k = 0, list = missed[which - o]; k < ofBefore.length; k++) taps[t++] = list[i + ofBefore[k]];
      let norm = 0;
      for (t = 0; t < count; t++) norm += taps[t] * taps[t];
      const c = x + BORDER;
      for (let k = 0; k < 3; k++) {
        let dot = 0;
        for (let j = 0, weights = shares[k]; j < count; j++) dot += weights[j] * taps[j];
        said[k] = inside(here + floor(dot / 65536), 0, 16 * most);
        misses[k] = abs(guesses[k][c - 1]) + abs(above[k][c]) + abs(above[k][c - 1]) + abs(above[k][c + 1]) + 1;
      }
      const least = min(misses[0], misses[1], misses[2]);
      let total = 0, share = 0;
      for (let k = 0; k < 3; k++) {
        const z = floor((256 * least) / misses[k]) ** 2;
        total += z * said[k];
        share += z;
      }
      const p = floor((total + floor(share / 2)) / share);
      const a = inside((p + 8) >> 4, 0, most);
      const fraction = inside(p + 8 - 16 * a, 0, 15);
      const w = size(i - 1), n = size(i - stride), ne = size(i - stride + 1);
      const near = (2 * (w + n) + size(i - stride - 1) + ne + size(i - 2) + size(i - 2 * stride)) >> 2;
      let wide = 0;
      for (let k = 0; k < ofWide.length; k++) wide += size(i + ofWide[k]);
      let r1 = 0, r2 = 0, beside = 0;
      if (others) {
        r1 = before[i];
        beside = (4 * abs(r1) + abs(before[i - 1]) + abs(before[i + 1]) + abs(before[i - stride]) + abs(before[i + stride])) >> 2;
      }
      if (others > 1) beside += abs((r2 = second[i]));
      const dx = d[i + 1] - d[i - 1], dy = d[i + stride] - d[i - stride];
      const bend = 4 * here - d[i + 1] - d[i - 1] - d[i + stride] - d[i - stride];
      const T = sized(near, 63), V = sized(wide >> 2, 63), K = sized(beside, 63);
      const G = sized((abs(dx) + abs(dy)) >> 1, 63), H = sized(abs(bend) >> 1, 63);
      const S = sized(abs(said[0] - p) + abs(said[1] - p) + abs(said[2] - p), 63);
      const B = min(sized(norm, 200) >> 1, 63);
      const edge = (a ? 0 : 1) + (a === most ? 2 : 0);
      const o = (value) => sized(abs(value) >> 2, 15);
      const first = (T * 16 + fraction) * 4 + edge, quarter = T >> 2, level = a >> (depth - 8);
      put(slots, [
        T * 64 + V, T * 64 + K, T * 64 + G, V * 64 + K, first, K * 64 + G, (o(w) * 16 + o(n)) * 16 + o(ne),
        (o(r1) * 16 + o(r2)) * 16 + quarter, S * 64 + T, H * 64 + V, level * 16 + quarter, B * 64 + K, V * 64 + S,
      ]);
      const selectors = [T, K, min(quarter, 15) * 16 + min(S >> 2, 15)];
      let found = 0;
      if (coder.mixed(slots, selectors, T, 0)) {
        const nine = (one, two, three) => (signed(one) * 9 + signed(two)) * 9 + signed(three);
        put(signs, [
          first, nine(own[i - 1], own[i - stride], own[i - stride + 1]), nine(r1, r2, own[i - 1]),
          nine(said[0] - p, said[1] - p, said[2] - p), nine(bend, dx, dy), nine(e[i - 1], e[i - stride], here - p),
          fraction * 81 + signed(r1) * 9 + signed(own[i - stride]), level * 16 + fraction,
        ]);
        const negative = coder.mixed(signs, [fraction * 4 + edge, signed(r1) * 9 + signed(own[i - 1]), 0], 0, 15);
        let m = 1;
        while (m < 15 && coder.mixed(slots, selectors, T, m)) m++;
        found = m < 15 ? m - 1 : min(14 + coder.rest(), 2 ** 17);
        let shift = 0;
        while (floor((near >> 3) / step) >> (shift + 4)) shift++;
        for (let k = shift - 1; k >= 0; k--) {
          const place = 16 * min(shift, 15) + k;
          const bit = coder.bit(inside(lows[place], 4000, 61000));
          lows[place] += (65535 * bit - lows[place]) >> 6;
          found = 2 * found + bit;
        }
        found = negative ? -found - 1 : found + 1;
      }
      const value = inside(a + found * step, 0, most);
      values[y * width + x] = value;
      own[i] = 16 * value - p;
      e[i] = 16 * value - here;
      for (let k = 0; k < 3; k++) {
        const miss = (guesses[k][c] = 16 * value - said[k]);
        const gain = k && inside(floor((miss * GAINS[k]) / (norm + 4096)), -(2 ** 24), 2 ** 24);
        if (gain) for (let j = 0, weights = shares[k]; j < count; j++) weights[j] = inside(weights[j] + floor((gain * taps[j] + 131072) / 262144), -(2 ** 19), 2 ** 19);
      }
    }
    [guesses, above] = [above, guesses];
  }
  return values;
}
