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
    this.side = 64;
    this.pixels = false;
    this.still = null;
    [this.front, this.back, this.coarse, this.native] = [0, 0, 0, 0].map(newCanvas);
    this.shown = null;
  }

  /** Take another painter, or another field. */
  use(painter) {
    const space = meaningOf(painter.field).space;
    const context = (canvas) => canvas.getContext("2d", { colorSpace: space });
    if (!this.painter) [this.screen, this.onFront, this.onBack, this.onCoarse, this.onNative] = [this.canvas, this.front, this.back, this.coarse, this.native].map(context);
    this.painter = painter;
    this.side = sqrt(painter.pace);
    this.delay = Infinity;
    this.size = painter.field.about.size;
    this.native.view = null;
    painter.onrestored = () => this.paint(this.view);
  }

  /** Show the picture as `view` says; returns when it is there in full quality, or was overtaken. */
  async paint(view) {
    const turn = ++this.turn;
    this.view = view;
    if (!this.painter || !this.canvas.width || !this.canvas.height) return;
    this.fresh = null;
    this.show();
    if (this.still) return;
    const { width, height } = this.canvas;
    const whole = this.covered();
    const overtaken = () => turn !== this.turn;
    try {
      const factor = max(1, ceil(sqrt((whole.width * whole.height) / this.side ** 2)));
      const rough = factor > 1 ? await this.painter.draw(view, whole, factor, true) : null;
      if (overtaken()) return;
      if (rough) {
        fill(this.coarse, this.onCoarse, ceil(whole.width / factor), ceil(whole.height / factor), rough);
        const from = { left: view.left + whole.x / view.scale, top: view.top + whole.y / view.scale, scale: view.scale / factor };
        this.fresh = { view: from, canvas: this.coarse };
        this.show();
      }
      [this.back.width, this.back.height] = [width, height];
      for (const tile of this.tiles()) {
        const began = performance.now();
        const drawn = await this.painter.draw(view, tile, 1, false);
        if (overtaken() || !drawn) return;
        this.onBack.drawImage(drawn, 0, 0, tile.width, tile.height, tile.x, tile.y, tile.width, tile.height);
        this.ready = { view, canvas: this.back };
        this.soon();
        this.adapt(performance.now() - began, tile);
      }
      fill(this.front, this.onFront, width, height, this.back);
      this.shown = { view, canvas: this.front };
      this.fresh = this.ready = null;
      if (this.pixels) await this.enlarge(view, overtaken);
      if (overtaken()) return;
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

  /** Tiles of that part, those in the middle of the canvas first; their size follows their cost. */
  *tiles() {
    const { width, height } = this.canvas;
    const { x: left, y: top, width: wide, height: high } = this.covered();
    const list = [];
    for (let y = 0; y < high; y += BLOCK)
      for (let x = 0; x < wide; x += BLOCK) list.push({ x: left + x, y: top + y, width: min(BLOCK, wide - x), height: min(BLOCK, high - y) });
    const far = (tile) => Math.hypot(tile.x + tile.width / 2 - width / 2, tile.y + tile.height / 2 - height / 2);
    for (const block of list.sort((a, b) => far(a) - far(b))) {
      for (let y = 0, tall; y < block.height; y += tall) {
        const side = round(this.side);
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

  /** The field's own pixels at the size it was fitted, to be enlarged. */
  async enlarge(view, overtaken) {
    const { canvas } = this;
    const [columns, rows] = this.size;
    const x = max(0, floor(view.left));
    const y = max(0, floor(view.top));
    const width = min(columns, ceil(view.left + canvas.width / view.scale)) - x;
    const height = min(rows, ceil(view.top + canvas.height / view.scale)) - y;
    if (width <= 0 || height <= 0 || view.scale <= 1) return void (this.native.view = null);
    const own = { left: x, top: y, scale: 1 };
    const sheet = newCanvas();
    [sheet.width, sheet.height] = [width, height];
    const on = sheet.getContext("2d", { colorSpace: meaningOf(this.painter.field).space });
    const side = max(8, round(this.side / 2));
    for (let ty = 0; ty < height; ty += side) {
      for (let tx = 0; tx < width; tx += side) {
        const tile = { x: tx, y: ty, width: min(side, width - tx), height: min(side, height - ty) };
        const drawn = await this.painter.draw(own, tile, 1, false);
        if (overtaken() || !drawn) return;
        on.drawImage(drawn, 0, 0, tile.width, tile.height, tx, ty, tile.width, tile.height);
      }
    }
    fill(this.native, this.onNative, width, height, sheet);
    this.native.view = own;
  }

  /** Show what there is with the screen's next frame. */
  soon() {
    this.asked ||= requestAnimationFrame(() => {
      this.asked = 0;
      this.show();
    });
  }

  /** Put together what there is: coarse, then what was shown before, then finished tiles. */
  show() {
    const { screen, view, canvas } = this;
    if (!screen || !view) return;
    screen.clearRect(0, 0, canvas.width, canvas.height);
    const [columns, rows] = this.size;
    screen.save();
    screen.beginPath();
    screen.rect(-view.left * view.scale, -view.top * view.scale, columns * view.scale, rows * view.scale);
    screen.clip();
    if (this.still) this.place(this.still, { left: 0, top: 0, scale: this.still.width / columns }, true);
    else {
      const old = this.shown;
      const alike = old && view.scale / old.view.scale <= 1.01;
      const layers = alike ? [this.fresh, old] : [old, this.fresh];
      for (const layer of layers) if (layer) this.place(layer.canvas, layer.view, true);
      if (this.ready && this.ready.view === view) this.place(this.back, view, false);
      if (this.pixels && this.native.view) this.beside();
    }
    screen.restore();
  }

  /** Draw a canvas that shows `from` where it is in the present view. */
  place(image, from, smooth) {
    const { screen, view } = this;
    const factor = view.scale / from.scale;
    screen.imageSmoothingEnabled = smooth && factor !== 1;
    screen.imageSmoothingQuality = "high";
    screen.drawImage(image, (from.left - view.left) * view.scale, (from.top - view.top) * view.scale, image.width * factor, image.height * factor);
  }

  /** The enlarged pixels in the right half. */
  beside() {
    const { screen, canvas } = this;
    const middle = round(canvas.width / 2);
    screen.save();
    screen.beginPath();
    screen.rect(middle, 0, canvas.width, canvas.height);
    screen.clip();
    screen.clearRect(middle, 0, canvas.width, canvas.height);
    this.place(this.native, this.native.view, false);
    screen.restore();
    screen.fillStyle = "#e33";
    screen.fillRect(middle - 1, 0, 2, canvas.height);
  }
}

function fill(canvas, context, width, height, image) {
  [canvas.width, canvas.height] = [width, height];
  context.drawImage(image, 0, 0, width, height, 0, 0, width, height);
}
