// What the page does in the browser by itself: the table's buttons speak to the server, and the
// phone's switch. The legend and the address have their own scripts.

import { keepingFocus } from "./held.js";
import { placeTable } from "./long-table.js";
import "./lost.js";

const send = (name, value) => window.Shiny.setInputValue(name, value, { priority: "event" });
const page = document.querySelector(".atlas-page");

// --- the table: one listener for all rows, headers and turns

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("button");
  if (button?.dataset.sort) return send("table_sort", button.dataset.sort);
  if (button?.dataset.turn) return send("table_turn", Number(button.dataset.turn));
  const row = target.closest?.("#comparison tr[data-code]");
  if (row) send("table_pick", row.dataset.code);
});

// --- the phone: map or open tab, the controls as a sheet, and what is folded there

const parts = [...document.querySelectorAll("[data-shows-part]")];

function showPart(name) {
  page.dataset.shows = name;
  for (const part of parts) part.setAttribute("aria-pressed", String(part.dataset.showsPart === name));
}

for (const part of parts) part.addEventListener("click", () => showPart(part.dataset.showsPart));
document.addEventListener("atlas-tab-opened", ({ detail: name }) => {
  parts.at(-1).textContent = document.getElementById(`tab_${name}`).textContent;
});
document.addEventListener("click", ({ target }) => {
  if (target.closest?.("[data-opens]")) showPart("table");
  const unfolds = target.closest?.(".atlas-unfold");
  unfolds?.setAttribute("aria-expanded", String(unfolds.ariaExpanded !== "true"));
});

const narrow = matchMedia("(max-width: 860px)");
const fold = () => {
  for (const folded of document.querySelectorAll(".atlas-controls, .atlas-likeness"))
    folded.toggleAttribute("open", !narrow.matches);
};
narrow.addEventListener("change", fold);
fold();

// --- words and table: put into their places once the map's change has been painted

let waiting = null;
let painted = Promise.resolve(); // of the map's last change

document.addEventListener("atlas-map-changed", () => {
  painted = new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
});

function writeParts(parts) {
  if (waiting) return void Object.assign(waiting, parts);
  waiting = parts;
  painted.then(placeParts);
}

const put = (place, html) => (place.innerHTML = html);

function placeParts() {
  // The table first: it asks how far it is scrolled, which costs a layout where anything else was put.
  const { comparison, ...others } = waiting;
  for (const [id, html] of Object.entries({ ...(comparison && { comparison }), ...others })) {
    const place = document.getElementById(id);
    if (place) keepingFocus(place, () => (id === "comparison" ? placeTable : put)(place, html));
  }
  const places = Object.keys(waiting);
  waiting = null;
  document.dispatchEvent(new CustomEvent("atlas-written", { detail: places }));
}

// --- from the server

const handlers = {
  "atlas-parts": writeParts,
  "atlas-reload": (_message) => location.reload(),
};
for (const [name, handler] of Object.entries(handlers)) window.Shiny.addCustomMessageHandler(name, handler);

await window.Shiny.initializedPromise;
if (document.getElementById("nothing-yet")) send("waiting", true);
