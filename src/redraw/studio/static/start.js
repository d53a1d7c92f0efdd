// Before a fit: a picture, a preset, and when to stop.

import { h, ask, answered, part, say, tried, count, bytes, choice, STATES } from "./util.js";
import { merge, store } from "./live.js";

const MOST_RACERS = 4;
const SIDES = [["", "as it is"], ["256", "256 pixels"], ["512", "512 pixels"], ["1024", "1,024 pixels"]];
const BUNDLED = ["cub", "cub-two-tone"];
const LARGE = 640; // longest side of a picture that is offered to be shrunk
const DIAGRAM = 4 / 3; // the shape of a function's
const GROUPS = [["field", "The network"], ["encoding", "Its encoding"], ["training", "How it learns"]];

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

/** The page on which a fit is set up, of a "picture" or a "function". */
export async function showSetup(kind, name, place, catalogue) {
  const picture = kind === "picture", at = `/api/${kind}s/${part(name)}`;
  const found = await tried(() => ask(at));
  if (!found) {
    location.hash = "#/";
    return () => {};
  }
  const chosen = new Set([found.model]);
  const presets = catalogue.presets.filter((preset) => preset.learns.includes(picture ? "picture" : "table"));
  let racing = false;
  const list = h("div", { className: "presets" });
  const large = picture && Math.max(found.width, found.height) > LARGE;
  const side = h("select", { id: "side" }, SIDES.map(([value, text]) => h("option", { value, selected: value === (large ? "512" : "") }, text)));
  const until = h("select", { id: "until" }, [["", "the preset's steps"], ["steps", "steps"], ["seconds", "seconds"], ...(picture ? [["psnr", "dB are reached"]] : [])].map(([value, text]) => h("option", { value }, text)));
  const amount = h("input", { type: "number", min: 0.1, step: "any", hidden: true, "aria-label": "How many" });
  until.onchange = () => {
    amount.hidden = !until.value;
    amount.value = { steps: 2000, seconds: 20, psnr: 40 }[until.value] || "";
  };
  const seed = h("input", { type: "number", min: 0, step: 1, value: 0, id: "seed" });
  const values = h("div", { className: "values" });
  const go = h("button", { className: "primary large" }, "Fit");
  const race = h("input", { type: "checkbox", onchange: () => { racing = race.checked; if (!racing) { const first = [...chosen][0]; chosen.clear(); chosen.add(first); } drawPresets(); } });

  function drawPresets() {
    const kind = racing ? "checkbox" : "radio";
    list.replaceChildren(...presets.map((preset) => {
      const input = h("input", { type: kind, name: "preset", value: preset.name, checked: chosen.has(preset.name),
        disabled: racing && chosen.size >= MOST_RACERS && !chosen.has(preset.name),
        onchange: () => {
          if (!racing) chosen.clear();
          if (input.checked) chosen.add(preset.name);
          else chosen.delete(preset.name);
          if (racing) drawPresets();
          else drawValues();
          list.querySelector(`[value="${preset.name}"]`).focus();
        } });
      return h("label", { className: "preset" }, input, h("span", {}, h("strong", {}, preset.name),
        preset.name === found.model ? h("em", {}, "suits it") : null, h("span", { className: "quiet" }, preset.about)));
    }));
    go.textContent = !store.ready ? "Getting ready …" : racing ? `Race ${chosen.size}` : "Fit";
    go.disabled = !store.ready || (racing ? chosen.size < 2 : chosen.size !== 1);
    drawValues();
  }

  function drawValues() {
    const first = presets.find((preset) => chosen.has(preset.name)) || presets[0];
    values.replaceChildren(h("p", { className: "quiet" }, racing ? "What is set here holds for every racer." : `What is left empty stays as ${first.name} has it.`),
      ...GROUPS.map(([owner, title]) => [title, Object.entries(catalogue.settings)
        .filter(([key, setting]) => setting.owner.startsWith(owner) && key in first.values && key !== "steps")])
        .filter(([, entries]) => entries.length)
        .map(([title, entries]) => h("fieldset", {}, h("legend", {}, title), entries
          .map(([key, setting]) => h("label", { title: setting.meaning }, h("span", {}, key),
            h("input", { type: "text", name: key, placeholder: racing ? "" : first.values[key], autocomplete: "off", spellcheck: false }))))));
  }

  const form = h("form", { className: "setup", onsubmit: async (event) => {
    event.preventDefault();
    const settings = {};
    for (const input of values.querySelectorAll("input")) if (input.value.trim()) settings[input.name] = input.value.trim();
    const options = {};
    if (until.value) options[until.value] = Number(amount.value);
    if (Number(seed.value)) options.seed = Number(seed.value);
    go.disabled = true;
    performance.mark("fit-pressed");
    const begun = await tried(() => ask("/api/fits", {
      [kind]: name, models: [...chosen], options, settings, max_side: side.value ? Number(side.value) : null,
    }));
    go.disabled = false;
    if (!begun) return;
    begun.state.forEach(merge);
    location.hash = begun.fits.length > 1 ? `#/race/${begun.fits.map(part).join("/")}` : `#/fit/${part(begun.fits[0])}`;
  } },
    h("div", { className: "left" },
      h("figure", { className: "single" }, h("div", { className: "mat" }, h("img", { className: `picture${picture && Math.max(found.width, found.height) < 400 ? " pixels" : ""}`, alt: picture ? `The picture ${name}` : `The rows of ${name}`, src: `${at}/picture.png` })),
        h("figcaption", {}, picture ? `${name}: ${found.width} × ${found.height}, ${found.what}` : `${name}: ${found.about}; ${found.what}`)),
      found.notes.map((note) => h("p", { className: "quiet" }, note))),
    h("div", { className: "panel" },
      h("h1", {}, "How shall it be learned?"),
      h("fieldset", { className: "plain" }, h("legend", { className: "hidden" }, "Preset"), list),
      h("label", { className: "check" }, race, "let several race"),
      go,
      h("details", {}, h("summary", {}, "Values"),
        h("div", { className: "pairs" },
          picture ? [h("label", { htmlFor: "side" }, "Longest side"), side] : null,
          h("label", { htmlFor: "until" }, "Learn until"), h("span", { className: "until" }, amount, until),
          h("label", { htmlFor: "seed" }, "Seed"), seed),
        values)));
  form.style.setProperty("--aspect", picture ? found.width / found.height : DIAGRAM);
  place.replaceChildren(form);
  drawPresets();
  const waiting = setInterval(() => { if (store.ready) { clearInterval(waiting); drawPresets(); } }, 200);
  return () => clearInterval(waiting);
}
