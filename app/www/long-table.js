// A long table comes in pieces: the rows in sight with everything else that changed, the others when
// the browser has nothing to do, so that five hundred rows keep nobody waiting longer than a hundred.

const AT_ONCE = 100; // rows: more than any window shows
const SOON = 500; // milliseconds that a piece waits at most
const END = "</tr>";
const whenIdle = window.requestIdleCallback ?? ((work) => setTimeout(work));
let asked = 0; // how many tables were put in: what is left of an earlier one is not wanted any more

// Where a piece of the table ends that has so many rows more; the whole, where it has fewer.
function endOf(html, from) {
  let end = from;
  for (let rows = 0; rows < AT_ONCE; rows++) {
    const next = html.indexOf(END, end);
    if (next < 0) return html.length;
    end = next + END.length;
  }
  return end;
}

export function placeTable(place, html) {
  const mine = ++asked;
  // Who has scrolled down stays where they are: that place is there only in the whole table.
  const cut = place.scrollTop ? html.length : endOf(html, html.indexOf("<tbody>") + 1);
  place.innerHTML = html.slice(0, cut);
  const body = place.querySelector("tbody");
  if (body) addRest(body, html, cut, mine);
}

function addRest(body, html, from, mine) {
  if (from >= html.length) return;
  whenIdle(
    () => {
      if (mine !== asked) return;
      const end = endOf(html, from);
      body.insertAdjacentHTML("beforeend", html.slice(from, end));
      addRest(body, html, end, mine);
    },
    { timeout: SOON },
  );
}
