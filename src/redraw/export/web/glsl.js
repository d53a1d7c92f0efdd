// A program as a WebGL2 fragment shader, and the textures that hold its constants.

import { max, min } from "./numbers.js";
import { meaningOf, REACH } from "./plan.js";
import { listsOf, printRegions } from "./regions.js";
import { fourOf, lane, listOf, number, quads, ROW, sumOf, tableOf } from "./parts-glsl.js";
import { isFar, printCells, printWhole, WHOLE } from "./whole-glsl.js";

const SINE = `
// Sine and cosine of our own: those of graphics processors may be off by 2^-11. The polynomial is
// that of SLEEF's sinf; pi is taken away in two parts, so that large phases stay exact.
vec4 sine(vec4 x) {
  vec4 n = floor(x * .318309886 + .5);
  vec4 y = (x - n * 3.140625) - n * 9.67653589793e-4, s = y * y;
  y += y * s * (((2.60831598e-6 * s - 1.981069071e-4) * s + 8.33307858556e-3) * s - .16666659713);
  return y * (1. - 2. * abs(n - 2. * floor(n * .5)));
}
vec4 cosine(vec4 x) { return sine(x + 1.57079633); }
vec4 logistic(vec4 z) { return 1. / (1. + exp(-z)); }
`;
const COMMON = `
vec4 at(sampler2D list, int i) { return texelFetch(list, ivec2(i & ${ROW - 1}, i / ${ROW}), 0); }
`;

const FUNCTIONS = {
  tanh: "1. - 2. / (exp(2. * clamp(z, -15., 15.)) + 1.)",
  sigmoid: "logistic(z)",
  relu: "max(z, 0.)",
  silu: "z * logistic(z)",
  sine: "sine(o * z)",
  finer: "sine(o * (abs(z) + 1.) * z)",
  gauss: "exp(-s * s * z * z)",
  wire: "cosine(o * z) * exp(-s * s * z * z)",
};

const LATTICE = `
// The integral of a cubic B-spline, less the middle.
float spread(float t) {
  float d = min(abs(t), 2.), e = 2. - d;
  return sign(t) * (d <= 1. ? d * (.666666667 + d * d * (.125 * d - .333333333)) : .5 - e * e * e * e / 24.);
}
// The share that a B-spline has in the mean over a cell, which lies t beside its middle. Where the cell
// lies is taken away first: in float32 places of large pictures have no room for a small cell's sides.
float share(float t, float size) { return (spread(t + .5 * size) - spread(t - .5 * size)) / size; }
// Lattices go on mirrored; cells reach over less than 64 of their sides.
int mirrored(int i, int n) {
  i = (i + 64 * n) % (2 * n);
  return min(i, 2 * n - 1 - i);
}
// Means over cells; points are small ones.
vec4 lattice(sampler2D weights, vec2 p, vec2 size) {
  ivec2 n = textureSize(weights, 0);
  vec2 middle = (p + 1.) * .5 * vec2(n) - .5, cell = max(size * .5 * vec2(n), .01);
  ivec2 first = ivec2(floor(middle - .5 * cell)) - 1, last = ivec2(floor(middle + .5 * cell)) + 2;
  float across[${REACH + 6}];
  for (int x = first.x; x <= last.x; x++) across[x - first.x] = share(middle.x - float(x), cell.x);
  vec4 sum = vec4(0.);
  for (int y = first.y; y <= last.y; y++) {
    vec4 line = vec4(0.);
    for (int x = first.x; x <= last.x; x++)
      line += across[x - first.x] * texelFetch(weights, ivec2(mirrored(x, n.x), mirrored(y, n.y)), 0);
    sum += share(middle.y - float(y), cell.y) * line;
  }
  return sum;
}
`;

/* global WITH_AFFINE, WITH_ACTIVATIONS, WITH_COMPLEX, WITH_GRIDS, WITH_LATTICES, WITH_LABELS, WITH_WHOLE, WITH_CELLS, WITH_PROGRAMS */

/** How each operation is printed: code that fills `out` from `take`; textures go to `lists`. */
const PRINTERS = {
  ...(WITH_AFFINE && { affine }),
  ...(WITH_ACTIVATIONS && { activation }),
  ...((WITH_ACTIVATIONS || WITH_WHOLE) && { sigmoid }),
  ...(WITH_PROGRAMS && { softmax }),
  ...(WITH_GRIDS && { lookup }),
  ...(WITH_LABELS && { regions }),
  ...(WITH_LATTICES && { lattice }),
  ...(WITH_PROGRAMS && { join }),
  ...(WITH_WHOLE && { whole: (step, context) => printWhole(step, { ...context, functions: FUNCTIONS }) }),
  ...(WITH_CELLS && { cells: printCells }),
};

function affine({ weight, bias, width }, { out, take, inputs, name, hold }) {
  const [I, O] = [quads(inputs), quads(width)];
  const data = new Float32Array(4 * O * (4 * I + 1));
  let next = 0;
  for (let o = 0; o < 4 * O; o += 4) {
    for (let lane = 0; lane < 4; lane++) data[next++] = bias[o + lane] || 0;
    for (let i = 0; i < 4 * I; i++)
      for (let lane = 0; lane < 4; lane++) data[next++] = (i < inputs && o + lane < width && weight[(o + lane) * inputs + i]) || 0;
  }
  const read = hold(name, data);
  return `for (int o = 0; o < ${O}; o++) {
  int k = o * ${4 * I + 1};
  vec4 sum = ${read("k")};
  k++;
  ${sumOf(read, take, I)}
  ${out}[o] = sum;
}`;
}

function activation({ name, omega, spread, width }, { out, take }) {
  const [o, s] = [number(omega), number(spread)];
  if (WITH_COMPLEX && name === "wire-complex") {
    const half = width / 2;
    return `for (int i = 0; i < ${half}; i++) {
  float re = ${lane(take, "i")}, im = ${lane(take, `(i + ${half})`)};
  float size = exp(-${o} * im - ${number(spread * spread)} * (re * re + im * im));
  vec4 turn = sine(vec4(${o} * re, ${o} * re + 1.57079633, 0., 0.));
  ${lane(out, "i")} = size * turn.y;
  ${lane(out, `(i + ${half})`)} = size * turn.x;
}`;
  }
  return `for (int i = 0; i < ${quads(width)}; i++) {
  vec4 z = ${take}[i];
  const float o = ${o}, s = ${s};
  ${out}[i] = ${FUNCTIONS[name]};
}`;
}

function sigmoid({ sharpness, width }, { out, take }) {
  return `for (int i = 0; i < ${quads(width)}; i++) ${out}[i] = logistic(${number(sharpness)} * ${take}[i]);`;
}

function softmax({ width }, { out, take }) {
  return `{
  float most = ${lane(take, "0")}, total = 0.;
  for (int i = 1; i < ${width}; i++) most = max(most, ${lane(take, "i")});
  for (int i = 0; i < ${width}; i++) { float e = exp(${lane(take, "i")} - most); total += e; ${lane(out, "i")} = e; }
  for (int i = 0; i < ${quads(width)}; i++) ${out}[i] /= total;
}`;
}

function join(step, { out, parts }) {
  let at = 0;
  return parts.map(([name, width]) => `for (int i = 0; i < ${width}; i++) ${lane(out, `(i + ${(at += width) - width})`)} = ${lane(name, "i")};`).join("\n");
}

function lookup({ table, features, levels }, { out, take, textures, name }) {
  const groups = quads(features);
  textures.push(tableOf(`T${name}`, table, features));
  const lines = levels.map(({ scale, multipliers, first, mask }, level) => {
    const parts = [];
    for (let g = 0; g < groups; g++) {
      let fill = "";
      for (let f = 4 * g; f < min(features, 4 * g + 4); f++) fill += ` ${lane(out, level * features + f)} = found.${"xyzw"[f % 4]};`;
      parts.push(`{ vec4 found = corners${name}(${take}[0].xy, vec2(${scale.map(number)}), uvec2(${multipliers.map((m) => `${m}u`)}), ${first}u, ${mask}u, ${g});${fill} }`);
    }
    return parts.join("\n");
  });
  const helper = `vec4 corners${name}(vec2 p, vec2 scale, uvec2 by, uint first, uint mask, int group) {
  vec2 place = clamp(p * .5 + .5, 0., 1.) * scale + .5, cell = floor(place), right = place - cell;
  vec4 sum = vec4(0.);
  for (uint corner = 0u; corner < 4u; corner++) {
    uvec2 bit = uvec2(corner & 1u, corner >> 1), term = (uvec2(cell) + bit) * by;
    uint row = mask != 0u ? (term.x ^ term.y) & mask : term.x + term.y;
    vec2 share = mix(1. - right, right, vec2(bit));
    sum += share.x * share.y * at(T${name}, int(first + row) * ${groups} + group);
  }
  return sum;
}`;
  return [lines.join("\n"), helper];
}

function regions(step, { out, take, textures, name }) {
  for (const [letter, data, lanes] of listsOf(step)) textures.push(listOf(letter + name, data, lanes));
  return [`${out}[0] = regions(${take}[0].xy, size);`, printRegions(step, name)];
}

/** A lattice, or one number of it that is added to another value: to each channel its share. */
function lattice({ weights, columns, rows, width, exact, shares }, { out, take, parts, textures, name }) {
  const planes = shares ? 1 : width;
  const lanes = planes > 2 ? 4 : planes;
  const data = new Float32Array(lanes * columns * rows);
  const size = columns * rows;
  for (let i = 0; i < size; i++) for (let c = 0; c < planes; c++) data[lanes * i + c] = weights[c * size + i];
  // Half floats suffice: weights near 1 are rounded to 1/4096, a sixteenth of a step of 8 bits. Where
  // pixels are exact weights may be larger, and no step is missed.
  textures.push({ name: `T${name}`, width: columns, height: rows, data, lanes, half: !exact });
  return `${out}[0] = lattice(T${name}, ${take}[0].xy, size)${shares ? `.x * ${fourOf(shares)} + ${parts[1][0]}[0]` : ""};`;
}

/** Whether a program needs what WebGL2 may lack, or is no picture; `largest` is a texture's side. */
export const isTooMuch = ({ steps, dimensions, channels }, largest) =>
  dimensions !== 2 ||
  channels > 4 ||
  steps.some(
    (step) =>
      (WITH_LATTICES && step.kind === "lattice" && (step.width > 4 || max(step.columns, step.rows) > largest)) ||
      (WITH_LABELS && step.kind === "regions" && (step.planes > 4 || 2 * step.labels.length > ROW * largest || step.potentials.length > 2 ** 24)) ||
      (WITH_GRIDS && step.kind === "lookup" && (step.table.length / step.features) * quads(step.features) > ROW * largest) ||
      (WITH_WHOLE && isFar(step)) ||
      step.width > 512,
  );

/**
 * The function `vec4 field(vec2 p, vec2 size)`, and what holds its constants.
 * @param {object} program
 * @param {{bytes: number, blocks: number}} room how large a uniform block may be, and how many
 * @returns {{code, textures, blocks}} constants go to uniform blocks as long as there is room
 */
export function printField(program, room) {
  const [textures, blocks, helpers] = [[], [], []];
  const lines = ["vec4 v0[1] = vec4[1](vec4(p, 0., 0.));"];
  const widths = [2, ...program.steps.map((step) => step.width)];
  const hold = (WITH_AFFINE || WITH_WHOLE) && ((name, data) => {
    if (4 * data.length > room.bytes || blocks.length >= room.blocks) {
      textures.push(listOf(`T${name}`, data));
      return (at) => `at(T${name}, ${at})`;
    }
    blocks.push({ name: `U${name}`, data });
    helpers.push(`layout(std140) uniform U${name} { vec4 u${name}[${data.length / 4}]; };`);
    return (at) => `u${name}[${at}]`;
  });
  program.steps.forEach((step, i) => {
    const context = {
      out: `v${i + 1}`,
      take: `v${step.inputs[0]}`,
      inputs: widths[step.inputs[0]],
      parts: step.inputs.map((value) => [`v${value}`, widths[value]]),
      textures,
      hold,
      name: `${i + 1}`,
    };
    const printed = [PRINTERS[step.kind](step, context)].flat();
    if (printed[1]) helpers.push(printed[1]);
    lines.push(`vec4 v${i + 1}[${quads(step.width)}];`, printed[0]);
  });
  if (WITH_LATTICES && program.steps.some((step) => step.kind === "lattice")) helpers.unshift(LATTICE);
  if (WITH_WHOLE && program.steps.some((step) => step.kind === "whole")) helpers.unshift(WHOLE);
  const declared = textures.map(({ name }) => `uniform sampler2D ${name};`);
  const code = [...declared, COMMON, WITH_ACTIVATIONS || WITH_WHOLE ? SINE : "", ...helpers, "vec4 field(vec2 p, vec2 size) {", ...lines, `return v${program.steps.length}[0];`, "}"];
  return { code: code.join("\n"), textures, blocks };
}

/** The whole fragment shader that draws a tile, premultiplied: {source, textures, blocks}. */
export function shaderOf(field, linear, room) {
  const { code, textures, blocks } = printField(field.program, room);
  const { grey, alpha, curve, cut, flats } = meaningOf(field);
  const channels = field.program.channels;
  const last = `v[${channels - 1}]`;
  const clip = linear ? "" : "clamp";
  const source = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
uniform vec4 view;
uniform vec2 cell;
uniform int samples, height;
out vec4 colour;
${code}
void main() {
  vec2 pixel = vec2(floor(gl_FragCoord.x), float(height) - 1. - floor(gl_FragCoord.y));
  vec4 sum = vec4(0.);
  for (int y = 0; y < samples; y++)
    for (int x = 0; x < samples; x++)
      sum += ${clip}(field(view.xy + (pixel * float(samples) + vec2(x, y)) * view.zw, cell)${linear ? "" : ", 0., 1."});
  vec4 v = clamp(sum / float(samples * samples), 0., 1.);
  ${flats.length ? keeping(flats) : ""}
  float cover = ${alpha ? last : "1."};
  vec3 rgb = min(${grey ? "v.xxx" : "v.rgb"}, cover);
  ${cut ? `float most = clamp((cover - ${cut}) / ${1 - 2 * cut}, 0., 1.); rgb *= most / max(cover, 1e-9); cover = most;` : ""}
  ${curve ? hdr(curve) : ""}
  colour = vec4(rgb, cover);
}`;
  return { source, textures, blocks };
}

/** What is drawn near a flat colour is meant to be it; what is twice as far away stays. */
function keeping(flats) {
  const each = flats.map((flat) => {
    const [own, used] = [flat.slice(0, -1), flat.slice(0, -1).fill(1)];
    const reach = number(flat[own.length]);
    return `off = (drawn - ${fourOf(own)}) * ${fourOf(used)}; size = abs(off); far = max(max(size.x, size.y), max(size.z, size.w));
  if (far < 2. * ${reach}) v = ${fourOf(own)} + off * min(2. * max(far - ${reach}, 0.) / max(far, 1e-12), 1.);`;
  });
  return `vec4 drawn = v, off, size; float far;\n${each.join("\n")}`;
}

function hdr({ scale, start, end }) {
  return `if (cover > 0.) {
    vec3 t = rgb / cover * ${number(end - start)} + ${number(start)};
    vec3 light = clamp((exp(t) - exp(-t)) * .5 * ${number(scale)}, 0., 1.);
    rgb = cover * mix(1.055 * pow(light, vec3(1. / 2.4)) - .055, 12.92 * light, vec3(lessThanEqual(light, vec3(.0031308))));
  }`;
}
