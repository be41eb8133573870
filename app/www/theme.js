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

  // The switch lets no click out, so it is caught on its way in; the page turns after it. A print,
  // which turns the page for a while, is no click.
  addEventListener(
    "click",
    ({ target }) => {
      if (!target.closest?.("bslib-input-dark-mode")) return;
      setTimeout(() => {
        try {
          localStorage.setItem(KEY, root.dataset.bsTheme);
        } catch {}
      });
    },
    true,
  );
}
