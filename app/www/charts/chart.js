// One chart: dots for the organisations of the map's cast, with the map's own painter, between a
// ground (axes, limits) and what lies over it (steps, rings). Reader does mouse and keyboard.

import { decodeFloats } from "../points/cast.js";
import { readGlyph } from "../points/glyphs.js";
import { onLook } from "../points/look.js";
import { isShown, Painter } from "../points/painter.js";
import { channels } from "../points/palette.js";
import { drawGround, drawOver, frameOf, toX, toY } from "./axes.js";
import { Reader } from "./reader.js";
import { scaleOf } from "./scale.js";

const OUTER = 2; // a place outside the 99.8 % limits
const RADII = [[1500, 2.25], [200, 3.5], [30, 5], [0, 7]]; // CSS pixels, by how many there are

export class Chart {
  constructor(box) {
    this.box = box;
    this.data = null;
    this.paints = 0; // for tests and benchmarks
    const layers = ["ground", "rings", "dots", "over"];
    [this.ground, this.rings, this.dots, this.over] = layers.map((name) => this.add(name));
    this.painter = new Painter(this.dots);
    this.reader = new Reader(this);
    new ResizeObserver(() => this.resize()).observe(box);
    onLook(() => this.resize());
  }

  get atlas() {
    return window.careAtlas.maps.map;
  }

  add(name) {
    const canvas = document.createElement("canvas");
    canvas.className = `chart-${name}`;
    return this.box.appendChild(canvas);
  }

  onData(message) {
    this.box.hidden = Boolean(message.empty);
    this.data = message.empty ? null : decoded(message);
    this.reader.reset();
    this.resize();
  }

  // Whether there is something to draw, and a place to draw it in.
  get isReady() {
    return Boolean(this.data && this.box.clientWidth && this.data.cast === this.atlas.cast?.key);
  }

  // New data, size or colours: everything anew.
  resize() {
    if (!this.isReady) return;
    const { clientWidth: width, clientHeight: height } = this.box;
    const density = devicePixelRatio || 1;
    this.frame = frameOf(width, height);
    for (const canvas of [this.ground, this.rings, this.over]) {
      canvas.width = Math.round(width * density);
      canvas.height = Math.round(height * density);
      canvas.getContext("2d").scale(density, density);
    }
    this.painter.resize(width, height, density);
    this.recolour();
    this.place();
    drawGround(this.ground.getContext("2d"), this.frame, this.drawing, this.ink);
    this.paint();
  }

  recolour() {
    const { bands, ramp } = this.atlas;
    Object.assign(this.box.dataset, { bands, ramp });
    const style = getComputedStyle(this.box);
    const colour = (name) => style.getPropertyValue(name).trim();
    const names = ["ground", "line", "soft", "ink"];
    this.ink = Object.fromEntries(names.map((name) => [name, colour(`--${name}`)]));
    const rgb = (name) => channels(this.painter.context, colour(name));
    const each = (of) => Array.from({ length: bands }, (_, band) => of(band));
    this.painter.setColours({
      bands: each((band) => rgb(`--band-${band}`)),
      glyphs: each((band) => readGlyph(style, band)),
      ground: rgb("--ground"),
      muted: rgb("--soft"),
    });
    this.read = `${ramp} ${bands}`;
  }

  // Where every point stands, in CSS pixels; not a number for those without one.
  place() {
    const { x, y, scales } = this.data;
    this.x = Float64Array.from(x, (value, i) => toX(this.frame, scales.x.share(value, i)));
    this.y = Float64Array.from(y, (value, i) => (isNaN(x[i]) ? NaN : toY(this.frame, scales.y.share(value))));
    this.count = this.y.reduce((count, value) => count + !isNaN(value), 0);
    this.radius = RADII.find(([least]) => this.count >= least)[1];
    const size = Math.round(4 * this.radius);
    this.cast = { order: this.data.order, largest: size, radius: new Uint8Array(x.length).fill(size) };
    this.drawing = { ...this.data, ...scales };
    this.reader.reset();
  }

  paint() {
    const { codes, show, selected, bands } = this.atlas;
    const changed = [codes, show, selected, bands];
    if (`${this.atlas.ramp} ${bands}` !== this.read) this.recolour();
    const { cast, x, y } = this;
    this.painter.paint({ cast, codes, show, x, y, growth: 1, top: selected });
    const over = this.over.getContext("2d");
    over.clearRect(0, 0, this.box.clientWidth, this.box.clientHeight);
    if (this.data.places) this.ringOuter();
    drawOver(over, this.frame, this.drawing, this.ink);
    this.reader.ring("selected", selected);
    this.reader.ring("hover", this.reader.point);
    this.painted = changed;
    this.paints += 1;
    this.box.dataset.drawn = this.paints;
  }

  // A ready-made ring, copied: thousands of arcs would take longer than all the rest. Under the
  // dots, so that where most are outside their colours are still seen.
  ringOuter() {
    const context = this.rings.getContext("2d");
    context.clearRect(0, 0, this.box.clientWidth, this.box.clientHeight);
    const stamp = ringStamp(this.radius + 1.75, this.ink.soft, devicePixelRatio || 1);
    const size = stamp.width / (devicePixelRatio || 1);
    for (const [point, place] of this.data.places.entries()) {
      if (Math.abs(place) !== OUTER || !this.shows(point)) continue;
      context.drawImage(stamp, this.x[point] - size / 2, this.y[point] - size / 2, size, size);
    }
  }

  // The map has changed: bands, ticks, edges, selection, or who is on it.
  follow() {
    if (!this.isReady) return;
    const { codes, show, selected, bands } = this.atlas;
    const isSame = [codes, show, selected, bands].every((value, k) => value === this.painted?.[k]);
    if (!isSame) this.frame ? this.paint() : this.resize();
  }

  ringHovered() {
    if (this.isReady && this.frame) this.reader.ring("hover", this.atlas.hovered);
  }

  shows(point) {
    const { codes, show } = this.atlas;
    return point >= 0 && !isNaN(this.y?.[point]) && Boolean(isShown(codes[point], show));
  }

  pick(point) {
    this.atlas.select(point);
    this.atlas.tell("pick", point);
  }
}

function decoded(message) {
  const scales = { x: scaleOf(message.across), y: scaleOf(message.up) };
  const [x, y] = [decodeFloats(message.x), decodeFloats(message.y)];
  const places = message.places && decodeFloats(message.places);
  const ends = ({ low, high, step }) =>
    message.across.kind === "words"
      ? [0.1, 0.9].map((share) => (step + share) / message.across.words.length)
      : [scales.x.share(low), scales.x.share(high)];
  const steps = (message.steps ?? []).map((step) => ({ ...step, ends: ends(step) }));
  const curves = message.curves ?? [];
  return { ...message, curves, x, y, places, scales, steps, order: Uint32Array.from(x, (_, i) => i) };
}

function ringStamp(radius, colour, density) {
  const stamp = document.createElement("canvas");
  stamp.width = stamp.height = 2 * Math.ceil((radius + 1) * density);
  const context = stamp.getContext("2d");
  const centre = stamp.width / 2;
  context.arc(centre, centre, radius * density, 0, 2 * Math.PI);
  context.strokeStyle = colour;
  context.lineWidth = density;
  context.stroke();
  return stamp;
}
