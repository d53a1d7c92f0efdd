// The picture: the drawing beside the original, behind a slider, their difference, or enlarged.

import { h, ask, part, choice } from "./util.js";
import { difference, shape } from "./surface.js";
import { Zoom } from "./zoom.js";

const GAIN = 4;
const WAYS = [["beside", "Side by side"], ["slider", "Slider"], ["difference", "Difference"], ["zoom", "Zoom"]];
// How drawing and original are enlarged on the screen: both in one way.
const ENLARGING = [["drawn", "the field draws, the original smoothly"], ["smooth", "both as pixels, smoothly"], ["pixels", "both as pixels, squares"]];
const ORIGINAL = { drawn: "Original, enlarged smoothly", smooth: "Original, its pixels enlarged smoothly", pixels: "Original, its pixels as squares" };
const DRAWN = { drawn: "Drawn by the field", smooth: "The field, its pixels enlarged smoothly", pixels: "The field, its pixels as squares" };
const ENLARGED = 640; // pixels of the longer side, below which a picture is shown larger than it is
const PERIOD = 300; // milliseconds between differences

/** The stage of one fit. `fit` gives it as it is now. */
export class Stage {
  constructor(name, surface, fit) {
    Object.assign(this, { name, surface, fit, way: "", compared: 0 });
    this.diagram = !fit().raster; // there is no picture of it to compare with
    this.original = h("img", { alt: "The original", className: "picture", src: this.diagram ? null : `/api/fits/${part(name)}/picture.png` });
    this.original.addEventListener("load", () => this.refine());
    this.place = h("div", { className: "place" });
    this.own = h("canvas", { className: "picture" }); // the drawing in the picture's own pixels
    this.enlarging = h("label", { className: "enlarging" }, h("span", { className: "quiet" }, "Enlarged"),
      h("select", { onchange: (event) => this.enlarge(event.target.value) }, ENLARGING.map(([value, text]) => h("option", { value }, text))));
    this.how = "drawn";
    this.element = h("section", { className: "stage", "aria-label": "Picture" },
      this.diagram ? null : h("div", { className: "row" }, choice("View", WAYS, "beside", (way) => this.show(way)), this.enlarging),
      this.place);
    surface.onframe = () => { this.copy(); this.compare(); };
    surface.onhold = (picture) => this.zoom && this.zoom.hold(picture);
    this.show("beside");
  }

  /** Fairly: "drawn" shows what the field draws and the original smoothly, the others both in the picture's own pixels. */
  enlarge(how) {
    this.how = how;
    for (const shown of [this.own, this.original]) shown.classList.toggle("pixels", how === "pixels");
    const way = this.way;
    this.way = "";
    this.copy();
    this.show(way);
  }

  /** The drawing in as many pixels as the original has. */
  copy() {
    const { naturalWidth: width, naturalHeight: height } = this.original;
    if (this.how === "drawn" || !width) return;
    if (this.own.width !== width || this.own.height !== height) Object.assign(this.own, { width, height });
    const context = this.own.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.clearRect(0, 0, width, height);
    context.drawImage(this.surface.canvas, 0, 0, width, height);
    shape(this.own, width, height);
  }

  show(way) {
    if (this.way === way) return;
    this.way = way;
    if (this.zoom) this.zoom.destroy();
    this.zoom = null;
    this.original.style.clipPath = "";
    const canvas = this.how === "drawn" || this.diagram ? this.surface.canvas : this.own;
    this.enlarging.hidden = !["beside", "slider"].includes(way);
    const [own, theirs] = this.enlarges() ? [DRAWN[this.how], ORIGINAL[this.how]] : ["Drawn by the field", "Original"];
    const drawn = (title = own) => h("figure", {}, h("div", { className: "mat" }, canvas), h("figcaption", {}, title));
    if (this.diagram) {
      this.place.replaceChildren(h("figure", { className: "single" }, h("div", { className: "mat diagram" }, canvas),
        h("figcaption", {}, `What the field says, and the ${this.fit().positions}`)));
    } else if (way === "beside") {
      this.place.replaceChildren(h("div", { className: "pair" }, drawn(),
        h("figure", {}, h("div", { className: "mat" }, this.original), h("figcaption", {}, theirs))));
    } else if (way === "slider") {
      const cut = h("div", { className: "cut", "aria-hidden": "true" });
      const range = h("input", { type: "range", min: 0, max: 100, step: 0.5, value: 50, className: "over",
        "aria-label": "How much of the drawing is seen", oninput: () => move() });
      const move = () => {
        this.original.style.clipPath = `inset(0 0 0 ${range.value}%)`;
        cut.style.left = `${range.value}%`;
      };
      this.place.replaceChildren(h("figure", { className: "single" },
        h("div", { className: "mat layers" }, canvas, this.original, cut, range),
        h("figcaption", { className: "ends" }, h("span", {}, own), h("span", {}, theirs))));
      move();
    } else if (way === "difference") {
      this.wrong = h("canvas", { className: "picture" });
      this.wrong.setAttribute("role", "img");
      this.wrong.setAttribute("aria-label", "Difference between drawing and original; black is none");
      this.place.replaceChildren(h("div", { className: "pair" }, drawn(),
        h("figure", {}, h("div", { className: "mat" }, this.wrong), h("figcaption", {}, `Difference × ${GAIN}; black is none`))));
      this.compared = 0;
      this.compare();
    } else {
      this.zoom = new Zoom(this.name, true, () => ["running"].includes(this.fit().state));
      this.place.replaceChildren(this.zoom.element);
      this.zoom.open().then(() => this.zoom && this.surface.held && this.zoom.hold(this.surface.held));
    }
  }

  /** Whether pixels of the original are larger than those of the screen. */
  enlarges() {
    const { naturalWidth: width, naturalHeight: height } = this.original;
    return width > 0 && Math.max(width, height) < ENLARGED;
  }

  /** The original has come: its shape is everything's. */
  refine() {
    const way = this.way;
    if (["beside", "slider"].includes(way)) {
      this.way = "";
      this.show(way);
    }
    this.copy();
    shape(this.element, this.original.naturalWidth, this.original.naturalHeight);
    this.compare();
  }

  compare() {
    const now = performance.now();
    if (this.way !== "difference") return;
    clearTimeout(this.later);
    if (now - this.compared < PERIOD) {
      this.later = setTimeout(() => this.compare(), PERIOD);
      return;
    }
    this.compared = now;
    if (this.original.complete) difference(this.wrong, this.surface.canvas, this.original, GAIN);
  }

  destroy() {
    clearTimeout(this.later);
    if (this.zoom) this.zoom.destroy();
  }
}

/** A slider through the frames that a run has saved; its right end is now. */
export class Scrubber {
  constructor(name, surface) {
    Object.assign(this, { name, surface, frames: [], pictures: new Map() });
    this.range = h("input", { type: "range", min: 0, max: 0, value: 0, "aria-label": "Saved frames", oninput: () => this.go() });
    this.told = h("output", {});
    this.element = h("div", { className: "scrub" }, h("span", { className: "quiet" }, "Look back"), this.range, this.told);
  }

  update(fit) {
    const atEnd = this.range.value === this.range.max;
    if (fit.frames.length !== this.frames.length || fit.frames.at(-1) !== this.frames.at(-1)) {
      this.frames = fit.frames;
      this.range.max = this.frames.length;
      if (atEnd) this.range.value = this.range.max;
    }
    this.fit = fit;
    this.element.hidden = !this.frames.length;
    if (atEnd) this.tell();
  }

  go() {
    const step = this.frames[Number(this.range.value)];
    this.tell();
    if (step === undefined) {
      this.surface.hold(null);
      return;
    }
    if (!this.pictures.has(step)) {
      const picture = new Image();
      picture.src = `/api/fits/${part(this.name)}/frames/${step}.png`;
      this.pictures.set(step, picture);
    }
    const picture = this.pictures.get(step);
    const show = () => this.frames[Number(this.range.value)] === step && this.surface.hold(picture);
    if (picture.complete && picture.naturalWidth) show();
    else picture.onload = show;
  }

  tell() {
    const step = this.frames[Number(this.range.value)];
    const found = step !== undefined && this.fit.measured.find((point) => point[0] === step);
    const text = step === undefined ? "now" : `step ${step.toLocaleString("en")}${found ? `, ${found[2].toFixed(1)} dB` : ""}`;
    this.told.value = text;
    this.range.setAttribute("aria-valuetext", text);
  }
}

/** The newest saved frame, for fits whose process draws no more. */
export async function showLast(name, surface, frames) {
  const step = frames.at(-1);
  if (step === undefined || surface.frames || surface.last === step) return;
  surface.last = step;
  const picture = new Image();
  picture.src = `/api/fits/${part(name)}/frames/${step}.png`;
  await picture.decode().catch(() => {});
  if (!surface.frames && picture.naturalWidth) surface.adopt(picture);
}
