// Coded drawings: labels, potentials, colours and detail in whole steps, from bytes.
// As docs/format.md says under "Drawings", line by line; every stream has a coder of its own.

import { aboutOf, EMPTY, Reader } from "./chunks.js";
import { abs, floor, inside, max, min } from "./numbers.js";
import { cellOf, MOST, NONE } from "./regions.js";
import { bits, few, Grid, hashed, moves, ones, Section, sizes, sum, thirds } from "./sections.js";

// Neighbours, down and right: known ones of a pixel, candidates around it, all eight, those before it.
const KNOWN = [[0, -1], [-1, 0], [-1, 1], [-1, -1], [0, -2], [-2, 0], [-1, 2], [-1, -2], [-2, 1], [-2, -1], [0, -3], [-3, 0], [-2, 2], [-2, -2]];
const AROUND = [[0, 0], [-1, 0], [0, -1], [0, 1], [1, 0], [-1, -1], [-1, 1], [1, -1], [1, 1]];
const EIGHT = [[-1, -1], [-1, 0], [-1, 1], [0, -1], [0, 1], [1, -1], [1, 0], [1, 1]];
const OUTER = [[-2, 0], [2, 0], [0, -2], [0, 2]];
const BEFORE = [-2, -1, 0].flatMap((b) => [-2, -1, 0, 1, 2].map((a) => [b, a])).filter(([b, a]) => b || a < 0);
// Bits that the most likely bit costs; steps of potentials, colours and detail are in parts of these.
const LEAST_BITS = 0.00035;
const [POTENTIAL_UNIT, COLOUR_UNIT] = [4096, 65535];

/* global WITH_CHECKS */

/** The label of each pixel, in a grid. */
function readLabels(data, height, width, count) {
  const grid = new Grid(height, width, 3, Uint8Array, NONE);
  const { list, stride } = grid;
  const known = moves(KNOWN, stride);
  const section = new Section(data);
  const digits = 32 - Math.clz32(count - 1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = grid.place(y, x);
      list[at] = count > 1 ? oneLabel(at, x) : 0;
    }
  }
  return grid;

  function oneLabel(at, x) {
    const asked = [];
    const first = list[at - 1];
    if (first !== NONE && known.every((move) => list[at + move] === first)) {
      if (section.plainBit(0, first, 15)) return first;
      asked.push(first);
    } else {
      const near = known.map((move) => list[at + move]);
      const ahead = [...new Set(near.slice(0, 6))].filter((label) => label !== NONE);
      let [left, right, above] = [0, 0, 0];
      while (left < 15 && left < x && list[at - 1 - left] === near[0]) left++;
      while (right < 15 && x + right < width && list[at - stride + right] === near[1]) right++;
      while (above < 15 && x + above < width && list[at - 2 * stride + above] === near[5]) above++;
      for (const [t, a] of ahead.entries()) {
        if (t === count - 1) return a;
        const next = t + 1 < ahead.length ? ahead[t + 1] : NONE;
        const like = near.reduce((number, label, i) => number + ((label === a ? 1 : 0) << i), 0);
        const mean = near.slice(0, 4).reduce((v, label) => (67 * v + label) % 2 ** 20, a);
        const contexts = [
          like & 15, like & 63, like & 255, like & 1023, like & 4095, like >> 2,
          64 * a + (like & 63), hashed(mean), (16 * left + right) * 8 + (like & 7),
          ((8 * min(left, 7) + min(right, 7)) * 8 + min(above, 7)) * 8 + (like & 7),
          hashed((right << 14) + like), hashed(4096 * a + 16 * next + (like & 15)),
        ];
        if (section.bitOf(contexts, [like & 255, 16 * left + right, a], like & 63, t)) return a;
        asked.push(a);
      }
    }
    if (asked.length === count - 1) for (let k = 0; ; k++) if (!asked.includes(k)) return k;
    let node = 1;
    for (let i = 0; i < digits; i++) node = 2 * node + section.plainBit(1, node, 14);
    if (WITH_CHECKS && node - 2 ** digits >= count) throw new Error(EMPTY);
    return node - 2 ** digits;
  }
}

/** The candidates of each pixel, rising: MOST of them, NONE for none; and which have several. */
function candidatesOf(labels, height, width, most) {
  const names = new Uint8Array(MOST * height * width).fill(NONE);
  const several = new Grid(height, width, 1, Uint8Array);
  const around = moves(AROUND, labels.stride);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = labels.place(y, x);
      const own = [labels.list[at]];
      for (const move of around) {
        const label = labels.list[at + move];
        if (label !== NONE && own.length < most && !own.includes(label)) own.push(label);
      }
      names.set(own.sort((a, b) => a - b), MOST * (y * width + x));
      several.list[several.place(y, x)] = own.length > 1 ? 1 : 0;
    }
  }
  return { names, several };
}

/** The labels of a pixel, of all names. */
function namesOf(names, pixel) {
  const own = names.subarray(MOST * pixel, MOST * (pixel + 1));
  const end = own.indexOf(NONE);
  return end < 0 ? own : own.subarray(0, end);
}

const inPass = [
  (y, x) => y % 4 === 0 && x % 4 === 0,
  (y, x) => y % 4 === 2 && x % 4 === 2,
  (y, x) => y % 2 === 0 && x % 2 === 0 && (y + x) % 4 === 2,
  (y, x) => y % 2 === 1 && x % 2 === 1,
  (y, x) => (y + x) % 2 === 1,
];

/** Places around those of a pass whose potentials say what one is, and places before them. */
function offsets(pass) {
  const d = [4, 2, 2, 1, 1][pass];
  const s = pass === 3 ? 2 : 4;
  const corners = [[-d, -d], [-d, d], [d, -d], [d, d]];
  const around = pass === 0 ? [[0, -d], [-d, 0], [-d, -d], [-d, d]] : pass % 2 ? corners : [[-d, 0], [0, -d], [d, 0], [0, d]];
  const before = pass === 2 || pass === 4 ? [[-d, -d], [-d, d], [0, -2 * d], [-2 * d, 0]] : [[0, -s], [-s, 0], [-s, -s], [-s, s]];
  return [around, before];
}

/** The potentials of places: those of the labels that `labelsAt` lists, from `starts` on. */
function readPotentials(data, labels, { names, several }, height, width) {
  const section = new Section(data);
  const grid = new Grid(height + 4, width + 4, 4, Int32Array);
  const { stride } = grid;
  const size = grid.list.length;
  // The labels of a place as bits; what it has before is done; what was missed there; what the pixel is.
  const [low, high, starts, missed] = [new Uint32Array(size), new Uint32Array(size), new Int32Array(size), new Int32Array(size)];
  const [done, pixels, mixed] = [new Uint8Array(size), new Uint8Array(size), new Uint8Array(size)];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!several.list[several.place(y, x)]) continue;
      let [first, second] = [0, 0];
      for (const k of namesOf(names, y * width + x)) k < 32 ? (first |= 1 << k) : (second |= 1 << (k - 32));
      for (let b = 0; b < 5; b++) for (let a = 0; a < 5; a++) (low[grid.place(y + b, x + a)] |= first), (high[grid.place(y + b, x + a)] |= second);
    }
  }
  let count = 0;
  for (let at = 0; at < size; at++) {
    const [y, x] = [inside(floor(at / stride) - 6, 0, height - 1), inside((at % stride) - 6, 0, width - 1)];
    pixels[at] = labels.list[labels.place(y, x)];
    mixed[at] = several.list[several.place(y, x)];
    starts[at] = count;
    count += ones(low[at]) + ones(high[at]);
  }
  const values = new Int32Array(count);
  const has = (at, k) => ((k < 32 ? low[at] >>> k : high[at] >>> (k - 32)) & 1) === 1;
  const indexOf = (at, k) => starts[at] + (k < 32 ? ones(low[at] & ((1 << k) - 1)) : ones(low[at]) + ones(high[at] & ((1 << (k - 32)) - 1)));
  const [eight, outers] = [moves(EIGHT, stride), moves(OUTER, stride)];
  for (let p = 0; p < 5; p++) {
    const [around, before] = offsets(p).map((list) => moves(list, stride));
    for (let y = 0; y < height + 4; y++) for (let x = 0; x < width + 4; x++) if (inPass[p](y, x)) onePlace(grid.place(y, x), p, around, before);
  }
  return { values, low, high, starts, grid, has, indexOf };

  function onePlace(at, p, around, before) {
    if (!low[at] && !high[at]) return;
    const there = [];
    for (let k = 0; k < 64; k++) if (has(at, k)) there.push(k);
    const q = pixels[at];
    const own = has(at, q) ? q : there[0];
    const others = there.filter((k) => k !== own);
    const is = (k) => (move) => pixels[at + move] === k;
    const [like, outer] = [bits(eight, is(own)), bits(outers, is(own))];
    const near = mixed[at] + sum(eight.map((move) => mixed[at + move]));
    const [eAround, eBefore] = [around, before].map((list) => list.map((move) => missed[at + move]));
    const [m, late] = [few(sizes(eAround), 9), few(sizes(eBefore), 9)];
    let first = 0;
    others.forEach((k, j) => {
      const known = [];
      const slopes = around.map((move) => {
        const place = at + move;
        if (!done[place] || !has(place, own) || !has(place, k)) return 0;
        known.push(values[indexOf(place, own)] - values[indexOf(place, k)]);
        return known[known.length - 1];
      });
      const n = known.length;
      const g = n ? floor((2 * sum(known) + n) / (2 * n)) : 0;
      let [spread, nearest] = [0, 0];
      if (n) {
        const [least, most] = [min(...known), max(...known)];
        spread = few(most - least, 7);
        if (least < 0 === most < 0) nearest = few(min(abs(least), abs(most)), 7);
      }
      const place = inside(g, -7, 8) + 7;
      const other = bits(eight, is(k));
      const contexts = [
        (5 * p + n) * 16 + place, 8 * like + p, 16 * like + place,
        (10 * m + late) * 5 + p, (16 * spread + place) * 5 + p, (10 * near + m) * 5 + p,
        (8 * m + spread) * 16 + place, hashed(8 * (64 * own + k) + p),
        hashed(2 * (8 * other + p) + (q === own ? 1 : 0)), 16 * like + outer,
        (4 * min(there.length, 5) + min(j, 3)) * 16 + inside(first, -7, 8) + 7,
        ((8 * nearest + spread) * 5 + p) * 2 + (g < 0 ? 1 : 0), (8 * late + nearest) * 5 + p,
      ];
      const signs = [
        5 * place + p, 16 * like + (place === 7 ? 3 : place < 7 ? 1 : 2),
        5 * thirds(eBefore) + p, 5 * thirds(eAround) + p,
        5 * thirds(slopes) + p, (16 * spread + place) * 2 + (near > 4 ? 1 : 0),
        16 * like + outer, hashed(8 * other + p),
      ];
      const miss = section.number(contexts, [5 * p + n, 10 * m + late, 5 * place + p], 5 * min(m, 7) + p, signs, [5 * p + n, 5 * place + p, 0]);
      values[indexOf(at, k)] = -inside(g + miss, -(2 ** 20), 2 ** 20);
      if (!j) first = g + miss;
      missed[at] = inside(missed[at] + miss, -999, 999);
    });
    done[at] = 1;
  }
}

/** The same potentials label by label, which each is row by row. */
function byLabel({ values, low, high, starts, has, indexOf }, labels) {
  const ordered = new Int32Array(values.length);
  let next = 0;
  for (let k = 0; k < labels; k++) for (let at = 0; at < starts.length; at++) if ((low[at] || high[at]) && has(at, k)) ordered[next++] = values[indexOf(at, k)];
  return ordered;
}

/** The colours of nodes that any pixel needs, and where each is. */
function readColours(data, labels, names, height, width, count, channels) {
  const section = new Section(data);
  const [rows, columns] = [cellOf(height - 1) + 4, cellOf(width - 1) + 4];
  const rank = new Int32Array(count * rows * columns).fill(-1);
  const nodeOf = (k, row, column) => (k * rows + row) * columns + column;
  for (let pixel = 0; pixel < height * width; pixel++) {
    const [row, column] = [cellOf(floor(pixel / width)), cellOf(pixel % width)];
    for (let m = MOST * pixel; m < MOST * (pixel + 1) && names[m] !== NONE; m++) {
      const first = nodeOf(names[m], row, column);
      for (let b = 0; b < 4; b++) for (let a = 0; a < 4; a++) rank[first + b * columns + a] = 0;
    }
  }
  let nodes = 0;
  for (let i = 0; i < rank.length; i++) if (rank[i] === 0) rank[i] = nodes++;
  const [found, misses] = [new Int32Array(nodes * channels), new Int32Array(nodes * channels)];
  const last = new Array(channels).fill(0);
  for (let k = 0; k < count; k++) for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) if (rank[nodeOf(k, row, column)] >= 0) oneNode(k, row, column);
  return { found, rank, nodeOf };

  function oneNode(k, row, column) {
    const at = rank[nodeOf(k, row, column)] * channels;
    const beside = [[row, column - 1], [row - 1, column], [row - 1, column - 1], [row - 1, column + 1]].map(([r, c]) => (r < 0 || c < 0 || c >= columns ? -1 : rank[nodeOf(k, r, c)] * channels));
    const [w, n, nw, ne] = beside.map((place) => place >= 0);
    const t = (w ? 1 : 0) + (n ? 2 : 0) + (nw ? 4 : 0) + (ne ? 8 : 0);
    let here = 0;
    for (let y = max(4 * row - 10, 0); y < min(4 * row - 2, height); y++) for (let x = max(4 * column - 10, 0); x < min(4 * column - 2, width); x++) here += labels.list[labels.place(y, x)] === k ? 1 : 0;
    const amid = [0, 1, 4, 16, 40, 63].filter((limit) => here > limit).length;
    let [e1, e2] = [0, 0];
    for (let c = 0; c < channels; c++) {
      const [W, N, NW, NE] = beside.map((place) => (place < 0 ? 0 : found[place + c]));
      let guess = w ? W : n ? N : ne ? NE : last[c];
      if (w && n && nw) guess = NW >= max(W, N) ? min(W, N) : NW <= min(W, N) ? max(W, N) : W + N - NW;
      else if (w && n) guess = (W + N) >> 1;
      const wrong = beside.map((place) => (place < 0 ? 0 : misses[place + c]));
      const [z, m] = [thirds(wrong), few(sizes(wrong), 15)];
      const u = few((w && nw ? abs(W - NW) : 0) + (n && nw ? abs(N - NW) : 0) + (n && ne ? abs(N - NE) : 0), 15);
      const [e, f, plane] = [inside(e1, -4, 4) + 4, inside(e2, -4, 4) + 4, min(c, 2)];
      const contexts = [
        (7 * t + amid) * 3 + plane, 3 * z + plane, (7 * m + amid) * 3 + plane,
        (7 * u + amid) * 3 + plane, (9 * e + f) * 3 + plane, 3 * k + plane, 7 * z + amid,
        (81 * e + z) * 3 + plane, (16 * m + u) * 3 + plane, (9 * u + e) * 7 + amid,
        hashed((9 * k + e) * 16 + m), (9 * t + e) * 16 + m,
      ];
      const signs = [3 * z + plane, (9 * e + f) * 3 + plane, 3 * t + plane, (81 * e + z) * 3 + plane];
      const miss = section.number(contexts, [(7 * plane + amid) * 9 + e, 16 * m + u, 3 * t + plane], 3 * m + plane, signs, [e, z, 0]);
      found[at + c] = last[c] = inside(guess + miss, -(2 ** 24), 2 ** 24);
      misses[at + c] = miss;
      [e1, e2] = [miss, e1];
    }
  }
}

/** Which pixels are listed, as their numbers in a grid, -1 for none; and the detail of each. */
function readDetail(data, labels, { names, several }, colours, step, { height, width, channels }) {
  const slots = new Grid(height, width, 2, Int32Array, -1);
  const section = data.length ? new Section(data) : null;
  const eight = moves(EIGHT, several.stride);
  const before = moves(BEFORE, slots.stride);
  const faint = section && section.bitOf([], [0, 0, 0], 0, 14) ? new Grid(height, width, 2, Uint8Array) : null;
  let count = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [at, here] = [slots.place(y, x), several.place(y, x)];
      if (faint && !several.list[here]) {
        const like = bits(before, (move) => faint.list[at + move]);
        const edges = bits(eight, (move) => several.list[here + move]);
        const a = labels.list[labels.place(y, x)];
        const contexts = [like, edges, a, 4 * a + (like & 3), 16 * edges + (like & 3) + ((like >> 3) & 12), hashed(64 * like + a), 64 * ones(like) + a];
        faint.list[at] = section.bitOf(contexts, [like & 255, edges, a], like & 63, 13);
      }
      if (several.list[here] || (faint && faint.list[at])) slots.list[at] = count++;
    }
  }
  const found = new Int32Array(count * channels);
  if (section) for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) if (slots.list[slots.place(y, x)] >= 0) onePixel(y, x);
  return { slots, found, count };

  function onePixel(y, x) {
    const at = slots.place(y, x);
    const own = namesOf(names, y * width + x);
    const shown = Array.from(own, (k) => colours.rank[colours.nodeOf(k, cellOf(y) + 1, cellOf(x) + 1)] * channels);
    let apart = 0;
    for (let c = 0; c < channels; c++) {
      const own = shown.map((node) => colours.found[node + c]);
      apart = max(apart, max(...own) - min(...own));
    }
    const [k, q] = [few(floor((apart * step) / 257), 15), min(own.length, 3)];
    const { stride, list } = slots;
    const there = [-stride - 1, -stride, 1 - stride, -1].filter((move) => list[at + move] >= 0).length;
    let [e1, e2] = [0, 0];
    for (let c = 0; c < channels; c++) {
      const value = (move) => (list[at + move] < 0 ? 0 : found[list[at + move] * channels + c]);
      const [nw, n, ne, w] = [value(-stride - 1), value(-stride), value(1 - stride), value(-1)];
      const s = few(abs(nw) + 2 * abs(n) + abs(ne) + 2 * abs(w), 15);
      const v = few(sizes(before.map(value)), 15);
      const z = thirds([w, n, nw, ne]);
      const [e, f, plane, b] = [inside(e1, -4, 4) + 4, inside(e2, -4, 4) + 4, min(c, 2), few(abs(e1), 9)];
      const contexts = [
        (16 * s + k) * 3 + plane, (16 * v + k) * 3 + plane, (9 * e + f) * 3 + plane,
        3 * z + plane, (16 * s + v) * 3 + plane, (16 * b + s) * 3 + plane,
        (10 * k + b) * 3 + plane, ((4 * there + q) * 16 + s) * 3 + plane,
        hashed((9 * z + e) * 3 + plane), hashed((16 * k + s) * 10 + b),
        (16 * q + k) * 3 + plane, hashed((10 * v + b) * 16 + k), plane,
      ];
      const signs = [3 * z + plane, (9 * e + f) * 3 + plane, hashed((9 * z + e) * 3 + plane), z];
      const number = section.number(contexts, [3 * s + plane, 10 * k + b, 10 * v + e], 3 * s + plane, signs, [e, z, plane]);
      found[list[at] * channels + c] = number;
      [e1, e2] = [number, e1];
    }
  }
}

/**
 * The whole numbers of a drawing.
 * @param {Object<string, Uint8Array[]>} chunks of its container
 * @returns {object} what its header says, `owner` and `candidates` of pixels, and in steps
 * `potentials` (label by label, each row by row), `colours` and `detail`
 */
export function numbersOfDrawing(chunks) {
  const head = new Reader(chunks.DR[0]);
  const [width, height, channels, depth, labels, ...steps] = Array.from({ length: 8 }, () => head.number());
  const [sharp, squares] = [head.take(4), head.take(1)[0]];
  const footprint = String.fromCharCode(...head.take(head.number()));
  const pixels = width * height;
  const [first, second, third, last] = ["DL", "DP", "DC", "DD"].map((name) => chunks[name][0] || new Uint8Array());
  const fits = !WITH_CHECKS || (width && height && pixels <= 2 ** 28 && channels && channels <= 16 && labels && labels <= 64 && squares < 2 && (labels === 1 || 8 * (first.length + 8) >= LEAST_BITS * pixels));
  if (!fits) throw new Error(EMPTY);
  const grid = readLabels(first, height, width, labels);
  const pixelNames = candidatesOf(grid, height, width, squares ? 1 : MOST);
  const potentials = byLabel(readPotentials(second, grid, pixelNames, height, width), labels);
  const colours = readColours(third, grid, pixelNames.names, height, width, labels, channels);
  const { slots, found, count } = readDetail(last, grid, pixelNames, colours, steps[1], { height, width, channels });
  const [seeds, owner, candidates] = [new Uint8Array(pixels), new Uint8Array(pixels), new Uint8Array(MOST * count)];
  for (let pixel = 0; pixel < pixels; pixel++) {
    const [y, x] = [floor(pixel / width), pixel % width];
    const slot = slots.list[slots.place(y, x)];
    seeds[pixel] = grid.list[grid.place(y, x)];
    owner[pixel] = slot < 0 ? seeds[pixel] : NONE;
    if (slot >= 0) candidates.set(pixelNames.names.subarray(MOST * pixel, MOST * (pixel + 1)), MOST * slot);
  }
  const sharpness = new DataView(sharp.slice().buffer).getFloat32(0, true);
  return { width, height, channels, depth, labels, steps, sharpness, footprint, seeds, owner, candidates, potentials, colours: colours.found, detail: found };
}

/**
 * A drawing as a field's tensors, and what it shows.
 * @returns {{config, tensors, about}} as `regionsOf` takes them
 */
export function readDrawing(chunks) {
  const { width, height, channels, labels, steps, sharpness, footprint, owner, candidates, ...whole } = numbersOfDrawing(chunks);
  const floats = (list, step, unit) => ({ data: Float32Array.from(list, (number) => (number * step) / unit) });
  const tensors = {
    "encoding.owner": { data: owner },
    "encoding.candidates": { data: candidates },
    "encoding.potentials": floats(whole.potentials, steps[0], POTENTIAL_UNIT),
    "encoding.colours": floats(whole.colours, steps[1], COLOUR_UNIT),
    "encoding.detail": floats(whole.detail, steps[2], COLOUR_UNIT),
  };
  return { config: { width, height, planes: channels, labels, sharpness, footprint }, tensors, about: aboutOf(chunks, width, height, channels) };
}
