// The view as a picture: the map drawn anew at twice the pixels, with its title, legend and source.
// Colours and words are read from the page, so the picture is what the reader sees; tiles are not
// in it, for a browser keeps pictures of other hosts to itself.

import { readGlyph, trace } from "./points/glyphs.js";
import { Land } from "./points/land.js";
import { Outlines } from "./points/outlines.js";
import { Painter } from "./points/painter.js";
import { Towns } from "./points/towns.js";

export const SCALE = 2;
const PAD = 16;
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
const SIDE = 220; // of the legend, beside the maps

const text = (selector) => document.querySelector(selector)?.textContent.trim() ?? "";
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// The picture: {canvas, maps: [{id, left, top}]}, in CSS pixels; the canvas has SCALE times more.
export function compose() {
  const maps = shownMaps();
  const wide = maps.reduce((sum, { width }) => sum + width + PAD, 0);
  const high = Math.max(...maps.map(({ height }) => height), legendRows().length * 20 + 40);
  const width = Math.max(wide, 480) + SIDE + PAD;
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  const head = wrapped(context, headlines(), width - 2 * PAD);
  const foot = wrapped(context, sources(), width - 2 * PAD);
  const top = 2 * PAD + heightOf(head);
  const height = top + high + PAD + heightOf(foot) + PAD;
  [canvas.width, canvas.height] = [width * SCALE, height * SCALE];
  context.scale(SCALE, SCALE);
  context.fillStyle = colour("--ground");
  context.fillRect(0, 0, width, height);
  write(context, head, PAD);
  let left = PAD;
  for (const map of maps) {
    Object.assign(map, { left, top });
    drawMap(context, map);
    left += map.width + PAD;
  }
  drawLegend(context, left, top);
  write(context, foot, top + high + PAD);
  return { canvas, width, height, maps: maps.map(({ id, left, top }) => ({ id, left, top })) };
}

export async function savePicture() {
  const { canvas } = compose();
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${name()}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// A print has the picture in place of the map, which would be cut where the paper is narrower; in
// the light theme, for paper is white, and with shapes, for a printer may have no colours.
export function bringPictures() {
  const { dataset } = document.documentElement;
  let theme, shapes;
  addEventListener("beforeprint", () => {
    const section = document.querySelector(".atlas-map");
    ({ bsTheme: theme, shapes } = dataset);
    dataset.bsTheme = "light";
    dataset.shapes ??= "on";
    if (!section || !shownMaps().length) return;
    for (const { surface } of shownMaps()) surface.recolour();
    const { canvas } = compose();
    canvas.className = "atlas-print-picture";
    section.appendChild(canvas);
    document.body.classList.add("has-picture");
  });
  addEventListener("afterprint", () => {
    document.querySelector(".atlas-print-picture")?.remove();
    document.body.classList.remove("has-picture");
    for (const [name, was] of Object.entries({ bsTheme: theme, shapes })) {
      if (was) dataset[name] = was;
      else delete dataset[name];
    }
  });
}

function shownMaps() {
  return Object.entries(window.careAtlas?.maps ?? {})
    .filter(([, { surface }]) => surface?.map.getSize().x && surface.container.offsetParent)
    .map(([id, atlas]) => {
      const { x: width, y: height } = atlas.surface.map.getSize();
      return { id, atlas, surface: atlas.surface, width, height };
    });
}

// --- the map

function drawMap(context, { atlas, surface, width, height, left, top }) {
  context.fillStyle = getComputedStyle(surface.container).backgroundColor;
  context.fillRect(left, top, width, height);
  const corner = surface.map.getPixelBounds().min;
  const world = 256 * 2 ** surface.map.getZoom();
  const canvases = [];
  const fresh = (Drawn) => {
    const drawn = new Drawn(document.createElement("canvas"), []);
    drawn.resize(width, height, SCALE);
    canvases.push(drawn.canvas);
    return drawn;
  };
  const land = fresh(Land);
  land.rings = surface.land.rings;
  land.draw({ world, corner }, surface.map.getZoom(), surface.ground);
  const outlines = fresh(Outlines);
  outlines.colours = surface.outlines.colours;
  outlines.draw(atlas, { world, corner });
  const towns = fresh(Towns);
  towns.labels = surface.towns.labels;
  towns.draw(corner, surface.labels);
  const painter = fresh(Painter);
  painter.setColours(surface.painter.colours);
  const { cast, codes, show, selected: last } = atlas;
  const { x, y, growth } = surface;
  if (cast) painter.paint({ cast, codes, show, x, y, growth, top: last });
  for (const canvas of canvases) context.drawImage(canvas, left, top, width, height);
  if (surface.shows(last)) ring(context, left + x[last], top + y[last], surface.ringRadius(last));
}

function ring(context, x, y, radius) {
  context.strokeStyle = colour("--ink");
  context.lineWidth = 2;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
}

// --- the legend: the ticked bands, with their counts

function legendRows() {
  const rows = document.querySelectorAll("#legend .shiny-options-group input:checked");
  return [...rows].map((box) => {
    const row = box.closest("label");
    const part = (name) => row.querySelector(name)?.textContent.trim() ?? "";
    const dot = getComputedStyle(row.querySelector(".dot"));
    return { words: part(".band-words"), count: part(".band-count"), dot, glyph: readGlyph(dot, box.value) };
  });
}

function drawLegend(context, left, top) {
  context.textBaseline = "middle";
  context.font = `600 13px ${FONT}`;
  context.fillStyle = colour("--ink");
  context.fillText(text("#band-label"), left, top + 10, SIDE);
  legendRows().forEach(({ words, count, dot, glyph }, row) => {
    const middle = top + 36 + 20 * row;
    context.beginPath();
    trace(context, glyph, { x: left + 6, y: middle, radius: 5 });
    context.fillStyle = dot.backgroundColor;
    context.fill();
    context.strokeStyle = dot.borderTopWidth === "0px" ? "transparent" : dot.borderTopColor;
    context.lineWidth = 1.5;
    context.stroke();
    context.font = `400 13px ${FONT}`;
    context.fillStyle = colour("--ink");
    context.fillText(words, left + 20, middle, SIDE - 80);
    context.textAlign = "right";
    context.fillStyle = colour("--soft");
    context.fillText(count, left + SIDE - PAD, middle);
    context.textAlign = "left";
  });
  context.textBaseline = "alphabetic";
}

// --- words

function headlines() {
  const found = [{ words: text("#title h1"), size: 18, weight: 600 }];
  for (const said of [place(), text("#title p"), text("#year_note"), outlinesSaid(), ...notes()]) if (said) found.push({ words: said, size: 12, soft: true });
  return found;
}

const place = () => [...document.querySelectorAll("#crumbs li")].at(-1)?.textContent.replace("›", "").trim();

// Where they are drawn, as on the page.
const outlinesSaid = () => document.querySelector("#outlines_said")?.checkVisibility() && text("#outlines_said");

const notes = () => [...document.querySelectorAll("#notes p, #pinned span")].map((note) => note.textContent);

function sources() {
  const said = [...document.querySelectorAll("#provenance .atlas-badge, #provenance span")];
  const parts = said.map(({ textContent }) => textContent.trim());
  return [
    { words: parts.join(" · "), size: 12, soft: true },
    { words: `Open Government Licence v3.0 · Care Atlas · ${location.href}`, size: 10, soft: true },
  ];
}

// Lines that fit: [{words, font, soft, high}]
function wrapped(context, paragraphs, width) {
  const lines = [];
  for (const { words, size, weight = 400, soft } of paragraphs) {
    const font = `${weight} ${size}px ${FONT}`;
    context.font = font;
    let line = "";
    for (const piece of words.split(/(?<=[\s&,])/)) {
      if (line && context.measureText(line + piece).width > width) {
        lines.push({ words: line, font, soft, high: size * 1.4 });
        line = "";
      }
      line += piece;
    }
    lines.push({ words: line, font, soft, high: size * 1.4 });
  }
  return lines;
}

const heightOf = (lines) => lines.reduce((sum, { high }) => sum + high, 0);

function write(context, lines, top) {
  for (const { words, font, soft, high } of lines) {
    context.font = font;
    context.fillStyle = colour(soft ? "--soft" : "--ink");
    context.fillText(words, PAD, top + high * 0.75);
    top += high;
  }
}

function name() {
  const asked = new URLSearchParams(location.search);
  const parts = ["indicator", "year", "level", "area"].map((part) => asked.get(part)).filter(Boolean);
  return ["care-atlas", ...parts].join("-").replace(/[^\w-]+/g, "-").slice(0, 120);
}
