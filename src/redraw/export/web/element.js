// <redraw-field src="cub.redraw">: a picture that is a field, to look at and to zoom into.
//
// Attributes: src (a field file, or "#id" of an element that holds one as base64), width (in CSS
// pixels), region ("x0,y0,x1,y1" in the picture's pixels), zoom (screen pixels to one of the
// picture's), controls (buttons and facts), frames ("#id" of a list of pictures of how it learned).
// Events: load, view (detail: region, zoom), complete (drawn in full quality), error (detail).

import { addPlayer } from "./player.js";
import { FieldView, script } from "./view.js";

export class RedrawField extends FieldView {
  static observedAttributes = ["src", "width", "zoom", "region"];

  disconnectedCallback() {
    this.watch.disconnect();
    if (this.helper && this.helper.worker) this.helper.worker.terminate();
    if (this.stage.painter) this.stage.painter.close();
    this.stage.painter = this.helper = null;
  }

  attributeChangedCallback(name) {
    if (!this.isConnected || !this.root) return;
    if (name === "src") this.open();
    else this.resize(true);
  }

  async bytesOf(src) {
    if (src[0] === "#") return super.bytesOf(src);
    const models = script && /^http/.test(script.src) && new URL("model-1.bin", script.src).href;
    const bytes = new Uint8Array(await (await fetch(src)).arrayBuffer());
    return [bytes, bytes.length, models];
  }

  open() {
    if (this.getAttribute("src")) super.open();
  }

  drawn(field) {
    if (this.hasAttribute("plain")) throw new Error("asked for");
    return super.drawn(field);
  }

  build() {
    super.build();
    addPlayer(this);
  }

  sized() {
    const width = parseFloat(this.getAttribute("width"));
    if (width > 0) this.style.width = `${width}px`;
  }

  asked() {
    const given = (this.getAttribute("region") || "").split(",").map(Number);
    const fine = given.length === 4 && given.every(Number.isFinite) && given[2] > given[0] && given[3] > given[1];
    const [whole] = super.asked();
    return [fine ? given : whole, parseFloat(this.getAttribute("zoom"))];
  }
}
