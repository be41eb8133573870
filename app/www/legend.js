// The legend as an instrument: histogram, bands, ticks and edges are one thing. Ticking a band or
// moving an edge repaints the map here, in the same frame; the server hears of it on release.
// What a band is, is the engine's: the map cuts the server's own values at the edges tried here.

import { isShaped, onLook, sayShapes, shapesSaid } from "./points/look.js";

const SPECIAL = { none: 15, unreported: 14 };
const TARGET = 24; // pixels, as wide as a handle
const PAUSE = 350; // after the last key, before the server is told
const USUAL = "usual";

const box = document.getElementById("legend");
const rail = box?.querySelector(".legend-rail");
const map = () => window.careAtlas?.maps.map;

let told = null; // as the server last said, see legend_message in app/atlas/drawing/legend.py
let edges = []; // as they stand here
let moved = -1; // the edge that is being moved
let grip = 0; // from where it was taken to where it stands
let frame = 0;
let pause = 0;
let across = 0; // the rail, in pixels; none while a phone's sheet is closed

// --- ticks

const ticks = () => [...document.querySelectorAll("#band input")];
const categoryOf = ({ value }) => Number(SPECIAL[value] ?? value);
const maskOf = (boxes) =>
  boxes.filter((tick) => tick.checked).reduce((mask, tick) => mask | (1 << categoryOf(tick)), 0);

function tick(isWanted) {
  for (const each of ticks()) each.checked = isWanted(each.value);
  changed(ticks()[0]);
}

const isUsual = (value) => value !== "unreported";
const changed = (input) => input.dispatchEvent(new Event("change", { bubbles: true }));

document.addEventListener("change", ({ target }) => {
  if (!target.closest?.("#band")) return;
  window.careAtlas?.show("map", maskOf(ticks()));
  offerAll();
});

// A link or a Back sets ticks, and may repaint nothing: the map shows what it comes to in the end.
document.addEventListener("atlas-followed", () => window.careAtlas?.show("map", maskOf(ticks())));

const offerAll = () =>
  (box.querySelector(".legend-all").hidden = ticks().every((each) => each.checked || !isUsual(each.value)));

document.addEventListener("click", ({ target }) => {
  const only = target.closest?.(".band-only");
  if (only) tick((value) => value === only.dataset.band);
  if (target.closest?.(".legend-all")) tick(isUsual);
  if (target.closest?.(".legend-reset")) reset();
});

// --- words and counts

function write({ words, counts }) {
  for (const span of document.querySelectorAll("#band .band-count")) {
    const { band } = span.dataset;
    span.textContent = (counts[band] ?? 0).toLocaleString("en-GB");
    const place = span.parentElement.querySelector(".band-words");
    if (words[band]) place.textContent = words[band];
    nameOnly(span.closest(".checkbox"), band, place.textContent);
  }
}

function nameOnly(row, band, words) {
  let button = row.querySelector(".band-only");
  if (!button) {
    button = Object.assign(document.createElement("button"), { type: "button", textContent: "only" });
    button.className = "band-only";
    button.dataset.band = band;
    row.append(button);
  }
  button.setAttribute("aria-label", `Only ${words}`);
}

function fill(message) {
  told = message;
  if (moved >= 0) return; // somebody is at it: theirs is newer
  edges = told.edges;
  Object.assign(box.dataset, { bands: told.bands, ramp: told.ramp });
  box.toggleAttribute("data-coloured", told.is_coloured);
  box.querySelector(".legend-reset").hidden = !told.is_custom;
  box.querySelector(".legend-note").textContent = told.note;
  if (map()?.tried) map().cut(null, Object.values(told.words).slice(0, told.bands));
  write(told);
  placeHandles();
  offerAll();
  if (isNear()) map()?.wantDetails();
}

// --- edges

const said = (edge) => String(Number(edge.toFixed(2)));

// As engine/bands.py says them.
const wordsOf = (cuts) => {
  const middle = cuts.slice(1).map((edge, i) => `${said(cuts[i])} to ${said(edge)} %`);
  return [`under ${said(cuts[0])} %`, ...middle, `${said(cuts.at(-1))} % and over`];
};

// Between which an edge can stand: its neighbours keep a step of room.
function room(nth) {
  const { low, top, step } = told;
  const last = Math.min(top, 100 - step);
  return [(edges[nth - 1] ?? low) + step, Math.min((edges[nth + 1] ?? Infinity) - step, last)];
}

function placeHandles() {
  while (rail.children.length > edges.length) rail.lastChild.remove();
  while (rail.children.length < edges.length) rail.append(makeHandle(rail.children.length));
  const { low: start, top } = told;
  const lines = edges.map((edge) => (across * (Math.min(edge, top) - start)) / (top - start));
  const seen = spread(lines.filter((_line, nth) => edges[nth] <= top), across);
  edges.forEach((edge, nth) => {
    const handle = rail.children[nth];
    handle.hidden = edge > top;
    stand(handle, lines[nth], seen[nth] ?? lines[nth]);
    const [low, high] = room(nth).map((end) => said(end));
    const now = { valuemin: low, valuemax: high, valuenow: said(edge), valuetext: `${said(edge)} %` };
    const label = `Edge ${nth + 1} of ${edges.length}, between two bands`;
    for (const [name, value] of Object.entries({ label, ...now })) handle.setAttribute(`aria-${name}`, value);
    handle.firstChild.textContent = now.valuetext;
  });
}

// Targets stand side by side: where edges are closer than that, handles step aside of their lines.
function spread(lines, wide) {
  const [up, down] = [[...lines], [...lines]];
  for (let i = 1; i < up.length; i++) up[i] = Math.max(up[i], up[i - 1] + TARGET);
  for (let i = down.length - 2; i >= 0; i--) down[i] = Math.min(down[i], down[i + 1] - TARGET);
  const at = up.map((place, i) => (place + down[i]) / 2);
  for (let i = at.length - 1, most = wide; i >= 0; i--, most -= TARGET) at[i] = Math.min(at[i], most);
  return at.map((place, i) => Math.max(place, i * TARGET));
}

function stand(handle, line, place) {
  const aside = Math.round(line - place);
  handle.style.left = `${place}px`;
  handle.style.setProperty("--from", `${Math.min(aside, 0)}px`);
  handle.style.setProperty("--wide", `${Math.max(Math.abs(aside), 1)}px`);
  handle.dataset.aside = aside < 0 ? "right" : aside > 0 ? "left" : "";
}

function makeHandle(nth) {
  const handle = document.createElement("div");
  handle.className = "legend-edge";
  handle.tabIndex = 0;
  handle.setAttribute("role", "slider");
  handle.dataset.edge = nth;
  handle.append(document.createElement("span"));
  return handle;
}

// Moves an edge to a value, as near as its neighbours allow, and shows it in the next frame.
function move(nth, value) {
  const [low, high] = room(nth);
  if (moved < 0) edges = edges.map((edge) => Number(said(edge)));
  moved = nth;
  const whole = Math.round(value / told.step) * told.step;
  edges = edges.with(nth, Number(said(Math.max(low, Math.min(high, whole)))));
  frame ||= requestAnimationFrame(show);
}

function show() {
  frame = 0;
  if (moved < 0) return;
  placeHandles();
  const atlas = map();
  const words = wordsOf(edges);
  atlas?.cut(edges, words);
  if (!atlas?.details) return; // not here yet: only the handle moves
  const counts = Object.fromEntries([...atlas.counts()].map((count, category) => [category, count]));
  for (const [name, category] of Object.entries(SPECIAL)) counts[name] = counts[category];
  write({ words, counts });
  colourBars();
}

document.addEventListener("atlas-details", () => moved >= 0 && show());

function colourBars() {
  const bars = document.querySelectorAll("#histogram rect");
  const wide = (told.top - told.low) / (bars[0]?.ownerSVGElement.viewBox.baseVal.width || 1);
  for (const bar of bars) {
    const middle = told.low + (bar.x.baseVal.value + 0.5) * wide;
    bar.setAttribute("class", `b${edges.filter((edge) => middle >= edge).length}`);
  }
}

// The server takes over: custom bands at these edges, in the link; Back undoes it.
function release() {
  clearTimeout(pause);
  if (moved < 0) return;
  cancelAnimationFrame(frame);
  show();
  moved = -1;
  const [select, text] = ["bands", "edges"].map((id) => document.getElementById(id));
  const now = edges.join(",");
  if (told.is_custom && now === told.edges.join(",")) return fill(told);
  text.value = now;
  select.value = "custom";
  for (const input of [text, select]) changed(input);
}

function forget() {
  clearTimeout(pause);
  if (moved < 0) return;
  moved = -1;
  edges = told.edges;
  colourBars();
  fill(told);
}

function reset() {
  forget();
  const select = document.getElementById("bands");
  if (select.value === USUAL) return;
  select.value = USUAL;
  changed(select);
}

// --- mouse, touch and keys on the handles

const handleOf = ({ target }) => target.closest?.(".legend-edge");
const isNear = () => box.matches(":hover, :focus-within");
const comeNear = () => map()?.wantDetails();

const valueAt = ({ clientX }) => {
  const { left, width } = rail.getBoundingClientRect();
  return told.low + ((clientX - left) / width) * (told.top - told.low);
};

function down(event) {
  const handle = handleOf(event);
  if (!handle || event.button) return;
  event.preventDefault(); // no text is selected
  grip = edges[handle.dataset.edge] - valueAt(event);
  handle.focus({ preventScroll: true, focusVisible: false });
  handle.setPointerCapture(event.pointerId);
  handle.dataset.from = event.clientX;
}

function drag(event) {
  const handle = handleOf(event);
  if (!handle?.hasPointerCapture(event.pointerId)) return;
  const isMoving = moved >= 0 || Math.abs(event.clientX - handle.dataset.from) > 2;
  if (isMoving) move(Number(handle.dataset.edge), valueAt(event) + grip);
}

function key(event) {
  const handle = handleOf(event);
  if (!handle || event.altKey || event.ctrlKey || event.metaKey) return;
  const nth = Number(handle.dataset.edge);
  const step = told.step * (event.shiftKey ? 5 : 1);
  const [low, high] = room(nth);
  const to = {
    ArrowLeft: edges[nth] - step,
    ArrowDown: edges[nth] - step,
    ArrowRight: edges[nth] + step,
    ArrowUp: edges[nth] + step,
    PageDown: edges[nth] - 5 * told.step,
    PageUp: edges[nth] + 5 * told.step,
    Home: low,
    End: high,
  }[event.key];
  if (event.key === "Escape") forget();
  else if (event.key === "Enter") release();
  else if (to === undefined) return;
  else move(nth, to);
  event.preventDefault();
  clearTimeout(pause);
  if (moved >= 0) pause = setTimeout(release, PAUSE);
}

// --- shapes beside the colours: a tick here, the rest by what hears of the look

const shapes = document.querySelector(".legend-shapes input");

function tieShapes() {
  const told = document.getElementById("shapes");
  const follow = () => (shapes.checked = isShaped());
  shapes.addEventListener("change", () => {
    told.value = shapesSaid(shapes.checked);
    sayShapes(told.value);
    changed(told);
  });
  onLook(follow);
  follow();
}

if (box) {
  tieShapes();
  for (const come of ["pointerenter", "focusin"]) box.addEventListener(come, comeNear);
  rail.addEventListener("pointerdown", down);
  rail.addEventListener("pointermove", drag);
  rail.addEventListener("pointerup", release);
  rail.addEventListener("pointercancel", forget);
  rail.addEventListener("keydown", key);
  rail.addEventListener("focusout", release);
  rail.addEventListener("dblclick", reset);
  // The checklist is made anew where the number of bands changes: fill it again then.
  const made = new MutationObserver(() => told && fill(told));
  made.observe(document.getElementById("band"), { childList: true });
  // Told of, and not asked for at each change: that would lay out the page.
  new ResizeObserver(([{ contentRect }]) => {
    across = contentRect.width;
    if (told) placeHandles();
  }).observe(rail);
}
window.Shiny.addCustomMessageHandler("atlas-legend", fill);
window.Shiny.addCustomMessageHandler("atlas-shapes", ({ said }) => sayShapes(said));
