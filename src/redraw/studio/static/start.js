// The first page: what it is about, in ten seconds; then drop a picture, or go on with something.

import { h, ask, answered, part, say, tried, count, bytes, STATES } from "./util.js";
import { store } from "./live.js";
import { Demo } from "./demo.js";
import { cardMenu } from "./manage.js";

const BUNDLED = ["cub", "cub-two-tone"];
const MOST = 64 * 2 ** 20; // bytes of a file

/** The first page: drop pictures, type a function, or go on with something. */
export function showStart(place, known) {
  const file = h("input", { type: "file", id: "file", multiple: true, accept: "image/*,.exr,.hdr,.csv,.tif,.tiff,.avif", className: "hidden", onchange: () => uploads([...file.files]) });
  const drop = h("label", { className: "drop", htmlFor: "file" },
    h("strong", {}, "Drop a picture"), h("span", {}, "or choose some, or paste one. A small network will learn it before your eyes."));
  const bundled = h("p", { className: "bundled" }, "Or try ",
    BUNDLED.map((name, at) => [at ? " or " : "", h("a", { href: `#/new/${part(name)}` }, name)]));
  const functions = h("p", { className: "bundled" });
  known.then((found) => functions.replaceChildren("or a function: ", ...found.functions.map(({ name, about }, at) =>
    [at ? ", " : "", h("a", { href: `#/function/${part(name)}`, title: about }, name)]).flat()));
  const shelf = h("div", { className: "shelf" });
  const demo = new Demo(known);
  place.replaceChildren(h("div", { className: "start" }, h("h1", { className: "hidden" }, "Begin"),
    h("div", { className: "hero" }, h("div", { className: "entry-way" }, file, drop, h("div", {}, bundled, functions)), demo.element),
    own(), shelf));
  const refill = () => fill(shelf, refill);
  refill();
  demo.begin();
  return () => demo.destroy();
}

/** A function or a small table of one's own, typed. */
function own() {
  const formula = h("input", { type: "text", value: "sin(3*x) + x**2/4", "aria-label": "Formula", spellcheck: false, autocomplete: "off" });
  const domain = h("input", { type: "text", value: "x=-3:3", "aria-label": "Domain", spellcheck: false, autocomplete: "off" });
  const wrong = h("p", { className: "wrong", role: "alert", hidden: true });
  const table = h("textarea", { rows: 6, "aria-label": "Table", spellcheck: false, value: "x,y\n0,0\n1,1\n2,4\n3,9\n4,16" });
  const targets = h("input", { type: "text", value: "y", "aria-label": "Columns to learn", spellcheck: false, autocomplete: "off" });
  const trying = (action) => async (event) => {
    event.preventDefault();
    wrong.hidden = true;
    try {
      location.hash = await action();
    } catch (error) {
      wrong.textContent = error.message;
      wrong.hidden = false;
    }
  };
  if (pending) {
    table.value = pending;
    targets.value = pending.trim().split("\n")[0].split(",").at(-1).trim();
  }
  const open = Boolean(pending);
  pending = "";
  return h("details", { className: "own", open }, h("summary", {}, "Type a function or a small table"),
    wrong,
    h("div", { className: "typing" },
      h("form", { onsubmit: trying(async () => {
        await ask(`/api/formula?formula=${part(formula.value)}&domain=${part(domain.value)}`);
        return `#/formula/${part(formula.value)}/${part(domain.value)}`;
      }) }, h("label", {}, h("span", {}, "f ="), formula), h("label", {}, h("span", {}, "for"), domain),
      h("p", { className: "quiet" }, "Of one to several variables, such as x*y over x=-1:1,y=0:2."), h("button", { className: "primary" }, "Learn this function")),
      h("form", { onsubmit: trying(async () => {
        const columns = (table.value.trim().split("\n")[0] || "").split(",").map((name) => name.trim());
        const learned = targets.value.split(",").map((name) => name.trim()).filter(Boolean);
        const inputs = columns.filter((name) => !learned.includes(name)).join(",");
        const { name } = await ask("/api/tables", { text: table.value });
        await ask(`/api/tables/${part(name)}?inputs=${part(inputs)}&targets=${part(learned.join(","))}`);
        return `#/table/${part(name)}/${part(inputs)}/${part(learned.join(","))}`;
      }) }, h("label", { className: "tall" }, h("span", {}, "Rows, names first"), table), h("label", {}, h("span", {}, "learn"), targets),
      h("button", { className: "primary" }, "Learn this table"))));
}

/** Dropping and pasting work everywhere on the page. */
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
    uploads([...event.dataTransfer.files]);
  });
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData || {}).files || []];
    if (!files.length || event.target.matches("input, textarea")) return;
    event.preventDefault();
    uploads(files.map((file) => (/^image\.\w+$/.test(file.name) ? new File([file], `pasted.${file.name.split(".")[1]}`, { type: file.type }) : file)));
  });
}

let waiting = Promise.resolve();

/** Take files one after another; one is set up at once, of several a list is shown. */
function uploads(files) {
  waiting = waiting.then(async () => {
    const taken = [];
    for (const file of files) {
      const found = await upload(file);
      if (found) taken.push(found.name);
    }
    if (taken.length === 1) location.hash = `#/new/${part(taken[0])}`;
    else if (taken.length) location.hash = `#/several/${taken.map(part).join("/")}`;
  });
}

let pending = ""; // a table that was dropped, to be shown as text

async function upload(file) {
  if (file.size > MOST) {
    say(`${file.name} is too large; at most 64 MiB are taken.`, true);
    return null;
  }
  say(`Taking ${file.name} …`);
  try {
    const found = await answered(await fetch(`/api/pictures?name=${part(file.name)}`, { method: "POST", body: file }));
    say(`${found.name}: ${count(found.width)} × ${count(found.height)}, ${found.what}`);
    return found;
  } catch (error) {
    if (/\.csv$/i.test(file.name) && file.size < 48 * 2 ** 10) {
      pending = await file.text();
      say(`${file.name} is no picture, but may be a table: say which columns are to be learned.`);
      location.hash = "#/table";
    } else say(error.message, true);
    return null;
  }
}

async function fill(shelf, refill) {
  const found = await tried(() => ask("/api/folder"));
  if (!found) return;
  const open = found.runs.filter((run) => run.state === "stopped");
  const fields = found.fields.filter((field) => !found.runs.some((run) => run.name === field.name));
  const card = (what, href, source, title, text, tint) => h("li", {}, h("a", { href },
    h("span", { className: `mat ${tint || ""}` }, source ? h("img", { src: source, alt: "", loading: "lazy" }) : h("span", { className: "blank" }, "field")),
    h("strong", {}, title), h("span", { className: "quiet" }, text)), cardMenu(what, title, refill));
  const group = (title, cards) => cards.length ? h("section", {}, h("h2", {}, title), h("ul", { className: "cards" }, cards)) : null;
  const runCard = (run) => card("fit", `#/fit/${part(run.name)}`,
    (run.frames || []).length ? `/api/fits/${part(run.name)}/frames/${run.frames.at(-1)}.png` : "",
    run.name, `${run.model || ""} · ${STATES[run.state] || run.state}${run.state === "stopped" ? ` at step ${count(run.step)}` : ""}${told(run)}`, run.score ? "diagram" : "");
  shelf.replaceChildren(...[
    group("Go on with", open.map(runCard)),
    group(`Learned in ${store.folder || "this folder"}`, found.runs.filter((run) => !open.includes(run)).map(runCard)),
    group("Fields", fields.map((field) => card("field", `#/field/${part(field.name)}`, "", field.name, bytes(field.bytes)))),
    group("Pictures here", found.pictures.map((picture) => card("picture", `#/new/${part(picture.name)}`, `/api/pictures/${part(picture.name)}/picture.png?side=320`, picture.name, bytes(picture.bytes)))),
  ].filter(Boolean));
}

/** How good a run is, and when that was measured if it has gone on since. */
function told(run) {
  const since = run.measured_at === run.step || run.state === "finished" ? "" : typeof run.measured_at === "number" ? ` at step ${count(run.measured_at)}` : ", estimated";
  if (run.score) return ` · ${run.score.told}${since}`;
  return typeof run.psnr === "number" ? ` · ${run.psnr.toFixed(1)} dB${since}` : "";
}

/** Several pictures at once: what suits each, and one button for all. */
export async function showSeveral(names, place) {
  const list = h("ul", { className: "cards" });
  const chosen = new Map();
  const go = h("button", { className: "primary large", disabled: true }, "Fit all");
  place.replaceChildren(h("div", { className: "several" }, h("h1", {}, `${names.length} pictures`),
    h("p", { className: "quiet" }, "Each is learned by the preset that suits it, one after another."), list, go));
  for (const name of names) {
    const found = await tried(() => ask(`/api/pictures/${part(name)}`));
    if (!found) continue;
    chosen.set(name, found);
    list.append(h("li", {}, h("a", { href: `#/new/${part(name)}` }, h("span", { className: "mat" }, h("img", { src: `/api/pictures/${part(name)}/picture.png?side=320`, alt: "" })),
      h("strong", {}, name), h("span", { className: "quiet" }, `${count(found.width)} × ${count(found.height)}, ${found.model}`))));
  }
  go.disabled = !chosen.size;
  go.textContent = `Fit all ${chosen.size}`;
  go.onclick = async () => {
    go.disabled = true;
    let first = null;
    for (const [name, found] of chosen) {
      const begun = await tried(() => ask("/api/fits", { picture: name, models: [found.model], options: {}, settings: {} }));
      if (begun && !first) [first] = begun.fits;
    }
    if (first) location.hash = `#/fit/${part(first)}`;
    go.disabled = false;
  };
  return () => {};
}

