// Copying: a text that stands in a box, or a file that an address gives. What was done is said on
// the button and, for those who hear the page, in #taken_said.

export function say(words) {
  const place = document.getElementById("taken_said");
  if (place) place.textContent = words;
}

export async function copy(text, button, box) {
  const words = button.textContent;
  try {
    await navigator.clipboard.writeText(await text);
    button.textContent = "Copied";
  } catch {
    if (box) box.select();
    button.textContent = box ? "Selected: copy it with the keyboard" : "The browser does not let pages copy";
  }
  say(button.textContent);
  setTimeout(() => (button.textContent = words), 2000);
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("button");
  const box = button?.previousElementSibling;
  if (button?.dataset.copies !== undefined) copy(box.value, button, box);
  const file = button?.dataset.copiesFrom;
  if (file) copy(fetch(file).then((answer) => answer.text()), button);
});
