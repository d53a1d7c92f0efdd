// Parts of shaders that several of their printers write.

import { ceil, floor, max } from "./numbers.js";

// Texels in a row of the textures that are lists.
export const ROW = 1024;

export const number = (value) => {
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? text : `${text}.`;
};
/** How many vectors of four hold so many numbers. */
export const quads = (width) => ceil(width / 4);
export const fourOf = (list) => `vec4(${[...list, 0, 0, 0].slice(0, 4).map(number)})`;

/** One number of a value. */
export const lane = (name, i) => `${name}[${i} >> 2][${i} & 3]`;

/** A texture that is a list of vectors of so many lanes. */
export function listOf(name, data, lanes = 4) {
  const height = max(1, ceil(data.length / (lanes * ROW)));
  const padded = new Float32Array(lanes * ROW * height);
  padded.set(data);
  return { name, width: ROW, height, data: padded, lanes, half: false };
}

/** A table's rows of features as such a list: of each row as many vectors as hold it. */
export function tableOf(name, table, features) {
  const stride = 4 * quads(features);
  const data = new Float32Array((table.length / features) * stride);
  table.forEach((value, i) => (data[floor(i / features) * stride + (i % features)] = value));
  return listOf(name, data);
}

/** To a sum of four outputs what `inputs` vectors of a value give: their weights are read from k on. */
export const sumOf = (read, take, inputs) => `for (int i = 0; i < ${inputs}; i++, k += 4)
  sum += mat4(${read("k")}, ${read("k + 1")}, ${read("k + 2")}, ${read("k + 3")}) * ${take}[i];`;
