"""Care Atlas, as an ASGI application: joins the pages. Run it with `shiny run app.main:app`."""

from shiny import App, Inputs, Outputs, Session, ui
from starlette.requests import Request
from starlette.routing import Route

from app import leftovers, live
from app.assets import WWW, assets, unused
from app.atlas.pages import practices
from app.atlas.pages.about import about
from app.frame import not_found, search_form
from app.headers import protect
from app.routes import routes

STYLES = (
    "page",
    "context",
    "panels",
    "legend",
    "charts",
    "likeness",
    "places",
    "years",
    "search",
    "taking",
    "help",
    "phone",
    "print",
    "points",
)
SCRIPTS = (
    "page",
    "address",
    "tabs",
    "legend",
    "charts",
    "lasso",
    "places",
    "years",
    "search",
    "choosing",
    "taking",
    "help",
    "hint",
    "points",
)


def page(request: Request) -> ui.Tag:
    """The page that the address asks for, in its state."""
    return ui.page_fillable(
        assets(styles=STYLES, scripts=SCRIPTS),
        unused(),
        ui.head_content(
            ui.tags.meta(name="viewport", content="width=device-width, initial-scale=1"),
            ui.tags.script(src="theme.js"),
            ui.tags.script(src="own-fonts.js"),
            ui.tags.link(rel="icon", href="mark.svg", type="image/svg+xml"),
        ),
        ui.busy_indicators.use(spinners=False, pulse=False, fade=False),
        _header(),
        practices.page(request.query_params),
        title="Care Atlas",
        lang="en-GB",
        padding=0,
        gap=0,
    )


def server(input: Inputs, output: Outputs, session: Session) -> None:  # noqa: A002  (Shiny's name)
    practices.server(input, output, session)
    session.on_ended(lambda: leftovers.mount_once(session.app))


def _header() -> ui.Tag:
    return ui.tags.header(
        ui.tags.a("Skip to the table", href="#comparison", class_="atlas-skip"),
        ui.tags.a("Care Atlas", href="./", class_="atlas-brand"),
        ui.tags.nav(
            ui.tags.a("Practices", href="./", aria_current="page"),
            ui.tags.a("Changes", href="changes"),
            ui.tags.a("API", href="api/v1"),
            ui.tags.a("About", href="about"),
            aria_label="Pages",
        ),
        search_form(),
        ui.input_dark_mode(id="theme", aria_label="Light or dark"),
        class_="atlas-header",
    )


leftovers.end_isolation()
live.refresh_if_late()
app = App(page, server, static_assets=WWW)
app.starlette_app.router.routes[:0] = [Route("/about", about), *routes()]
app.starlette_app.add_exception_handler(404, not_found)
protect(app.starlette_app)
