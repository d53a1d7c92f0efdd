// The view of several fits of one picture that race, and who wins.

import { h, ask, part, put, renew, tried, count, LIVE } from "./util.js";
import { store } from "./live.js";
import { Surface, shape } from "./surface.js";
import { showLast } from "./stage.js";
import { Curves, colours } from "./curves.js";
import { Details } from "./details.js";
import { byName, estimated, isTable, scored, shown, stateOf, waits } from "./quality.js";

const post = (name, what, body = {}) => tried(() => ask(`/api/fits/${part(name)}/${what}`, body));

export class RaceView {
  constructor(names) {
    this.names = names;
    this.surfaces = names.map((name) => [name, new Surface(`${name} as the network draws it`)]);
    const paints = colours();
    const table = isTable(byName(names[0])), diagram = !byName(names[0]).raster;
    this.cards = this.surfaces.map(([name, surface], at) => {
      const mark = h("span", { className: "mark-line" });
      mark.style.background = paints[at];
      const told = h("p", { className: "times" });
      const value = h("strong", {});
      const kind = h("span", { className: "quiet" });
      const quality = h("p", { className: "quality" }, value, kind);
      const chip = h("span", { className: "chip" });
      return { told, value, kind, chip, element: h("li", { className: "racer" },
        h("div", { className: diagram ? "mat diagram" : "mat" }, surface.canvas),
        h("div", { className: "title" }, h("h2", {}, mark, h("a", { href: `#/fit/${part(name)}` }, byName(name).model || name)), chip),
        quality, told) };
    });
    this.original = h("img", { alt: "The original", className: "picture", src: diagram ? null : `/api/fits/${part(names[0])}/picture.png` });
    this.original.addEventListener("load", () => {
      this.original.classList.toggle("pixels", this.original.naturalWidth < 400);
      shape(this.element, this.original.naturalWidth, this.original.naturalHeight);
    });
    this.curves = new Curves(names.map((name) => byName(name).model), true, table, byName(names[0]).decibels);
    this.pausing = h("button", { type: "button", className: "primary" });
    this.pausing.onclick = () => this.all(this.paused ? "go" : "pause");
    this.stopping = h("button", { type: "button", onclick: () => this.all("stop") }, "Stop all");
    this.winner = h("div", { className: "winner", hidden: true, role: "status" });
    this.details = diagram ? null : new Details(names, names.map((name) => byName(name).model), this.original);
    this.element = h("div", { className: "race" },
      h("div", { className: "row" }, h("h1", {}, `A race over ${byName(names[0]).source || "a picture"}`),
        h("span", { className: "buttons" }, this.pausing, this.stopping)),
      h("p", { className: "quiet" }, terms(byName(names[0]))),
      this.winner,
      h("ul", { className: "racers" }, this.cards.map((card) => card.element),
        diagram ? null : h("li", { className: "racer" }, h("div", { className: "mat" }, this.original),
          h("div", { className: "title" }, h("h2", {}, "Original")))),
      this.details && this.details.element,
      this.curves.element);
  }

  all(what) {
    for (const name of this.names) if (LIVE.includes(byName(name).state) || byName(name).state === "queued") post(name, what);
  }

  update() {
    const fits = this.names.map(byName);
    if (fits.some((fit) => !fit)) return; // one has just been deleted
    const scores = fits.map((fit) => now(fit));
    const best = Math.max(...scores.filter((score) => score !== null));
    fits.forEach((fit, at) => {
      const { told, value, kind, chip, element } = this.cards[at];
      const quality = isTable(fit) ? scored(fit) : shown(fit);
      put(value, quality.value);
      put(kind, `${isTable(fit) ? "" : " dB"}${quality.when}`);
      element.classList.toggle("leads", fits.length > 1 && scores[at] !== null && scores[at] >= best);
      put(told, fit.error || (fit.step === undefined ? waits(fit)
        : `step ${count(fit.step)} · ${(fit.seconds || 0).toFixed(1)} s · ${count(fit.parameters || 0)} parameters`));
      put(chip, stateOf(fit));
      chip.dataset.state = fit.state;
      if (!LIVE.includes(fit.state)) showLast(fit.name, this.surfaces[at][1], fit.frames);
    });
    const live = fits.filter((fit) => LIVE.includes(fit.state) || fit.state === "queued");
    this.paused = live.length > 0 && live.every((fit) => fit.state === "paused");
    put(this.pausing, this.paused ? "Go on" : "Pause all");
    this.pausing.hidden = this.stopping.hidden = !live.length;
    this.curves.update(fits);
    if (!live.length) this.announce(fits, scores);
    else this.winner.hidden = true;
    if (this.details) this.details.update(!live.length);
  }

  /** Who wins, by how much, and what dB does not see. */
  announce(fits, scores) {
    const order = fits.map((fit, at) => ({ fit, score: scores[at] })).filter(({ score }) => score !== null).sort((a, b) => b.score - a.score);
    renew(this.winner, order.map(({ fit, score }) => [fit.name, score, fit.seconds]), () => (order.length ? verdict(order) : []));
    this.winner.hidden = !order.length;
  }

  destroy() {
    this.curves.destroy();
    if (this.details) this.details.destroy();
  }
}

/** What stands for how good a racer is: higher is better; null if that is not known yet. */
function now(fit) {
  if (isTable(fit)) return typeof fit.best === "number" ? fit.best : null;
  const known = LIVE.includes(fit.state) ? estimated(fit) : fit.best;
  return typeof known === "number" ? known : null;
}

/** The terms of a race, in a sentence. */
function terms(fit) {
  const { seconds, steps } = (fit.asked || {}).options || {};
  const turns = "They take turns on the whole machine";
  if (seconds) return `${turns}, and each gets the same ${seconds} seconds of fitting.`;
  if (steps) return `${turns}, and each makes ${count(steps)} steps; their seconds differ.`;
  return `${turns}, and each makes its preset's own steps; their seconds differ.`;
}

function verdict(order) {
  const [first, ...rest] = order;
  const table = isTable(first.fit);
  const told = ({ fit, score }) => (table ? fit.score.told : `${score.toFixed(2)} dB`);
  const tied = rest.filter(({ score }) => Math.abs(score - first.score) < (table ? 1e-9 : 0.005));
  const title = tied.length ? `A tie: ${[first, ...tied].map(({ fit }) => fit.model).join(" and ")}` : `${first.fit.model} wins`;
  const others = rest.map((one) => `${one.fit.model} ${told(one)} after ${(one.fit.seconds || 0).toFixed(1)} s`);
  const lines = [h("h2", {}, title),
    h("p", {}, `${told(first)} after ${(first.fit.seconds || 0).toFixed(1)} s of fitting; ${others.join(", ")}.`)];
  const seconds = first.fit.asked.options && first.fit.asked.options.seconds;
  for (const { fit } of order) {
    if (seconds && fit.reason === "steps" && fit.seconds < 0.95 * seconds) {
      lines.push(h("p", { className: "quiet" }, `${fit.model} was done after ${fit.seconds.toFixed(1)} s: more steps would not make it better.`));
    }
  }
  for (const { fit } of rest) {
    const planned = Number(((store.presets.get(fit.model) || {}).values || {}).steps);
    if (!table && seconds && fit.reason === "seconds" && fit.step < planned / 2) {
      lines.push(h("p", { className: "quiet" }, `${fit.model} made ${count(fit.step)} of the ${count(planned)} steps that its preset plans: with more seconds it gets further.`));
    }
  }
  // A preset that learns averages over pixels' squares is judged by dB at the pixels, where that is no advantage.
  const crisp = rest.filter(({ fit }) => footprint(fit) === "box");
  if (!table && crisp.length && footprint(first.fit) !== "box") {
    lines.push(h("p", { className: "quiet" }, `${crisp.map(({ fit }) => fit.model).join(" and ")} learned averages over the pixels' squares, so that edges stay edges between the pixels. dB looks at the pixels only and does not see that: look at the detail below, enlarged, before you choose.`));
  }
  return lines;
}

function footprint(fit) {
  const set = fit.asked && fit.asked.settings && fit.asked.settings.footprint;
  const preset = store.presets.get(fit.model);
  return set || (preset && preset.values.footprint);
}
