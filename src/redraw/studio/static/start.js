// The first page: what it is about, in ten seconds; then drop a picture, or go on with something.

import { h, ask, part, tried, count, bytes, STATES } from "./util.js";
import { store } from "./live.js";
import { Demo } from "./demo.js";
import { cardMenu } from "./manage.js";
import { offerTable, offeredTable, take } from "./taking.js";

const BUNDLED = ["cub", "cub-two-tone"];
const SEPARATORS = [",", ";", "\t", "|"]; // of a table's cells

/** The first page: drop pictures, type a function, or go on with something. */
export function showStart(place, known) {
  const file = h("input", { type: "file", id: "file", multiple: true, accept: "image/*,.exr,.hdr,.csv,.json,.tif,.tiff,.avif", className: "hidden", onchange: () => { take([...file.files]); file.value = ""; } });
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
  const given = offeredTable();
  if (given) {
    table.value = given.text;
    targets.value = lastColumn(given.text);
  }
  return h("details", { className: "own", open: Boolean(given) }, h("summary", {}, "Type a function or a small table"),
    wrong,
    h("div", { className: "typing" },
      h("form", { onsubmit: trying(async () => {
        await ask(`/api/formula?formula=${part(formula.value)}&domain=${part(domain.value)}`);
        return `#/formula/${part(formula.value)}/${part(domain.value)}`;
      }) }, h("label", {}, h("span", {}, "f ="), formula), h("label", {}, h("span", {}, "for"), domain),
      h("p", { className: "quiet" }, "Of one to several variables, such as x*y over x=-1:1,y=0:2."), h("button", { className: "primary" }, "Learn this function")),
      h("form", { onsubmit: trying(async () => {
        const learned = targets.value.split(",").map((name) => name.trim()).filter(Boolean).join(",");
        const { name } = await ask("/api/tables", { text: table.value, name: given ? given.name : null });
        await ask(`/api/tables/${part(name)}?targets=${part(learned)}`); // from all other columns
        return `#/table/${part(name)}//${part(learned)}`;
      }) }, h("label", { className: "tall" }, h("span", {}, "Rows, names first"), table), h("label", {}, h("span", {}, "learn"), targets),
      h("button", { className: "primary" }, "Learn this table"))));
}

/** The name of a table's last column, which is most often what is wanted of it. */
function lastColumn(text) {
  const first = text.trim().split("\n")[0];
  const separator = SEPARATORS.reduce((best, each) => (first.split(each).length > first.split(best).length ? each : best));
  return first.split(separator).at(-1).trim().replace(/^"(.*)"$/, "$1");
}

async function fill(shelf, refill) {
  const found = await tried(() => ask("/api/folder"));
  if (!found) return;
  const open = found.runs.filter((run) => run.state === "stopped");
  const fields = found.fields.filter((field) => !found.runs.some((run) => run.name === field.name));
  const card = (what, href, source, title, text, tint) => h("li", {}, h("a", { href },
    h("span", { className: `mat ${tint || ""}` }, source ? h("img", { src: source, alt: "", loading: "lazy", onerror: (event) => event.target.replaceWith(h("span", { className: "blank" }, "can't be read")) }) : h("span", { className: "blank" }, what)),
    h("strong", {}, title), h("span", { className: "quiet" }, text)), cardMenu(what, title, refill));
  const tableCard = (table) => {
    const shown = card("table", "#/table", "", table.name, bytes(table.bytes));
    shown.querySelector("a").onclick = async (event) => {
      event.preventDefault();
      const found = await tried(() => ask(`/api/tables/${part(table.name)}/text`));
      if (found) offerTable(found);
    };
    return shown;
  };
  const group = (title, cards) => cards.length ? h("section", {}, h("h2", {}, title), h("ul", { className: "cards" }, cards)) : null;
  const runCard = (run) => card("fit", `#/fit/${part(run.name)}`,
    (run.frames || []).length ? `/api/fits/${part(run.name)}/frames/${run.frames.at(-1)}.png` : "",
    run.name, `${run.model || ""} · ${STATES[run.state] || run.state}${run.state === "stopped" ? ` at step ${count(run.step)}` : ""}${told(run)}`, run.score ? "diagram" : "");
  shelf.replaceChildren(...[
    group("Go on with", open.map(runCard)),
    group(`Learned in ${store.folder || "this folder"}`, found.runs.filter((run) => !open.includes(run)).map(runCard)),
    group("Fields", fields.map((field) => card("field", `#/field/${part(field.name)}`, "", field.name, bytes(field.bytes)))),
    group("Pictures here", found.pictures.map((picture) => card("picture", `#/new/${part(picture.name)}`, `/api/pictures/${part(picture.name)}/picture.png?side=320`, picture.name, bytes(picture.bytes)))),
    group("Tables here", found.tables.map(tableCard)),
  ].filter(Boolean));
}

/** How good a run is, and when that was measured if it has gone on since. */
function told(run) {
  const since = run.measured_at === run.step || run.state === "finished" ? "" : typeof run.measured_at === "number" ? ` at step ${count(run.measured_at)}` : ", estimated";
  if (run.score) return ` · ${run.score.name} ${run.score.told}${since}`;
  return typeof run.psnr === "number" ? ` · ${run.psnr.toFixed(1)} dB${since}` : "";
}
