// Where the values of a drawing's pixels are asked for: as redraw.render, so that both agree.

import { isLinear } from "./lowering.js";
import { ceil, max } from "./numbers.js";

/* global WITH_LATTICES, WITH_LABELS */

// Cells that one mean of splines may reach over; larger pixels are means of several.
export const REACH = 8;

/**
 * How a rectangle of a drawing is made.
 *
 * A drawing maps the picture's pixels (x, y) to its own by (x - left) * scale, (y - top) * scale.
 * @param {{program, about}} field
 * @param {{left, top, scale}} view
 * @param {{x, y, width, height}} tile in pixels of the drawing
 * @param {number} coarse pixels of the drawing to a pixel of the tile, along each side
 * @param {boolean} quick whether one sample for each pixel will do
 * @returns {{width, height, samples, x, y, step, linear}} the first sample's place and the steps
 */
export function planOf({ program, about }, view, tile, coarse = 1, quick = false) {
  // Means over labels are dear: their first picture is of points. And so is a picture whose pixels are
  // samples, pixel for pixel.
  const points = WITH_LABELS && (quick || isOwn(view, tile, coarse)) && program.steps.some((step) => step.kind === "regions" && (quick || step.sampled));
  const linear = (WITH_LATTICES || WITH_LABELS) && isLinear(program) && !points;
  const scale = view.scale / coarse;
  const [columns, rows] = about.size;
  const finest = linear ? max(...program.steps.map((step) => (step.columns || 0) / columns)) : 0;
  const needed = linear ? finest / (REACH * scale) : about.detail / scale;
  const samples = points || (quick && !linear) ? 1 : max(1, ceil(needed - 1e-9));
  const step = [2 / (columns * view.scale), 2 / (rows * view.scale)].map((one) => (one * coarse) / samples);
  return {
    width: ceil(tile.width / coarse),
    height: ceil(tile.height / coarse),
    samples,
    linear,
    x: (2 * (view.left + tile.x / view.scale)) / columns - 1 + step[0] / 2,
    y: (2 * (view.top + tile.y / view.scale)) / rows - 1 + step[1] / 2,
    step,
  };
}

/** Whether the pixels of a tile are the picture's own. */
const isOwn = ({ left, top, scale }, { x, y }, coarse) => scale === 1 && coarse === 1 && Number.isInteger(left + x) && Number.isInteger(top + y);

/**
 * What a program's values mean on a screen: how many are colours, alpha (and whether it is meant to be
 * 0 or 1), colours that are meant to be exact with the reach of each last, and the curve of HDR.
 * As redraw.signals.picture.alpha and .flats, which say what `redraw render` writes.
 */
export function meaningOf({ program, about }) {
  const colour = about.colour || { model: program.channels > 2 ? "rgb" : "grey", alpha: program.channels % 2 === 0 };
  const curve = colour.curve || null;
  return {
    grey: colour.model === "grey",
    alpha: colour.alpha,
    cut: colour.cut_out && 1 / 16,
    flats: colour.flats || [],
    curve: curve && { scale: curve.scale, start: Math.asinh(curve.low / curve.scale), end: Math.asinh(curve.high / curve.scale) },
    space: colour.icc && atob(colour.icc).replace(/\0/g, "").includes("Display P3") ? "display-p3" : "srgb",
  };
}
