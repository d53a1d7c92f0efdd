// What is shown: a canvas that is painted tile by tile, coarse at once and finer as time allows.

import { ceil, floor, max, min, round, sqrt } from "./numbers.js";
import { meaningOf } from "./plan.js";

// Milliseconds that a tile may take; a page stays smooth below 50.
const TILE = 14;
const BLOCK = 256;
const LEAST = 48;

export const newCanvas = () => document.createElement("canvas");

export class Stage {
  /**
   * @param {HTMLCanvasElement} canvas that is shown
   * @param {function(string)} tell called with "complete" when full quality is there
   */
  constructor(canvas, tell) {
    this.canvas = canvas;
    this.tell = tell;
    this.turn = 0;
    this.pixels = false;
    this.still = null;
    [this.front, this.back, this.coarse, this.native, this.spare] = [0, 0, 0, 0, 0].map(newCanvas);
    this.shown = null;
  }

  /** Take another painter, or another field. */
  use(painter) {
    this.space = meaningOf(painter.field).space;
    this.painter = painter;
    this.side = sqrt(painter.pace);
    this.delay = Infinity;
    this.size = painter.field.about.size;
    this.own = null;
    painter.onrestored = () => this.paint(this.view);
  }

  /** What draws on a canvas: the same each time. */
  on(canvas) {
    return canvas.getContext("2d", { colorSpace: this.space });
  }

  /** Show the picture as `view` says; returns when it is there in full quality, or was overtaken. */
  async paint(view) {
    const turn = ++this.turn;
    this.view = view;
    this.fresh = null;
    this.show();
    if (this.still) return;
    const { painter } = this;
    const { width, height } = this.canvas;
    const whole = this.covered();
    const overtaken = () => turn !== this.turn;
    // Draw part of a drawing on a canvas, tile by tile; whether it is all there.
    const tiled = async (canvas, seen, part, finer = 1) => {
      const context = this.on(canvas);
      for (const tile of this.tiles(part, finer)) {
        const began = performance.now();
        const drawn = await painter.draw(seen, tile, 1, false);
        if (overtaken() || !drawn) return false;
        context.drawImage(drawn, 0, 0, tile.width, tile.height, tile.x, tile.y, tile.width, tile.height);
        // With the screen's next frame what there is will be shown.
        this.asked ||= requestAnimationFrame(() => {
          this.asked = 0;
          this.show();
        });
        this.adapt(performance.now() - began, tile);
      }
      return true;
    };
    try {
      const factor = max(1, ceil(sqrt((whole.width * whole.height) / this.side ** 2)));
      const rough = factor > 1 && (await painter.draw(view, whole, factor, true));
      if (overtaken()) return;
      if (rough) {
        this.on(sized(this.coarse, ceil(whole.width / factor), ceil(whole.height / factor))).drawImage(rough, 0, 0);
        this.fresh = { left: view.left + whole.x / view.scale, top: view.top + whole.y / view.scale, scale: view.scale / factor };
        this.show();
      }
      this.ready = view;
      if (!(await tiled(sized(this.back, width, height), view, whole))) return;
      [this.front, this.back] = [this.back, this.front];
      this.shown = view;
      this.fresh = this.ready = null;
      if (this.pixels && view.scale > 1) {
        // The picture's own pixels, to be enlarged: each is a mean of more points than those on the screen.
        const own = { left: max(0, floor(view.left)), top: max(0, floor(view.top)), scale: 1 };
        const [right, bottom] = [view.left + width / view.scale, view.top + height / view.scale];
        const part = { x: 0, y: 0, width: min(this.size[0], ceil(right)) - own.left, height: min(this.size[1], ceil(bottom)) - own.top };
        if (!(await tiled(sized(this.spare, part.width, part.height), own, part, 2))) return;
        [this.native, this.spare] = [this.spare, this.native];
        this.own = own;
      }
      this.show();
      this.tell("complete");
    } catch (error) {
      if (!overtaken()) this.tell("error", error);
    }
  }

  /** The part of the canvas where the picture is. */
  covered() {
    const { canvas, view, size } = this;
    const [left, top] = [view.left, view.top].map((start) => max(0, floor(-start * view.scale)));
    const right = min(canvas.width, ceil((size[0] - view.left) * view.scale));
    const bottom = min(canvas.height, ceil((size[1] - view.top) * view.scale));
    return { x: left, y: top, width: max(1, right - left), height: max(1, bottom - top) };
  }

  /** Tiles of a part, those in the middle of the canvas first; their size follows their cost. */
  *tiles({ x: left, y: top, width: wide, height: high }, finer) {
    const { width, height } = this.canvas;
    const list = [];
    for (let y = 0; y < high; y += BLOCK)
      for (let x = 0; x < wide; x += BLOCK) list.push({ x: left + x, y: top + y, width: min(BLOCK, wide - x), height: min(BLOCK, high - y) });
    const far = (tile) => Math.hypot(tile.x + tile.width / 2 - width / 2, tile.y + tile.height / 2 - height / 2);
    for (const block of list.sort((a, b) => far(a) - far(b))) {
      for (let y = 0, tall; y < block.height; y += tall) {
        const side = round(this.side / finer);
        tall = min(side, block.height - y);
        for (let x = 0; x < block.width; x += side) yield { x: block.x + x, y: block.y + y, width: min(side, block.width - x), height: tall };
      }
    }
  }

  adapt(took, tile) {
    // Asking and being answered takes its time whatever the tile: it doesn't count.
    this.delay = min(this.delay, took);
    const share = (tile.width * tile.height) / this.side ** 2;
    const cost = (took - this.delay) / share;
    if (share > 0.5) this.side *= min(1.5, max(0.5, sqrt(TILE / max(cost, 1))));
    this.side = max(LEAST, min(BLOCK, this.side));
  }

  /** Put together what there is: coarse, then what was shown before, then finished tiles. */
  show() {
    const { view, canvas } = this;
    const screen = this.on(canvas);
    screen.clearRect(0, 0, canvas.width, canvas.height);
    const [columns, rows] = this.size;
    screen.save();
    screen.beginPath();
    screen.rect(-view.left * view.scale, -view.top * view.scale, columns * view.scale, rows * view.scale);
    screen.clip();
    if (this.still) this.place(this.still, { left: 0, top: 0, scale: this.still.width / columns }, true);
    else {
      const layers = [[this.coarse, this.fresh], [this.front, this.shown]];
      // What is coarse lies above what was shown before, unless that is as fine as what comes.
      if (!this.shown || view.scale > 1.01 * this.shown.scale) layers.reverse();
      for (const [layer, from] of layers) if (from) this.place(layer, from, true);
      if (this.ready === view) this.place(this.back, view, false);
      if (this.pixels && this.own && view.scale > 1) this.beside(screen);
    }
    screen.restore();
  }

  /** Draw a canvas that shows `from` where it is in the present view. */
  place(image, from, smooth) {
    const { view } = this;
    const screen = this.on(this.canvas);
    const factor = view.scale / from.scale;
    screen.imageSmoothingEnabled = smooth && factor !== 1;
    screen.imageSmoothingQuality = "high";
    screen.drawImage(image, (from.left - view.left) * view.scale, (from.top - view.top) * view.scale, image.width * factor, image.height * factor);
  }

  /** The enlarged pixels in the right half. */
  beside(screen) {
    const { canvas } = this;
    const middle = round(canvas.width / 2);
    screen.save();
    screen.beginPath();
    screen.rect(middle, 0, canvas.width, canvas.height);
    screen.clip();
    screen.clearRect(middle, 0, canvas.width, canvas.height);
    this.place(this.native, this.own, false);
    screen.restore();
    screen.fillStyle = "#e33";
    screen.fillRect(middle - 1, 0, 2, canvas.height);
  }
}

/** An empty canvas of this size. */
const sized = (canvas, width, height) => Object.assign(canvas, { width, height });
