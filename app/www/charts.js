// The door of the charts beside the map. A chart has a number or two for each organisation of the
// map's cast; band, colour, name, selection and whether it is shown are the map's own, so both
// always say the same. See app/draw/chart.py for the messages.

import { Chart } from "./charts/chart.js";
import { fillList } from "./charts/list.js";

const boxes = [...document.querySelectorAll("[data-chart]")];
const charts = Object.fromEntries(boxes.map((box) => [box.dataset.chart, new Chart(box)]));
window.careAtlasCharts = charts; // for tests and benchmarks

window.Shiny.addCustomMessageHandler("atlas-chart", (message) =>
  charts[message.chart].onData(message),
);

for (const [event, method] of [
  ["atlas-map-changed", "follow"],
  ["atlas-map-hovered", "ringHovered"],
]) {
  document.addEventListener(event, () => Object.values(charts).forEach((chart) => chart[method]()));
}

// `toggle` does not bubble, so it is caught on its way down.
document.addEventListener(
  "toggle",
  ({ target }) => {
    const chart = charts[target.dataset?.lists];
    if (chart && target.open) fillList(target.querySelector(".chart-list"), chart);
  },
  true,
);

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.(".chart-list button[data-point]");
  if (button) charts[button.closest("[data-lists]").dataset.lists].pick(Number(button.dataset.point));
});
