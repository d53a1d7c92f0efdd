// <redraw-field src="cub.redraw">: a picture that is a field, to look at and to zoom into.
//
// Attributes: src (a field file, or "#id" of an element that holds one as base64), width (in CSS
// pixels), region ("x0,y0,x1,y1" in the picture's pixels), zoom (screen pixels to one of the
// picture's), controls (buttons and facts), frames ("#id" of a list of pictures of how it learned).
// Events: load, view (detail: region, zoom), complete (drawn in full quality), error (detail).

import { embedded } from "./bytes.js";
import { GlPainter } from "./painter.js";
import { PlainPainter } from "./plain.js";
import { Stage } from "./stage.js";
import { Helper } from "./worker.js";

const STYLE = `
:host { display: block; position: relative; overflow: hidden; min-height: 40px; outline-offset: -2px; touch-action: none; font: 13px/1.4 system-ui, sans-serif; --ink: #222; --paper: #fffc; color: var(--ink); }
canvas { display: block; width: 100%; height: 100%; cursor: grab; }
:host(:active) canvas { cursor: grabbing; }
nav, p, label { position: absolute; margin: 0; background: var(--paper); border-radius: 6px; backdrop-filter: blur(4px); }
nav { top: 8px; right: 8px; display: flex; }
button { font: inherit; min-width: 36px; min-height: 36px; border: 0; background: none; color: inherit; cursor: pointer; border-radius: 6px; }
button:hover, button:focus-visible, button[aria-pressed=true] { background: #8884; }
p { left: 8px; bottom: 8px; padding: 2px 8px; pointer-events: none; max-width: calc(100% - 32px); overflow-wrap: anywhere; }
label { left: 8px; right: 8px; bottom: 40px; display: flex; align-items: center; padding: 0 8px 0 0; }
input { flex: 1; min-width: 0; }
output { min-width: 6em; text-align: right; font-variant-numeric: tabular-nums; }
[hidden] { display: none; }
@media (prefers-color-scheme: dark) { :host { --ink: #eee; --paper: #222c; } }
`;
const BUTTONS = [
  ["+", "Zoom in (+)", (it) => it.zoomBy(2)],
  ["−", "Zoom out (-)", (it) => it.zoomBy(0.5)],
  ["⤢", "Fit to window (0)", (it) => it.fit()],
  ["▦", "Enlarged pixels beside it (P)", (it) => it.compare()],
  ["⛶", "Full screen (F)", (it) => it.enlarge()],
];
const KEYS = { "+": 0, "=": 0, "-": 1, 0: 2, p: 3, f: 4 };
const SMALLEST = 0.02;
const LARGEST = 20000;

const script = typeof document === "undefined" ? null : document.currentScript;
const source = () => (script ? script.src || URL.createObjectURL(new Blob([script.textContent], { type: "text/javascript" })) : "");

const Base = typeof HTMLElement === "undefined" ? class {} : HTMLElement;

export class RedrawField extends Base {
  static observedAttributes = ["src", "width", "zoom", "region"];

  connectedCallback() {
    if (!this.root) this.build();
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this);
    this.open();
  }

  disconnectedCallback() {
    this.watch.disconnect();
    if (this.helper) this.helper.close();
    if (this.stage.painter) this.stage.painter.close();
    this.stage.painter = this.helper = null;
  }

  attributeChangedCallback(name) {
    if (!this.isConnected || !this.root) return;
    if (name === "src") this.open();
    else this.resize(true);
  }

  build() {
    this.root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.root.adoptedStyleSheets = [sheet];
    const make = (name, parent, set) => parent.appendChild(Object.assign(document.createElement(name), set));
    this.canvas = make("canvas", this.root);
    this.stage = new Stage(this.canvas, (what, error) => this.tell(what, error && String(error.message || error)));
    this.facts = make("p", this.root, { hidden: true });
    this.bar = make("nav", this.root, { hidden: true });
    this.buttons = BUTTONS.map(([textContent, title, act]) => {
      const button = make("button", this.bar, { textContent, title, onclick: () => act(this) });
      button.setAttribute("aria-label", title);
      return button;
    });
    this.player = make("label", this.root, { hidden: true });
    this.play = make("button", this.player, { textContent: "▶", title: "Play how it learned (Space)", onclick: () => this.toggle() });
    this.scrub = make("input", this.player, { type: "range", min: 0, oninput: () => this.frame(+this.scrub.value) });
    this.scrub.setAttribute("aria-label", "How far it had learned");
    this.step = make("output", this.player);
    if (!this.hasAttribute("tabindex")) this.tabIndex = 0;
    if (!this.hasAttribute("role")) this.setAttribute("role", "img");
    this.listen();
  }

  tell(name, detail) {
    if (name === "complete" && this.field.unfinished) return;
    if (name === "error") {
      this.facts.hidden = false;
      this.facts.textContent = `This picture can't be shown: ${detail}`;
    }
    this.state = name;
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** Read the field that `src` names, and show it. */
  async open() {
    const src = this.getAttribute("src");
    if (!src) return;
    const turn = (this.opening = (this.opening || 0) + 1);
    try {
      const bytes = src[0] === "#" ? await embedded(document.querySelector(src)) : new Uint8Array(await (await fetch(src)).arrayBuffer());
      if (!this.helper) this.helper = new Helper(source());
      let field = await this.helper.ask("open", bytes, false, script && /^http/.test(script.src) && new URL("model-1.bin", script.src).href);
      if (turn !== this.opening || !this.isConnected) return;
      this.bytes = bytes.length;
      this.take(field);
      this.openFrames();
      this.tell("load");
      if (field.unfinished) {
        field = await this.helper.ask("open", null, true);
        if (turn !== this.opening || !this.isConnected) return;
        this.take(field);
      }
    } catch (error) {
      if (turn === this.opening) this.tell("error", error.message || String(error));
    }
  }

  take(field) {
    if (this.stage.painter) this.stage.painter.close();
    let painter;
    try {
      if (this.hasAttribute("plain")) throw new Error("asked for");
      painter = new GlPainter(field);
    } catch (error) {
      this.why = error.message;
      painter = new PlainPainter(field, this.helper);
    }
    const fresh = !this.field;
    this.field = field;
    this.painter = painter.kind;
    this.stage.use(painter);
    const { size, made } = field.about;
    if (!this.hasAttribute("aria-label") && !this.hasAttribute("alt")) this.setAttribute("aria-label", made.source ? `${made.source}, a picture to zoom into` : "A picture to zoom into");
    this.bar.hidden = this.facts.hidden = !this.hasAttribute("controls");
    const facts = [`${size[0]} × ${size[1]}`];
    if (made.preset) facts.push(made.preset);
    if (Number.isFinite(made.psnr)) facts.push(`${made.psnr.toFixed(1)} dB`);
    facts.push(`${(this.bytes / 1000).toFixed(1)} kB`);
    this.described = facts.join(" · ");
    this.resize(fresh);
  }

  resize(again) {
    if (!this.field) return;
    const [columns, rows] = this.field.about.size;
    const width = parseFloat(this.getAttribute("width"));
    if (width > 0) this.style.width = `${width}px`;
    if (!this.style.height && !this.hasAttribute("fill")) this.style.aspectRatio = `${columns} / ${rows}`;
    const ratio = window.devicePixelRatio || 1;
    const box = this.getBoundingClientRect();
    const size = [Math.max(1, Math.round(box.width * ratio)), Math.max(1, Math.round(box.height * ratio))];
    const changed = size[0] !== this.canvas.width || size[1] !== this.canvas.height;
    if (changed) [this.canvas.width, this.canvas.height] = size;
    if (again === true || !this.view || (changed && this.fitted)) return this.fit();
    this.look(this.view);
  }

  /** The whole picture, or the region that the attributes name. */
  fit() {
    if (!this.field) return;
    const [columns, rows] = this.field.about.size;
    const { width, height } = this.canvas;
    const given = (this.getAttribute("region") || "").split(",").map(Number);
    const asked = given.length === 4 && given.every(Number.isFinite) && given[2] > given[0] && given[3] > given[1];
    const [x0, y0, x1, y1] = asked ? given : [0, 0, columns, rows];
    const zoom = parseFloat(this.getAttribute("zoom"));
    const scale = zoom > 0 ? zoom : Math.min(width / (x1 - x0), height / (y1 - y0));
    this.fitted = true;
    this.look({ left: (x0 + x1) / 2 - width / scale / 2, top: (y0 + y1) / 2 - height / scale / 2, scale });
    this.fitted = true;
  }

  /** Show a part: {left, top, scale}, in the picture's pixels and screen pixels to one of them. */
  look({ left, top, scale }) {
    if (!this.field) return;
    const [columns, rows] = this.field.about.size;
    const { width, height } = this.canvas;
    scale = Math.min(Math.max(scale, SMALLEST), LARGEST);
    // What is smaller than the window is in its middle; what is larger fills it.
    const held = (start, side, window) => {
      const seen = window / scale;
      return seen >= side ? (side - seen) / 2 : Math.min(Math.max(start, 0), side - seen);
    };
    this.view = { left: held(left, columns, width), top: held(top, rows, height), scale };
    this.fitted = false;
    const region = [this.view.left, this.view.top, this.view.left + width / scale, this.view.top + height / scale];
    this.facts.textContent = `${this.described} · ${scale < 10 ? scale.toFixed(2).replace(/\.?0+$/, "") : Math.round(scale)}×`;
    this.state = "drawing";
    this.dispatchEvent(new CustomEvent("view", { detail: { region, zoom: scale } }));
    this.stage.paint(this.view);
  }

  /** Zoom about a place of the canvas, its middle by default. */
  zoomBy(factor, x = this.canvas.width / 2, y = this.canvas.height / 2) {
    const { left, top, scale } = this.view;
    const next = Math.min(Math.max(scale * factor, SMALLEST), LARGEST);
    this.look({ left: left + x / scale - x / next, top: top + y / scale - y / next, scale: next });
  }

  panBy(x, y) {
    const { left, top, scale } = this.view;
    this.look({ left: left - x / scale, top: top - y / scale, scale });
  }

  /** The enlarged pixels beside the field, or not. */
  compare() {
    this.stage.pixels = !this.stage.pixels;
    this.buttons[3].setAttribute("aria-pressed", this.stage.pixels);
    this.look(this.view);
  }

  enlarge() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (this.requestFullscreen) this.requestFullscreen().catch(() => {});
  }

  listen() {
    const fingers = new Map();
    const place = (event) => {
      const box = this.canvas.getBoundingClientRect();
      return [((event.clientX - box.left) * this.canvas.width) / box.width, ((event.clientY - box.top) * this.canvas.height) / box.height];
    };
    const on = (name, act, options) => this.canvas.addEventListener(name, (event) => this.view && act(event), options);
    on("wheel", (event) => {
      event.preventDefault();
      const unit = [1, 16, 100][event.deltaMode];
      this.zoomBy(2 ** (-event.deltaY * unit * (event.ctrlKey ? 0.01 : 0.0025)), ...place(event));
    }, { passive: false });
    on("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, place(event));
    });
    on("pointermove", (event) => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const now = place(event);
      const others = [...fingers].filter(([id]) => id !== event.pointerId);
      fingers.set(event.pointerId, now);
      if (!others.length) return this.panBy(now[0] - before[0], now[1] - before[1]);
      const [still] = others[0].slice(1);
      const span = ([x, y]) => Math.hypot(x - still[0], y - still[1]) || 1;
      this.panBy((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
      this.zoomBy(span(now) / span(before), (now[0] + still[0]) / 2, (now[1] + still[1]) / 2);
    });
    for (const name of ["pointerup", "pointercancel"]) on(name, (event) => fingers.delete(event.pointerId));
    on("dblclick", (event) => this.zoomBy(event.shiftKey ? 0.5 : 2, ...place(event)));
    this.addEventListener("keydown", (event) => {
      if (!this.view || event.ctrlKey || event.metaKey || event.altKey) return;
      const key = event.key.toLowerCase();
      const arrow = { arrowleft: [1, 0], arrowright: [-1, 0], arrowup: [0, 1], arrowdown: [0, -1] }[key];
      if (arrow && event.composedPath()[0] !== this.scrub) this.panBy((arrow[0] * this.canvas.width) / 8, (arrow[1] * this.canvas.height) / 8);
      else if (key === "1") this.zoomBy(1 / this.view.scale);
      else if (key === " " && this.frames && event.composedPath()[0] === this) this.toggle();
      else if (key in KEYS) BUTTONS[KEYS[key]][2](this);
      else return;
      event.preventDefault();
    });
  }

  /** Pictures of how it learned: [[step, data URL], ...] as JSON in the element that `frames` names. */
  async openFrames() {
    const name = this.getAttribute("frames");
    if (!name || this.frames) return;
    const listed = JSON.parse(document.querySelector(name).textContent);
    this.frames = await Promise.all(listed.map(async ([step, src]) => {
      const image = new Image();
      image.src = src;
      await image.decode();
      return [step, image];
    }));
    this.scrub.max = this.scrub.value = this.frames.length;
    this.player.hidden = false;
    this.frame(this.frames.length);
  }

  /** Show the picture as it was at a frame; after the last, the field itself. */
  frame(number) {
    const [step, image] = this.frames[number] || ["finished", null];
    this.scrub.value = number;
    this.step.textContent = image ? `step ${step}` : step;
    this.stage.still = image;
    this.stage.paint(this.view);
  }

  toggle() {
    clearInterval(this.playing);
    this.playing = this.playing ? 0 : setInterval(() => {
      const next = +this.scrub.value + 1;
      this.frame(next);
      if (next >= this.frames.length) this.toggle();
    }, 100);
    this.play.textContent = this.playing ? "❚❚" : "▶";
    if (this.playing && +this.scrub.value >= this.frames.length) this.frame(0);
  }
}
