// A canvas on which the frames of one fit come together.

import { h } from "./util.js";

/** Frames are whole pictures ("key"), small ones to be enlarged ("whole"), or every k-th pixel ("part"). */
export class Surface {
  constructor(label) {
    this.canvas = h("canvas", { width: 1, height: 1 });
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", label);
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.small = document.createElement("canvas");
    this.image = null; // the pixels, while they are up to date
    this.frames = 0;
    this.step = 0;
    this.held = false; // an older frame is being looked at
    this.onframe = () => {};
  }

  apply(header, pixels) {
    if (this.canvas.width !== header.width || this.canvas.height !== header.height) {
      this.canvas.width = header.width;
      this.canvas.height = header.height;
      this.image = null;
    }
    this.frames += 1;
    this.step = header.step;
    const [rows, columns, channels] = header.shape;
    if (header.kind === "whole" && header.k > 1) {
      this.small.width = columns;
      this.small.height = rows;
      const small = new ImageData(columns, rows);
      spread(pixels, channels, small.data, columns, rows, columns, 0, 0, 1);
      this.small.getContext("2d").putImageData(small, 0, 0);
      this.later = () => {
        this.context.imageSmoothingEnabled = true;
        this.context.imageSmoothingQuality = "medium";
        this.context.clearRect(0, 0, header.width, header.height);
        this.context.drawImage(this.small, 0, 0, header.width, header.height);
      };
      this.image = null;
    } else {
      if (!this.image) {
        if (this.held && this.later) this.later();
        this.image = this.context.getImageData(0, 0, header.width, header.height);
      }
      const [k, x, y] = header.kind === "part" ? [header.k, header.x, header.y] : [1, 0, 0];
      spread(pixels, channels, this.image.data, columns, rows, header.width, x, y, k);
      this.later = () => this.context.putImageData(this.image, 0, 0);
    }
    if (!this.held) this.later();
    this.onframe(header);
  }

  /** Look at a saved frame instead; null goes back to the newest. */
  hold(picture) {
    if (!picture) {
      this.held = false;
      if (this.later) this.later();
    } else {
      if (this.image === null && this.later) {
        this.later();
        this.image = this.context.getImageData(0, 0, this.canvas.width, this.canvas.height);
        this.later = () => this.context.putImageData(this.image, 0, 0);
      }
      this.held = true;
      if (!this.later) {
        this.canvas.width = picture.naturalWidth;
        this.canvas.height = picture.naturalHeight;
      }
      this.context.imageSmoothingEnabled = true;
      this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
      this.context.drawImage(picture, 0, 0, this.canvas.width, this.canvas.height);
    }
    this.onframe();
  }
}

/** Put pixels of 1 (grey), 2 (grey, alpha), 3 or 4 channels into RGBA, k apart. */
function spread(pixels, channels, target, columns, rows, width, x0, y0, k) {
  let from = 0;
  for (let row = 0; row < rows; row += 1) {
    let to = 4 * ((y0 + row * k) * width + x0);
    for (let column = 0; column < columns; column += 1, to += 4 * k, from += channels) {
      const colour = channels > 2;
      target[to] = pixels[from];
      target[to + 1] = pixels[colour ? from + 1 : from];
      target[to + 2] = pixels[colour ? from + 2 : from];
      target[to + 3] = channels % 2 ? 255 : pixels[from + channels - 1];
    }
  }
}

/** Absolute differences of two pictures, times `gain`, onto `canvas`. */
export function difference(canvas, drawn, original, gain) {
  const [width, height] = [original.naturalWidth, original.naturalHeight];
  if (!width) return;
  const scratch = document.createElement("canvas");
  scratch.width = canvas.width = width;
  scratch.height = canvas.height = height;
  const context = scratch.getContext("2d", { willReadFrequently: true });
  const read = (source) => {
    context.fillStyle = "#fff"; // transparent parts are seen on white paper
    context.fillRect(0, 0, width, height);
    context.imageSmoothingQuality = "high";
    context.drawImage(source, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  };
  const a = read(drawn), b = read(original).data;
  for (let i = 0; i < b.length; i += 4) {
    for (let c = 0; c < 3; c += 1) a.data[i + c] = gain * Math.abs(a.data[i + c] - b[i + c]);
  }
  canvas.getContext("2d").putImageData(a, 0, 0);
}
