// The view as a picture: the map drawn anew at twice the pixels, with its title, legend and source.
// What is said is what the server says of the view (app/atlas/caption.py); colours are the page's own.
// Tiles are not in it, for a browser keeps pictures of other hosts to itself.

import { withWords } from "./png-words.js";
import { readGlyph, trace } from "./points/glyphs.js";
import { Land } from "./points/land.js";
import { Outlines } from "./points/outlines.js";
import { Painter } from "./points/painter.js";
import { Towns } from "./points/towns.js";

export const SCALE = 2;
const PAD = 16;
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
const SIDE = 240; // of the legend, beside the maps
const ROW = 20; // of a line of the legend
const OVER = 22; // over maps that are two, for their years
const COUNT = 56; // a column of counts

const text = (selector) => document.querySelector(selector)?.textContent.trim() ?? "";
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// What is shown, as app/atlas/caption.py has it.
export const caption = () => JSON.parse(text("#shown"));

// The picture: {canvas, maps: [{id, left, top}]}, in CSS pixels; the canvas has SCALE times more.
export function compose() {
  const said = caption();
  const maps = shownMaps(said);
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  const legend = legendOf(context, said);
  const over = maps.some(({ words }) => words) ? OVER : 0;
  const wide = maps.reduce((sum, { width }) => sum + width + PAD, 0);
  const high = Math.max(...maps.map(({ height }) => height + over), legend.high);
  const width = Math.max(wide, 480) + SIDE + PAD;
  const head = wrapped(context, headlines(said), width - 2 * PAD);
  const foot = wrapped(context, sources(said), width - 2 * PAD);
  const top = 2 * PAD + heightOf(head);
  const height = top + high + PAD + heightOf(foot) + PAD;
  [canvas.width, canvas.height] = [width * SCALE, height * SCALE];
  context.scale(SCALE, SCALE);
  context.fillStyle = colour("--ground");
  context.fillRect(0, 0, width, height);
  write(context, head, { left: PAD, top: PAD });
  let left = PAD;
  for (const map of maps) {
    Object.assign(map, { left, top: top + over });
    write(context, [{ words: map.words, font: `600 13px ${FONT}`, high: OVER }], { left, top });
    drawMap(context, map);
    left += map.width + PAD;
  }
  drawLegend(context, legend, { left, top });
  write(context, foot, { left: PAD, top: top + high + PAD });
  return { canvas, width, height, maps: maps.map(({ id, left, top }) => ({ id, left, top })) };
}

export async function savePicture() {
  const said = caption();
  const { canvas } = compose();
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await withWords(blob, inWords(said)));
  link.download = `${said.file_name}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// What the file says of itself, to whoever cannot see it or finds it without its page.
const inWords = (said) => ({
  Title: `${said.title}. ${said.place}`,
  Description: [
    ...said.notes,
    ...said.said,
    ...said.panes.map(({ words }) => words),
    `${said.legend.heading}: ${shownMarks(said).map(({ words, counts }) => `${words} (${counts.map(counted).join(", ")})`).join("; ")}`,
  ].filter(Boolean).join("\n"),
  Source: `${said.kind}. ${said.sources.join(". ")}. ${location.href}`,
  Copyright: LICENCE,
});

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
    const maps = section && text("#shown") ? shownMaps(caption()) : [];
    if (!maps.length) return;
    for (const { surface } of maps) surface.recolour();
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

// The maps that are in sight, from left to right, with what stands over each. Each is measured anew:
// after a print Leaflet still has the size that the paper left it, until the browser tells it.
function shownMaps({ panes }) {
  return panes
    .map(({ map: id, words }) => ({ id, words, atlas: window.careAtlas?.maps[id] }))
    .filter(({ atlas }) => {
      if (!atlas?.surface?.container.offsetParent) return false;
      const { x, y } = atlas.surface.map.invalidateSize({ animate: false }).getSize();
      return x && y;
    })
    .map((map) => {
      const { surface } = map.atlas;
      const { x: width, y: height } = surface.map.getSize();
      return { ...map, surface, width, height };
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

// --- the legend: the bands that are shown, with how many have each on every map

const shownMarks = ({ legend }) => legend.marks.filter((mark) => mark.is_shown);
const counted = (number) => number.toLocaleString("en-GB");

function legendOf(context, said) {
  const { heading, ramp, bands } = said.legend;
  const head = wrapped(context, [{ words: heading, size: 13, weight: 600 }], SIDE - PAD);
  const [marks, dots] = [shownMarks(said), dotsOf({ ramp, bands })];
  const rows = marks.map((mark) => ({ ...mark, ...dots(mark.key) }));
  const years = said.panes.length > 1 ? said.panes.map(({ words }) => words.split(" ")[0]) : [];
  return { head, rows, years, high: heightOf(head) + (rows.length + 1) * ROW + PAD };
}

// How the page draws a band: {dot: a style, glyph}.
function dotsOf({ ramp, bands }) {
  return (key) => {
    const place = document.createElement("span");
    Object.assign(place.dataset, { ramp, bands });
    const dot = place.appendChild(Object.assign(document.createElement("i"), { className: `dot b${key}` }));
    document.body.append(place);
    const { backgroundColor, borderTopWidth, borderTopColor } = getComputedStyle(dot);
    const glyph = readGlyph(getComputedStyle(dot), key);
    place.remove();
    return { dot: { backgroundColor, borderTopWidth, borderTopColor }, glyph };
  };
}

function drawLegend(context, { head, rows, years }, { left, top }) {
  write(context, head, { left, top });
  top += heightOf(head) + ROW / 2;
  context.textBaseline = "middle";
  const right = (place, of) => left + SIDE - PAD - (of - 1 - place) * COUNT;
  if (years.length) {
    years.forEach((year, place) => aside(context, year, right(place, years.length), top));
    top += ROW;
  }
  rows.forEach(({ words, counts, dot, glyph }, row) => {
    const middle = top + ROW * row;
    context.beginPath();
    trace(context, glyph, { x: left + 6, y: middle, radius: 5 });
    context.fillStyle = dot.backgroundColor;
    context.fill();
    context.strokeStyle = dot.borderTopWidth === "0px" ? "transparent" : dot.borderTopColor;
    context.lineWidth = 1.5;
    context.stroke();
    context.font = `400 13px ${FONT}`;
    context.fillStyle = colour("--ink");
    context.fillText(words, left + 20, middle, SIDE - 24 - counts.length * COUNT);
    counts.forEach((count, place) => aside(context, counted(count), right(place, counts.length), middle));
  });
  context.textBaseline = "alphabetic";
}

function aside(context, words, right, middle) {
  context.font = `400 12px ${FONT}`;
  context.textAlign = "right";
  context.fillStyle = colour("--soft");
  context.fillText(words, right, middle);
  context.textAlign = "left";
}

// --- words

const LICENCE = "Open Government Licence v3.0";

function headlines(said) {
  const lines = [said.place, ...said.notes, said.said.join(" "), outlinesSaid(), ...changed()];
  return [
    { words: said.title, size: 18, weight: 600 },
    ...lines.filter(Boolean).map((words) => ({ words, size: 12, soft: true })),
  ];
}

// Where they are drawn, as on the page.
const outlinesSaid = () => document.querySelector("#outlines_said")?.checkVisibility() && text("#outlines_said");

// What had to be changed about what a link asked for.
const changed = () => [...document.querySelectorAll("#notes p, #pinned span")].map((note) => note.textContent);

function sources({ kind, sources: made }) {
  return [
    { words: [kind, ...made].join(" · "), size: 12, soft: true },
    { words: `${LICENCE} · Care Atlas · ${location.href}`, size: 10, soft: true },
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

function write(context, lines, { left, top }) {
  for (const { words, font, soft, high } of lines) {
    context.font = font;
    context.fillStyle = colour(soft ? "--soft" : "--ink");
    context.fillText(words, left, top + high * 0.75);
    top += high;
  }
}
