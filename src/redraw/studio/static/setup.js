// Before a fit: what is learned, a preset, its values, and when to stop.

import { h, ask, part, put, tried, count, bytes } from "./util.js";
import { merge, store } from "./live.js";
import { cropTools } from "./crop.js";

const MOST_RACERS = 4;
const SIDES = [256, 512, 1024, 2048, 4096];
const MOST_PIXELS = 24e6; // learned at full size unless one says otherwise: more take minutes
const DIAGRAM = 4 / 3; // the shape of a function's picture
const GROUPS = [["field", "The network"], ["encoding", "Its encoding"], ["training", "How it learns"]];
const AMOUNTS = { steps: 2000, seconds: 20, psnr: 40 };
const RACE_SECONDS = 10;
const SLOW = 1000; // milliseconds after which it is said that the plan is being made
const PAUSE = 350; // milliseconds after the last key before the plan is asked for

/** How pages of what is learned are called: #/new/PICTURE, #/function/NAME, #/formula/TEXT/DOMAIN, #/table/FILE/INPUTS/TARGETS. */
export const KINDS = {
  new: { keys: ["picture"], address: (names) => `/api/pictures/${part(names[0])}` },
  function: { keys: ["function"], address: (names) => `/api/functions/${part(names[0])}` },
  formula: { keys: ["formula", "domain"], address: (names) => `/api/formula?formula=${part(names[0])}&domain=${part(names[1] || "")}` },
  table: { keys: ["table", "inputs", "targets"], address: (names) => `/api/tables/${part(names[0])}?inputs=${part(names[1] || "")}&targets=${part(names[2] || "")}` },
};

/** What stands in the form of a subject, kept while the tab lives: Back brings it back. */
const kept = {
  key: (names) => `setup/${names.join("/")}`,
  read(names) {
    try {
      return JSON.parse(sessionStorage.getItem(this.key(names))) || {};
    } catch {
      return {};
    }
  },
  write(names, values) {
    try {
      sessionStorage.setItem(this.key(names), JSON.stringify(values));
    } catch { /* private windows may refuse; then nothing is kept */ }
  },
};

/** Fill the form of what a fit has learned with what was asked for then; its address. */
export function againWith(asked) {
  const kind = Object.entries(KINDS).find(([, row]) => asked[row.keys[0]]);
  const names = kind[1].keys.map((key) => asked[key] || "");
  const [until] = Object.keys(asked.options || {}).filter((key) => key in AMOUNTS);
  kept.write([kind[0], ...names], {
    models: [asked.model], values: asked.settings || {}, side: asked.max_side ? String(asked.max_side) : "",
    until: until || "", amount: until ? String(asked.options[until]) : "", seed: String((asked.options || {}).seed || 0), open: true,
  });
  return `#/${kind[0]}/${names.map(part).join("/")}`;
}

/** The page on which a fit is set up. */
export async function showSetup(kind, names, place, catalogue) {
  const row = KINDS[kind];
  const found = names[0] && await tried(() => ask(row.address(names)));
  if (!found) {
    location.hash = "#/";
    return () => {};
  }
  const form = new Setup(kind, names, found, catalogue);
  place.replaceChildren(form.element);
  form.begin();
  return () => form.destroy();
}

/** How large a field will be, as far as that is known. */
function sized({ parameters, values }) {
  if (parameters) return `${count(parameters)} parameters, ${bytes(4 * parameters)} as float32`;
  return Number(values.bytes) ? `a file of at most ${bytes(Number(values.bytes))}` : `a file of as many bytes as ${Number(values.quality).toFixed(0)} dB take`;
}

class Setup {
  constructor(kind, names, found, catalogue) {
    Object.assign(this, { kind, names, found, catalogue });
    this.picture = kind === "new";
    this.subject = Object.fromEntries(KINDS[kind].keys.map((key, at) => [key, names[at] || ""]));
    this.presets = catalogue.presets.filter((preset) => preset.learns.includes(this.picture ? "picture" : "table"));
    const before = kept.read([kind, ...names]);
    const known = (before.models || []).filter((name) => this.presets.some((preset) => preset.name === name));
    this.chosen = new Set(known.length ? known : [found.model]);
    this.racing = this.chosen.size > 1;
    this.typed = before.values || {};
    this.wrong = {};
    this.plans = {};
    this.build(before);
  }

  build(before) {
    const { found, picture } = this;
    this.list = h("div", { className: "presets" });
    const sides = [...new Set([...SIDES, Number(before.side) || SIDES[0]])].sort((a, b) => a - b)
      .filter((side) => picture && side < Math.max(found.width, found.height));
    const all = picture && found.width * found.height <= MOST_PIXELS;
    const usual = all || !picture ? "" : String(sides.at(-1) || "");
    const side = before.side === undefined ? usual : before.side;
    this.side = h("select", { id: "side", name: "max_side", onchange: () => this.changed() },
      [["", "all pixels"], ...sides.map((value) => [String(value), `${count(value)} pixels`])]
        .map(([value, text]) => h("option", { value, selected: value === side }, text)));
    this.until = h("select", { id: "until" }, [["", "the preset's steps"], ["steps", "steps"], ["seconds", "seconds"], ...(picture ? [["psnr", "dB are reached"]] : [])]
      .map(([value, text]) => h("option", { value, selected: value === (before.until || "") }, text)));
    this.amount = h("input", { type: "text", inputMode: "decimal", value: before.amount || "", hidden: !before.until, "aria-label": "How many", oninput: () => this.changed() });
    this.until.onchange = () => {
      this.amount.hidden = !this.until.value;
      this.amount.value = AMOUNTS[this.until.value] || "";
      this.changed();
    };
    this.seed = h("input", { type: "text", inputMode: "numeric", value: before.seed || "0", id: "seed", oninput: () => this.changed() });
    this.values = h("div", { className: "values" });
    this.more = h("div", { className: "values", hidden: true });
    this.unfold = h("button", { type: "button", className: "unfold", "aria-expanded": "false", onclick: () => this.showMore(this.more.hidden) }, "All others");
    this.go = h("button", { className: "primary large" }, "Fit");
    this.race = h("input", { type: "checkbox", checked: this.racing, onchange: () => this.toggle() });
    this.summary = h("p", { className: "quiet plan", role: "status" });
    this.problem = h("p", { className: "wrong", hidden: true, role: "alert" });
    this.details = h("details", { open: Boolean(before.open) }, h("summary", {}, "Values"),
      h("div", { className: "pairs" },
        picture ? [h("label", { htmlFor: "side" }, "Longest side"), this.side] : null,
        h("label", { htmlFor: "until" }, "Learn until"), h("span", { className: "until" }, this.amount, this.until),
        this.said("steps", "seconds", "psnr"),
        h("label", { htmlFor: "seed" }, "Seed"), this.seed, this.said("seed")),
      this.values);
    this.details.addEventListener("toggle", () => this.keep());
    const small = picture && Math.max(found.width, found.height) < 400;
    this.image = h("img", { className: `picture${small ? " pixels" : ""}`, alt: picture ? `The picture ${this.names[0]}` : `The rows of ${this.names[0]}`, src: `${KINDS[this.kind].address(this.names).replace(/(\?|$)/, "/picture.png$1")}` });
    this.mat = h("div", { className: picture ? "mat" : "mat diagram" }, this.image);
    this.tools = h("div", { className: "tools" });
    if (picture) this.tools.append(...cropTools(this.names[0], found, this.mat, this.image, (name) => { location.hash = `#/new/${part(name)}`; }));
    this.element = h("form", { className: "setup", noValidate: true, onsubmit: (event) => { event.preventDefault(); this.start(); } },
      h("div", { className: "left" },
        h("figure", { className: "single" }, this.mat,
          h("figcaption", {}, picture ? `${this.names[0]}: ${count(found.width)} × ${count(found.height)}, ${found.what}` : `${this.names[0]}: ${found.about ? `${found.about}; ` : ""}${found.what}`)),
        this.tools,
        found.notes.map((note) => h("p", { className: "quiet" }, note))),
      h("div", { className: "panel" },
        h("h1", {}, "How shall it be learned?"),
        h("fieldset", { className: "plain" }, h("legend", { className: "hidden" }, "Preset"), this.list),
        h("div", { className: "start-it" }, h("label", { className: "check" }, this.race, "let several race"), this.go, this.problem, this.summary), this.details));
    this.element.style.setProperty("--aspect", picture ? found.width / found.height : DIAGRAM);
  }

  /** Where it is said what is wrong with one of these options or settings. */
  said(...names) {
    const place = h("p", { className: "wrong", hidden: true, role: "alert" });
    for (const name of names) this.wrong[name] = place;
    return place;
  }

  begin() {
    this.drawPresets();
    this.waiting = setInterval(() => { if (store.ready) { clearInterval(this.waiting); this.label(); } }, 200);
    this.plan();
  }

  destroy() {
    this.closed = true;
    clearInterval(this.waiting);
    clearTimeout(this.later);
  }

  toggle() {
    this.racing = this.race.checked;
    if (!this.racing) this.chosen = new Set([...this.chosen].slice(0, 1));
    // Equal seconds are what makes a race fair.
    if (this.racing && !this.until.value) {
      this.until.value = "seconds";
      this.amount.hidden = false;
      this.amount.value = String(RACE_SECONDS);
    }
    this.drawPresets();
    this.changed();
  }

  drawPresets() {
    const { racing, chosen } = this;
    const type = racing ? "checkbox" : "radio";
    this.list.replaceChildren(...this.presets.map((preset) => {
      const input = h("input", { type, name: "preset", value: preset.name, checked: chosen.has(preset.name),
        disabled: racing && chosen.size >= MOST_RACERS && !chosen.has(preset.name),
        onchange: () => {
          if (!racing) chosen.clear();
          if (input.checked) chosen.add(preset.name);
          else chosen.delete(preset.name);
          if (racing) this.drawPresets();
          else this.drawValues();
          this.label();
          this.list.querySelector(`[value="${preset.name}"]`).focus();
          this.changed();
        } });
      return h("label", { className: "preset" }, input,
        preset.shown && this.picture ? h("img", { src: `/static/presets/${preset.name}.png`, alt: "", width: 56, height: 56, loading: "lazy" }) : null,
        h("span", {}, h("strong", {}, preset.name),
          preset.name === this.found.model ? h("em", {}, "suits it") : null, h("span", { className: "quiet" }, preset.about)));
    }));
    this.label();
    this.drawValues();
  }

  label() {
    const { chosen, racing } = this;
    put(this.go, !store.ready ? "Getting ready …" : this.starting ? "Starting …" : racing ? `Race ${chosen.size}` : "Fit");
    this.go.disabled = this.starting || !store.ready || (racing ? chosen.size < 2 : chosen.size !== 1);
  }

  drawValues() {
    const first = this.presets.find((preset) => this.chosen.has(preset.name)) || this.presets[0];
    for (const key of Object.keys(this.catalogue.settings)) delete this.wrong[key];
    this.wrong.steps = this.wrong.seconds;
    this.inputs = {};
    this.values.replaceChildren(
      h("p", { className: "quiet" }, this.racing ? "What is set here holds for every racer." : "In grey: what will be used where nothing is typed."),
      ...this.groups(first, (key) => first.own.includes(key) || this.typed[key]),
      this.unfold, this.more);
    this.more.replaceChildren(...this.groups(first, (key) => !first.own.includes(key) && !this.typed[key]));
    this.showPlan();
  }

  /** Values that the preset leaves as they usually are. */
  showMore(shown) {
    this.more.hidden = !shown;
    this.unfold.setAttribute("aria-expanded", String(shown));
  }

  /** Fields for those values of a preset that are `wanted`. */
  groups(preset, wanted) {
    return GROUPS.map(([owner, title]) => [title, Object.entries(this.catalogue.settings)
      .filter(([key, setting]) => setting.owner.startsWith(owner) && (key in preset.values || this.typed[key]) && key !== "steps" && wanted(key))])
      .filter(([, entries]) => entries.length)
      .map(([title, entries]) => h("fieldset", {}, h("legend", {}, title), entries.map(([key, setting]) => {
        this.inputs[key] = h("input", { type: "text", name: key, value: this.typed[key] || "", placeholder: this.racing ? "" : preset.values[key] || "", autocomplete: "off", spellcheck: false,
          oninput: () => { this.typed[key] = this.inputs[key].value; this.changed(); } });
        return [h("label", { title: setting.meaning }, h("span", {}, key), this.inputs[key]), this.said(key)];
      })));
  }

  /** What is asked for, as the studio takes it. */
  asked() {
    const settings = Object.fromEntries(Object.entries(this.typed).map(([key, value]) => [key, value.trim()])
      .filter(([key, value]) => value && key in (this.inputs || {})));
    const options = {};
    if (this.until.value) options[this.until.value] = Number(this.amount.value);
    if (Number(this.seed.value)) options.seed = Number(this.seed.value);
    const given = Object.fromEntries(Object.entries(this.subject).filter(([, value]) => value));
    return { ...given, models: [...this.chosen], options, settings, ...(this.picture ? { max_side: this.side.value ? Number(this.side.value) : null } : {}) };
  }

  /** What can be told here: numbers that are none. */
  ownErrors() {
    const wrong = {};
    const whole = ["steps"].includes(this.until.value);
    const amount = Number(this.amount.value);
    if (this.until.value && !(Number.isFinite(amount) && this.amount.value.trim() && amount > 0 && (!whole || Number.isInteger(amount)))) {
      wrong[this.until.value] = `${this.amount.value.trim() || "nothing"} is typed; accepted: ${whole ? "whole numbers from 1" : "numbers above 0"}`;
    }
    if (!/^\s*\d*\s*$/.test(this.seed.value)) wrong.seed = `${this.seed.value.trim()} is typed; accepted: whole numbers from 0`;
    return wrong;
  }

  changed() {
    this.keep();
    clearTimeout(this.later);
    this.later = setTimeout(() => this.plan(), PAUSE);
  }

  keep() {
    kept.write([this.kind, ...this.names], {
      models: [...this.chosen], values: this.typed, side: this.side.value, until: this.until.value,
      amount: this.amount.value, seed: this.seed.value, open: this.details.open,
    });
  }

  /** Ask what the fit would be, and show it: values, size, what is wrong. */
  async plan() {
    if (!this.chosen.size) return;
    const own = this.ownErrors(), asked = this.asked();
    for (const name of Object.keys(own)) delete asked.options[name];
    const key = JSON.stringify([asked, own]);
    if (this.asking === key) return;
    this.asking = key;
    const slow = setTimeout(() => this.asking === key && put(this.summary, "Working out how large it will be …"), SLOW);
    try {
      const found = await ask("/api/plan", asked);
      if (this.closed || this.asking !== key) return;
      this.plans = found;
      this.tell(Object.assign({}, ...Object.values(found).map((plan) => plan.errors || {}), own));
    } catch (error) {
      if (!this.closed && this.asking === key) this.tell({ "": error.message, ...own });
    }
    clearTimeout(slow);
    if (this.asking === key) this.asking = "";
  }

  /** Say what is wrong, each at its field. */
  tell(errors) {
    const places = new Set([...Object.values(this.wrong), this.problem]);
    for (const place of places) { place.hidden = true; put(place, ""); }
    for (const input of this.element.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
    for (const [name, text] of Object.entries(errors)) {
      const place = this.wrong[name] || this.problem;
      place.hidden = false;
      put(place, text);
      const field = this.inputs[name] || (name === "seed" ? this.seed : name in AMOUNTS ? this.amount : null);
      if (field) {
        field.setAttribute("aria-invalid", "true");
        this.details.open = true;
        if (this.more.contains(field)) this.showMore(true);
      }
    }
    this.errors = errors;
    this.showPlan();
  }

  showPlan() {
    const plans = [...this.chosen].map((name) => [name, this.plans[name]]).filter(([, plan]) => plan && plan.values);
    if (plans.length === 1 && !this.racing) {
      for (const [key, input] of Object.entries(this.inputs)) input.placeholder = plans[0][1].values[key] ?? input.placeholder;
      const { steps } = plans[0][1].values;
      this.until.options[0].textContent = Number(steps) === 1 ? "it is done" : `${count(steps)} steps, the preset's`;
    } else this.until.options[0].textContent = "the preset's steps";
    const { found, picture } = this;
    const told = plans.map(([name, plan]) => `${this.racing ? `${name}: ` : ""}${sized(plan)}`);
    if (picture && plans.length) {
      const [width, height] = plans[0][1].size;
      told.push(width === found.width && height === found.height ? "all pixels are learned"
        : `learned at ${count(width)} × ${count(height)}${this.side.value && found.width * found.height > MOST_PIXELS ? ", for all pixels would take minutes; see Values" : ""}`);
      if (plans[0][1].memory > 1e9) told.push(`about ${bytes(Math.max(...plans.map(([, plan]) => plan.memory)))} of memory`);
    }
    const text = told.join(" · ");
    put(this.summary, text && `${this.racing ? text[0] : text[0].toUpperCase()}${text.slice(1)}.`);
  }

  async start() {
    const own = this.ownErrors();
    if (Object.keys(own).length) {
      this.tell(own);
      return;
    }
    this.starting = true;
    this.label();
    performance.mark("fit-pressed");
    const begun = await this.ask();
    this.starting = false;
    this.label();
    if (!begun) return;
    begun.state.forEach(merge);
    location.hash = begun.fits.length > 1 ? `#/race/${begun.fits.map(part).join("/")}` : `#/fit/${part(begun.fits[0])}`;
  }

  async ask() {
    try {
      return await ask("/api/fits", this.asked());
    } catch (error) {
      this.tell({ [error.field || ""]: error.message });
      return null;
    }
  }
}
