// A place that is written anew keeps the focus of whoever is in it: without that, who sorts, turns or
// selects by keyboard is back at the top of the page each time.

// What an element is, whatever the server wrote into it since: a header's words get an arrow.
function sign(element) {
  const known = [element.id, element.getAttribute("href"), ...Object.entries(element.dataset).flat()];
  return known.some(Boolean) ? known.join(" ") : element.textContent;
}

export function keepingFocus(place, write) {
  const held = document.activeElement;
  const isWithin = held !== place && place.contains(held);
  const alike = () => [...place.querySelectorAll(held.tagName)];
  const at = isWithin ? alike().indexOf(held) : -1;
  write();
  if (!isWithin || held.isConnected) return;
  const offered = alike().filter((one) => !one.disabled && one.tabIndex >= 0);
  const same = offered.find((one) => sign(one) === sign(held));
  // Gone, as the last Next is: what stands nearest, or else the place itself.
  const again = same ?? offered[Math.min(at, offered.length - 1)] ?? place;
  if (again === place && place.tabIndex < 0) place.tabIndex = -1;
  again.focus({ preventScroll: true });
}
