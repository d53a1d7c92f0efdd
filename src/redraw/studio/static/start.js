// The first page: drop a picture, or go on with something.

import { h, ask, answered, part, say, tried, count, bytes, STATES } from "./util.js";
import { store } from "./live.js";

const BUNDLED = ["cub", "cub-two-tone"];

/** The first page: drop a picture, or go on with something. */
export function showStart(place, known) {
  const file = h("input", { type: "file", id: "file", accept: "image/*,.exr,.hdr,.csv,.tif,.tiff,.avif", className: "hidden", onchange: () => file.files[0] && upload(file.files[0]) });
  const drop = h("label", { className: "drop", htmlFor: "file" },
    h("strong", {}, "Drop a picture"), h("span", {}, "or choose one. A small network will learn it before your eyes."));
  const bundled = h("p", { className: "bundled" }, "Or try ",
    BUNDLED.map((name, at) => [at ? " or " : "", h("a", { href: `#/new/${part(name)}` }, name)]));
  const functions = h("p", { className: "bundled" });
  known.then((found) => functions.replaceChildren("or a function: ", ...found.functions.map(({ name, about }, at) =>
    [at ? ", " : "", h("a", { href: `#/function/${part(name)}`, title: about }, name)]).flat()));
  const shelf = h("div", { className: "shelf" });
  place.replaceChildren(h("div", { className: "start" }, h("h1", { className: "hidden" }, "Begin"), file, drop, h("div", {}, bundled, functions), shelf));
  fill(shelf);
  return () => {};
}

/** Dropping works everywhere on the page. */
export function acceptDrops() {
  let depth = 0;
  const over = (change) => {
    depth += change;
    document.body.classList.toggle("dropping", depth > 0);
  };
  const carries = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  addEventListener("dragenter", (event) => carries(event) && over(1));
  addEventListener("dragleave", (event) => carries(event) && over(-1));
  addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    depth = 0;
    over(0);
    if (event.dataTransfer.files[0]) upload(event.dataTransfer.files[0]);
  });
}

async function upload(file) {
  if (file.size > 64 * 2 ** 20) {
    say("That file is too large; at most 64 MiB are taken.", true);
    return;
  }
  say(`Taking ${file.name} …`);
  const found = await tried(async () => answered(await fetch(`/api/pictures?name=${part(file.name)}`, { method: "POST", body: file })));
  if (found) {
    say(`${found.name}: ${found.width} × ${found.height}, ${found.what}`);
    location.hash = `#/new/${part(found.name)}`;
  }
}

async function fill(shelf) {
  const found = await tried(() => ask("/api/folder"));
  if (!found) return;
  const open = found.runs.filter((run) => run.state === "stopped");
  const fields = found.fields.filter((field) => !found.runs.some((run) => run.name === field.name));
  const card = (href, source, title, text, pixels) => h("li", {}, h("a", { href },
    h("span", { className: "mat" }, source ? h("img", { src: source, alt: "", loading: "lazy", className: pixels ? "pixels" : "" }) : h("span", { className: "blank" }, "field")),
    h("strong", {}, title), h("span", { className: "quiet" }, text)));
  const group = (title, cards) => cards.length ? h("section", {}, h("h2", {}, title), h("ul", { className: "cards" }, cards)) : null;
  const runCard = (run) => card(`#/fit/${part(run.name)}`,
    (run.frames || []).length ? `/api/fits/${part(run.name)}/frames/${run.frames.at(-1)}.png` : "",
    run.name, `${run.model || ""} · ${STATES[run.state] || run.state}${run.state === "stopped" ? ` at step ${count(run.step)}` : ""}${run.score ? ` · ${run.score.told}` : typeof run.psnr === "number" ? ` · ${run.psnr.toFixed(1)} dB` : ""}`);
  shelf.replaceChildren(...[
    group("Go on with", open.map(runCard)),
    group(`Learned in ${store.folder || "this folder"}`, found.runs.filter((run) => !open.includes(run)).map(runCard)),
    group("Fields", fields.map((field) => card(`#/field/${part(field.name)}`, "", field.name, bytes(field.bytes)))),
    group("Pictures here", found.pictures.map((picture) => card(`#/new/${part(picture.name)}`, `/api/pictures/${part(picture.name)}/picture.png?side=320`, picture.name, bytes(picture.bytes)))),
  ].filter(Boolean));
}
