// Networks in whole numbers as shaders: places in 64 bits of two words, so that they are everywhere
// those of whole.js; functions are computed in floats and rounded.

import { floor, min } from "./numbers.js";
import { lane, number, quads, sumOf, tableOf } from "./parts-glsl.js";

export const WHOLE = `
// The low word and the high one of 64 bits.
uvec2 times(uint a, uint b) {
  uint p = (a & 65535u) * (b & 65535u), q = (a >> 16) * (b & 65535u) + (p >> 16), r = (a & 65535u) * (b >> 16) + (q & 65535u);
  return uvec2(r << 16 | p & 65535u, (a >> 16) * (b >> 16) + (q >> 16) + (r >> 16));
}
uvec2 plus(uvec2 a, uvec2 b) { uint low = a.x + b.x; return uvec2(low, a.y + b.y + uint(low < a.x)); }
uvec2 wide(int a) { return uvec2(uint(a), uint(a >> 31)); }
// floor(a m / 2^k + 1/2)
int place(uvec2 a, uint m, int k) {
  uvec2 p = times(a.x, m);
  p.y += a.y * m;
  p = plus(p, k > 32 ? uvec2(0u, 1u << (k - 33)) : uvec2(1u << (k - 1), 0u));
  return k < 32 ? int(p.y << (32 - k) | p.x >> k) : int(p.y) >> (k - 32);
}
ivec2 whole(vec2 p) { return ivec2(roundEven(clamp(p, -1., 1.) * 65536.)); }
`;

/** m and k as a shader takes them: k from 1 to 53, m below 2^31. */
const factorOf = ([m, k]) => (k > 53 ? [0, 1] : k < 1 ? [m * 2 ** (1 - k), 1] : [m, k]);

/** Whether a layer's places are more than a word holds. */
export const isFar = ({ kind, far, factors, bend }) => kind === "whole" && (far || [...factors, bend].some((own) => factorOf(own)[0] >= 2 ** 31));

/** A layer: the constants of four outputs are their biases, factors and weights. */
export function printWhole(step, { out, take, name, hold, functions }) {
  const { weight, bias, factors, bend, width, taken, reach, places } = step;
  const [I, O] = [quads(taken), quads(width)];
  const stride = 5 + 4 * I;
  const data = new Float32Array(4 * O * stride);
  for (let o = 0; o < width; o++) {
    const base = 4 * stride * (o >> 2) + (o & 3);
    const [m, k] = factorOf(factors[o]);
    const high = step.points ? floor(bias[o] / 2 ** 24) : 0;
    [high, bias[o] - high * 2 ** 24, floor(m / 2 ** 16), m % 2 ** 16, k].forEach((value, i) => (data[base + 4 * i] = value));
    // Whole features are large: their factors are floats.
    if (!step.exact) data[base] = bias[o], data[base + 4] = factors[o][0] / 2 ** factors[o][1];
    for (let i = 0; i < taken; i++) data[base + 4 * (5 + i)] = weight[o * taken + i];
  }
  const read = hold(name, data);
  const sum = sumOf(read, take, I);
  const total = step.points
    ? `plus(plus(wide(int(first[l]) * x.x), wide(int(next[l]) * x.y)), plus(uvec2(uint(int(high[l])) << 24, uint(int(high[l]) >> 8)), uvec2(uint(sum[l]), 0u)))`
    : "wide(int(sum[l]))";
  const exact = `vec4 ${step.points ? `high = ${read("k")}, ` : ""}sum = ${read("k + 1")}, middle = ${read("k + 2")}, low = ${read("k + 3")}, cut = ${read("k + 4")};
  k += 5;
  ${step.points ? `vec4 first = ${read("k")}, next = ${read("k + 1")};` : sum}
  for (int l = 0; l < 4; l++) t[l] = place(${total}, uint(middle[l]) << 16 | uint(low[l]), int(cut[l]));`;
  const near = `vec4 sum = ${read("k")}, factor = ${read("k + 1")};
  k += 5;
  ${sum}
  t = ivec4(clamp(floor(sum * factor + .5), -1073741824., 1073741824.));`;
  const [m, k] = factorOf(bend);
  const bent = `t = clamp(t, -262144, 262144);
  for (int l = 0; l < 4; l++) {
    uvec2 turn = times(uint(abs(t[l]) + 16384), uint(abs(t[l])));
    t[l] = place(t[l] < 0 ? plus(~turn, uvec2(1u, 0u)) : turn, ${m}u, ${k});
  }`;
  const argument = `vec4 z = vec4(clamp(t, -8192, 8192)) * ${number(1 / places)};
  const float o = ${number(step.omega)}, s = ${number(step.spread)};`;
  const rounded = (text) => `roundEven(${number(reach / (step.name === "silu" ? step.largest : 1))} * ${text})`;
  const wave = rounded("sine(vec4(t & 16383) * 3.83495197e-4)");
  const value = {
    "": "vec4(clamp(t, -67108864, 67108864)) / 65536.",
    relu: `vec4(clamp(t, 0, ${reach}))`,
    sine: wave,
    finer: wave,
  }[step.name];
  return `${step.points ? `ivec2 x = whole(p);` : ""}
for (int j = 0; j < ${O}; j++) {
  int k = j * ${stride};
  ivec4 t;
  ${step.exact ? exact : near}
  ${step.name === "finer" ? bent : ""}
  ${value ? "" : argument}
  ${out}[j] = ${value || rounded(`(${functions[step.name]})`)};
}`;
}

/** A hash grid's features. */
export function printCells({ table, features, levels }, { out, name, textures }) {
  const groups = quads(features);
  textures.push(tableOf(`T${name}`, table, features));
  const lines = levels.flatMap(({ by, vertices, first, mask, factor }, level) =>
    [...Array(groups).keys()].map((g) => {
      const count = min(features - 4 * g, 4);
      const fill = [...Array(count).keys()].map((f) => `${lane(out, level * features + 4 * g + f)} = found[${f}];`).join(" ");
      return `{ vec4 found = floor(${number(factor)} * cells${name}(whole(p), uvec2(${by[0]}u, ${by[1]}u), ivec2(${vertices[0]}, ${vertices[1]}), ${mask}, ${first}, ${g}) + .5); ${fill} }`;
    }),
  );
  const helper = `vec4 cells${name}(ivec2 x, uvec2 by, ivec2 size, int mask, int first, int group) {
  uvec2 a = plus(times(uint(x.x + 65536), by.x), uvec2(1u << 28, 0u)), b = plus(times(uint(x.y + 65536), by.y), uvec2(1u << 28, 0u));
  ivec2 all = ivec2(a.y << 3 | a.x >> 29, b.y << 3 | b.x >> 29), cell = min(all, size - 2);
  vec2 right = mix(vec2(a.x >> 19 & 1023u, b.x >> 19 & 1023u), vec2(1024.), vec2(greaterThan(all, cell)));
  vec4 sum = vec4(0.);
  for (int corner = 0; corner < 4; corner++) {
    ivec2 bit = ivec2(corner & 1, corner >> 1), q = cell + bit;
    int row = mask != 0 ? int(uint(q.x) ^ uint(q.y) * ${2654435761}u) & mask : q.y * size.x + q.x;
    vec2 share = mix(1024. - right, right, vec2(bit));
    sum += share.x * share.y * at(T${name}, (first + row) * ${groups} + group);
  }
  return sum;
}`;
  return [lines.join("\n"), helper];
}
