// What a page shows: a field to look at and to zoom into, with keys, hands, buttons and facts.

import { fromBase64, inflated } from "./bytes.js";
import { inside, max, min, round } from "./numbers.js";
import { GlPainter } from "./painter.js";
import { PlainPainter } from "./plain.js";
import { Stage } from "./stage.js";
import { Helper } from "./worker.js";

const STYLE = `
:host { display: block; position: relative; overflow: hidden; min-height: 40px; outline-offset: -2px; touch-action: none; font: 13px/1.4 system-ui, sans-serif; --ink: #222; --paper: #fffc; color: var(--ink); }
canvas { display: block; width: 100%; height: 100%; cursor: grab; }
:host(:active) canvas { cursor: grabbing; }
nav, p { position: absolute; margin: 0; background: var(--paper); border-radius: 6px; backdrop-filter: blur(4px); }
nav { top: 8px; right: 8px; display: flex; }
button { font: inherit; min-width: 36px; min-height: 36px; border: 0; background: none; color: inherit; cursor: pointer; border-radius: 6px; }
svg { width: 16px; height: 16px; fill: currentColor; vertical-align: middle; }
button:hover, button:focus-visible, button[aria-pressed=true] { background: #8884; }
p { left: 8px; bottom: 8px; padding: 2px 8px; pointer-events: none; box-sizing: border-box; max-width: 94%; overflow-wrap: anywhere; }
[hidden] { display: none; }
@media (prefers-color-scheme: dark) { :host { --ink: #eee; --paper: #222c; } }
`;
// What each button shows, as a path in 16 x 16: a letter would be an empty box where no font has it.
const BUTTONS = [
  ["M7 2h2v5h5v2H9v5H7V9H2V7h5z", "Zoom in (+)", (it) => it.zoomBy(2)],
  ["M2 7h12v2H2z", "Zoom out (-)", (it) => it.zoomBy(0.5)],
  ["M8 2h6v6l-2-2-3 3-2-2 3-3zM8 14H2V8l2 2 3-3 2 2-3 3z", "Fit to window (0)", (it) => it.fit()],
  ["M2 2h4v4h4V2h4v4h-4v4h4v4h-4v-4H6v4H2v-4h4V6H2z", "Enlarged pixels beside it (P)", (it) => it.compare()],
  ["M2 6V2h4v2H4v2zM10 2h4v4h-2V4h-2zM14 10v4h-4v-2h2v-2zM6 14H2v-4h2v2h2z", "Full screen (F)", (it) => it.enlarge()],
];
const KEYS = { "+": 0, "=": 0, "-": 1, 0: 2, p: 3, f: 4 };
const SMALLEST = 0.02;
const LARGEST = 20000;
const allowed = (scale) => inside(scale, SMALLEST, LARGEST);

/** A new element of a parent, with these properties. */
export const make = (name, parent, set) => parent.appendChild(Object.assign(document.createElement(name), set));

/** A button that shows a path. */
export function makeButton(parent, path, set) {
  const button = make("button", parent, set);
  button.setAttribute("aria-label", set.title);
  show(button, path);
  return button;
}

/** Let a button show a path. */
export function show(button, path) {
  const [image, shape] = ["svg", "path"].map((name) => document.createElementNS("http://www.w3.org/2000/svg", name));
  image.setAttribute("viewBox", "0 0 16 16");
  shape.setAttribute("d", path);
  image.append(shape);
  button.replaceChildren(image);
}

/** Let what is in a root have a style. */
export function dress(root, style) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  root.adoptedStyleSheets.push(sheet);
}

// In a worker there are neither a script nor elements.
export const script = self.document && document.currentScript;

/** The one picture of a page; element.js adds what only elements of other people's pages need. */
export class FieldView extends (self.HTMLElement || Object) {
  connectedCallback() {
    this.build();
    this.watch = new ResizeObserver(() => this.measure());
    this.watch.observe(this);
    this.open();
  }

  build() {
    this.root = this.attachShadow({ mode: "open" });
    dress(this.root, STYLE);
    this.canvas = make("canvas", this.root);
    this.stage = new Stage(this.canvas, (what, error) => this.tell(what, error));
    this.facts = make("p", this.root, { hidden: true });
    this.bar = make("nav", this.root, { hidden: true });
    this.buttons = BUTTONS.map(([path, title, act]) => makeButton(this.bar, path, { title, onclick: () => act(this) }));
    this.listen();
  }

  /** Say what happened, and if it is an error why. */
  tell(name, error) {
    if (name === "complete" && this.field.unfinished) return;
    const detail = error && String(error.message || error);
    if (error) {
      this.facts.hidden = false;
      this.facts.textContent = `This picture can't be shown: ${detail}`;
    }
    this.state = name;
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** The bytes of the field file; how many it takes; and where what they may begin with lies, if anywhere. */
  async bytesOf(src) {
    const bytes = fromBase64(document.querySelector(src).textContent);
    return [await inflated(bytes, "deflate-raw"), bytes.length];
  }

  /** Where the script lies, for the worker. */
  address() {
    return script.src;
  }

  /** Read the field that `src` names, and show it, unless something else was asked for in the meantime. */
  async open(overtaken = () => false) {
    try {
      const [bytes, taken, models] = await this.bytesOf(this.getAttribute("src"));
      this.helper ||= new Helper(this.address());
      let field = await this.helper.ask("open", bytes, false, models);
      if (overtaken()) return;
      this.bytes = taken;
      this.take(field);
      this.tell("load");
      if (field.unfinished) {
        field = await this.helper.ask("open", null, true);
        if (!overtaken()) this.take(field);
      }
    } catch (error) {
      if (!overtaken()) this.tell("error", error);
    }
  }

  drawn(field) {
    return new GlPainter(field);
  }

  take(field) {
    this.stage.painter?.close();
    let painter;
    try {
      painter = this.drawn(field);
    } catch (error) {
      this.why = error.message;
      painter = new PlainPainter(field, this.helper);
    }
    const fresh = !this.field;
    this.field = field;
    this.painter = painter.kind;
    this.stage.use(painter);
    const { size, made } = field.about;
    this.bar.hidden = this.facts.hidden = false;
    const facts = [size.join(" × "), made.preset, Number.isFinite(made.psnr) && `${made.psnr.toFixed(1)} dB`, `${(this.bytes / 1000).toFixed(1)} kB`];
    this.described = facts.filter((fact) => fact).join(" · ");
    this.measure(fresh);
  }

  measure(again) {
    if (!this.field) return;
    const { canvas } = this;
    const box = this.getBoundingClientRect();
    const [width, height] = [box.width, box.height].map((side) => max(1, round(side * devicePixelRatio)));
    const changed = width !== canvas.width || height !== canvas.height;
    if (changed) [canvas.width, canvas.height] = [width, height];
    if (again || !this.view || (changed && this.fitted)) this.fit();
    else this.look(this.view);
  }

  /** The whole picture, or a part of it; `zoom` instead of what fits. */
  fit([x0, y0, x1, y1] = [0, 0, ...this.field.about.size], zoom = 0) {
    const { width, height } = this.canvas;
    const scale = zoom || min(width / (x1 - x0), height / (y1 - y0));
    this.look({ left: (x0 + x1 - width / scale) / 2, top: (y0 + y1 - height / scale) / 2, scale }, true);
  }

  /** Show a part: {left, top, scale}, in the picture's pixels and screen pixels to one of them. */
  look({ left, top, scale }, fitted = false) {
    const [columns, rows] = this.field.about.size;
    const { width, height } = this.canvas;
    scale = allowed(scale);
    // What is smaller than the window is in its middle; what is larger fills it.
    const held = (start, side, window) => {
      const seen = window / scale;
      return seen >= side ? (side - seen) / 2 : inside(start, 0, side - seen);
    };
    this.view = { left: held(left, columns, width), top: held(top, rows, height), scale };
    this.fitted = fitted;
    this.facts.textContent = `${this.described} · ${+scale.toFixed(scale < 10 ? 2 : 0)}×`;
    this.state = "drawing";
    this.stage.paint(this.view);
  }

  /** Zoom about a place of the canvas, its middle by default. */
  zoomBy(factor, x = this.canvas.width / 2, y = this.canvas.height / 2) {
    const { left, top, scale } = this.view;
    const next = allowed(scale * factor);
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
    else this.requestFullscreen?.().catch(() => {});
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
      const still = [...fingers.values()].find((finger) => finger !== before);
      fingers.set(event.pointerId, now);
      // Of two fingers each moves the picture by half of its way.
      const share = still ? 2 : 1;
      this.panBy((now[0] - before[0]) / share, (now[1] - before[1]) / share);
      const span = ([x, y]) => Math.hypot(x - still[0], y - still[1]) || 1;
      if (still) this.zoomBy(span(now) / span(before), (now[0] + still[0]) / 2, (now[1] + still[1]) / 2);
    });
    for (const name of ["pointerup", "pointercancel"]) on(name, (event) => fingers.delete(event.pointerId));
    on("dblclick", (event) => this.zoomBy(event.shiftKey ? 0.5 : 2, ...place(event)));
    this.addEventListener("keydown", (event) => {
      if (!this.view || event.ctrlKey || event.metaKey || event.altKey) return;
      const key = event.key.toLowerCase();
      const arrow = { arrowleft: [1, 0], arrowright: [-1, 0], arrowup: [0, 1], arrowdown: [0, -1] }[key];
      if (arrow && event.composedPath()[0].type !== "range") this.panBy((arrow[0] * this.canvas.width) / 8, (arrow[1] * this.canvas.height) / 8);
      else if (key === "1") this.zoomBy(1 / this.view.scale);
      else if (key in KEYS) BUTTONS[KEYS[key]][2](this);
      else return;
      event.preventDefault();
    });
  }
}
