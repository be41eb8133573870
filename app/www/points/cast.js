// Who is on the map and where: one Cast for each list of organisations (a year, a level).
// Also the decoders of what the server sends. Knows nothing of canvas or Leaflet.

// A code is a band (the low four bits) and two flags; HIDDEN is none of these.
export const NOT_REPORTED = 14;
export const NOT_ELIGIBLE = 15;
export const SMALL = 16;
export const UNCERTAIN = 32;
export const HIDDEN = 63;
export const category = (code) => code & 15;

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const CODE_OF = new Uint8Array(128).fill(HIDDEN);
for (let code = 0; code < 64; code++) CODE_OF[ALPHABET.charCodeAt(code)] = code;

export function decodeCodes(text) {
  const codes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) codes[i] = CODE_OF[text.charCodeAt(i) & 127];
  return codes;
}

export function decodeBytes(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export const decodeFloats = (base64) => new Float32Array(decodeBytes(base64).buffer);
export const decodeDoubles = (base64) => new Float64Array(decodeBytes(base64).buffer);

// Longitudes and latitudes, in turn, as places from 0 to 1 across the Mercator square.
export function worldOf(degrees) {
  const world = new Float64Array(degrees.length);
  for (let i = 0; i < degrees.length; i += 2) {
    const latitude = (degrees[i + 1] * Math.PI) / 180;
    world[i] = degrees[i] / 360 + 0.5;
    world[i + 1] = 0.5 - Math.log(Math.tan(Math.PI / 4 + latitude / 2)) / (2 * Math.PI);
  }
  return world;
}

// The codes with their bands cut at other edges, as engine/bands.py and ask.marked do it: a band
// includes its lower edge, and is uncertain where the interval reaches into another.
export function recut(codes, { value, low, high }, edges) {
  return codes.map((code, i) => {
    if (category(code) >= NOT_REPORTED) return code; // hidden ones too
    const spans = !isNaN(low[i]) && bandOf(low[i], edges) !== bandOf(high[i], edges);
    return bandOf(value[i], edges) | (code & SMALL) | (spans ? UNCERTAIN : 0);
  });
}

function bandOf(value, edges) {
  let band = 0;
  while (value >= edges[band]) band += 1;
  return band;
}

export class Cast {
  constructor({ cast, lonlat, radius }) {
    this.key = cast;
    this.lonlat = decodeFloats(lonlat);
    this.length = this.lonlat.length / 2;
    this.resize(decodeBytes(radius));
    this.names = this.codes = this.notes = this.about = null; // come later, for the tooltip
    const world = worldOf(this.lonlat);
    this.worldX = world.filter((_, i) => i % 2 === 0);
    this.worldY = world.filter((_, i) => i % 2 === 1);
    this.spread();
  }

  // radius: in quarter pixels, for each point
  resize(radius) {
    this.radius = radius;
    this.largest = radius.reduce((most, size) => Math.max(most, size), 0);
    this.order = drawingOrder(radius);
  }

  // Organisations at one address stand on a small circle round it, by index, so that each can be
  // seen and reached. Offsets are in diameters of a dot.
  spread() {
    this.offsetX = new Float32Array(this.length);
    this.offsetY = new Float32Array(this.length);
    const addresses = new Map();
    for (let i = 0; i < this.length; i++) {
      const address = `${this.lonlat[2 * i]} ${this.lonlat[2 * i + 1]}`;
      const here = addresses.get(address);
      if (here) here.push(i);
      else addresses.set(address, [i]);
    }
    for (const here of addresses.values()) {
      if (here.length === 1) continue;
      const circle = 0.55 / Math.sin(Math.PI / here.length);
      here.forEach((point, nth) => {
        const angle = (2 * Math.PI * nth) / here.length;
        this.offsetX[point] = circle * Math.cos(angle);
        this.offsetY[point] = circle * Math.sin(angle);
      });
    }
  }
}

// Shuffled, so that no band or region lies on top of another, and the same each time; large dots
// under small ones.
function drawingOrder(radius) {
  const order = Uint32Array.from(radius, (_, i) => i);
  let seed = 20040401;
  for (let i = order.length - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((seed / 2 ** 32) * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order.sort((a, b) => radius[b] - radius[a]); // stable: equal sizes stay shuffled
}
