// Drawing round practices on the map, and the tabs' buttons: <button data-practice="A81001"> selects
// it, <button data-tells="peers_show"> is an input. The keyboard's way to a group is the box for codes.

const LARGEST_FILE = 1_000_000; // as app/atlas/effects/own_group.py: not even sent if it is larger
const tell = (name, value) => window.Shiny.setInputValue(name, value, { priority: "event" });

let drawing = null; // the sheet over the map, while somebody draws

document.addEventListener("click", ({ target }) => {
  const practice = target.closest?.("[data-practice]");
  if (practice) return tell("practice_pick", practice.dataset.practice);
  const telling = target.closest?.("[data-tells]");
  if (telling) return tell(telling.dataset.tells, true);
  const button = target.closest?.("[data-lasso]");
  if (button) drawing ? stop() : start(button);
});

document.addEventListener("keydown", ({ key }) => key === "Escape" && drawing && stop());

// Before Shiny's own listener, so that a file that is too large is never sent.
document.addEventListener(
  "change",
  (event) => {
    const { target } = event;
    if (target.id !== "group_file" || !(target.files[0]?.size > LARGEST_FILE)) return;
    event.stopImmediatePropagation();
    target.value = "";
    say("That file is larger than 1 MB. Paste the codes instead.");
  },
  { capture: true },
);

function start(button) {
  const atlas = window.careAtlas?.maps[button.dataset.lasso];
  if (!atlas?.surface) return;
  showTheMap();
  const sheet = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS(sheet.namespaceURI, "path");
  sheet.classList.add("atlas-lasso");
  const hint = document.createElementNS(sheet.namespaceURI, "text");
  Object.entries({ x: 16, y: 28 }).forEach(([name, value]) => hint.setAttribute(name, value));
  hint.textContent = "Draw round practices";
  sheet.append(line, hint);
  sheet.addEventListener("pointerdown", (event) => begin(event));
  sheet.addEventListener("pointermove", (event) => go(event));
  sheet.addEventListener("pointerup", () => finish());
  sheet.addEventListener("pointercancel", () => stop());
  for (const name of ["mousedown", "mousemove", "mouseover", "click", "dblclick", "touchstart", "wheel"])
    sheet.addEventListener(name, (event) => event.stopPropagation());
  atlas.surface.container.append(sheet);
  button.setAttribute("aria-pressed", "true");
  drawing = { atlas, sheet, line, button, path: null };
  say("Draw round practices on the map. Escape stops it.");
}

function begin(event) {
  drawing.sheet.setPointerCapture(event.pointerId);
  drawing.path = [at(event)];
}

function go(event) {
  if (!drawing.path) return;
  drawing.path.push(at(event));
  drawing.line.setAttribute("d", `M${drawing.path.map(([x, y]) => `${x} ${y}`).join("L")}Z`);
}

function finish() {
  const { atlas, path } = drawing;
  const points = path?.length > 2 ? inside(atlas, path) : [];
  const { key } = atlas.cast;
  stop();
  if (!points.length) return say("Nothing lies in it. Draw round dots that are shown.");
  say("");
  tell("lasso", { cast: key, points });
}

function stop() {
  drawing.sheet.remove();
  drawing.button.setAttribute("aria-pressed", "false");
  drawing = null;
  say("");
}

function at({ clientX, clientY }) {
  const { left, top } = drawing.sheet.getBoundingClientRect();
  return [clientX - left, clientY - top];
}

// The dots that are shown and whose middle lies in the shape (even-odd rule).
function inside({ surface, cast }, path) {
  const found = [];
  for (let i = 0; i < cast.length; i++) {
    if (surface.shows(i) && holds(path, surface.x[i], surface.y[i])) found.push(i);
  }
  return found;
}

function holds(path, x, y) {
  let is = false;
  for (let i = 0, j = path.length - 1; i < path.length; j = i++) {
    const [[ax, ay], [bx, by]] = [path[i], path[j]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) is = !is;
  }
  return is;
}

// On a phone the controls lie over the map, and the table may have its place.
function showTheMap() {
  if (matchMedia("(max-width: 860px)").matches)
    document.querySelector(".atlas-controls").removeAttribute("open");
  const map = document.querySelector('[data-shows-part="map"]');
  if (map?.offsetParent) map.click();
}

function say(words) {
  const place = document.getElementById("lasso_said");
  if (place) place.textContent = words;
}
