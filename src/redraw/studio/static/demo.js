// What this is about, live: presets race for the cub, each a network that is learning right now.

import { h, ask, put, calm, count } from "./util.js";
import { listen, store, watch } from "./live.js";
import { Surface } from "./surface.js";
import { estimated } from "./quality.js";

const NOISE = 100; // pixels of what is shown before a network has drawn anything
const SEEN = "demo-seen"; // once a tab: nobody wants it every time

export class Demo {
  constructor(known) {
    this.known = known;
    this.stage = h("ul", { className: "show" });
    this.told = h("p", { className: "quiet", role: "status" });
    this.button = h("button", { type: "button", onclick: () => this.start() }, "Show me");
    this.element = h("section", { className: "demo", "aria-label": "How it works, live" },
      h("p", { className: "claim" }, "A picture becomes a small network: a function of x and y that can be drawn at any size."),
      this.stage, h("div", { className: "row" }, this.told, this.button));
    this.still();
  }

  /** Before it begins: the picture, and empty places. */
  still() {
    this.stage.replaceChildren(h("li", {}, h("div", { className: "mat" }, h("img", { className: "picture", src: "/api/pictures/cub/picture.png", alt: "The picture to learn: a lion cub" })), h("span", {}, "the picture")));
  }

  begin() {
    this.stop = listen(() => this.update());
    const seen = sessionStorage.getItem(SEEN);
    if (!seen && !calm()) this.wanted = true;
    this.update();
  }

  async start() {
    this.wanted = false;
    this.button.disabled = true;
    try {
      const found = await ask("/api/demo", {});
      if (this.closed) return;
      if (!found.fits.length) {
        put(this.told, found.why);
        this.button.disabled = false;
        return;
      }
      sessionStorage.setItem(SEEN, "1");
      this.fits = found.fits;
      this.seconds = found.seconds;
      this.surfaces = found.fits.map((fit) => [fit.name, new Surface(`${fit.model}, drawing what it has learned so far`)]);
      this.still();
      this.values = new Map();
      for (const [at, [name, surface]] of this.surfaces.entries()) {
        const value = h("strong", {}, "noise");
        surface.begin(NOISE);
        this.values.set(name, value);
        this.stage.append(h("li", {}, h("div", { className: "mat" }, surface.canvas), h("span", {}, `${found.fits[at].model} `, value)));
      }
      watch(this.surfaces);
      this.running = true;
    } catch (error) {
      put(this.told, error.message);
    }
  }

  update() {
    if (this.wanted && store.ready && ![...store.fits.values()].some((fit) => fit.state === "running" || fit.state === "queued")) this.start();
    if (!this.fits) {
      put(this.told, store.ready ? "Ten seconds: three networks learn the cub, live on this machine." : "Getting ready …");
      this.button.disabled = !store.ready;
      return;
    }
    const fits = this.fits.map(({ name }) => store.fits.get(name));
    fits.forEach((fit) => {
      if (!fit) return;
      const value = fit.state === "finished" ? fit.best : estimated(fit);
      if (typeof value === "number") put(this.values.get(fit.name), `${value.toFixed(1)} dB`);
    });
    const ended = fits.every((fit) => fit && !["queued", "starting", "running", "stopping"].includes(fit.state));
    if (ended && this.running) {
      this.running = false;
      this.button.disabled = false;
      put(this.button, "Again");
    }
    const parameters = fits.map((fit) => (fit && fit.parameters ? count(fit.parameters) : "")).filter(Boolean);
    put(this.told, ended ? `${parameters.join(", ")} numbers instead of 40,000 pixels.` : "Learning right now; each has the whole machine in turn.");
  }

  destroy() {
    this.closed = true;
    if (this.stop) this.stop();
    watch([]);
  }
}
