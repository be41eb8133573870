// Light or dark: what the reader chose, kept for the next page; else what the system wants. Not a
// module: it has to run before anything is painted.
{
  const KEY = "care-atlas-theme";
  const root = document.documentElement;
  const wants = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // a browser that keeps nothing
    }
  };
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  // Shiny's switch takes a dark page over as it finds it, a light one only afterwards.
  if (wants() ? wants() === "dark" : isDark) root.dataset.bsTheme = "dark";
  else if (isDark) addEventListener("DOMContentLoaded", () => (root.dataset.bsTheme = "light"));

  const keep = () => {
    try {
      localStorage.setItem(KEY, root.dataset.bsTheme);
    } catch {}
  };

  // A page without a session has no such switch of Shiny's. Its own is made here: where no script
  // runs there is none that does nothing.
  addEventListener("DOMContentLoaded", () => {
    const header = document.querySelector(".atlas-header");
    if (!header || header.querySelector("bslib-input-dark-mode")) return;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "atlas-theme" });
    button.setAttribute("aria-label", "Light or dark");
    button.addEventListener("click", () => {
      const now = root.dataset.bsTheme ?? (isDark ? "dark" : "light");
      root.dataset.bsTheme = now === "dark" ? "light" : "dark";
      keep();
    });
    header.append(button);
  });

  // The switch lets no click out, so it is caught on its way in; the page turns after it. A print,
  // which turns the page for a while, is no click.
  addEventListener(
    "click",
    ({ target }) => {
      if (!target.closest?.("bslib-input-dark-mode")) return;
      setTimeout(keep);
    },
    true,
  );
}
