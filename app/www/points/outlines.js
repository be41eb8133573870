// Shapes under the points: the ground that each organisation's practices cover, in the colour of
// its dot; at the level of practices the area's own, as a line. Drawn with every paint.

import { category, decodeFloats, NOT_REPORTED, worldOf } from "./cast.js";
import { isShown } from "./painter.js";

const NOBODY = 255;
const [SPARSE, DENSE] = [28, 5]; // pixels from line to line along a row, of the lowest and the highest band
const TILE = 4; // a pattern is drawn so many times larger, to be smooth

export class Outline {
  // of: each ring's point in the cast, -1 for none; corners: how many each has.
  constructor({ cast, of, corners, lonlat }) {
    this.cast = cast;
    this.of = of;
    this.corners = corners;
    this.world = worldOf(decodeFloats(lonlat));
  }
}

export class Outlines {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.colours = { bands: [], line: "gray" };
    this.patterns = new Map(); // hatches, by what they look like
    this.isClear = true;
    this.drawn = 0; // rings, for tests
  }

  resize(width, height, density) {
    this.canvas.width = Math.round(width * density);
    this.canvas.height = Math.round(height * density);
    this.context.scale(density, density);
    this.isClear = true;
  }

  draw({ outline, cast, codes, show, isOutlined }, { world, corner }) {
    const { context, canvas } = this;
    if (!this.isClear) context.clearRect(0, 0, canvas.width, canvas.height);
    this.isClear = true;
    this.drawn = 0;
    if (!isOutlined || !outline || outline.cast !== cast?.key) return;
    const lines = new Path2D();
    for (const [band, path] of this.paths(outline, { codes, show, world, corner })) {
      lines.addPath(path);
      if (!this.colours.bands[band]) continue; // nobody was eligible, or a line alone
      context.globalAlpha = 0.16;
      context.fillStyle = this.colours.bands[band];
      context.fill(path);
      if (this.colours.isHatched) this.hatch(path, band, corner);
    }
    context.globalAlpha = 0.55;
    context.lineWidth = 1;
    context.strokeStyle = this.colours.line;
    context.stroke(lines);
    this.isClear = false;
  }

  // Lines across a band's ground, closer the higher the band; they move with the map.
  hatch(path, band, corner) {
    const { context, colours, patterns } = this;
    const gap = SPARSE * (DENSE / SPARSE) ** (band / Math.max(1, colours.bands.length - 1));
    const key = `${gap} ${colours.line}`;
    if (!patterns.has(key)) patterns.set(key, context.createPattern(hatched(gap, colours.line), "repeat"));
    const pattern = patterns.get(key);
    pattern.setTransform(new DOMMatrix([1, 0, 0, 1, -corner.x, -corner.y]).scale(1 / TILE));
    context.globalAlpha = 0.5;
    context.fillStyle = pattern;
    context.fill(path);
  }

  // One path a band, of the rings whose dots are shown.
  paths({ of, corners, world: places }, { codes, show, world, corner }) {
    const paths = new Map();
    let at = 0;
    for (let ring = 0; ring < of.length; ring++) {
      const from = at;
      at += 2 * corners[ring];
      const code = of[ring] < 0 ? NOBODY : codes[of[ring]];
      if (code === undefined) continue; // an area that the other of two years has alone
      if (code !== NOBODY && !isShown(code, show)) continue;
      const band = code === NOBODY || category(code) >= NOT_REPORTED ? NOBODY : category(code);
      if (!paths.has(band)) paths.set(band, new Path2D());
      addRing(paths.get(band), places.slice(from, at), { world, corner });
      this.drawn += 1;
    }
    return paths;
  }
}

// A ring of places in the world, in turn x and y, as pixels from the map's corner.
export function addRing(path, places, { world, corner }) {
  for (let i = 0; i < places.length; i += 2) {
    const [x, y] = [places[i] * world - corner.x, places[i + 1] * world - corner.y];
    if (i === 0) path.moveTo(x, y);
    else path.lineTo(x, y);
  }
  path.closePath();
}

// A square with a line from corner to corner that goes on in the next.
function hatched(gap, colour) {
  const tile = document.createElement("canvas");
  const side = (tile.width = tile.height = Math.round(gap * TILE));
  const context = tile.getContext("2d");
  context.strokeStyle = colour;
  context.lineWidth = TILE;
  for (const from of [-side, 0, side]) {
    context.moveTo(from - side, side * 2);
    context.lineTo(from + side * 2, -side);
  }
  context.stroke();
  return tile;
}
