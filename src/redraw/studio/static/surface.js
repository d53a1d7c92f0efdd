// A canvas on which the frames of one fit come together.

import { h } from "./util.js";

/**
 * Frames are whole pictures ("key"), small ones to be enlarged ("whole"), or every k-th pixel ("part").
 * A small one is shown as a small canvas that the browser stretches: enlarging it here would take ten
 * times as long.
 */
export class Surface {
  constructor(label) {
    this.canvas = h("canvas", { width: 1, height: 1, className: "picture" });
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", label);
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.newest = null; // pixels, as they were told last
    this.frames = 0;
    this.step = 0;
    this.held = null; // an older picture that is being looked at
    this.onframe = () => {};
    this.onhold = () => {};
  }

  /** Take a frame. */
  apply(header, pixels) {
    const [rows, columns, channels] = header.shape;
    this.frames += 1;
    this.step = header.step;
    shape(this.canvas, header.width, header.height);
    if (header.kind === "part") {
      if (!this.newest || this.newest.width !== header.width || this.newest.height !== header.height) {
        this.newest = enlarged(this.newest, header.width, header.height);
      }
      spread(pixels, channels, this.newest.data, columns, rows, header.width, header.x, header.y, header.k);
    } else {
      if (!this.newest || this.newest.width !== columns || this.newest.height !== rows) {
        this.newest = new ImageData(columns, rows);
      }
      spread(pixels, channels, this.newest.data, columns, rows, columns, 0, 0, 1);
    }
    if (!this.held) this.show();
    this.onframe();
  }

  /** Take a picture in the place of frames, where none are drawn any more. */
  adopt(picture) {
    const [width, height] = [picture.naturalWidth, picture.naturalHeight];
    const context = sheet(width, height);
    context.drawImage(picture, 0, 0);
    this.newest = context.getImageData(0, 0, width, height);
    shape(this.canvas, width, height);
    if (!this.held) this.show();
    this.onframe();
  }

  /** Show noise, as long as there is nothing else. */
  begin(side) {
    this.newest = new ImageData(side, side);
    for (let at = 0; at < 4 * side * side; at += 4) this.newest.data.fill(255 * Math.random(), at, at + 3).fill(255, at + 3, at + 4);
    this.show();
  }

  /** Look at a saved frame instead; null goes back to the newest. */
  hold(picture) {
    this.held = picture;
    this.onhold(picture);
    this.show();
    this.onframe();
  }

  show() {
    const [width, height] = this.held ? [this.held.naturalWidth, this.held.naturalHeight]
      : this.newest ? [this.newest.width, this.newest.height] : [1, 1];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    } else if (this.held) this.context.clearRect(0, 0, width, height);
    if (this.held) this.context.drawImage(this.held, 0, 0);
    else if (this.newest) this.context.putImageData(this.newest, 0, 0);
  }
}

/** Let an element have the shape of a picture, however many pixels it has itself. */
export function shape(element, width, height) {
  const aspect = String(width / height);
  if (element.dataset.aspect === aspect) return;
  element.dataset.aspect = aspect;
  element.style.setProperty("--aspect", aspect);
}

/** The context of a canvas that is never shown. */
function sheet(width, height) {
  const canvas = h("canvas", { width, height });
  return canvas.getContext("2d", { willReadFrequently: true });
}

/** Pixels stretched to a size; white if there are none yet. */
function enlarged(pixels, width, height) {
  const context = sheet(width, height);
  if (pixels) {
    const small = sheet(pixels.width, pixels.height);
    small.putImageData(pixels, 0, 0);
    context.drawImage(small.canvas, 0, 0, width, height);
  } else {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
  }
  return context.getImageData(0, 0, width, height);
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
  canvas.width = width;
  canvas.height = height;
  shape(canvas, width, height);
  const context = sheet(width, height);
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
