// The view of a field file that has no run: to zoom into, and to draw.

import { h, ask, part, tried, count, bytes } from "./util.js";
import { Zoom } from "./zoom.js";
import { savePanel, shareButton } from "./save.js";
import { Layers } from "./layers.js";

/** Put it onto `place`; returns how to take it away. */
export async function showField(name, place) {
  const found = await tried(() => ask(`/api/fields/${part(name)}`));
  if (!found) {
    location.hash = "#/";
    return () => {};
  }
  const zoom = found.raster ? new Zoom(name, false, () => false) : null;
  const shown = zoom ? zoom.element : h("p", { className: "quiet" }, `The field of a ${found.signal}: there is no picture of it to zoom into.`);
  const saving = savePanel(name, () => null, found);
  const rows = Object.entries({
    parameters: count(found.parameters), size: bytes(found.bytes), [found.signal]: found.raster ? `${found.width} × ${found.height}` : `${count(found.pixels)} ${found.positions}`,
    preset: found.made.model, source: found.made.source, steps: found.made.steps && count(found.made.steps),
    quality: typeof found.made.psnr === "number" && `${found.made.psnr.toFixed(2)} dB`,
  }).filter(([, value]) => value);
  place.replaceChildren(h("div", { className: "fit" },
    h("div", { className: "left" }, h("section", { className: "stage", "aria-label": "Picture" }, shown), new Layers(name).element),
    h("aside", { className: "panel", "aria-label": "The field" }, h("h1", {}, `${name}.redraw`),
      h("dl", { className: "facts" }, rows.flatMap(([key, value]) => [h("dt", {}, key), h("dd", {}, value)])),
      h("div", { className: "controls" }, found.raster || found.rows ? shareButton(name) : null),
      saving.element)));
  saving.element.open = true;
  saving.update();
  if (zoom) zoom.open();
  return () => zoom && zoom.destroy();
}
