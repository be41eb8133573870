"""Care Atlas, as an ASGI application: joins the wings. Run it with `shiny run app.main:app`."""

import gc
from functools import partial
from typing import Any

from htmltools import HTMLDependency, RenderedHTML
from shiny import App, Inputs, Outputs, Session, ui
from starlette.requests import Request

from app import flushing, follower, leftovers, live, spared
from app.access import Readers
from app.assets import assets, deferred, unused
from app.frame import header, not_found
from app.headers import protect
from app.http.mounted import mounted
from app.joined import WWW, in_page
from app.joined import route as joined_files
from app.monitoring import json_log
from app.monitoring.requests import Requests, first_parts
from app.monitoring.series import SESSIONS, SESSIONS_OPENED
from app.routes import routes
from app.wing import Server, SessionPage
from app.wings import PAGES, WINGS


def page(of: SessionPage, loaded: HTMLDependency, request: Request, *, root: str = "") -> ui.Tag:
    """The page that the address asks for, in its state.

    Takes: which, and what it loads; the way from its address to the front of the house (`../`).
    """
    return ui.page_fillable(
        loaded,
        unused(),
        ui.head_content(
            ui.tags.meta(name="viewport", content="width=device-width, initial-scale=1"),
            ui.tags.script(in_page("theme")),
            ui.tags.script(in_page("own-fonts")),
            ui.tags.script(src=f"{root}hold.js", defer=""),
            ui.tags.link(rel="icon", href=f"{root}mark.svg", type="image/svg+xml"),
        ),
        # A page that is patched in place needs no sign of work over its map.
        ui.busy_indicators.use(spinners=False, pulse=False, fade=False),
        header(
            ui.input_dark_mode(id="theme", aria_label="Light or dark"),
            root=root,
            here=of.address,
            first=ui.tags.a(of.skip.words, href=of.skip.address, class_="atlas-skip"),
        ),
        of.draw(request.query_params),
        title="Care Atlas",
        lang="en-GB",
        padding=0,
        gap=0,
    )


# What Shiny itself answers, beside the page: its libraries, and what a session sends and takes.
SHINYS = ("lib", "session")


class QuickApp(App):
    """Shiny's, whose pages can be read before its scripts have run."""

    def _render_page(self, *args: Any, **named: Any) -> RenderedHTML:
        page = super()._render_page(*args, **named)
        return {**page, "html": deferred(page["html"])}


def joined() -> App:
    """The first page is the front of the house; the others lie below it, beside the plain pages."""
    front, *others = PAGES
    house = _app(front, static_assets=WWW)
    below = [route for one in others for route in mounted(one.address, _app(one))]
    # In front: Shiny mounts its front page at / and would answer every address itself.
    house.starlette_app.router.routes[:0] = (own := [joined_files(), *routes(), *below])
    house.starlette_app.add_exception_handler(404, not_found)
    protect(house.starlette_app, {path: most for one in WINGS for path, most in one.bodies.items()})
    house.starlette_app.add_middleware(Readers)
    # Last, so outermost: what it times is all that a reader waits for.
    house.starlette_app.add_middleware(Requests, names={*first_parts(own), *SHINYS})
    return house


def _app(of: SessionPage, **named: Any) -> QuickApp:
    root = "../" * (of.address.count("/") + 1) if of.address else ""
    # The frame's own, before and after the page's; joined now, so that each process has them.
    styles = tuple(dict.fromkeys(("page", *of.styles, "search")))
    scripts = tuple(dict.fromkeys((*of.scripts, "search")))
    loaded = assets(styles=styles, scripts=scripts, root=root)
    return QuickApp(partial(page, of, loaded, root=root), _served(of), **named)


def _served(of: SessionPage) -> Server:
    """A page's reactions, and what the libraries leave behind of a visit cleared away."""

    def server(input: Inputs, output: Outputs, session: Session) -> None:  # noqa: A002  (Shiny's)
        of.server(input, output, session)
        SESSIONS.inc()
        SESSIONS_OPENED.inc()
        session.on_ended(SESSIONS.dec)
        session.on_ended(lambda: leftovers.mount_once(session.app))

    return server


# Before any session opens, and once a process.
json_log.begin()
leftovers.end_isolation()
leftovers.find_packages_once()
spared.spare_all()
flushing.flush_whom_it_concerns()
flushing.hear_whoever_waits()
follower.follow_if_published()
live.refresh_if_late()
app = joined()
# What every visit shares stays: the collector, who holds all readers up, need not look through it.
gc.collect()
gc.freeze()
