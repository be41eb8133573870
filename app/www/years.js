// Years beside each other: the second map follows the first in place, bands and selection; and the
// trend's buttons ask a linked code. The maps themselves: points.js.

const NOW = "map";
const BEFORE = "map_before";
const maps = () => window.careAtlas?.maps ?? {};
const leaflet = (id) => maps()[id]?.surface?.map;

// --- from the server: how the two years are shown, and what stands over each map

function arrange({ compare, first, now, before }) {
  const place = document.querySelector(".atlas-maps");
  takeOver(place.dataset.compare ?? "", compare);
  set(place, "compare", compare);
  set(place, "first", first);
  document.getElementById("caption_now").innerHTML = now;
  document.getElementById("caption_before").innerHTML = before;
  if (compare) tieSoon();
}

// A map of change stands in the place of the other: it looks where that one looked, and back.
function takeOver(was, compare) {
  if ((was === "change") === (compare === "change")) return;
  const [leader, other] = compare === "change" ? [NOW, BEFORE] : [BEFORE, NOW];
  if (!maps()[leader] || !maps()[other]) return;
  maps()[other].extent = maps()[leader].extent;
  maps()[other].surface?.fit();
}

const set = (element, name, value) =>
  value ? (element.dataset[name] = value) : delete element.dataset[name];

window.Shiny.addCustomMessageHandler("atlas-years", arrange);

// --- the same place on both maps

const tied = new WeakSet();
let following = false;

function tie() {
  if (!leaflet(NOW) || !leaflet(BEFORE) || tied.has(leaflet(BEFORE))) return;
  tied.add(leaflet(BEFORE));
  leaflet(NOW).on("move zoomend", () => follow(NOW, BEFORE));
  leaflet(BEFORE).on("move zoomend", () => follow(BEFORE, NOW));
  leaflet(BEFORE).on("resize", () => follow(NOW, BEFORE));
  follow(NOW, BEFORE);
}

// A map that is just made says nothing when it is there, and its messages come before it.
function tieSoon() {
  tie();
  const isCompared = document.querySelector(".atlas-maps").dataset.compare;
  if (isCompared && !tied.has(leaflet(BEFORE))) setTimeout(tieSoon, 100);
}

function follow(from, to) {
  const [leader, other] = [leaflet(from), leaflet(to)];
  const isCompared = document.querySelector(".atlas-maps")?.dataset.compare;
  if (following || !leader?.getSize().x || !other || !isCompared) return; // a hidden map leads nobody
  following = true;
  const [centre, zoom] = [leader.getCenter(), leader.getZoom()];
  const isThere = other.getZoom() === zoom && other.getCenter().distanceTo(centre) < 1;
  if (!isThere) maps()[to].surface.follow(maps()[from].surface);
  following = false;
}

// --- the same bands shown on both maps, while a band is ticked or its edge dragged too

function match() {
  const [now, before] = [maps()[NOW], maps()[BEFORE]];
  if (!now || !before?.cast || document.querySelector(".atlas-maps")?.dataset.compare !== "side") return;
  if (before.show !== now.show) before.onShow({ show: now.show });
  if (now.tried && !before.details) before.wantDetails();
  if (before.tried !== now.tried) before.cut(now.tried, now.words);
}

document.addEventListener("atlas-map-changed", ({ detail: atlas }) => {
  tie();
  if (atlas.id === NOW) match();
});
document.addEventListener("atlas-details", ({ detail: id }) => {
  const { tried, words } = maps()[NOW] ?? {};
  if (id === BEFORE && tried) maps()[BEFORE].cut(tried, words);
});

// --- the same outlines on both maps, of those that the other year has too

function outline() {
  const [now, before] = [maps()[NOW], maps()[BEFORE]];
  if (!before?.cast || document.querySelector(".atlas-maps")?.dataset.compare !== "side") return;
  const { outline: drawn, isOutlined } = now;
  if (drawn?.cast !== now.cast?.key || !before.cast.codes || !now.cast.codes) return;
  if (drawn.want) return; // not sent yet: nearer by it is, and comes here again
  const places = new Map(before.cast.codes.map((code, place) => [code, place]));
  const of = drawn.of.map((place) => (place < 0 ? place : places.get(now.cast.codes[place]) ?? before.cast.length));
  const around = drawn.around.map((place) => places.get(now.cast.codes[place])).filter((place) => place !== undefined);
  before.outline = { ...drawn, cast: before.cast.key, of, around };
  before.outlined(isOutlined);
}

document.addEventListener("atlas-outlines", outline);

// --- the trend's buttons

document.addEventListener("click", ({ target }) => {
  const code = target.closest?.("[data-asks]")?.dataset.asks;
  if (code) window.Shiny.setInputValue("ask_indicator", code, { priority: "event" });
});
