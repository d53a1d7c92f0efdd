// Zoom without end: tiles that the field itself draws at the screen's resolution, and behind a slider
// the same place enlarged the ordinary ways.

import { h, ask, part, put, choice, calm, tried } from "./util.js";

const DEEPEST = 10; // powers of two of pixels drawn per pixel of the picture
const TILE = 256;
const OVERLAP = 1; // pixels that neighbouring tiles share, so that no step is seen between them
const RENEWED = 2500; // milliseconds between snapshots of a fit that is learning
const WAYS = [["lanczos", "Lanczos"], ["bicubic", "Bicubic"], ["nearest", "Nearest"], ["", "Field alone"]];
const STEP = 2; // of a key that zooms
const PAN = 0.2; // of what is in sight, of a key that moves

// OpenSeadragon would add a style sheet of its own, which the page's policy forbids, unless it finds
// one with this mark; studio.css has its rule.
const STYLED = "data-openseadragon-mobile-css";
const stand = document.createElementNS("urn:redraw", "style");
stand.setAttribute(STYLED, "");
document.head.append(stand);

export class Zoom {
  /** `comparable`: whether there is an original to enlarge the ordinary ways. */
  constructor(name, comparable, moving) {
    Object.assign(this, { name, comparable, moving, how: comparable ? "lanczos" : "", step: null });
    this.glass = h("div", { className: "glass" });
    this.pane = h("div", { className: "pane", "aria-hidden": "true" });
    this.cut = h("div", { className: "cut", "aria-hidden": "true" });
    this.scale = h("output", { className: "scale" });
    this.share = h("input", { type: "range", min: 0, max: 100, step: 0.5, value: 50, "aria-label": "How much the field draws of what is seen", oninput: () => this.divide() });
    this.right = h("span", {});
    this.ends = h("div", { className: "ends quiet" }, h("span", {}, "◀ the field"), this.share, this.right);
    this.both = h("div", { className: "both" }, this.glass, this.pane, this.cut);
    this.element = h("div", { className: "zoom" },
      this.both,
      comparable ? this.ends : null,
      h("div", { className: "row" },
        comparable ? h("span", { className: "beside" }, h("span", { className: "quiet" }, "Against"), choice("The original enlarged by", WAYS, this.how, (how) => { this.how = how; this.compare(); })) : null,
        this.scale,
        h("span", { className: "buttons" },
          ...[["+", "Zoom in", STEP], ["−", "Zoom out", 1 / STEP]].map(([text, title, factor]) =>
            h("button", { type: "button", title, "aria-label": title, onclick: () => this.by(factor) }, text)),
          h("button", { type: "button", onclick: () => this.viewer && this.viewer.viewport.goHome(calm()) }, "All"))));
    // OpenSeadragon's own keys lose presses that come while it still moves.
    this.glass.addEventListener("keydown", (event) => this.key(event), true);
    this.cut.addEventListener("pointerdown", (event) => {
      this.cut.setPointerCapture(event.pointerId);
      this.cut.onpointermove = (move) => {
        const box = this.both.getBoundingClientRect();
        this.share.value = String(100 * Math.min(1, Math.max(0, (move.clientX - box.left) / box.width)));
        this.divide();
      };
      this.cut.onpointerup = () => { this.cut.onpointermove = null; };
    });
    this.pane.hidden = this.cut.hidden = true; // until there is something behind the slider
    this.divide();
  }

  async open() {
    const told = h("p", { className: "waiting", role: "status" }, "Making ready what the field draws …");
    this.glass.append(told);
    const found = await tried(() => ask(`/api/fits/${part(this.name)}/snapshot`, {}));
    told.remove();
    if (!found || this.closed) return;
    Object.assign(this, { step: found.step, width: found.width, height: found.height, alpha: found.alpha });
    this.viewer = this.look(this.glass, this.source("field"), { showNavigator: true, navigatorPosition: "TOP_LEFT", navigatorSizeRatio: 0.16, navigatorAutoFade: false });
    this.viewer.canvas.setAttribute("aria-label", `${this.name}, enlarged; arrows move, plus and minus zoom`);
    this.viewer.canvas.setAttribute("role", "application");
    this.viewer.addHandler("update-viewport", () => this.follow());
    this.timer = setInterval(() => this.renew(), RENEWED);
    this.compare();
  }

  look(element, tileSources, more) {
    return new OpenSeadragon.Viewer({
      element, drawer: "canvas", showNavigationControl: false, tileSources,
      animationTime: calm() ? 0 : 0.5, springStiffness: 9, visibilityRatio: 0.5, minZoomImageRatio: 0.8,
      maxZoomPixelRatio: 1, gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      imageSmoothingEnabled: true, immediateRender: false, blendTime: calm() ? 0 : 0.15, timeout: 60000,
      imageLoaderLimit: 4, subPixelRoundingForTransparency: 2, ...more,
    });
  }

  source(how) {
    const { name, step, width, height } = this;
    const below = Math.max(0, Math.ceil(Math.log2(Math.max(width, height) / TILE)));
    return {
      width: width * 2 ** DEEPEST, height: height * 2 ** DEEPEST, tileSize: TILE, tileOverlap: OVERLAP,
      minLevel: 0, maxLevel: DEEPEST + below,
      getTileUrl: (level, x, y) =>
        `/api/tiles/${part(name)}/${step}/${how}/${level - below}/${x}_${y}.png?w=${width}&h=${height}&o=${OVERLAP}`,
      // Tiles without are drawn where they belong to a fraction of a pixel; others are rounded to whole ones.
      hasTransparency: () => this.alpha,
    };
  }

  /** What lies behind the slider: the original enlarged, or nothing. */
  compare() {
    if (this.other) this.other.destroy();
    this.other = null;
    const on = Boolean(this.viewer && this.how);
    this.pane.hidden = this.cut.hidden = !on;
    this.ends.classList.toggle("off", !on);
    this.share.disabled = !on;
    if (!on) return;
    put(this.right, `the original, ${WAYS.find(([how]) => how === this.how)[1]} ▶`);
    this.other = this.look(this.pane, this.source(this.how), { mouseNavEnabled: false, tabIndex: -1, animationTime: 0, minZoomImageRatio: 0.1, visibilityRatio: 0 });
    this.other.addOnceHandler("open", () => this.follow());
    this.divide();
  }

  divide() {
    const share = `${this.share.value}%`;
    this.pane.style.clipPath = `inset(0 0 0 ${share})`;
    this.cut.style.left = share;
  }

  /** The other side shows the same place. */
  follow() {
    this.tellScale();
    if (!this.other || !this.other.world.getItemCount()) return;
    this.other.viewport.fitBounds(this.viewer.viewport.getBoundsNoRotate(true), true);
  }

  /** Put what is wanted now over what is there, at the same place; the old goes once it is covered. */
  show() {
    const { viewer } = this;
    if (!viewer) return;
    this.coming = true;
    const before = [...Array(viewer.world.getItemCount()).keys()].map((i) => viewer.world.getItemAt(i)).filter((item) => item !== this.past);
    viewer.addTiledImage({
      tileSource: this.source("field"),
      index: before.length,
      success: ({ item }) => {
        const swap = () => {
          this.coming = false;
          before.forEach((old) => viewer.world.getIndexOfItem(old) >= 0 && viewer.world.removeItem(old));
        };
        if (item.getFullyLoaded()) swap();
        else item.addOnceHandler("fully-loaded-change", swap);
      },
    });
  }

  /** Look at a saved picture of an earlier step at the same place; null goes back to the field. */
  hold(picture) {
    const { viewer } = this;
    if (!viewer) return;
    const old = this.past;
    this.past = null;
    this.holding = picture;
    const drop = () => old && viewer.world.getIndexOfItem(old) >= 0 && viewer.world.removeItem(old);
    if (!picture) {
      drop();
      return;
    }
    viewer.addSimpleImage({ url: picture.src, width: 1, success: ({ item }) => {
      drop();
      if (this.holding === picture) this.past = item;
      else viewer.world.removeItem(item);
    } });
  }

  async renew() {
    if (!this.moving() || document.hidden || this.renewing || this.coming || this.past) return;
    this.renewing = true;
    try {
      const found = await ask(`/api/fits/${part(this.name)}/snapshot`, {});
      if (!this.closed && found.step !== this.step) {
        this.step = found.step;
        this.show();
      }
    } catch { /* it has just ended; the next look finds out */ }
    this.renewing = false;
  }

  by(factor) {
    if (!this.viewer) return;
    this.viewer.viewport.zoomBy(factor);
    this.viewer.viewport.applyConstraints(calm());
  }

  key(event) {
    const { viewer } = this;
    if (!viewer || event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { ArrowLeft: [-PAN, 0], ArrowRight: [PAN, 0], ArrowUp: [0, -PAN], ArrowDown: [0, PAN] }[event.key];
    if (["+", "="].includes(event.key)) this.by(STEP);
    else if (["-", "_"].includes(event.key)) this.by(1 / STEP);
    else if (event.key === "0") viewer.viewport.goHome(calm());
    else if (moves) {
      const { width, height } = viewer.viewport.getBounds();
      viewer.viewport.panBy(new OpenSeadragon.Point(moves[0] * width, moves[1] * height));
      viewer.viewport.applyConstraints(calm());
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  tellScale() {
    const image = this.viewer.world.getItemAt(0);
    if (!image) return;
    const ratio = image.viewportToImageZoom(this.viewer.viewport.getZoom(true)) * 2 ** DEEPEST;
    put(this.scale, `${ratio < 10 ? ratio.toFixed(1) : Math.round(ratio)} ×`);
  }

  destroy() {
    this.closed = true;
    clearInterval(this.timer);
    if (this.other) this.other.destroy();
    if (this.viewer) this.viewer.destroy();
  }
}
