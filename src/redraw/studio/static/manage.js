// What can be done with what lies in the folder: another name, away with it, again with changes.

import { h, ask, part, say, tried } from "./util.js";
import { store } from "./live.js";

const WORDS = { fit: "the fit and its field file", field: "the field file", picture: "the picture's file", table: "the table's file" };

/** Delete after asking once more; whether it was done. */
export async function remove(what, name) {
  if (!await asked(`Delete ${name}?`, `This removes ${WORDS[what]} from the disk and can't be taken back.`, "Delete")) return false;
  if (await tried(() => ask(`/api/delete/${what}/${part(name)}`, {})) === undefined) return false;
  if (what === "fit") store.fits.delete(name);
  say(`${name} is deleted.`);
  return true;
}

/** Give a fit another name; the new one, or null. */
export async function rename(name) {
  const wanted = await asked(`Rename ${name}`, "Its run folder and field file go by the new name.", "Rename", name);
  if (!wanted || wanted === name) return null;
  const found = await tried(() => ask(`/api/fits/${part(name)}/rename`, { name: wanted }));
  if (!found) return null;
  store.fits.delete(name);
  return found.name;
}

/** The menu of a card on the first page. */
export function cardMenu(what, name, changed) {
  const act = (action) => async () => { if (await action()) changed(); };
  return h("span", { className: "card-menu" },
    what === "fit" ? h("button", { type: "button", title: `Rename ${name}`, "aria-label": `Rename ${name}`, onclick: act(() => rename(name)) }, "Rename") : null,
    h("button", { type: "button", title: `Delete ${name}`, "aria-label": `Delete ${name}`, onclick: act(() => remove(what, name)) }, "Delete"));
}

/** A small window with a question; what was typed, or true; null if it was closed. */
function asked(title, text, verb, value = null) {
  const typed = value === null ? null : h("input", { type: "text", value, "aria-label": "New name", spellcheck: false, autocomplete: "off" });
  const dialog = h("dialog", { className: "panel" }, h("form", { method: "dialog" },
    h("h2", {}, title), h("p", { className: "quiet" }, text), typed,
    h("div", { className: "buttons" }, h("button", { className: "primary", value: "yes" }, verb), h("button", { value: "" }, "Cancel"))));
  document.body.append(dialog);
  dialog.showModal();
  if (typed) typed.select();
  return new Promise((done) => {
    dialog.onclose = () => {
      const yes = dialog.returnValue === "yes";
      dialog.remove();
      done(yes ? (typed ? typed.value.trim() : true) : null);
    };
  });
}
