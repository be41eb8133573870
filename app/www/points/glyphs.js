// The shapes that bands have beside their colours, as app/draw/glyphs.py says them in CSS: read,
// measured for the painter's stamps, and drawn where one is enough. No glyph (null): a disc.

// Corners [[x, y], ...] from the middle, in radii of the disc of the same area.
export function readGlyph(style, band) {
  const said = style.getPropertyValue(`--glyph-${band}`);
  if (!said.includes("polygon")) return null;
  const room = Number(style.getPropertyValue("--glyph-room"));
  const along = [...said.matchAll(/([\d.]+)%/g)].map(([, percent]) => (percent / 50 - 1) * room);
  return along.flatMap((x, i) => (i % 2 ? [] : [[x, along[i + 1]]]));
}

// How far a glyph reaches from its middle, in radii of its disc.
export const reachOf = (glyph) => (glyph ? Math.max(...glyph.map(([x, y]) => Math.hypot(x, y))) : 1);

// Gives how far a place is outside a glyph of a radius: below 0 inside, all in the same unit.
export function edgeOf(glyph, radius) {
  if (!glyph) return (x, y) => Math.hypot(x, y) - radius;
  const corners = Float64Array.from(glyph.flat(), (along) => along * radius);
  return (x, y) => outside(corners, x, y);
}

// corners: [x, y, x, y, ...]. Called for many pixels, so nothing is made here.
function outside(corners, x, y) {
  let [nearest, isInside] = [Infinity, false];
  let [fromX, fromY] = [corners.at(-2), corners.at(-1)];
  for (let i = 0; i < corners.length; i += 2) {
    const toX = corners[i];
    const toY = corners[i + 1];
    const wide = toX - fromX;
    const high = toY - fromY;
    const left = x - fromX;
    const up = y - fromY;
    const along = Math.min(1, Math.max(0, (left * wide + up * high) / (wide * wide + high * high)));
    nearest = Math.min(nearest, (left - along * wide) ** 2 + (up - along * high) ** 2);
    // A line to the right of a place inside crosses the edges an odd number of times.
    if (fromY > y !== toY > y && left < (wide * up) / high) isInside = !isInside;
    fromX = toX;
    fromY = toY;
  }
  return isInside ? -Math.sqrt(nearest) : Math.sqrt(nearest);
}

// Adds a glyph to a path.
export function trace(path, glyph, { x, y, radius }) {
  if (!glyph) return path.arc(x, y, radius, 0, 2 * Math.PI);
  glyph.forEach(([across, down], i) => path[i ? "lineTo" : "moveTo"](x + across * radius, y + down * radius));
  path.closePath();
}
