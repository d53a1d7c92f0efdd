// A field file as a program: a short list of array operations, as redraw.fields.program has it.
// A step is {kind, inputs, width, ...}; value 0 is the coordinates, value k what step k made.

import { fromHalf, readRounded, readTensors } from "./bytes.js";
import { chunksOf, isCoded } from "./chunks.js";
import { readCoded } from "./coded.js";
import { readDrawing } from "./drawing.js";
import { exactAverages } from "./exact.js";
import { readKept } from "./kept.js";
import { floor, inside, max } from "./numbers.js";
import { multiplyBlocks, shapeOf, splineFromAverages, synthesise } from "./pyramid.js";
import { regionsOf } from "./regions.js";
import { quartersOf } from "./subpixel.js";
import { lowerWhole } from "./whole.js";

const PRIMES = [1, 2654435761, 805459861, 3674653429];

/** Steps in the making. */
class Builder {
  constructor(dimensions) {
    this.dimensions = dimensions;
    this.steps = [];
  }

  add(kind, width, inputs, rest) {
    this.steps.push({ kind, width, inputs, ...rest });
    return this.steps.length;
  }
}

const affine = (builder, weight, bias, outputs, input) => builder.add("affine", outputs, [input], { weight: Float32Array.from(weight), bias: Float32Array.from(bias) });

// A page holds the parts of the runtime that its field needs: build.mjs says which, by these names.
/* global WITH_NETWORKS, WITH_COMPLEX, WITH_GRIDS, WITH_SPLINES, WITH_CODED, WITH_EXACT, WITH_DRAWINGS, WITH_LABELS, WITH_LATTICES, WITH_LAYERS, WITH_WHOLE, WITH_ROUNDED, WITH_TENSORS, WITH_PROGRAMS */

const UNKNOWN = "this page does not read such files";

/** How each encoding adds its operations; returns the value that holds the features. */
const ENCODINGS = {
  ...(WITH_NETWORKS && { identity: () => 0, fourier: waves, axis: waves }),
  ...(WITH_GRIDS && { hash: grid }),
  ...(WITH_SPLINES && { spline }),
  ...(WITH_LABELS && { labels }),
};

function grid(builder, config, tensors) {
  const { shape, data } = tensors["encoding.table"];
  const levels = hashLevels(config, builder.dimensions);
  return builder.add("lookup", levels.length * shape[1], [0], { table: Float32Array.from(data), features: shape[1], levels });
}

/** A row of values of some planes after the other, as such of the channels that a matrix makes of them. */
function mixed(list, planes, mix) {
  const channels = mix.length / planes;
  return Float32Array.from({ length: (list.length / planes) * channels }, (_, i) => {
    let sum = 0;
    for (let p = 0; p < planes; p++) sum += mix[(i % channels) * planes + p] * list[floor(i / channels) * planes + p];
    return sum;
  });
}

/** What labels show is a sum of their colours and the detail: mixing is done to these. */
function labels(builder, { planes, ...config }, tensors, mix) {
  for (const name of ["colours", "detail"]) tensors[`encoding.${name}`] = { data: mixed(tensors[`encoding.${name}`].data, planes, mix) };
  return addLabels(builder, { ...config, planes: mix.length / planes }, tensors);
}

const addLabels = (builder, config, tensors) => builder.add("regions", config.planes, [0], regionsOf(config, tensors));

function spline(builder, config, tensors, mix, detail) {
  const { width, height, planes } = config;
  const shape = shapeOf(config);
  const size = width * height;
  const weights = new Float32Array(planes * size);
  const values = tensors["encoding.values"].data;
  let blocks;
  // A field file packs where they are; a page has places, one after the other.
  if (WITH_TENSORS && tensors["encoding.code"]) {
    const { mask, transforms } = readKept(tensors["encoding.code"].data, shape);
    let next = 0;
    for (let i = 0; i < mask.length; i++) if (mask[i]) weights[i] = values[next++];
    blocks = transforms;
  } else {
    tensors["encoding.significant"].data.forEach((place, i) => place >= 0 && (weights[place] = values[i]));
    blocks = tensors["encoding.block_transforms"].data;
  }
  const parts = Array.from({ length: planes }, (_, plane) => {
    const part = weights.subarray(plane * size, (plane + 1) * size);
    multiplyBlocks(part, plane, shape, blocks, tensors["encoding.transforms"].data);
    return synthesise(part, shape);
  });
  return lattices(builder, config, parts, mix, detail && subpixelOf(tensors));
}

const subpixelOf = (tensors) => tensors["encoding.subpixel"] && tensors["encoding.subpixel"].data;

/**
 * The spline that has these averages, which may be meant to the last digit, mixed to channels; and the
 * subpixel detail of the first plane that a network says, which each channel has by its share of that.
 */
function lattices(builder, { width, height, subpixel }, averages, mix, network, exact) {
  const planes = averages.length;
  const channels = mix.length / planes;
  const size = width * height;
  const weights = new Float32Array(channels * size);
  for (let c = 0; c < channels; c++) {
    const channel = averages[0].map((_, i) => averages.reduce((sum, plane, p) => sum + mix[c * planes + p] * plane[i], 0));
    weights.set(splineFromAverages(channel, width, height), c * size);
  }
  const smooth = builder.add("lattice", channels, [0], { weights, columns: width, rows: height, exact });
  builder.unfinished = !!subpixel && !network;
  if (!subpixel || !network) return smooth;
  const quarters = quartersOf(network, subpixel, averages[0], width, height);
  const shares = mix.filter((_, i) => i % planes === 0);
  return builder.add("lattice", channels, [0, smooth], { weights: splineFromAverages(quarters, 2 * width, 2 * height), columns: 2 * width, rows: 2 * height, shares });
}

function waves(builder, config, tensors) {
  const { shape, data } = tensors["encoding.matrix"];
  const [rows, axes] = shape;
  const weight = [...data, ...data].map((value) => value * Math.PI);
  const bias = [];
  for (let row = 0; row < 2 * rows; row++) {
    let sum = row < rows ? Math.PI / 2 : 0;
    for (let axis = 0; axis < axes; axis++) sum += weight[row * axes + axis];
    bias.push(sum);
  }
  const phase = affine(builder, weight, bias, 2 * rows, 0);
  return builder.add("activation", 2 * rows, [phase], { name: "sine", omega: 1, spread: 1 });
}

/** Where each level of a hash grid lies in its table: as redraw.fields.hash_grid_config. */
export function hashLevels(config, dimensions) {
  const aspect = config.aspect || Array(dimensions).fill(1);
  // Files have had two names for each.
  if (WITH_TENSORS) config = { levels: config.n_levels, table: config.log2_hashmap_size, coarsest: config.base_resolution, growth: config.per_level_scale, ...config };
  const { levels: count, table: bits } = config;
  const levels = [];
  let first = 0;
  let resolution = config.coarsest;
  for (let i = 0; i < count; i++) {
    const scale = aspect.map((factor) => Math.fround(max(resolution * factor - 1, 1)));
    const vertices = scale.map((s) => floor(s + 0.5) + 2);
    const corners = vertices.reduce((a, b) => a * b, 1);
    const hashed = corners > 2 ** bits;
    const rows = hashed ? 2 ** bits : corners;
    let product = 1;
    const multipliers = hashed ? PRIMES.slice(0, dimensions) : vertices.map((v) => (product *= v) / v);
    levels.push({ scale, first, mask: hashed ? rows - 1 : 0, multipliers });
    first += rows;
    resolution *= config.growth;
  }
  return levels;
}

/** The network's layers, after the value of the features. */
function lowerNetwork(builder, config, tensors, complex, value) {
  const layers = config.hidden.length + 1;
  for (let depth = 0; depth < layers; depth++) {
    const name = `network.layers.${depth}.`;
    const [weight, bias] = [tensors[`${name}weight`], tensors[`${name}bias`]];
    const last = depth === layers - 1;
    let width = weight.shape[0];
    if (WITH_COMPLEX && config.activation === "wire-complex") {
      if (!last) width *= 2;
      value = affine(builder, ...asReal(weight, bias, width, complex.includes(`${name}weight`)), width, value);
    } else value = affine(builder, weight.data, bias ? bias.data : new Float32Array(width), width, value);
    const omega = depth ? config.omega : config.omega_first;
    if (!last) value = builder.add("activation", width, [value], { name: config.activation, omega, spread: config.spread });
  }
  return value;
}

/** A layer of complex numbers as one of real ones: real parts before imaginary parts; `width` results. */
function asReal({ shape, data }, bias, width, isComplex) {
  const [outputs, inputs] = shape;
  const shift = bias ? bias.data : new Float32Array(2 * outputs);
  const taken = isComplex ? 2 * inputs : inputs;
  const [weight, added] = [new Float32Array(width * taken), new Float32Array(width)];
  for (let row = 0; row < width; row++) {
    const [half, o] = [floor(row / outputs), row % outputs];
    if (isComplex) added[row] = shift[2 * o + half];
    else if (!half) added[row] = shift[o];
    for (let i = 0; i < inputs; i++) {
      const at = o * inputs + i;
      if (isComplex) {
        weight[row * taken + i] = data[2 * at + half];
        weight[row * taken + inputs + i] = half ? data[2 * at] : -data[2 * at + 1];
      } else if (!half) weight[row * taken + i] = data[at];
    }
  }
  return [weight, added];
}

/**
 * The program of a field file, and what it shows.
 * @param {Uint8Array} bytes
 * @param {boolean} detail whether subpixel detail is worked out too, which takes longer
 * @param {object} memory what is worth keeping for when the same file is opened again; `said` in it is
 *   what the network in the file says of itself
 * @returns {{program, about, unfinished: boolean}}
 */
export function openField(bytes, detail, memory = {}) {
  const magic = String.fromCharCode(...bytes.subarray(0, 4));
  if (WITH_PROGRAMS && magic === "RPRG") return openProgram(bytes);
  if (WITH_WHOLE && memory.said) return openWhole(chunksOf(bytes), memory.said);
  if (WITH_DRAWINGS && isCoded(bytes) && chunksOf(bytes).DR.length) return openDrawing(readDrawing(chunksOf(bytes)));
  if (WITH_CODED && isCoded(bytes)) return openCoded((memory.coded ||= readCoded(bytes, memory.learned)), detail);
  if (WITH_ROUNDED && magic === "RINT") return openTensors(readRounded(bytes), detail);
  if (WITH_TENSORS) return openTensors(readTensors(bytes), detail);
  throw new Error(UNKNOWN);
}

function openTensors({ header, tensors, complex }, detail) {
  const config = header.field;
  const encode = ENCODINGS[config && config.encoding.kind];
  if (!encode) throw new Error(UNKNOWN);
  const builder = new Builder(config.dimensions);
  const { planes } = config.encoding;
  // Of planes a matrix alone makes the channels; whatever else follows is a network's layers.
  const mixes = planes && (!WITH_LAYERS || (!config.hidden.length && !tensors["network.layers.0.bias"]));
  const mix = mixes ? tensors["network.layers.0.weight"].data : WITH_LAYERS && Float32Array.from({ length: planes ** 2 || 0 }, (_, i) => +(i % (planes + 1) === 0));
  let value = encode(builder, config.encoding, tensors, mix, detail);
  // Layers magnify: lattices before them are not rounded to half floats.
  if (WITH_LAYERS && !mixes) builder.steps.forEach((step) => (step.exact = true));
  if (WITH_LAYERS && !mixes) value = lowerNetwork(builder, config, tensors, complex, value);
  if (WITH_LAYERS && config.output === "sigmoid") builder.add("sigmoid", config.channels, [value], { sharpness: header.sharpness });
  if (WITH_PROGRAMS && config.output === "softmax") builder.add("softmax", config.channels, [value]);
  return opened(builder, config.channels, header.about);
}

const opened = ({ dimensions, steps, unfinished }, channels, about) => ({ program: { dimensions, steps, channels }, about, unfinished: !!unfinished });

/** A coded picture: the spline of its planes, mixed; of its own pixels, once all detail is asked for. */
function openCoded(coded, detail) {
  const { config, averages, weight, network, about, beside } = coded;
  const channels = averages.length;
  const builder = new Builder(2);
  const exact = WITH_EXACT && beside && detail && (coded.own ||= exactAverages(coded));
  lattices(builder, config, exact || averages, weight, detail && network, !!exact);
  builder.unfinished ||= WITH_EXACT && beside && !detail;
  return opened(builder, channels, about);
}

/** A network in whole numbers. */
function openWhole(chunks, said) {
  const builder = new Builder(chunks.GR[0] ? 2 : said.layers[0].shape[1]);
  lowerWhole(chunks, said, (kind, width, rest) => builder.add(kind, width, [builder.steps.length], rest));
  return opened(builder, said.field.channels, said.about);
}

/** A coded drawing: labels, whose planes are the channels. */
function openDrawing({ config, tensors, about }) {
  const builder = new Builder(2);
  addLabels(builder, config, tensors);
  return opened(builder, config.planes, about);
}

/** A program that was written as such: see redraw.export.payload. */
function openProgram(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);
  const { about, ...program } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  for (const step of program.steps) {
    for (const [name, value] of Object.entries(step)) {
      if (!value || value.from === undefined) continue;
      const from = 8 + length + value.from;
      const part = bytes.slice(from, from + value.count * (value.half ? 2 : 4)).buffer;
      step[name] = value.half ? Float32Array.from(new Uint16Array(part), fromHalf) : new Float32Array(part);
    }
  }
  return { program, about, unfinished: false };
}

/** Whether the mean over any cell is known: nothing but splines, or labels, that are mixed. */
export function isLinear({ steps }) {
  return (WITH_LATTICES || WITH_LABELS) && steps.every(({ kind }) => ["lattice", "regions", "join", "affine"].includes(kind)) && steps.some(({ columns }) => columns);
}
