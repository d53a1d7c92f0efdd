// Labels: potentials say where each is, colours what it shows. As redraw.fields.regions, whose tables
// are made here of a field file, and as redraw.kernels.label_drawing, which draws means over cells.

import { ceil, exp, floor, inside, max, min, sqrt } from "./numbers.js";

const { hypot } = Math;

// Stands for "no label"; labels at one pixel at most; pixels of a cell of the lattice of colours.
export const NONE = 255;
export const MOST = 5;
const CELL = 4;
// Places in a pixel are at most so far apart. From which magnification on soft edges are drawn sharper, up
// to which steep ones are; and how steep both are, in widths to a pixel of the fitted picture.
const APART = 0.2;
const SHARP_FROM = 4;
const SOFT = 28;
const STEEP = 40;
const GAUSS = [0.5 - 0.5 / sqrt(3), 0.5 + 0.5 / sqrt(3)];

export const cellOf = (pixel) => floor((2 * pixel + 1 + CELL) / (2 * CELL));

/** The operation of a file's tensors. */
export function regionsOf({ width: columns, height: rows, planes, labels, sharpness, footprint }, tensors) {
  const [owner, candidates, potentials, colours, detail] = ["owner", "candidates", "potentials", "colours", "detail"].map((name) => tensors[`encoding.${name}`].data);
  const listed = candidates.length / MOST;
  const wide = columns + 2;
  const sets = new Float32Array(wide * (rows + 2)).fill(listed + labels - 1);
  const names = new Uint8Array(MOST * (listed + labels)).fill(NONE);
  names.set(candidates);
  for (let label = 0; label < labels; label++) names[MOST * (listed + label)] = label;
  const first = new Float32Array(5 * names.length).fill(potentials.length);
  const lattice = [cellOf(rows - 1) + 4, cellOf(columns - 1) + 4];
  const rank = new Float32Array(labels * lattice[0] * lattice[1]);
  const members = Array.from({ length: labels }, () => []);
  for (let y = 0, slot = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const set = owner[y * columns + x] === NONE ? slot++ : listed + owner[y * columns + x];
      sets[(y + 1) * wide + x + 1] = set;
      for (let m = MOST * set; m < MOST * (set + 1) && names[m] !== NONE; m++) {
        if (set < listed && names[MOST * set + 1] !== NONE) members[names[m]].push(m, x, y);
        mark(rank, lattice[1], names[m] * lattice[0] + cellOf(y), cellOf(x), 4);
      }
    }
  }
  number(rank, 0);
  const place = new Float32Array((rows + 4) * (columns + 4));
  let next = 0;
  for (const own of members) {
    place.fill(0);
    for (let i = 0; i < own.length; i += 3) mark(place, columns + 4, own[i + 2], own[i + 1], 5);
    next = number(place, next);
    for (let i = 0; i < own.length; i += 3) for (let b = 0; b < 5; b++) first[5 * own[i] + b] = place[(own[i + 2] + b) * (columns + 4) + own[i + 1]];
  }
  const padded = (list, more) => Float32Array.from({ length: list.length + more }, (_, i) => list[i] || 0);
  return {
    columns, rows, planes, lattice, sharpness, sampled: footprint === "point", sets, labels: names, first, rank, most: MOST,
    potentials: padded(potentials, 5),
    colours: padded(colours, 0),
    detail: detail.some((value) => value) ? padded(detail, planes) : new Float32Array(0),
  };
}

function mark(list, stride, y, x, side) {
  for (let b = 0; b < side; b++) list.fill(1, (y + b) * stride + x, (y + b) * stride + x + side);
}

/** Marks become numbers from `next` on; the others stay 0. */
function number(list, next) {
  for (let i = 0; i < list.length; i++) if (list[i]) list[i] = next++;
  return next;
}

/** The cubic B-splines that reach a place, which lies t after the second; and their slopes. */
function four(t) {
  const l = 1 - t;
  return [l ** 3 / 6, (4 - 6 * t * t + 3 * t ** 3) / 6, (4 - 6 * l * l + 3 * l ** 3) / 6, t ** 3 / 6];
}
function slopes(t) {
  const l = 1 - t;
  return [-l * l / 2, (3 * t * t - 4 * t) / 2, -(3 * l * l - 4 * l) / 2, t * t / 2];
}

/** What of a pixel lies in a cell, along one axis: of the pixels from `first` on. */
function pieces(low, high, side) {
  const [from, to] = [low, high].map((at) => inside(at, 0, side));
  const first = min(floor(from + 1e-9), side - 1);
  const result = [];
  for (let pixel = first; pixel === first || (pixel < side && pixel < to - 1e-9); pixel++) {
    const [a, b] = [from, to].map((at) => inside(at - pixel));
    const length = b - a;
    const cell = cellOf(pixel);
    const colours = [0, 0, 0, 0];
    for (const g of GAUSS) four((pixel + a + g * length) / CELL + 0.5 - cell).forEach((w, i) => (colours[i] += w / 2));
    const count = max(1, ceil(length / APART - 1e-9));
    const places = Array.from({ length: count }, (_, i) => {
      const inside = a + ((i + 0.5) * length) / count;
      const second = inside >= 0.5 ? 1 : 0;
      return { second, weights: four(inside + 0.5 - second), slopes: slopes(inside + 0.5 - second) };
    });
    result.push({ pixel, cell, colours, places, side: length / count, share: to > from ? length / (to - from) : 1, detail: three(a, b) });
  }
  return result;
}

/** The means of the weights of three pixels, from a to b inside of the middle one: a place is a small part. */
function three(a, b) {
  const [middle, half] = [(a + b) / 2, max(b - a, 1e-3) / 2];
  // What is weighed at a distance of d is max(d, 0): its integral is the half of its square.
  const mean = (far, near) => (max(far, 0) ** 2 - max(near, 0) ** 2) / (4 * half);
  const before = mean(0.5 - middle + half, 0.5 - middle - half);
  const after = mean(middle + half - 0.5, middle - half - 0.5);
  return [before, 1 - before - after, after];
}

/** Values at points (x, y), or means over cells of that size around them. */
export function runRegions(op, [[xs, ys]], n, [wide, high]) {
  const { columns, rows, planes } = op;
  const out = Array.from({ length: planes }, () => new Float32Array(n));
  const known = [new Map(), new Map()];
  const cut = (axis, at, size, side) => {
    const found = known[axis];
    if (!found.has(at)) found.set(at, pieces(((at - size / 2 + 1) * side) / 2, ((at + size / 2 + 1) * side) / 2, side));
    return found.get(at);
  };
  const side = min(wide * columns, high * rows) / 2;
  const larger = 1 / min(side || 1, 1);
  const value = new Float64Array(planes);
  for (let i = 0; i < n; i++) {
    value.fill(0);
    for (const y of cut(1, ys[i], high, rows)) for (const x of cut(0, xs[i], wide, columns)) addPiece(op, y, x, larger, value);
    for (let c = 0; c < planes; c++) out[c][i] = value[c];
  }
  return out;
}

function addPiece(op, y, x, larger, value) {
  const { columns, planes, lattice, sets, labels, most, rank, colours, detail } = op;
  const set = sets[(y.pixel + 1) * (columns + 2) + x.pixel + 1];
  let count = 0;
  while (count < most && labels[set * most + count] !== NONE) count++;
  const shares = count > 1 ? sharesOf(op, set, count, y, x, larger) : [1];
  for (let m = 0; m < count; m++) {
    const share = shares[m] * x.share * y.share;
    if (share < 1e-7) continue;
    for (let b = 0; b < 4; b++) {
      const start = rank[(labels[set * most + m] * lattice[0] + y.cell + b) * lattice[1] + x.cell];
      for (let a = 0; a < 4; a++) for (let c = 0; c < planes; c++) value[c] += share * y.colours[b] * x.colours[a] * colours[(start + a) * planes + c];
    }
  }
  if (!detail.length) return;
  for (let b = 0; b < 3; b++) {
    for (let a = 0; a < 3; a++) {
      const at = sets[(y.pixel + b) * (columns + 2) + x.pixel + a] * planes;
      if (at < detail.length) for (let c = 0; c < planes; c++) value[c] += y.share * x.share * y.detail[b] * x.detail[a] * detail[at + c];
    }
  }
}

/** Of the labels of a set in a piece: means over its places of a softmax that is softened there, as the kernel's. */
function sharesOf({ first, potentials, most, sharpness }, set, count, y, x, larger) {
  const shares = new Float64Array(count);
  const [phi, right, below] = [0, 0, 0].map(() => new Float64Array(count));
  for (const down of y.places) {
    for (const across of x.places) {
      let one, two; // the highest potential and the second, once there are such
      for (let m = 0; m < count; m++) {
        phi[m] = right[m] = below[m] = 0;
        for (let b = 0; b < 4; b++) {
          const start = first[5 * (set * most + m) + down.second + b] + across.second;
          let [line, slope] = [0, 0];
          for (let a = 0; a < 4; a++) {
            line += across.weights[a] * potentials[start + a];
            slope += across.slopes[a] * potentials[start + a];
          }
          phi[m] += down.weights[b] * line;
          below[m] += down.slopes[b] * line;
          right[m] += down.weights[b] * slope;
        }
        if (!(phi[m] <= phi[one])) [one, two] = [m, one];
        else if (!(phi[m] <= phi[two])) two = m;
      }
      const top = phi[one];
      const [rise, run] = [below[one] - below[two], right[one] - right[two]];
      const steep = inside((sharpness * hypot(rise, run) - SOFT) / (STEEP - SOFT));
      const sharp = sharpness * max(larger / SHARP_FROM, 1 + steep * (min(larger, SHARP_FROM) - 1));
      const reach = max((sharp * hypot(rise * y.side, run * x.side)) / 2, 0.05);
      const off = inside(sharp * (top - phi[two]), 0.05, reach + 12);
      const rest = Math.log((1 + exp(reach - off)) / (1 + exp(-reach - off)));
      let total = 0;
      for (let m = 0; m < count; m++) total += phi[m] = ((2 * reach) / rest - 1) ** ((sharp / off) * (phi[m] - top));
      for (let m = 0; m < count; m++) shares[m] += phi[m] / total / (y.places.length * x.places.length);
    }
  }
  return shares;
}

/** The same as a shader's function regions(p, size). */
export const printRegions = ({ columns, rows, lattice, most, sharpness, detail, planes }, name) => `
vec4 four(float t) {
  float l = 1. - t;
  return vec4(l * l * l, 4. - 6. * t * t + 3. * t * t * t, 4. - 6. * l * l + 3. * l * l * l, t * t * t) / 6.;
}
vec4 slopes(float t) {
  float l = 1. - t;
  return .5 * vec4(-l * l, 3. * t * t - 4. * t, 4. * l - 3. * l * l, t * t);
}
vec4 mean4(float t, float size) { return .5 * (four(t + .211324865 * size) + four(t + .788675135 * size)); }
vec3 mean3(float a, float b) {
  float low = .5 * max(b - a, .001), middle = .5 * (a + b) - .5;
  vec2 off = vec2(-middle, middle), far = max(off + low, 0.), next = max(off - low, 0.);
  off = (far * far - next * next) / (4. * low);
  return vec3(off.x, 1. - off.x - off.y, off.y);
}
vec4 regions(vec2 p, vec2 size) {
  vec2 n = vec2(${columns}., ${rows}.), cell = size * .5 * n, middle = (p + 1.) * .5 * n;
  vec2 lo = clamp(middle - .5 * cell, vec2(0.), n), hi = clamp(middle + .5 * cell, lo, n), whole = hi - lo;
  float side = min(cell.x, cell.y), larger = 1. / (side > 0. ? min(side, 1.) : 1.), own = ${sharpness.toFixed(6)};
  ivec2 first = ivec2(min(floor(lo + 1e-4), n - 1.)), last = max(first, min(ivec2(ceil(hi - 1e-4)), ivec2(n)) - 1);
  vec4 sum = vec4(0.);
  for (int y = first.y; y <= last.y; y++) {
    for (int x = first.x; x <= last.x; x++) {
      vec2 at0 = vec2(x, y), low = clamp(lo - at0, 0., 1.), high = clamp(hi - at0, 0., 1.), size = high - low;
      float area = (whole.x > 0. ? size.x / whole.x : 1.) * (whole.y > 0. ? size.y / whole.y : 1.);
      int set = int(at(S${name}, (y + 1) * ${columns + 2} + x + 1).x), count = 0, names[${most}];
      float share[${most}];
      for (; count < ${most}; count++) {
        names[count] = int(at(F${name}, 2 * (set * ${most} + count) + 1).y);
        if (names[count] < 0) break;
        share[count] = 0.;
      }
      if (count == 1) share[0] = 1.;
      else {
        ivec2 places = max(ivec2(ceil(size * ${1 / APART}. - 1e-4)), 1);
        vec2 apart = size / vec2(places);
        for (int s = 0; s < places.y; s++) {
          for (int t = 0; t < places.x; t++) {
            vec2 inside = low + (vec2(t, s) + .5) * apart, second = floor(inside + .5), from = inside + .5 - second;
            vec4 across = four(from.x), down = four(from.y), right = slopes(from.x), below = slopes(from.y);
            float phi[${most}], top = -1e30, next = -1e30;
            vec2 steep = vec2(0.), steeper = vec2(0.);
            for (int m = 0; m < count; m++) {
              vec4 e = at(F${name}, 2 * (set * ${most} + m)), f = second.y > .5 ? vec4(e.yzw, at(F${name}, 2 * (set * ${most} + m) + 1).x) : e;
              float value = 0.;
              vec2 slope = vec2(0.);
              for (int b = 0; b < 4; b++) {
                int i = int(f[b]) + int(second.x);
                vec4 nodes = vec4(at(P${name}, i).x, at(P${name}, i + 1).x, at(P${name}, i + 2).x, at(P${name}, i + 3).x);
                float line = dot(across, nodes);
                value += down[b] * line;
                slope += vec2(down[b] * dot(right, nodes), below[b] * line);
              }
              phi[m] = value;
              if (value > top) { next = top; steep = steeper; top = value; steeper = slope; }
              else if (value > next) { next = value; steep = slope; }
            }
            vec2 rise = steeper - steep;
            float sharp = own * max(larger / ${SHARP_FROM}., 1. + clamp((own * length(rise) - ${SOFT}.) / ${STEEP - SOFT}., 0., 1.) * (min(larger, ${SHARP_FROM}.) - 1.)), reach = clamp(.5 * sharp * length(rise * apart), .05, 60.);
            float off = clamp(sharp * (top - next), .05, reach + 12.), rest = log((1. + exp(reach - off)) / (1. + exp(-reach - off))), total = 0.;
            for (int m = 0; m < count; m++) { phi[m] = pow(2. * reach / rest - 1., sharp / off * (phi[m] - top)); total += phi[m]; }
            for (int m = 0; m < count; m++) share[m] += phi[m] / total / float(places.x * places.y);
          }
        }
      }
      ivec2 node = (2 * ivec2(x, y) + ${1 + CELL}) / ${2 * CELL};
      vec4 cx = mean4((at0.x + low.x) * .25 + .5 - float(node.x), size.x * .25), cy = mean4((at0.y + low.y) * .25 + .5 - float(node.y), size.y * .25);
      for (int m = 0; m < count; m++) {
        if (share[m] < 1e-6) continue;
        for (int b = 0; b < 4; b++) {
          int i = int(at(R${name}, (names[m] * ${lattice[0]} + node.y + b) * ${lattice[1]} + node.x).x);
          sum += area * share[m] * cy[b] * (cx.x * at(C${name}, i) + cx.y * at(C${name}, i + 1) + cx.z * at(C${name}, i + 2) + cx.w * at(C${name}, i + 3));
        }
      }
      ${detail.length ? `vec3 dx = mean3(low.x, high.x), dy = mean3(low.y, high.y);
      for (int b = 0; b < 3; b++) {
        for (int a = 0; a < 3; a++) {
          int i = min(int(at(S${name}, (y + b) * ${columns + 2} + x + a).x), ${detail.length / planes - 1});
          sum += area * dy[b] * dx[a] * at(D${name}, i);
        }
      }` : ""}
    }
  }
  return sum;
}
`;

/** What the shader's lists hold: [letter, numbers, lanes]. */
export function listsOf({ labels, first, sets, rank, potentials, colours, detail, planes }) {
  const table = new Float32Array(8 * labels.length);
  for (let i = 0; i < labels.length; i++) {
    table.set(first.subarray(5 * i, 5 * i + 5), 8 * i);
    table[8 * i + 5] = labels[i] === NONE ? -1 : labels[i];
  }
  const wide = (list) => {
    const result = new Float32Array((4 * list.length) / planes);
    for (let i = 0; i < list.length; i++) result[4 * floor(i / planes) + (i % planes)] = list[i];
    return result;
  };
  const lists = [["S", sets, 1], ["F", table, 4], ["R", rank, 1], ["P", potentials, 1], ["C", wide(colours), 4]];
  return detail.length ? [...lists, ["D", wide(detail), 4]] : lists;
}
