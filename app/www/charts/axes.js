// Draws what lies under and over a chart's dots: grid, labels, lines, steps, rings. Takes plain
// values and a canvas context in CSS pixels; keeps nothing.

const FONT = "11.5px system-ui, sans-serif";
const MARGIN = { left: 40, right: 12, top: 24, bottom: 42 };

export const frameOf = (width, height) => ({
  left: MARGIN.left,
  top: MARGIN.top,
  width: Math.max(1, width - MARGIN.left - MARGIN.right),
  height: Math.max(1, height - MARGIN.top - MARGIN.bottom),
});
export const toX = (frame, share) => frame.left + share * frame.width;
export const toY = (frame, share) => frame.top + (1 - share) * frame.height;

// chart: {across, up} axes, {x, y} scales; ink: colours by name.
export function drawGround(context, frame, { across, up, x, y }, ink) {
  context.font = FONT;
  drawGrid(context, frame, { up, x, y }, ink);
  const right = frame.left + frame.width;
  text(context, up.label, { x: 2, y: 12, align: "left" }, ink);
  text(context, across.label, { x: right, y: frame.top + frame.height + 38, align: "right" }, ink);
}

function drawGrid(context, frame, { up, x, y }, ink) {
  const bottom = frame.top + frame.height;
  for (const { at, text: words } of y.ticks(Math.round(frame.height / 44))) {
    const row = toY(frame, at);
    const grid = [[frame.left, row], [frame.left + frame.width, row]];
    stroke(context, grid, { colour: ink.line, width: 1 });
    text(context, words, { x: frame.left - 6, y: row + 4, align: "right" }, ink);
  }
  const ticks = x.ticks(Math.round(frame.width / 58));
  for (const { at, text: words } of ticks) {
    const column = toX(frame, at);
    const tick = [[column, bottom], [column, bottom + 4]];
    stroke(context, tick, { colour: ink.line, width: 1 });
    // A word too long for its place goes on in a second line.
    const isWide = context.measureText(words).width > frame.width / ticks.length - 4;
    const lines = isWide ? words.split(" ") : [words];
    lines.forEach((part, k) => {
      const most = frame.left + frame.width + MARGIN.right - context.measureText(part).width / 2;
      text(context, part, { x: Math.min(column, most), y: bottom + 15 + 11 * k, align: "center" }, ink);
    });
  }
  const axis = [[frame.left, frame.top], [frame.left, bottom], [frame.left + frame.width, bottom]];
  stroke(context, axis, { colour: ink.soft, width: 1 });
  if (up.low > 0) drawBreak(context, frame.left, bottom - 7, ink);
}

// The axis does not start at zero, and shows it.
function drawBreak(context, x, y, ink) {
  stroke(context, [[x, y - 5], [x, y + 5]], { colour: ink.ground, width: 3 });
  const zigzag = [[x, y - 5], [x - 4, y - 2], [x + 4, y + 2], [x, y + 5]];
  stroke(context, zigzag, { colour: ink.soft, width: 1 });
}

// As far as it is within the axes.
function drawCurve(context, frame, { curve, up, x, y }, ink) {
  const points = curve.x
    .map((value, k) => [value, curve.y[k]])
    .filter(([, value]) => value >= up.low && value <= up.high)
    .map(([across, value]) => [toX(frame, x.share(across)), toY(frame, y.share(value))]);
  stroke(context, points, { colour: ink.ground, width: 3 });
  stroke(context, points, { colour: ink.ink, width: 1.2, dashes: curve.dashed ? [5, 4] : [] });
}

// Over the dots: what must be read through them.
export function drawOver(context, frame, { up, x, y, line, curves, steps }, ink) {
  context.font = FONT;
  for (const step of steps) drawStep(context, frame, { step, x, y }, ink);
  for (const curve of curves) drawCurve(context, frame, { curve, up, x, y }, ink);
  if (line) drawLine(context, frame, { line, y }, ink);
  labelCurves(context, frame, { up, x, y, line, curves }, ink);
}

function drawLine(context, frame, { line, y }, ink) {
  const [right, row] = [frame.left + frame.width, toY(frame, y.share(line.value))];
  const ends = [[frame.left, row], [right, row]];
  stroke(context, ends, { colour: ink.ground, width: 3.5 });
  stroke(context, ends, { colour: ink.ink, width: 1.5 });
  label(context, line.label, { x: right - 2, y: row - 6, align: "right" }, ink);
}

// Where a curve comes into sight; not where England's line or another's label stands.
function labelCurves(context, frame, { up, x, y, line, curves }, ink) {
  const taken = line ? [toY(frame, y.share(line.value)) + 4] : [];
  for (const curve of curves.filter((c) => c.label)) {
    const [low, high] = [Math.max(up.low, 0), Math.min(up.high, 100)];
    const k = curve.y.findIndex((value) => value > low && value < high);
    if (k < 0) continue;
    const row = toY(frame, y.share(curve.y[k])) + 4;
    if (taken.some((other) => Math.abs(other - row) < 14)) continue;
    taken.push(row);
    label(context, curve.label, { x: toX(frame, x.share(curve.x[k])) + 6, y: row, align: "left" }, ink);
  }
}

function drawStep(context, frame, { step, x, y }, ink) {
  const [from, to] = step.ends.map((share) => toX(frame, share));
  const row = toY(frame, y.share(step.value));
  const ends = [[from, row], [Math.max(to, from + 3), row]];
  stroke(context, ends, { colour: ink.ground, width: 7 });
  stroke(context, ends, { colour: ink.ink, width: 3 });
  const words = step.value.toFixed(1);
  if (to - from < context.measureText(words).width + 2) return;
  label(context, words, { x: (from + to) / 2, y: row - 8, align: "center" }, ink);
}

function text(context, words, { x, y, align }, ink) {
  context.textAlign = align;
  context.fillStyle = ink.soft;
  context.fillText(words, x, y);
}

// Words on dots: in ink, with a rim of the ground.
function label(context, words, { x, y, align }, ink) {
  context.textAlign = align;
  context.lineJoin = "round";
  context.lineWidth = 4;
  context.strokeStyle = ink.ground;
  context.strokeText(words, x, y);
  context.fillStyle = ink.ink;
  context.fillText(words, x, y);
}

function stroke(context, points, { colour, width, dashes = [] }) {
  context.beginPath();
  points.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dashes);
  context.stroke();
  context.setLineDash([]);
}
