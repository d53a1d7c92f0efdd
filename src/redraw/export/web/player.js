// How a picture learned: pictures of a run, played or one by one. In pages a script of its own, which
// only those with such pictures hold.

import { dress, make, makeButton, show } from "./view.js";

const PLAY = "M4 2l10 6-10 6z";
const PAUSE = "M3 2h4v12H3zM9 2h4v12H9z";
const STYLE = `
label { position: absolute; background: var(--paper); border-radius: 6px; backdrop-filter: blur(4px); left: 8px; right: 8px; bottom: 40px; display: flex; align-items: center; padding: 0 8px 0 0; }
input { flex: 1; min-width: 0; }
output { min-width: 6em; text-align: right; font-variant-numeric: tabular-nums; }
`;

/** Let an element play what its attribute `frames` names, once its field is there. */
export function addPlayer(it) {
  it.addEventListener("load", () => it.hasAttribute("frames") && !it.player && new Player(it).open());
}

class Player {
  constructor(it) {
    this.it = it;
    dress(it.root, STYLE);
    it.player = make("label", it.root, { hidden: true });
    this.play = makeButton(it.player, PLAY, { title: "Play how it learned (Space)", onclick: () => this.toggle() });
    this.scrub = it.scrub = make("input", it.player, { type: "range", min: 0, oninput: () => this.frame(+this.scrub.value) });
    this.scrub.setAttribute("aria-label", "How far it had learned");
    this.step = make("output", it.player);
    it.addEventListener("keydown", (event) => {
      if (event.key !== " " || event.ctrlKey || event.metaKey || event.altKey || event.composedPath()[0] !== it) return;
      event.preventDefault();
      if (this.frames) this.toggle();
    });
  }

  /** Pictures of how it learned: [[step, data URL], ...] as JSON in the element that `frames` names. */
  async open() {
    const listed = JSON.parse(document.querySelector(this.it.getAttribute("frames")).textContent);
    this.frames = await Promise.all(listed.map(async ([step, src]) => {
      const image = new Image();
      image.src = src;
      await image.decode();
      return [step, image];
    }));
    this.scrub.max = this.scrub.value = this.frames.length;
    this.it.player.hidden = false;
    this.frame(this.frames.length);
  }

  /** Show the picture as it was at a frame; after the last, the field itself. */
  frame(number) {
    const [step, image] = this.frames[number] || ["finished", null];
    this.scrub.value = number;
    this.step.textContent = image ? `step ${step}` : step;
    this.it.stage.still = image;
    this.it.stage.paint(this.it.view);
  }

  toggle() {
    clearInterval(this.playing);
    this.playing = this.playing ? 0 : setInterval(() => {
      const next = +this.scrub.value + 1;
      this.frame(next);
      if (next >= this.frames.length) this.toggle();
    }, 100);
    show(this.play, this.playing ? PAUSE : PLAY);
    if (this.playing && +this.scrub.value >= this.frames.length) this.frame(0);
  }
}
