// Mouse, touch and keyboard on the map: which point is meant, what is picked.
// Pointing never talks to the server; picking does.

import { describe, Tooltip } from "./tooltip.js";

const HINT =
  "Arrow keys move from point to point, Enter selects the point, Enter again shows what is in it, " +
  "Escape clears, plus and minus zoom. The table lists the same organisations.";
const FINGER = 20; // pixels about the middle of a touch that may have been meant
const CLOSE = 12; // the zoom from which on a touch takes the nearest dot
const TURN = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

export class Pointer {
  constructor(atlas, surface) {
    this.atlas = atlas;
    this.surface = surface;
    this.map = surface.map;
    this.tooltip = new Tooltip(surface.container);
    this.makeFocusable(surface.canvas);
    this.listen();
  }

  makeFocusable(canvas) {
    this.hint = this.tooltip.add("div", "points-heard");
    this.hint.id = `${this.atlas.id}-keys`;
    this.hint.textContent = HINT;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", "map");
    canvas.setAttribute("aria-describedby", this.hint.id);
    this.name();
  }

  name() {
    this.surface.canvas.setAttribute("aria-label", `Map. ${this.atlas.title}`.trim());
  }

  listen() {
    this.mapEvents = {
      mousemove: (event) => this.hover(event),
      mouseout: () => this.leave(),
      click: (event) => (this.isTouch ? this.tap : this.click).call(this, event.containerPoint),
      dblclick: (event) => this.dive(event),
      movestart: () => this.tooltip.hide(),
      moveend: () => this.settle(),
    };
    this.map.on(this.mapEvents);
    const { container, canvas } = this.surface;
    this.stop = new AbortController();
    const { signal } = this.stop;
    container.addEventListener("pointerenter", () => this.enter(), { signal });
    container.addEventListener("pointerleave", () => (this.inside = false), { signal });
    container.addEventListener("wheel", (event) => this.wheel(event), { signal, capture: true });
    container.addEventListener("pointerdown", (event) => this.press(event), { signal, capture: true });
    canvas.addEventListener("focus", () => this.enter(), { signal });
    canvas.addEventListener("blur", () => this.leave({ blurred: true }), { signal });
    canvas.addEventListener("keydown", (event) => this.key(event), { signal });
  }

  remove() {
    this.map.off(this.mapEvents);
    this.stop.abort();
    this.tooltip.remove();
    this.hint.remove();
  }

  // --- mouse and touch

  enter() {
    this.inside = true;
    this.atlas.wantDetails();
  }

  leave({ blurred = false } = {}) {
    this.mouse = null;
    if (this.walking && !blurred) return;
    this.walking = false;
    this.point(-1);
  }

  // A page that scrolls goes on scrolling over the map until the map has been clicked.
  wheel(event) {
    const page = document.scrollingElement;
    const scrolls = page.scrollHeight > page.clientHeight + 1;
    const meant = event.ctrlKey || this.surface.container.contains(document.activeElement);
    if (scrolls && !meant) event.stopPropagation();
  }

  press({ pointerType }) {
    this.mouse = null;
    this.isTouch = pointerType === "touch";
  }

  hover({ containerPoint, originalEvent }) {
    if (this.isTouch || this.map.dragging.moving()) return; // a touch's own mouse events say nothing
    this.walking = false;
    this.mouse = originalEvent.target.closest(".leaflet-control") ? null : containerPoint;
    this.point(this.under());
    this.surface.container.classList.toggle("points-pointing", this.atlas.hovered >= 0);
  }

  under() {
    return this.mouse ? this.surface.at(this.mouse.x, this.mouse.y) : -1;
  }

  // After a zoom by the wheel something else lies under a mouse that has not moved.
  settle() {
    if (this.mouse && !this.walking) this.point(this.under());
    else this.refresh();
  }

  click({ x, y }) {
    this.surface.canvas.focus({ preventScroll: true });
    const hit = this.surface.at(x, y);
    if (hit >= 0) this.pick(hit);
  }

  // A finger is broad: what is ringed stays; where several dots may be meant, the map comes nearer.
  tap({ x, y }) {
    const { atlas, surface, map } = this;
    surface.canvas.focus({ preventScroll: true });
    const meant = surface.within(x, y, FINGER);
    const ringed = [atlas.hovered, atlas.selected].find((point) => meant.includes(point)) ?? -1;
    const isSaid = ringed >= 0 && ringed === atlas.hovered && ringed === atlas.selected;
    if (ringed >= 0 && !isSaid) return ringed === atlas.selected ? this.point(ringed) : this.pick(ringed);
    if (meant.length > 1 && map.getZoom() < CLOSE) return map.setZoomAround(L.point(x, y), map.getZoom() + 2);
    if (meant.length) this.pick(surface.at(x, y, FINGER));
  }

  // A second click on a dot opens what it stands for; anywhere else it zooms, as maps do.
  dive({ containerPoint, originalEvent }) {
    const hit = this.surface.at(containerPoint.x, containerPoint.y);
    if (hit >= 0 && this.open(hit)) return;
    const step = originalEvent.shiftKey ? -1 : 1;
    this.map.setZoomAround(containerPoint, this.map.getZoom() + step);
  }

  // Asks the page to show what is in an organisation; whether it does.
  open(point) {
    const { codes, names } = this.atlas.cast;
    if (!codes) return false;
    const detail = { code: codes[point], name: names[point] };
    return !document.dispatchEvent(new CustomEvent("atlas-open", { detail, cancelable: true }));
  }

  enterKey({ shiftKey }) {
    const point = this.atlas.hovered;
    const isAgain = point === this.atlas.selected && this.surface.here(point).length === 1;
    if ((shiftKey || isAgain) && this.open(point)) return;
    this.pick(point);
  }

  // Picking again where several lie picks the next of them.
  pick(hit) {
    const here = this.surface.here(hit);
    const nth = here.indexOf(this.atlas.selected);
    const picked = nth < 0 ? hit : here[(nth + 1) % here.length];
    this.atlas.select(picked);
    this.atlas.tell("pick", picked);
    this.point(picked);
    if (this.walking) this.tooltip.say(this.said);
  }

  // Rings a point and says what it is; -1 for none.
  point(point) {
    const { atlas, surface, tooltip } = this;
    atlas.hovered = surface.shows(point) ? point : -1;
    surface.ring("hover", atlas.hovered);
    document.dispatchEvent(new CustomEvent("atlas-map-hovered", { detail: atlas }));
    if (atlas.hovered < 0) return tooltip.hide();
    this.said = describe(atlas, point, surface.here(point).length - 1);
    const [x, y] = [surface.x[point], surface.y[point]];
    if (surface.inView(point)) tooltip.show(this.said, { x, y, radius: surface.radiusOf(point) });
    else tooltip.hide();
  }

  // The map moved, or new codes, names or details came: the box follows and says the new thing.
  refresh() {
    if (this.atlas.hovered < 0) return;
    this.point(this.atlas.hovered);
    if (this.walking && this.atlas.hovered >= 0) this.tooltip.say(this.said);
  }

  // --- keyboard

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { map, atlas } = this;
    if (TURN[event.key]) this.walk(...TURN[event.key]);
    else if (event.key === "Enter" && atlas.hovered >= 0) this.enterKey(event);
    else if (event.key === "Escape") this.clear();
    else if (event.key === "+" || event.key === "=") map.zoomIn();
    else if (event.key === "-") map.zoomOut();
    else return;
    event.preventDefault();
  }

  walk(right, down) {
    const { atlas, surface } = this;
    const from = [atlas.hovered, atlas.selected].find((point) => surface.has(point));
    const to = from === undefined ? this.first() : this.next(from, right, down);
    if (to < 0) return;
    this.walking = true;
    surface.bringIntoView(to);
    this.point(to);
    this.tooltip.say(this.said);
  }

  first() {
    const { x, y } = this.map.getSize();
    return this.surface.at(x / 2, y / 2, Infinity);
  }

  // The nearest shown point within 45 degrees of the direction; straight ahead counts as nearer.
  next(from, right, down) {
    const { x, y } = this.surface;
    let [best, least] = [-1, Infinity];
    for (let i = 0; i < x.length; i++) {
      const ahead = (x[i] - x[from]) * right + (y[i] - y[from]) * down;
      const aside = Math.abs((x[i] - x[from]) * down) + Math.abs((y[i] - y[from]) * right);
      const cost = ahead + 2 * aside;
      if (ahead > 0 && aside <= ahead && cost < least && this.surface.shows(i)) {
        [best, least] = [i, cost];
      }
    }
    return best;
  }

  clear() {
    this.walking = false;
    this.point(-1);
    this.tooltip.silence();
    this.atlas.select(-1);
    this.atlas.tell("pick", -1);
  }
}
