// How the page looks, and when that changes: its theme, and whether bands have shapes. Of shapes the
// link or the tick says (data-shapes on <html>); else the browser, where it asks for contrast.
// The styles follow by themselves (app/draw/ramp.py, glyphs.py); what is painted is told here.

const root = document.documentElement;
const contrast = matchMedia("(prefers-contrast: more), (forced-colors: active)");
const asks = [contrast, matchMedia("(prefers-color-scheme: dark)")];
const SAID = { 1: "on", 0: "off" }; // as a link has it

export const isShaped = () => (root.dataset.shapes ? root.dataset.shapes === "on" : contrast.matches);

// Takes: what a link says of shapes; nothing is said where the browser's wish holds.
export function sayShapes(said) {
  if (SAID[said]) root.dataset.shapes = SAID[said];
  else delete root.dataset.shapes;
}

// What a link would say, for shapes to be as they are wanted.
export const shapesSaid = (isWanted) => (isWanted === contrast.matches ? "" : String(Number(isWanted)));

// Calls when the look changes, until what it gives is called.
export function onLook(changed) {
  const watched = new MutationObserver(changed);
  watched.observe(root, { attributeFilter: ["data-bs-theme", "data-shapes"] });
  for (const ask of asks) ask.addEventListener("change", changed);
  return () => {
    watched.disconnect();
    for (const ask of asks) ask.removeEventListener("change", changed);
  };
}

if (!root.dataset.shapes) sayShapes(new URLSearchParams(location.search).get("shapes"));
