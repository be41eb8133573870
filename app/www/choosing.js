// The searchable selects: what stands first among what was found, and words where nothing is.

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
  const said = document.createElement("p");
  said.className = "atlas-help atlas-nothing";
  said.setAttribute("role", "status");
  select.$wrapper[0].after(said);
  select.on("type", (typed) => {
    const none = typed.trim() && !select.currentResults.total;
    said.textContent = none ? `Nothing matches “${typed.trim()}”. Try fewer letters, or a code.` : "";
  });
  for (const event of ["blur", "change"]) select.on(event, () => (said.textContent = ""));
}

await window.Shiny.initializedPromise;
for (const { selectize } of document.querySelectorAll("select.selectized")) {
  selectize.settings.score = (search) => scored(selectize, search);
  sayIfNothing(selectize);
}
