// An opened help stands beside its "?", inside the window. The browser opens and closes it.

const GAP = 8;

function place(words) {
  const button = document.querySelector(`[popovertarget="${words.id}"]`);
  const { left, right, top } = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = words;
  const beside = right + GAP + width <= innerWidth ? right + GAP : left - GAP - width;
  const room = { x: innerWidth - width - GAP, y: innerHeight - height - GAP };
  const isBeside = beside >= GAP;
  const y = isBeside ? top : button.getBoundingClientRect().bottom + GAP;
  Object.assign(words.style, {
    margin: 0,
    left: `${Math.max(GAP, isBeside ? beside : room.x)}px`,
    top: `${Math.max(GAP, Math.min(y, room.y))}px`,
  });
}

// What is in use is in sight, also when Back or a link put it there.
window.jQuery(document).on("shiny:inputchanged", ({ name, value }) => {
  const isUsed = name === "geography" ? value === "today" : value?.length > 0;
  const group = document.querySelector(".atlas-fairness");
  if (isUsed && ["keep", "colour", "size", "against", "geography"].includes(name.split(":")[0])) group.open = true;
});

// `toggle` does not bubble, so it is caught on its way down.
document.addEventListener(
  "toggle",
  ({ target, newState }) => newState === "open" && target.matches(".help-words") && place(target),
  true,
);
