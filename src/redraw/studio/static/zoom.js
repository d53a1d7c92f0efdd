// Zoom without end: tiles that the field itself draws at the screen's resolution.

import { h, ask, part, choice, calm, tried } from "./util.js";

const DEEPEST = 10; // powers of two of pixels drawn per pixel of the picture
const TILE = 256;
const OVERLAP = 1; // pixels that neighbouring tiles share, so that no step is seen between them
const RENEWED = 2500; // milliseconds between snapshots of a fit that is learning
const WAYS = [["field", "Field"], ["bicubic", "Bicubic"], ["nearest", "Nearest"]];

// OpenSeadragon would add a style sheet of its own, which the page's policy forbids, unless it finds
// one with this mark; studio.css has its rule.
const STYLED = "data-openseadragon-mobile-css";
const stand = document.createElementNS("urn:redraw", "style");
stand.setAttribute(STYLED, "");
document.head.append(stand);

export class Zoom {
  /** `comparable`: whether there is an original to enlarge the ordinary ways. */
  constructor(name, comparable, moving) {
    Object.assign(this, { name, moving, how: "field", step: null });
    this.glass = h("div", { className: "glass" });
    this.scale = h("output", { className: "scale" });
    const ways = comparable ? WAYS : WAYS.slice(0, 1);
    this.element = h("div", { className: "zoom" },
      this.glass,
      h("div", { className: "row" },
        comparable ? choice("Enlarged by", ways, "field", (how) => { this.how = how; this.show(); }) : null,
        this.scale,
        h("span", { className: "buttons" },
          ...[["+", "Zoom in", 2], ["−", "Zoom out", 0.5]].map(([text, title, factor]) =>
            h("button", { type: "button", title, "aria-label": title, onclick: () => this.by(factor) }, text)),
          h("button", { type: "button", onclick: () => this.viewer && this.viewer.viewport.goHome(calm()) }, "All"))));
  }

  async open() {
    const found = await tried(() => ask(`/api/fits/${part(this.name)}/snapshot`, {}));
    if (!found || this.closed) return;
    Object.assign(this, { step: found.step, width: found.width, height: found.height, alpha: found.alpha });
    this.viewer = new OpenSeadragon.Viewer({
      element: this.glass, drawer: "canvas", showNavigationControl: false, tileSources: this.source(),
      animationTime: calm() ? 0 : 0.7, springStiffness: 9, visibilityRatio: 0.5, minZoomImageRatio: 0.8,
      maxZoomPixelRatio: 1, gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      imageSmoothingEnabled: true, immediateRender: false, blendTime: calm() ? 0 : 0.15, timeout: 60000,
      imageLoaderLimit: 4, subPixelRoundingForTransparency: 2,
    });
    this.viewer.canvas.setAttribute("aria-label", `${this.name}, enlarged; arrows move, plus and minus zoom`);
    this.viewer.canvas.setAttribute("role", "application");
    this.viewer.addHandler("update-viewport", () => this.tellScale());
    this.timer = setInterval(() => this.renew(), RENEWED);
  }

  source() {
    const { name, step, how, width, height } = this;
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

  /** Put what is wanted now over what is there, at the same place; the old goes once it is covered. */
  show() {
    const { viewer } = this;
    if (!viewer) return;
    this.coming = true;
    const before = [...Array(viewer.world.getItemCount()).keys()].map((i) => viewer.world.getItemAt(i));
    viewer.addTiledImage({
      tileSource: this.source(),
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

  async renew() {
    if (!this.moving() || this.how !== "field" || document.hidden || this.renewing || this.coming) return;
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

  tellScale() {
    const image = this.viewer.world.getItemAt(0);
    if (!image) return;
    const ratio = image.viewportToImageZoom(this.viewer.viewport.getZoom(true)) * 2 ** DEEPEST;
    this.scale.value = `${ratio < 10 ? ratio.toFixed(1) : Math.round(ratio)} ×`;
  }

  destroy() {
    this.closed = true;
    clearInterval(this.timer);
    if (this.viewer) this.viewer.destroy();
  }
}
