// The colours of the map as the page's styles have them now.

import { readGlyph } from "./glyphs.js";

// Takes: an element of the map that has data-bands; how many bands; any canvas's context.
export function paletteOf(element, bands, context) {
  const style = getComputedStyle(element);
  const read = (name) => channels(context, style.getPropertyValue(name));
  const each = (of) => Array.from({ length: bands }, (_, band) => of(band));
  return {
    bands: each((band) => read(`--band-${band}`)),
    glyphs: each((band) => readGlyph(style, band)),
    ground: read("--points-land"),
    muted: read("--points-muted"),
  };
}

export function groundOf(element) {
  const style = getComputedStyle(element);
  return { land: style.getPropertyValue("--points-land"), coast: style.getPropertyValue("--points-line") };
}

// Any CSS colour as [red, green, blue]: the canvas turns it into #rrggbb.
export function channels(context, css) {
  context.fillStyle = "#808080";
  context.fillStyle = css;
  const hex = parseInt(context.fillStyle.slice(1), 16);
  return [hex >> 16, (hex >> 8) & 255, hex & 255];
}
