// Axes as scales: a number to its share (0 to 1) of the axis, and the ticks worth a label.
// Knows nothing of canvas.

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const GOLDEN = 0.618034; // spreads neighbours, the same way each time

// axis: {kind: linear | log | words, low, high, words, before, after, decimals}
export function scaleOf(axis) {
  if (axis.kind === "words") return wordScale(axis);
  const turn = axis.kind === "log" ? Math.log10 : (value) => value;
  const [from, to] = [turn(axis.low), turn(axis.high)];
  const share = (value) => (turn(clamp(value, axis.low, axis.high)) - from) / (to - from);
  return {
    share,
    write: writerOf(axis),
    ticks: (most) => ticksOf(axis, most).map((at) => ({ at: share(at), text: tickText(at, axis) })),
  };
}

function wordScale({ words }) {
  return {
    // Points of one word stand beside one another, within seven tenths of its place.
    share: (word, index) => (word + 0.5 + (((index * GOLDEN) % 1) - 0.5) * 0.7) / words.length,
    write: (word) => words[word] ?? "",
    ticks: () => words.map((text, word) => ({ at: (word + 0.5) / words.length, text })),
  };
}

function writerOf({ before = "", after = "", decimals }) {
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  const format = new Intl.NumberFormat("en-GB", digits);
  return (value) => `${before}${format.format(value)}${after}`;
}

function tickText(value, { before = "" }) {
  const rounded = Number(value.toPrecision(6));
  return `${before}${rounded.toLocaleString("en-GB", { maximumFractionDigits: 2 })}`;
}

function ticksOf({ kind, low, high }, most) {
  return kind === "log" ? logTicks(low, high, most) : linearTicks(low, high, most);
}

// Steps of 1, 2 or 5 times a power of ten.
function linearTicks(low, high, most) {
  const rough = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((times) => times * power >= rough) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, k) => (first + k) * step);
}

// 1, 2, 5 of each power of ten; where that is too many, 1 and 3, then the powers alone.
function logTicks(low, high, most) {
  const powers = [];
  for (let p = Math.floor(Math.log10(low)); p <= Math.log10(high); p++) powers.push(10 ** p);
  const all = [[1, 2, 5], [1, 3], [1]].map((times) =>
    powers.flatMap((power) => times.map((t) => t * power)).filter((v) => v >= low && v <= high),
  );
  return all.find((ticks) => ticks.length <= most) ?? all[2];
}
