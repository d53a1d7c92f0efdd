// A part of a picture, chosen before the fit; or the picture turned. Both make a new picture.

import { h, ask, part, tried } from "./util.js";

/** Tools under a picture. `mat` holds `image`, which has `width` x `height` pixels; `made` is called with the new name. */
export function cropTools(name, { width, height }, mat, image, made) {
  const box = { left: 0, top: 0, right: width, bottom: height };
  const frame = h("div", { className: "frame", hidden: true });
  mat.classList.add("cropping");
  mat.append(frame);
  const fields = ["left", "top", "right", "bottom"].map((side) => h("input", {
    type: "number", min: 0, max: side === "left" || side === "right" ? width : height, value: box[side], "aria-label": `${side} in pixels`,
    oninput: (event) => { box[side] = Math.round(Number(event.target.value)); draw(); },
  }));
  const apply = h("button", { type: "button", className: "primary", onclick: () => make([box.left, box.top, box.right, box.bottom], 0) }, "Keep this part");
  const choosing = h("span", { className: "part", hidden: true }, fields.map((field, at) => h("label", {}, ["left", "top", "right", "bottom"][at], field)), apply);
  const crop = h("button", { type: "button", "aria-expanded": "false", onclick: () => {
    choosing.hidden = frame.hidden = !choosing.hidden;
    crop.setAttribute("aria-expanded", String(!choosing.hidden));
    draw();
  } }, "Crop");
  const whole = [0, 0, width, height];
  const turn = (text, turns, title) => h("button", { type: "button", title, "aria-label": title, onclick: () => make(whole, turns) }, text);

  async function make(part_, turns) {
    const found = await tried(() => ask(`/api/pictures/${part(name)}/crop`, { box: part_, turns }));
    if (found) made(found.name);
  }

  function draw() {
    if (frame.hidden) return;
    const [shown, around] = [image.getBoundingClientRect(), mat.getBoundingClientRect()];
    const [x, y] = [shown.left - around.left, shown.top - around.top];
    frame.style.left = `${x + box.left / width * shown.width}px`;
    frame.style.top = `${y + box.top / height * shown.height}px`;
    frame.style.width = `${(box.right - box.left) / width * shown.width}px`;
    frame.style.height = `${(box.bottom - box.top) / height * shown.height}px`;
    ["left", "top", "right", "bottom"].forEach((side, at) => { if (Number(fields[at].value) !== box[side]) fields[at].value = box[side]; });
  }

  mat.addEventListener("pointerdown", (event) => {
    if (frame.hidden) return;
    event.preventDefault();
    const at = (move) => {
      const shown = image.getBoundingClientRect();
      const inside = (value, side) => Math.max(0, Math.min(side, Math.round(value * side)));
      return [inside((move.clientX - shown.left) / shown.width, width), inside((move.clientY - shown.top) / shown.height, height)];
    };
    const [x, y] = at(event);
    mat.setPointerCapture(event.pointerId);
    mat.onpointermove = (move) => {
      const [u, v] = at(move);
      Object.assign(box, { left: Math.min(x, u), right: Math.max(x, u, Math.min(x, u) + 1), top: Math.min(y, v), bottom: Math.max(y, v, Math.min(y, v) + 1) });
      draw();
    };
    mat.onpointerup = () => { mat.onpointermove = null; };
  });
  const watching = new ResizeObserver(draw);
  watching.observe(mat);
  return [crop, choosing, turn("↺", 3, "Turn to the left"), turn("↻", 1, "Turn to the right")];
}
