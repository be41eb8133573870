// Shapes under the points: the land of each organisation, in the colour of its dot; at the level of
// practices the area's own, as a line, with a network's neighbours more faintly. Drawn with every
// paint, from the zoom at which they can be told apart.

import { category, decodeFloats, NOT_REPORTED, worldOf } from "./cast.js";
import { isShown } from "./painter.js";

const NOBODY = 255;
const NEIGHBOUR = -2;
const APART = 20; // pixels across the middling organisation: of less, lines are all that is seen
const [SPARSE, DENSE] = [28, 5]; // pixels from line to line along a row, of the lowest and the highest band
const TILE = 4; // a pattern is drawn so many times larger, to be smooth

export class Outline {
  // of: each ring's point in the cast, -1 for none, -2 for a neighbour's; corners: how many each
  // has; around: the neighbours' points.
  constructor({ cast, of, around, corners, lonlat }) {
    this.cast = cast;
    this.of = of;
    this.around = around ?? [];
    this.corners = corners;
    this.world = worldOf(decodeFloats(lonlat));
    this.across = across(this);
  }
}

// Outlines that cannot be told apart yet and so have not been sent: how far it is across the
// middling one is known, and `ask` asks for them once it is far enough.
export class Unsent {
  constructor({ cast, across }, ask) {
    Object.assign(this, { cast, across, ask, of: [], around: [], isAsked: false });
  }

  want() {
    if (!this.isAsked) this.ask();
    this.isAsked = true;
  }
}

// How far it is across the middling organisation, islands and all, in widths of the world.
function across({ of, corners, world }) {
  const extents = new Map();
  let at = 0;
  for (let ring = 0; ring < of.length; ring++) {
    if (!extents.has(of[ring])) extents.set(of[ring], [Infinity, Infinity, -Infinity, -Infinity]);
    const extent = extents.get(of[ring]);
    for (const end = at + 2 * corners[ring]; at < end; at += 2) {
      const [x, y] = [world[at], world[at + 1]];
      extent[0] = Math.min(extent[0], x);
      extent[1] = Math.min(extent[1], y);
      extent[2] = Math.max(extent[2], x);
      extent[3] = Math.max(extent[3], y);
    }
  }
  extents.delete(NEIGHBOUR);
  const widths = [...extents.values()].map(([left, top, right, bottom]) => Math.max(right - left, bottom - top));
  return widths.sort((one, other) => one - other)[widths.length >> 1] ?? 0;
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
    this.isClear = canvas.hidden = true; // one that is there is handed to the screen with every frame
    this.drawn = 0;
    if (!isOutlined || !outline || outline.cast !== cast?.key) return;
    if (outline.across * world < APART) return;
    if (outline.want) return outline.want();
    const lines = new Path2D();
    const paths = this.paths(outline, { codes, show, world, corner });
    if (paths.has(NEIGHBOUR)) this.drawAround(paths.get(NEIGHBOUR), outline.around, cast, { world, corner });
    paths.delete(NEIGHBOUR);
    for (const [band, path] of paths) {
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
    this.isClear = canvas.hidden = false;
  }

  // Neighbours: a broken line, and a grey dot for each practice that the map leaves out.
  drawAround(path, places, { worldX, worldY }, { world, corner }) {
    const { context } = this;
    context.globalAlpha = 0.4;
    context.lineWidth = 1;
    context.strokeStyle = context.fillStyle = this.colours.line;
    context.setLineDash([3, 3]);
    context.stroke(path);
    context.setLineDash([]);
    for (const place of places) {
      context.beginPath();
      context.arc(worldX[place] * world - corner.x, worldY[place] * world - corner.y, 2.5, 0, 2 * Math.PI);
      context.fill();
    }
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
      if (of[ring] === NEIGHBOUR) {
        if (!paths.has(NEIGHBOUR)) paths.set(NEIGHBOUR, new Path2D());
        addRing(paths.get(NEIGHBOUR), places.slice(from, at), { world, corner });
        this.drawn += 1;
        continue;
      }
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
