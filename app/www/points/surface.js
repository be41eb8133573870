// The canvases on a Leaflet map: keeps them in place and in size, turns positions into pixels,
// paints, and says which point is under a pixel. What is shown is decided by AtlasMap.
// Leaflet is `L`, a global that ipyleaflet sets before any map exists.

import { Land } from "./land.js";
import { onLook } from "./look.js";
import { isShown, Painter } from "./painter.js";
import { Outlines } from "./outlines.js";
import { groundOf, paletteOf } from "./palette.js";
import { growthAt, place } from "./projection.js";
import { Towns } from "./towns.js";

export class Surface {
  constructor(atlas, map, { home, places, land, tiles, attribution }) {
    this.atlas = atlas;
    this.map = map;
    this.home = home;
    this.container = map.getContainer();
    this.container.classList.add("points-map");
    this.land = new Land(this.addCanvas("points-land"), land);
    this.outlines = new Outlines(this.addCanvas("points-outlines"));
    this.towns = new Towns(this.addCanvas("points-towns"), places);
    this.painter = new Painter(this.addCanvas("points-dots"));
    this.layers = [this.land, this.outlines, this.towns, this.painter]; // the lowest first
    this.canvas = this.painter.canvas;
    this.rings = { hover: this.addRing("hover"), selected: this.addRing("selected") };
    this.atHome = true; // until somebody moves the map
    this.zooming = false;
    this.way = addWayHome(map, () => atlas.look(null));
    if (tiles) this.tiles = L.tileLayer(tiles, { attribution }).addTo(map);
    this.listen();
    // As options, not by setMaxBounds(): that answers each move with a pan of its own.
    L.setOptions(map, { maxBounds: L.latLngBounds(home).pad(1), maxBoundsViscosity: 1 });
    this.resized();
  }

  addCanvas(name) {
    const canvas = document.createElement("canvas");
    canvas.className = `${name} leaflet-zoom-animated`;
    return this.map.getPane("overlayPane").appendChild(canvas);
  }

  addRing(name) {
    const ring = document.createElement("div");
    ring.className = `points-ring points-ring-${name}`;
    ring.hidden = true;
    return this.container.appendChild(ring);
  }

  listen() {
    this.mapEvents = {
      move: () => this.paint(),
      resize: () => this.resized(),
      zoomanim: (event) => this.animate(event),
      zoomend: () => this.zoomed(),
      moveend: () => this.settled(),
      dragstart: () => this.moved(),
      zoomstart: () => this.moved(),
    };
    this.map.on(this.mapEvents);
    this.sizes = new ResizeObserver(() => this.map.invalidateSize({ animate: false }));
    this.sizes.observe(this.container);
    this.unlook = onLook(() => this.recolour());
  }

  remove() {
    this.map.off(this.mapEvents);
    this.tiles?.remove();
    this.way.remove();
    this.sizes.disconnect();
    this.unlook();
    for (const { canvas } of this.layers) canvas.remove();
    for (const ring of Object.values(this.rings)) ring.remove();
  }

  // --- size, place, colour

  resized() {
    const { x: width, y: height } = this.map.getSize();
    if (!width || !height) return; // hidden for now: a phone shows the table
    const density = (this.density = window.devicePixelRatio);
    for (const drawn of this.layers) {
      drawn.resize(width, height, density);
      drawn.canvas.style.width = `${width}px`;
      drawn.canvas.style.height = `${height}px`;
    }
    if (this.atHome) this.fit();
    this.recolour();
  }

  fit() {
    this.atHome = true;
    if (!this.map.getSize().x) return; // done by resized() once there is a size
    this.fitting = true;
    const { extent, bounds } = this.atlas;
    const padding = extent ? [0, 0] : [12, 12];
    this.map.fitBounds(extent ?? bounds ?? this.home, { animate: false, padding });
    this.fitting = false;
    this.seek();
  }

  // Begins near what a link selects, unless it is in view already and dots can be told apart: the
  // nearer, the more of them there are. A link that says where to look, or at which area, means that.
  seek() {
    const { cast, sought, extent, bounds } = this.atlas;
    if (extent || bounds || sought < 0 || !this.atHome || isNaN(cast?.worldX[sought]) || !this.map.getSize().x) return;
    const near = Math.round(5 + Math.log2(cast.length) / 2);
    if (this.map.getZoom() >= near - 2) return;
    const world = 256 * 2 ** near;
    const corner = L.point(cast.worldX[sought] * world, cast.worldY[sought] * world);
    this.fitting = true;
    this.map.setView(this.map.unproject(corner, near), near, { animate: false });
    this.fitting = false;
  }

  recolour() {
    const { bands, ramp } = this.atlas;
    Object.assign(this.container.dataset, { bands, ramp });
    const style = getComputedStyle(this.container);
    this.painter.setColours(paletteOf(this.container, bands, this.painter.context));
    this.ground = groundOf(this.container);
    this.labels = { ink: style.getPropertyValue("--points-town"), ground: this.ground.land };
    this.outlines.colours = {
      bands: Array.from({ length: bands }, (_, band) => style.getPropertyValue(`--band-${band}`)),
      line: style.getPropertyValue("--points-town"),
      isHatched: style.getPropertyValue("--glyph-room") !== "",
    };
    this.read = `${ramp} ${bands}`;
    this.paint();
  }

  moved() {
    if (!this.fitting) this.atHome = false;
  }

  // Where the reader has moved it to is a part of the link.
  settled() {
    if (!this.fitting && !this.atHome && this.map.getSize().x) this.atlas.looked(this.map.getBounds());
  }

  // Goes where another map looks, as that map's companion and not as the reader.
  follow(other) {
    this.atHome = other.atHome;
    this.fitting = true;
    this.map.setView(other.map.getCenter(), other.map.getZoom(), { animate: false });
    this.fitting = false;
  }

  // During a zoom the browser scales the last picture; the sharp one comes at the end.
  animate({ center, zoom }) {
    this.zooming = true;
    this.container.classList.add("points-zooming");
    const scale = this.map.getZoomScale(zoom, this.paintedZoom);
    const half = this.map.getSize().divideBy(2);
    const pane = L.DomUtil.getPosition(this.map.getPane("mapPane"));
    const origin = this.map.project(center, zoom).subtract(half).add(pane).round();
    const corner = this.map.project(this.paintedCorner, zoom).subtract(origin);
    for (const { canvas } of this.layers) {
      L.DomUtil.setTransform(canvas, corner, scale);
    }
  }

  zoomed() {
    this.zooming = false;
    this.container.classList.remove("points-zooming");
    this.paint();
  }

  // --- painting

  paint() {
    const { map, atlas } = this;
    if (this.zooming || !map.getSize().x) return;
    if (window.devicePixelRatio !== this.density) return this.resized();
    if (`${atlas.ramp} ${atlas.bands}` !== this.read) return this.recolour();
    const start = performance.now();
    for (const { canvas } of this.layers) {
      L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
    }
    this.paintedZoom = map.getZoom();
    this.paintedCorner = map.containerPointToLatLng([0, 0]);
    if (atlas.cast) {
      const { cast, codes, show, selected: top } = atlas;
      this.project(cast);
      const { x, y, growth } = this;
      this.painter.paint({ cast, codes, show, x, y, growth, top });
    }
    const view = { world: 256 * 2 ** this.paintedZoom, corner: map.getPixelBounds().min };
    this.land.draw(view, this.paintedZoom, this.ground);
    this.outlines.draw(atlas, view);
    this.nameTowns();
    this.placeRings();
    atlas.painted(performance.now() - start);
  }

  // Positions of all points in CSS pixels from the container's corner; NaN where there is none.
  project(cast) {
    const zoom = this.map.getZoom();
    this.growth = growthAt(zoom);
    if (this.x?.length !== cast.length) {
      this.x = new Float32Array(cast.length);
      this.y = new Float32Array(cast.length);
    }
    place(cast, { zoom, corner: this.map.getPixelBounds().min, x: this.x, y: this.y });
  }

  nameTowns() {
    const corner = this.map.getPixelBounds().min;
    const [zoom, cast] = [this.map.getZoom(), this.atlas.cast];
    if (zoom !== this.settledZoom || cast !== this.settledCast) {
      [this.settledZoom, this.settledCast] = [zoom, cast];
      const [x, y] = cast ? [this.x, this.y] : [[], []];
      const radius = cast ? (cast.largest / 4) * this.growth : 0;
      this.towns.settle(this.map, { x, y, radius, corner });
    }
    this.towns.draw(corner, this.labels);
  }

  placeRings() {
    this.ring("selected", this.atlas.selected);
    this.ring("hover", this.atlas.hovered);
  }

  ring(name, point) {
    const ring = this.rings[name];
    ring.hidden = !this.has(point);
    if (ring.hidden) return;
    const half = this.ringRadius(point);
    ring.style.width = ring.style.height = `${2 * half}px`;
    ring.style.transform = `translate(${this.x[point] - half}px, ${this.y[point] - half}px)`;
  }

  // --- which point is where

  has(point) {
    return point >= 0 && point < (this.atlas.cast?.length ?? 0) && !isNaN(this.x?.[point]);
  }

  shows(point) {
    return this.has(point) && isShown(this.atlas.codes[point], this.atlas.show);
  }

  inView(point) {
    const { x: width, y: height } = this.map.getSize();
    const [x, y] = [this.x[point], this.y[point]];
    return x >= 0 && y >= 0 && x <= width && y <= height;
  }

  radiusOf(point) {
    return (this.atlas.cast.radius[point] / 4) * this.growth;
  }

  // Of the ring round a point: outside its dot, whatever its shape.
  ringRadius(point) {
    return this.radiusOf(point) * this.painter.reachOf(this.atlas.codes[point]) + 3;
  }

  // The uppermost shown dot under a pixel, else the nearest within reach (a target of 24 px); -1.
  at(x, y, reach = 12) {
    const { cast, codes, show } = this.atlas;
    let [nearest, gap] = [-1, reach];
    for (let k = cast ? cast.length - 1 : -1; k >= 0; k--) {
      const point = cast.order[k];
      const away = Math.hypot(this.x[point] - x, this.y[point] - y);
      const radius = this.radiusOf(point);
      if (!(away < Math.max(reach, radius)) || !isShown(codes[point], show)) continue;
      if (away <= radius) return point;
      if (away < gap) [nearest, gap] = [point, away];
    }
    return nearest;
  }

  // All shown points whose dots a finger may have meant, by index.
  within(x, y, reach) {
    const found = [];
    for (let i = 0; i < (this.atlas.cast?.length ?? 0); i++) {
      const away = Math.hypot(this.x[i] - x, this.y[i] - y);
      if (away <= Math.max(reach, this.radiusOf(i)) && this.shows(i)) found.push(i);
    }
    return found;
  }

  // All shown points that lie on top of this one, itself among them, by index.
  here(point) {
    const found = [];
    for (let i = 0; i < this.atlas.cast.length; i++) {
      const away = Math.hypot(this.x[i] - this.x[point], this.y[i] - this.y[point]);
      if (away < 2 && this.shows(i)) found.push(i);
    }
    return found;
  }

  bringIntoView(point) {
    if (!this.has(point)) return;
    const place = this.map.containerPointToLatLng([this.x[point], this.y[point]]);
    const animate = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map.panInside(place, { animate, padding: [48, 48] });
  }
}

// A button above those that zoom: everything that is shown, after somebody has lost the way.
function addWayHome(map, go) {
  const way = L.control({ position: "bottomright" });
  way.onAdd = () => {
    const bar = L.DomUtil.create("div", "leaflet-bar points-way-home");
    const button = L.DomUtil.create("button", "", bar);
    Object.assign(button, { type: "button", title: "Show all of it", textContent: "\u2922" });
    button.setAttribute("aria-label", "Show all of it on the map");
    L.DomEvent.disableClickPropagation(bar);
    button.addEventListener("click", go);
    return bar;
  };
  return way.addTo(map);
}
