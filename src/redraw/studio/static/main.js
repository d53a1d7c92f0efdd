// Which view is shown, by the part of the address after "#".

import { h, ask, part, tried, LIVE } from "./util.js";
import { connect, listen, store } from "./live.js";
import { showStart } from "./start.js";
import { acceptDrops, showSeveral } from "./taking.js";
import { KINDS, showSetup } from "./setup.js";
import { showFits } from "./fit.js";
import { quality, stateOf } from "./quality.js";
import { showField } from "./field.js";

const view = document.getElementById("view");
const SLOW = 400; // milliseconds after which it is said that a view is on its way
let leave = () => {}, turn = 0;

/** #/ begins, #/new/PICTURE and others of `KINDS` set a fit up, #/fit/NAME, #/race/NAME/NAME and #/field/NAME show. */
async function route() {
  const [kind, ...names] = parts(location.hash);
  const mine = ++turn;
  leave();
  leave = () => {};
  document.title = names.length ? `${names.join(", ")} · redraw studio` : "redraw studio";
  const named = names[0] !== undefined && names[0] !== "";
  const slow = setTimeout(() => mine === turn && view.replaceChildren(h("p", { className: "waiting", role: "status" }, `Opening ${names[0] || "the studio"} …`)), SLOW);
  const left = await (
    named && kind in KINDS ? known.then((found) => showSetup(kind, names, view, found))
      : named && kind === "fit" ? showFits(names.slice(0, 1), view)
        : named && kind === "race" ? showFits(names, view)
          : named && kind === "field" ? showField(names[0], view)
            : named && kind === "several" ? showSeveral(names, view)
              : showStart(view, known));
  clearTimeout(slow);
  if (mine !== turn) left();
  else leave = left;
}

/** The parts of an address; one that can't be read is none. */
function parts(hash) {
  try {
    return hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  } catch {
    return [""];
  }
}

/** The fits that are at work, at the top of every page. */
function showBusy() {
  const place = document.getElementById("fits");
  const busy = [...store.fits.values()].filter((fit) => !fit.demo && (LIVE.includes(fit.state) || fit.state === "queued"));
  const text = (fit) => `${fit.name} ${stateOf(fit)}${LIVE.includes(fit.state) ? quality(fit, 0, " · ") : ""}`;
  const key = busy.map(text).join();
  if (key === place.dataset.key) return;
  place.dataset.key = key;
  const focused = place.contains(document.activeElement) && document.activeElement.getAttribute("href");
  place.replaceChildren(...busy.map((fit) => h("a", { href: fit.race.length > 1 ? `#/race/${fit.race.map(part).join("/")}` : `#/fit/${part(fit.name)}` }, text(fit))));
  if (focused) for (const link of place.children) if (link.getAttribute("href") === focused) link.focus();
}

/** Presets and settings, as soon as the studio knows them. */
async function catalogue() {
  for (;;) {
    const found = (await tried(() => ask("/api/start"))) || {};
    if (found.presets) {
      store.presets = new Map(found.presets.map((preset) => [preset.name, preset]));
      return found;
    }
    await new Promise((done) => setTimeout(done, 150));
  }
}

async function begin() {
  // The token has done its work; it need not stand in the address or the history.
  if (location.search) history.replaceState(null, "", `/${location.hash}`);
  connect();
  listen(showBusy);
  acceptDrops();
  const { opened } = (await tried(() => ask("/api/start"))) || {};
  if (!location.hash && opened) {
    for (const [kind, where] of [["fit", "fit"], ["field", "field"], ["picture", "new"]]) {
      if (opened[kind]) history.replaceState(null, "", `#/${where}/${part(opened[kind])}`);
    }
  }
  addEventListener("hashchange", route);
  route();
}

const known = catalogue();
begin();
