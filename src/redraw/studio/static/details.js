// The same detail of a picture, drawn by several fits and enlarged the ordinary way, side by side.

import { h, ask, part, choice } from "./util.js";

const POWER = 3; // 2^3 pixels drawn per pixel of the picture
const TILE = 256;
const SIDE = TILE / 2 ** POWER; // pixels of the picture that are seen
const WAYS = [["lanczos", "Lanczos"], ["bicubic", "Bicubic"], ["nearest", "Nearest"]];

export class Details {
  /** `titles` are what fits are called, `original` is the picture as an image element, on which a click chooses the detail. */
  constructor(names, titles, original) {
    Object.assign(this, { names, titles, original, how: "lanczos", place: null, found: null });
    this.list = h("ul", { className: "details" });
    this.element = h("section", { className: "enlarged", hidden: true, "aria-label": "The same detail, enlarged" },
      h("div", { className: "row" }, h("h2", {}, `The same detail, ${2 ** POWER} times enlarged`),
        choice("Original enlarged by", WAYS, "lanczos", (how) => { this.how = how; this.draw(); })),
      this.list,
      h("p", { className: "quiet" }, "Click on the original to choose another place."));
    original.addEventListener("click", (event) => {
      if (!this.found) return;
      const box = original.getBoundingClientRect();
      this.choose((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
    });
  }

  /** Once all have ended, and again when it goes on. */
  async update(ended) {
    if (!ended) this.found = null;
    this.element.hidden = !ended || !this.found;
    if (!ended || this.found || this.asking || !this.original.naturalWidth) return;
    this.asking = true;
    try {
      this.found = await Promise.all(this.names.map((name) => ask(`/api/fits/${part(name)}/snapshot`, {})));
      if (!this.place) this.choose(...busiest(this.original));
      else this.draw();
      this.element.hidden = false;
    } catch { /* one has no field to draw */ }
    this.asking = false;
  }

  /** The tile in which this point is, both from 0 to 1. */
  choose(x, y) {
    const { width, height } = this.found[0];
    const cell = (at, side) => Math.max(0, Math.min(Math.ceil(side / SIDE) - 1, Math.floor(at * side / SIDE)));
    this.place = [cell(x, width), cell(y, height)];
    this.draw();
  }

  draw() {
    if (!this.found || !this.place) return;
    const [x, y] = this.place;
    const tile = (name, step, how, { width, height }) => `/api/tiles/${part(name)}/${step}/${how}/${POWER}/${x}_${y}.png?w=${width}&h=${height}`;
    const one = (source, title) => h("li", {}, h("img", { src: source, alt: `The detail as drawn by ${title}`, width: TILE, height: TILE }), h("span", {}, title));
    this.list.replaceChildren(
      ...this.names.map((name, at) => one(tile(name, this.found[at].step, "field", this.found[at]), this.titles[at])),
      one(tile(this.names[0], this.found[0].step, this.how, this.found[0]), `original, ${WAYS.find(([how]) => how === this.how)[1]}`));
  }

  destroy() {
    this.found = null;
  }
}

/** Where a picture has most to see, from 0 to 1: the cell with the largest differences between neighbours. */
export function busiest(picture) {
  const cells = 12, fine = 8, side = cells * fine;
  const canvas = h("canvas", { width: side, height: side });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, side, side);
  context.drawImage(picture, 0, 0, side, side);
  const { data } = context.getImageData(0, 0, side, side);
  let most = -1, found = [0.5, 0.5];
  for (let row = 0; row < cells; row += 1) {
    for (let column = 0; column < cells; column += 1) {
      let sum = 0;
      for (let y = row * fine; y < (row + 1) * fine - 1; y += 1) {
        for (let x = column * fine; x < (column + 1) * fine - 1; x += 1) {
          const at = 4 * (y * side + x) + 1;
          sum += Math.abs(data[at] - data[at + 4]) + Math.abs(data[at] - data[at + 4 * side]);
        }
      }
      if (sum > most) {
        most = sum;
        found = [(column + 0.5) / cells, (row + 0.5) / cells];
      }
    }
  }
  return found;
}
