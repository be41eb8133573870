// Faint town names under the points, so that a map without tiles still says where one is. Drawn again
// only when the map has moved.

const FONT = "500 12px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
const HIGH = 16; // of a name, in pixels
// Where a name may stand: on its town, else beside it, this many pixels away.
// At most some 60 km, so that a small map does not send London to the sea.
const AWAY = [4, 20, 36, 56];
const furthest = (zoom) => 0.65 * 2 ** zoom;
const SIDES = [[1, 0], [-1, 0], [0, -1], [0, 1]];

export class Towns {
  // places: [[name, latitude, longitude, zoom from which it is drawn], ...]
  constructor(canvas, places) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.places = places;
    this.labels = [];
  }

  resize(width, height, density) {
    this.canvas.width = Math.round(width * density);
    this.canvas.height = Math.round(height * density);
    this.context.scale(density, density);
    this.drawn = "";
  }

  // Chooses each name's place for a zoom level: where it covers no other name and as few points
  // as can be. Positions are in the world's pixels, so that moving the map changes nothing.
  // Takes: the map; the points' positions from the map's corner, their radius, and the corner.
  settle(map, points) {
    this.labels = [];
    this.drawn = "";
    this.context.font = FONT;
    for (const [name, latitude, longitude, from] of this.places) {
      if (map.getZoom() < from) continue;
      const town = map.project([latitude, longitude]);
      const half = this.context.measureText(name).width / 2 + 3;
      const near = nearby(points, town, 2 * half + 60, 2 * HIGH + 60);
      const [best] = candidates({ name, half }, town, furthest(map.getZoom()))
        .filter((label) => !this.labels.some((other) => overlap(label, other)))
        .map((label) => ({ ...label, cost: covered(label, near, points.radius) + label.away / 3 }))
        .sort((a, b) => a.cost - b.cost);
      if (best) this.labels.push(best);
    }
  }

  draw(corner, { ink, ground }) {
    const drawn = [corner.x, corner.y, ink, ground].join();
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    const context = this.context;
    const { width, height } = this.canvas;
    const wide = width / (devicePixelRatio || 1);
    context.clearRect(0, 0, width, height);
    Object.assign(context, {
      font: FONT,
      textAlign: "center",
      textBaseline: "middle",
      lineJoin: "round",
      lineWidth: 3,
      strokeStyle: ground,
      fillStyle: ink,
    });
    for (const label of this.labels) {
      const [x, y] = [label.x - corner.x, label.y - corner.y];
      // A name that the edge would cut is left out.
      if (x < label.half || y < -HIGH || x > wide - label.half || y > height + HIGH) continue;
      context.strokeText(label.name, x, y);
      context.fillText(label.name, x, y);
    }
  }
}

function candidates({ name, half }, { x, y }, most) {
  const beside = AWAY.filter((away) => away <= most).flatMap((away) =>
    SIDES.map(([across, down]) => ({
      name,
      half,
      away,
      x: x + across * (half + away),
      y: y + down * (HIGH / 2 + away),
    })),
  );
  return [{ name, half, away: 0, x, y }, ...beside];
}

const overlap = (a, b) => Math.abs(a.x - b.x) < a.half + b.half && Math.abs(a.y - b.y) < HIGH;

// The points that any of a town's candidates could cover: [x, y, x, y, ...].
function nearby({ x, y, radius, corner }, town, across, down) {
  const found = [];
  for (let i = 0; i < x.length; i++) {
    const [left, top] = [x[i] + corner.x, y[i] + corner.y];
    if (Math.abs(left - town.x) > across + radius) continue;
    if (Math.abs(top - town.y) <= down + radius) found.push(left, top);
  }
  return found;
}

// How much of a name is covered: points, each by its area beside that of a practice's.
function covered({ x, y, half }, near, radius) {
  let count = 0;
  for (let i = 0; i < near.length; i += 2) {
    const across = Math.abs(near[i] - x);
    if (across < half + radius && Math.abs(near[i + 1] - y) < HIGH / 2 + radius) count += 1;
  }
  return count * Math.max(1, radius ** 2 / 9);
}
