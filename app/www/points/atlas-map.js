// What one map shows: its casts, codes, mask and selection, as the server's messages say. It is
// there before the map is drawn, so that messages which come early are kept.

import { Cast, category, decodeBytes, decodeCodes, decodeDoubles, decodeFloats, HIDDEN, recut } from "./cast.js";
import { EXTENT, readExtent, sayExtent } from "./extent.js";
import { Outline, Unsent } from "./outlines.js";
import { Pointer } from "./pointer.js";
import { Surface } from "./surface.js";

const CASTS_KEPT = 8;
const ALL_SHOWN = 0xffff;

export class AtlasMap {
  constructor(id) {
    this.id = id;
    this.casts = new Map(); // by key, least recently used first
    this.cast = null;
    this.outlines = new Map(); // by key
    this.outline = null;
    this.isOutlined = true;
    this.codes = this.told = new Uint8Array(0); // as shown, and as the server said
    this.tried = null; // edges that the reader tries, before the server knows of them
    this.numbers = null; // a key of what the details are of
    this.show = ALL_SHOWN;
    this.bands = 5;
    this.ramp = "level";
    this.title = "";
    this.words = [];
    this.unit = "";
    this.bounds = null; // England, unless the server says otherwise
    this.extent = readExtent(new URLSearchParams(location.search).get(EXTENT));
    this.isSaid = true; // the extent is a link's, and holds for the area that the link has
    this.details = null;
    this.revision = this.asked = -1;
    this.selected = this.hovered = -1;
    this.sought = -1; // what a link selects: the map begins near it
    this.arrives = new URLSearchParams(location.search).has("selected");
    // For tests and benchmarks.
    this.paints = 0;
    this.paintedRevision = -1;
    this.lastPaintMs = 0;
  }

  // ground: what lies under the points (home, places, land, tiles, attribution), as points.py says.
  attach(map, ground) {
    this.surface = new Surface(this, map, ground);
    this.pointer = new Pointer(this, this.surface);
  }

  detach() {
    this.pointer.remove();
    this.surface.remove();
    this.surface = this.pointer = null;
  }

  // --- messages, by the last part of their names

  onCast(message) {
    const cast = new Cast(message);
    this.casts.delete(cast.key);
    this.casts.set(cast.key, cast);
    const oldest = [...this.casts.keys()].find((key) => key !== this.cast?.key);
    if (this.casts.size > CASTS_KEPT) this.casts.delete(oldest);
    const codes = this.waiting;
    if (codes?.cast === cast.key && codes.codes.length === cast.length) this.onCodes(codes);
  }

  onSize({ cast: key, radius }) {
    const cast = this.casts.get(key);
    cast?.resize(decodeBytes(radius));
    if (cast && cast === this.cast) this.repaint();
  }

  onNames({ cast: key, names, codes, notes }) {
    const cast = this.casts.get(key);
    if (!cast) return;
    Object.assign(cast, { names, codes, notes });
    this.pointer?.refresh();
    document.dispatchEvent(new CustomEvent("atlas-outlines")); // a second map knows its own by code
  }

  onAround({ cast: key, about }) {
    const cast = this.casts.get(key);
    if (!cast) return;
    cast.about = about;
    this.pointer?.refresh();
  }

  onCodes(message) {
    const cast = this.casts.get(message.cast);
    if (cast?.length !== message.codes.length) {
      this.waiting = message;
      return this.tell("cast", message.cast);
    }
    this.waiting = null;
    this.use(cast);
    const { show, bands, ramp, title, words, unit, counted, nobody, revision } = message;
    Object.assign(this, { show, bands, ramp, title, words, unit, counted, nobody, revision });
    this.keepDetails(message.numbers);
    this.codes = this.told = decodeCodes(message.codes);
    if (this.tried && this.details) this.codes = recut(this.told, this.details, this.tried);
    this.repaint();
    this.pointer?.name();
    if (this.pointer?.inside) this.wantDetails();
  }

  onShow({ show }) {
    this.show = show;
    this.repaint();
  }

  onDetail({ cast, revision, value, low, high, numerator, denominator }) {
    if (cast !== this.cast?.key || revision !== this.revision) return;
    const [exact, counts] = [{ value, low, high }, { numerator, denominator }];
    this.details = { ...decoded(exact, decodeDoubles), ...decoded(counts, decodeFloats) };
    this.pointer?.refresh();
    document.dispatchEvent(new CustomEvent("atlas-details", { detail: this.id }));
  }

  onSelect({ index, pan }) {
    this.select(index);
    if (this.arrives && index >= 0) this.arriveAt(index);
    if (pan) this.surface?.bringIntoView(index);
  }

  arriveAt(index) {
    this.arrives = false;
    this.sought = index;
    this.surface?.seek();
  }

  onOutlines({ key, cast, across, of, around, corners, lonlat }) {
    if (across) this.outlines.set(key, new Unsent({ cast, across }, () => this.tell("near", key)));
    if (lonlat) this.outlines.set(key, new Outline({ cast, of, around, corners, lonlat }));
    this.outline = this.outlines.get(key) ?? null;
    this.surface?.paint();
    document.dispatchEvent(new CustomEvent("atlas-outlines"));
  }

  // Whether outlines are wanted at all: the reader ticks it.
  outlined(isWanted) {
    this.isOutlined = isWanted;
    this.surface?.paint();
  }

  onFit({ bounds }) {
    this.bounds = bounds;
    if (this.isSaid) this.surface?.fit();
    else this.look(null);
    this.isSaid = false;
  }

  // Shows an extent; null: all of the area.
  look(extent) {
    this.extent = extent;
    this.surface?.fit();
    this.tellExtent(extent && sayExtent(L.latLngBounds(extent)));
  }

  looked(bounds) {
    this.isSaid = false;
    const said = sayExtent(bounds);
    this.extent = readExtent(said);
    this.tellExtent(said);
  }

  tellExtent(said) {
    document.dispatchEvent(new CustomEvent("atlas-extent", { detail: said ?? "" }));
  }

  // --- bands cut in the browser

  // Cuts the bands at other edges, once the details are here; null: as the server said.
  cut(edges, words = this.words) {
    this.tried = edges;
    if (edges && !this.details) return;
    this.words = words;
    this.codes = edges ? recut(this.told, this.details, edges) : this.told;
    this.repaint();
  }

  // How many are in each category, wherever they are.
  counts() {
    const counts = new Uint32Array(16);
    for (const code of this.codes) if (code !== HIDDEN) counts[category(code)] += 1;
    return counts;
  }

  // Other bands of the same numbers need no new details.
  keepDetails(numbers) {
    const isSame = numbers && numbers === this.numbers;
    this.numbers = numbers;
    if (!isSame) this.details = this.tried = null;
    else if (this.details) this.asked = this.revision;
  }

  // --- what follows from them

  use(cast) {
    this.casts.delete(cast.key);
    this.casts.set(cast.key, cast);
    if (cast === this.cast) return;
    this.cast = cast;
    this.selected = this.hovered = this.sought = -1; // an index means nothing in another cast
  }

  select(index) {
    if (index === this.selected) return;
    this.selected = index;
    this.sought = -1;
    this.repaint(); // the selected dot is drawn last
  }

  repaint() {
    this.surface?.paint();
    this.pointer?.refresh();
    document.dispatchEvent(new CustomEvent("atlas-map-changed", { detail: this }));
  }

  painted(milliseconds) {
    this.paints += 1;
    this.paintedRevision = this.revision;
    this.lastPaintMs = milliseconds;
    // What was painted from the page itself is in the way from now on.
    if (this.cast && this.codes.length) document.dispatchEvent(new Event("atlas-first-paint"));
  }

  // Asked for once after a change of codes, when somebody comes near.
  wantDetails() {
    if (!this.cast || this.asked === this.revision) return;
    this.asked = this.revision;
    this.tell("detail", this.revision);
  }

  tell(name, value) {
    window.Shiny?.setInputValue?.(`${this.id}_${name}`, value, { priority: "event" });
  }

  // Where a point is, in CSS pixels from the map's corner; null if it has no place.
  pointToPixel(index) {
    if (!this.surface?.has(index)) return null;
    return { x: this.surface.x[index], y: this.surface.y[index] };
  }
}

const decoded = (texts, decode) =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, decode(text)]));
