// The page's address: one entry in the browser's history for each thing that the reader does, so that
// Back and Forward walk through the states that they saw, and through no other.

import { EXTENT } from "./points/extent.js";

const send = (name, value) => window.Shiny.setInputValue(name, value, { priority: "event" });

let asked = 0; // what the server was asked last: to follow a Back, or to say the address again
let isUpdated = false; // the server has set controls: what they say now is on its way to it
let isFollowing = true; // the page is on its way to what its address says: a link, or a Back
let method = "replaceState"; // for the next state: a new entry, or what the last one is to be
let hasWalked = false;
let extent = new URLSearchParams(location.search).get(EXTENT) ?? ""; // where the map looks; the browser alone knows

const ask = (name, more) => send(name, { ...more, asked: ++asked });

// The entry of what the reader did is there at once, and refined until nothing is on its way: where
// controls were set, the server is asked again behind what they say.
// By the browser's own methods: Shiny's pushState tells the server of what the server just said.
function writeAddress({ query, heard }) {
  if (heard !== asked) return; // of before the last Back, or of before what the controls say
  const isSettled = !isUpdated;
  isUpdated = false;
  if (!isSettled) ask("address_again");
  if (isFollowing && !isSettled) return;
  query = withExtent(query);
  if (query !== location.search) {
    write(method, query);
    method = "replaceState";
  }
  if (!isSettled) return;
  if (isFollowing) document.dispatchEvent(new Event("atlas-followed"));
  [method, isFollowing] = ["pushState", false];
}

const write = (how, query) => History.prototype[how].call(history, {}, "", location.pathname + query);

function withExtent(query) {
  const bare = query.replace(/(^\?|&)extent=[^&]*/, "");
  return extent ? `${bare}${bare ? "&" : "?"}${EXTENT}=${extent}` : bare;
}

// Moving the map is no step of its own: Back leads to what was asked, not to where one looked.
document.addEventListener("atlas-extent", ({ detail: said }) => {
  if (said === extent) return;
  extent = said;
  if (!isFollowing) write("replaceState", withExtent(location.search));
});

window.Shiny.addCustomMessageHandler("atlas-address", writeAddress);
window.jQuery(document).on("shiny:updateinput", () => (isUpdated = true));

// An entry that cannot be shown as it was is replaced by what is: a new one would bar the way back.
function followAddress() {
  [method, isFollowing, hasWalked] = ["replaceState", true, true];
  const said = new URLSearchParams(location.search).get(EXTENT) ?? "";
  if (said !== extent) window.careAtlas?.look(said);
  extent = said;
  ask("back", { search: location.search });
}

// Nothing can be asked before Shiny is there.
const followSoon = () => window.Shiny.initializedPromise.then(followAddress);
addEventListener("popstate", followSoon);

// Back was pressed before this could hear it: the page is drawn for another entry than it is at.
const [{ name: drawnFor }] = performance.getEntriesByType("navigation");
if (new URL(drawnFor).search !== location.search) followSoon();

// Unless the reader does something before it is shown: that is a step of their own.
for (const act of ["pointerdown", "keydown", "change"])
  document.addEventListener(act, () => isFollowing && hasWalked && (method = "pushState"), { capture: true });

document.addEventListener("click", async ({ target }) => {
  if (target.id !== "copy_link") return;
  await navigator.clipboard?.writeText(location.href);
  target.textContent = "Link copied";
  setTimeout(() => (target.textContent = "Copy link"), 2000);
});
