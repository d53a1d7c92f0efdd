// How good a fit is, as it is told: never a number that is not of what is shown, unless that is said.

import { count, STATES, LIVE } from "./util.js";
import { store } from "./live.js";

export const byName = (name) => store.fits.get(name);

/** The state in words; without a connection nobody knows whether it still learns. */
export const stateOf = (fit) => (store.lost && LIVE.includes(fit.state) ? `${STATES[fit.state]} when last heard of` : STATES[fit.state] || fit.state);

/** Whether it is making steps, so that its quality is estimated. */
export const learns = (fit) => LIVE.includes(fit.state) && fit.state !== "paused";

/** The quality as text, and what kind of number that is: never a measured one without its step, unless it is of what is shown. */
export function shown(fit) {
  if (learns(fit)) {
    const value = estimated(fit);
    return { value: value === null ? "–" : value.toFixed(1), when: value === null ? "" : ", estimated" };
  }
  const last = fit.measured.at(-1);
  if (!last) return typeof fit.best === "number" ? { value: fit.best.toFixed(2), when: ` ${fit.decibels}` } : { value: "–", when: "" };
  return { value: last[2].toFixed(2), when: last[0] === fit.step ? ` ${fit.decibels}, measured` : ` ${fit.decibels}, measured at step ${count(last[0])}` };
}

/** The same of a table's rows. */
export function scored(fit) {
  if (!fit.score) return { value: "–", when: "" };
  const last = fit.measured.at(-1);
  return { value: fit.score.told, when: ` ${fit.score.name}${last && last[0] !== fit.step ? `, measured at step ${count(last[0])}` : ""}` };
}

/** Whether rows are learned, of a table or a function: they are judged by scores. */
export const isTable = (fit) => fit.rows;

/** How good it is, in short, after `before`; nothing if that is not known. */
export function quality(fit, digits, before) {
  if (isTable(fit)) return fit.score ? `${before}${fit.score.name} ${fit.score.told}` : "";
  const value = learns(fit) ? estimated(fit) : fit.best;
  return typeof value === "number" ? `${before}${value.toFixed(digits)} dB` : "";
}

// A measurement says how far off batches are only if those soon after it are known: up to here.
const SOON = 1.5;

/**
 * PSNR now, in dB: the batches' own, corrected by how far off those were that came right after the
 * last measured step which has such. Those before it saw a field that was worse: beside them what was
 * measured early in a fit looks ten decibels better than batches, and so would all that follows.
 */
export function estimated(fit) {
  if (typeof fit.psnr !== "number") return typeof fit.best === "number" ? fit.best : null;
  const last = fit.measured.at(-1);
  if (last && last[0] >= fit.step) return last[2];
  for (const measured of [...fit.measured].reverse()) {
    const after = fit.points.find((point) => point[0] > measured[0]);
    if (!after) continue;
    const near = typeof after[3] === "number" && after[0] < SOON * measured[0];
    return near ? Math.max(0, fit.psnr + measured[2] - after[3]) : fit.psnr;
  }
  return fit.psnr;
}

export const waits = (fit) => (fit.state === "queued" ? "waits for the fit before it" : "getting ready");
