// The page's libraries run once the page is there (app/assets.py: deferred), and jQuery, which does
// not wait, then says that it is ready. That is too soon for Shiny where there are widgets: these
// say what they can draw a little later. It begins once they have.

if (document.querySelector("script[src*='ipywidget-output-binding']")) {
  jQuery.holdReady(true);
  document.addEventListener("DOMContentLoaded", () =>
    require(["@jupyter-widgets/html-manager"], () => jQuery.holdReady(false)),
  );
}
