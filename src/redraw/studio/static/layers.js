// The network as a diagram: what each layer draws, from coordinates to the picture.

import { h, ask, part, count } from "./util.js";

export class Layers {
  constructor(name) {
    this.name = name;
    this.place = h("div", { className: "network" });
    this.told = h("p", { className: "quiet" });
    this.body = h("div", { hidden: true }, this.place, this.told);
    this.toggle = h("button", { type: "button", className: "unfold", "aria-expanded": "false", onclick: () => {
      this.body.hidden = !this.body.hidden;
      this.toggle.setAttribute("aria-expanded", String(!this.body.hidden));
      if (!this.body.hidden) this.load();
    } }, "What each layer draws");
    this.element = h("section", { className: "panel drawn-layers", "aria-label": "The network" }, this.toggle, this.body);
  }

  /** Of the step that is shown now, if it is open. */
  update(fit) {
    const resting = !["running", "starting", "queued", "stopping"].includes(fit.state);
    if (!this.body.hidden && resting && this.step !== fit.step) this.load();
  }

  async load() {
    if (this.loading) return;
    this.loading = true;
    if (this.step === undefined) this.told.textContent = "Drawing the layers…";
    try {
      const found = await ask(`/api/fits/${part(this.name)}/layers`);
      this.step = found.step;
      this.place.replaceChildren(...found.layers.map((layer, at) => [
        at ? h("span", { className: "arrow", "aria-hidden": "true" }, "→") : null,
        h("figure", { className: "layer" },
          h("div", { className: "units" }, layer.units.map((unit) => h("img", { src: unit, alt: "", width: 56 }))),
          h("figcaption", {}, h("strong", {}, layer.name), h("span", {}, layer.shown < layer.count ? `${layer.shown} of ${count(layer.count)}` : layer.about))),
      ]).flat().filter(Boolean));
      this.told.textContent = `At step ${count(found.step)}, each unit over the whole picture: dark where it is lowest, light where it is highest; of many units those that differ most. The next layer adds them up, each with a weight of its own.`;
    } catch (error) {
      this.told.textContent = error.message;
    }
    this.loading = false;
  }
}
