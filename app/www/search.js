// The search box: suggests while somebody types, by mouse or arrows; without it the form still
// works. What is found is the server's to say.

const WAIT = 120; // milliseconds without a key before the server is asked

function suggest(form, id) {
  const input = form.querySelector("input");
  const root = form.dataset.root ?? "";
  form.querySelector("button").tabIndex = -1; // Enter does the same, and a focus on it is not to be seen
  const list = document.createElement("ul");
  Object.assign(list, { className: "atlas-suggested", hidden: true, id });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  form.append(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" }))
    input.setAttribute(name, value);

  let timer, asked;
  let [found, at] = [[], -1];

  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  function show(rows) {
    found = rows;
    at = -1;
    // A heading wherever another group begins: it is no option, so each line tells its group to who only hears it.
    list.replaceChildren(...rows.flatMap((row, place) => [row.group !== rows[place - 1]?.group && heading(row.group), line(row, place)].filter(Boolean)));
    list.hidden = !rows.length;
    input.setAttribute("aria-expanded", String(rows.length > 0));
  }

  function heading(words) {
    const item = document.createElement("li");
    item.setAttribute("role", "presentation");
    item.setAttribute("aria-hidden", "true");
    item.className = "group";
    item.textContent = words;
    return item;
  }

  function line({ near, name, level, code, parent, far, until, note: said, group }, place) {
    const item = document.createElement("li");
    item.setAttribute("role", "option");
    item.id = `${id}_${place}`;
    item.append(name);
    const note = document.createElement("small");
    note.textContent = [near && "spelt alike", far, level, code, parent, until && `until ${until}`, said].filter(Boolean).join(" · ");
    item.setAttribute("aria-label", [name, note.textContent, group].filter(Boolean).join(", "));
    item.append(note);
    item.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      go(place);
    });
    return item;
  }

  const go = (place) => (location.href = root + found[place].href);

  function move(step) {
    at = (at + step + found.length) % found.length;
    for (const [place, item] of [...list.querySelectorAll("[role=option]")].entries()) item.setAttribute("aria-selected", String(place === at));
    input.setAttribute("aria-activedescendant", `${id}_${at}`);
    document.getElementById(`${id}_${at}`).scrollIntoView({ block: "nearest" });
  }

  async function ask() {
    const text = input.value.trim();
    asked = text;
    if (text.length < 2) return close();
    try {
      const answer = await fetch(`${root}search.json?everywhere&q=${encodeURIComponent(text)}`);
      const rows = answer.ok ? await answer.json() : [];
      if (asked === text && document.activeElement === input) show(rows); // else somebody typed on
    } catch {
      close(); // Enter still asks the search's own page
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return close();
    if (list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      move(step);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      go(at);
    }
  });
}

// The search's own page has two.
for (const [place, form] of document.querySelectorAll("form.atlas-search").entries()) suggest(form, place ? `suggested-${place}` : "suggested");
