// The land under everything, so that dots do not float: a sketch, good for England in a window.
// Nearer by it would be wrong, and fades. Drawn again only when the map has moved.

import { worldOf } from "./cast.js";
import { addRing } from "./outlines.js";

const [FADES, GONE] = [8.5, 9.5]; // zoom levels

export class Land {
  // rings: [[[longitude, latitude], ...], ...]
  constructor(canvas, rings) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.rings = rings.map((ring) => worldOf(ring.flat()));
  }

  resize(width, height, density) {
    this.canvas.width = Math.round(width * density);
    this.canvas.height = Math.round(height * density);
    this.context.scale(density, density);
    this.drawn = "";
  }

  draw({ world, corner }, zoom, { land, coast }) {
    const drawn = [zoom, corner.x, corner.y, land, coast].join();
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const { context, canvas } = this;
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (zoom >= GONE) return;
    const path = new Path2D();
    for (const ring of this.rings) addRing(path, ring, { world, corner });
    context.globalAlpha = Math.min(1, (GONE - zoom) / (GONE - FADES));
    context.fillStyle = land;
    context.fill(path);
    context.strokeStyle = coast;
    context.stroke(path);
  }
}
