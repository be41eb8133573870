// The first map, painted from what stands in the page before any library has run; it lies over the
// real one until that has painted the same. app/atlas/drawing/first_map.py writes what it reads.

import { Cast, decodeCodes, worldOf } from "./points/cast.js";
import { Land } from "./points/land.js";
import { Painter } from "./points/painter.js";
import { fitted, growthAt, place } from "./points/projection.js";
import { groundOf, paletteOf } from "./points/palette.js";

const FIT = { padding: 12, snap: 0.1, least: 5, most: 16 }; // as map_layer.py and surface.js have it

const said = document.getElementById("first_map");
const figure = said && document.getElementById("figure_now");
const size = figure?.getBoundingClientRect();
if (size?.width) paint(JSON.parse(said.textContent));

function paint({ cast: who, codes, bounds, land }) {
  const cast = new Cast(who);
  const over = figure.appendChild(document.createElement("div"));
  over.className = "points-map points-first";
  over.dataset.bands = codes.bands;
  over.dataset.ramp = codes.ramp;
  const corners = bounds.map(([latitude, longitude]) => worldOf([longitude, latitude]));
  const view = fitted(corners, size, FIT);
  const world = { world: 256 * 2 ** view.zoom, corner: view.corner };
  const [under, dots] = [new Land(canvas(over), land), new Painter(canvas(over))];
  for (const layer of [under, dots]) layer.resize(size.width, size.height, devicePixelRatio);
  under.draw(world, view.zoom, groundOf(over));
  dots.setColours(paletteOf(over, codes.bands, dots.context));
  const [x, y] = [new Float32Array(cast.length), new Float32Array(cast.length)];
  place(cast, { ...view, x, y });
  const growth = growthAt(view.zoom);
  dots.paint({ cast, codes: decodeCodes(codes.codes), show: codes.show, x, y, growth, top: -1 });
  // For the bench, which asks the real map the same.
  over.placeOf = ([latitude, longitude]) => {
    const [across, down] = worldOf([longitude, latitude]);
    return { x: across * world.world - view.corner.x, y: down * world.world - view.corner.y };
  };
  performance.mark("first-map");
  document.addEventListener("atlas-first-paint", () => over.remove(), { once: true });
}

function canvas(over) {
  return over.appendChild(document.createElement("canvas"));
}
