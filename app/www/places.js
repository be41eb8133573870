// From area to area: the breadcrumb, what a selected organisation opens into, a second click on a
// dot. It sets the page's own controls, so that the link and Back follow by themselves.

const LEVELS = ["region", "icb", "sub_icb", "pcn", "practice"];
const nothing = -1;

function go({ area, name, level }) {
  const { selectize } = document.getElementById("area");
  selectize.addOption({ value: area, label: name }); // PCNs are not on offer until one is opened
  selectize.setValue(area);
  const radio = level && document.querySelector(`#level input[value="${level}"]`);
  if (!radio || radio.checked) return;
  radio.click();
  window.Shiny.setInputValue("map_pick", nothing, { priority: "event" });
}

document.addEventListener("click", ({ target }) => {
  const { area, areaName: name, areaLevel: level } = target.closest?.("[data-area]")?.dataset ?? {};
  if (area) go({ area, name, level });
});

document.addEventListener("atlas-open", (event) => {
  const level = document.querySelector("#level input:checked").value;
  const below = LEVELS[LEVELS.indexOf(level) + 1];
  if (!below) return;
  event.preventDefault(); // it is done
  go({ area: `${level}:${event.detail.code}`, name: event.detail.name, level: below });
});

document.addEventListener("change", ({ target }) => {
  if (target.id !== "outlined") return;
  for (const atlas of Object.values(window.careAtlas?.maps ?? {})) atlas.outlined(target.checked);
});
