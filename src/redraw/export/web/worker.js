// What takes long is done beside the page: reading field files, and drawing without WebGL2.

import { inflated, toBase64 } from "./bytes.js";
import { chunksOf, isCoded } from "./chunks.js";
import { needsModel } from "./coded.js";
import { openField } from "./lowering.js";
import { draw } from "./interpreter.js";

/* global WITH_CODED, WITH_DRAWINGS, WITH_LEARNED, WITH_WHOLE */

/** What coded pictures may begin with: learned once, the same for all; it lies beside the script. */
async function modelAt(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`this field file needs ${address}, which is not there`);
  return inflated(new Uint8Array(await answer.arrayBuffer()), "deflate");
}

/** What a network in whole numbers says of itself; null of other files. */
async function saidOf({ NE: [text] }) {
  return text ? JSON.parse(new TextDecoder().decode(await inflated(text, "deflate"))) : null;
}

/** What can be asked for, by name. */
export function serve() {
  let [field, bytes, memory] = [];
  return {
    // The same file again, with all detail, where no bytes are given.
    async open(given, detail, models) {
      if (given) [bytes, memory] = [given, {}];
      if (WITH_LEARNED && isCoded(bytes) && models && needsModel(bytes)) memory.learned ||= await modelAt(models);
      if (WITH_WHOLE && isCoded(bytes) && !memory.said) memory.said = await saidOf(chunksOf(bytes));
      field = openField(bytes, detail, memory);
      const { profile, colour } = field.about;
      if ((WITH_CODED || WITH_DRAWINGS) && profile?.length) field.about.colour = { ...colour, icc: toBase64(await inflated(profile, "deflate")) };
      return field;
    },
    draw: async (plan) => draw(field, plan),
  };
}

/** Answer the messages of a page: {number, name, given} with {number, result} or {number, error}. */
export function answer(scope) {
  const calls = serve();
  scope.onmessage = async ({ data: { number, name, given } }) => {
    try {
      scope.postMessage({ number, result: await calls[name](...given) });
    } catch (error) {
      scope.postMessage({ number, error: String(error.message || error) });
    }
  };
}

/** Asks a worker that runs `source`; or does without one where there can be none. */
export class Helper {
  constructor(source) {
    this.waiting = new Map();
    this.number = 0;
    try {
      this.worker = new Worker(source);
      this.worker.onmessage = ({ data: { number, result, error } }) => {
        const [done, failed] = this.waiting.get(number);
        this.waiting.delete(number);
        if (error === undefined) done(result);
        else failed(error);
      };
      this.worker.onerror = (event) => {
        event.preventDefault();
        this.stay();
      };
    } catch {
      this.stay();
    }
  }

  /** No worker: the page itself does what was asked. */
  stay() {
    this.worker = null;
    this.calls ||= serve();
    for (const [done, failed, name, given] of this.waiting.values()) setTimeout(() => this.calls[name](...given).then(done, failed));
    this.waiting.clear();
  }

  ask(name, ...given) {
    return new Promise((done, failed) => {
      this.waiting.set(++this.number, [done, failed, name, given]);
      if (this.worker) this.worker.postMessage({ number: this.number, name, given });
      else this.stay();
    });
  }
}
