// What a first visitor is told, until the button is pressed; then never again in this browser. Who
// comes by a link with a question in it came for its answer, and is not told. Clicks go through it to the map (help.css).

const KEY = "care-atlas-hint";
const WORDS =
  "Each dot is an organisation, coloured by the band of its value. " +
  "Choose indicator, year and level on the left; click a dot or a row to read about it.";
const SHORT = "Each dot is coloured by its band. Tap one to read about it."; // a phone's map is small

function isKnown() {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false; // a browser that keeps nothing shows it at each visit
  }
}

function remember() {
  try {
    localStorage.setItem(KEY, "read");
  } catch {
    // see isKnown
  }
}

const narrow = matchMedia("(max-width: 860px)");
const maps = document.querySelector(".atlas-maps");
if (maps && !location.search && !isKnown()) {
  const hint = Object.assign(document.createElement("aside"), { className: "atlas-hint" });
  hint.setAttribute("aria-label", "First visit");
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Got it" });
  hint.append(Object.assign(document.createElement("p"), { textContent: narrow.matches ? SHORT : WORDS }), button);
  maps.prepend(hint);
  button.addEventListener("click", () => {
    remember();
    hint.remove();
    document.querySelector(".points-dots")?.focus({ preventScroll: true });
  });
}
