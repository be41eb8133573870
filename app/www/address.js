// The page's address: one entry in the browser's history for each thing that the reader does, so that
// Back and Forward walk through the states that they saw, and through no other.

const send = (name, value) => window.Shiny.setInputValue(name, value, { priority: "event" });

let walked = 0; // how often Back or Forward was pressed
let method = "replaceState"; // the first state takes the place of the link that was opened
let isUpdated = false; // the server has set controls: what they say now is on its way to it

// By the browser's own methods: Shiny's pushState tells the server of what the server just said.
function writeAddress({ query, walked: heard }) {
  if (heard !== walked) return; // said before the server heard of the last Back
  if (isUpdated) {
    isUpdated = false;
    return send("address_again", true); // goes behind what the controls say
  }
  if (query !== location.search)
    History.prototype[method].call(history, {}, "", location.pathname + query);
  method = "pushState";
}

window.Shiny.addCustomMessageHandler("atlas-address", writeAddress);
window.jQuery(document).on("shiny:updateinput", () => (isUpdated = true));

// An entry that cannot be shown as it was is replaced by what is: a new one would bar the way back.
addEventListener("popstate", () => {
  walked += 1;
  method = "replaceState";
  send("back", { search: location.search, walked });
});

// Unless the reader does something before it is shown: that is a step of their own.
for (const act of ["pointerdown", "keydown", "change"])
  document.addEventListener(act, () => walked && (method = "pushState"), { capture: true });

document.addEventListener("click", async ({ target }) => {
  if (target.id !== "copy_link") return;
  await navigator.clipboard?.writeText(location.href);
  target.textContent = "Link copied";
  setTimeout(() => (target.textContent = "Copy link"), 2000);
});
