// Functions between layers, as everything that draws without WebGL2 computes them.

import { abs, exp, max } from "./numbers.js";

export const sigmoid = (z) => 1 / (1 + exp(-z));

/** The activations, each of (z, omega, spread). */
export const FUNCTIONS = {
  tanh: Math.tanh,
  sigmoid,
  relu: (z) => max(z, 0),
  silu: (z) => z * sigmoid(z),
  sine: (z, omega) => Math.sin(omega * z),
  finer: (z, omega) => Math.sin(omega * (abs(z) + 1) * z),
  gauss: (z, omega, spread) => exp(-((spread * z) ** 2)),
  wire: (z, omega, spread) => Math.cos(omega * z) * exp(-((spread * z) ** 2)),
};
