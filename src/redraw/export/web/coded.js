// Coded pictures: coefficients of bands from bytes, and planes of them.
// As docs/format.md says, line by line; sums stay below 2^53, so numbers of doubles are exact.

import { fromHalf } from "./bytes.js";
import { aboutOf, chunksOf, Reader } from "./chunks.js";
import { Coder, CONTEXTS, KINDS, octave, SOURCES } from "./coder.js";
import { filterOf } from "./filter.js";
import { abs, ceil, floor, inside, max, min } from "./numbers.js";
import { halvings } from "./pyramid.js";
import { averagesOf, planesOf, rowOf } from "./wavelet.js";

const MIX = [9459, 11585, -6689, 9459, 0, 13377, 9459, -11585, -6689];

/** Whether a coded picture was written with a learned model; others than pictures never are. */
export function needsModel(bytes) {
  const [content] = chunksOf(bytes).PI;
  const head = new Reader(content || new Uint8Array(9));
  return Array.from({ length: 9 }, () => head.number())[8] > 0;
}

/* global WITH_CHECKS, WITH_FILTER, WITH_LEARNED */

/**
 * What a coded picture's bytes hold.
 * @param {Uint8Array} bytes
 * @param {Uint8Array} [learned] the unpacked model-1.bin, where the file was written with it
 * @returns {{config, averages, weight, network, about, beside}} averages of the planes over the
 * pixels, what each plane adds to a channel, the network for subpixel detail, and what exact.js
 * needs for the picture's own pixels, where these are held beside
 */
export function readCoded(bytes, learned) {
  const chunks = chunksOf(bytes);
  const head = new Reader(chunks.PI[0] || new Uint8Array());
  const [width, height, planes, depth, , step, rows, tile, model] = Array.from({ length: 9 }, () => head.number());
  if (WITH_CHECKS && (rows > 1 || model > 1)) throw new Error("this field file is of a newer kind");
  if (WITH_CHECKS && model && !learned) throw new Error("this field file needs model-1.bin beside redraw-field.js");
  const places = Array.from(head.take(6), (byte) => (byte ^ 128) - 128);
  const told = rows && new Int16Array(head.take(18).slice().buffer);
  const channelRows = Array.from({ length: planes }, (_, plane) => rowOf(plane, planes, told));
  const mix = Int32Array.from({ length: planes ** 2 }, (_, i) => {
    const [c, p] = [floor(i / planes), i % planes];
    return planes > 2 && c < 3 && p < 3 ? (told || MIX)[3 * c + p] : c === p ? 16384 : 0;
  });
  const side = tile ? 2 ** tile : max(width, height);
  const across = ceil(width / side);
  const count = across * ceil(height / side);
  const streams = [];
  for (const content of chunks.PA) {
    const part = new Reader(content);
    const own = (streams[part.number()] ||= planes > 1 ? [[], []] : [[]]);
    part.number();
    if (planes > 1) own[0].push(part.take(part.number()));
    own[own.length - 1].push(part.take());
  }
  const filter = WITH_FILTER && chunks.fi[0] && filterOf(chunks.fi[0], planes);
  const averages = channelRows.map(() => new Float32Array(width * height));
  const tiles = [];
  for (let index = 0; index < count; index++) {
    const [left, top] = [(index % across) * side, floor(index / across) * side];
    const size = { width: min(side, width - left), height: min(side, height - top), planes, depth };
    const data = (streams[index] || []).map(joined);
    const whole = planesOf(size, data.length ? coefficientsOf(size, data, WITH_LEARNED && model && learned) : new Int32Array(size.width * size.height * planes), step, places, filter);
    const put = (into, found) =>
      found.forEach((plane, p) => {
        for (let y = 0; y < size.height; y++) into[p].set(plane.subarray(y * size.width, (y + 1) * size.width), (top + y) * width + left);
      });
    put(averages, whole.map((plane, p) => averagesOf(plane, channelRows[p], depth)));
    if (chunks.ex.length) tiles.push({ size, whole, put });
  }
  const network = new Reader(chunks.su[0] || new Uint8Array(1));
  const units = network.number();
  const flat = Float32Array.from(new Uint16Array(network.take().slice().buffer), fromHalf);
  const weight = Float32Array.from(mix, (share) => share / 16384);
  return { config: { width, height, subpixel: units }, averages, weight, network: flat, about: aboutOf(chunks, width, height, planes), beside: tiles.length && { contents: chunks.ex, tiles, rows: channelRows, mix } };
}

function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Numbers of a band with four zeros all around. */
class Band {
  constructor(rows, columns) {
    this.rows = rows;
    this.columns = columns;
    this.stride = columns + 8;
    this.list = new Int32Array((rows + 8) * this.stride);
  }

  place(y, x) {
    return (y + 4) * this.stride + x + 4;
  }
}

/** The coefficients of a tile as bands lie in a plane: planes x height x width. */
export function coefficientsOf({ width, height, planes }, data, learned) {
  let levels = 0;
  while (max(width, height) > 8 * 2 ** levels) levels++;
  const [across, down] = [halvings(width, levels), halvings(height, levels)];
  const coders = data.map((bytes, which) => new Coder(bytes, learned, which));
  const coderOf = (plane) => coders[min(plane, 1)];
  const coefficients = new Int32Array(planes * width * height);
  for (let p = 0; p < planes; p++) {
    for (let y = 0, before = 0; y < down[levels]; y++) {
      for (let x = 0; x < across[levels]; x++) {
        const z = coderOf(p).rest();
        before = inside(before + (z % 2 ? (z + 1) / 2 : -z / 2), -(2 ** 30), 2 ** 30);
        coefficients[(p * height + y) * width + x] = before;
      }
    }
  }
  let coarser = [];
  for (let level = levels - 1; level >= 0; level--) {
    const [h, n, w, m] = [down[level], down[level + 1], across[level], across[level + 1]];
    const finer = Array.from({ length: planes }, () => []);
    [[0, m, n, w - m], [n, 0, h - n, m], [n, m, h - n, w - m]].forEach(([top, left, rows, columns], third) => {
      for (let p = 0; p < planes; p++) {
        const own = (finer[p][third] = new Band(rows, columns));
        const others = [coarser[p] && coarser[p][third], third > 0 && finer[p][0], third > 1 && finer[p][1], p > 0 && finer[0][third], p > 1 && finer[1][third]];
        readBand(coderOf(p), own, others.map((band) => band && band.rows > 0 && band), level, p, third);
        for (let y = 0; y < rows; y++) coefficients.set(own.list.subarray(own.place(y, 0), own.place(y, columns)), (p * height + top + y) * width + left);
      }
    });
    coarser = finer;
  }
  return coefficients;
}

const sign = (value) => (value > 0 ? 1 : value < 0 ? 2 : 0);

function readBand(coder, own, [parent, first, second, luma, chroma], level, plane, third) {
  const c = min(plane, 2);
  const here = (min(level, 4) * 3 + c) * 3 + third;
  const share = floor(4194304 / (24 + (parent ? 10 : 0) + (first ? 6 : 0) + (second ? 6 : 0) + (luma ? 6 : 0) + (chroma ? 7 : 0)));
  const { list, stride } = own;
  const slots = new Int32Array(SOURCES);
  const signs = new Int32Array(SOURCES);
  const put = (into, contexts) => {
    for (let i = 0; i < SOURCES; i++) into[i] = (i * CONTEXTS + (contexts[i] || 0)) * KINDS;
  };
  const cross = (band, at) => abs(band.list[at - 1]) + abs(band.list[at + 1]) + abs(band.list[at - band.stride]) + abs(band.list[at + band.stride]);
  // Sizes of the three rows above, one below the other: a sum of seven of them is asked for.
  const above = new Float64Array(stride);
  const q = parent && parent.list;
  for (let y = 0; y < own.rows; y++) {
    const row = own.place(y, 0);
    for (let x = 0; x < stride; x++) {
      const i = row - 4 + x - stride;
      above[x] = abs(list[i]) + abs(list[i - stride]) + abs(list[i - 2 * stride]);
    }
    let around = 0;
    for (let x = 1; x < 7; x++) around += above[x];
    const bands = [first, second, luma, chroma].map((band) => (band ? band.place(y, 0) : 0));
    const line = parent ? parent.place(min(y >> 1, parent.rows - 1), 0) : 0;
    const dy = parent ? (y & 1 ? parent.stride : -parent.stride) : 0;
    for (let x = 0; x < own.columns; x++) {
      const at = row + x;
      const up = at - stride;
      const over = up - stride;
      around += above[x + 7] - (x ? above[x] : 0);
      const w = abs(list[at - 1]), n = abs(list[up]), nw = abs(list[up - 1]), ne = abs(list[up + 1]);
      const ww = abs(list[at - 2]), nn = abs(list[over]), nnw = abs(list[over - 1]), nne = abs(list[over + 1]);
      const wide = around + w + ww + abs(list[at - 3]);
      const near = 4 * (w + n) + 2 * (nw + ne) + ww + nn + nne + nnw;
      let p0 = 0, pn = 0, pw = 0, ps = 0;
      if (parent) {
        const i = line + min(x >> 1, parent.columns - 1);
        const dx = x & 1 ? 1 : -1;
        p0 = abs(q[i]);
        ps = sign(q[i]);
        const beside = abs(q[i + dx]) + abs(q[i + dy]);
        const away = abs(q[i - dx]) + abs(q[i - dy]);
        const corners = abs(q[i + dx + dy]) + abs(q[i + dx - dy]) + abs(q[i - dx + dy]) + abs(q[i - dx - dy]);
        pn = 4 * p0 + 2 * beside + away;
        pw = 2 * beside + away + corners;
      }
      const fi = bands[0] + x, si = bands[1] + x, oi = bands[2] + x, di = bands[3] + x;
      let f0 = 0, fc = 0, s0 = 0, sc = 0, o0 = 0, oc = 0, d0 = 0, dc = 0;
      if (first) f0 = abs(first.list[fi]), fc = cross(first, fi);
      if (second) s0 = abs(second.list[si]), sc = cross(second, si);
      if (luma) o0 = abs(luma.list[oi]), oc = cross(luma, oi);
      if (chroma) d0 = abs(chroma.list[di]), dc = cross(chroma, di);
      const total = 6 * (w + n) + 3 * (nw + ne) + 2 * (ww + nn) + nne + nnw + pn + 2 * f0 + fc + 2 * s0 + sc + 2 * o0 + oc + 3 * d0 + dc;
      const t = octave(floor((total * share) / 65536), 40);
      const quiet = !total && !wide;
      if (quiet) slots[0] = (t * 45 + here) * KINDS;
      if (quiet && !coder.plain(slots[0])) continue;
      const a = octave(4 * near, 23);
      const p = octave(4 * pn, 19);
      const s = octave((2 * f0 + fc + 2 * s0 + sc) * (second ? 4 : 8), 19);
      const o = octave((3 * o0 + oc) * 6, 19);
      const d = octave((3 * d0 + dc) * 6, 15);
      const v = octave(8 * wide, 23);
      const r = octave(4 * pw, 15);
      put(slots, [
        t * 45 + here,
        (a * 20 + p) * 3 + third,
        (((min(w, 4) * 5 + min(n, 4)) * 3 + min(nw, 2)) * 3 + min(ne, 2)) * 9 + c * 3 + third,
        ((min(p0, 4) * 16 + r) * 3 + third) * 3 + c,
        (s * 24 + a) * 3 + third,
        (o * 24 + a) * 3 + c,
        v * 45 + here,
        ((min(a >> 1, 9) * 8 + min(p >> 1, 7)) * 7 + min(s >> 1, 6)) * 7 + min(o >> 1, 6),
        (d * 16 + min(o, 15)) * 12 + min(a >> 1, 11),
        t * 32 + a,
        (((min(ww, 3) * 4 + min(w, 3)) * 4 + min(nn, 3)) * 4 + min(n, 3)) * 3 + third,
        (((min(o0, 3) * 4 + min(f0, 3)) * 4 + min(s0, 3)) * 4 + min(p0, 3)) * 9 + c * 3 + third,
        t * 24 + v,
      ]);
      const selectors = [here, t, min(a, 15) * 16 + min(p, 15)];
      if (!quiet && !coder.mixed(slots, selectors, t, 0)) continue;
      const W = sign(list[at - 1]), N = sign(list[up]), NW = sign(list[up - 1]), NE = sign(list[up + 1]);
      const of = (band, place) => (band ? sign(band.list[place]) : 0);
      const F = of(first, fi), S = of(second, si), O = of(luma, oi), D = of(chroma, di);
      const fine = of(first, fi + 1) * 27 + of(first, fi + (first ? first.stride : 0)) * 9;
      const left = of(luma, oi - 1), before = of(luma, oi - (luma ? luma.stride : 0));
      put(signs, [
        ((W * 3 + N) * 3 + third) * 3 + ps,
        (O * 3 + D) * 9 + c * 3 + third,
        ((NW * 3 + NE) * 9 + W * 3 + N) * 3 + third,
        ((F * 3 + S) * 3 + ps) * 3 + third,
        c ? (((O * 3 + left) * 9 + W * 3 + before) * 3 + N) * 3 + c : 0,
        F * 81 + fine + S * 3 + third,
        here * 9 + O * 3 + D,
        (sign(list[at - 2]) * 3 + sign(list[over])) * 9 + W * 3 + N,
      ]);
      const negative = coder.mixed(signs, [here, min(o0, 3) * 9 + c * 3 + third, 0], 0, 15);
      let m = 1;
      while (m < 15 && coder.mixed(slots, selectors, t, m)) m++;
      if (m === 15) m = min(m + coder.rest(), 2 ** 20);
      list[at] = negative ? -m : m;
    }
  }
}
