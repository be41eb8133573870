// The tabs beside the map: which is open, by mouse, arrows, or the server; the server is told which.

const tabs = [...document.querySelectorAll("[data-tab]")];

function open(name, { tell = true } = {}) {
  for (const tab of tabs) {
    const isOpen = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", String(isOpen));
    tab.tabIndex = isOpen ? 0 : -1;
    if (isOpen) bringIntoView(tab);
    document.getElementById(tab.getAttribute("aria-controls")).hidden = !isOpen;
  }
  document.dispatchEvent(new CustomEvent("atlas-tab-opened", { detail: name }));
  // An event: Back opens tabs too, so the one that was told last may not be the one that is open.
  if (tell) window.Shiny.setInputValue("tab", name, { priority: "event" });
}

// Along the row of tabs only: the page stays where it is.
function bringIntoView(tab) {
  const row = tab.parentElement;
  const [left, right] = [tab.offsetLeft - row.offsetLeft, tab.offsetLeft - row.offsetLeft + tab.offsetWidth];
  if (left < row.scrollLeft) row.scrollLeft = left;
  else if (right > row.scrollLeft + row.clientWidth) row.scrollLeft = right - row.clientWidth;
}

// When the page opens, and on a phone when the tabs come into sight.
const row = document.querySelector(".atlas-tabs");
const openTab = () => tabs.find((tab) => tab.getAttribute("aria-selected") === "true");
if (row) new ResizeObserver(() => bringIntoView(openTab())).observe(row);

for (const [place, tab] of tabs.entries()) {
  tab.addEventListener("click", () => open(tab.dataset.tab));
  tab.addEventListener("keydown", ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const next = tabs[(place + step + tabs.length) % tabs.length];
    next.focus();
    open(next.dataset.tab);
  });
}

// Anything on the page can open a tab: <button data-opens="trend">.
document.addEventListener("click", ({ target }) => {
  const name = target.closest?.("[data-opens]")?.dataset.opens;
  if (name) open(name);
});

window.Shiny.addCustomMessageHandler("atlas-tab", ({ open: name }) => open(name, { tell: false }));
