// Share: through the phone's own sheet, where a browser has one; elsewhere the link is copied.

import { copy } from "./copying.js";

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-share]");
  if (!button) return;
  const { title } = document;
  const text = document.querySelector("h1")?.textContent.trim() ?? title;
  const url = location.href;
  if (!navigator.share) return copy(url, button);
  try {
    await navigator.share({ title, text, url });
  } catch {
    // closed again: nothing is to be said
  }
});
