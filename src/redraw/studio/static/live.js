// What happens in the studio: its state, and the frames of fits, as they come.

import { answered, put } from "./util.js";

const RETRIES = 2; // of the WebSocket, before asking again and again instead
const ASKING = 400; // milliseconds between questions
const WAITING = 150; // milliseconds that numbers wait for a frame, so that both are drawn at once

export const store = { ready: false, pace: 10, queue: [], jobs: {}, folder: "", fits: new Map(), presets: new Map(), lost: "" };
const surfaces = new Map();
const listeners = new Set();
let socket, failures = 0, watched = [], polling = 0, asleep = 0, changed = 0;

/** Call `listener` after every change of the store; returns how to stop that. */
export function listen(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Show frames of these fits from now on: an array of [name, surface]. */
export function watch(pairs) {
  surfaces.clear();
  for (const [name, surface] of pairs) surfaces.set(name, surface);
  watched = pairs.map(([name]) => name);
  tell({ watch: watched });
}

/** Begin; goes on by itself. */
export function connect() {
  if (typeof WebSocket === "undefined" || failures > RETRIES) {
    if (!polling) poll();
    return;
  }
  let opened = false;
  try {
    socket = new WebSocket(`ws://${location.host}/live`);
  } catch {
    failures = RETRIES + 1;
    connect();
    return;
  }
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    opened = true;
    failures = 0;
    lose("");
    tell({ watch: watched });
  };
  socket.onmessage = (message) => {
    if (typeof message.data === "string") take(JSON.parse(message.data));
    else frame(message.data);
  };
  socket.onclose = () => {
    if (!opened) failures += 1;
    else lose("no connection to the studio");
    clearTimeout(asleep);
    asleep = setTimeout(connect, opened ? 500 : 200);
  };
}

/** Why the studio does not answer, "" if it does: without it nobody knows whether fits still learn. */
function lose(lost) {
  if (store.lost === lost) return;
  store.lost = lost;
  document.body.classList.toggle("lost", Boolean(lost));
  put(document.getElementById("lost"), lost);
  notify();
}

function tell(what) {
  if (socket && socket.readyState === 1) socket.send(JSON.stringify(what));
}

/** Take the state in that the server has sent. */
export function take(state) {
  store.ready = state.ready;
  store.pace = state.pace;
  store.queue = state.queue;
  store.jobs = state.jobs;
  store.folder = state.folder;
  store.known = state.known;
  for (const news of state.fits) merge(news);
  if (!changed) changed = setTimeout(notify, surfaces.size ? WAITING : 0);
}

function notify() {
  clearTimeout(changed);
  changed = 0;
  for (const listener of [...listeners]) listener();
}

/** One fit; its new points follow those that are known. */
export function merge(news) {
  const old = store.fits.get(news.name);
  const points = news.fresh || !old ? news.points : old.points.concat(news.points);
  store.fits.set(news.name, { ...news, points });
  return store.fits.get(news.name);
}

function frame(data) {
  const length = new DataView(data).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  const surface = surfaces.get(header.fit);
  if (!surface) return tell({ seen: header.fit });
  // A page that nobody sees draws nothing, says so by its silence, and gets nothing.
  requestAnimationFrame(() => {
    surface.apply(header, new Uint8Array(data, 4 + length));
    if (changed) notify();
    tell({ seen: header.fit });
  });
}

async function poll() {
  polling = 1;
  document.body.classList.add("asking");
  const numbers = new Map();
  for (;;) {
    try {
      const known = encodeURIComponent(JSON.stringify(store.known || {}));
      take(await answered(await fetch(`/api/state?known=${known}`)));
      if (store.lost) { // it is back, and so may WebSockets be
        lose("");
        failures = polling = 0;
        document.body.classList.remove("asking");
        connect();
        return;
      }
      for (const name of watched) {
        const fit = store.fits.get(name);
        if (!fit || !fit.number || numbers.get(name) === fit.number) continue;
        const response = await fetch(`/api/fits/${encodeURIComponent(name)}/frame`);
        if (!response.ok) continue;
        numbers.set(name, fit.number);
        frame(await response.arrayBuffer());
      }
    } catch (error) {
      lose(error.message.startsWith("The studio was") ? error.message : "no connection to the studio");
    }
    await new Promise((done) => setTimeout(done, ASKING));
  }
}
