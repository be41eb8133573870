// ipywidgets' styles fetch an icon font from a public host. Nothing here shows its icons, and
// nothing of this page is to ask another host, so that rule is taken out as it comes in. Not a
// module: it has to run before the widgets do.
{
  const FOREIGN = /@font-face\s*\{[^}]*https?:\/\/[^}]*\}/g;
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      for (const node of [target, ...addedNodes]) {
        if (node.nodeName !== "STYLE") continue;
        const own = node.textContent.replace(FOREIGN, "");
        if (own !== node.textContent) node.textContent = own;
      }
    }
  }).observe(document.documentElement, { childList: true, subtree: true });
}
