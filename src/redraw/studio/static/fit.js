// The view of one fit.

import { h, ask, part, put, renew, say, tried, count, clock, bytes, speed, verbatim, STATES, LIVE } from "./util.js";
import { store, listen, watch, merge } from "./live.js";
import { Surface } from "./surface.js";
import { Stage, Scrubber, showLast } from "./stage.js";
import { Curves } from "./curves.js";
import { savePanel, shareButton } from "./save.js";
import { RaceView } from "./race.js";
import { againWith } from "./setup.js";
import { remove, rename } from "./manage.js";
import { Layers } from "./layers.js";
import { byName, estimated, isTable, learns, quality, scored, shown, stateOf, waits } from "./quality.js";

const FACTORS = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4];
const PACES = [1, 2, 5, 10, 15, 20, 30];

const post = (name, what, body = {}) => tried(() => ask(`/api/fits/${part(name)}/${what}`, body));

/** Put the view of these fits onto `place`; returns how to take it away. */
export async function showFits(names, place) {
  for (const name of names) {
    if (byName(name)) continue;
    const found = await tried(() => ask(`/api/fits/${part(name)}`));
    if (!found) {
      place.replaceChildren(h("p", { className: "waiting" }, `There is no fit called ${name} here. `, h("a", { href: "#/" }, "Begin one")));
      return () => {};
    }
    merge(found);
  }
  const view = names.length > 1 ? new RaceView(names) : new FitView(names[0]);
  place.replaceChildren(view.element);
  const stop = listen(() => view.update());
  watch(view.surfaces);
  view.update();
  return () => {
    stop();
    watch([]);
    view.destroy();
  };
}

class FitView {
  constructor(name) {
    this.name = name;
    this.surface = new Surface(`${name} as the network draws it`);
    this.surfaces = [[name, this.surface]];
    this.stage = new Stage(name, this.surface, () => byName(name));
    this.scrubber = new Scrubber(name, this.surface);
    this.curves = new Curves([name], false, isTable(byName(name)), byName(name).decibels);
    this.panel = new Panel(name);
    this.layers = new Layers(name);
    this.element = h("div", { className: "fit" },
      h("h1", { className: "hidden" }, name),
      h("div", { className: "left" }, this.stage.element, this.scrubber.element, this.curves.element, this.layers.element),
      this.panel.element);
    this.state = "";
  }

  update() {
    const fit = byName(this.name);
    if (!fit) return; // it has just been deleted, or has another name
    this.panel.update(fit);
    this.layers.update(fit);
    this.scrubber.update(fit);
    this.curves.update([fit]);
    this.curves.element.hidden = !isTable(fit) && fit.steps === 1; // nothing is learned step by step
    if (!LIVE.includes(fit.state)) showLast(this.name, this.surface, fit.frames);
    if (this.state && this.state !== fit.state && ["finished", "failed", "paused"].includes(fit.state)) {
      say(fit.state === "failed" ? fit.error : `${this.name} is ${STATES[fit.state]}${quality(fit, 2, ": ")}.`, { problem: fit.state === "failed" });
    }
    this.state = fit.state;
  }

  destroy() {
    this.stage.destroy();
    this.curves.destroy();
  }
}

/** Numbers and controls of one fit. */
class Panel {
  constructor(name) {
    this.name = name;
    this.chip = h("span", { className: "chip" });
    this.what = h("p", { className: "what" });
    this.value = h("strong", {});
    this.kind = h("span", { className: "quiet" });
    this.quality = h("p", { className: "quality" }, this.value, this.kind);
    this.bar = h("progress", { max: 1, value: 0, "aria-label": "Steps made" });
    this.times = h("p", { className: "times" });
    this.facts = h("dl", { className: "facts" });
    this.controls = h("div", { className: "controls" });
    this.problem = h("div", { className: "trouble", hidden: true });
    this.notes = h("div", { className: "notes" });
    this.rate = slider("Learning rate", FACTORS.length - 1, 4, (at) => post(name, "rate", { factor: FACTORS[at] }));
    this.pace = slider("Pictures a second", PACES.length - 1, 3, (at) => tried(() => ask("/api/pace", { pace: PACES[at] })));
    this.steering = h("div", { className: "steering" }, this.rate.element, this.pace.element);
    this.saving = savePanel(name, () => byName(name));
    this.element = h("aside", { className: "right", "aria-label": "The fit" },
      h("div", { className: "panel status" },
        h("div", { className: "title" }, h("h2", {}, name), this.chip),
        this.what, this.quality, this.bar, this.times, this.problem, this.notes, this.controls),
      h("div", { className: "panel more" }, this.steering, this.facts, this.saving.element));
  }

  update(fit) {
    put(this.chip, stateOf(fit));
    this.chip.dataset.state = fit.state;
    const size = !fit.width ? "" : fit.raster ? `, ${fit.width} × ${fit.height}` : `, ${count(fit.pixels)} ${fit.positions}`;
    put(this.what, `${fit.source || fit.asked.picture || ""}${size}, with ${fit.model}`);
    this.showQuality(fit);
    const share = fit.steps ? fit.step / fit.steps : 0;
    const made = fit.state === "finished" ? 1 : Math.min(1, share || 0);
    if (made === 1 || Math.abs(this.bar.value - made) > 0.002) this.bar.value = made;
    const left = !LIVE.includes(fit.state) ? ""
      : fit.learning ? `, learning ${fit.learning}` : fit.remaining ? `, ${clock(fit.remaining)} left` : "";
    put(this.times, fit.step === undefined ? waits(fit)
      : `step ${count(fit.step)}${fit.steps ? ` of ${count(fit.steps)}` : ""} · ${clock(fit.seconds || 0)}${left}`);
    this.problem.hidden = !fit.error;
    if (fit.error) put(this.problem, fit.error);
    renew(this.notes, fit.notes, () => fit.notes.map((note) => h("p", {}, verbatim(note))));
    this.showFacts(fit);
    this.showControls(fit);
    this.steering.hidden = !["running", "paused"].includes(fit.state);
    const factor = fit.rate_factor === undefined ? 1 : fit.rate_factor;
    this.rate.set(nearest(FACTORS, factor), `${factorText(factor)}${fit.rate ? `, now ${fit.rate.toPrecision(2)}` : ""}`);
    this.pace.set(nearest(PACES, store.pace), `${store.pace}`);
    this.saving.update(fit);
  }

  showQuality(fit) {
    const { value, when } = isTable(fit) ? scored(fit) : shown(fit);
    put(this.value, value);
    put(this.kind, `${isTable(fit) ? "" : " dB"}${when}${fit.iou && !isTable(fit) ? `, IoU of ink ${fit.iou.toFixed(3)}` : ""}`);
  }

  showFacts(fit) {
    const rows = [
      ["parameters", fit.parameters && count(fit.parameters)],
      fit.field_bytes && fit.state === "finished" ? ["field file", bytes(fit.field_bytes)] : ["as float32", fit.parameters && bytes(4 * fit.parameters)],
      ["plain interpolation", worse(fit.compared)],
      ["original file", fit.source_bytes && bytes(fit.source_bytes)],
      ["field to original", against(fit)],
      ["points a second", LIVE.includes(fit.state) && fit.points_per_second && speed(fit.points_per_second)],
      ["loss", fit.loss && fit.loss.toPrecision(3)],
      ["engine", fit.engine],
      ["last checkpoint", fit.saved !== undefined && `step ${count(fit.saved)}`],
    ].filter(([, value]) => value);
    renew(this.facts, rows.map(([name]) => name), () => rows.flatMap(([name]) => [h("dt", {}, name), h("dd", {})]));
    rows.forEach(([, value], at) => put(this.facts.children[2 * at + 1], value));
  }

  showControls(fit) {
    const key = `${fit.state} ${fit.step > 0}`;
    if (key === this.controlled) return;
    this.controlled = key;
    const button = (text, what, body, primary) => h("button", { type: "button", className: primary ? "primary" : "", onclick: () => post(this.name, what, body) }, text);
    const all = {
      queued: [button("Take off the queue", "stop")],
      starting: [button("Stop", "stop")],
      running: [button("Pause", "pause", {}, true), button("Stop", "stop")],
      paused: [button("Go on", "go", {}, true), button("Stop", "stop")],
      stopped: [button("Resume", "resume", {}, true)],
      failed: [button("Resume", "resume", {}, true)],
    }[fit.state] || [];
    if (["running", "paused", "finished", "stopped"].includes(fit.state) && fit.steps !== 1) all.push(this.extending(fit));
    if (!LIVE.includes(fit.state) && fit.state !== "queued") all.push(this.managing(fit));
    const focus = this.controls.contains(document.activeElement);
    this.controls.replaceChildren(...all);
    if (focus) (this.controls.querySelector("button") || this.element).focus();
  }

  managing(fit) {
    const again = h("button", { type: "button", onclick: async () => {
      const asked = await tried(() => ask(`/api/fits/${part(this.name)}/again`));
      if (asked) location.hash = againWith(asked);
    } }, "Again with changes");
    const made = ["finished", "stopped"].includes(fit.state);
    return h("span", { className: "managing" }, made && (fit.raster || isTable(fit)) ? shareButton(this.name) : null, again,
      h("button", { type: "button", onclick: async () => {
        const name = await rename(this.name);
        if (name) location.hash = `#/fit/${part(name)}`;
      } }, "Rename"),
      h("button", { type: "button", onclick: async () => { if (await remove("fit", this.name)) location.hash = "#/"; } }, "Delete"));
  }

  extending(fit) {
    const ended = !LIVE.includes(fit.state);
    const more = h("input", { type: "number", min: 1, max: 1e9, step: 1, value: Math.max(100, fit.state === "finished" ? fit.step : 1000), "aria-label": "Steps to add" });
    return h("form", { className: "extend", onsubmit: (event) => {
      event.preventDefault();
      if (more.checkValidity()) post(this.name, "extend", { more: Number(more.value) });
    } }, h("button", { title: ended ? `From step ${count(fit.step || 0)} on` : "Behind those that are planned" }, ended ? "Learn on for" : "Add to the plan"), more, h("span", {}, "steps"));
  }
}

/** What plain interpolation would have done better; "" where the fit is no worse. */
function worse(compared) {
  if (!compared) return "";
  const better = `; ${compared.better} is better here`;
  const own = compared.linear >= 100 ? "has all pixels at this size" : `has ${compared.linear.toFixed(1)} dB at this size`;
  if (compared.worse_own) return own + better;
  const held = () => `${compared.interpolation.toFixed(1)} dB, this ${compared.between.toFixed(1)}, drawn larger`;
  return compared.worse_between ? held() + better : "";
}

/** How many times the original's bytes the field has. */
function against(fit) {
  const own = fit.state === "finished" && fit.field_bytes ? fit.field_bytes : 4 * (fit.parameters || 0);
  return own && fit.source_bytes ? `${+(own / fit.source_bytes).toPrecision(2)} ×` : null;
}

const factorText = (factor) => (factor >= 1 || factor === 0 ? `× ${+factor.toPrecision(3)}` : `÷ ${+(1 / factor).toPrecision(3)}`);

function nearest(values, wanted) {
  let best = 0;
  values.forEach((value, at) => { if (Math.abs(Math.log2((value + 1e-9) / (wanted + 1e-9))) < Math.abs(Math.log2((values[best] + 1e-9) / (wanted + 1e-9)))) best = at; });
  return best;
}

/** A slider that follows what is so, unless it is being moved. */
function slider(name, max, value, changed) {
  const told = h("output", {});
  let busy = false;
  const range = h("input", { type: "range", min: 0, max, step: 1, value,
    oninput: () => { busy = true; },
    onchange: async () => { await changed(Number(range.value)); setTimeout(() => { busy = false; }, 600); } });
  return {
    element: h("label", { className: "slider" }, h("span", {}, name), told, range),
    set(at, text) {
      if (told.value !== text) {
        told.value = text;
        range.setAttribute("aria-valuetext", text);
      }
      if (!busy && Number(range.value) !== at) range.value = at;
    },
  };
}
