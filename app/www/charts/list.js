// The organisations outside the 99.8 % limits, by name: made when somebody opens the list, from
// what the browser has already.

const OUTER = 2;
const collator = new Intl.Collator("en-GB");

export function fillList(place, chart) {
  const { names } = chart.atlas.cast;
  const { places, x, y, scales } = chart.data;
  const outside = [...places.keys()].filter((i) => Math.abs(places[i]) === OUTER && !isNaN(y[i]));
  outside.sort((a, b) => collator.compare(names[a], names[b]));
  const table = document.createElement("table");
  table.className = "chart-table";
  const head = table.createTHead().insertRow();
  for (const words of ["Name", "Value", chart.data.across.label, "Against England"]) {
    const cell = head.appendChild(document.createElement("th"));
    cell.scope = "col";
    cell.textContent = words;
  }
  const body = table.createTBody();
  for (const point of outside) {
    const row = body.insertRow();
    row.appendChild(nameCell(names[point], point));
    row.insertCell().textContent = scales.y.write(y[point]);
    row.insertCell().textContent = scales.x.write(x[point]);
    row.insertCell().textContent = places[point] < 0 ? "lower" : "higher";
  }
  place.replaceChildren(table);
}

function nameCell(name, point) {
  const cell = document.createElement("th");
  cell.scope = "row";
  const button = cell.appendChild(document.createElement("button"));
  button.type = "button";
  button.dataset.point = point;
  button.textContent = name;
  return cell;
}
