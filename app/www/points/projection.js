// From degrees to pixels, as Leaflet has them, without Leaflet: of a view, and of all points.

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// Dots of 3 px for England in a window, gently larger nearer by.
export const growthAt = (zoom) => Math.round(20 * clamp(2 ** ((zoom - 7) / 7), 0.85, 2)) / 20;

// Positions of all points in CSS pixels from the map's corner; NaN where there is none.
// Takes: the cast, the zoom, the corner in the world's pixels, and two arrays to fill.
export function place(cast, { zoom, corner, x, y }) {
  const world = 256 * 2 ** zoom;
  const spread = (0.06 + 0.94 * clamp((zoom - 8) / 3, 0, 1)) * (cast.largest / 2) * growthAt(zoom);
  for (let i = 0; i < cast.length; i++) {
    x[i] = cast.worldX[i] * world - corner.x + cast.offsetX[i] * spread;
    y[i] = cast.worldY[i] * world - corner.y + cast.offsetY[i] * spread;
  }
}

// The view that Leaflet's fitBounds gives for two corners: zoom and the corner in pixels.
// Takes: [[x, y], [x, y]] of the world's square, 0 to 1; the map's size; the room round it, the
// steps of its zoom and how far that goes.
export function fitted([one, other], { width, height }, { padding, snap, least, most }) {
  const [low, high] = [0, 1].map((c) => [Math.min(one[c], other[c]), Math.max(one[c], other[c])]);
  const across = (width - 2 * padding) / (256 * (low[1] - low[0]));
  const down = (height - 2 * padding) / (256 * (high[1] - high[0]));
  const exact = Math.log2(Math.min(across, down));
  const rounded = Math.round(exact / (snap / 100)) * (snap / 100); // as Leaflet: 1 % of a step is none
  const zoom = clamp(Math.floor(rounded / snap) * snap, least, most);
  const world = 256 * 2 ** zoom;
  const middle = { x: ((low[0] + low[1]) / 2) * world, y: ((high[0] + high[1]) / 2) * world };
  const corner = { x: Math.round(middle.x - width / 2), y: Math.round(middle.y - height / 2) };
  return { zoom, corner };
}
