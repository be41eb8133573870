// Mouse, touch and keyboard on a chart: which point is meant, what is picked, what is said.
// Pointing never talks to the server; picking does, as on the map.

import { describe, Tooltip } from "../points/tooltip.js";

const REACH = 14; // pixels round the pointer
const PAGE = 100; // points
const HINT =
  "Left and right arrows move from point to point along the axis, up and down by value, Page Up " +
  "and Page Down by a hundred, Enter selects the point, Escape clears.";
const WALKS = {
  ArrowRight: ["x", 1], ArrowLeft: ["x", -1], ArrowUp: ["y", -1], ArrowDown: ["y", 1],
  PageUp: ["x", PAGE], PageDown: ["x", -PAGE], Home: ["x", -Infinity], End: ["x", Infinity],
};

export class Reader {
  constructor(chart) {
    this.chart = chart;
    this.point = -1;
    this.orders = {};
    this.tooltip = new Tooltip(chart.box);
    this.rings = { selected: this.addRing("selected"), hover: this.addRing("hover") };
    const hint = this.tooltip.add("div", "points-heard");
    hint.id = `${chart.box.dataset.chart}-keys`;
    hint.textContent = HINT;
    const canvas = chart.over;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", "chart");
    canvas.setAttribute("aria-describedby", hint.id);
    canvas.addEventListener("pointermove", (event) => this.hover(event));
    canvas.addEventListener("pointerleave", () => this.leave());
    canvas.addEventListener("blur", () => this.leave());
    canvas.addEventListener("click", (event) => this.click(event));
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  addRing(name) {
    const ring = this.tooltip.add("div", `points-ring points-ring-${name}`);
    ring.hidden = true;
    return ring;
  }

  // Other points, or other places: what was sorted or meant is no more.
  reset() {
    this.orders = {};
    this.leave();
    this.chart.over.setAttribute("aria-label", `Chart. ${this.chart.data?.title ?? ""}`.trim());
  }

  ring(name, point) {
    const { chart } = this;
    const ring = this.rings[name];
    ring.hidden = name === "selected" ? !(point >= 0) || isNaN(chart.y[point]) : !chart.shows(point);
    if (ring.hidden) return;
    const reach = chart.painter.reachOf(chart.atlas.codes[point]);
    const half = chart.radius * reach + (name === "selected" ? 4 : 3);
    ring.style.width = ring.style.height = `${2 * half}px`;
    ring.style.transform = `translate(${chart.x[point] - half}px, ${chart.y[point] - half}px)`;
  }

  // --- mouse and touch

  hover({ offsetX, offsetY }) {
    const point = this.at(offsetX, offsetY);
    if (point !== this.point) this.show(point);
    this.chart.over.style.cursor = point < 0 ? "" : "pointer";
  }

  click({ offsetX, offsetY }) {
    const point = this.at(offsetX, offsetY);
    if (point < 0) return;
    this.show(point);
    this.chart.pick(point);
  }

  at(x, y) {
    const { chart } = this;
    let [nearest, least] = [-1, REACH * REACH];
    for (let i = 0; i < (chart.y?.length ?? 0); i++) {
      const away = (chart.x[i] - x) ** 2 + (chart.y[i] - y) ** 2;
      if (away < least && chart.shows(i)) [nearest, least] = [i, away];
    }
    return nearest;
  }

  leave() {
    if (this.point >= 0) this.show(-1);
  }

  // Rings a point here and on the map and says what it is; -1 for none.
  show(point) {
    const { chart, tooltip } = this;
    this.point = point;
    chart.atlas.surface?.ring("hover", point);
    if (!chart.y) return;
    this.ring("hover", point);
    if (!chart.shows(point)) return tooltip.hide();
    tooltip.show(this.said(point), { x: chart.x[point], y: chart.y[point], radius: chart.radius });
  }

  said(point) {
    const { x, y, scales, across, places } = this.chart.data;
    const side = places?.[point] < 0 ? "lower" : "higher";
    const place = Math.abs(places?.[point]) === 2 && `Outside the 99.8 % limits, ${side} than England`;
    const known = describe(this.chart.atlas, point, 0);
    return {
      ...known,
      value: scales.y.write(y[point]),
      interval: "",
      count: `${across.label}: ${scales.x.write(x[point])}`,
      caveats: [...known.caveats, place].filter(Boolean),
    };
  }

  // --- keyboard

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (WALKS[event.key]) this.walk(...WALKS[event.key]);
    else if (event.key === "Enter" && this.point >= 0) this.chart.pick(this.point);
    else if (event.key === "Escape") this.clear();
    else return;
    event.preventDefault();
  }

  walk(axis, by) {
    const { chart } = this;
    const order = this.order(axis).filter((point) => chart.shows(point));
    if (!order.length) return;
    const from = [this.point, chart.atlas.selected].map((point) => order.indexOf(point)).find((k) => k >= 0);
    const to = from === undefined ? (by > 0 ? 0 : order.length - 1) : from + by;
    this.show(order[Math.min(order.length - 1, Math.max(0, to))]);
    this.tooltip.say(this.said(this.point));
  }

  // Points along an axis, on the screen from left to right or from top to bottom.
  order(axis) {
    const { chart } = this;
    const other = axis === "x" ? chart.y : chart.x;
    const along = chart[axis];
    return (this.orders[axis] ??= [...along.keys()]
      .filter((i) => !isNaN(chart.y[i]))
      .sort((a, b) => along[a] - along[b] || other[a] - other[b] || a - b));
  }

  clear() {
    this.leave();
    this.tooltip.silence();
    this.chart.pick(-1);
  }
}
