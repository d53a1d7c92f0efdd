// What can be kept of a fit: files to download, and the command that does the same.

import { h, ask, part, put, say, tried, clock } from "./util.js";
import { listen, store } from "./live.js";

/** The panel for saving; `fit` gives the fit as it is, or null for a field without one. */
export function savePanel(name, fit, field = null) {
  const at = (what) => `/api/fits/${part(name)}/save/${what}`;
  const width = h("input", { type: "number", min: 1, max: 16384, "aria-label": "Width in pixels" });
  const height = h("input", { type: "number", min: 1, max: 16384, "aria-label": "Height in pixels" });
  const kind = h("select", { "aria-label": "Format" }, ["png", "jpg", "webp"].map((each) => h("option", {}, each)));
  const moving = h("select", { "aria-label": "Format of the time-lapse" },
    [["gif", "GIF"], ["webp", "WebP"], ["mp4", "MP4"], ["png", "one sheet, PNG"]].map(([value, text]) => h("option", { value }, text)));
  const others = h("select", { "aria-label": "Format for others" },
    [["svg", "paths, SVG"], ["pdf", "paths, PDF"], ["glsl", "shader, GLSL"], ["wgsl", "shader, WGSL"], ["c", "C header"], ["py", "Python, NumPy"], ["onnx", "ONNX"], ["dzi", "tiles, deep zoom"]].map(([value, text]) => h("option", { value }, text)));
  const shape = () => field || fit();
  let touched = false;
  width.oninput = () => { touched = true; height.value = Math.max(1, Math.round(width.value * shape().height / shape().width)); };
  height.oninput = () => { touched = true; width.value = Math.max(1, Math.round(height.value * shape().width / shape().height)); };
  const button = (text, what) => h("button", { type: "button", onclick: () => download(at(what()), text) }, text);
  const drawing = h("form", { className: "line", onsubmit: (event) => {
    event.preventDefault();
    if (width.checkValidity() && height.checkValidity()) download(`${at(`drawing.${kind.value}`)}?width=${width.value}&height=${height.value}`, `Drawing ${width.value} × ${height.value}`);
  } }, h("button", {}, "Drawing"), h("span", { className: "by" }, width, "×", height), kind);
  const element = h("details", { className: "save" }, h("summary", {}, "Save"),
    h("div", { className: "keeping" },
      h("div", { className: "line" }, button("Field file", () => "field.redraw")),
      shape().raster ? drawing : null,
      h("div", { className: "line" }, button("Web page", () => "export.html"), field ? null : button("Animated", () => "animation.html")),
      h("div", { className: "line" }, button("Export", () => `export.${others.value}`), others),
      field ? null : h("div", { className: "line" }, button("Time-lapse", () => `timelapse.${moving.value}`), moving),
      field ? null : h("div", { className: "line" }, button("Run folder", () => "run.zip"),
        h("button", { type: "button", className: "wide", onclick: () => tried(() => copy(name)) }, "Copy as command"))),
    h("p", { className: "command", hidden: true, tabIndex: 0 }),
    h("div", { className: "caveats quiet" }));
  return {
    element,
    update() {
      const { width: w, height: h } = shape();
      if (!touched && w) [width.value, height.value] = [w * 4, h * 4];
    },
  };

  async function copy() {
    const found = await ask(`/api/fits/${part(name)}/command`);
    const place = element.querySelector(".command");
    place.hidden = false;
    put(place, found.command);
    element.querySelector(".caveats").replaceChildren(...found.notes.map((note) => h("p", {}, note)));
    try {
      await navigator.clipboard.writeText(found.command);
      say(["Copied.", ...found.notes]);
    } catch {
      getSelection().selectAllChildren(place);
      say(["Select and copy it.", ...found.notes]);
    }
  }
}

/** A button that saves the result as one page, which anybody opens: to look at and to zoom into. */
export function shareButton(name) {
  return h("button", { type: "button", title: "A web page that is the picture: whoever opens it zooms into it, without redraw and offline",
    onclick: () => download(`/api/fits/${part(name)}/save/export.html`, "Web page") }, "Share as one page");
}

/** Let the browser save what an address gives: with how far it is, and a way to give it up. */
async function download(address, title) {
  const job = Math.random().toString(36).slice(2), giving = new AbortController();
  const bar = h("progress", { max: 1, "aria-label": `${title}: how far it is` });
  const begun = performance.now(), what = h("span", {}, `${title} …`);
  const told = h("p", { className: "job" }, what, bar,
    h("button", { type: "button", onclick: () => giving.abort() }, "Cancel"));
  document.getElementById("jobs").append(told);
  const counting = setInterval(() => put(what, `${title}: ${clock((performance.now() - begun) / 1000)} …`), 1000);
  const stop = listen(() => { if (store.jobs[job] > 0) bar.value = store.jobs[job]; });
  try {
    const response = await fetch(`${address}${address.includes("?") ? "&" : "?"}job=${job}`, { signal: giving.signal });
    if (!response.ok) throw new Error((await response.json().catch(() => ({}))).error || `The studio answered ${response.status}.`);
    const name = /filename="?([^";]+)/.exec(response.headers.get("content-disposition") || "");
    const coded = /filename\*=utf-8''([^;]+)/i.exec(response.headers.get("content-disposition") || "");
    const url = URL.createObjectURL(await response.blob());
    const link = h("a", { href: url, download: coded ? decodeURIComponent(coded[1]) : name ? name[1] : "redraw" });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
    say(["Saved.", ...JSON.parse(decodeURIComponent(response.headers.get("x-redraw-notes") || "%5B%5D"))]);
  } catch (error) {
    if (giving.signal.aborted) say("Given up.");
    else say(error.message, { problem: true });
  }
  clearInterval(counting);
  stop();
  told.remove();
}
