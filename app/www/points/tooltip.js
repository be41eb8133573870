// Says what a point is: a box beside it for those who see, a live region for those who hear.
// The box is hidden from screen readers, so nothing is said twice.

import { category, NOT_ELIGIBLE, NOT_REPORTED, SMALL, UNCERTAIN } from "./cast.js";

const oneDecimal = new Intl.NumberFormat("en-GB", {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const atMostOne = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
const twoDecimals = new Intl.NumberFormat("en-GB", {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});

export class Tooltip {
  constructor(container) {
    this.container = container;
    this.box = this.add("div", "points-tip");
    this.box.setAttribute("aria-hidden", "true");
    this.box.hidden = true;
    this.live = this.add("div", "points-heard");
    this.live.setAttribute("aria-live", "polite");
    this.live.setAttribute("aria-atomic", "true");
  }

  add(tag, name) {
    const element = document.createElement(tag);
    element.className = name;
    return this.container.appendChild(element);
  }

  remove() {
    this.box.remove();
    this.live.remove();
  }

  // Takes: what describe() gives, and where the point is and how large, in the container's pixels.
  show(said, { x, y, radius }) {
    this.box.replaceChildren(
      ...[
        line("points-tip-name", said.name),
        line("points-tip-note", said.note),
        line("points-tip-about", said.about),
        line("points-tip-value", said.value, said.interval),
        line("points-tip-count", said.count),
        line("points-tip-band", said.band),
        ...said.caveats.map((caveat) => line("points-tip-note", caveat)),
        line("points-tip-more", said.more),
      ].filter(Boolean),
    );
    this.box.querySelector(".points-tip-band")?.prepend(swatch(said.dot));
    this.box.hidden = false;
    this.place(x, y, radius + 10);
  }

  // Above the point where there is room, else below, else beside; always whole.
  place(x, y, gap) {
    const { clientWidth, clientHeight } = this.container;
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const left = Math.max(8, Math.min(x - width / 2, clientWidth - width - 8));
    let [across, down] = [left, y - gap - height];
    if (down < 8) down = y + gap;
    if (down + height > clientHeight - 8) {
      down = Math.max(8, Math.min(y - height / 2, clientHeight - height - 8));
      across = x + gap + width < clientWidth - 8 ? x + gap : Math.max(8, x - gap - width);
    }
    this.box.style.transform = `translate(${Math.round(across)}px, ${Math.round(down)}px)`;
  }

  hide() {
    this.box.hidden = true;
  }

  say(said) {
    const result = `${said.value} ${said.interval}`.trim();
    const parts = [said.name, said.note, said.about, result, said.count, said.band, ...said.caveats, said.more];
    const text = parts.filter(Boolean).join(". ");
    if (this.live.textContent !== text) this.live.textContent = text;
  }

  silence() {
    this.live.textContent = "";
  }
}

// What there is to say of a point, as words; parts not known yet are empty.
export function describe(atlas, point, others) {
  const { cast, codes, words, details, unit, counted, nobody } = atlas;
  const code = codes[point];
  const value = details?.value[point];
  const known = !(value === undefined || isNaN(value));
  return {
    name: cast.names?.[point] ?? "",
    note: [cast.notes?.[point], cast.codes?.[point]].filter(Boolean).join(" · "),
    about: (cast.about ?? []).map((part) => about(part, point)).join(" · "),
    value: known ? `${oneDecimal.format(value)} ${unit}` : "",
    interval: known ? interval(details.low[point], details.high[point]) : "",
    count: count(details?.numerator[point], details?.denominator[point], counted),
    band: bandWords(category(code), words, nobody),
    dot: category(code) < NOT_REPORTED ? `dot b${category(code)}` : "points-hollow",
    caveats: caveats(code),
    more: others > 0 ? `+${others} more here` : "",
  };
}

const interval = (low, high) =>
  isNaN(low) || isNaN(high) ? "" : `(${oneDecimal.format(low)} to ${oneDecimal.format(high)})`;

const count = (numerator, denominator, counted) =>
  [numerator, denominator].some((n) => n === undefined || isNaN(n))
    ? ""
    : `${number(numerator)} of ${number(denominator)} ${counted}`;

// As app/atlas/drawing/words.py says them: points keep two decimals.
const number = (n) => (Number.isInteger(n) ? whole : twoDecimals).format(n);

// One thing that surrounds an organisation: its words with the value in them.
function about({ words, unknown, values }, point) {
  const value = values[point];
  if (value === null || value === undefined) return unknown;
  return words.replace("{}", typeof value === "number" ? atMostOne.format(value) : value);
}

function bandWords(band, words, nobody) {
  if (band === NOT_REPORTED) return "Not reported";
  if (band === NOT_ELIGIBLE) return nobody;
  return words[band] ?? `Band ${band + 1}`;
}

function caveats(code) {
  if (category(code) >= NOT_REPORTED) return [];
  const small = code & SMALL && "Under 10 patients: read with care";
  const uncertain = code & UNCERTAIN && "The interval reaches into another band";
  return [small, uncertain].filter(Boolean);
}

function line(name, ...texts) {
  const parts = texts.filter(Boolean);
  if (!parts.length) return null;
  const element = document.createElement("div");
  element.className = name;
  for (const text of parts) {
    element.appendChild(document.createElement("span")).textContent = text;
  }
  return element;
}

function swatch(dot) {
  const element = document.createElement("i");
  element.className = dot;
  return element;
}
