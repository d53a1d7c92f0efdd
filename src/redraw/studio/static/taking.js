// How files come in: chosen, dropped or pasted, anywhere on the page.

import { h, ask, answered, part, say, tried, count } from "./util.js";

const MOST = 64 * 2 ** 20; // bytes of a file
const MOST_TYPED = 48 * 2 ** 10; // of a table that is shown as text

const waiting = []; // files that have come and are not taken yet
let busy = false;
let offered = null; // a table that has come: {name, text}

/** The table that came last, for the form in which tables are typed; once. */
export function offeredTable() {
  const table = offered;
  offered = null;
  return table;
}

/** Show a table's text in the form in which tables are typed. */
export function offerTable(table) {
  offered = table;
  show("#/table");
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
    take([...event.dataTransfer.files]);
  });
  addEventListener("paste", (event) => {
    const files = [...(event.clipboardData || {}).files || []];
    if (!files.length || event.target.matches("input, textarea")) return;
    event.preventDefault();
    take(files.map((file) => (/^image\.\w+$/.test(file.name) ? new File([file], `pasted.${file.name.split(".")[1]}`, { type: file.type }) : file)));
  });
}

/**
 * Take files one after another, with those that come meanwhile. One is set up at once, of several a
 * list is shown; what could not be taken is said at the end, all of it.
 */
export async function take(files) {
  waiting.push(...files);
  if (busy) return;
  busy = true;
  const taken = [], refused = [];
  let table = null;
  while (waiting.length) {
    const file = waiting.shift();
    say(`Taking ${file.name} …${waiting.length ? ` ${count(waiting.length)} to come.` : ""}`, { lasting: true });
    try {
      taken.push(await upload(file));
    } catch (error) {
      if (/\.csv$/i.test(file.name) && file.size < MOST_TYPED) table = file;
      else refused.push(error.message);
    }
  }
  busy = false;
  const told = taken.length > 1 ? [`${count(taken.length)} pictures are here.`]
    : taken.map((found) => `${found.name}: ${count(found.width)} × ${count(found.height)}, ${found.what}`);
  if (table) told.push(`${table.name} is no picture, but may be a table: ${taken.length ? "drop it alone to learn it" : "say which columns are to be learned"}.`);
  say([...refused, ...told], { problem: refused.length > 0 });
  const names = [...new Set(taken.map((found) => found.name))];
  if (names.length > 1) show(`#/several/${names.map(part).join("/")}`);
  else if (names.length) show(`#/new/${part(names[0])}`);
  else if (table) offerTable({ name: table.name, text: await table.text() });
}

async function upload(file) {
  if (file.size > MOST) throw new Error(`${file.name} is too large; at most 64 MiB are taken.`);
  return answered(await fetch(`/api/pictures?name=${part(file.name)}`, { method: "POST", body: file }));
}

/** Go to an address, or make its view anew if it is there already. */
function show(address) {
  if (location.hash === address) dispatchEvent(new HashChangeEvent("hashchange"));
  else location.hash = address;
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
