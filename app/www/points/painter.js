// Draws dots into a canvas: ready-made, anti-aliased stamps copied into a pixel buffer, which is
// about ten times faster than a path for each dot. Knows nothing of Leaflet or Shiny.

import { category, HIDDEN, NOT_ELIGIBLE, NOT_REPORTED, SMALL, UNCERTAIN } from "./cast.js";
import { edgeOf, reachOf } from "./glyphs.js";

const RING = 0.5; // of the ground's colour round each dot, CSS pixels
const FADED = 0.62; // opacity where there are under 10 patients

export class Painter {
  constructor(canvas) {
    this.canvas = canvas;
    // The pixels are made by the processor: a canvas in its memory spares a copy.
    this.context = canvas.getContext("2d", { willReadFrequently: true });
    this.stamps = [];
  }

  resize(width, height, density) {
    this.density = density;
    this.canvas.width = Math.round(width * density);
    this.canvas.height = Math.round(height * density);
    this.reach = 0; // has a buffer made at the next paint
  }

  // colours: {bands: [[r, g, b], ...], glyphs: [a glyph a band, null for a disc], ground, muted}
  setColours(colours) {
    this.colours = colours;
    this.stamps = [];
    this.furthest = Math.max(1, ...colours.glyphs.map(reachOf));
  }

  // How far a dot reaches from its middle, in its radii.
  reachOf(code) {
    return reachOf(category(code) < NOT_REPORTED ? this.colours.glyphs[category(code)] : null);
  }

  // Takes: a cast, a code for each of its points, the mask of shown categories, positions in CSS
  // pixels, how much larger than at rest dots are, and the point to draw last (-1 none).
  paint({ cast, codes, show, x, y, growth, top }) {
    this.prepare(cast, growth);
    const draw = (point) => {
      const code = codes[point];
      if (isShown(code, show)) this.dot(x[point], y[point], code, cast.radius[point]);
    };
    cast.order.forEach(draw);
    if (top >= 0) draw(top);
    this.context.putImageData(this.image, -2 * this.reach, -2 * this.reach);
  }

  // An empty buffer with a margin twice as wide as the largest dot, so that no dot is clipped.
  prepare(cast, growth) {
    const largest = (cast.largest / 4) * growth * this.density * this.furthest + 2;
    const reach = 2 ** Math.ceil(Math.log2(Math.max(8, largest)));
    if (reach !== this.reach) {
      this.reach = reach;
      this.stride = this.canvas.width + 4 * reach;
      this.image = new ImageData(this.stride, this.canvas.height + 4 * reach);
      this.pixels = new Uint32Array(this.image.data.buffer);
      this.stamps = [];
    } else {
      this.pixels.fill(0);
    }
    if (growth !== this.growth) this.stamps = [];
    this.growth = growth;
  }

  dot(x, y, code, radius) {
    const column = Math.round(x * this.density);
    const row = Math.round(y * this.density);
    const reach = this.reach;
    // Said this way round, so that a point without a position (NaN) is left out too.
    if (!(column > -reach && column < this.canvas.width + reach)) return;
    if (!(row > -reach && row < this.canvas.height + reach)) return;
    const stamp = (this.stamps[radius * 64 + code] ??= this.makeStamp(code, radius / 4));
    const { solidAt, solid, edgeAt, edge } = stamp;
    const pixels = this.pixels;
    const centre = (row + 2 * reach) * this.stride + column + 2 * reach;
    for (let k = 0; k < solidAt.length; k++) pixels[centre + solidAt[k]] = solid[k];
    for (let k = 0; k < edgeAt.length; k++) {
      const at = centre + edgeAt[k];
      pixels[at] = pixels[at] === 0 ? edge[k] : blend(pixels[at], edge[k]);
    }
  }

  // Offsets and colours of a dot's pixels, those to copy and those to blend.
  makeStamp(code, radius) {
    const layers = this.layers(code, radius);
    const reaches = layers.map(({ glyph, radius, rim }) => radius * reachOf(glyph) + rim);
    const reach = Math.ceil(Math.max(...reaches) + 0.5);
    const edges = layers.map(({ glyph, radius }) => edgeOf(glyph, radius));
    const [solidAt, solid, edgeAt, edge] = [[], [], [], []];
    for (let row = -reach; row <= reach; row++) {
      const covers = layers.map(({ rim }, layer) => coversOf(edges[layer], { rim, row, reach }));
      for (let column = -reach; column <= reach; column++) {
        const colour = pixelOf(layers, covers, column + reach);
        const opaque = colour >>> 24 === 255;
        if (colour >>> 24 === 0) continue;
        (opaque ? solidAt : edgeAt).push(row * this.stride + column);
        (opaque ? solid : edge).push(colour);
      }
    }
    return {
      solidAt: Int32Array.from(solidAt),
      solid: Uint32Array.from(solid),
      edgeAt: Int32Array.from(edgeAt),
      edge: Uint32Array.from(edge),
    };
  }

  // How a code looks: discs and glyphs from the bottom up, radii and rims in device pixels.
  layers(code, radius) {
    const { bands, glyphs, ground, muted } = this.colours;
    const full = radius * this.growth * this.density;
    const ring = RING * this.density;
    const disc = (size, colour, opacity = 1) => ({ glyph: null, radius: size, rim: 0, colour, opacity });
    if (category(code) === NOT_REPORTED) {
      const tiny = Math.max(0.6 * full, 1.8 * this.density);
      return [disc(tiny, muted, 0.75), disc(tiny - 0.9 * this.density, ground)];
    }
    if (category(code) === NOT_ELIGIBLE) {
      const line = Math.max(1.1 * this.density, 0.22 * full);
      return [disc(full + ring, ground), disc(full, muted), disc(full - line, ground)];
    }
    const body = code & SMALL ? 0.75 * full : full;
    const opacity = code & SMALL ? FADED : 1;
    const band = Math.min(category(code), bands.length - 1);
    const [colour, glyph] = [bands[band], glyphs[band]];
    const layers = [
      { glyph, radius: body, rim: ring, colour: ground, opacity },
      { glyph, radius: body, rim: 0, colour, opacity },
    ];
    if (code & UNCERTAIN) layers.push(disc(0.4 * body, mix(colour, ground, 0.55), opacity));
    return layers;
  }
}

export const isShown = (code, show) => code !== HIDDEN && (show >>> category(code)) & 1;

const mix = (from, to, share) => from.map((channel, c) => channel + (to[c] - channel) * share);

// How much of each pixel of a row is within an edge and its rim. The edge is asked only near it: a
// pixel that is some pixels away from it has as many neighbours like itself.
function coversOf(edge, { rim, row, reach }) {
  const covers = new Float64Array(2 * reach + 1);
  for (let column = -reach; column <= reach; ) {
    const inside = rim - edge(column, row);
    const next = column + Math.max(1, Math.floor(Math.abs(inside) - 0.5));
    covers.fill(Math.min(1, Math.max(0, inside + 0.5)), column + reach, next + reach);
    column = next;
  }
  return covers;
}

// One pixel of a row, as ABGR (what a Uint32 over ImageData holds).
function pixelOf(layers, covers, place) {
  let [red, green, blue, alpha] = [0, 0, 0, 0];
  for (let layer = 0; layer < layers.length; layer++) {
    const { colour, opacity } = layers[layer];
    const cover = opacity * covers[layer][place];
    const rest = alpha * (1 - cover);
    alpha = cover + rest;
    if (alpha === 0) continue;
    red = (colour[0] * cover + red * rest) / alpha;
    green = (colour[1] * cover + green * rest) / alpha;
    blue = (colour[2] * cover + blue * rest) / alpha;
  }
  return pack(red, green, blue, 255 * alpha);
}

// `over` on `under`, both ABGR and not premultiplied. Called for every edge, so no closures here.
function blend(under, over) {
  const cover = over >>> 24;
  const rest = ((under >>> 24) * (255 - cover)) / 255;
  const alpha = cover + rest;
  return pack(
    ((over & 255) * cover + (under & 255) * rest) / alpha,
    (((over >>> 8) & 255) * cover + ((under >>> 8) & 255) * rest) / alpha,
    (((over >>> 16) & 255) * cover + ((under >>> 16) & 255) * rest) / alpha,
    alpha,
  );
}

function pack(red, green, blue, alpha) {
  return (
    (((alpha + 0.5) << 24) | ((blue + 0.5) << 16) | ((green + 0.5) << 8) | (red + 0.5)) >>> 0
  );
}
