"""The addresses of runbooks."""

from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from app.http.limit import Limit
from app.publications.opened import Clock, of_ledger, utc_now
from app.publications.runbooks.page import runbook_page, runbooks_page


def routes(clock: Clock = utc_now) -> list[BaseRoute]:
    """The routes of one app."""
    pages = (("/runbooks", runbooks_page, ""), ("/runbooks/{name}", runbook_page, "../"))
    return [
        Route(path, of_ledger(page, clock, root=root), middleware=[Middleware(Limit)])
        for path, page, root in pages
    ]
