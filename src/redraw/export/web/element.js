// <redraw-field src="cub.redraw">: a picture that is a field, to look at and to zoom into.
//
// Attributes: src (a field file, or "#id" of an element that holds one as base64), width (in CSS
// pixels), region ("x0,y0,x1,y1" in the picture's pixels), zoom (screen pixels to one of the
// picture's), controls (buttons and facts), frames ("#id" of a list of pictures of how it learned).
// Events: load, view (detail: region, zoom), complete (drawn in full quality), error (detail).

import { addPlayer } from "./player.js";
import { fromBase64 } from "./bytes.js";
import { max } from "./numbers.js";
import { FieldView, script } from "./view.js";

export class RedrawField extends FieldView {
  static observedAttributes = ["src", "width", "zoom", "region"];

  disconnectedCallback() {
    this.watch.disconnect();
    this.helper?.worker?.terminate();
    this.stage.painter?.close();
    this.stage.painter = this.helper = null;
  }

  attributeChangedCallback(name) {
    if (!this.isConnected || !this.root) return;
    if (name === "src") this.open();
    else this.measure(true);
  }

  async bytesOf(src) {
    if (src[0] === "#") {
      const { type, textContent } = document.querySelector(src);
      const bytes = fromBase64(textContent);
      return type === "application/x-deflate" ? super.bytesOf(src) : [bytes, bytes.length];
    }
    const models = script && /^http/.test(script.src) && new URL("model-1.bin", script.src).href;
    const bytes = new Uint8Array(await (await fetch(src)).arrayBuffer());
    return [bytes, bytes.length, models];
  }

  /** A script without an address is in the page itself. */
  address() {
    return script ? script.src || URL.createObjectURL(new Blob([script.textContent], { type: "text/javascript" })) : "";
  }

  open() {
    const turn = (this.opening = {});
    if (this.getAttribute("src")) super.open(() => turn !== this.opening || !this.isConnected);
  }

  drawn(field) {
    if (this.hasAttribute("plain")) throw new Error("asked for");
    return super.drawn(field);
  }

  build() {
    if (this.root) return;
    super.build();
    for (const [name, value] of [["tabindex", 0], ["role", "img"]]) if (!this.hasAttribute(name)) this.setAttribute(name, value);
    addPlayer(this);
  }

  take(field) {
    if (!this.hasAttribute("aria-label")) this.setAttribute("aria-label", this.getAttribute("alt") || `${field.about.made.source || "A picture"}, to zoom into`);
    super.take(field);
    this.bar.hidden = this.facts.hidden = !this.hasAttribute("controls");
  }

  measure(again) {
    if (!this.field) return;
    const width = parseFloat(this.getAttribute("width"));
    if (width > 0) this.style.width = `${width}px`;
    if (!this.style.height && !this.hasAttribute("fill")) this.style.aspectRatio = this.field.about.size.join(" / ");
    super.measure(again);
  }

  fit() {
    if (!this.field) return;
    const given = (this.getAttribute("region") || "").split(",").map(Number);
    const fine = given.length === 4 && given.every(Number.isFinite) && given[2] > given[0] && given[3] > given[1];
    super.fit(fine ? given : undefined, max(0, parseFloat(this.getAttribute("zoom"))));
  }

  look(view, fitted) {
    if (!this.stage?.painter) return;
    super.look(view, fitted);
    const { left, top, scale } = this.view;
    const region = [left, top, left + this.canvas.width / scale, top + this.canvas.height / scale];
    this.dispatchEvent(new CustomEvent("view", { detail: { region, zoom: scale } }));
  }
}
