// A long table comes in pieces: the rows in sight with everything else that changed, the others when
// the browser has nothing to do, so that five hundred rows keep nobody waiting longer than a hundred.
// Of those that are there, the browser draws the ones in sight (page.css), and all others once the
// reader has stayed a moment or begins to scroll: who reads with a screen reader hears drawn rows only.
// For that each row is a box of its own, and how wide the columns are is worked out here.

const AT_ONCE = 100; // rows: more than any window shows
const SOON = 500; // milliseconds that a piece waits at most
const STAY = 500; // milliseconds after which somebody has stayed
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
  // Who has scrolled down stays where they are: that place is there only in the whole table, drawn.
  const isWhole = place.scrollTop > 0;
  const cut = isWhole ? html.length : endOf(html, html.indexOf("<tbody>") + 1);
  place.innerHTML = html.slice(0, cut);
  const table = place.querySelector("table");
  if (!table) return;
  // Columns that a reader adds take their room from one another, as only a table can.
  const seeTo = table.matches(".atlas-close, .atlas-wide") ? () => {} : byRows(table);
  seeTo(table.rows);
  const [body] = table.tBodies;
  if (isWhole) return draw(body.rows);
  place.onscroll = null;
  addRest(body, html, cut, { mine, seeTo, whenThere: () => drawAll(place, body, mine) });
}

function addRest(body, html, from, { mine, seeTo, whenThere }) {
  if (from >= html.length) return whenThere();
  whenIdle(
    () => {
      if (mine !== asked) return;
      const end = endOf(html, from);
      const there = body.rows.length;
      body.insertAdjacentHTML("beforeend", html.slice(from, end));
      seeTo([...body.rows].slice(there));
      addRest(body, html, end, { mine, seeTo, whenThere });
    },
    { timeout: SOON },
  );
}

function drawAll(place, body, mine) {
  const start = () => {
    if (mine !== asked) return;
    place.onscroll = null;
    drawRest(body, 0, mine);
  };
  place.onscroll = start;
  setTimeout(start, STAY);
}

function drawRest(body, from, mine) {
  whenIdle(
    () => {
      if (mine !== asked || from >= body.rows.length) return; // or all are
      draw([...body.rows].slice(from, from + AT_ONCE));
      drawRest(body, from + AT_ONCE, mine);
    },
    { timeout: SOON },
  );
}

function draw(rows) {
  for (const row of rows) row.classList.add("is-drawn");
}

// --- columns

const NUMBERS = ["numerator", "denominator"]; // the last two columns
const wide = matchMedia("(min-width: 861px)"); // where small print keeps its line
const pen = document.createElement("canvas").getContext("2d");
const lengths = new Map(); // of words, by their font and themselves
const fonts = new Map(); // by what is written in them, in a window of this size
let measure = () => {}; // the table that is there

addEventListener("resize", () => {
  fonts.clear();
  measure();
});

// Makes the rows boxes of their own; gives what sees to it that columns are as wide as more rows need.
function byRows(table) {
  table.classList.add("is-by-rows");
  const most = [0, 0];
  const seeTo = (rows) => {
    for (const { cells } of rows)
      for (const [nth, cell] of [...cells].slice(-2).entries()) most[nth] = Math.max(most[nth], roomOf(cell));
    for (const [nth, name] of NUMBERS.entries()) table.style.setProperty(`--${name}`, `${Math.ceil(most[nth])}px`);
  };
  measure = () => {
    most.fill(0);
    seeTo(table.rows);
  };
  return seeTo;
}

// How many pixels wide a cell's longest line is: a word of a heading or of small print that may be
// broken, all of anything else.
function roomOf(cell) {
  const room = (element, text, isBroken) =>
    Math.max(...(isBroken ? text.split(" ") : [text]).map((line) => lengthOf(line, fontOf(element))));
  if (cell.scope) return room(cell.firstChild, cell.textContent, true);
  const [number, small] = cell.childNodes;
  return Math.max(room(cell, number.data, false), small ? room(small, small.textContent, !wide.matches) : 0);
}

function fontOf(element) {
  const { tagName } = element;
  if (!fonts.has(tagName)) {
    // Not its `font`, which is empty where figures are set below one another.
    const { fontWeight, fontSize, fontFamily } = getComputedStyle(element);
    fonts.set(tagName, `${fontWeight} ${fontSize} ${fontFamily}`);
  }
  return fonts.get(tagName);
}

// All digits are as wide as a nought: they stand below one another.
function lengthOf(line, font) {
  const key = `${font} ${line.replaceAll(/\d/g, "0")}`;
  if (!lengths.has(key)) {
    pen.font = font;
    lengths.set(key, pen.measureText(key.slice(font.length + 1)).width);
  }
  return lengths.get(key);
}
