// Draws tiles of a field without WebGL2: a worker runs the program in plain JavaScript.

import { meaningOf, planOf } from "./plan.js";
import { newCanvas } from "./stage.js";

export class PlainPainter {
  constructor(field, helper) {
    this.field = field;
    this.helper = helper;
    this.kind = "plain JavaScript";
    this.canvas = newCanvas();
  }

  /** As of GlPainter. */
  async draw(view, tile, coarse, quick) {
    const plan = planOf(this.field, view, tile, coarse, quick);
    const pixels = await this.helper.ask("draw", plan);
    const { canvas } = this;
    [canvas.width, canvas.height] = [plan.width, plan.height];
    const { space } = meaningOf(this.field);
    canvas.getContext("2d", { colorSpace: space }).putImageData(new ImageData(pixels, plan.width, plan.height, { colorSpace: space }), 0, 0);
    return canvas;
  }

  get pace() {
    return 4096;
  }

  close() {}
}
