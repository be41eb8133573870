// Draws the charts of a plain page with Plotly, from the figures that stand in it (app/draw/plot.py).
// Colours are names of properties: looked up here, and anew when the theme turns. A point with an
// address leads there; for the keyboard the table behind the chart has the same links.

// A chart may say what is else where it is narrow: there is no room for words beside bars.
const NARROW = 480;

const isName = (value) => typeof value === "string" && value.startsWith("--");

function coloured(part, style) {
  if (isName(part)) return style.getPropertyValue(part).trim();
  if (Array.isArray(part)) return part.map((each) => coloured(each, style));
  if (part && typeof part === "object")
    return Object.fromEntries(Object.entries(part).map(([name, each]) => [name, coloured(each, style)]));
  return part;
}

function follow({ points }) {
  const address = points[0]?.customdata;
  if (typeof address !== "string") return;
  // A link of the page's own, so that whoever listens to those hears of this one.
  const link = Object.assign(document.createElement("a"), { href: address, hidden: true });
  document.querySelector("main").append(link);
  link.click();
  link.remove();
}

export function drawPlots() {
  for (const place of document.querySelectorAll(".plot")) {
    const figure = JSON.parse(place.parentElement.querySelector("script").textContent);
    const { data, layout, narrow } = coloured(figure, getComputedStyle(place));
    const other = (place.clientWidth < NARROW && narrow) || {};
    const traces = data.map((trace) => ({ ...trace, ...other.trace }));
    window.Plotly.react(place, traces, { ...layout, ...other.layout }, { displayModeBar: false, responsive: true });
    if (!place.isHeard) place.on("plotly_click", follow);
    place.isHeard = true;
    place.dataset.drawn = "";
  }
}

drawPlots();
new MutationObserver(drawPlots).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
