"""Every address beside the pages with a session: the house's own, then each wing's."""

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route

from app.about import about
from app.api.serve import api
from app.api_page import api_page
from app.draw.plot import SCRIPT
from app.health import alive, health
from app.monitoring.metrics_page import metrics_page
from app.plotly_file import plotly_file
from app.wings import WINGS


def routes() -> list[BaseRoute]:
    """The routes, to stand before Shiny's own, which take whatever is left."""
    return [
        Route("/about", about),
        Route("/healthz", health),
        Route("/healthz/live", alive),
        Route("/healthz/ready", health),
        Route("/metrics", metrics_page),
        Route("/favicon.ico", _mark),
        Route(f"/{SCRIPT}", plotly_file),
        # Before the mount, which would take its own root: people land on the page.
        Route("/api/v1", api_page),
        Route("/api/v1/", _without_slash),
        Mount("/api/v1", api()),
        *(route for wing in WINGS for route in wing.routes()),
    ]


def _mark(_request: Request) -> RedirectResponse:
    """Browsers ask for this name where no page names another."""
    return RedirectResponse("mark.svg", status_code=308)


def _without_slash(_request: Request) -> RedirectResponse:
    return RedirectResponse("../v1", status_code=308)
