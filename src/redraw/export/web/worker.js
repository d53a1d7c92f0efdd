// What takes long is done beside the page: reading field files, and drawing without WebGL2.

import { openField } from "./lowering.js";
import { draw } from "./interpreter.js";

/** What can be asked for, by name. */
export function serve() {
  let field;
  return {
    open(bytes, detail) {
      field = openField(bytes, detail);
      return field;
    },
    draw: (plan) => draw(field, plan),
  };
}

/** Answer the messages of a page: {number, name, given} with {number, result} or {number, error}. */
export function answer(scope) {
  const calls = serve();
  scope.onmessage = ({ data: { number, name, given } }) => {
    try {
      scope.postMessage({ number, result: calls[name](...given) });
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
        else failed(new Error(error));
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
    this.calls = this.calls || serve();
    for (const [done, failed, name, given] of this.waiting.values()) this.here(name, given).then(done, failed);
    this.waiting.clear();
  }

  async here(name, given) {
    await new Promise((done) => setTimeout(done));
    return this.calls[name](...given);
  }

  ask(name, ...given) {
    if (!this.worker) return this.here(name, given);
    return new Promise((done, failed) => {
      this.waiting.set(++this.number, [done, failed, name, given]);
      this.worker.postMessage({ number: this.number, name, given });
    });
  }

  close() {
    if (this.worker) this.worker.terminate();
  }
}
