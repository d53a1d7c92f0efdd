// The learning curves: PSNR, loss and rate, of one fit or of several that race.

import { h, choice } from "./util.js";

// Title, where its values are in a fit's points, whether the axis is logarithmic.
const PSNR = ["PSNR, dB", 3, false], LOSS = ["loss", 2, true], RATE = ["learning rate", 4, false];
const SCORE = 4; // where a table's score is among what was measured
const NARROWEST = 2; // decibels that an axis spans at least
const MOST_DECADES = 6; // that a logarithmic axis names
const PERIOD = 1000; // milliseconds between redrawings

export const colours = () => {
  const style = getComputedStyle(document.documentElement);
  return [1, 2, 3, 4].map((n) => style.getPropertyValue(`--line-${n}`).trim());
};

/** uPlot's own range, but never so narrow that all its ticks read the same. */
function decibels(_, low, high) {
  const room = Math.max(0, NARROWEST - (high - low)) / 2;
  return low === null ? [0, 1] : uPlot.rangeNum(low - room, high + room, 0.1, true);
}

export class Curves {
  /** `table`: whether what is learned is told by a score; `decibels`: what those of all others are called. */
  constructor(names, racing, table, decibels = "PSNR") {
    this.names = names;
    this.table = table;
    this.titles = table ? ["score", LOSS[0], RATE[0]] : [`${decibels}, dB`, LOSS[0], RATE[0]];
    this.against = racing ? "seconds" : "step";
    this.panels = this.titles.map((title) => h("figure", { className: "plot" },
      h("figcaption", {}, title), h("div", { className: "paper" })));
    this.key = h("p", { className: "key" });
    this.element = h("section", { className: "curves", "aria-label": "Learning curves" },
      h("div", { className: "row" }, this.key,
        choice("Curves over", [["step", "steps"], ["seconds", "seconds"]], this.against, (value) => {
          this.against = value;
          this.rebuild();
        })),
      h("div", { className: "plots" }, this.panels));
    this.drawn = -PERIOD;
    this.plots = [];
    this.sizes = new ResizeObserver(() => this.resize());
    this.sizes.observe(this.element);
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.onscheme = () => this.rebuild();
    this.dark.addEventListener("change", this.onscheme);
  }

  update(fits, now = performance.now()) {
    this.fits = fits;
    if (now - this.drawn < PERIOD) {
      clearTimeout(this.later);
      this.later = setTimeout(() => this.update(this.fits), PERIOD);
      return;
    }
    const known = JSON.stringify([this.against, fits.map((fit) => [fit.points.length, fit.points.at(-1), fit.measured.length, fit.measured.at(-1)])]);
    if (this.plots.length ? known === this.known : !fits.some((fit) => fit.points.length)) return;
    this.known = known;
    this.drawn = now;
    if (!this.plots.length) this.build();
    this.plots.forEach((plot, at) => plot && plot.setData(this.data(at)));
    this.describe();
  }

  data(at) {
    const x = this.against === "step" ? 0 : 1;
    const [, column, logarithmic] = [PSNR, LOSS, RATE][at];
    const tables = [];
    for (const fit of this.fits) {
      if (at === 0 && this.table) {
        const scored = fit.measured.filter((point) => point[x] !== null && point[SCORE] !== null);
        scored.sort((a, b) => a[x] - b[x]);
        tables.push([scored.map((point) => point[x]), scored.map((point) => point[SCORE])]);
        continue;
      }
      const line = fit.points.filter((point) => point[column] !== null && point[x] !== null
        && (!logarithmic || point[column] > 0));
      tables.push([line.map((point) => point[x]), line.map((point) => point[column])]);
      if (at === 0) {
        const measured = fit.measured.filter((point) => point[x] !== null)
          .slice().sort((a, b) => a[x] - b[x]);
        tables.push([measured.map((point) => point[x]), measured.map((point) => point[2])]);
      }
    }
    return uPlot.join(tables.map(([xs, ys]) => unique(xs, ys)));
  }

  build() {
    const style = getComputedStyle(document.documentElement);
    const [quiet, grid] = ["--quiet", "--hair"].map((name) => style.getPropertyValue(name).trim());
    const paints = colours();
    this.plots = [PSNR, LOSS, RATE].map(([, , logarithmic], at) => {
      const series = [{}];
      this.names.forEach((name, index) => {
        const stroke = paints[index % 4];
        if (at === 0 && !this.table) series.push({ stroke, width: 1, alpha: 0.45, points: { show: alone, size: 4, fill: stroke }, spanGaps: true });
        series.push({ stroke, width: 1.75, spanGaps: true, points: { show: at === 0 || alone, size: 4, fill: stroke } });
      });
      const axis = { stroke: quiet, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: "11px system-ui" };
      const unbroken = this.against === "step" ? (_, ticks) => ticks.map((tick) => (tick % 1 ? null : tick)) : undefined;
      const steps = unbroken && { filter: unbroken, grid: { ...axis.grid, filter: unbroken } };
      const paper = this.panels[at].querySelector(".paper");
      paper.replaceChildren();
      return new uPlot({
        width: Math.max(120, paper.clientWidth), height: 170, series, legend: { show: false },
        cursor: { points: { size: 6 }, drag: { x: false, y: false } },
        scales: { x: { time: false, range: (_, low, high) => [0, high || 1] }, y: logarithmic ? { distr: 3 } : at === 2 ? { range: (_, low, high) => [0, high * 1.06 || 1] } : at === 0 && !this.table ? { range: decibels } : {} },
        axes: [
          { ...axis, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : short(tick))), space: 60, size: 28, ...steps },
          { ...axis, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : short(tick))), size: 52,
            ...(logarithmic ? { filter: round, grid: { ...axis.grid, filter: round } } : {}) },
        ],
      }, this.data(at), paper);
    });
  }

  describe() {
    const paints = colours();
    this.key.replaceChildren(...this.names.map((name, index) => {
      const mark = h("span", { className: "mark-line" });
      mark.style.background = paints[index % 4];
      return h("span", { className: "entry" }, mark, name);
    }), this.table ? "" : h("span", { className: "quiet" }, "pale: estimated from what was just learned"));
    const scored = this.fits.find((fit) => fit.score);
    if (this.table && scored) {
      this.titles[0] = scored.score.name;
      this.panels[0].querySelector("figcaption").textContent = scored.score.name;
    }
    this.panels.forEach((panel, at) => {
      const last = this.fits.map((fit) => (this.table && at === 0
        ? (fit.measured.at(-1) || [])[SCORE] : (fit.points.at(-1) || [])[[PSNR, LOSS, RATE][at][1]]));
      panel.setAttribute("role", "img");
      panel.setAttribute("aria-label", `${this.titles[at]}: ${this.names.map((name, i) =>
        `${name} ${last[i] === undefined || last[i] === null ? "not yet known" : last[i].toPrecision(4)}`).join(", ")}`);
    });
  }

  resize() {
    this.plots.forEach((plot, at) => {
      const width = Math.max(120, this.panels[at].querySelector(".paper").clientWidth);
      if (plot && Math.abs(plot.width - width) > 1) plot.setSize({ width, height: 170 });
    });
  }

  rebuild() {
    this.plots.forEach((plot) => plot.destroy());
    this.plots = [];
    if (this.fits) {
      this.drawn = -PERIOD;
      this.update(this.fits);
    }
  }

  destroy() {
    this.sizes.disconnect();
    this.dark.removeEventListener("change", this.onscheme);
    clearTimeout(this.later);
    this.plots.forEach((plot) => plot.destroy());
    this.plots = [];
  }
}

/** Whether a line is a single point, which only a dot can show. */
const alone = (plot, line) => plot.data[line].filter((value) => value !== null && value !== undefined).length === 1;

/** Of a logarithmic axis' ticks the decades; of few decades twice and five times as well, of many every so manyth. */
function round(plot, ticks) {
  const { min, max } = plot.scales.y;
  const kept = max / min < 100 ? [1, 2, 5] : [1], every = Math.max(1, Math.ceil(Math.log10(max / min) / MOST_DECADES));
  return ticks.map((tick) => {
    const decade = Math.floor(Math.log10(tick) + 1e-9);
    return tick && decade % every === 0 && kept.includes(+(tick / 10 ** decade).toFixed(6)) ? tick : null;
  });
}

/** Rising x only: where a step occurs again, the later value holds. */
function unique(xs, ys) {
  const found = new Map();
  xs.forEach((x, at) => found.set(x, ys[at]));
  const sorted = [...found].sort((a, b) => a[0] - b[0]);
  return [sorted.map((pair) => pair[0]), sorted.map((pair) => pair[1])];
}

function short(number) {
  if (number === 0) return "0";
  const size = Math.abs(number);
  if (size >= 1e6) return `${+(number / 1e6).toPrecision(3)}M`;
  if (size >= 1e4) return `${+(number / 1e3).toPrecision(3)}k`;
  if (size < 1e-3) return number.toExponential(0).replace("e-", "e−");
  return String(+number.toPrecision(3));
}
