// Taking it away: the menu, links to copy, the citation and the frame, which need the page's own
// address; the picture and print. What is downloaded comes from the server; copying.js copies.

import { copy, say } from "./copying.js";
import { bringPictures, savePicture } from "./picture.js";

const menu = document.querySelector(".atlas-more");
const here = (changes = {}) => {
  const address = new URL(location.href);
  for (const [name, value] of Object.entries(changes)) {
    if (value) address.searchParams.set(name, value);
    else address.searchParams.delete(name);
  }
  address.search = address.search.replaceAll("%3A", ":").replaceAll("%2C", ",");
  return address.href;
};
const below = (path) => new URL(path + location.search, location.href).href;

const actions = {
  picture: () => savePicture().then(() => say("Picture saved")),
  print: () => window.print(),
  newest: () => location.assign(here({ snapshot: "" })),
};

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("button");
  if (!button) return;
  actions[button.dataset.take]?.();
  if (button.dataset.snapshot) copy(here({ snapshot: button.dataset.snapshot }), button);
});

// The brief is of what is shown at the moment it is asked for.
for (const event of ["pointerdown", "focusin", "click"]) {
  document.addEventListener(event, ({ target }) => {
    const link = target.closest?.("a[data-take='brief']");
    if (link) link.href = below("brief");
  });
}

// --- the menu: Escape and a click elsewhere close it

menu?.addEventListener("toggle", fill, true);
// What depends on the question is drawn while the menu is open, and only then.
menu?.addEventListener("toggle", () => window.Shiny.setInputValue("take_open", menu.open));
document.addEventListener("atlas-written", ({ detail: places }) => {
  if (places.includes("take_more")) fill({ target: menu });
});
menu?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.open) return;
  event.stopPropagation();
  menu.open = false;
  menu.querySelector("summary").focus();
});
document.addEventListener("pointerdown", ({ target }) => {
  if (menu?.open && !menu.contains(target)) menu.open = false;
});

// `toggle` of the menu itself and of what opens in it.
function fill({ target }) {
  if (!target.open) return;
  const snapshot = menu.querySelector("[data-snapshot]")?.dataset.snapshot;
  for (const box of menu.querySelectorAll("[data-text]")) {
    if (box.dataset.text === "cite") box.value = box.defaultValue.replace("{link}", here({ snapshot }));
    else box.value = frame();
  }
}

const frame = () =>
  `<iframe src="${below("embed/").replaceAll("&", "&amp;")}" title="${quoted(document.title)}"` +
  ` style="width:100%;height:560px;border:0" loading="lazy"></iframe>`;
const quoted = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");

bringPictures();
