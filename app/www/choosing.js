// The searchable selects: what is chosen makes room for what is typed, what stands first among what
// was found, and words where nothing is. Shiny makes a select anew when its choices are replaced, so
// each new one is seen to when it is first entered.

// What is chosen makes room for what is typed, and comes back if nothing is.
function makeRoom(select) {
  let before = "";
  select.on("focus", () => {
    before = select.getValue() || before;
    select.clear(true);
    select.refreshOptions(true);
  });
  select.on("blur", () => select.getValue() || select.setValue(before, true));
}

// A condition or a code that begins as typed stands before a word in the middle of a description;
// among equals the order of the list holds: current indicators, their register, retired ones.
function scored(select, search) {
  const score = select.getScoreFunction(search);
  const typed = search.trim().toLowerCase();
  const begins = (text) => Number(String(text ?? "").toLowerCase().startsWith(typed));
  return (item) => {
    if (!score(item)) return 0;
    const group = select.optgroups[item.optgroup]?.label ?? item.optgroup;
    return 1 + Math.max(begins(group), begins(item.value));
  };
}

function sayIfNothing(select) {
  const wrapper = select.$wrapper[0];
  const said = wrapper.parentElement.querySelector(".atlas-nothing") ?? document.createElement("p");
  said.className = "atlas-help atlas-nothing";
  said.setAttribute("role", "status");
  wrapper.after(said);
  const say = (words) => (said.textContent = words);
  select.on("type", (typed) => {
    const none = typed.trim() && !select.currentResults.total;
    say(none ? `Nothing matches “${typed.trim()}”. Try fewer letters, or a code.` : "");
  });
  for (const event of ["blur", "change"]) select.on(event, () => say(""));
  say("");
}

// A closed list is neither placed nor scrolled, nor is the room for typing measured anew while nothing
// is typed: each costs a layout of the page at every choice, and is done again when the list opens.
function spareLayouts(select) {
  const { positionDropdown, setActiveOption, updatePlaceholder } = select;
  let typed;
  Object.assign(select, {
    positionDropdown: () => select.isOpen && positionDropdown.call(select),
    setActiveOption: (option, ...more) =>
      setActiveOption.apply(select, select.isOpen ? [option, ...more] : [option, false]),
    updatePlaceholder() {
      const now = `${select.items.length > 0} ${select.getTextboxValue()}`;
      if (now !== typed) updatePlaceholder.call(select);
      typed = now;
    },
  });
}

const seenTo = new WeakSet();

function seeTo(selectize) {
  if (!selectize || seenTo.has(selectize)) return;
  seenTo.add(selectize);
  selectize.settings.score = (search) => scored(selectize, search);
  spareLayouts(selectize);
  makeRoom(selectize);
  sayIfNothing(selectize);
}

// While the focus is on its way, before the select itself is told of it.
document.addEventListener(
  "focus",
  ({ target }) => {
    const control = target.closest?.(".selectize-control");
    seeTo(control?.parentElement.querySelector("select.selectized")?.selectize);
  },
  true,
);

await window.Shiny.initializedPromise;
for (const { selectize } of document.querySelectorAll("select.selectized")) seeTo(selectize);
