// The boxes of "Hold against another": what the search finds, as the browser's own list. Without
// this the form still works: /compare finds by words.

const WAIT = 120; // milliseconds without a key before the server is asked
const NOT_PLACES = ["indicator", "register"];

function option({ name, code, level, parent }) {
  const made = document.createElement("option");
  made.value = `${name} (${code})`;
  made.label = [name, level, code, parent].filter(Boolean).join(" · ");
  return made;
}

function suggest(input) {
  let timer, asked;

  async function ask() {
    const text = (asked = input.value.trim());
    if (text.length < 2 || text.endsWith(")")) return; // too short, or chosen from the list
    try {
      const answer = await fetch(`${input.dataset.root}search.json?q=${encodeURIComponent(text)}`);
      const rows = answer.ok ? await answer.json() : [];
      if (asked === text) input.list.replaceChildren(...rows.filter((row) => !NOT_PLACES.includes(row.level)).map(option));
    } catch {
      // Enter still asks the page itself
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
}

for (const input of document.querySelectorAll(".atlas-hold input[list]")) suggest(input);
