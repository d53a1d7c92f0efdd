// Small things every module uses: elements, requests, numbers as people read them.

/** An element: h("button", {class: "primary", onclick: f}, "Fit"). */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list" && name !== "form") element[name] = value;
    else element.setAttribute(name === "className" ? "class" : name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Let an element say this; one that says it already is left alone, for drawing costs the fit time. */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Give an element the children that `make` makes, if `key` is not what it was. */
export function renew(element, key, make) {
  const text = JSON.stringify(key);
  if (element.renewed === text) return;
  element.renewed = text;
  element.replaceChildren(...make());
}

/** A sentence, its options such as --set kept in one piece. */
export function verbatim(text) {
  return text.split(/(--[a-z][\w-]*)/).map((piece, at) => (at % 2 ? h("span", { className: "verbatim" }, piece) : piece));
}

/** What an address of the studio answers, as JSON; its error as an Error. */
export async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  return answered(await fetch(path, options));
}

/** The JSON of a response, or an Error with what it says. */
export async function answered(response) {
  let found = {};
  try {
    found = await response.json();
  } catch {
    if (response.ok) return {};
    if (response.status === 413) throw new Error("That file is too large; at most 64 MiB are taken.");
    if (response.status === 401) throw new Error("The studio was started anew. Open the address that it has printed.");
  }
  if (!response.ok) throw Object.assign(new Error(found.error || `The studio answered ${response.status}.`), { field: found.field });
  return found;
}

/** A part of an address. */
export const part = encodeURIComponent;

let clearing;
/** Say something, for eyes and for screen readers: a sentence, or several. `lasting`: until something else is said. */
export function say(text, { problem = false, lasting = false } = {}) {
  const place = document.getElementById("said");
  const lines = [text].flat();
  place.replaceChildren(h("div", { className: problem ? "problem" : "" }, lines.map((line) => h("p", {}, line))));
  clearTimeout(clearing);
  if (!lasting) clearing = setTimeout(() => place.replaceChildren(), (problem ? 12000 : 5000) * Math.min(3, lines.length));
}

/** Run something that may fail, and say why if it does. */
export async function tried(action) {
  try {
    return await action();
  } catch (error) {
    say(error.message, { problem: true });
    return undefined;
  }
}

export const count = (number) => Math.round(number).toLocaleString("en");

export function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

export function bytes(number) {
  if (number < 1000) return `${number} bytes`;
  const units = ["KB", "MB", "GB"];
  let at = -1;
  do { number /= 1000; at += 1; } while (number >= 999.5 && at < 2);
  return `${number < 100 ? number.toPrecision(3) : Math.round(number)} ${units[at]}`;
}

export function speed(number) {
  if (number >= 1e6) return `${(number / 1e6).toPrecision(3)} M`;
  return number >= 1e3 ? `${(number / 1e3).toPrecision(3)} k` : String(Math.round(number));
}

export const STATES = {
  queued: "waiting", starting: "starting", running: "learning", paused: "paused",
  stopping: "stopping", finished: "finished", stopped: "stopped", failed: "failed",
  elsewhere: "runs elsewhere", damaged: "damaged",
};
export const LIVE = ["starting", "running", "paused", "stopping"];

/** Radio buttons that look like one control. */
export function choice(legend, options, chosen, onchange) {
  const name = `choice-${Math.random().toString(36).slice(2)}`;
  return h("fieldset", { className: "choice" },
    h("legend", { className: "hidden" }, legend),
    options.map(([value, text]) => h("label", {},
      h("input", { type: "radio", name, value, checked: value === chosen, onchange: () => onchange(value) }),
      h("span", {}, text))));
}

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
