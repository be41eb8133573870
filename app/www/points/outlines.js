// Shapes under the points: the ground that each organisation's practices cover, in the colour of
// its dot; at the level of practices the area's own, as a line. Drawn with every paint.

import { category, decodeFloats, NOT_REPORTED } from "./cast.js";
import { isShown } from "./painter.js";

const NOBODY = 255;

export class Outline {
  // of: each ring's point in the cast, -1 for none; corners: how many each has.
  constructor({ cast, of, corners, lonlat }) {
    this.cast = cast;
    this.of = of;
    this.corners = corners;
    const degrees = decodeFloats(lonlat);
    this.world = new Float64Array(degrees.length); // 0 to 1 across the Mercator square
    for (let i = 0; i < degrees.length; i += 2) {
      const latitude = (degrees[i + 1] * Math.PI) / 180;
      this.world[i] = degrees[i] / 360 + 0.5;
      this.world[i + 1] = 0.5 - Math.log(Math.tan(Math.PI / 4 + latitude / 2)) / (2 * Math.PI);
    }
  }
}

export class Outlines {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.colours = { bands: [], line: "gray" };
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
    }
    context.globalAlpha = 0.55;
    context.lineWidth = 1;
    context.strokeStyle = this.colours.line;
    context.stroke(lines);
    this.isClear = false;
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
      const path = paths.get(band);
      for (let i = from; i < at; i += 2) {
        const [x, y] = [places[i] * world - corner.x, places[i + 1] * world - corner.y];
        if (i === from) path.moveTo(x, y);
        else path.lineTo(x, y);
      }
      path.closePath();
      this.drawn += 1;
    }
    return paths;
  }
}
